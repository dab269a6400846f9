/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_OBSERVE_H
#define HPT_OBSERVE_H

/**
 * @file
 * Watching a run: events, and the observers that get them.
 *
 * Observers run on a dispatcher thread, never on a worker. They get events in batches and in order:
 * of one trial CREATED, STARTED, REPORTED..., ENDED (STARTED once more, and what follows, if it
 * begins again because its worker was written off); ends in the order in which the strategy is
 * told; BEST_IMPROVED right after the ENDED it stems from; FINISHED last. Each observer has a
 * bounded buffer of its own and a policy for when it is full: `block` makes the run wait, so
 * nothing is lost; `drop` loses the newest events and counts them, so the run is never slowed.
 * Observers of different policy run on different dispatcher threads; of the same policy, one after
 * the other on one thread. FINISHED is never dropped. An observer that fails is counted and told,
 * never fatal.
 *
 * On its way to the buffers every event passes an intake that all observers of one policy share. It
 * holds 65 535 events of small spaces (up to 8 parameters, no attributes), and beside them about a
 * thousand starts and reports of each worker. A run that makes events faster than the dispatcher
 * takes them out fills it: then a `block` observer makes the run wait, and a `drop` observer loses
 * there too, whatever its buffer_count.
 *
 * Nobody is woken for a single event: it arrives within about 25 ms, or sooner if many come. A call
 * gets everything that has come, up to some hundreds of events: an observer that takes long per
 * call gets more at a time, not less. When the run is over a `block` observer gets all that is
 * left, however long that takes; a `drop` observer gets as much as it manages in about one second
 * of its own time (or in one call, if that takes longer), the rest counts as lost; then FINISHED
 * comes. So the end of a run, also of a cancelled one, does not wait for long for observers that
 * were to slow nothing.
 *
 * One call may go on for hpt_options.observer_s_max (10 s). An observer that does not return in
 * that time is given up, whatever its policy: it gets no more events, which are counted as lost,
 * and the run and the other observers go on without it. docs/threads.md says what a host must keep
 * for it.
 *
 * Name built-in observers in hpt_options.observe, separated by semicolons, options after a colon:
 *
 *     options.observe = "progress; jsonl:path=trials.jsonl,fsync=1";
 *
 * Where it cannot redraw a line, progress writes one every `interval` seconds (10) and one whenever
 * another tenth of the budget is used up, none before the run is a second old and at most one a
 * second: a run that is over sooner leaves only the sentence at its end.
 *
 * Built in: progress, log, jsonl, csv, prometheus. A value with a comma, semicolon or space goes in
 * double quotes: `jsonl:path="my trials.jsonl"`.
 */

#include <stdio.h>

#include <hpt/base.h>
#include <hpt/trial.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of events, as bits, so that an observer can name those it wants. */
typedef enum hpt_event_kind {
    HPT_EVENT_TRIAL_CREATED = 1,  /**< the strategy proposed a point: `point`                    */
    HPT_EVENT_TRIAL_STARTED = 2,  /**< a worker calls the objective: `worker`                    */
    HPT_EVENT_TRIAL_REPORTED = 4, /**< hpt_trial_report(): `step`, `value`                       */
    HPT_EVENT_TRIAL_ENDED = 8,    /**< `state`, `value` or `reason`, `point`, times, attributes  */
    HPT_EVENT_BEST_IMPROVED = 16, /**< `trial`, `value`, `point` of the new best; with several goals
                                       of each trial that enters the front                       */
    HPT_EVENT_FINISHED = 32,      /**< the run is over: `stats`; `reason` says what stopped it   */
    HPT_EVENT_ALL = 63
} hpt_event_kind;

struct hpt_stats;

/** One fact. All pointers are valid until the observer's function returns: copy what you keep. */
typedef struct hpt_event {
    hpt_event_kind kind;
    uint64_t       trial; /**< number; of the best trial in FINISHED               */
    int64_t time_ns;      /**< since the run started, monotonic; ENDED, BEST: when the trial ended,
                           but not before what was told before it            */
    int64_t         wall_ns; /**< since 1970, for people; may jump                    */
    uint32_t        worker;  /**< STARTED, REPORTED, ENDED                            */
    hpt_trial_state state;   /**< ENDED                                               */
    double          value;   /**< ENDED (NaN unless COMPLETE), REPORTED, BEST, FINISHED */
    int64_t         step;    /**< REPORTED; ENDED if `has_report`: the last one       */
    int64_t start_ns; /**< ENDED: when the objective was called (the end of the trial before it, if
                         nothing lay between); as time_ns; -1 if never, or if
                         nobody watched then */
    int64_t                 duration_ns; /**< ENDED: how long it took; FINISHED: the run         */
    const hpt_space        *space;       /**< what `point` belongs to                            */
    const hpt_coord        *point;  /**< CREATED, ENDED, BEST, FINISHED; else or if none NULL */
    const char             *reason; /**< ENDED: why, "" if none; FINISHED: the stop reason  */
    const hpt_attr         *attrs;  /**< ENDED: attr_count of them                          */
    uint32_t                attr_count;
    const struct hpt_stats *stats; /**< FINISHED: the final statistics; else NULL           */
    bool          has_report; /**< ENDED, not COMPLETE: it reported, last `last_value` at `step` */
    double        last_value; /**< ENDED, if `has_report`; else 0                                */
    const double *values; /**< ENDED if COMPLETE, or INFEASIBLE by hpt_trial_constraint(); BEST: one
                             for each goal (COMPLETE, BEST: the first is `value`); else NULL */
    uint32_t        value_count;
    uint32_t        constraint_count;
    const hpt_attr *constraints; /**< ENDED: what hpt_trial_constraint() was told, real numbers */
} hpt_event;

