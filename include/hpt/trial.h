/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TRIAL_H
#define HPT_TRIAL_H

/**
 * @file
 * What an objective sees. A trial is one evaluation of one point of the search space.
 *
 *     static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
 *         double rate = hpt_trial_real(trial, "learning_rate");
 *         for (int64_t epoch = 0; epoch < 100; epoch++) {
 *             if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
 *             if (!train(user, rate)) return hpt_trial_fail(trial, "diverged at %d", (int)epoch);
 *             hpt_trial_report(trial, epoch, error(user));
 *         }
 *         *value_out = error(user);
 *         return HPT_OK;
 *     }
 *
 * Threads: an objective runs on one worker thread; several objectives run at once, each with a
 * trial of its own. A trial may be used only by the thread that its objective was called on, and
 * only until the objective returns. Threads that the objective starts itself (OpenMP, BLAS) are its
 * own. An objective must not call exit(), leave by longjmp(), nor destroy the run it belongs to; it
 * may start a run of its own and cancel the one it is in. A C++ exception that leaves it makes its
 * trial FAILED (hpt/catch.h).
 */

#include <hpt/base.h>
#include <hpt/catch.h>
#include <hpt/space.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hpt_trial hpt_trial;
typedef struct hpt_run   hpt_run;

/* clang-format off */
/** Every state of a trial: name, number (frozen), word in tables and files. */
#define HPT_TRIAL_STATE_LIST(X)                                                             \
    X(HPT_TRIAL_RUNNING,    0, "RUNNING")     /* created, not yet told to the strategy    */ \
    X(HPT_TRIAL_COMPLETE,   1, "COMPLETE")    /* it has a value                           */ \
    X(HPT_TRIAL_PRUNED,     2, "PRUNED")      /* stopped early because it was hopeless    */ \
    X(HPT_TRIAL_FAILED,     3, "FAILED")      /* the objective said so, or returned NaN   */ \
    X(HPT_TRIAL_INFEASIBLE, 4, "INFEASIBLE")  /* it broke a constraint                    */ \
    X(HPT_TRIAL_TIMEOUT,    5, "TIMEOUT")     /* longer than trial_s_max                  */ \
    X(HPT_TRIAL_CRASHED,    6, "CRASHED")     /* its process died                         */ \
    X(HPT_TRIAL_CANCELLED,  7, "CANCELLED")   /* the run stopped first                    */
/* clang-format on */

typedef enum hpt_trial_state {
#define HPT_ROW(name, value, text) name = value,
    HPT_TRIAL_STATE_LIST(HPT_ROW)
#undef HPT_ROW
} hpt_trial_state;

/** How many states there are. */
#define HPT_TRIAL_STATE_COUNT 8

/**
 * The word of a state, "COMPLETE".
 *
 * @param state any number. @return a constant text; "UNKNOWN" for a number that is none.
 *
 * Threads: any.
 */
HPT_API const char *hpt_trial_state_text(hpt_trial_state state);

/** A name and a value that an objective attached to its trial. Borrowed. */
typedef struct hpt_attr {
    const char *name;
    hpt_value   value;
} hpt_attr;

/**
 * The function to optimise.
 *
 * @param trial     its parameters; valid until the function returns.
 * @param user      what was given beside the function.
 * @param value_out the value, finite; read only when HPT_OK is returned. With several goals
 *                  (hpt_options.goals) an array of one value for each, in their order; all are NaN
 *                  before the call.
 * @return HPT_OK            COMPLETE; NaN or an infinity makes the trial FAILED; INFEASIBLE if an
 *                           hpt_trial_constraint() was above 0
 *         HPT_EPRUNED       PRUNED (or return hpt_trial_prune())
 *         HPT_EINFEASIBLE   INFEASIBLE (or return hpt_trial_infeasible())
 *         HPT_ESTOPPED      CANCELLED or TIMEOUT, whichever hpt_trial_should_stop() meant; FAILED
 *                           if neither it nor hpt_trial_report() has asked this trial to stop
 *         any other status  FAILED (or return hpt_trial_fail() to say why)
 */
