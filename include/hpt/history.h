/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_HISTORY_H
#define HPT_HISTORY_H

/**
 * @file
 * Reading studies: what hpt_options.study wrote, and what Optuna wrote (SQLite of schema 12, of
 * Optuna 3.0 to 5, and journal files), also while another process is writing.
 *
 *     hpt_history *history;
 *     if (hpt_history_load("svm.db", NULL, &history, &err) == HPT_OK)
 *         best = hpt_history_at(history, hpt_history_best(history));
 *
 * Threads: any number may read a list, or a history while none refreshes it; functions that are not
 * for all threads say so.
 */

#include <hpt/base.h>
#include <hpt/observation.h>
#include <hpt/run.h>
#include <hpt/space.h>
#include <hpt/trial.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hpt_history hpt_history;

/** For times of hpt_record: nobody knows. */
#define HPT_TIME_NONE INT64_MIN

/** One trial. Borrowed from its history. */
typedef struct hpt_record {
    uint64_t        number; /**< from 0 within the study                                        */
    hpt_trial_state state;  /**< RUNNING: not ended yet, or its process died                    */
    uint32_t        worker; /**< UINT32_MAX: unknown                                            */
    int64_t         start_ns, end_ns; /**< wall time since 1970, UTC; or HPT_TIME_NONE          */
    int64_t         duration_ns;      /**< of the objective; negative: unknown. Another tool's
                                           trial: from its start to its end                     */
    uint64_t order;          /**< how many ends were told before it, of HPT_SYNC_EACH written;
                                  UINT64_MAX: unknown                                             */
    const hpt_value *params; /**< one for each parameter of hpt_history_space(); null: inactive, or
                                  not part of the trial (hpt_history_has_param())                */
    const double   *values;  /**< value_count of them, finite or infinite; NULL if there are none */
    uint32_t        value_count;
    uint32_t        attr_count, constraint_count;
    const hpt_attr *attrs;       /**< what the objective (or the user) attached          */
    const hpt_attr *constraints; /**< real numbers; feasible: at most 0                  */
    const char     *reason;      /**< why it did not complete; "" if nobody said         */
    bool            has_report;  /**< last_step and last_value are set                   */
    int64_t         last_step;
    double          last_value;
} hpt_record;

/** A report of a trial: its intermediate values at a step. */
typedef struct hpt_report {
    int64_t       step;
    double        value;  /**< of the first goal; also infinite or NaN                        */
    const double *values; /**< one for each goal, the first is `value`; NaN where the file has
                               none: hpt_trial_report() says the first of several only, and other
                               tools know no more                                             */
} hpt_report;

/** A study, as a list shows it. Texts are borrowed from the list. */
typedef struct hpt_study_info {
    uint32_t        struct_size;
    const char     *name;
    uint32_t        goal_count;
    const hpt_goal *goals;
    uint64_t        trial_count;
    uint64_t        state_count[HPT_TRIAL_STATE_COUNT];
    bool            has_best; /**< the best trial's number, and its value in the first goal */
    uint64_t        best_trial;
    double          best_value;
    int64_t         first_ns, last_ns; /**< the first start and the last end, or HPT_TIME_NONE */
    bool            is_ours;           /**< hpt wrote it: the next members are known           */
    uint64_t        seed;
    const char     *strategy;
    const char     *version; /**< of the hpt that wrote it */
    const char     *held_by; /**< "process 12 on host a since ...", or "" when nobody has it
                              or whoever had it is gone */
    const char *problem;     /**< "", or why it cannot be read: then only `name` is set */
} hpt_study_info;

typedef struct hpt_study_list hpt_study_list;

/**
 * The studies of a file. One that cannot be read, because it is damaged or has what hpt has no word
 * for, does not keep the others from being listed.
 * @param path the file. @param list_out destroy it. @param err filled on failure.
 * @return HPT_OK; HPT_EPARSE for a file that is no study; HPT_ELIMIT for a newer one; HPT_EIO;
 * HPT_EBUILD; HPT_ENOMEM. Threads: any. Cost: as hpt_history_load() of each study.
 */
HPT_API hpt_status hpt_study_list_load(const char *path, hpt_study_list **list_out, hpt_err *err);