/**
 * The name of one kind, "TRIAL_ENDED".
 * @param kind one bit. @return a constant text; "UNKNOWN" for anything else. Threads: any.
 */
HPT_API const char *hpt_event_kind_text(hpt_event_kind kind);

/** What happens when an observer's buffer is full. */
typedef enum hpt_policy {
    HPT_POLICY_DEFAULT = 0, /**< the observer's own: block for jsonl and csv, drop for the rest */
    HPT_POLICY_DROP = 1,    /**< lose the newest events and count them                          */
    HPT_POLICY_BLOCK = 2    /**< make the run wait                                              */
} hpt_policy;

/** How much a line of the log observer matters. */
typedef enum hpt_level {
    HPT_LEVEL_DEBUG = 0, /**< trials created and started, reports  */
    HPT_LEVEL_INFO = 1,  /**< trials ended, the end of the run     */
    HPT_LEVEL_BEST = 2,  /**< a new best                           */
    HPT_LEVEL_WARN =
        3 /**< a trial that went wrong (FAILED, INFEASIBLE, TIMEOUT, CRASHED), losses */
} hpt_level;

/**
 * Get a batch of events, in order.
 *
 * @param user what was given beside the function. @param events `count` of them, valid until it
 * returns. @param count at least 1. @param err to be filled on failure.
 * @return HPT_OK; anything else counts as a failure of this observer, and it stays attached.
 *
 * Threads: the dispatcher's, one call at a time. It may cancel the run, read statistics, attach and
 * detach observers (itself too); it must not wait for or destroy the run.
 */
typedef hpt_status (*hpt_events_function)(void *user, const hpt_event *events, size_t count,
                                          hpt_err *err);

/** One line of the log observer, without a newline. Threads: the dispatcher's. */
typedef void (*hpt_line_function)(void *user, hpt_level level, const char *line);

/** An observer to attach: a built-in or registered one by name, or a function. */
typedef struct hpt_observer {
    uint32_t    struct_size;
    uint32_t    kinds;          /**< hpt_event_kind bits; 0 = the observer's own, or all     */
    hpt_policy  policy;         /**< HPT_POLICY_DEFAULT: the observer's own; drop for functions */
    uint32_t    buffer_count;   /**< events it may lag behind [16, 1 048 576]; 0 = 8 192     */
    const char *name;           /**< "name" or "name:key=value,..."; NULL for a function     */
    hpt_events_function events; /**< the function when `name` is NULL                        */
    hpt_line_function   line;   /**< with name "log": called with each line                  */
    FILE               *file;   /**< with name "log": where lines go; NULL = its path option */
    void               *user;   /**< handed to `events` and `line`                           */
} hpt_observer;

/** Fill in what hpt_observer_default() gives. Call that instead. @param observer it. @param size
 * its. */
HPT_API void hpt_observer_init(hpt_observer *observer, size_t size);

/** An observer with nothing chosen. @return it, by value. Threads: any. */
static inline hpt_observer hpt_observer_default(void) {
    hpt_observer observer;
    hpt_observer_init(&observer, sizeof observer);
    return observer;
}

/**
 * Attach an observer to a run, before or while it runs. It sees the events from then on.
 *
 * @param run the run. @param observer copied, with its texts.
 * @param id_out for hpt_run_detach(); may be NULL. @param err filled on failure.
 * @return HPT_OK; HPT_EABSENT, HPT_EBUILD or HPT_EINVAL for its name or options; HPT_EDONE when the
 *         run has finished; HPT_ELIMIT above 64 observers; HPT_EIO when it cannot open its file;
 *         HPT_ENOMEM; HPT_ETHREAD.
 *
 * Threads: any. Cost: a mutex; a thread for the first of its policy.
 */
HPT_API hpt_status hpt_run_attach(hpt_run *run, const hpt_observer *observer, uint64_t *id_out,
                                  hpt_err *err);

/**
 * Detach an observer. When this returns its function does not run any more, except when it detaches
 * itself: then this is its last call. It gets no FINISHED.
 *
 * @param run the run. @param id from hpt_run_attach(). @param err filled on failure.
 * @return HPT_OK, or HPT_EABSENT when there is none of that id (any more).
 *
 * Threads: any. Cost: waits for the end of the call that is running.
 */
HPT_API hpt_status hpt_run_detach(hpt_run *run, uint64_t id, hpt_err *err);

typedef struct hpt_receiver hpt_receiver;

/**
 * Get the events of a run by polling instead of by a call.
 *
 * @param run the run. @param kinds hpt_event_kind bits; 0 = all.
 * @param buffer_count events kept between two polls [16, 1 048 576]; 0 = 8 192. What comes when it
 *        is full is lost and counted, FINISHED excepted.
 * @param receiver_out destroy it; it may outlive the run. @param err filled on failure.
 * @return as hpt_run_attach().
 *
 * Threads: any.
 */
HPT_API hpt_status hpt_run_subscribe(hpt_run *run, uint32_t kinds, uint32_t buffer_count,
                                     hpt_receiver **receiver_out, hpt_err *err);

/**
 * Take the events that have come.
 *
 * @param receiver   the receiver.
 * @param events_out the events, valid until the next poll or the destruction of this receiver.
 * @param missed_out how many events were lost since the last poll; may be NULL.
 * @return how many events; 0 when there are none now.
 *
 * Threads: any, one at a time per receiver. Cost: a mutex; O(events).
 */
HPT_API size_t hpt_receiver_poll(hpt_receiver *receiver, const hpt_event **events_out,
                                 uint64_t *missed_out);

/** Unsubscribe and free. @param receiver may be NULL. Threads: any. */
HPT_API void hpt_receiver_destroy(hpt_receiver *receiver);

#ifdef __cplusplus
}
#endif
#endif
