/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_EXTEND_H
#define HPT_EXTEND_H

/**
 * @file
 * For authors of plug-ins: strategies and observers of your own. The built-in ones use the same
 * structs; docs/extending.md shows one of each.
 *
 * A plug-in is a constant struct with a name, options as a table, the size of its state, and a few
 * functions. The core allocates, zeroes, fills in the options, and frees the state.
 */

#include <hpt/base.h>
#include <hpt/observe.h>
#include <hpt/run.h>
#include <hpt/space.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The type of an option, and of the member of the state that it fills. */
typedef enum hpt_option_type {
    HPT_OPTION_BOOL = 0,  /**< bool: yes no true false on off 1 0                        */
    HPT_OPTION_INT = 1,   /**< int64_t                                                   */
    HPT_OPTION_REAL = 2,  /**< double                                                    */
    HPT_OPTION_TEXT = 3,  /**< const char *, borrowed for the life of the state          */
    HPT_OPTION_CHOICE = 4 /**< int32_t: the index of a word in `choices`                 */
} hpt_option_type;

/** One option: one row. A table ends with a row whose name is NULL. */
typedef struct hpt_option {
    const char     *name; /**< lower case, digits and underscores                         */
    hpt_option_type type;
    size_t          offset;  /**< of the member in the state                                 */
    double          initial; /**< when not given, even if below min; CHOICE: an index         */
    double          min;     /**< INT, REAL: least value allowed                             */
    double          max;     /**< INT, REAL: greatest value allowed                          */
    const char     *text;    /**< TEXT: when not given; CHOICE: the words, "a|b|c"           */
    const char     *help;    /**< one phrase, with the unit                                  */
} hpt_option;

/** What a strategy is told at its start. Borrowed for the strategy's life. */
typedef struct hpt_strategy_setup {
    uint32_t         struct_size;
    const hpt_space *space;
    uint64_t         seed;
    uint64_t         trial_count_max; /**< the budget; 0 or HPT_UNLIMITED = none                 */
    uint32_t         in_flight_max;   /**< the window, or as many as are evaluated at once; more
                                           are asked for ahead unless batch_max is 1         */
    bool             is_maximising;   /**< hpt_outcome.loss is turned round already              */
    const hpt_coord *points;          /**< hpt_options.points, checked: point_count x parameters */
    size_t           point_count;
    uint32_t         goal_count;    /**< values of a trial; 1, or up to goals_max              */
    uint32_t         bracket_count; /**< of the pruner (Hyperband), trials of which should not be
                                         compared with each other; 0 and 1: there are none  */
    uint32_t (*bracket)(const void *context, uint64_t number); /**< of a trial, below the count;
                                         number as in ask and tell. NULL: there are none    */
    const void *bracket_context;                               /**< for `bracket`           */
} hpt_strategy_setup;

/** hpt_outcome.number of what was known before the run, and of nobody's asking. */
#define HPT_NUMBER_NONE UINT64_MAX

/** How a trial ended, for a strategy to learn from. Borrowed for the call. */
typedef struct hpt_outcome {
    uint32_t         struct_size;
    hpt_trial_state  state;
    uint64_t         number;
    const hpt_coord *point;
    double           value; /**< COMPLETE: as the objective returned it; else NaN         */
    double           loss;  /**< COMPLETE: to be minimised, whatever the direction; else NaN */
    bool             has_report;
    int64_t          last_step;  /**< of the last hpt_trial_report()                           */
    double           last_value; /**< its value                                                */
    uint32_t         goal_count; /**< entries of losses                                        */
    const double    *losses; /**< one for each goal, each to be minimised: COMPLETE, and INFEASIBLE
                                  if the objective returned values all the same; else NULL     */
    double violation; /**< INFEASIBLE: by how much, the sum of all hpt_trial_constraint() above 0;
                           INFINITY if nobody knows. In other states 0                         */
    double bound; /**< what the loss would have been at least, of a trial that was stopped because
                       it could not beat the best (hpt_options.cap), and with HPT_CAP_TIME of a
                       TIMEOUT; NaN: nothing is known                                       */
    bool is_failure;           /**< FAILED, TIMEOUT or CRASHED whose point should be avoided
                                    (HPT_FAILURE_FEASIBILITY and _STOP); false: nothing is to be
                                    learnt from it. A pruner is told false                  */
    const double *last_losses; /**< has_report and one goal: last_value as a loss. NULL with
                                    several: of the last report a record has the first value, and
                                    what is learnt must be the same when a study is continued  */
} hpt_outcome;

