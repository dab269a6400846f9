/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_RUN_H
#define HPT_RUN_H

/**
 * @file
 * Running: options, hpt_parallel_run(), the same without blocking, statistics and the result.
 *
 * A run belongs to the process that starts it. In a fork of that, functions on it answer
 * HPT_EFORKED or do nothing; so it is in the objective in pool "processes", which may cancel its
 * run all the same.
 *
 * A result does not change: any number of threads may read it, by all functions that begin with
 * hpt_result_, until one destroys it.
 */

#include <hpt/base.h>
#include <hpt/observation.h>
#include <hpt/observe.h>
#include <hpt/space.h>
#include <hpt/trial.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hpt_result         hpt_result;
typedef struct hpt_strategy_class hpt_strategy_class;
typedef struct hpt_pruner_class   hpt_pruner_class;

typedef enum hpt_direction { HPT_MINIMISE = 0, HPT_MAXIMISE = 1 } hpt_direction;

/** One of several goals of a run: `{ "error", HPT_MINIMISE, NAN }`. */
typedef struct hpt_goal {
    const char   *name;      /**< what the value is called in logs and files; 1 to 255 bytes  */
    hpt_direction direction; /**< HPT_MINIMISE or HPT_MAXIMISE                                */
    double        reference; /**< what is worse counts nothing in the hypervolume; NaN: the worst
                                  value on the front (0 is 0: say NAN if you have none)       */
} hpt_goal;

/** No limit, said on purpose: for hpt_options.trial_count_max. */
#define HPT_UNLIMITED UINT64_MAX

/**
 * What becomes of several values of one trial (hpt_options.repeat_count). The standard error of
 * their mean is the trial's attribute "stderr" ("stderr NAME" with several goals).
 *
 * A call that does not return HPT_OK and finite values ends the trial, which is what it would be
 * had there been no other call. Of attributes, reports and constraints on results the last ones
 * stand. trial_s_max is for all calls together.
 */
typedef enum hpt_take {
    HPT_TAKE_MEAN = 0,
    HPT_TAKE_MEDIAN = 1, /**< the middle one, or the mean of the two in the middle */
    HPT_TAKE_WORST = 2   /**< the largest if the goal is minimised               */
} hpt_take;

/** When a result counts as kept (hpt_options.study). docs/study.md has the promises. */
typedef enum hpt_sync {
    HPT_SYNC_GROUP = 0, /**< results are written together: each is on the disk at the latest
                             commit_interval_ms after the strategy was told                */
    HPT_SYNC_EACH = 1   /**< on the disk before the strategy is told; results that wait share
                             one write                                                      */
} hpt_sync;

/** What happens when the study file cannot be written: a full disk, an I/O error. */
typedef enum hpt_store_failure {
    HPT_STORE_STOP = 0, /**< the run stops with HPT_STOP_STORE; trials that run finish. What was
                             kept stays kept                                               */
    HPT_STORE_GO_ON = 1 /**< the run goes on without the file, and a warning says so; writing
                             resumes by itself when there is room again                    */
} hpt_store_failure;

/** What becomes of trials that ran when an earlier process of the study died or was cancelled. */
typedef enum hpt_interrupted {
    HPT_INTERRUPTED_AGAIN = 0, /**< evaluated again, with the same number and parameters */
    HPT_INTERRUPTED_FAIL = 1   /**< FAILED, with that as the reason                       */
} hpt_interrupted;

/** What a trial that failed, took too long or crashed means for the search. docs/reliability.md
    says why the defaults are what they are. */
typedef enum hpt_failure_policy {
    HPT_FAILURE_FEASIBILITY = 0, /**< the strategy is told that this point fails, and those with a
                                      model of where that happens (tpe, gp, auto) avoid the place */
    HPT_FAILURE_IGNORE = 1, /**< the strategy is told that the trial ended, and learns nothing */
    HPT_FAILURE_WORST = 2,  /**< as if it had completed with the worst value so far; before
                                 there is one, as HPT_FAILURE_IGNORE                          */
    HPT_FAILURE_STOP = 3    /**< the run stops (HPT_STOP_FAILURES); trials that run finish, but with
                                 a window, where later ones do not count                       */
} hpt_failure_policy;

