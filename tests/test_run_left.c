/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an objective that ends its thread by pthread_exit() fails its trial and nothing else: the
 *         run goes on with as many workers. On the host's own thread the run ends with the thread,
 *         in good order.
 * Method: objectives that do it, now and then or always, on every kind of thread. */
#include "hanging.h"

#include <pthread.h>
#include <string.h>

typedef struct leaving {
    uint64_t    every; /* trials with a number that it divides leave */
    atomic_uint calls[4];
} leaving;

static hpt_status leave(hpt_trial *trial, void *user, double *value_out) {
    leaving *it = user;
    uint32_t worker = hpt_trial_worker(trial);
    atomic_fetch_add(&it->calls[worker < 4 ? worker : 3], 1);
    *value_out = 1;
    if (hpt_trial_number(trial) % it->every == 0) pthread_exit(NULL);
    return HPT_OK;
}

/* On threads of hpt's: the caller is none of the workers. */
static void assert_goes_on(hpt_options options, uint64_t every) {
    leaving  it = { .every = every };
    size_t   threads = runs_threads();
    hpt_run *run = runs_start(leave, &it, &options);
    if (options.coordinator == HPT_COORDINATOR_CALLER)
        assert_int_equal(hpt_run_wait(run, 60), HPT_OK);
    hpt_result *result = runs_end(run);
    uint64_t    left = (options.trial_count_max + every - 1) / every;
    assert_int_equal(hpt_result_stop(result), every == 1 ? HPT_STOP_ALL_FAILED : HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), left);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), options.trial_count_max - left);
    if (every == 1) runs_assert_says(hpt_result_stop_text(result), "called pthread_exit()");
    assert_int_equal(hpt_result_stats(result)->lost_count, 0);
    hpt_result_destroy(result);
    runs_assert_threads(threads);
}

static void a_trial_that_ends_its_thread_fails_and_the_run_goes_on(void **state) {
    (void)state;
    assert_goes_on(runs_options(2, 200), 10);
    assert_goes_on(runs_options(1, 60), 3);
}

static void if_all_do_it_all_fail(void **state) {
    (void)state;
    assert_goes_on(runs_options(2, 60), 1);
}

static void long_blocks_lose_one_trial_each_time(void **state) {
    (void)state;
    assert_goes_on(runs_options(2, fixture_scaled(20000)), 4000);
}

static void it_goes_on_with_limits_windows_and_another_coordinator(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 60);
    options.trial_s_max = 20;
    assert_goes_on(options, 7);
    options.window = 8;
    assert_goes_on(options, 7);
    options.coordinator = HPT_COORDINATOR_CALLER;
    assert_goes_on(options, 7);
    options.trial_s_max = 0;
    options.window = 0;
    assert_goes_on(options, 7);
}

static void observers_hear_which_trials_they_were(void **state) {
    (void)state;
    leaving      it = { .every = 5 };
    trace        seen = { 0 };
    hpt_observer observer;
    hpt_options  options = runs_options(2, 40);
    trace_attach(&seen, &observer, &options);
    hpt_run *run = runs_start(leave, &it, &options);
    hpt_result_destroy(runs_end(run));
    assert_int_equal(seen.count, 40);
    for (size_t i = 0; i < seen.count; i++) {
        bool has_left = seen.trials[i].number % 5 == 0;
        assert_int_equal(seen.trials[i].state, has_left ? HPT_TRIAL_FAILED : HPT_TRIAL_COMPLETE);
        if (has_left)
            runs_assert_says(seen.trials[i].reason, "the objective called pthread_exit()");
    }
    trace_free(&seen);
}

/* Late. */

static hpt_status hang_and_leave(hpt_trial *trial, void *user, double *value_out) {
    hanging *it = user;
    *value_out = 1;
    if (hpt_trial_number(trial) != 1) return HPT_OK;
    hanging_wait(it);
    hanging_return(it);
    pthread_exit(NULL);
}

static void a_lost_worker_may_leave_as_well(void **state) {
    (void)state;
    hanging     it = { .count = 0 };
    hpt_options options = hanging_options(2, 10);
    hanging_begin(&it);
    hpt_result *result = runs_do(hang_and_leave, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    assert_int_equal(hpt_result_stats(result)->lost_count, 1);
    hpt_result_destroy(result);
    hanging_end(&it);
}

/* The host's thread. */

typedef struct host {
    leaving     leaving;
    hpt_options options;
    hpt_run    *run;
    bool        has_returned;
} host;

static void *run_whole(void *user) {
    host       *it = user;
    hpt_result *result = NULL;
    hpt_space  *space = runs_space();
    pthread_cleanup_push((void (*)(void *))hpt_space_destroy, space);
    hpt_parallel_run(space, leave, &it->leaving, &it->options, &result, NULL);
    it->has_returned = true;
    pthread_cleanup_pop(1);
    hpt_result_destroy(result);
    return NULL;
}

/* ASan and valgrind see to it that nothing is left behind. */
static void assert_ends_with_its_caller(hpt_options options) {
    pthread_t thread;
    size_t    threads = runs_threads();
    host      it = { .leaving.every = 1, .options = options };
    assert_int_equal(pthread_create(&thread, NULL, run_whole, &it), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(it.has_returned);
    runs_assert_threads(threads);
}

static void a_run_ends_with_its_callers_thread(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 50);
    for (int i = 0; i < RUNS_POOLS; i++) {
        options.pool = runs_pools[i];
        assert_ends_with_its_caller(options);
        options.window = 8;
        assert_ends_with_its_caller(options);
        options.window = 0;
    }
    options.worker_count = 3; /* two of them with threads of their own */
    assert_ends_with_its_caller(options);
    options.worker_count = 1;
    options.pool = "sim";
    assert_ends_with_its_caller(options);
    options.worker_count = 3;
    assert_ends_with_its_caller(options);
}

static void *wait_for_run(void *user) {
    host *it = user;
    hpt_run_wait(it->run, -1);
    it->has_returned = true;
    return NULL;
}

static void another_thread_can_go_on_with_a_run_whose_thread_has_left(void **state) {
    (void)state;
    pthread_t   thread;
    host        it = { .leaving.every = 100 };
    hpt_options options = runs_options(1, 30);
    options.pool = "inline";
    it.run = runs_start(leave, &it.leaving, &options);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_run, &it), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(it.has_returned);
    hpt_result *result = runs_end(it.run);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 29);
    hpt_result_destroy(result);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_trial_that_ends_its_thread_fails_and_the_run_goes_on),
    cmocka_unit_test(if_all_do_it_all_fail),
    cmocka_unit_test(long_blocks_lose_one_trial_each_time),
    cmocka_unit_test(it_goes_on_with_limits_windows_and_another_coordinator),
    cmocka_unit_test(observers_hear_which_trials_they_were),
    cmocka_unit_test(a_lost_worker_may_leave_as_well),
    cmocka_unit_test(a_run_ends_with_its_callers_thread),
    cmocka_unit_test(another_thread_can_go_on_with_a_run_whose_thread_has_left),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
