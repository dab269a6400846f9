/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_HANGING_H
#define HPT_TESTS_HANGING_H

/* Objectives that do not return when they should, and that a test lets go at its end: a thread that
 * was written off is nobody's to join, so the test waits until it is gone. */

#include "runs.h"

#include <math.h>
#include <time.h>

typedef struct hanging {
    uint64_t     trials[8]; /* these hang; the first `count` */
    size_t       count;
    uint64_t     every; /* and those with a number that it divides, if it is not 0 */
    atomic_ulong is_released;
    atomic_ulong hung, returned;
    size_t       threads; /* before */
} hanging;

static inline void hanging_begin(hanging *it) {
    it->threads = runs_threads();
}

static inline void hanging_end(hanging *it) {
    atomic_store(&it->is_released, 1);
    assert_true(runs_wait_for(&it->returned, atomic_load(&it->hung)));
    runs_assert_threads(it->threads);
}

static inline bool hanging_does(const hanging *it, uint64_t number) {
    for (size_t i = 0; i < it->count; i++)
        if (it->trials[i] == number) return true;
    return it->every > 0 && number % it->every == 0;
}

/* Around what an objective does when it is let go. */
static inline void hanging_wait(hanging *it) {
    atomic_fetch_add(&it->hung, 1);
    runs_wait_for(&it->is_released, 1);
}

static inline void hanging_return(hanging *it) {
    atomic_fetch_add(&it->returned, 1);
}

/* x, after a while if the trial hangs. */
static inline hpt_status hanging_trial(hpt_trial *trial, void *user, double *value_out) {
    hanging *it = user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hanging_does(it, hpt_trial_number(trial))) {
        *value_out = -1; /* the best, if it came in time */
        hanging_wait(it);
        hanging_return(it);
    }
    return HPT_OK;
}

/* A limit that a trial of nothing keeps on a slow machine too. */
static inline hpt_options hanging_options(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.trial_s_max = 0.3;
    options.grace_s = 0.05;
    return options;
}

#endif