/** What happens after one cause of failure. */
typedef struct hpt_failure {
    uint32_t retry_count; /**< the trial is evaluated again, at once and by the same worker, up to
                               so many times (attempts of all causes together) before it counts as
                               failed [0, 1000]. Number, point and seed stay, the whole time limit
                               begins again, and attribute "attempts" says how many there were.
                               A study: 0, as its caller may try again before he tells        */
    hpt_failure_policy policy; /**< what happens when it counts as failed                     */
} hpt_failure;

/** What a trial must be able to beat to go on (hpt_options.cap). */
typedef enum hpt_cap {
    HPT_CAP_NONE = 0,
    HPT_CAP_TIME = 1,  /**< the value is the trial's time in seconds, or grows with it: its time
                            limit is cap_factor x best + cap_slack seconds                         */
    HPT_CAP_REPORT = 2 /**< the value is never below what was reported last: the trial is stopped
                            when a report is above cap_factor x best + cap_slack; of a best below
                            0, above best + (cap_factor - 1) x |best| + cap_slack        */
} hpt_cap;

/** How urgently a run is asked to stop. */
typedef enum hpt_cancel_level {
    HPT_CANCEL_NONE = 0,   /**< not at all                                                       */
    HPT_CANCEL_FINISH = 1, /**< no new trials; those that run finish; queued ones are CANCELLED */
    HPT_CANCEL_NOW = 2     /**< the same, and hpt_trial_should_stop() is true                     */
} hpt_cancel_level;

/**
 * A switch that stops every run that was given it, also from a signal handler. Start it as {0}; it
 * must outlive the runs. Change it only with hpt_cancel_raise().
 */
typedef struct hpt_cancel {
    uint32_t level;
} hpt_cancel;

/**
 * Ask for a stop. Levels only rise.
 *
 * @param cancel the switch. @param level how urgently.
 *
 * Threads: any; also from a signal handler (async-signal-safe). Cost: one atomic operation.
 */
HPT_API void hpt_cancel_raise(hpt_cancel *cancel, hpt_cancel_level level);

/** Which threads call the functions of the strategy (hpt/extend.h). */
typedef enum hpt_coordinator {
    HPT_COORDINATOR_WORKERS = 0, /**< any worker, one at a time: whoever has just finished; the
                                      fastest                                                     */
    HPT_COORDINATOR_CALLER = 1   /**< only the thread that calls hpt_parallel_run(), or
                                      hpt_run_start(), _wait(), _poll() and _destroy(): for
                                      strategies in Python, with MPI or with thread-local state.
                                      That thread evaluates nothing; trials below 100 us cost
                                      more (docs/threads.md)                                   */
} hpt_coordinator;

/**
 * How to run. Get one from hpt_options_default(); the defaults are right for most.
 *
 * When the time is up, the target is reached or there is no more improvement, trials that wait do
 * not start, and those that run are told to stop (hpt_trial_should_stop()); when the budget of
 * trials is used up, all of them finish.
 */