/**
 * A strategy proposes points and learns from results.
 *
 * Threads: `init`, `ask`, `tell` and `fini` are called by one thread at a time, each call
 * happening-before the next: no lock is needed. `point` and `points` are called by many threads at
 * once. With HPT_COORDINATOR_CALLER all of them are called only by the thread that runs the run.
 * Determinism: everything random must be a function of (setup->seed, number), as hpt_random() makes
 * it; never of time, addresses or the order of calls.
 * A strategy never sees a thread, a clock or a file.
 * Constraints: hpt_space_permits() tells which points are worth proposing. A candidate that breaks
 * a constraint ends as INFEASIBLE without being evaluated, with the constraint as its reason.
 * Coordinates of inactive parameters are put where these rest before anybody sees them.
 * What it did not ask for may be told too: points of the user's, with numbers before the first one
 * that is asked for, and, with HPT_NUMBER_NONE, results of earlier runs before the first ask and
 * those of other processes that share the study at any time.
 * A study file: its asks and tells are repeated when a run goes on with it. Where that is not
 * possible the results of the study are told as those of earlier runs, and the first number that is
 * asked for is behind theirs. In a study that is shared each process has a strategy with a seed of
 * its own, asked for numbers of its own; one without `tell` is the same in all of them, and is
 * asked for the numbers of the study, of which some are left out, and opened again to go back.
 */
struct hpt_strategy_class {
    uint32_t    struct_size; /**< sizeof(hpt_strategy_class)                                     */
    const char *name;        /**< what the user types                                            */
    const char *summary;     /**< one line for lists                                             */
    const char *absent;      /**< NULL, or why this build lacks it                               */
    size_t      state_size;  /**< bytes of state; the core allocates, zeroes and frees it        */
    const hpt_option *options; /**< filled into the state before init; NULL = none               */
    uint32_t          batch_max; /**< most candidates asked for at once for one worker, to be told
                                      together: 1 = each ask sees all earlier results but those
                                      being evaluated, 0 = any number. A window asks as far ahead
                                      as it is wide                                              */

    /** Check the setup and get ready. On failure fini is not called. May be NULL. */
    hpt_status (*init)(void *state, const hpt_strategy_setup *setup, hpt_err *err);

    /** How many candidates there are; UINT64_MAX = no end. NULL = no end known. After init. One
       that is asked may end earlier, with HPT_EDONE. */
    uint64_t (*size)(const void *state);

    /**
     * Candidate `number` as a pure function, for strategies that do not learn: then workers make
     * their own candidates, and `ask` is not called. `number` < size(). May be NULL.
     */
    void (*point)(const void *state, uint64_t number, hpt_coord *point_out);

    /**
     * The next candidate; numbers rise by one, from 0 or from how many points of the user's
     * (setup->point_count) are tried first, in a study perhaps from a later one. HPT_EDONE: no
     * more; HPT_EAGAIN: not before more results are told; any other failure ends the run. May be
     * NULL if `point` is there.
     */
    hpt_status (*ask)(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err);

    /** Every trial ends with one call of this, in whatever state. NULL = does not learn. */
    void (*tell)(void *state, const hpt_outcome *outcome);

    /** Free what init made. May be NULL. */
    void (*fini)(void *state);

