/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_SIMULATING_H
#define HPT_TESTS_SIMULATING_H

/* Runs on the pool "sim", and what was told of each of their trials. */

#include "runs.h"

#include <math.h>
#include <stdlib.h>

/* Costs of nothing: what is left is the trials' own time. */
#define SIMULATING_FREE                                                                            \
    "turn_ns=0,tell_ns=0,ask_ns=0,block_ns=0,transfer_ns=0,look_ns=0,wake_ns=0,wake_call_ns=0"

enum { SIMULATING_TRIALS_MAX = 20000 };

typedef struct simulating_trial {
    int64_t         start_ns, duration_ns, ended_ns;
    uint32_t        worker;
    hpt_trial_state state;
} simulating_trial;

/* Everything an observer was told of a run, and in which order its trials ended. */
typedef struct simulating {
    simulating_trial trials[SIMULATING_TRIALS_MAX];
    uint64_t         order[SIMULATING_TRIALS_MAX];
    size_t           count;
    hpt_result      *result;
} simulating;

static inline hpt_status simulating_events(void *user, const hpt_event *events, size_t count,
                                           hpt_err *err) {
    simulating *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        if (event->kind != HPT_EVENT_TRIAL_ENDED) continue;
        assert_true(event->trial < SIMULATING_TRIALS_MAX && it->count < SIMULATING_TRIALS_MAX);
        it->trials[event->trial] = (simulating_trial){ .start_ns = event->start_ns,
                                                       .duration_ns = event->duration_ns,
                                                       .ended_ns = event->time_ns,
                                                       .worker = event->worker,
                                                       .state = event->state };
        it->order[it->count++] = event->trial;
    }
    return HPT_OK;
}

/* Run and keep it all; simulating_free() it. */
static inline simulating *simulating_run(hpt_objective objective, void *user, hpt_options options) {
    simulating  *it = test_calloc(1, sizeof *it);
    hpt_observer observer = hpt_observer_default();
    observer.events = simulating_events;
    observer.policy = HPT_POLICY_BLOCK;
    observer.user = it;
    options.observers = &observer;
    options.observer_count = 1;
    it->result = runs_do(objective, user, &options);
    return it;
}

static inline void simulating_free(simulating *it) {
    hpt_result_destroy(it->result);
    test_free(it);
}

static inline hpt_options simulating_options(const char *pool, uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.pool = pool;
    return options;
}

/* cmocka compares floats. */
static inline void simulating_assert_near(double is, double wanted, double distance_max) {
    if (!(fabs(is - wanted) <= distance_max))
        fail_msg("%.17g is not within %g of %.17g", is, distance_max, wanted);
}

/* In nanoseconds, as exact as virtual time is. */
static inline int64_t simulating_wall_ns(const hpt_result *result) {
    return (int64_t)(hpt_result_stats(result)->wall_s * 1e9 + 0.5);
}

#endif