/** How many. @param list it; NULL = 0. @return so many. Threads: readers. */
HPT_API size_t hpt_study_list_count(const hpt_study_list *list);

/** One of them. @param list it. @param index below the count. @return borrowed; NULL past the last.
 */
HPT_API const hpt_study_info *hpt_study_list_at(const hpt_study_list *list, size_t index);

/** Free. @param list may be NULL. Threads: nobody else may use it. */
HPT_API void hpt_study_list_destroy(hpt_study_list *list);

/**
 * Read a study.
 *
 * @param path the file; never changed. It stays open, for hpt_history_refresh().
 * @param study_name which of its studies; NULL: the only one.
 * @param history_out destroy it. @param err filled on failure; for a missing name with those there
 * are.
 * @return as hpt_study_list_load(); HPT_EABSENT for a name that is not there, and HPT_EINVAL for
 * NULL where there are several, with those there are; HPT_ELIMIT also above 268 435 456 values of
 * parameters (trials times parameters) or as many intermediate values.
 *
 * Threads: any; one at a time may refresh a history, readers may share one that nobody refreshes.
 * Cost: about 2 us a trial of 10 parameters, 0.5 KiB of memory each.
 */
HPT_API hpt_status hpt_history_load(const char *path, const char *study_name,
                                    hpt_history **history_out, hpt_err *err);

/** Read what has been written since: trials that are new, and those that had not ended. @param
 * history it; what it lent is void afterwards. @param err filled on failure, and then it is as it
 * was. @return as hpt_history_load(); HPT_EFORKED in a fork of the process that loaded it, which
 * can load it anew. Threads: nobody else may use it. Cost: some milliseconds for each 100 000
 * trials there are, and 2 us for each that is read; a study whose space has changed is read anew.
 */
HPT_API hpt_status hpt_history_refresh(hpt_history *history, hpt_err *err);

/** Free. @param history may be NULL. Threads: nobody else may use it. */
HPT_API void hpt_history_destroy(hpt_history *history);

/** About the study. @param history it. @return borrowed; NULL for NULL. Threads: readers. */
HPT_API const hpt_study_info *hpt_history_info(const hpt_history *history);

/** The space: hpt's own, or for a study of Optuna's the union of what its trials were drawn from.
 *  Empty if there were none. @param history it. @return borrowed. Threads: readers. */
HPT_API const hpt_space *hpt_history_space(const hpt_history *history);

/** Trials. @param history it. @return how many; 0 for NULL. Threads: readers. */
HPT_API size_t hpt_history_count(const hpt_history *history);

/** A trial, in the order of numbers. @param history it. @param index below the count, or anything.
 *  @return borrowed; NULL past the last. Threads: readers. */
HPT_API const hpt_record *hpt_history_at(const hpt_history *history, size_t index);

/** Whether a trial has a parameter. It has not if that was inactive, or no part of the trial: then
 * its value is null. Where null is among the values of a list, only this tells the two apart.
 * @param history it. @param index of the trial. @param param a handle of hpt_history_space().
 * @return whether it has; false past the last of either. Threads: readers. */
HPT_API bool hpt_history_has_param(const hpt_history *history, size_t index, hpt_param param);

/** The intermediate values of a trial, by rising step. @param history it. @param index of the
 * trial.
 *  @param count_out how many. @return borrowed; NULL when there are none. */
HPT_API const hpt_report *hpt_history_reports(const hpt_history *history, size_t index,
                                              size_t *count_out);

/** Which trials. Start from {0}: all. */
typedef struct hpt_filter {
    uint32_t    states;      /**< bits 1 << hpt_trial_state; 0 = any                              */
    uint64_t    first, last; /**< numbers, both included; last 0 = no end                         */
    const char *where;       /**< an expression of docs/space.md over parameters, and over `value`
                                  (`value_1`, ... of further goals), `number`, `duration` (seconds);
                                  NULL = any. A parameter of one of these names hides them. What a
                                  trial does not have makes a comparison false                      */
} hpt_filter;

