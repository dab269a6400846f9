/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_DISPATCH_H
#define HPI_OBSERVE_DISPATCH_H

/* feedback > dispatch > observers: takes facts from the coordinator and the workers, puts them in
 * order, and hands them to the observers on its own threads.
 *
 * Streams. Facts come from 1 + worker_count streams, each with one producer at a time: stream 0 is
 * the coordinator's (CREATED, ENDED, BEST_IMPROVED), stream 1 + w is worker w's (STARTED,
 * REPORTED); workers that share one thread share stream 1. Every stream has its own single-producer
 * ring; nobody takes a lock or a ticket. The order between streams comes from marks: a fact may say
 * "not before fact number m of stream s" (`after`), where hpi_dispatch_mark() gave m. So ENDED
 * comes after the reports of its trial, STARTED after CREATED.
 *
 * Lanes. Observers that block and observers that drop live on two lanes, each with its own rings
 * and its own dispatcher thread, made when its first observer comes: otherwise a slow observer that
 * asked to drop would hold the thread for which the run has to wait. A run with a study file has a
 * third lane for who writes it: a slow observer, of whatever policy, must not keep results from the
 * disk.
 *
 * With no observer that wants a kind, hpi_dispatch_wants() is false and a push costs nothing. */

#include <stdatomic.h>

#include "hpt/extend.h"
#include "hpt/observe.h"

typedef struct hpi_dispatch hpi_dispatch;

/* Copied; space and texts must outlive the dispatcher. */
typedef struct hpi_dispatch_setup {
    const hpt_space *space;
    const char      *run_id;
    const char      *strategy;
    const char      *metric;
    uint64_t         seed;
    bool             is_maximising;
    const hpt_goal  *goals; /* outlive the dispatcher, as texts do; goal_count 0: only the metric */
    uint32_t         goal_count;
    uint32_t         worker_count;
    int64_t          start_ns; /* hpi_now_ns() at the start of the run: times are relative to it */
    /* The statistics now, for tick() and FINISHED. Any thread; never waits. */
    void (*stats)(const void *run, hpt_stats *stats_out);
    const void *run;
    /* How long a call of a user's observer may go on before it is given up; 0 = for ever. hold()
     * and release() keep for a thread that is in such a call what its events point to: the space,
     * the texts, the run. NULL: they stay anyway. */
    int64_t patience_ns;
    void (*hold)(const void *run);
    void (*release)(const void *run);
} hpi_dispatch_setup;

/* One fact on its way. `point` has one coordinate per parameter or is NULL; `notes` as
 * trial/note.h. */
typedef struct hpi_fact {
    hpt_event_kind  kind;
    hpt_trial_state state;
    uint32_t        worker;
    uint32_t        notes_bytes;
    uint64_t        trial;
    uint64_t after; /* stream 0, ENDED: mark of the worker's stream; others: mark of stream 0 */
    int64_t  time_ns;
    int64_t  start_ns, duration_ns;
    int64_t  step;
    double   value;      /* ENDED, not COMPLETE: that of the last report, if has_report */
    bool     has_report; /* ENDED, not COMPLETE: there is a last step                   */
    const hpt_coord *point;
    const void      *notes;
} hpi_fact;

/* Lanes, and some of them as bits. */
enum { HPI_LANE_BLOCK, HPI_LANE_DROP, HPI_LANE_STORE, HPI_LANE_COUNT };
enum {
    HPI_LANES_STORE = 1 << HPI_LANE_STORE,
    HPI_LANES_ALL = (1 << HPI_LANE_COUNT) - 1,
    HPI_LANES_WATCHING = HPI_LANES_ALL & ~HPI_LANES_STORE /* those of users' observers */
};

/* A kind in the word of hpi_dispatch_wants_word(), where each lane has eight bits. */
enum { HPI_WANTS_EACH = 0x010101 };

/* ENDED of trials with consecutive numbers, as most are: COMPLETE, with a point, a time and nothing
 * said. */
typedef struct hpi_ends {
    uint64_t         first; /* number of the first trial */
    uint32_t         count, worker;
    uint64_t         after; /* as hpi_fact.after, for all of them */
    const double    *values;
    const hpt_coord *points;                 /* count rows */
    const int64_t   *start_ns, *duration_ns; /* of the first ... */
    size_t           stride;                 /* ... and so many bytes on of the next */
} hpi_ends;

hpt_status hpi_dispatch_create(const hpi_dispatch_setup *setup, hpi_dispatch **dispatch_out,
                               hpt_err *err);

/* Ends the threads (after FINISHED was delivered, if it was sent), closes every observer that is
 * still attached. Receivers live on. NULL is fine. */
void hpi_dispatch_destroy(hpi_dispatch *dispatch);

