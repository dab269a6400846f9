/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an observer is given up when one call of it has gone on for too long, and not before.
 * Method: a dispatcher without a run, asked to look at times that the test makes up. */
#include "observing.h"
#include "runs.h"

#include "observe/limits.h"

enum { PATIENCE_S = 10 };
static const int64_t hour_ns = 3600 * HPI_NS_PER_S;

/* Each call of the observer waits until the test has opened the gate as often. */
static hpt_status wait_turn(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    runs_gate *gate = user;
    (void)events, (void)count, (void)err;
    unsigned long call = atomic_fetch_add(&gate->inside, 1) + 1;
    return runs_wait_for(&gate->is_open, call) ? HPT_OK : HPT_EFAILED;
}

/* A dispatcher whose observer is in its first call. Returns a time in it. The gate is of one test
 * alone and outlives it: nothing but its end says that a thread that was given up is done with it.
 */
static int64_t start_hanging(observing *o, runs_gate *gate) {
    hpt_observer observer = hpt_observer_default();
    observer.events = wait_turn;
    observer.user = gate;
    observing_start_patient(o, observing_space(), 1, PATIENCE_S * HPI_NS_PER_S);
    assert_int_equal(hpi_dispatch_attach(o->dispatch, &observer, NULL, NULL), HPT_OK);
    observing_push_created(o, 0);
    assert_true(runs_wait_for(&gate->inside, 1));
    return hpi_now_ns();
}

static void stop(observing *o, runs_gate *gate, size_t threads) {
    atomic_store(&gate->is_open, 1000);
    observing_finish(o);
    observing_stop(o);
    runs_assert_threads(threads);
}

static uint64_t given_up(const observing *o) {
    uint64_t lost, failures;
    hpi_dispatch_totals(o->dispatch, &lost, &failures);
    return failures;
}

static void one_that_has_time_left_is_waited_for(void **state) {
    (void)state;
    static runs_gate gate;
    observing        o;
    size_t           threads = runs_threads();
    int64_t          began_ns = hpi_now_ns(), now_ns = start_hanging(&o, &gate);
    int64_t          look_ns = hpi_dispatch_expire(o.dispatch, now_ns);
    assert_in_range(look_ns - began_ns, PATIENCE_S * HPI_NS_PER_S,
                    PATIENCE_S * HPI_NS_PER_S + now_ns - began_ns);
    hpi_dispatch_expire(o.dispatch, look_ns - 1);
    hpi_dispatch_expire(o.dispatch, look_ns - 1 + HPI_SUSPECT_NS);
    assert_int_equal(given_up(&o), 0); /* the first look that was too late was the second */
    stop(&o, &gate, threads);
}

/* As when the program was stopped for an hour, and goes on. */
static void one_that_is_late_is_looked_at_twice(void **state) {
    (void)state;
    static runs_gate gate;
    observing        o;
    size_t           threads = runs_threads();
    int64_t          late_ns = start_hanging(&o, &gate) + hour_ns;
    assert_int_equal(hpi_dispatch_expire(o.dispatch, late_ns), late_ns + HPI_SUSPECT_NS);
    hpi_dispatch_expire(o.dispatch, late_ns + HPI_SUSPECT_NS - 1);
    assert_int_equal(given_up(&o), 0);
    hpi_dispatch_expire(o.dispatch, late_ns + HPI_SUSPECT_NS);
    assert_int_equal(given_up(&o), 1);
    hpi_dispatch_expire(o.dispatch, late_ns + 2 * hour_ns); /* nobody else is in a call */
    assert_int_equal(given_up(&o), 1);
    stop(&o, &gate, threads);
    assert_int_equal(atomic_load(&gate.inside), 1);
}

static void each_call_has_the_whole_time(void **state) {
    (void)state;
    static runs_gate gate;
    observing        o;
    size_t           threads = runs_threads();
    int64_t          late_ns = start_hanging(&o, &gate) + hour_ns;
    hpi_dispatch_expire(o.dispatch, late_ns); /* a suspect */
    observing_push_created(&o, 1);
    atomic_store(&gate.is_open, 1);
    assert_true(runs_wait_for(&gate.inside, 2));
    hpi_dispatch_expire(o.dispatch, late_ns + HPI_SUSPECT_NS);
    assert_int_equal(given_up(&o), 0);
    stop(&o, &gate, threads);
}

/* What is kept in a study file is not lost because a disk is slow. */

static runs_gate at_the_disk;

static hpt_status write_slowly(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    (void)state;
    return wait_turn(&at_the_disk, events, count, err);
}

static const hpt_observer_class writer = { .struct_size = sizeof writer,
                                           .name = "writer",
                                           .summary = "writes slowly",
                                           .kinds = HPT_EVENT_TRIAL_CREATED,
                                           .events = write_slowly };

static void the_writer_of_a_study_file_is_never_given_up(void **state) {
    (void)state;
    observing o;
    size_t    threads = runs_threads();
    observing_start_patient(&o, observing_space(), 1, PATIENCE_S * HPI_NS_PER_S);
    assert_int_equal(hpi_dispatch_attach_store(o.dispatch, &writer, NULL, NULL), HPT_OK);
    observing_push_created(&o, 0);
    assert_true(runs_wait_for(&at_the_disk.inside, 1));
    for (int64_t look = 1; look < 4; look++)
        assert_int_equal(hpi_dispatch_expire(o.dispatch, hpi_now_ns() + look * hour_ns), INT64_MAX);
    assert_int_equal(given_up(&o), 0);
    observing_push_created(&o, 1);
    stop(&o, &at_the_disk, threads);
    assert_int_equal(atomic_load(&at_the_disk.inside), 2); /* the first, and what came meanwhile */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_has_time_left_is_waited_for),
        cmocka_unit_test(one_that_is_late_is_looked_at_twice),
        cmocka_unit_test(each_call_has_the_whole_time),
        cmocka_unit_test(the_writer_of_a_study_file_is_never_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
