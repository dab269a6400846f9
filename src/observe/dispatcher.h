/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_DISPATCHER_H
#define HPI_OBSERVE_DISPATCHER_H

/* What the files of the dispatcher share: dispatch.c (producers, the end), attach.c (who watches),
 * room.c (a lane that does not keep up), lane.c (what a dispatcher thread does), driver.c (such a
 * thread), lost.c (one that does not return), merge.c (the order of facts). Nobody else includes
 * this.
 *
 * Three kinds of members, as everywhere: fixed, under the lock, and atomic. The lock is never held
 * while a function of an observer runs, nor by a producer. */

#include "base/thread.h"
#include "observe/dispatch.h"
#include "observe/facts.h"
#include "observe/receiver.h"
#include "observe/seat.h"

/* What a producer knows of its stream, on a line of its own. */
typedef struct hpi_fact_stream {
    _Alignas(128) uint64_t count;    /* facts it was given                                       */
    int64_t              time_ns;    /* of the last one                                          */
    atomic_uint_fast64_t lost_below; /* facts below come from a worker that was written off   */
} hpi_fact_stream;

/* The thread of a lane, and what events in an observer's hands lie in. A lane whose driver does not
 * return from an observer gets another one; it loses nothing but that observer. */
typedef struct hpi_driver hpi_driver;

struct hpi_driver {
    hpi_lane  *lane;
    hpi_thread thread;
    hpi_batch  batch; /* its thread only */

    /* Under the dispatcher's lock. */
    hpi_driver *next;       /* of those that are lost */
    hpi_seat   *stranded;   /* its thread was in their functions when it was given up */
    bool        is_last;    /* ... and there was no other thread: the lane's seats are its */
    bool        is_waiting; /* one of its observers waits for a seat of the other lane to close */
    hpi_seat   *called;     /* its thread is in a function of this one; while it is in our own code
                               on behalf of such a function, called_ns is 0 */
    int64_t called_ns;      /* since when */
    int64_t suspected_ns;   /* when the call was first seen to be too long; 0: not yet */

    /* Written under the lock while the thread is in a function of an observer. */
    atomic_bool is_lost;
};

struct hpi_lane {
    /* Fixed once the dispatcher knows it. */
    hpi_dispatch *dispatch;
    uint32_t      index; /* HPI_LANE_... */
    bool          is_block;
    uint32_t      stream_count;
    hpi_facts   **facts; /* one intake per stream */
    hpi_cpu_mask  cpus;  /* where its drivers may run; bytes 0: nobody knows */

    /* Where threads meet. */
    hpi_park work;                       /* the lane's thread sleeps here          */
    hpi_park room;                       /* producers wait here for room           */
    _Alignas(128) atomic_bool is_asleep; /* a hint for producers: wake it */
    atomic_bool      is_changed;         /* seats came or went                      */
    atomic_bool      is_hurried;         /* it is to look at its facts at once      */
    atomic_bool      has_lost;           /* facts did not fit into the intake        */
    atomic_uintptr_t mark;               /* hpi_thread_mark() of its driver; 0: not yet */

    /* The driver's thread only; from one driver to the next by the lock. */
    _Alignas(128) hpi_seat *seats; /* listed; linked by `next` in the order they came */
    uint32_t  generation;          /* of the last seat that is listed */
    uint32_t  quota;        /* facts that may still be merged before observers get their turns */
    uint32_t  taken;        /* facts so far; wraps */
    uint32_t  first_worker; /* whose stream comes first this time */
    uint32_t  write_offs;   /* after which nothing is left of those who were written off */
    hpi_cell *scratch;      /* for one of several ends */
    bool      was_hurried;  /* and has not waited since */

    /* Under the dispatcher's lock. */
    hpi_driver *driver;    /* NULL: lost, and there was no other to be had */
    hpi_seat   *coming;    /* attached, not listed yet; linked by `next` in the order they came */
    bool        has_ended; /* its observers are closed, or given up */
};

typedef enum hpi_dispatch_phase {
    HPI_DISPATCH_OPEN,
    HPI_DISPATCH_FINISHED,
    HPI_DISPATCH_ABANDONED
} hpi_dispatch_phase;

/* What the warnings remember of an observer that is gone. */
typedef struct hpi_epitaph {
    char     name[64];
    uint64_t lost, failure_count;
    hpi_fate fate;
    char     first_failure[240], last_failure[240];
} hpi_epitaph;

struct hpi_dispatch {
    /* Fixed. */
    hpi_dispatch_setup setup;
    hpi_unpacking      unpacking;
    hpi_fact_stream   *streams;
    hpi_tether        *tether;

    /* Who wants what: bits 0 to 7 the kinds wanted on the block lane, 8 to 15 on the drop lane, 16
     * to 23 on the study file's, from 32 on the generation. One word, so that a fact is stamped
     * with the very generation whose wants it was judged by. Written under the lock. */
    _Alignas(128) atomic_uint_fast64_t wants;
    _Atomic(hpi_lane *) lanes[HPI_LANE_COUNT]; /* NULL until its first observer comes */

    /* Totals, also for those who may not wait. */
    _Alignas(128) atomic_uint_fast64_t lost;
    atomic_uint_fast64_t failures;
    atomic_int           phase;      /* hpi_dispatch_phase */
    atomic_uint          write_offs; /* of workers; changes with each lost_below          */
    atomic_uint          owners;     /* of its memory: the run, and drivers that are lost */
    atomic_uint          lost_count; /* drivers in `lost_drivers` */
    atomic_int_fast64_t  look_ns;    /* no call can be too long before that */