typedef hpt_status (*hpt_objective)(hpt_trial *trial, void *user, double *value_out);

/**
 * Read a parameter by name. A name that is not in the space, or a value of another type, makes the
 * trial FAILED with a sentence that says so, whatever the objective returns then.
 *
 * @param trial the trial. @param name a parameter with real or integer values.
 * @return the value; NaN when there is none.
 *
 * Threads: the objective's. Cost: one hash look-up; hpt_trial_real_at() has none.
 */
HPT_API double hpt_trial_real(hpt_trial *trial, const char *name);

/** As hpt_trial_real(), for integer values. @param trial it. @param name it. @return 0 if none. */
HPT_API int64_t hpt_trial_int(hpt_trial *trial, const char *name);

/** As hpt_trial_real(), for truth values. @param trial it. @param name it. @return false if none.
 */
HPT_API bool hpt_trial_bool(hpt_trial *trial, const char *name);

/**
 * As hpt_trial_real(), for texts.
 * @param trial it. @param name it. @return borrowed until the run ends; "" if none, never NULL.
 */
HPT_API const char *hpt_trial_text(hpt_trial *trial, const char *name);

/**
 * As hpt_trial_real(), for lists: which of the values it is, from 0; for a switch or a table.
 * @param trial it. @param name a categorical or ordinal parameter. @return 0 if none.
 */
HPT_API uint32_t hpt_trial_choice(hpt_trial *trial, const char *name);

/** As hpt_trial_real(), for any type. @param trial it. @param name it. @return null if none, or if
    the parameter is inactive. */
HPT_API hpt_value hpt_trial_value(hpt_trial *trial, const char *name);

/**
 * Whether a conditional parameter (hpt_space_set_condition()) is active in this trial. The readers
 * of one type give the value at which an inactive one rests: its default, or its first.
 * @param trial it. @param name a parameter. @return true also without condition; false if none.
 */
HPT_API bool hpt_trial_is_active(hpt_trial *trial, const char *name);

/** How every trial begins: what is read of each trial is read without a call, which would cost more
    than all else that hpt does for it. Frozen, and for the functions below only. */
struct hpt_trial_head {
    const hpt_coord *point;
    uint64_t         number;
    const uint8_t   *kinds; /* hpt_kind of each parameter */
    uint32_t         dims;  /* how many there are         */
};

/** hpt_trial_real_at() where it is not simply the coordinate. */
HPT_API double hpt_trial_real_or_else(hpt_trial *trial, hpt_param param);

/**
 * Read a parameter by the handle that hpt_space_add_*() returned: no look-up.
 * @param trial the trial. @param param a handle. @return as hpt_trial_real(). Cost: about 1 ns.
 */
HPT_API inline double hpt_trial_real_at(hpt_trial *trial, hpt_param param) {
    const struct hpt_trial_head *head = (const struct hpt_trial_head *)trial;
    if (head && param < head->dims && head->kinds[param] == HPT_KIND_REAL)
        return head->point[param].real;
    return hpt_trial_real_or_else(trial, param);
}

/** As hpt_trial_is_active(), by handle. @param trial it. @param param a handle. @return as there.
 */
HPT_API bool hpt_trial_is_active_at(hpt_trial *trial, hpt_param param);

/** As hpt_trial_int(), by handle. @param trial it. @param param a handle. @return 0 if none. */
HPT_API int64_t hpt_trial_int_at(hpt_trial *trial, hpt_param param);

/** As hpt_trial_bool(), by handle. @param trial it. @param param a handle. @return false if none.
 */
HPT_API bool hpt_trial_bool_at(hpt_trial *trial, hpt_param param);

/** As hpt_trial_text(), by handle. @param trial it. @param param a handle. @return "" if none. */
HPT_API const char *hpt_trial_text_at(hpt_trial *trial, hpt_param param);

/** As hpt_trial_choice(), by handle. @param trial it. @param param a handle. @return 0 if none. */
HPT_API uint32_t hpt_trial_choice_at(hpt_trial *trial, hpt_param param);

