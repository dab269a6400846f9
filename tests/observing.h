/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_OBSERVING_H
#define HPT_TESTS_OBSERVING_H

/* For the tests of observers: a dispatcher without a run, and a producer that plays the
 * coordinator and the workers. */

#include "fixture.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "observe/dispatch.h"
#include "trial/note.h"

typedef struct observing {
    hpt_space    *space;
    hpi_dispatch *dispatch;
    atomic_int    done_count;
    int64_t       start_ns;
    uint64_t      ended_count; /* that the stats tell */
} observing;

static inline void observing_stats(const void *run, hpt_stats *stats_out) {
    const observing *o = run;
    stats_out->trial_count = 10;
    stats_out->trial_count_max = 20;
    stats_out->state_count[HPT_TRIAL_RUNNING] = 2;
    stats_out->state_count[HPT_TRIAL_COMPLETE] = 7;
    stats_out->state_count[HPT_TRIAL_FAILED] = 1;
    stats_out->wall_s = 4;
    stats_out->has_best = true;
    stats_out->best_trial = 3;
    stats_out->best_value = 0.25;
    stats_out->worker_count = 2;
    stats_out->worker_count_wanted = 2;
    stats_out->busy_fraction = 0.875;
    hpi_dispatch_totals(o->dispatch, &stats_out->observer_lost, &stats_out->observer_failures);
}

static inline hpt_space *observing_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 10);
    hpt_space_add_int(space, "n", 0, INT64_MAX);
    hpt_space_add_choice(space, "mode", (const char *const[]){ "a,\"b\"", "c" }, 2);
    return space;
}

/* Takes the space over. `patience_ns`: how long a call may go on; 0 = for ever. */
static inline void observing_start_patient(observing *o, hpt_space *space, uint32_t worker_count,
                                           int64_t patience_ns) {
    o->space = space;
    o->start_ns = hpi_now_ns();
    atomic_init(&o->done_count, 0);
    hpi_dispatch_setup setup = { .space = o->space,
                                 .run_id = "6c0c9a4e-0000-4000-8000-000000000001",
                                 .strategy = "random",
                                 .metric = "error",
                                 .seed = 7,
                                 .worker_count = worker_count,
                                 .start_ns = o->start_ns,
                                 .stats = observing_stats,
                                 .run = o,
                                 .patience_ns = patience_ns };
    hpt_err            err = { 0 };
    if (hpi_dispatch_create(&setup, &o->dispatch, &err) != HPT_OK) fail_msg("%s", err.text);
}

static inline void observing_start_in(observing *o, hpt_space *space, uint32_t worker_count) {
    observing_start_patient(o, space, worker_count, 0);
}

static inline void observing_start(observing *o, uint32_t worker_count) {
    observing_start_in(o, observing_space(), worker_count);
}

static inline void observing_stop(observing *o) {
    hpi_dispatch_destroy(o->dispatch);
    hpt_space_destroy(o->space);
}

