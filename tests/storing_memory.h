/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_STORING_MEMORY_H
#define HPT_TESTS_STORING_MEMORY_H

/* A form of study file that lives in memory, with real transactions, and fails when it is told to:
 * for tests of what is written and when. One file at a time; memory_reset() empties it. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/backend.h"

enum { MEMORY_ATTRS = 16 };

typedef struct memory_trial {
    uint64_t       number, order;
    unsigned char *bytes;
    size_t         count;
    bool           is_told, is_foreign;
} memory_trial;

typedef struct memory_report {
    uint64_t id;
    int64_t  step;
    double   value;
} memory_report;

typedef struct memory_content {
    char           name[512]; /* "": there is no study */
    char          *keys[MEMORY_ATTRS], *jsons[MEMORY_ATTRS];
    memory_trial  *trials; /* id is the index + 1 */
    memory_report *reports;
    size_t         trial_count, report_count;
} memory_content;

typedef struct memory_disk {
    memory_content committed, working;
    bool           is_open, is_in_transaction;
    hpi_head       foreign_head;   /* of a study without a head of ours: borrowed */
    const char    *other_names[8]; /* further studies, of which only the names are known */
    uint32_t       dims;
    hpi_bytes      bytes;
    hpt_status     begin_fails, put_fails, commit_fails; /* HPT_OK: it does not */
    size_t         begins, commits, durable_commits, puts, head_puts;
} memory_disk;

static memory_disk disk;

static void memory_clear(memory_content *content) {
    for (size_t i = 0; i < MEMORY_ATTRS; i++) {
        free(content->keys[i]);
        free(content->jsons[i]);
    }
    for (size_t i = 0; i < content->trial_count; i++)
        free(content->trials[i].bytes);
    free(content->trials);
    free(content->reports);
    *content = (memory_content){ 0 };
}

static void *memory_copy(const void *from, size_t bytes) {
    void *to = malloc(bytes + 1);
    assert_non_null(to);
    if (bytes > 0) memcpy(to, from, bytes);
    return to;
}

/* Arrays have as much room as the next power of two: with one more each time, a sanitizer's
 * allocator would move all of it each time. */
static size_t memory_room(size_t count) {
    size_t room = 1;
    while (room < count)
        room *= 2;
    return room;
}

static void *memory_copy_array(const void *from, size_t count, size_t item_bytes) {
    void *to = malloc(memory_room(count) * item_bytes);
    assert_non_null(to);
    if (count > 0) memcpy(to, from, count * item_bytes);
    return to;
}

/* With room for one more. */
static void *memory_grow_array(void *from, size_t count, size_t item_bytes) {
    if (from && count < memory_room(count)) return from;
    void *to = realloc(from, memory_room(count + 1) * item_bytes);
    assert_non_null(to);
    return to;
}

static void memory_duplicate(const memory_content *from, memory_content *to) {
    *to = *from;
    for (size_t i = 0; i < MEMORY_ATTRS; i++) {
        if (!from->keys[i]) continue;
        to->keys[i] = memory_copy(from->keys[i], strlen(from->keys[i]) + 1);
        to->jsons[i] = memory_copy(from->jsons[i], strlen(from->jsons[i]) + 1);
    }
    to->trials = memory_copy_array(from->trials, from->trial_count, sizeof *to->trials);
    to->reports = memory_copy_array(from->reports, from->report_count, sizeof *to->reports);
    for (size_t i = 0; i < from->trial_count; i++)
        to->trials[i].bytes = memory_copy(from->trials[i].bytes, from->trials[i].count);
}

static void memory_reset(void) {
    memory_clear(&disk.committed);
    memory_clear(&disk.working);
    hpi_bytes_fini(&disk.bytes);
    disk = (memory_disk){ 0 };
}

static memory_content *memory_now(void) {
    return disk.is_in_transaction ? &disk.working : &disk.committed;
}

static const char *memory_attr(const char *key) {
    const memory_content *content = memory_now();
    for (size_t i = 0; i < MEMORY_ATTRS; i++)
        if (content->keys[i] && strcmp(content->keys[i], key) == 0) return content->jsons[i];
    return NULL;
}

static void memory_attr_set(const char *key, const char *json) {
    memory_content *content = memory_now();
    size_t          i = 0;
    while (content->keys[i] && strcmp(content->keys[i], key) != 0)
        i++;
    assert_true(i < MEMORY_ATTRS);
    if (!content->keys[i]) content->keys[i] = memory_copy(key, strlen(key) + 1);
    free(content->jsons[i]);
    content->jsons[i] = memory_copy(json, strlen(json) + 1);
}

/* The functions of the class. */

static const hpi_backend_class memory_backend;

