/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_HANGING_OBSERVER_H
#define HPT_TESTS_HANGING_OBSERVER_H

/* Observers that do not return until the test lets them go, and what they were told before. */

#include "runs.h"

#include <math.h>

/* Where an observer hangs, once: in the first call that has an event of this kind, of a trial with
 * this number or a later one. */
typedef struct place {
    runs_gate    gate;
    uint32_t     kind;
    uint64_t     from;
    atomic_ulong calls;     /* that have begun                   */
    atomic_ulong delivered; /* events in calls that have returned */
} place;

/* Each test has one of its own: nothing but the end of the thread says that it is done with it. */
static inline place *place_of(uint32_t kind) {
    static place places[32];
    static int   count;
    assert_true(count < 32);
    places[count].kind = kind;
    return &places[count++];
}

static inline bool place_is_here(const place *it, const hpt_event *events, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((events[i].kind & it->kind) != 0 && events[i].trial >= it->from) return true;
    return false;
}

/* What the events of a call point to is there until the call returns, however long that takes. */
static inline hpt_status place_hang(void *user, const hpt_event *events, size_t count,
                                    hpt_err *err) {
    place   *it = user;
    uint64_t first = events[0].trial, last = events[count - 1].trial;
    (void)err;
    atomic_fetch_add(&it->calls, 1);
    if (place_is_here(it, events, count) && atomic_fetch_add(&it->gate.inside, 1) == 0) {
        bool is_open = runs_wait_for(&it->gate.is_open, 1);
        bool is_same = events[0].trial == first && events[count - 1].trial == last;
        bool has_point =
            !events[0].point || (events[0].point->real >= 0 && events[0].point->real <= 1);
        if (!is_open || !is_same || !has_point || hpt_space_count(events[0].space) != 1)
            return HPT_EFAILED;
    }
    atomic_fetch_add(&it->delivered, count);
    return HPT_OK;
}

static inline hpt_observer place_observer(place *it, hpt_policy policy) {
    hpt_observer observer = hpt_observer_default();
    observer.events = place_hang;
    observer.user = it;
    observer.policy = policy;
    return observer;
}

/* The thread that was given up may go now, and has to come to its end. */
static inline void place_let_go(place *it, size_t threads) {
    unsigned long calls = atomic_load(&it->calls);
    atomic_store(&it->gate.is_open, 1);
    runs_assert_threads(threads);
    assert_int_equal(atomic_load(&it->calls), calls);
}

/* A neighbour, which must miss nothing. */
typedef struct neighbour {
    atomic_ulong ended, finished, disordered;
} neighbour;

static inline hpt_status neighbour_see(void *user, const hpt_event *events, size_t count,
                                       hpt_err *err) {
    neighbour *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (atomic_load(&it->finished) > 0) atomic_fetch_add(&it->disordered, 1);
        if (events[i].kind == HPT_EVENT_FINISHED) atomic_fetch_add(&it->finished, 1);
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) atomic_fetch_add(&it->ended, 1);
    }
    return HPT_OK;
}

static inline hpt_observer neighbour_observer(neighbour *it, hpt_policy policy) {
    hpt_observer observer = hpt_observer_default();
    observer.events = neighbour_see;
    observer.user = it;
    observer.policy = policy;
    return observer;
}

static inline void neighbour_assert_all(neighbour *it, uint64_t trials) {
    assert_int_equal(atomic_load(&it->ended), trials);
    assert_int_equal(atomic_load(&it->finished), 1);
    assert_int_equal(atomic_load(&it->disordered), 0);
}

#endif