/** As hpt_trial_value(), by handle. @param trial it. @param param a handle. @return null if none.
 */
HPT_API hpt_value hpt_trial_value_at(hpt_trial *trial, hpt_param param);

/**
 * The whole point at once: one coordinate per parameter, in the space's order, in the terms that
 * hpt_coord describes (a list's value is its index). For objectives that read many parameters or
 * take nanoseconds.
 * @param trial the trial. @return borrowed until the objective returns; NULL for NULL.
 */
HPT_API inline const hpt_coord *hpt_trial_point(const hpt_trial *trial) {
    return trial ? ((const struct hpt_trial_head *)trial)->point : NULL;
}

/** The trial's number, from 0 in the order of asking. @param trial it. @return the number. */
HPT_API inline uint64_t hpt_trial_number(const hpt_trial *trial) {
    return trial ? ((const struct hpt_trial_head *)trial)->number : UINT64_MAX;
}

/** Which call of the objective for this trial it is. @param trial it. @return 0 to
 *  hpt_options.repeat_count - 1. */
HPT_API uint32_t hpt_trial_repeat(const hpt_trial *trial);

/** Which attempt at this trial it is (hpt_failure.retry_count). @param trial it. @return 0 at
 * first.
 */
HPT_API uint32_t hpt_trial_attempt(const hpt_trial *trial);

/** The worker that evaluates it. @param trial it. @return 0 to worker_count - 1. One that stands in
 *  for a worker that was written off has its number, while the trial of that one may still run. */
HPT_API uint32_t hpt_trial_worker(const hpt_trial *trial);

/**
 * 64 random bits for the objective's own generator: a function of (run's seed, trial number,
 * stream, hpt_trial_repeat()), so that a noisy objective repeats itself at any number of workers.
 *
 * @param trial the trial. @param stream any number, one for each independent use.
 * @return the bits. Cost: about 10 ns.
 */
HPT_API uint64_t hpt_trial_seed(const hpt_trial *trial, uint64_t stream);

/** The space the trial's parameters are of. @param trial it. @return borrowed until the run ends.
 */
HPT_API const hpt_space *hpt_trial_space(const hpt_trial *trial);

/** The run the trial is of, to cancel or observe it. @param trial it. @return NULL for a study's.
 */
HPT_API hpt_run *hpt_trial_run(const hpt_trial *trial);

/**
 * Whether the objective should give up: its time limit has passed, it cannot beat the best any more
 * (hpt_options.cap, pruner), or the run is stopping. Return
 * HPT_ESTOPPED (or anything: the value is not used) soon after. A trial whose objective never asks
 * runs to its end, or is given up: hpt_options.grace_s.
 *
 * @param trial the trial.
 * @return true from then on.
 *
 * Threads: the objective's. Cost: two loads; one clock read (about 20 ns) with a time limit.
 */
HPT_API bool hpt_trial_should_stop(hpt_trial *trial);

/**
 * How long the trial may still run: until its own limit or the run's, whichever is first, as of
 * now. An adaptive cap (hpt_options.cap) may shorten it while the trial runs.
 *
 * @param trial the trial.
 * @return seconds, 0 when it should stop already; INFINITY when there is no limit.
 *
 * Threads: the objective's. Cost: as hpt_trial_should_stop().
 */
HPT_API double hpt_trial_left_s(hpt_trial *trial);

/**
 * Report an intermediate value: observers see it, the pruner (hpt_options.pruner) decides by it,
 * and a pruned trial is judged by its last.
 *
 * Without a window a pruner decides on a thread of its own: the trial learns of it at its next
 * report or hpt_trial_should_stop(). With a window, on one thread, and with hpt_study_ask(), the
 * report that is hopeless says so itself.
 *
 * @param trial the trial. @param step any; usually rising. @param value any but NaN.
 * @return HPT_OK; HPT_EINVAL for NaN; HPT_EPRUNED when the trial is hopeless, HPT_ESTOPPED when it
 *         should stop for another reason (the report counted). An objective may return what is not
 *         HPT_OK: the trial's reason then says what was wrong.
 *
 * Threads: the objective's. Cost: some loads; with a pruner, and with observers that want reports,
 * one ring push each. With a pruner and a window the pruner's own, docs/pruning.md.
 */