    /* Under the lock. */
    hpi_lock  lock;
    hpi_seat *seats[HPI_SEATS_MAX + 1]; /* attached and not leaving; one is the study file's */
    uint32_t  seat_count;               /* of them, and being attached */
    uint32_t  seat_max;
    uint32_t  generation;
    uint64_t  id_next;
    uint32_t  lanes_left; /* that have not delivered FINISHED yet */
    void (*done)(void *context);
    void        *done_context;
    hpi_epitaph *epitaphs; /* room for HPI_WARNINGS_MAX */
    uint32_t     epitaph_count;
    uint64_t     epitaphs_left_out;
    hpi_driver  *lost_drivers; /* that have not returned yet */

    /* Written before the phase becomes FINISHED, fixed from then on. */
    hpi_fact   finished;
    hpt_coord *finished_point;
    char       stop_text[HPI_STOP_TEXT_BYTES];
};

/* driver.c: a thread for a lane, holding the lock. destroy: the thread has ended, or is ending it.
 */
hpt_status hpi_driver_create(hpi_lane *lane, hpi_driver **driver_out, hpt_err *err);
void       hpi_driver_destroy(hpi_driver *driver);
/* Whether the calling thread is the lane's. */
bool hpi_driver_is_self(const hpi_lane *lane);
/* ... was one's until it was given up. */
bool hpi_driver_was_here(const hpi_dispatch *dispatch);

/* lane.c. create also starts a driver. */
hpt_status hpi_lane_create(hpi_dispatch *dispatch, uint32_t index, hpi_lane **lane_out,
                           hpt_err *err);
void       hpi_lane_join(hpi_lane *lane);      /* the thread, which must be ending; NULL is fine */
void       hpi_lane_destroy(hpi_lane *lane);   /* its thread has ended, or is ending it */
bool       hpi_lane_drive(hpi_driver *driver); /* its thread, to the end. False: it was given up */
void       hpi_lane_list(hpi_lane *lane);      /* its thread: learn of seats that came */
void       hpi_lane_list_held(hpi_lane *lane); /* ... holding the lock */
void       hpi_lane_leave(hpi_lane *lane);     /* under the lock: its seats are to be closed */
void       hpi_lane_close(hpi_driver *driver, hpi_seat *seat); /* its thread: one that left */
void       hpi_lane_stats(const hpi_lane *lane, hpt_stats *stats_out);

/* The last event. */
void hpi_lane_finished(const hpi_lane *lane, hpt_stats *stats_out, hpt_event *event_out);

/* Under the lock: for the warnings. */
void hpi_lane_bury(hpi_lane *lane, const hpi_seat *seat);

/* lost.c, a driver's thread: a function of an observer begins, and has returned. Between the two
 * the lane's state stands still, and is that of who gives the driver up. begin returns what end is
 * to be given; end is false when the driver was given up meanwhile: then the lane is another's. */
typedef struct hpi_call {
    hpi_driver *driver;
    hpi_seat   *outer; /* in whose function it was already */
} hpi_call;
hpi_call hpi_driver_begin_call(hpi_seat *seat);
bool     hpi_driver_end_call(hpi_call call);
/* ... under the lock: what it has called goes on now, and has its whole time. */
void hpi_driver_resume_call(hpi_driver *driver);
/* ... the last of one that is lost. */
void hpi_driver_forsake(hpi_driver *driver);
/* ... under the lock, any thread: give up who has not returned in time. Returns when to look again.
 */
int64_t hpi_dispatch_look(hpi_dispatch *dispatch, int64_t now_ns);

/* dispatch.c: one owner less. */
void hpi_dispatch_release(hpi_dispatch *dispatch);

/* room.c, the producer of a stream: something does not fit. Waits until it may (true), or counts it
 * as lost. */
typedef struct hpi_want {
    uint32_t kind, fact_count, cell_count;
} hpi_want;
bool hpi_lane_find_room(hpi_lane *lane, hpi_facts *facts, const hpi_want *want);
/* ... wake the lane's thread if it sleeps. */
void hpi_lane_wake(hpi_lane *lane);

/* merge.c, its thread only: take facts from the intakes in order and put them into the seats.
 * Returns how many. */
uint32_t hpi_lane_merge(hpi_lane *lane);
/* ... or, for a seat that is alone and has nothing buffered: make a batch of what there is, which
 * lies in the seat's empty buffer then. Returns how many facts are in it or not for the seat; 0
 * when there are none now or they must be merged. */
uint32_t hpi_lane_view(hpi_lane *lane, hpi_seat *seat, hpi_batch *batch);
/* ... learn what was lost at the intakes. */
void hpi_lane_count_lost(hpi_lane *lane);
/* Any thread: how many facts of these kinds were lost at the lane's intakes; before[] by kind. */
void hpi_lane_lost(const hpi_lane *lane, uint64_t lost_out[HPI_KIND_COUNT]);

/* dispatch.c, under the lock: one owner less; true when the caller is to destroy the seat. */
bool hpi_seat_disown(hpi_seat *seat);

/* attach.c, under the lock. */
void hpi_dispatch_publish_wants(hpi_dispatch *dispatch);

/* Relaxed: its own thread sees it when its call ends, by the lock; others hold that. */
static inline bool hpi_driver_is_lost(const hpi_driver *driver) {
    return atomic_load_explicit(&((hpi_driver *)(uintptr_t)driver)->is_lost, memory_order_relaxed);
}

static inline hpi_lane *hpi_dispatch_lane(const hpi_dispatch *dispatch, uint32_t index) {
    /* Acquire: pairs with the store in attach.c, which publishes a whole lane. */
    return atomic_load_explicit(&((hpi_dispatch *)(uintptr_t)dispatch)->lanes[index],
                                memory_order_acquire);
}

#endif
