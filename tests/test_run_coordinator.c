/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with HPT_COORDINATOR_CALLER the functions of a strategy are called on the caller's thread
 *         and on no other, and the run ends as any other, however its caller waits.
 * Method: a strategy whose functions note on which threads they run; callers that wait, poll, take
 *         turns, or do nothing but destroy the run. */
#include "runs.h"

#include <math.h>
#include <pthread.h>

/* The strategy under test is a table that differs from case to case: what its functions see is
 * here, and only ever touched by the one thread that may call them. */
static pthread_t    caller;
static atomic_ulong calls, wrong, told;
static uint64_t     wait_every; /* ask answers HPT_EAGAIN once in so many calls; 0 = never */
static bool         has_waited;

static void note_thread(void) {
    atomic_fetch_add(&calls, 1);
    if (!pthread_equal(caller, pthread_self())) atomic_fetch_add(&wrong, 1);
}

static hpt_status begin(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)state, (void)setup, (void)err;
    note_thread();
    return HPT_OK;
}

static void point(const void *state, uint64_t number, hpt_coord *point_out) {
    (void)state;
    note_thread();
    point_out[0].real = (double)(number % 1000) / 1000;
}

static hpt_status ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)err;
    bool is_in_flight = number > atomic_load(&told); /* else there would be nothing to wait for */
    if (wait_every > 0 && is_in_flight && number % wait_every == 0 && !has_waited) {
        has_waited = true;
        note_thread();
        return HPT_EAGAIN;
    }
    has_waited = false;
    point(state, number, point_out);
    return HPT_OK;
}

static void tell(void *state, const hpt_outcome *outcome) {
    (void)state, (void)outcome;
    note_thread();
    atomic_fetch_add(&told, 1);
}

static void end(void *state) {
    (void)state;
    note_thread();
}

static const hpt_strategy_class learner = { .struct_size = sizeof learner,
                                            .name = "learner",
                                            .init = begin,
                                            .ask = ask,
                                            .tell = tell,
                                            .fini = end },
                                strict = { .struct_size = sizeof strict,
                                           .name = "strict",
                                           .batch_max = 1,
                                           .init = begin,
                                           .ask = ask,
                                           .tell = tell,
                                           .fini = end },
                                pure = { .struct_size = sizeof pure,
                                         .name = "pure",
                                         .init = begin,
                                         .point = point,
                                         .tell = tell,
                                         .fini = end };

static const hpt_strategy_class *const classes[] = { &learner, &strict, &pure };

enum { CLASSES = sizeof classes / sizeof *classes };

static hpt_options caller_options(const hpt_strategy_class *class, uint32_t workers,
                                  uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.strategy_class = class;
    if (class) options.strategy = NULL;
    options.coordinator = HPT_COORDINATOR_CALLER;
    caller = pthread_self();
    atomic_store(&calls, 0);
    atomic_store(&wrong, 0);
    atomic_store(&told, 0);
    return options;
}

static void assert_all_on_the_caller(uint64_t trials) {
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(atomic_load(&told), trials);
    assert_true(atomic_load(&calls) >= 2 * trials + 2);
}

/* Some trials are long enough for other workers to run dry meanwhile. */
static hpt_status uneven(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) % 97 == 0) runs_sleep_ms(1);
    if (pthread_equal(caller, pthread_self())) return HPT_EBUG; /* it must not evaluate */
    return runs_count(trial, user, value_out);
}

static void every_call_of_a_strategy_is_on_the_calling_thread(void **state) {
    (void)state;
    static const uint32_t windows[] = { 0, 1, 16 };
    for (size_t i = 0; i < CLASSES * 3; i++) {
        for (uint32_t workers = 1; workers <= 8; workers *= 2) {
            uint64_t    trials = fixture_scaled(2000);
            hpt_options options = caller_options(classes[i % CLASSES], workers, trials);
            options.window = windows[i / CLASSES];
            hpt_result *result = runs_do(uneven, NULL, &options);
            assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials);
            assert_int_equal(hpt_result_stats(result)->worker_count, workers);
            assert_all_on_the_caller(trials);
            hpt_result_destroy(result);
        }
    }
}