    /**
     * `count` candidates from number `first` on, one after the other in points_out: just what
     * `point` gives for each, for strategies that are faster at many. Threads: as `point`. NULL =
     * call `point` for each.
     */
    void (*points)(const void *state, uint64_t first, size_t count, hpt_coord *points_out);

    /** Whether `ask` is called although there is `point`: with this setup, a constrained space for
        example, candidates are no function of their number. After init. NULL = no. */
    bool (*is_asked)(const void *state);

    /** Most goals (hpt_options.goals) it can search for at once; 0 = one. A strategy without `tell`
        does not care how many there are. */
    uint32_t goals_max;
};

/** What a pruner is told at its start. Borrowed for the pruner's life. */
typedef struct hpt_pruner_setup {
    uint32_t         struct_size;
    const hpt_space *space;
    uint64_t         seed;
    uint64_t         trial_count_max; /**< the budget; 0 or HPT_UNLIMITED = none                  */
    uint32_t         in_flight_max;   /**< trials that run at once, at most                       */
    uint32_t         goal_count;      /**< values of a report                                     */
    uint32_t         window;          /**< hpt_options.window                                     */
    bool             is_maximising;   /**< losses[0] of a report is the value turned round       */
} hpt_pruner_setup;

/** A report of a running trial. Borrowed for the call. */
typedef struct hpt_pruner_report {
    uint32_t      struct_size;
    uint64_t      number;      /**< the trial                                                    */
    int64_t       step;        /**< the resource it has used, or an instance's number            */
    uint32_t      goal_count;  /**< entries of losses                                            */
    const double *losses;      /**< to be minimised, none NaN                                    */
    uint64_t      known_below; /**< with a window: only trials with a lower number may count beside
                                    this one, all of which have ended; else UINT64_MAX           */
} hpt_pruner_report;

/**
 * A pruner decides after each report whether the trial is hopeless.
 *
 * Threads: every function is called by one thread at a time, each call happening-before the next,
 * but `bracket` and `bracket_count`, which any thread calls at any time.
 * Determinism: with a window, what `report` answers must be a function of the setup, the reports of
 * this trial so far, and the reports and ends of trials with numbers below known_below. Others may
 * have been told of; they must not count. When the study is continued the reports of a trial that
 * has ended are told by rising step, the last of each: what it means to others must follow from
 * these. A pruner never sees a thread, a clock or a file.
 */
struct hpt_pruner_class {
    uint32_t          struct_size; /**< sizeof(hpt_pruner_class)                                */
    const char       *name;        /**< what the user types                                     */
    const char       *summary;     /**< one line for lists                                      */
    const char       *absent;      /**< NULL, or why this build lacks it                        */
    size_t            state_size;  /**< bytes of state; the core allocates, zeroes and frees it */
    const hpt_option *options;     /**< filled into the state before init; NULL = none          */

    /** Check the setup and get ready. On failure fini is not called. May be NULL. */
    hpt_status (*init)(void *state, const hpt_pruner_setup *setup, hpt_err *err);

    /** A trial has reported. True: it is hopeless. Also called for a trial that was found hopeless
        before and went on, when a study is continued for reports of trials that have ended, and
        when it is shared for those of other processes, whose answers are nobody's. */
    bool (*report)(void *state, const hpt_pruner_report *report);

    /** A trial has ended, in whatever state: after all its reports. May be NULL. */
    void (*end)(void *state, const hpt_outcome *outcome);

    /** Free what init made. May be NULL. */
    void (*fini)(void *state);

    /** Into how many groups trials fall that are not compared with each other. NULL = one. */
    uint32_t (*bracket_count)(const void *state);

    /** The group of a trial, a pure function of its number. NULL = all in group 0. */
    uint32_t (*bracket)(const void *state, uint64_t number);

    uint32_t goals_max; /**< most goals it can compare by; 0 = one */
};

