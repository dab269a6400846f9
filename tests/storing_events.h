/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_STORING_EVENTS_H
#define HPT_TESTS_STORING_EVENTS_H

/* The writer of a study, called as its lane does, over a file in memory: what a run would tell it,
 * and what is in the file then. */

#include "fixture.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "store/writer.h"
#include "storing_memory.h"

static char                     path[64];
static hpt_space               *space;
static hpt_options              options;
static const hpi_backend_class *form;

static int        failed_calls, news_calls;
static hpi_store *store;
static struct { hpi_store *store; } writer;

static inline void on_failed(void *context) {
    (void)context;
    failed_calls++;
}

static inline void on_news(void *context) {
    (void)context;
    news_calls++;
}

static inline int begin(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/hpt_writer_%d.memory", (int)getpid());
    unlink(path);
    memory_reset();
    form = &memory_backend;
    options = hpt_options_default();
    failed_calls = news_calls = 0;
    space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);
    hpt_space_add_int(space, "n", 1, 100);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return 0;
}

static inline int end(void **state) {
    (void)state;
    hpt_space_destroy(space);
    memory_reset();
    unlink(path);
    return 0;
}

static inline hpt_status try_open(const char *name, hpi_store **store_out, hpt_err *err) {
    hpi_store_setup setup = { .path = path,
                              .name = name,
                              .head = { .goal_count = 1,
                                        .goals = { { "error", HPT_MINIMISE, NAN } },
                                        .space = space,
                                        .strategy = (char *)(uintptr_t) "random",
                                        .seed = 7,
                                        .repeat_count = 1 },
                              .options = &options,
                              .run_id = "run",
                              .limit = HPT_UNLIMITED,
                              .size = HPT_UNLIMITED,
                              .failed = on_failed,
                              .news = on_news };
    return hpi_store_open_as(form, &setup, store_out, err);
}

static inline void open_store(void) {
    hpt_err            err = { 0 };
    hpt_observer_setup setup = { .struct_size = sizeof setup };
    if (try_open(NULL, &store, &err) != HPT_OK) fail_msg("%s", err.text);
    setup.user = store;
    assert_int_equal(hpi_store_observer.open(&writer, &setup, &err), HPT_OK);
}

static inline void tell(const hpt_event *events, size_t count) {
    assert_int_equal(hpi_store_observer.events(&writer, events, count, NULL), HPT_OK);
}

static inline void tick(void) {
    hpt_stats stats = { .struct_size = sizeof stats };
    assert_int_equal(hpi_store_observer.tick(&writer, &stats, 0, NULL), HPT_OK);
}

static inline void end_lane(void) {
    assert_int_equal(hpi_store_observer.close(&writer, 0, NULL), HPT_OK);
}

static inline void finish(void) {
    hpt_event event = { .kind = HPT_EVENT_FINISHED, .duration_ns = 5 * HPI_NS_PER_S };
    tell(&event, 1);
    end_lane();
    hpi_store_close(store);
}

/* Points and values that can be told apart. Static: events point into them. */
enum { ROW_COUNT = 1 << 17 };
static hpt_coord points[ROW_COUNT][2];
static double    values[ROW_COUNT];

static inline hpt_event created(uint64_t number) {
    points[number][0].real = (double)number / ROW_COUNT;
    points[number][1].integer = (int64_t)number % 100 + 1;
    return (hpt_event){ .kind = HPT_EVENT_TRIAL_CREATED,
                        .trial = number,
                        .time_ns = (int64_t)number,
                        .wall_ns = 1000 + (int64_t)number,
                        .start_ns = -1,
                        .space = space,
                        .point = points[number] };
}

static inline hpt_event ended(uint64_t number, hpt_trial_state state) {
    values[number] = (double)number + 0.5;
    return (hpt_event){ .kind = HPT_EVENT_TRIAL_ENDED,
                        .trial = number,
                        .time_ns = (int64_t)number + 10,
                        .wall_ns = 1010 + (int64_t)number,
                        .worker = 3,
                        .state = state,
                        .start_ns = (int64_t)number + 1,
                        .duration_ns = 9,
                        .space = space,
                        .point = points[number],
                        .reason = state == HPT_TRIAL_FAILED ? "it broke" : "",
                        .values = state == HPT_TRIAL_COMPLETE ? &values[number] : NULL,
                        .value_count = state == HPT_TRIAL_COMPLETE };
}

static inline void tell_trial(uint64_t number, hpt_trial_state state) {
    hpt_event events[] = { created(number), ended(number, state) };
    tell(events, 2);
}

/* What is in the file, by what a scan gives. */
typedef struct seen {
    size_t          count;
    uint64_t        numbers[64], orders[64], asked[64];
    hpt_trial_state states[64];
} seen;

static inline bool see(void *user, const hpi_record *record) {
    seen *all = user;
    assert_true(all->count < 64);
    assert_memory_equal(record->point, points[record->number], sizeof points[0]);
    if (record->state == HPT_TRIAL_COMPLETE)
        assert_true(record->values[0] == values[record->number]);
    all->numbers[all->count] = record->number;
    all->orders[all->count] = record->order;
    all->asked[all->count] = record->asked;
    all->states[all->count++] = record->state;
    return true;
}

static inline seen scan(int what) {
    seen all = { .count = 0 };
    assert_int_equal(memory_scan(NULL, what, 0, see, &all, NULL), HPT_OK);
    return all;
}

static inline void never_by_time(void) {
    options.commit_interval_ms = 3600 * 1000;
}

#endif