static void a_strategy_that_waits_for_results_gets_them(void **state) {
    (void)state;
    wait_every = 3;
    hpt_options options = caller_options(&learner, 4, 999);
    hpt_result *result = runs_do(uneven, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 999);
    assert_all_on_the_caller(999);
    hpt_result_destroy(result);
    wait_every = 0;
}

static void a_caller_that_polls_coordinates(void **state) {
    (void)state;
    for (size_t i = 0; i < CLASSES; i++) {
        hpt_options options = caller_options(classes[i], 2, 500);
        hpt_run    *run = runs_start(uneven, NULL, &options);
        while (hpt_run_poll(run) != HPT_OK)
            continue;
        hpt_result_destroy(runs_end(run));
        assert_all_on_the_caller(500);
    }
}

static void a_caller_that_waits_in_pieces_coordinates(void **state) {
    (void)state;
    hpt_options options = caller_options(&learner, 2, 3000);
    hpt_run    *run = runs_start(uneven, NULL, &options);
    while (hpt_run_wait(run, 0.001) != HPT_OK)
        continue;
    hpt_result_destroy(runs_end(run));
    assert_all_on_the_caller(3000);
}

static void a_run_that_nobody_waited_for_is_destroyed(void **state) {
    (void)state;
    size_t threads = runs_threads();
    for (size_t i = 0; i < CLASSES; i++) {
        hpt_options options = caller_options(classes[i], 3, HPT_UNLIMITED);
        hpt_run_destroy(runs_start(runs_count, NULL, &options));
        assert_int_equal(atomic_load(&wrong), 0);
    }
    runs_assert_threads(threads);
}

/* Only long trials are under way, so nobody but the clock can wake the caller. */
static hpt_status until_cancelled(hpt_trial *trial, void *user, double *value_out) {
    hpt_run  *run = hpt_trial_run(trial);
    hpt_stats stats = { .struct_size = sizeof stats };
    (void)user;
    *value_out = 0;
    for (int i = 0; i < 10000; i++) {
        if (hpt_run_stats(run, &stats, NULL) != HPT_OK) return HPT_EBUG;
        if (stats.stop == HPT_STOP_WALL) return HPT_OK;
        runs_sleep_ms(1);
    }
    return HPT_EBUG;
}

static void the_time_limit_wakes_a_caller_that_sleeps(void **state) {
    (void)state;
    hpt_options options = caller_options(&learner, 2, HPT_UNLIMITED);
    options.wall_s_max = 0.05;
    hpt_result *result = runs_do(until_cancelled, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_true(hpt_result_stats(result)->wall_s < 9);
    hpt_result_destroy(result);
}

static hpt_status reach(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    runs_sleep_ms(1);
    *value_out = hpt_trial_number(trial) == 40 ? -1 : 1;
    return HPT_OK;
}

/* With slow trials each result is told when it comes. */
static void a_target_is_noticed_before_what_lies_ready_is_done(void **state) {
    (void)state;
    hpt_options options = caller_options(&learner, 2, 100000);
    options.target = 0;
    hpt_result *result = runs_do(reach, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_int_equal(hpt_result_trial(result), 40);
    assert_true(hpt_result_stats(result)->trial_count < 40 + 40);
    hpt_result_destroy(result);
}

static void *wait_elsewhere(void *argument) {
    hpt_run_wait(argument, -1);
    return NULL;
}

static void another_thread_that_waits_takes_over(void **state) {
    (void)state;
    pthread_t   other;
    hpt_options options = caller_options(&learner, 2, 2000);
    hpt_run    *run = runs_start(uneven, NULL, &options);
    hpt_run_wait(run, 0.002);
    assert_int_equal(pthread_create(&other, NULL, wait_elsewhere, run), 0);
    pthread_join(other, NULL);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2000);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_of_a_strategy_is_on_the_calling_thread),
        cmocka_unit_test(a_strategy_that_waits_for_results_gets_them),
        cmocka_unit_test(a_caller_that_polls_coordinates),
        cmocka_unit_test(a_caller_that_waits_in_pieces_coordinates),
        cmocka_unit_test(a_run_that_nobody_waited_for_is_destroyed),
        cmocka_unit_test(the_time_limit_wakes_a_caller_that_sleeps),
        cmocka_unit_test(a_target_is_noticed_before_what_lies_ready_is_done),
        cmocka_unit_test(another_thread_that_waits_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