typedef struct hpt_options {
    uint32_t struct_size;         /**< filled in by hpt_options_default(); leave alone           */
    uint32_t worker_count;        /**< workers [1, 4096]; 0 = one per CPU of hpt_cpus();
                                       pool "sim": up to 100 000 virtual ones                 */
    uint64_t trial_count_max;     /**< stop after this many trials; 0 = another limit ends it    */
    double   wall_s_max;          /**< stop after this many seconds; 0 = no limit                */
    double   trial_s_max;         /**< time limit of one trial, seconds; 0 = none                */
    double   target;              /**< stop when the value is this good; NaN (default) = never   */
    uint64_t stale_count_max;     /**< stop after this many trials without a new best; 0 = never */
    uint64_t fruitless_count_max; /**< stop when this many trials have ended and none of them
                                       completed, was pruned or returned a value in spite of a
                                       constraint on results; 0 = never; default 1000        */
    uint64_t seed;                /**< of everything random; default 0, as good as any           */
    uint32_t window;              /**< 0: results count as they arrive. n: trials are asked for
                                       and told in order of number, with at most n in flight, so
                                       that the run is the same, bit for bit, at any number of
                                       workers. 16 to 32 per worker cost little [0, 131 072]   */
    hpt_direction direction;      /**< HPT_MINIMISE (default) or HPT_MAXIMISE                    */
    const char   *metric;         /**< what the value is called in logs; default "value"         */
    const char   *strategy;       /**< "name" or "name:key=value,..."; default "auto"            */
    const hpt_strategy_class
                    *strategy_class; /**< a plug-in of yours; `strategy` gives its options  */
    const hpt_value *points; /**< points to try first, as trials 0 to point_count - 1: rows of one
                                  value per parameter, as hpt_space_parse_points() makes. The
                                  strategy goes on from there and learns from them; "list" tries
                                  nothing else                                               */
    size_t      point_count;
    const char *pool;              /**< where workers live: "threads" (default); "inline", on the
                                        thread that waits; "processes:key=value,...", in processes
                                        of their own, which may crash: docs/processes.md;
                                        "sim:key=value,...", virtual workers in virtual time, which
                                        all times of the run then are                         */
    bool                pin;       /**< short for placement = "core"                         */
    const char         *observe;   /**< observers by name, see observe.h; default NULL, none */
    const hpt_observer *observers; /**< observer_count more of them                          */
    size_t              observer_count;
    hpt_cancel         *cancel;      /**< a switch that stops the run; NULL = none             */
    hpt_coordinator     coordinator; /**< HPT_COORDINATOR_WORKERS (default) or _CALLER    */
    const char         *placement;   /**< where workers go: "spread" (default): each starts on a CPU
                                          of its own and may move; "core": bound to its own CPU, or
                                          threads_per_trial of them; "numa": bound to a NUMA node;
                                          "none": untouched. docs/placement.md                   */
    uint32_t threads_per_trial;      /**< CPUs reserved for each trial, whose objective has so many
                                          threads: OpenMP is told so in each worker, and worker_count =
                                          0 counts accordingly. 0 = one CPU; OpenMP gets no more than
                                          CPUs / workers [0, 4096]                                    */
    const hpt_goal
        *goals;          /**< goal_count of them, copied: the objective then writes as many values,
                              in this order, and the result is a front (docs/goals.md). Instead of
                              `direction` and `metric`; without `target`, if there are several    */
    uint32_t goal_count; /**< 0 (default) and 1: one goal; at most 8                              */
    const hpt_observation
        *observations; /**< observation_count results of earlier runs: the strategy
                            learns from them before it is asked. They count to no
                            budget, and the result is of this run's trials only  */
    size_t   observation_count;
    uint32_t repeat_count;   /**< call the objective so often for each trial, for noisy values: each
                                call has its own hpt_trial_seed() and hpt_trial_repeat(). 0 (default)
                                and 1: once; at most 1000. Not for hpt_study_create() */
    hpt_take    repeat_take; /**< which value of these is the trial's; HPT_TAKE_MEAN (default)  */
    const char *study; /**< the file that keeps every trial, and that is continued if it is there:
                            "svm.db" (SQLite, as Optuna's) or "svm.journal" (Optuna's journal).
                            Budgets count what it holds already. NULL (default): none */
    const char *study_name; /**< the study's name in the file, 1 to 511 bytes of UTF-8; NULL: the
                                 only one there is, or the file's name without its end */
    hpt_sync          sync; /**< HPT_SYNC_GROUP (default) or HPT_SYNC_EACH             */
    hpt_store_failure store_failure; /**< HPT_STORE_STOP (default) or HPT_STORE_GO_ON           */
    hpt_interrupted   interrupted;   /**< HPT_INTERRUPTED_AGAIN (default) or _FAIL              */
    uint32_t          commit_interval_ms; /**< written at the latest so long after it was told, ms
                                               [1, 3 600 000]; 0 = 100                               */
    uint32_t commit_trials; /**< ... and when so many wait; 0 = no such limit          */
    bool may_widen; /**< ranges of numbers may be wider than in the study; else that is refused */
    bool shared;    /**< several processes of one machine may join the study at once: one budget
                         for all, each trial once, and everyone learns from everyone's results.
                         SQLite only, without a window, HPT_STORE_GO_ON or HPT_INTERRUPTED_FAIL;
                         docs/study.md                                                      */
    double lease_s; /**< shared: trials of this process belong to the others when it has not
                         been heard of for so long, seconds; 0 = 30                         */
    const char *pruner; /**< stops trials early whose reports (hpt_trial_report()) are hopeless:
                             "name" or "name:key=value,..."; NULL (default) or "none": nobody does.
                             docs/pruning.md                                                 */
    const hpt_pruner_class *pruner_class; /**< a plug-in of yours; `pruner` gives its options */
    hpt_cap                 cap; /**< stop trials that cannot beat the best any more; HPT_CAP_NONE
                                      (default). One goal, to be minimised                        */
    double cap_factor;       /**< [1, 1e6]; default 1                                          */
    double cap_slack;        /**< in the unit of the value, at least 0; default 0              */
    double grace_s;          /**< a trial that was told to stop and goes on is given up so many
                                  seconds later: its worker is written off and replaced (pool
                                  "threads"), or its process gets SIGTERM, and SIGKILL as much later
                                  (pool "processes"). NaN (default): after trial_s_max a tenth of it,
                                  0.05 to 1 s; after other stops 1 s in pool "processes", and in
                                  pool "threads" such trials are waited for                   */
    double drain_s;          /**< after HPT_CANCEL_FINISH trials may run on for so many seconds;
                                  then as after HPT_CANCEL_NOW. NaN (default): without limit  */
    uint32_t lost_count_max; /**< pool "threads": workers that are replaced when they are written
                                  off; when none is left the run ends with HPT_STOP_WORKERS.
                                  0 = 16, at most 4096. docs/threads.md says what a host must
                                  keep for those that are lost                            */
    hpt_failure on_failed;   /**< HPT_TRIAL_FAILED; default: no retry, HPT_FAILURE_FEASIBILITY */
    hpt_failure on_timeout;  /**< HPT_TRIAL_TIMEOUT; default the same                          */
    hpt_failure on_crashed;  /**< HPT_TRIAL_CRASHED; default the same                          */
    uint64_t    failure_count_max; /**< stop when so many trials failed, timed out or crashed;
                                        0 = never (default)                                */
    uint64_t failure_in_row_max;   /**< ... so many one after the other as they are told; 0 =
                                        never (default). Pool "processes" has a limit of its own
                                        on processes that die without a trial              */
    double observer_s_max; /**< a call of an observer may go on for so many seconds; then the
                                observer is given up, and the run goes on without it. 0: it is
                                waited for for ever. NaN (default): 10 s. docs/threads.md says
                                what a host must keep for it                               */
} hpt_options;

