/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_WATCHER_H
#define HPT_TESTS_WATCHER_H

/* For the tests of the dispatcher: an observer that counts, checks the order of what it sees, and
 * behaves as it is told. */

#include "observing.h"

typedef struct watcher {
    observing  *o;
    atomic_long count, batches, finished, after_finished, disorder;
    atomic_long ended, reported, largest_batch;
    long        nap_ms;  /* per call                                    */
    atomic_bool is_held; /* while true, the function does not return    */
    atomic_bool is_inside;
    hpt_status  answer;
    uint64_t    own_id, other_id;
    bool        detaches; /* itself (own_id) or another (other_id), once */
    uint64_t    first_trial;
    int         phase[4096]; /* what was seen of a trial: 1 created, 2 started, 3.. reports */
} watcher;

static inline void see(watcher *w, const hpt_event *event) {
    int *phase = &w->phase[event->trial % 4096];
    if (atomic_load(&w->finished)) atomic_fetch_add(&w->after_finished, 1);
    bool is_fine = true;
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
        is_fine = *phase == 0;
        *phase = 1;
        break;
    case HPT_EVENT_TRIAL_STARTED:
        is_fine = *phase == 1;
        *phase = 2;
        break;
    case HPT_EVENT_TRIAL_REPORTED:
        is_fine = *phase == 1 + (int)event->step;
        *phase = 2 + (int)event->step;
        atomic_fetch_add(&w->reported, 1);
        break;
    case HPT_EVENT_TRIAL_ENDED:
        is_fine = *phase == 4 && event->point && event->point[1].integer == (int64_t)event->trial;
        *phase = 0;
        atomic_fetch_add(&w->ended, 1);
        break;
    case HPT_EVENT_FINISHED:
        atomic_fetch_add(&w->finished, 1);
        break;
    default:
        break;
    }
    if (!is_fine) atomic_fetch_add(&w->disorder, 1);
}

static inline hpt_status watch(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    watcher *w = user;
    atomic_store(&w->is_inside, true);
    if (atomic_load(&w->count) == 0) w->first_trial = events[0].trial;
    for (size_t i = 0; i < count; i++)
        see(w, &events[i]);
    atomic_fetch_add(&w->count, (long)count);
    atomic_fetch_add(&w->batches, 1);
    if ((long)count > atomic_load(&w->largest_batch)) atomic_store(&w->largest_batch, (long)count);
    if (w->nap_ms) observing_sleep_ms(w->nap_ms);
    while (atomic_load(&w->is_held))
        observing_sleep_ms(1);
    if (w->detaches) {
        w->detaches = false;
        uint64_t id = w->own_id ? w->own_id : w->other_id;
        assert_int_equal(hpi_dispatch_detach(w->o->dispatch, id, NULL), HPT_OK);
    }
    atomic_store(&w->is_inside, false);
    if (w->answer != HPT_OK) return hpt_error(err, w->answer, "the observer says no");
    return HPT_OK;
}

static inline watcher *new_watcher(observing *o) {
    watcher *w = test_calloc(1, sizeof *w);
    w->o = o;
    return w;
}

static inline void wait_for(atomic_long *count, long least) {
    for (int i = 0; i < 60000 && atomic_load(count) < least; i++)
        observing_sleep_ms(1);
    assert_true(atomic_load(count) >= least);
}

static inline uint64_t lost_in(const observing *o) {
    uint64_t lost = 0, failures = 0;
    hpi_dispatch_totals(o->dispatch, &lost, &failures);
    return lost;
}

#endif