/** What an observer is told when it is attached. Borrowed until close, but `run_id`, copied. */
typedef struct hpt_observer_setup {
    uint32_t          struct_size;
    const hpt_space  *space;
    const char       *run_id;   /**< the run's UUID                        */
    const char       *strategy; /**< as the user wrote it                  */
    const char       *metric;
    uint64_t          seed;
    bool              is_maximising;
    hpt_line_function line; /**< hpt_observer.line, file and user         */
    FILE             *file;
    void             *user;
    const hpt_goal   *goals; /**< goal_count of them, at least 1: with one goal it is `metric` */
    uint32_t          goal_count;
} hpt_observer_setup;

/**
 * An observer gets batches of finished facts.
 *
 * Threads: `open` on the thread that attaches; everything after on the dispatcher thread.
 */
typedef struct hpt_observer_class {
    uint32_t          struct_size; /**< sizeof(hpt_observer_class)                             */
    const char       *name;        /**< what the user types                                    */
    const char       *summary;     /**< one line for lists                                     */
    const char       *absent;      /**< NULL, or why this build lacks it                       */
    size_t            state_size;  /**< bytes of state; the core allocates, zeroes and frees it */
    const hpt_option *options;     /**< filled into the state before open; NULL = none         */
    uint32_t          kinds;       /**< hpt_event_kind bits it wants; 0 = all                  */
    hpt_policy        policy;      /**< its policy when the user names none                    */
    uint32_t          tick_ms;     /**< call `tick` about so often; 0 = never                  */

    /** Check the options, open files. On failure close is not called. May be NULL. */
    hpt_status (*open)(void *state, const hpt_observer_setup *setup, hpt_err *err);

    /** A batch, in order. A failure is counted and told in the result; it never stops the run. */
    hpt_status (*events)(void *state, const hpt_event *events, size_t count, hpt_err *err);

    /** Time has passed; the statistics now, and events this observer lost so far. May be NULL. */
    hpt_status (*tick)(void *state, const hpt_stats *stats, uint64_t lost_count, hpt_err *err);

    /** Flush and close. `lost_count` events were dropped in all. A failure counts. May be NULL. */
    hpt_status (*close)(void *state, uint64_t lost_count, hpt_err *err);

    /** The kinds it wants with these options, when that is not always `kinds`: what nobody wants
        costs the run nothing. Before open. May be NULL. */
    uint32_t (*wants)(const void *state);
} hpt_observer_class;

/**
 * Make a strategy known by its name, for hpt_options.strategy, in the whole process.
 *
 * @param strategy not copied: must live as long as the process. @param err filled on failure.
 * @return HPT_OK; HPT_EINVAL when a mandatory member is missing or the name is odd; HPT_EBUSY when
 * the name is taken; HPT_ELIMIT above 64. Threads: any.
 */
HPT_API hpt_status hpt_strategy_register(const hpt_strategy_class *strategy, hpt_err *err);

/** As hpt_strategy_register(), for pruners. @param pruner it. @param err it. @return as there. */
HPT_API hpt_status hpt_pruner_register(const hpt_pruner_class *pruner, hpt_err *err);

/** As hpt_strategy_at(), for pruners. @param index 0 and up. @return NULL past the last. */
HPT_API const hpt_pruner_class *hpt_pruner_at(size_t index);

/** As hpt_strategy_register(), for observers. @param observer it. @param err it. @return as there.
 */
HPT_API hpt_status hpt_observer_register(const hpt_observer_class *observer, hpt_err *err);

/**
 * The strategies there are, registered ones last.
 * @param index 0 and up. @return borrowed; NULL past the last. Threads: any.
 */
HPT_API const hpt_strategy_class *hpt_strategy_at(size_t index);

/** As hpt_strategy_at(), for observers. @param index 0 and up. @return NULL past the last. */
HPT_API const hpt_observer_class *hpt_observer_at(size_t index);

