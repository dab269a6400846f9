/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_STUDY_H
#define HPT_STUDY_H

/**
 * @file
 * Ask and tell: the caller owns the loop, hpt owns the search.
 *
 *     while (hpt_study_ask(study, &trial, &err) == HPT_OK)
 *         hpt_study_tell(study, trial, simulate(hpt_trial_real(trial, "x")), &err);
 *
 * Budgets, windows, failures, events, statistics and results are those of a run; a study makes no
 * threads but the dispatcher, and only with observers.
 *
 * Threads: any number of threads may ask and tell at once; the calls take turns. A trial belongs to
 * whoever asked for it, until it is told. An observer of the study must not use it: every call
 * would wait for observers, so it answers HPT_EREENTRANT from there, and hpt_study_destroy() does
 * nothing.
 *
 * With hpt_options.study the trials are kept in a file. To read such files: hpt/history.h, which
 * this header includes.
 */

#include <hpt/base.h>
#include <hpt/history.h>
#include <hpt/run.h>
#include <hpt/space.h>
#include <hpt/trial.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hpt_study hpt_study;

/**
 * Open a study.
 *
 * @param space   copied. @param options as for a run; NULL = defaults. No limit is needed.
 *                worker_count, if set, bounds the trials in flight without a window (default 1
 * 024).
 * @param study_out destroy it. @param err filled on failure.
 * @return as hpt_run_start(). Threads: any.
 */
HPT_API hpt_status hpt_study_create(const hpt_space *space, const hpt_options *options,
                                    hpt_study **study_out, hpt_err *err);

/**
 * The next trial to evaluate.
 *
 * @param study the study.
 * @param trial_out the trial: read its parameters with hpt_trial_*(), report, set attributes.
 * @param err filled on failure.
 * @return HPT_OK
 *         HPT_EDONE  a limit is reached; hpt_run_stats() of hpt_study_run() says which
 *         HPT_EAGAIN too many in flight, or the strategy waits for results: tell one first; or
 *         others who share the study have all trials that are left: ask again later
 *         other      the strategy failed
 *
 * Cost: the strategy's ask.
 */
HPT_API hpt_status hpt_study_ask(hpt_study *study, hpt_trial **trial_out, hpt_err *err);

/**
 * The value of a trial; the trial is gone afterwards.
 *
 * @param study the study. @param trial from hpt_study_ask(), not told yet.
 * @param value the value; NaN and infinities make it FAILED. @param err filled on failure.
 * @return HPT_OK; HPT_EINVAL for a trial that is not in flight, or with several goals (that is
 *         hpt_study_tell_values()). Cost: the strategy's tell.
 */
HPT_API hpt_status hpt_study_tell(hpt_study *study, hpt_trial *trial, double value, hpt_err *err);

/**
 * The values of a trial, one for each goal; the trial is gone afterwards. Also with one goal.
 *
 * @param study the study. @param trial from hpt_study_ask(), not told yet.
 * @param values one for each of hpt_options.goals, in their order; NaN and infinities make the
 *        trial FAILED. @param count how many. @param err filled on failure.
 * @return as hpt_study_tell(); HPT_EINVAL, and the trial is still there, if `count` is not the
 *         number of goals.
 */
HPT_API hpt_status hpt_study_tell_values(hpt_study *study, hpt_trial *trial, const double *values,
                                         size_t count, hpt_err *err);

/**
 * A trial that ended otherwise; the trial is gone afterwards.
 *
 * @param study the study. @param trial from hpt_study_ask(), not told yet.
 * @param state any but RUNNING and COMPLETE. @param reason one sentence, copied; NULL = none.
 * @param err filled on failure.
 * @return as hpt_study_tell().
 */
HPT_API hpt_status hpt_study_tell_state(hpt_study *study, hpt_trial *trial, hpt_trial_state state,
                                        const char *reason, hpt_err *err);

/**
 * The study as a run: for hpt_run_stats(), hpt_run_attach(), hpt_run_detach(), hpt_run_subscribe()
 * and hpt_run_cancel(). (To wait for it or destroy it so is HPT_EINVAL, or does nothing.)
 * @param study the study. @return borrowed until the study is destroyed.
 */
HPT_API hpt_run *hpt_study_run(hpt_study *study);

/**
 * End the study: trials in flight are CANCELLED, FINISHED is sent, and the result is made.
 *
 * @param study the study; afterwards hpt_study_ask() answers HPT_EDONE.
 * @param result_out destroy it. @param err filled on failure.
 * @return HPT_OK; HPT_ENOMEM, and the study goes on; HPT_EREENTRANT from an observer of this study.
 */
HPT_API hpt_status hpt_study_finish(hpt_study *study, hpt_result **result_out, hpt_err *err);

/** End and free a study. @param study may be NULL. Threads: nobody else may use it; not from one of
 *  its observers (that does nothing). */
HPT_API void hpt_study_destroy(hpt_study *study);

/** How a recorded trial went when it was run again. */
typedef struct hpt_replayed {
    uint32_t        struct_size;    /**< set it, and `trial`, before a call                      */
    uint64_t        trial;          /**< its number                                              */
    hpt_trial_state state;          /**< how it ended now                                        */
    uint32_t        value_count;    /**< of the values: 0, or as many as there are goals         */
    double          values[8];      /**< now                                                     */
    bool            has_report;     /**< last_step and last_value are set                        */
    int64_t         last_step;      /**< of the last report now                                  */
    double          last_value;     /**< likewise                                                */
    double          duration_s;     /**< of the objective now                                    */
    char            reason[240];    /**< why it did not complete now; "" if nobody said          */
    hpt_trial_state recorded_state; /**< how it ended then; RUNNING: it had not                  */
    bool            is_same; /**< the same state, values and last report, and if it FAILED the
                                  same reason                                             */
} hpt_replayed;

/**
 * Run a trial of a study again: on the calling thread, in this process, without time limits, so
 * that a debugger sees all of it. It has the number, the parameters, and through hpt_trial_seed()
 * the random numbers that it had; the study is only read, also while another process writes it. A
 * trial that was pruned is told so again at the report at which it was.
 *
 * The command `hpt replay` does this to a whole program (docs/study.md): where the environment
 * variable HPT_REPLAY names the file of hpt_options.study, hpt_parallel_run() and hpt_run_start()
 * call this instead, and answer HPT_EREPLAYED.
 *
 * @param space     as of the run: the same parameters; ranges may be others if the trial lies in
 *                  them.
 * @param objective as of the run. @param user handed to it.
 * @param options   `study` and `study_name` say which study; as many goals as it has; also used:
 *                  trial_s_max (0: no limit), threads_per_trial, cancel. All else is the study's.
 * @param replayed  its struct_size and `trial` set; the rest is filled in.
 * @param err       filled on failure.
 * @return HPT_OK     the trial has ended, somehow
 *         HPT_EABSENT  the study has no such trial, or the file no such study
 *         HPT_EINVAL   the space or the goals are others
 *         other        as hpt_history_load() and hpt_parallel_run()
 *
 * Threads: any, also from inside an objective. Cost: reads the whole study.
 */
HPT_API hpt_status hpt_replay(const hpt_space *space, hpt_objective objective, void *user,
                              const hpt_options *options, hpt_replayed *replayed, hpt_err *err);

#ifdef __cplusplus
}
#endif
#endif