/** Fill in what hpt_options_default() gives. Call that instead. @param options it. @param size its.
 */
HPT_API void hpt_options_init(hpt_options *options, size_t size);

/** The default options. @return them, by value. Threads: any. Cost: none. */
static inline hpt_options hpt_options_default(void) {
    hpt_options options;
    hpt_options_init(&options, sizeof options);
    return options;
}

/* clang-format off */
/** Why a run stopped: name, number (frozen), sentence. */
#define HPT_STOP_LIST(X)                                                                    \
    X(HPT_STOP_NONE,       0, "still running")                                              \
    X(HPT_STOP_TRIALS,     1, "all trials of the budget are done")                          \
    X(HPT_STOP_EXHAUSTED,  2, "the strategy has no more candidates")                        \
    X(HPT_STOP_WALL,       3, "the time is up")                                             \
    X(HPT_STOP_TARGET,     4, "the target was reached")                                     \
    X(HPT_STOP_STALE,      5, "no improvement for the number of trials allowed")            \
    X(HPT_STOP_CANCELLED,  6, "cancelled")                                                  \
    X(HPT_STOP_ALL_FAILED, 7, "every trial failed")                                         \
    X(HPT_STOP_STRATEGY,   8, "the strategy failed")                                        \
    X(HPT_STOP_CLOSED,     9, "finished by its caller")                                     \
    X(HPT_STOP_STORE,     10, "the study file could not be written")                        \
    X(HPT_STOP_FAILURES,  11, "too many trials failed")                                     \
    X(HPT_STOP_WORKERS,   12, "no worker is left")