/**
 * Trials that pass.
 * @param history it. @param filter it. @param indices_out room for hpt_history_count() of them.
 * @param count_out how many passed. @param err filled on failure.
 * @return HPT_OK; HPT_EPARSE for the syntax of `where`, HPT_EINVAL for unknown names in it (with
 * the closest match) and types that never fit, each with the place; HPT_ENOMEM. Threads: readers.
 */
HPT_API hpt_status hpt_history_filter(const hpt_history *history, const hpt_filter *filter,
                                      size_t *indices_out, size_t *count_out, hpt_err *err);

/** The best COMPLETE trial (with several goals: of the front, the best in the first). Ties: the
 * lowest number. A value may be infinite; a trial with a NaN or a broken constraint is never the
 * best.
 *  @param history it. @return its index; SIZE_MAX when none completed. */
HPT_API size_t hpt_history_best(const hpt_history *history);

/**
 * The best value so far after each trial, by number; NaN before the first COMPLETE one.
 * @param history it. @param goal 0 to goal_count - 1. @param best_out room for hpt_history_count().
 * @return HPT_OK or HPT_EINVAL. Threads: readers.
 */
HPT_API hpt_status hpt_history_best_so_far(const hpt_history *history, uint32_t goal,
                                           double *best_out);

/**
 * The Pareto front of the COMPLETE trials, the best in the first goal first; of equal ones the
 * first.
 * @param history it. @param indices_out room for hpt_history_count(). @param count_out how many.
 * @param err filled on failure. @return HPT_OK, HPT_ENOMEM. Cost: O(n log n) with two goals, O(n x
 * front) with more.
 */
HPT_API hpt_status hpt_history_front(const hpt_history *history, size_t *indices_out,
                                     size_t *count_out, hpt_err *err);

/** Numbers about a study. */
typedef struct hpt_history_stats {
    uint32_t struct_size;                        /**< set it before a call                        */
    uint64_t state_count[HPT_TRIAL_STATE_COUNT]; /**< by hpt_trial_state                          */
    double   value_min, value_max, value_mean,
        value_median; /**< of COMPLETE trials, first goal; NaN: none */
    double duration_s_min, duration_s_max, duration_s_mean,
        duration_s_median; /**< of ended trials; NaN: of none is it known */
    double   duration_s_sum;
    double   span_s;      /**< from the first start to the last end; 0 if the clock ran backwards */
    double   parallelism; /**< duration_s_sum / span_s; NaN: unknown                     */
    uint32_t worker_count; /**< different workers; those of a shared study count from 0 in each
                                process, so it is as many as one had, not all of them    */
    uint64_t stale_count;  /**< ended trials of a higher number than the best one's       */
} hpt_history_stats;

/** Fill them in. @param history it. @param stats_out its struct_size set. @param err filled on
 * failure.
 *  @return HPT_OK, HPT_EINVAL, HPT_ENOMEM. */
HPT_API hpt_status hpt_history_stats_of(const hpt_history *history, hpt_history_stats *stats_out,
                                        hpt_err *err);

/** How the importance of parameters is measured. */
typedef enum hpt_importance_method {
    HPT_IMPORTANCE_PED_ANOVA = 0, /**< how much the better trials' values of a parameter differ from
                                     all trials': Watanabe, Bansal and Hutter, IJCAI 2023 */
    HPT_IMPORTANCE_FANOVA = 1     /**< the share of a random forest's variance: Hutter, Hoos and
                                       Leyton-Brown, ICML 2014                                     */
} hpt_importance_method;

/** How. Get one from hpt_importance_default(). */
typedef struct hpt_importance {
    uint32_t              struct_size;
    hpt_importance_method method;
    uint32_t              goal; /**< 0 (default) to goal_count - 1                      */
    uint64_t              seed; /**< of the forest; default 0                           */
    double   target_quantile;   /**< PED-ANOVA: what counts as better; default 0.1      */
    double   region_quantile;   /**< ... than what; default 1, all                      */
    uint32_t tree_count;        /**< fANOVA: default 64                                 */
    uint32_t depth_max;         /**< fANOVA: default 64                                 */
} hpt_importance;

/** Fill in the defaults. Call hpt_importance_default() instead. @param how it. @param size its. */
HPT_API void hpt_importance_init(hpt_importance *how, size_t size);

