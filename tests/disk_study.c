/* SPDX-License-Identifier: BSD-3-Clause */
#include "disk_study.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "study_forms.h"

#include "store/sqlite.h"

enum { GROUPS = 12, GROUP = 3, REOPEN = 5, LOG_PAGES = 24 };

static const hpi_backend_class *const class = &hpi_backend_sqlite;

int disk_study_begin(void **state) {
    disk_install();
    return form_setup(state);
}

int disk_study_end(void **state) {
    disk_remove();
    return form_teardown(state);
}

/* A group: two trials that ended at once, and one that was running before. */
static bool put_group(hpi_backend *backend, uint64_t group, uint64_t *running_id) {
    uint64_t   first = group * GROUP;
    form_trial trial;
    if (class->begin(backend, 0, NULL) != HPT_OK) return false;
    for (uint64_t number = first; number < first + GROUP; number++) {
        form_full_trial(&trial, number, HPT_TRIAL_COMPLETE);
        if (number == first) trial.record.id = *running_id;
        if (class->put(backend, &trial.record, NULL, NULL) != HPT_OK) return false;
    }
    form_full_trial(&trial, first + GROUP, HPT_TRIAL_RUNNING);
    if (class->put(backend, &trial.record, running_id, NULL) != HPT_OK) return false;
    if (class->put_report(backend, *running_id, 1, (double[]){ 0.5, 2 }, NULL) != HPT_OK)
        return false;
    return class->commit(backend, true, NULL) == HPT_OK;
}

static bool make(hpi_backend *backend, disk_story *story) {
    hpi_head head;
    form_head(&head, "study");
    bool is_made = class->begin(backend, 0, NULL) == HPT_OK &&
                   class->create(backend, &head, NULL) == HPT_OK &&
                   class->commit(backend, true, NULL) == HPT_OK;
    hpi_head_fini(&head);
    story->is_created = is_made;
    return is_made;
}

static bool open_it(hpi_backend **backend_out, disk_story *story) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    if (class->open(form_path, HPI_OPEN_CREATE, &backend, NULL) != HPT_OK) return false;
    *backend_out = backend;
    /* So that the log is brought into the database often. */
    sqlite3_wal_autocheckpoint(((hpi_sqlite *)backend)->db, LOG_PAGES);
    if (!story->is_created) return make(backend, story);
    if (class->select(backend, "study", &head, NULL) != HPT_OK) return false;
    hpi_head_fini(&head);
    return true;
}

bool disk_study_play(disk_story *story) {
    hpi_backend *backend = NULL;
    uint64_t     running_id = 0;
    bool         goes_on = open_it(&backend, story);
    for (uint64_t group = 0; goes_on && group < GROUPS; group++) {
        if (group % REOPEN == REOPEN - 1) {
            class->close(backend);
            backend = NULL;
            goes_on = open_it(&backend, story);
        }
        if (!goes_on) break;
        story->doubted = GROUP;
        goes_on = put_group(backend, group, &running_id);
        if (!goes_on) break;
        story->ended += GROUP;
        story->doubted = 0;
    }
    if (backend && !goes_on) class->rollback(backend);
    class->close(backend);
    return goes_on;
}

/* -------------------------------------------------------------------------------------- judging */

typedef struct judging {
    uint64_t  count, seed;
    hpi_bytes got, wanted;
} judging;

static bool judge_trial(void *user, const hpi_record *record) {
    judging   *at = user;
    form_trial trial;
    form_full_trial(&trial, at->count++, HPT_TRIAL_COMPLETE);
    assert_int_equal(hpi_record_encode(record, FORM_DIMS, &at->got, NULL), HPT_OK);
    assert_int_equal(hpi_record_encode(&trial.record, FORM_DIMS, &at->wanted, NULL), HPT_OK);
    assert_int_equal(at->got.used, at->wanted.used);
    assert_memory_equal(at->got.at, at->wanted.at, at->got.used);
    return true;
}

static uint64_t count_told(hpi_backend *backend, uint64_t seed) {
    judging at = { .seed = seed };
    hpt_err err = { 0 };
    if (class->scan(backend, HPI_SCAN_TOLD, 0, judge_trial, &at, &err) != HPT_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    hpi_bytes_fini(&at.got);
    hpi_bytes_fini(&at.wanted);
    return at.count;
}

static void put_one_more(hpi_backend *backend, uint64_t number, uint64_t seed) {
    form_trial trial;
    hpt_err    err = { 0 };
    form_full_trial(&trial, number, HPT_TRIAL_COMPLETE);
    if (class->begin(backend, 0, &err) != HPT_OK ||
        class->put(backend, &trial.record, NULL, &err) != HPT_OK ||
        class->commit(backend, true, &err) != HPT_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
}

static void say(void *user, const char *finding) {
    fail_msg("seed %llu: %s", *(unsigned long long *)user, finding);
}

void disk_study_judge(const disk_story *story, uint64_t seed) {
    hpi_backend       *backend = NULL;
    hpi_head           head = { 0 };
    hpt_err            err = { 0 };
    unsigned long long shown = seed;
    if (class->open(form_path, HPI_OPEN_CREATE, &backend, &err) != HPT_OK)
        fail_msg("seed %llu: %s", shown, err.text);
    hpt_status status = class->select(backend, "study", &head, &err);
    if (status == HPT_OK) {
        uint64_t count = count_told(backend, seed);
        if (count != story->ended && count != story->ended + story->doubted)
            fail_msg("seed %llu: %llu trials instead of %llu", shown, (unsigned long long)count,
                     (unsigned long long)story->ended);
        if (class->check(backend, say, &shown, &err) != HPT_OK)
            fail_msg("seed %llu: %s", shown, err.text);
        put_one_more(backend, count, seed);
        assert_int_equal(count_told(backend, seed), count + 1);
        hpi_head_fini(&head);
    } else if (story->is_created || status != HPT_EABSENT) {
        fail_msg("seed %llu: %s", shown, err.text);
    } else {
        disk_story fresh = { 0 };
        assert_true(make(backend, &fresh));
    }
    class->close(backend);
}