/* Any thread: the bodies of hpt_run_attach(), _detach(), _subscribe(). */
hpt_status hpi_dispatch_attach(hpi_dispatch *dispatch, const hpt_observer *observer,
                               uint64_t *id_out, hpt_err *err);
/* What attach would refuse before it opens anything: name, options, build, buffer. */
hpt_status hpi_dispatch_check(const hpi_dispatch *dispatch, const hpt_observer *observer,
                              hpt_err *err);
hpt_status hpi_dispatch_detach(hpi_dispatch *dispatch, uint64_t id, hpt_err *err);
/* The study file's: it has a lane of its own that loses nothing, `user` is hpt_observer_setup.user,
 * it counts as none of the users' observers, and nobody can detach it. Once, before the run begins.
 */
hpt_status hpi_dispatch_attach_store(hpi_dispatch *dispatch, const hpt_observer_class *class,
                                     void *user, hpt_err *err);
hpt_status hpi_dispatch_subscribe(hpi_dispatch *dispatch, uint32_t kinds, uint32_t buffer_count,
                                  hpt_receiver **receiver_out, hpt_err *err);

/* Whether anybody wants one of these kinds now. Any thread; one relaxed load. */
bool hpi_dispatch_wants(const hpi_dispatch *dispatch, uint32_t kinds);

/* The word that hpi_dispatch_wants() reads, for who asks before every trial: fixed for the life of
 * the dispatcher. */
const atomic_uint_fast64_t *hpi_dispatch_wants_word(const hpi_dispatch *dispatch);

static inline bool hpi_wants(const atomic_uint_fast64_t *word, uint32_t kinds) {
    /* Relaxed: whoever attaches is owed what comes after, and that is judged again by push. The
     * cast is for compilers that load from non-const atomics only. */
    uint64_t wants =
        atomic_load_explicit((atomic_uint_fast64_t *)(uintptr_t)word, memory_order_relaxed);
    return (wants & kinds * (uint64_t)HPI_WANTS_EACH) != 0;
}

/* How many facts the stream has been given. Only the stream's producer, or who got its hand-over.
 */
uint64_t hpi_dispatch_mark(const hpi_dispatch *dispatch, uint32_t stream);

/* The producer of a stream is written off, and another one begins there; who calls got the
 * hand-over. What it has pushed comes before all that is pushed to other streams after this, also
 * of the trial that it has left. */
void hpi_dispatch_write_off(hpi_dispatch *dispatch, uint32_t stream);

/* Give a fact to a stream: copies it. Waits only if a `block` observer's lane is full. Only the
 * stream's producer. Facts nobody wants are skipped (and not counted by the mark). */
void hpi_dispatch_push(hpi_dispatch *dispatch, uint32_t stream, const hpi_fact *fact);

/* The same as pushing `count` facts to stream 0, for less. */
void hpi_dispatch_push_ends(hpi_dispatch *dispatch, const hpi_ends *ends);

/* The same for some lanes only. What only the study file is told now, and the others later, moves
 * no time on for these. */
void hpi_dispatch_push_to(hpi_dispatch *dispatch, uint32_t lanes, uint32_t stream,
                          const hpi_fact *fact);
void hpi_dispatch_push_ends_to(hpi_dispatch *dispatch, uint32_t lanes, const hpi_ends *ends);

/* The study file's lane is to look at once at what it was given so far; elsewhere nobody is woken
 * for a fact. Any thread. */
void hpi_dispatch_hurry_store(hpi_dispatch *dispatch);

/* The run is over: `fact` is FINISHED, `reason` its sentence (copied). Returns at once; the lanes
 * deliver what they have, then FINISHED, then close their observers. `done(context)` is called
 * once, on the last lane's thread or at once when there is none; it must not wait. After all
 * pushes. */
void hpi_dispatch_finish(hpi_dispatch *dispatch, const hpi_fact *fact, const char *reason,
                         void (*done)(void *context), void *context);

/* Give up observers that have not returned in time, so that nobody waits for them. expire: for who
 * waits for the end; returns when to look again, INT64_MAX for never; may call done(); any thread
 * but the dispatcher's. glance: for who passes by with the time in his hand; before the end. Who
 * waits for room in a lane looks himself. */
int64_t hpi_dispatch_expire(hpi_dispatch *dispatch, int64_t now_ns);
void    hpi_dispatch_glance(hpi_dispatch *dispatch, int64_t now_ns);

/* Totals over all observers, also those detached. Any thread. */
void hpi_dispatch_totals(const hpi_dispatch *dispatch, uint64_t *lost_out, uint64_t *failures_out);

/* One sentence for each observer that lost events or failed; false past the last. After `done`. */
bool hpi_dispatch_warning(hpi_dispatch *dispatch, size_t index, char *text_out, size_t bytes);

/* Whether the calling thread is one of this dispatcher's. */
bool hpi_dispatch_is_own_thread(const hpi_dispatch *dispatch);

#endif
