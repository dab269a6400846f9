/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_KEPT_H
#define HPT_TESTS_KEPT_H

/* Runs with a study file in memory (storing.h), which every path is then, and what such a file
 * holds if its process dies in the middle. Link with --wrap=hpi_backend_find. */

#include "fixture.h"

#include <stdio.h>

#include "storing_memory.h"
#include "trace.h"

static char kept_path[64];

static hpt_status kept_find_memory(const hpi_backend_class **class_out) {
    *class_out = &memory_backend;
    return HPT_OK;
}

/* A test may have a form of its own. */
static hpt_status (*kept_find)(const hpi_backend_class **class_out) = kept_find_memory;

hpt_status __wrap_hpi_backend_find(const char *path, const hpi_backend_class **class_out,
                                   hpt_err *err);

hpt_status __wrap_hpi_backend_find(const char *path, const hpi_backend_class **class_out,
                                   hpt_err *err) {
    (void)path;
    (void)err;
    return kept_find(class_out);
}

static void kept_begin(void) {
    snprintf(kept_path, sizeof kept_path, "/tmp/hpt_kept_%d.memory", (int)getpid());
    unlink(kept_path);
    memory_reset();
}

static void kept_end(void) {
    memory_reset();
    unlink(kept_path);
}

/* A copy of what is on the disk, and back. */
static inline memory_content kept_save(void) {
    memory_content copy;
    memory_duplicate(&disk.committed, &copy);
    return copy;
}

static inline void kept_load(const memory_content *content) {
    assert_false(disk.is_open);
    memory_clear(&disk.committed);
    memory_duplicate(content, &disk.committed);
}

/* Change a trial's record. */
static inline void kept_rewrite(memory_trial *trial, uint32_t dims,
                                void (*change)(hpi_record *record, const void *user),
                                const void *user) {
    hpi_record_room room = { 0 };
    hpi_bytes       bytes = { 0 };
    hpi_record      record;
    hpt_err         err = { 0 };
    if (hpi_record_decode(trial->bytes, trial->count, dims, &room, &record, &err) != HPT_OK)
        fail_msg("%s", err.text);
    change(&record, user);
    assert_int_equal(hpi_record_encode(&record, dims, &bytes, &err), HPT_OK);
    free(trial->bytes);
    trial->bytes = memory_copy(bytes.at, bytes.used);
    trial->count = bytes.used;
    trial->order = record.order;
    trial->is_told = record.state != HPT_TRIAL_RUNNING && record.state != HPT_TRIAL_CANCELLED;
    hpi_bytes_fini(&bytes);
    hpi_record_room_fini(&room);
}

static inline void kept_set_running(hpi_record *record, const void *user) {
    (void)user;
    *record = (hpi_record){ .number = record->number,
                            .order = HPI_UNKNOWN,
                            .asked = record->asked,
                            .state = HPT_TRIAL_RUNNING,
                            .worker = UINT32_MAX,
                            .start_wall_ns = record->start_wall_ns,
                            .end_wall_ns = HPI_NO_TIME,
                            .duration_ns = -1,
                            .point = record->point,
                            .reason = "" };
}

static inline uint64_t kept_asked(const memory_trial *trial, uint32_t dims) {
    hpi_record_room room = { 0 };
    hpi_record      record;
    assert_int_equal(hpi_record_decode(trial->bytes, trial->count, dims, &room, &record, NULL),
                     HPT_OK);
    hpi_record_room_fini(&room);
    return record.asked;
}

/* What the disk would hold had the process died after a commit with the first `told` ends: trials
 * that had been asked for by then and had not ended are running, later ones are not there. */
static inline memory_content kept_cut(const memory_content *whole, uint64_t told, uint32_t dims) {
    memory_content cut;
    uint64_t       asked = 0, foreign = 0;
    memory_duplicate(whole, &cut);
    for (size_t i = 0; i < cut.trial_count; i++)
        foreign += cut.trials[i].is_foreign;
    for (size_t i = 0; i < cut.trial_count; i++)
        if (!cut.trials[i].is_foreign && cut.trials[i].is_told && cut.trials[i].order + 1 == told)
            asked = kept_asked(&cut.trials[i], dims);
    size_t count = 0;
    for (size_t i = 0; i < cut.trial_count; i++) {
        memory_trial *trial = &cut.trials[i];
        bool          has_ended = trial->is_foreign || (trial->is_told && trial->order < told);
        if (!has_ended && trial->number >= foreign + asked) {
            free(trial->bytes);
            continue;
        }
        if (!has_ended) kept_rewrite(trial, dims, kept_set_running, NULL);
        cut.trials[count++] = *trial;
    }
    cut.trial_count = count;
    return cut;
}

#endif