/* clang-format on */

typedef enum hpt_stop {
#define HPT_ROW(name, value, text) name = value,
    HPT_STOP_LIST(HPT_ROW)
#undef HPT_ROW
} hpt_stop;

/** The sentence of a stop reason. @param stop any. @return a constant text. Threads: any. */
HPT_API const char *hpt_stop_text(hpt_stop stop);

/** Numbers about a run, taken at one moment: they fit each other. */
typedef struct hpt_stats {
    uint32_t struct_size;                        /**< set it to sizeof(hpt_stats) before a call */
    hpt_stop stop;                               /**< HPT_STOP_NONE until a limit or a cancel   */
    uint64_t trial_count;                        /**< asked for so far                          */
    uint64_t state_count[HPT_TRIAL_STATE_COUNT]; /**< by hpt_trial_state; sums to trial_count   */
    uint64_t trial_count_max;                    /**< the budget; 0 or HPT_UNLIMITED = none     */
    double   wall_s;                             /**< since the start                           */
    double   wall_s_max;                         /**< the budget; 0 = none                      */
    bool     has_best;                           /**< best_* are set                            */
    uint64_t best_trial;   /**< with several goals: of the front, the best in the first one */
    double   best_value;   /**< ... and its value there                                    */
    uint32_t worker_count; /**< workers there are: started, and no more than trials */
    uint32_t worker_count_wanted; /**< workers that were asked for                       */
    double   busy_fraction;       /**< time inside the objective / (wall x workers)      */
    uint32_t queue_depth;         /**< blocks of trials in the candidate queue          */
    uint32_t queue_depth_max;     /**< its high-water mark                               */
    uint32_t ring_depth_max;      /**< high-water mark of the result rings, in blocks    */
    uint64_t observer_lost;       /**< events lost by observers, all together            */
    uint64_t observer_failures;   /**< calls of observers that failed                    */
    double   turn_fraction;       /**< time the turn was held / wall: at 1 more workers are of no
                                       use. Simulated pools only, else NaN                  */
    uint32_t cpu_count;           /**< CPUs that the run may use: hpt_cpus() at its start */
    uint32_t threads_per_trial;   /**< of them, reserved for each worker; at least 1     */
    bool     is_oversubscribed;   /**< worker_count x threads_per_trial > cpu_count      */
    uint32_t front_count;         /**< trials on the front; with one goal 0 or 1         */
    uint32_t lost_count;          /**< workers written off because a trial did not return    */
    uint64_t restart_count;       /**< worker processes made in place of one that died       */
    uint64_t retry_count;         /**< evaluations of trials that had failed before          */
} hpt_stats;