/** The defaults. @return them, by value. */
static inline hpt_importance hpt_importance_default(void) {
    hpt_importance how;
    hpt_importance_init(&how, sizeof how);
    return how;
}

/**
 * How much each parameter matters: numbers of at least 0 that sum to 1 (all 0 when nothing matters
 * or all values are equal). COMPLETE trials with a finite value count. Conditional parameters are
 * judged by the trials in which they are active. docs/study.md says what the two methods measure.
 *
 * @param history it. @param how NULL = the defaults. @param importance_out one for each parameter;
 * those that cannot vary get 0. @param err filled on failure.
 * @return HPT_OK; HPT_EINVAL for fewer than two such trials and options outside their range;
 * HPT_ENOMEM.
 *
 * Threads: readers. Cost: PED-ANOVA O(n log n + n d), 60 ms for 100 000 trials of 10 parameters;
 * fANOVA O(trees x n log n x d), 0.1 s for 1 000 and 15 s for 100 000 of them.
 */
HPT_API hpt_status hpt_history_importance(const hpt_history *history, const hpt_importance *how,
                                          double *importance_out, hpt_err *err);

/**
 * The ended trials as observations, for hpt_options.observations of a run in `space`: those whose
 * parameters all lie in it; how many do not, and why the first does not, is told by
 * hpt_observations_warning(). Parameters that `space` does not have do not matter.
 * @param history it. @param space of the run. @param observations_out destroy them. @param err
 * filled on failure.
 * @return HPT_OK; HPT_EINVAL when a parameter of `space` is in no trial; HPT_ENOMEM. Threads:
 * readers.
 */
HPT_API hpt_status hpt_history_observations(const hpt_history *history, const hpt_space *space,
                                            hpt_observations **observations_out, hpt_err *err);

/**
 * Write a history as a new study into a file, made if it is not there: what `hpt import` and `hpt
 * export` do between forms. The form follows from the file, or its name if it is new. A study of
 * hpt's can be resumed there; one of another tool's stays that tool's.
 * @param history it. @param path the file. @param study_name of the new study; NULL: as it was
 * called.
 * @param err filled on failure.
 * @return HPT_OK; HPT_EBUSY when the file has a study of that name; HPT_EINVAL for NULL and for a
 * name that cannot be one; as hpt_study_list_load() else; HPT_EIO, and then the sentence says how
 * many trials have been written. Threads: readers. Cost: about 30 us a trial.
 */
HPT_API hpt_status hpt_history_save(const hpt_history *history, const char *path,
                                    const char *study_name, hpt_err *err);

/** Told each finding of hpt_study_check(); those that a repair has left, again, after "not
 * repaired: ".
 *  @param user as given. @param finding a sentence. */
typedef void (*hpt_finding_function)(void *user, const char *finding);

/** What hpt_study_check() is to do. */
typedef enum hpt_check_action {
    HPT_CHECK_LOOK = 0,   /**< change nothing                                                    */
    HPT_CHECK_REPAIR = 1, /**< cut a torn tail, mend Optuna's tables from hpt's own; what is cut is
                             kept in a file beside it                                          */
    HPT_CHECK_RELEASE = 2 /**< HPT_CHECK_REPAIR, and give back the hold of a process of which nobody
                             can tell here whether it is gone, of another machine or container. You
                             say that it is: should it still write, its run stops with
                             HPT_STOP_STORE. Never that of one that is known to be running */
} hpt_check_action;

/**
 * Whether a study file is sound, and every trial is what was written.
 * @param path the file. @param action it. @param say called for each finding; may be NULL. @param
 * user handed to it.
 * @param finding_count_out how many there were (after a repair: that are left). @param err filled
 * on failure.
 * @return HPT_OK, also with findings; HPT_EPARSE for a file that is no study; HPT_EBUSY when a
 * repair finds it held; HPT_EIO; HPT_ENOMEM. Threads: any. Cost: reads all of it.
 */
HPT_API hpt_status hpt_study_check(const char *path, hpt_check_action action,
                                   hpt_finding_function say, void *user, size_t *finding_count_out,
                                   hpt_err *err);

#ifdef __cplusplus
}
#endif
#endif
