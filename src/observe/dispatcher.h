/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_DISPATCHER_H
#define HPI_OBSERVE_DISPATCHER_H

/* What the files of the dispatcher share: dispatch.c (producers, the end), attach.c (who watches),
 * room.c (a lane that does not keep up), lane.c (a dispatcher thread), merge.c (the order of
 * facts). Nobody else includes this.
 *
 * Three kinds of members, as everywhere: fixed, under the lock, and atomic. The lock is never held
 * while a function of an observer runs, nor by a producer. */

#include "base/thread.h"
#include "observe/dispatch.h"
#include "observe/facts.h"
#include "observe/receiver.h"
#include "observe/seat.h"

/* What a producer knows of its stream, on a line of its own. */
typedef struct hpi_stream {
    _Alignas(128) uint64_t count; /* facts it was given                                       */
    int64_t time_ns;              /* of the last one                                          */
} hpi_stream;

struct hpi_lane {
    /* Fixed once the dispatcher knows it. */
    hpi_dispatch *dispatch;
    uint32_t      index; /* HPI_LANE_... */
    bool          is_block;
    uint32_t      stream_count;
    hpi_facts   **facts; /* one intake per stream */
    hpi_thread    thread;

    /* Where threads meet. */
    hpi_park work;                       /* the lane's thread sleeps here          */
    hpi_park room;                       /* producers wait here for room           */
    _Alignas(128) atomic_bool is_asleep; /* a hint for producers: wake it */
    atomic_bool is_changed;              /* seats came or went                      */
    atomic_bool is_hurried;              /* it is to look at its facts at once      */
    atomic_bool has_lost;                /* facts did not fit into the intake        */

    /* The lane's thread only. */
    _Alignas(128) hpi_seat *seats; /* listed; linked by `next` in the order they came */
    uint32_t  generation;          /* of the last seat that is listed */
    uint32_t  quota;        /* facts that may still be merged before observers get their turns */
    uint32_t  taken;        /* facts so far; wraps */
    uint32_t  first_worker; /* whose stream comes first this time */
    hpi_cell *scratch;      /* for one of several ends */
    hpi_batch batch;
    hpi_place place;       /* behind the batch, if it is of facts where they lie */
    bool      was_hurried; /* and has not waited since */

    /* Under the dispatcher's lock. */
    hpi_seat *coming;     /* attached, not listed yet; linked by `next` in the order they came */
    bool      is_waiting; /* one of its observers waits for a seat of the other lane to close */
    hpi_seat *called;     /* its thread is in a function of this one; while it is in our own code
                             on behalf of such a function, called_ns is 0 */
    int64_t called_ns;    /* since when */
    bool    has_ended;    /* its observers are closed, or given up */

    /* Written under the lock while the lane's thread is in a function of an observer. */
    atomic_bool is_lost;
};

typedef enum hpi_phase { HPI_PHASE_OPEN, HPI_PHASE_FINISHED, HPI_PHASE_ABANDONED } hpi_phase;

typedef enum hpi_fate {
    HPI_FATE_CLOSED,
    HPI_FATE_LOST,   /* did not return */
    HPI_FATE_ORPHAN, /* shared the thread of one that did not */
} hpi_fate;

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
    hpi_stream        *streams;
    hpi_tether        *tether;

    /* Who wants what: bits 0 to 7 the kinds wanted on the block lane, 8 to 15 on the drop lane, 16
     * to 23 on the study file's, from 32 on the generation. One word, so that a fact is stamped
     * with the very generation whose wants it was judged by. Written under the lock. */
    _Alignas(128) atomic_uint_fast64_t wants;
    _Atomic(hpi_lane *) lanes[HPI_LANE_COUNT]; /* NULL until its first observer comes */

    /* Totals, also for those who may not wait. */
    _Alignas(128) atomic_uint_fast64_t lost;
    atomic_uint_fast64_t failures;
    atomic_int           phase;  /* hpi_phase */
    atomic_uint          owners; /* of its memory: the run, and lanes that are lost */

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
    int64_t      finished_ns; /* when the phase became FINISHED */

    /* Written before the phase becomes FINISHED, fixed from then on. */
    hpi_fact   finished;
    hpt_coord *finished_point;
    char       stop_text[HPI_STOP_TEXT_BYTES];
};

/* lane.c. create also starts the thread. */
hpt_status hpi_lane_create(hpi_dispatch *dispatch, uint32_t index, hpi_lane **lane_out,
                           hpt_err *err);
void       hpi_lane_join(hpi_lane *lane);      /* the thread, which must be ending; NULL is fine */
void       hpi_lane_destroy(hpi_lane *lane);   /* its thread has ended, or is ending it */
void       hpi_lane_list(hpi_lane *lane);      /* its thread: learn of seats that came */
void       hpi_lane_list_held(hpi_lane *lane); /* ... holding the lock */
void       hpi_lane_leave(hpi_lane *lane);     /* under the lock: its seats are to be closed */
void       hpi_lane_close(hpi_lane *lane, hpi_seat *seat); /* its thread: close one that left */
void       hpi_lane_stats(const hpi_lane *lane, hpt_stats *stats_out);

/* The last event. */
void hpi_lane_finished(const hpi_lane *lane, hpt_stats *stats_out, hpt_event *event_out);

/* Under the lock: for the warnings. */
void hpi_lane_bury(hpi_lane *lane, const hpi_seat *seat, hpi_fate fate);

/* lost.c, its thread: a function of an observer begins, and has returned. Between the two the
 * lane's state stands still, and is that of who gives the lane up. begin returns what end is to be
 * given; end is false when the lane was given up meanwhile. */
hpi_seat *hpi_lane_begin_call(hpi_seat *seat);
bool      hpi_lane_end_call(hpi_seat *seat, hpi_seat *outer);
/* ... the last of a lane that is lost. */
void hpi_lane_forsake(hpi_lane *lane);

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
/* ... or, for a seat that is alone and has nothing buffered: make the lane's batch of the facts
 * where they lie. Returns how many facts are in it or not for the seat; 0 when there are none now
 * or they must be merged. They stay until hpi_lane_release(). */
uint32_t hpi_lane_view(hpi_lane *lane, const hpi_seat *seat);
void     hpi_lane_release(hpi_lane *lane);
/* ... learn what was lost at the intakes. */
void hpi_lane_count_lost(hpi_lane *lane);
/* Any thread: how many facts of these kinds were lost at the lane's intakes; before[] by kind. */
void hpi_lane_lost(const hpi_lane *lane, uint64_t lost_out[HPI_KIND_COUNT]);

/* dispatch.c, under the lock: one owner less; true when the caller is to destroy the seat. */
bool hpi_seat_disown(hpi_seat *seat);

/* attach.c, under the lock. */
void hpi_dispatch_publish_wants(hpi_dispatch *dispatch);

/* Relaxed: its own thread sees it when its call ends, by the lock; others hold that. */
static inline bool hpi_lane_is_lost(const hpi_lane *lane) {
    return atomic_load_explicit(&((hpi_lane *)(uintptr_t)lane)->is_lost, memory_order_relaxed);
}

static inline hpi_lane *hpi_dispatch_lane(const hpi_dispatch *dispatch, uint32_t index) {
    /* Acquire: pairs with the store in attach.c, which publishes a whole lane. */
    return atomic_load_explicit(&((hpi_dispatch *)(uintptr_t)dispatch)->lanes[index],
                                memory_order_acquire);
}

#endif