/**
 * Search a space for the point where an objective is best, with every core, until a limit.
 *
 * @param space     what may vary; copied.
 * @param objective called by the workers, several calls at once: on the calling thread, which is
 *                  worker 0, and on worker_count - 1 threads that the run makes. With trial_s_max
 *                  or grace_s in pool "threads" the calling thread waits, and all workers have
 *                  threads of their own: a trial that never returns is left behind.
 * @param user      handed to the objective; may be NULL. What a trial uses that was left behind
 *                  must stay until its objective returns (docs/threads.md).
 * @param options   NULL = defaults; copied with its texts. Some limit must be set (trial_count_max,
 *                  wall_s_max, target, stale_count_max or cancel) unless the strategy is finite.
 * @param result_out the result; destroy it with hpt_result_destroy().
 * @param err       filled on failure.
 * @return HPT_OK      the run ended; hpt_result_stop() says why, "every trial failed" included
 *         HPT_EINVAL, HPT_EABSENT, HPT_EBUILD, HPT_EPARSE, HPT_ELIMIT  an argument, with a sentence
 *         HPT_ENOMEM, HPT_ETHREAD, HPT_EIO  it could not start; nothing ran
 *         HPT_EREENTRANT  nothing ran; this thread has left the objective of an earlier run by
 *                     longjmp(), and that one has been ended now. Told once
 *         HPT_EREPLAYED  the environment has asked for a trial of this study again: hpt_replay()
 *
 * Threads: any, several runs at once, also from inside an objective. Signals, but those of faults
 * such as SIGSEGV, are blocked in the threads it makes. The calling thread keeps its own mask,
 * name, stack and floating-point environment while it works; with `pin` it is bound for the run,
 * and its affinity is put back. (HPT_COORDINATOR_CALLER: it calls the strategy, sleeps in between,
 * and evaluates nothing. To keep the objective off the calling thread otherwise: hpt_run_start().)
 * Cost: 5 us and what it takes to make and join worker_count - 1 threads, 10 to 25 us each; per
 * trial O(1) plus the strategy's own; no allocation after the start.
 */
HPT_API hpt_status hpt_parallel_run(const hpt_space *space, hpt_objective objective, void *user,
                                    const hpt_options *options, hpt_result **result_out,
                                    hpt_err *err);

/**
 * Start a run and return at once. As hpt_parallel_run(), but a run without any limit is allowed: it
 * goes on until it is cancelled, and every worker has a thread of its own. With pool "inline" the
 * trials are run by hpt_run_poll() (one each, some if short) and hpt_run_wait() (all);
 * with "sim" a poll is one event of the simulation. With
 * HPT_COORDINATOR_CALLER those two call the strategy, and workers run dry while nobody is in them.
 *
 * @param space it. @param objective it. @param user it. @param options it.
 * @param run_out the run; destroy it. @param err filled on failure.
 * @return as hpt_parallel_run(). Threads: any.
 */
HPT_API hpt_status hpt_run_start(const hpt_space *space, hpt_objective objective, void *user,
                                 const hpt_options *options, hpt_run **run_out, hpt_err *err);

/**
 * Whether a run has finished, its last event delivered. (A study's run is finished by
 * hpt_study_finish() only.)
 *
 * @param run the run. @return HPT_OK when it has; HPT_EAGAIN when not; HPT_EINVAL for NULL;
 *        HPT_EREENTRANT when it never will, as hpt_run_wait() says.
 * Threads: any. Cost: a mutex (pool "inline": one trial, or as many as fit in about 50 us;
 * HPT_COORDINATOR_CALLER: the tells and asks that are due).
 */
HPT_API hpt_status hpt_run_poll(hpt_run *run);

/**
 * Wait for the end of a run.
 *
 * @param run the run. @param seconds at most so long; negative = without limit.
 * @return HPT_OK when it has finished; HPT_EAGAIN when time ran out; HPT_EINVAL for NULL or NaN;
 *         HPT_EREENTRANT from an observer or objective of this run, which it would wait for; and
 *         of a run that cannot go on, because longjmp() has left it in the middle
 *         (docs/threads.md).
 * Threads: any number.
 */
HPT_API hpt_status hpt_run_wait(hpt_run *run, double seconds);

/**
 * Ask a run to stop. Returns at once; hpt_run_wait() waits.
 *
 * @param run the run; NULL does nothing. @param level how urgently; levels only rise.
 *
 * Threads: any, objectives and observers too; also from a signal handler. Cost: one atomic
 * operation.
 */
