/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_TRACE_H
#define HPT_TESTS_TRACE_H

/* Runs whose whole trace is kept, so that two of them can be compared bit by bit. */

#include "fixture.h"

#include <hpt/extend.h>
#include <hpt/hpt.h>

enum { TRACE_DIMS_MAX = 8 };

/* How one trial ended. */
typedef struct trace_trial {
    uint64_t        number;
    hpt_trial_state state;
    double          value;
    hpt_coord       point[TRACE_DIMS_MAX];
    char            reason[64];
} trace_trial;

/* The trials of a run in the order in which the strategy was told of them. */
typedef struct trace {
    trace_trial *trials;
    size_t       count, room;
    size_t       best_count; /* BEST_IMPROVED events */
    size_t       finished_count;
    uint64_t     best_trial; /* of the result */
    double       best_value;
    hpt_stop     stop;
} trace;

/* Run with a lossless observer that fills the trace (zeroed before). Asserts that the run succeeds.
 */
void trace_run(trace *into, const hpt_space *space, hpt_objective objective, void *user,
               const hpt_options *options);
void trace_free(trace *it);

/* Asserts that two traces are the same, bit by bit and in the same order. */
void trace_assert_equal(const trace *a, const trace *b);

/* The same options in the pool `threads`, with several worker counts and both kinds of coordinator:
 * asserts that each trace is `reference`. */
void trace_assert_same_on_threads(const trace *reference, const hpt_space *space,
                                  hpt_objective objective, hpt_options options);

/* An observer function; `user` is a trace. For runs that a test starts itself. */
hpt_status trace_events(void *user, const hpt_event *events, size_t count, hpt_err *err);

/* Let options have that lossless observer, in `observer`, which must live as long as the run. */
void trace_attach(trace *into, hpt_observer *observer, hpt_options *options);

/* A space with every kind of parameter: x, y real; n int; r real log; c categorical; k constant. */
hpt_space *trace_space(void);

/* The sphere over that space: deterministic. trace_slow_sphere also takes a random time, up to 0.2
 * ms, that differs from call to call; some of its trials fail. */
hpt_status trace_sphere(hpt_trial *trial, void *user, double *value_out);
hpt_status trace_slow_sphere(hpt_trial *trial, void *user, double *value_out);

/* A strategy that learns, so that its trace depends on the order of asks and tells: a (1+1)
 * evolution strategy, which steps from the best point told so far. */
extern const hpt_strategy_class trace_learner;

#endif
