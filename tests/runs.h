/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_RUNS_H
#define HPT_TESTS_RUNS_H

/* Short runs over one parameter, and what every run must keep, whatever happens in it. */

#include "fixture.h"

#include <stdatomic.h>

#include <hpt/extend.h>
#include <hpt/hpt.h>

#include "trace.h"

/* One real parameter x in [0, 1]. */
hpt_space *runs_space(void);

/* Default options with that many workers (0 = default) and trials. */
hpt_options runs_options(uint32_t workers, uint64_t trials);

/* Trials are asked to stop after `seconds`. On a busy machine one may hear of it much later: none
 * is given up for that. */
void runs_ask_to_stop_after(hpt_options *options, double seconds);

/* Run over runs_space(). Asserts that the run succeeds and that its counts add up. */
hpt_result *runs_do(hpt_objective objective, void *user, const hpt_options *options);

/* The same, with its trace. */
hpt_result *runs_traced(trace *into, hpt_objective objective, void *user, hpt_options options);

/* One trial; how it ended. */
trace_trial runs_once(hpt_objective objective, void *user, hpt_options options);

/* The pools that call objectives in real time. */
enum { RUNS_POOLS = 2 };
extern const char *const runs_pools[RUNS_POOLS];

/* Asserts that no trial is lost: the states sum to the trials, none is still RUNNING. */
void runs_assert_counts(const hpt_result *result);

/* Asserts that the run is refused with this status and a sentence that has these words, that the
 * objective was never called and that the result pointer was not written. */
void runs_assert_refused(const hpt_options *options, hpt_status status, const char *words);

/* Asserts that `text` has `words` in it. */
void runs_assert_says(const char *text, const char *words);

/* Asserts that a warning of the result has `words` in it, whichever it is: on fewer CPUs there may
 * be one more, that there are few. */
void runs_assert_warned(const hpt_result *result, const char *words);

/* Sum of all states. */
uint64_t runs_sum(const hpt_stats *stats);

/* How many threads, open files the process has. A thread that was joined may be listed for a moment
 * still: runs_assert_threads() waits for the number to come down, for some seconds. */
size_t runs_threads(void);
size_t runs_files(void);
void   runs_assert_threads(size_t expected);

/* The value is x; counts its calls in `user`, an atomic_ulong, unless it is NULL. */
hpt_status runs_count(hpt_trial *trial, void *user, double *value_out);

/* Loops until it should stop, for half a minute at most; then returns HPT_ESTOPPED. Counts calls
 * as runs_count(). */
hpt_status runs_until_stopped(hpt_trial *trial, void *user, double *value_out);

/* An objective that holds on until the test opens the gate; then its value is x. */
typedef struct runs_gate {
    atomic_ulong inside, is_open;
} runs_gate;

hpt_status runs_pass(hpt_trial *trial, void *user, double *value_out);

/* Start a run over runs_space(). */
hpt_run *runs_start(hpt_objective objective, void *user, const hpt_options *options);

/* Wait for its end and destroy it; its result, with counts that add up. */
hpt_result *runs_end(hpt_run *run);

/* Open a study over runs_space(), get a trial, tell its value, finish and destroy it. */
hpt_study  *runs_study(const hpt_options *options);
hpt_trial  *runs_ask(hpt_study *study);
void        runs_tell(hpt_study *study, hpt_trial *trial, double value);
hpt_result *runs_close(hpt_study *study);

/* Asserts that a trial is refused with this status and words, and the pointer not written. */
void runs_assert_no_trial(hpt_study *study, hpt_status status, const char *words);

void runs_sleep_ms(unsigned ms);

/* Wait until *flag is at least `value`; false after half a minute. */
bool runs_wait_for(atomic_ulong *flag, unsigned long value);

#endif