HPT_API void hpt_run_cancel(hpt_run *run, hpt_cancel_level level);

/**
 * Ask a run to stop within a time: as HPT_CANCEL_FINISH now, and as HPT_CANCEL_NOW `seconds` later
 * if trials still run then (and grace_s after that they are given up, if the options say so). Of
 * several calls, and of hpt_options.drain_s, the earliest end counts.
 *
 * @param run the run; NULL does nothing. @param seconds 0 or more; NaN and less count as 0.
 *
 * Threads: any; also from a signal handler. Cost: some atomic operations.
 */
HPT_API void hpt_run_cancel_within(hpt_run *run, double seconds);

/**
 * Statistics of a run, running or finished.
 *
 * @param run the run. @param stats_out its struct_size set. @param err filled on failure.
 * @return HPT_OK or HPT_EINVAL. Threads: any. Cost: about 100 ns; never slows the run.
 */
HPT_API hpt_status hpt_run_stats(const hpt_run *run, hpt_stats *stats_out, hpt_err *err);

/**
 * The result of a finished run. Each call makes a new one.
 *
 * @param run the run. @param result_out destroy it; it may outlive the run. @param err on failure.
 * @return HPT_OK; HPT_EBUSY while it runs; HPT_ENOMEM. Threads: any.
 */
HPT_API hpt_status hpt_run_result(const hpt_run *run, hpt_result **result_out, hpt_err *err);

/**
 * End and free a run: cancels it (HPT_CANCEL_NOW), waits, frees.
 *
 * @param run may be NULL. Not from an observer or objective of the same run (that does nothing).
 * Threads: nobody else may use it.
 */
HPT_API void hpt_run_destroy(hpt_run *run);

/** Free a result. @param result may be NULL. Threads: nobody else may use it. */
HPT_API void hpt_result_destroy(hpt_result *result);

/**
 * Whether any trial completed. With several goals "the best" is, here and below, the one on the
 * front that is best in the first goal (of several such in the next, and so on).
 * @param result it; NULL = false. @return so. Threads: readers.
 */
HPT_API bool hpt_result_has_best(const hpt_result *result);

/** The best value, in the first goal. @param result it. @return NaN when no trial completed.
 *  Threads: readers. */
HPT_API double hpt_result_value(const hpt_result *result);

/** The best trial's number. @param result it. @return UINT64_MAX when none completed. */
HPT_API uint64_t hpt_result_trial(const hpt_result *result);

/** A parameter of the best trial. @param result it. @param name it. @return NaN when there is none.
 */
HPT_API double hpt_result_real(const hpt_result *result, const char *name);

/** As hpt_result_real(), integers. @param result it. @param name it. @return 0 when there is none.
 */
HPT_API int64_t hpt_result_int(const hpt_result *result, const char *name);

/** As hpt_result_real(), truth. @param result it. @param name it. @return false when there is none.
 */
HPT_API bool hpt_result_bool(const hpt_result *result, const char *name);

/** As hpt_result_real(), texts, borrowed. @param result it. @param name it. @return "" when none.
 */
HPT_API const char *hpt_result_text(const hpt_result *result, const char *name);

/** As hpt_result_real(), any type. @param result it. @param name it. @return null when none. */
HPT_API hpt_value hpt_result_param(const hpt_result *result, const char *name);

/** As hpt_result_param(), by handle. @param result it. @param param a handle. @return null if none.
 */
HPT_API hpt_value hpt_result_param_at(const hpt_result *result, hpt_param param);

/** The space that was searched. @param result it. @return borrowed. Threads: readers. */
HPT_API const hpt_space *hpt_result_space(const hpt_result *result);

/** An attribute of the best trial. @param result it. @param name it. @return null when none. */
HPT_API hpt_value hpt_result_attr(const hpt_result *result, const char *name);

