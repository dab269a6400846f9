/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_RESUMING_H
#define HPT_TESTS_RESUMING_H

/* Runs over trace_space() that are continued from a study file in memory (kept.h), and what must be
 * the same afterwards. One thread. */

#include "fixture.h"

#include <math.h>

#include "kept.h"
#include "runs.h"

enum { DIMS = 6, TRIALS = 60 };

static hpt_space *space;

static inline int begin(void **state) {
    (void)state;
    kept_begin();
    space = trace_space();
    return 0;
}

static inline int end(void **state) {
    (void)state;
    hpt_space_destroy(space);
    kept_end();
    return 0;
}

static inline hpt_options options_of(const char *strategy, uint32_t workers, uint32_t window) {
    hpt_options options = hpt_options_default();
    options.strategy = strategy;
    options.worker_count = workers;
    options.window = window;
    options.trial_count_max = TRIALS;
    options.study = kept_path;
    return options;
}

/* Counts its calls in `user`, unless it is NULL. */
static inline hpt_status sphere(hpt_trial *trial, void *user, double *value_out) {
    if (user) atomic_fetch_add((atomic_ulong *)user, 1);
    return trace_sphere(trial, NULL, value_out);
}

static inline hpt_result *run(const hpt_options *options, trace *into, atomic_ulong *calls) {
    hpt_options  mine = *options;
    hpt_observer observer;
    hpt_result  *result = NULL;
    hpt_err      err = { 0 };
    if (into) trace_attach(into, &observer, &mine);
    hpt_status status = hpt_parallel_run(space, sphere, calls, &mine, &result, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    runs_assert_counts(result);
    return result;
}

static inline void cut(uint64_t told) {
    memory_content content = kept_cut(&disk.committed, told, DIMS);
    kept_load(&content);
    memory_clear(&content);
}

/* Every trial of the budget is on the disk, once, and has ended. */
static inline void assert_whole(uint64_t count) {
    bool seen[TRIALS * 2] = { false };
    assert_int_equal(disk.committed.trial_count, count);
    for (size_t i = 0; i < count; i++) {
        const memory_trial *trial = &disk.committed.trials[i];
        assert_true(trial->is_told);
        assert_in_range(trial->number, 0, count - 1);
        assert_false(seen[trial->number]);
        seen[trial->number] = true;
    }
}

/* One of this machine's CPUs there may be. */
static inline const char *study_warning(const hpt_result *result) {
    const char *text;
    for (size_t i = 0; (text = hpt_result_warning(result, i)); i++)
        if (strstr(text, "study")) return text;
    return NULL;
}

static inline void assert_no_warning(const hpt_result *result) {
    if (study_warning(result)) fail_msg("%s", study_warning(result));
}

static inline void assert_same_result(const hpt_result *a, const hpt_result *b) {
    assert_int_equal(hpt_result_stop(a), hpt_result_stop(b));
    assert_int_equal(hpt_result_trial(a), hpt_result_trial(b));
    assert_true(hpt_result_value(a) == hpt_result_value(b));
    assert_int_equal(hpt_result_stats(a)->trial_count, hpt_result_stats(b)->trial_count);
    for (int state = 0; state < HPT_TRIAL_STATE_COUNT; state++)
        assert_int_equal(hpt_result_count(a, (hpt_trial_state)state),
                         hpt_result_count(b, (hpt_trial_state)state));
    assert_int_equal(hpt_result_front_count(a), hpt_result_front_count(b));
    for (size_t i = 0; i < hpt_result_front_count(a); i++)
        assert_int_equal(hpt_result_front_trial(a, i), hpt_result_front_trial(b, i));
    assert_no_warning(b);
}

/* Somebody else has written it. */
static inline void set_foreign(hpi_record *record, const void *user) {
    (void)user;
    record->order = HPI_UNKNOWN;
    record->asked = HPI_UNKNOWN;
}

#endif