static inline void observing_sleep_ms(long ms) {
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static inline void observing_done(void *context) {
    observing *o = context;
    atomic_fetch_add(&o->done_count, 1);
}

/* Push FINISHED and wait until it is delivered. */
static inline void observing_finish(observing *o) {
    hpt_coord point[3] = { { .real = 0.5 }, { .integer = 4 }, { .integer = 1 } };
    bool      fits = hpt_space_count(o->space) == 3;
    hpi_fact  fact = { .kind = HPT_EVENT_FINISHED,
                       .trial = 3,
                       .value = 0.25,
                       .time_ns = 4 * HPI_NS_PER_S,
                       .duration_ns = 4 * HPI_NS_PER_S,
                       .point = fits ? point : NULL };
    hpi_dispatch_finish(o->dispatch, &fact, "all trials of the budget are done", observing_done, o);
    for (int i = 0; i < 60000 && atomic_load(&o->done_count) == 0; i++)
        observing_sleep_ms(1);
    assert_int_equal(atomic_load(&o->done_count), 1);
}

/* Facts of trial `trial`, which worker `worker` runs. The point is x = trial mod 10, n = trial. */

static inline hpi_fact observing_fact(const observing *o, hpt_event_kind kind, uint64_t trial,
                                      uint32_t worker) {
    return (hpi_fact){ .kind = kind,
                       .trial = trial,
                       .worker = worker,
                       .time_ns = hpi_now_ns() - o->start_ns,
                       .start_ns = -1,
                       .value = NAN };
}

static inline void observing_push_created(observing *o, uint64_t trial) {
    hpt_coord point[3] = { { .real = (double)(trial % 10) }, { .integer = (int64_t)trial }, { 0 } };
    hpi_fact  fact = observing_fact(o, HPT_EVENT_TRIAL_CREATED, trial, 0);
    fact.point = point;
    hpi_dispatch_push(o->dispatch, 0, &fact);
}

/* `after`: the coordinator's mark. */
static inline void observing_push_started(observing *o, uint64_t trial, uint32_t worker,
                                          uint64_t after) {
    hpi_fact fact = observing_fact(o, HPT_EVENT_TRIAL_STARTED, trial, worker);
    fact.after = after;
    hpi_dispatch_push(o->dispatch, 1 + worker, &fact);
}

static inline void observing_push_reported(observing *o, uint64_t trial, uint32_t worker,
                                           int64_t step) {
    hpi_fact fact = observing_fact(o, HPT_EVENT_TRIAL_REPORTED, trial, worker);
    fact.step = step;
    fact.value = (double)step / 4;
    hpi_dispatch_push(o->dispatch, 1 + worker, &fact);
}

/* `after`: the worker's mark. */
static inline void observing_push_ended(observing *o, uint64_t trial, uint32_t worker,
                                        uint64_t after) {
    hpt_coord point[3] = { { .real = (double)(trial % 10) }, { .integer = (int64_t)trial }, { 0 } };
    hpi_fact  fact = observing_fact(o, HPT_EVENT_TRIAL_ENDED, trial, worker);
    fact.state = HPT_TRIAL_COMPLETE;
    fact.value = (double)trial;
    fact.start_ns = 1000;
    fact.duration_ns = 500;
    fact.after = after;
    fact.point = point;
    hpi_dispatch_push(o->dispatch, 0, &fact);
}

/* One whole trial with two reports. */
static inline void observing_push_trial(observing *o, uint64_t trial, uint32_t worker) {
    observing_push_created(o, trial);
    observing_push_started(o, trial, worker, hpi_dispatch_mark(o->dispatch, 0));
    observing_push_reported(o, trial, worker, 1);
    observing_push_reported(o, trial, worker, 2);
    observing_push_ended(o, trial, worker, hpi_dispatch_mark(o->dispatch, 1 + worker));
}

/* An ENDED with any state, reason and attributes. */
static inline void observing_push_ended_with(observing *o, uint64_t trial, hpt_trial_state state,
                                             double value, const char *reason,
                                             const hpt_attr *attrs, size_t attr_count,
                                             const hpt_coord *point) {
    unsigned char bytes[8192];
    hpi_notes     notes = { .bytes = bytes, .room = sizeof bytes };
    if (reason && *reason) assert_true(hpi_notes_set_reason(&notes, reason));
    for (size_t i = 0; i < attr_count; i++)
        assert_true(hpi_notes_set_attr(&notes, attrs[i].name, attrs[i].value));
    hpi_fact fact = observing_fact(o, HPT_EVENT_TRIAL_ENDED, trial, 0);
    fact.state = state;
    fact.value = value;
    fact.notes = bytes;
    fact.notes_bytes = notes.used;
    fact.point = point;
    fact.start_ns = 2 * HPI_NS_PER_MS;
    fact.duration_ns = 3 * HPI_NS_PER_MS;
    hpi_dispatch_push(o->dispatch, 0, &fact);
}

static inline uint64_t observing_attach(observing *o, const hpt_observer *observer) {
    hpt_err  err = { 0 };
    uint64_t id = 0;
    if (hpi_dispatch_attach(o->dispatch, observer, &id, &err) != HPT_OK) fail_msg("%s", err.text);
    return id;
}

static inline uint64_t observing_attach_named(observing *o, const char *name) {
    hpt_observer observer = hpt_observer_default();
    observer.name = name;
    return observing_attach(o, &observer);
}

static inline uint64_t observing_attach_function(observing *o, hpt_events_function events,
                                                 void *user, hpt_policy policy,
                                                 uint32_t buffer_count) {
    hpt_observer observer = hpt_observer_default();
    observer.events = events;
    observer.user = user;
    observer.policy = policy;
    observer.buffer_count = buffer_count;
    return observing_attach(o, &observer);
}

#endif