/**
 * How many trials are on the front: those than which no other is better in one goal and at least as
 * good in all others. Of trials with the same values it has the first. At most 8 192; what came
 * when it was full is told as a warning.
 *
 * Members are in the order of their values, the best in the first goal first.
 * @param result it. @return the count; with one goal 1, or 0 if none completed. Threads: readers.
 */
HPT_API size_t hpt_result_front_count(const hpt_result *result);

/** The number of a member's trial. @param result it. @param index below hpt_result_front_count().
 *  @return UINT64_MAX when there is none. Threads: readers. */
HPT_API uint64_t hpt_result_front_trial(const hpt_result *result, size_t index);

/** A member's value. @param result it. @param index as above. @param goal 0 to goal_count - 1.
 *  @return NaN when there is none. Threads: readers. */
HPT_API double hpt_result_front_value(const hpt_result *result, size_t index, uint32_t goal);

/** A parameter of a member. @param result it. @param index as above. @param name it.
 *  @return null when there is none, or it is inactive; texts are borrowed. Threads: readers. */
HPT_API hpt_value hpt_result_front_param(const hpt_result *result, size_t index, const char *name);

/** As hpt_result_front_param(), by handle. @param result it. @param index it. @param param a
 *  handle. @return null if none. */
HPT_API hpt_value hpt_result_front_param_at(const hpt_result *result, size_t index,
                                            hpt_param param);

/** As hpt_result_front_param(), a number. @param result it. @param index it. @param name it.
 *  @return NaN when there is none. */
HPT_API double hpt_result_front_real(const hpt_result *result, size_t index, const char *name);

/**
 * How much the front dominates: the volume between its members and the goals' references, exact.
 * (Two goals: a sweep. Three: a sweep by the last, Beume et al., IEEE TEC 13 (2009), HV3D. More:
 * the exclusive volumes of While, Bradstreet and Barone, IEEE TEC 16 (2012), WFG.)
 *
 * @param result it.
 * @return the volume; 0 without members. A goal whose reference is NaN is measured from the worst
 *         value on the front, so that two results cannot be compared. NaN when it would take more
 *         than some seconds (some thousand members with four goals, a thousand with eight), and
 *         when memory is out.
 * Threads: readers. Cost: n members: O(n log n) with two goals, O(n^2) with three, and up to
 *         O(n^(goals - 1)); made anew by each call.
 */
HPT_API double hpt_result_hypervolume(const hpt_result *result);

/** Why the run stopped. @param result it. @return the reason. Threads: readers. */
HPT_API hpt_stop hpt_result_stop(const hpt_result *result);

/**
 * Why the run stopped, as a sentence with the details: with HPT_STOP_ALL_FAILED the first trial's
 * reason, with HPT_STOP_STRATEGY what it said.
 * @param result it. @return borrowed. Threads: readers.
 */
HPT_API const char *hpt_result_stop_text(const hpt_result *result);

/** How many trials ended in a state. @param result it. @param state it. @return the exact number.
 */
HPT_API uint64_t hpt_result_count(const hpt_result *result, hpt_trial_state state);

/** The final statistics. @param result it. @return borrowed. Threads: readers. */
HPT_API const hpt_stats *hpt_result_stats(const hpt_result *result);

/** The share of the wall time that a worker spent in the objective. @param result it.
 *  @param worker 0 to worker_count - 1. @return 0 to 1; NaN for no such worker. */
HPT_API double hpt_result_busy(const hpt_result *result, uint32_t worker);

/** The seed. @param result it. @return hpt_options.seed. Threads: readers. */
HPT_API uint64_t hpt_result_seed(const hpt_result *result);

/** The run's id, a random UUID in its 36-character form. @param result it. @return borrowed. */
HPT_API const char *hpt_result_id(const hpt_result *result);

/**
 * What the run would like its user to know: fewer workers than wanted, events lost, an observer
 * that failed, a full disk. One sentence each.
 * @param result it. @param index 0 and up. @return borrowed; NULL past the last.
 */
HPT_API const char *hpt_result_warning(const hpt_result *result, size_t index);

#ifdef __cplusplus
}
#endif
#endif