static hpt_status memory_open(const char *path, hpi_open_mode mode, hpi_backend **backend_out,
                              hpt_err *err) {
    static hpi_backend backend;
    if (disk.is_open) return hpi_fail(err, HPT_EBUSY, "it is open");
    int file = open(path, O_RDWR | O_CLOEXEC | (mode == HPI_OPEN_CREATE ? O_CREAT : 0), 0600);
    if (file < 0) return hpi_fail(err, HPT_EIO, "\"%s\" cannot be opened", path);
    close(file);
    backend = (hpi_backend){ .class = &memory_backend };
    disk.is_open = true;
    *backend_out = &backend;
    return HPT_OK;
}

static void memory_rollback(hpi_backend *backend) {
    (void)backend;
    disk.is_in_transaction = false;
    memory_clear(&disk.working);
}

static void memory_close(hpi_backend *backend) {
    if (!backend) return;
    if (disk.is_in_transaction) memory_rollback(backend);
    disk.is_open = false;
}

static hpt_status memory_studies(hpi_backend *backend, bool (*each)(void *, const hpi_study_row *),
                                 void *user, hpt_err *err) {
    const memory_content *content = memory_now();
    hpi_study_row         row = { content->name, content->trial_count };
    (void)backend;
    (void)err;
    if (*content->name && !each(user, &row)) return HPT_OK;
    for (size_t i = 0; disk.other_names[i]; i++) {
        row = (hpi_study_row){ disk.other_names[i], 0 };
        if (!each(user, &row)) break;
    }
    return HPT_OK;
}

/* The directions are what a form knows of a study that is not ours, beside its space. */
static hpt_status memory_select_foreign(hpi_head *head, hpt_err *err) {
    char *text = NULL;
    head->goal_count = disk.foreign_head.goal_count;
    for (uint32_t i = 0; i < head->goal_count; i++)
        head->goals[i].direction = disk.foreign_head.goals[i].direction;
    hpt_status status = hpt_space_print(disk.foreign_head.space, &text, err);
    if (status == HPT_OK) status = hpt_space_parse(text, strlen(text), &head->space, err);
    hpt_free(text);
    return status;
}

static hpt_status memory_select(hpi_backend *backend, const char *name, hpi_head *head_out,
                                hpt_err *err) {
    const memory_content *content = memory_now();
    const char           *json = memory_attr("hpt:study");
    (void)backend;
    if (!*content->name || strcmp(name, content->name) != 0)
        return hpi_fail(err, HPT_EABSENT, "no study \"%s\"", name);
    hpi_head   head = { .name = hpi_copy_text(content->name) };
    hpt_status status = HPT_ENOMEM;
    if (head.name)
        status = json ? hpi_head_parse(json, &head, err) : memory_select_foreign(&head, err);
    if (status != HPT_OK) {
        hpi_head_fini(&head);
        return status;
    }
    disk.dims = (uint32_t)hpt_space_count(head.space);
    *head_out = head;
    return HPT_OK;
}

static hpt_status memory_create(hpi_backend *backend, const hpi_head *head, hpt_err *err) {
    (void)backend;
    (void)err;
    assert_true(disk.is_in_transaction);
    if (disk.put_fails != HPT_OK) return hpi_fail(err, disk.put_fails, "create fails");
    snprintf(disk.working.name, sizeof disk.working.name, "%s", head->name);
    disk.dims = (uint32_t)hpt_space_count(head->space);
    return HPT_OK;
}

static hpt_status memory_begin(hpi_backend *backend, uint32_t wait_ms, hpt_err *err) {
    (void)backend;
    (void)wait_ms;
    assert_false(disk.is_in_transaction);
    disk.begins++;
    if (disk.begin_fails != HPT_OK) return hpi_fail(err, disk.begin_fails, "begin fails");
    memory_duplicate(&disk.committed, &disk.working);
    disk.is_in_transaction = true;
    return HPT_OK;
}

static hpt_status memory_commit(hpi_backend *backend, bool is_durable, hpt_err *err) {
    assert_true(disk.is_in_transaction);
    if (disk.commit_fails != HPT_OK) {
        memory_rollback(backend);
        return hpi_fail(err, disk.commit_fails, "commit fails");
    }
    memory_clear(&disk.committed);
    disk.committed = disk.working;
    disk.working = (memory_content){ 0 };
    disk.is_in_transaction = false;
    disk.commits++;
    if (is_durable) disk.durable_commits++;
    return HPT_OK;
}

static hpt_status memory_attr_get(hpi_backend *backend, bool is_system, const char *key,
                                  char **json_out, hpt_err *err) {
    const char *json = memory_attr(key);
    (void)backend;
    assert_true(is_system);
    if (!json) return hpi_fail(err, HPT_EABSENT, "no \"%s\"", key);
    *json_out = hpi_copy_text(json);
    return *json_out ? HPT_OK : HPT_ENOMEM;
}

