/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_SEAT_H
#define HPI_OBSERVE_SEAT_H

/* lane > SEAT > observer: one attached observer: its class, state, buffer and counts. */

#include <stdatomic.h>

#include "base/option.h"
#include "observe/backlog.h"
#include "trial/catch.h"

typedef struct hpi_lane     hpi_lane;
typedef struct hpi_dispatch hpi_dispatch;

typedef struct hpi_seat hpi_seat;

typedef enum hpi_fate {
    HPI_FATE_CLOSED, /* or will be */
    HPI_FATE_LOST,   /* did not return */
    HPI_FATE_ORPHAN, /* shared the thread of one that did not, and could get no other */
} hpi_fate;

struct hpi_seat {
    hpi_seat *next; /* in its lane's list; under the lock until it is listed */

    /* Fixed before it is attached. */
    const hpt_observer_class *class;
    void    *state;
    hpi_spec spec;               /* its storage holds the texts of the options */
    hpi_catch catch;             /* what comes out of its functions, if anybody can */
    hpt_receiver      *receiver; /* instead of a class and a backlog: see receiver.h */
    const char        *name;
    hpt_observer_setup setup; /* what open() was told: its class may keep the pointer until close */
    hpi_lane          *lane;
    uint64_t           id;
    uint32_t           kinds;
    uint32_t           generation; /* facts pushed with this generation or a later one are for it */
    hpt_policy         policy;
    bool               is_store;                    /* of the study file */
    bool               is_seated;                   /* its lane's thread calls its functions */
    uint64_t           lost_before[HPI_KIND_COUNT]; /* lost at the lane's intake before it came */

    /* The lane's thread only. */
    hpi_backlog backlog;
    uint32_t    straight_count; /* events in its call that were never in its backlog   */
    bool        is_told;        /* of the end                                          */
    int64_t     event_ns;       /* how long its last call took per event                  */
    int64_t     end_ns;         /* time in its calls since the run is over; `drop` only   */
    int64_t     tick_due_ns;
    uint64_t    lost_at_intake, lost_here;
    uint64_t    failure_count;
    char        first_failure[240], last_failure[240];

    /* Written by detach() under the dispatcher's lock; the lane also looks without. */
    atomic_bool is_leaving;

    /* Under the dispatcher's lock. */
    bool      is_running; /* one of its functions is on the stack of the lane's thread */
    bool      is_closed;
    unsigned  owners;        /* the lane, whoever waits for the closing, a driver that is lost */
    hpi_seat *next_stranded; /* on such a one's stack */
    hpi_fate  fate;          /* the lane also looks without: it is given before its driver comes */
};

/* Make one from the user's description; nothing is open yet. */
hpt_status hpi_seat_create(const hpt_observer *observer, uint32_t dims, hpi_seat **seat_out,
                           hpt_err *err);
hpt_status hpi_seat_create_receiver(hpt_receiver *receiver, uint32_t kinds, hpi_seat **seat_out,
                                    hpt_err *err);
hpt_status hpi_seat_create_store(const hpt_observer_class *class, uint32_t dims,
                                 hpi_seat **seat_out, hpt_err *err);
void       hpi_seat_destroy(hpi_seat *seat);

/* On the attaching thread. */
hpt_status hpi_seat_open(hpi_seat *seat, const hpt_observer *observer,
                         const hpi_dispatch_setup *setup, hpt_err *err);

/* On the lane's thread. close: once, after open. Each takes note of a failure. */
void hpi_seat_events(hpi_seat *seat, const hpt_event *events, size_t count);
void hpi_seat_tick(hpi_seat *seat, const hpt_stats *stats);
void hpi_seat_close(hpi_seat *seat);

/* It stays where it is, loses whatever is for it, and none of its functions is called. */
static inline bool hpi_seat_is_lost(const hpi_seat *seat) {
    return seat->fate != HPI_FATE_CLOSED;
}

static inline uint64_t hpi_seat_lost(const hpi_seat *seat) {
    return seat->lost_at_intake + seat->lost_here;
}

/* Relaxed: where the answer matters the lock is held; elsewhere a late one costs a batch. */
static inline bool hpi_seat_is_leaving(const hpi_seat *seat) {
    return atomic_load_explicit(&((hpi_seat *)(uintptr_t)seat)->is_leaving, memory_order_relaxed);
}

/* Whether a fact is for it: pushed since it came, of a kind it wants, and it is not leaving. */
static inline bool hpi_seat_wants(const hpi_seat *seat, const hpi_packed *head) {
    bool is_after = (int32_t)(head->generation - seat->generation) >= 0;
    return is_after && (seat->kinds & hpi_packed_kind(head)) != 0 && !hpi_seat_is_leaving(seat);
}

#endif