HPT_API hpt_status hpt_trial_report(hpt_trial *trial, int64_t step, double value);

/**
 * As hpt_trial_report(), for a run with several goals: one value for each. hpt_trial_report() in
 * such a run tells the first only, and pruners take no notice of it.
 *
 * @param trial the trial. @param step it. @param values `count` of them, none NaN.
 * @param count as many as the run has goals. @return as hpt_trial_report().
 */
HPT_API hpt_status hpt_trial_report_values(hpt_trial *trial, int64_t step, const double *values,
                                           size_t count);

/**
 * Say that the evaluation so far would have taken so much longer: for objectives that look up
 * measured values instead of evaluating, on a simulated pool (hpt_options.pool "sim"). The sum of a
 * trial's calls is how long the trial takes there, whatever the pool's options say, and
 * hpt_trial_should_stop() and reports go by it. On other pools time passes by itself, and the call
 * does nothing: the same objective runs on all of them.
 *
 * @param trial the trial. @param seconds 0 to 1e9; times how much slower the simulated worker is.
 * @return HPT_OK; HPT_EINVAL. An objective may return what is not HPT_OK: the trial's reason then
 *         says what was wrong. Threads: the objective's. Cost: a few instructions.
 */
HPT_API hpt_status hpt_trial_spend(hpt_trial *trial, double seconds);

/**
 * Attach a name and a value to the trial: observers and files show it, the strategy ignores it.
 * A name given again replaces the value.
 *
 * @param trial the trial. @param name 1 to 63 bytes of UTF-8; copied.
 * @param value finite; copied. All attributes and the reason of a trial take at most 8 KiB.
 * @return HPT_OK; HPT_EINVAL; HPT_ELIMIT when there is no room. An objective may return what is not
 *         HPT_OK: the trial's reason then says what was wrong. Threads: the objective's.
 */
HPT_API hpt_status hpt_trial_set_attr(hpt_trial *trial, const char *name, hpt_value value);

/**
 * Say how a constraint on results came out, feasible when it is at most 0: for what is known only
 * after the evaluation ("memory - limit"). A trial of which one is above 0 ends as INFEASIBLE,
 * whatever its value, and is never the best; strategies learn from its values and from how far it
 * was off, the sum of all that are above 0. A name given again replaces the value.
 *
 * @param trial the trial. @param name as of an attribute (attributes may have the same name).
 * @param value any number, also infinite; NaN makes the trial FAILED with a sentence that says so.
 *        Constraints count to the room of attributes; one above 0 that finds none makes the trial
 *        INFEASIBLE all the same, by nobody knows how much.
 * @return as hpt_trial_set_attr(). Threads: the objective's.
 */
HPT_API hpt_status hpt_trial_constraint(hpt_trial *trial, const char *name, double value);

/**
 * Say that and why the trial failed: `return hpt_trial_fail(trial, "no convergence in %d", n);`
 *
 * @param trial  the trial. @param format as printf's; the sentence is cut at 239 bytes, and what is
 *               not UTF-8 becomes '?'.
 * @return HPT_EFAILED, for the objective to return (HPT_OK after it counts as this). Threads: the
 * objective's.
 */
HPT_API hpt_status hpt_trial_fail(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);

/**
 * Say that the trial broke a constraint, without saying by how much. As hpt_trial_fail().
 *
 * @param trial it. @param format as printf's. @return HPT_EINFEASIBLE.
 */
HPT_API hpt_status hpt_trial_infeasible(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);

/**
 * Say that the trial is hopeless and stops here; its last report stands for it.
 *
 * @param trial the trial. @return HPT_EPRUNED, for the objective to return.
 */
HPT_API hpt_status hpt_trial_prune(hpt_trial *trial);

#ifdef __cplusplus
}
#endif
#endif