static hpt_status memory_attr_put(hpi_backend *backend, bool is_system, const char *key,
                                  const char *json, hpt_err *err) {
    (void)backend;
    (void)err;
    assert_true(is_system);
    assert_true(disk.is_in_transaction);
    memory_attr_set(key, json);
    if (strcmp(key, "hpt:study") == 0) disk.head_puts++;
    return HPT_OK;
}

static hpt_status memory_put(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                             hpt_err *err) {
    memory_content *content = &disk.working;
    uint64_t        id = record->id;
    (void)backend;
    assert_true(disk.is_in_transaction);
    if (disk.put_fails != HPT_OK) return hpi_fail(err, disk.put_fails, "put fails");
    disk.puts++;
    hpt_status status = hpi_record_encode(record, disk.dims, &disk.bytes, err);
    if (status != HPT_OK) return status;
    if (id == 0) {
        content->trials =
            memory_grow_array(content->trials, content->trial_count, sizeof *content->trials);
        id = ++content->trial_count;
        content->trials[id - 1] = (memory_trial){ .number = record->number };
    }
    memory_trial *trial = &content->trials[id - 1];
    assert_int_equal(trial->number, record->number);
    free(trial->bytes);
    trial->bytes = memory_copy(disk.bytes.at, disk.bytes.used);
    trial->count = disk.bytes.used;
    trial->order = record->order;
    trial->is_told = record->state != HPT_TRIAL_RUNNING && record->state != HPT_TRIAL_CANCELLED;
    trial->is_foreign = record->asked == HPI_UNKNOWN;
    if (id_out) *id_out = id;
    return HPT_OK;
}

static hpt_status memory_put_report(hpi_backend *backend, uint64_t id, int64_t step,
                                    const double *values, hpt_err *err) {
    memory_content *content = &disk.working;
    (void)backend;
    (void)err;
    assert_true(disk.is_in_transaction);
    assert_in_range(id, 1, content->trial_count);
    content->reports =
        memory_grow_array(content->reports, content->report_count, sizeof *content->reports);
    content->reports[content->report_count++] = (memory_report){ id, step, values[0] };
    return HPT_OK;
}

/* Where a trial stands in a scan; UINT64_MAX: it is not part of it. */
static uint64_t memory_rank(const memory_trial *trial, int what) {
    switch (what) {
    case HPI_SCAN_TOLD:
        return !trial->is_told ? UINT64_MAX : trial->is_foreign ? 0 : 1 + trial->order;
    case HPI_SCAN_OPEN:
        return trial->is_told ? UINT64_MAX : trial->number;
    default:
        return trial->number;
    }
}

static hpt_status memory_scan(hpi_backend *backend, int what, uint64_t from,
                              bool (*each)(void *, const hpi_record *), void *user, hpt_err *err) {
    const memory_content *content = memory_now();
    hpi_record_room       room = { 0 };
    hpt_status            status = HPT_OK;
    bool                 *is_done = calloc(content->trial_count + 1, sizeof(bool));
    (void)backend;
    assert_non_null(is_done);
    for (bool goes_on = true; goes_on && status == HPT_OK;) {
        size_t   next = SIZE_MAX;
        uint64_t best = UINT64_MAX;
        for (size_t i = 0; i < content->trial_count; i++) {
            uint64_t rank = memory_rank(&content->trials[i], what);
            bool     is_before = what == HPI_SCAN_ALL && content->trials[i].number < from;
            if (what == HPI_SCAN_TOLD && from > 0) is_before = rank <= from;
            if (is_done[i] || is_before || rank >= best) continue;
            best = rank;
            next = i;
        }
        if (next == SIZE_MAX) break;
        hpi_record record;
        is_done[next] = true;
        status = hpi_record_decode(content->trials[next].bytes, content->trials[next].count,
                                   disk.dims, &room, &record, err);
        record.id = next + 1;
        if (status == HPT_OK) goes_on = each(user, &record);
    }
    free(is_done);
    hpi_record_room_fini(&room);
    return status;
}

static hpt_status memory_counts(hpi_backend *backend, uint64_t *number_next_out, uint64_t *told_out,
                                hpt_err *err) {
    const memory_content *content = memory_now();
    (void)backend;
    (void)err;
    *number_next_out = *told_out = 0;
    for (size_t i = 0; i < content->trial_count; i++) {
        const memory_trial *trial = &content->trials[i];
        if (trial->number >= *number_next_out) *number_next_out = trial->number + 1;
        if (trial->is_told && !trial->is_foreign) ++*told_out;
    }
    return HPT_OK;
}

static const hpi_backend_class memory_backend = {
    .name = "memory",
    .suffix = ".memory",
    .open = memory_open,
    .close = memory_close,
    .studies = memory_studies,
    .select = memory_select,
    .create = memory_create,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .attr_get = memory_attr_get,
    .attr_put = memory_attr_put,
    .put = memory_put,
    .put_report = memory_put_report,
    .scan = memory_scan,
    .counts = memory_counts,
};

#endif