/** What there is to know of a pool (hpt_options.pool). Pools cannot be registered. */
typedef struct hpt_pool_info {
    uint32_t          struct_size; /**< sizeof(hpt_pool_info)                       */
    const char       *name;        /**< what the user types                         */
    const char       *summary;     /**< one line for lists                          */
    const char       *absent;      /**< NULL, or why this build lacks it            */
    const hpt_option *options;     /**< NULL = none                                 */
} hpt_pool_info;

/** As hpt_strategy_at(), for pools. @param index 0 and up. @return NULL past the last. */
HPT_API const hpt_pool_info *hpt_pool_at(size_t index);

/**
 * Random 64-bit words as a pure function: word i of (seed, number, stream) is always the same.
 * Philox4x64-10 (Salmon et al., SC 2011), from Random123.
 *
 * @param seed the run's. @param number the trial's. @param stream a number for each purpose, below
 * 2^32 (above are hpt's own). @param words_out `count` words. @param count any.
 *
 * Threads: any. Cost: about 2.3 ns a word, in groups of four.
 */
HPT_API void hpt_random(uint64_t seed, uint64_t number, uint64_t stream, uint64_t *words_out,
                        size_t count);

/**
 * The coordinate at a fraction of a parameter's range, so that equally likely fractions give
 * equally likely values (in the logarithm for log ranges). Exact for every int64_t range.
 *
 * @param space the space. @param param a handle. @param fraction of 2^64: 0 is min, the largest
 * max.
 * @return a coordinate the parameter can take. Threads: readers. Cost: O(1).
 */
HPT_API hpt_coord hpt_space_at_fraction(const hpt_space *space, hpt_param param, uint64_t fraction);

/**
 * As hpt_space_at_fraction(), with the fraction as a double.
 * @param space it. @param param a handle. @param unit clamped to [0, 1]; NaN counts as 0.
 * @return a coordinate the parameter can take. Threads: readers.
 */
HPT_API hpt_coord hpt_space_from_unit(const hpt_space *space, hpt_param param, double unit);

/**
 * Where in its range a coordinate lies: the middle of the fractions that give it.
 * @param space it. @param param a handle. @param coord it. @return 0 to 1. Threads: readers.
 */
HPT_API double hpt_space_to_unit(const hpt_space *space, hpt_param param, hpt_coord coord);

/**
 * How many different values a parameter has.
 * @param space it. @param param a handle.
 * @return the count; 0 when there is no end (real ranges without step, unless min is max),
 * UINT64_MAX for 2^64 too. Threads: readers.
 */
HPT_API uint64_t hpt_space_choices(const hpt_space *space, hpt_param param);

/**
 * Value number `index` of a parameter with a finite number of them, in their order.
 * @param space it. @param param a handle. @param index below hpt_space_choices().
 * @return the coordinate. Threads: readers. Cost: O(1).
 */
HPT_API hpt_coord hpt_space_choice(const hpt_space *space, hpt_param param, uint64_t index);

/**
 * Make a point valid: what a strategy can do with a candidate that hpt_space_permits() refuses,
 * when drawing another one does not help. Of the parameters in their order, each keeps as near to
 * its value as constraints on it and those before it allow. Inactive parameters go where they rest.
 *
 * @param space the space. @param point each coordinate in its range; changed in place. @param err
 * filled on failure.
 * @return HPT_OK; HPT_EINVAL: there is no valid point; HPT_ELIMIT: none was found with reasonable
 *         effort, a fraction of a second; HPT_ENOMEM. On failure the point is as it was.
 *
 * Threads: readers. Cost: some microseconds for each parameter that a constraint reads, more where
 * few points are valid; a few allocations.
 */
HPT_API hpt_status hpt_space_repair(const hpt_space *space, hpt_coord *point, hpt_err *err);

/**
 * Fill in an error sentence and return its status: `return hpt_error(err, HPT_EINVAL, "...", n);`
 * @param err may be NULL. @param status it. @param format as printf's. @return status. Threads:
 * any.
 */
HPT_API hpt_status hpt_error(hpt_err *err, hpt_status status, const char *format, ...)
    HPT_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
