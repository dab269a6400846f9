/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run does with the threads it gets and says so; a run that was started without a caller
 *         to work does not start without any; whatever happens, nothing is left running, and no
 *         thread is made that would have nothing to do.
 * Method: the linker puts our pthread_create() before the system's, which fails at the n-th call,
 *         once or from then on. */
#include "hanging.h"
#include "runs.h"
#include "trace.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

int __real_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *user);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *user);

static atomic_ulong is_failing, create_count, made_count, fail_from = ULONG_MAX,
                                                          fail_to = ULONG_MAX;

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *user) {
    unsigned long now = atomic_fetch_add(&create_count, 1);
    if (now >= atomic_load(&fail_from) && now <= atomic_load(&fail_to)) return EAGAIN;
    int failure = __real_pthread_create(id, attributes, body, user);
    if (!failure) atomic_fetch_add(&made_count, 1);
    return failure;
}

/* Calls number `from` to `to` fail, counted from 0. */
static void fail_calls(unsigned long from, unsigned long to) {
    atomic_store(&create_count, 0);
    atomic_store(&fail_from, from);
    atomic_store(&fail_to, to);
    atomic_store(&is_failing, from != ULONG_MAX);
}

static int stop_failing(void **state) {
    (void)state;
    fail_calls(ULONG_MAX, ULONG_MAX);
    return 0;
}

/* 8 workers wanted, `got` there are, one of them the caller. */
static void assert_runs_with(uint32_t got, unsigned long from, unsigned long to) {
    size_t      threads = runs_threads();
    hpt_options options = runs_options(8, 500);
    fail_calls(from, to);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    fail_calls(ULONG_MAX, ULONG_MAX);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 500);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_stats(result)->worker_count, got);
    assert_int_equal(hpt_result_stats(result)->worker_count_wanted, 8);
    char words[64];
    snprintf(words, sizeof words, "only %u of 8 workers", (unsigned)got);
    assert_non_null(hpt_result_warning(result, 0));
    runs_assert_says(hpt_result_warning(result, 0), words);
    runs_assert_says(hpt_result_warning(result, 0), "could not be started");
    /* The next one would be that there are more workers than CPUs. */
    assert_null(hpt_result_warning(result, hpt_result_stats(result)->is_oversubscribed ? 2 : 1));
    hpt_result_destroy(result);
    runs_assert_threads(threads);
}

static void fewer_workers_do_all_the_work_and_a_warning_says_so(void **state) {
    (void)state;
    for (uint32_t got = 1; got < 8; got++)
        assert_runs_with(got, got - 1, ULONG_MAX);
}

static void one_failure_is_enough_to_ask_for_no_more(void **state) {
    (void)state;
    assert_runs_with(3, 2, 2);
}

static void with_fewer_workers_the_trace_is_the_same(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    trace       full = { 0 }, fewer = { 0 };
    hpt_options options = runs_options(8, 300);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    options.window = 16;
    trace_run(&full, space, trace_slow_sphere, NULL, &options);
    fail_calls(3, ULONG_MAX); /* one of the three is the dispatcher's */
    trace_run(&fewer, space, trace_slow_sphere, NULL, &options);
    fail_calls(ULONG_MAX, ULONG_MAX);
    trace_assert_equal(&full, &fewer);
    trace_free(&full);
    trace_free(&fewer);
    hpt_space_destroy(space);
}

static void assert_not_started(const hpt_options *options) {
    hpt_err    err;
    hpt_run   *run = NULL;
    hpt_space *space = runs_space();
    memset(&err, 0, sizeof err);
    assert_int_equal(hpt_run_start(space, runs_count, NULL, options, &run, &err), HPT_ETHREAD);
    assert_null(run);
    runs_assert_says(err.text, "no worker could be started");
    runs_assert_says(err.text, strerror(EAGAIN));
    hpt_space_destroy(space);
}

static void without_any_worker_nothing_is_started_and_a_sentence_says_why(void **state) {
    (void)state;
    size_t      threads = runs_threads();
    hpt_options options = runs_options(8, 500);
    fail_calls(0, ULONG_MAX);
    assert_not_started(&options);
    fail_calls(ULONG_MAX, ULONG_MAX);
    runs_assert_threads(threads);
}

static unsigned long threads_for(uint32_t worker_count, uint64_t trial_count) {
    hpt_options options = runs_options(worker_count, trial_count);
    fail_calls(ULONG_MAX, ULONG_MAX);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trial_count);
    assert_int_equal(hpt_result_stats(result)->worker_count_wanted, worker_count);
    const char *warning = hpt_result_warning(result, 0); /* there may be more workers than CPUs */
    assert_true(!warning || !strstr(warning, "could be started"));
    hpt_result_destroy(result);
    return atomic_load(&create_count);
}

static void no_thread_is_made_for_which_there_is_no_trial(void **state) {
    (void)state;
    assert_int_equal(threads_for(1, 500), 0);
    assert_int_equal(threads_for(4, 500), 3);
    assert_int_equal(threads_for(4096, 1), 0);
    assert_int_equal(threads_for(4096, 5), 4);
}

static void inline_needs_no_thread(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 100);
    options.pool = "inline";
    fail_calls(0, ULONG_MAX);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 100);
    hpt_result_destroy(result);
}

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

/* Two observers, two dispatcher threads: calls 0 and 1. Then the workers. */
static void without_a_thread_for_its_observers_a_run_does_not_start(void **state) {
    (void)state;
    size_t       threads = runs_threads(), files = runs_files();
    hpt_observer observers[2] = { hpt_observer_default(), hpt_observer_default() };
    hpt_options  options = runs_options(2, 100);
    observers[0].events = observers[1].events = see_nothing;
    observers[1].policy = HPT_POLICY_BLOCK;
    options.observers = observers;
    options.observer_count = 2;
    for (unsigned long i = 0; i < 2; i++) {
        fail_calls(i, ULONG_MAX);
        runs_assert_refused(&options, HPT_ETHREAD, "");
        runs_assert_threads(threads);
    }
    fail_calls(2, ULONG_MAX);
    assert_not_started(&options);
    runs_assert_threads(threads);
    assert_int_equal(runs_files(), files);
}

static void attaching_without_a_thread_leaves_the_run_alone(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_space   *space = runs_space();
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(2, HPT_UNLIMITED);
    hpt_run     *run = NULL;
    hpt_result  *result = NULL;
    uint64_t     id = 12345;
    observer.events = see_nothing;
    assert_int_equal(hpt_run_start(space, runs_until_stopped, &calls, &options, &run, NULL),
                     HPT_OK);
    assert_true(runs_wait_for(&calls, 2));
    fail_calls(0, ULONG_MAX);
    assert_int_equal(hpt_run_attach(run, &observer, &id, NULL), HPT_ETHREAD);
    assert_int_equal(id, 12345);
    fail_calls(ULONG_MAX, ULONG_MAX);
    assert_int_equal(hpt_run_attach(run, &observer, &id, NULL), HPT_OK);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_OK);
    runs_assert_counts(result);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
}

/* Workers that are lost when there are no more threads: once the run has those it begins with, the
 * watch and its workers. The first worker may come to any trial before the next one is made. */

static unsigned long made_first;

static hpt_status hang_without_threads(hpt_trial *trial, void *user, double *value_out) {
    hanging *it = user;
    if (hanging_does(it, hpt_trial_number(trial))) {
        runs_wait_for(&made_count, made_first);
        fail_calls(0, ULONG_MAX);
    }
    return hanging_trial(trial, user, value_out);
}

static hpt_result *lose_without_threads(hanging *it, uint32_t workers) {
    hpt_options options = hanging_options(workers, 30);
    atomic_store(&made_count, 0);
    made_first = 1 + workers;
    hpt_result *result = runs_do(hang_without_threads, it, &options);
    fail_calls(ULONG_MAX, ULONG_MAX);
    return result;
}

static void a_lost_worker_that_cannot_be_replaced_leaves_its_work_to_the_others(void **state) {
    (void)state;
    hanging it = { .trials = { 5 }, .count = 1 };
    hanging_begin(&it);
    hpt_result *result = lose_without_threads(&it, 2);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 29);
    size_t      first = hpt_result_stats(result)->is_oversubscribed;
    const char *lost = hpt_result_warning(result, first);
    const char *gone = hpt_result_warning(result, first + 1);
    runs_assert_says(lost, "1 worker was written off");
    runs_assert_says(gone, "1 of them was not replaced: thread hpt-w000");
    runs_assert_says(gone, strerror(EAGAIN));
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void the_last_worker_that_cannot_be_replaced_ends_the_run(void **state) {
    (void)state;
    hanging it = { .trials = { 5 }, .count = 1 };
    hanging_begin(&it);
    hpt_result *result = lose_without_threads(&it, 1);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 5);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void assert_starts_without(unsigned long from, const char *words) {
    hpt_err     err;
    hpt_space  *space = runs_space();
    hpt_result *result = NULL;
    hpt_options options = hanging_options(1, 30);
    memset(&err, 0, sizeof err);
    fail_calls(from, ULONG_MAX);
    hpt_status status = hpt_parallel_run(space, runs_count, NULL, &options, &result, &err);
    fail_calls(ULONG_MAX, ULONG_MAX);
    hpt_space_destroy(space);
    assert_int_equal(status, HPT_ETHREAD);
    assert_null(result);
    runs_assert_says(err.text, words);
}

static void without_threads_to_watch_and_to_work_no_run_with_limits_starts(void **state) {
    (void)state;
    size_t threads = runs_threads();
    assert_starts_without(0, "hpt-watch");
    assert_starts_without(1, "no worker could be started");
    runs_assert_threads(threads);
}

/* Observers that hang, when there is no other thread for those that share theirs. */

static hpt_status hang_alone(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    runs_gate *gate = user;
    (void)events, (void)count, (void)err;
    if (atomic_fetch_add(&gate->inside, 1) > 0) return HPT_OK;
    fail_calls(0, ULONG_MAX);
    return runs_wait_for(&gate->is_open, 1) ? HPT_OK : HPT_EFAILED;
}

static hpt_options hang_options(hpt_observer observers[2], runs_gate *gate) {
    hpt_options options = runs_options(1, 20);
    observers[0] = observers[1] = hpt_observer_default();
    observers[0].events = hang_alone;
    observers[0].user = gate;
    observers[0].kinds = HPT_EVENT_TRIAL_ENDED; /* then the worker is there */
    observers[1].events = see_nothing;
    options.observers = observers;
    options.observer_count = 2;
    options.observer_s_max = 0.2;
    return options;
}

static void the_end_waits_for_no_thread_that_is_not_to_be_had(void **state) {
    (void)state;
    static runs_gate gate;
    size_t           threads = runs_threads();
    hpt_observer     observers[2];
    hpt_options      options = hang_options(observers, &gate);
    hpt_result      *result = runs_do(runs_count, NULL, &options);
    fail_calls(ULONG_MAX, ULONG_MAX);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    runs_assert_warned(result, "did not return within 0.2 s: it was given up");
    runs_assert_warned(result, "shared the thread of one that did not return, and no other");
    hpt_result_destroy(result);
    atomic_store(&gate.is_open, 1);
    runs_assert_threads(threads);
    assert_int_equal(atomic_load(&gate.inside), 1);
}

static hpt_status give_threads_back(hpt_trial *trial, void *user, double *value_out) {
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) != 10) return HPT_OK;
    if (!runs_wait_for(&is_failing, 1) || !runs_wait_for(&create_count, 1)) return HPT_EBUG;
    fail_calls(ULONG_MAX, ULONG_MAX);
    return runs_wait_for(user, 1) ? HPT_OK : HPT_EBUG; /* somebody hears of something */
}

static hpt_status count_calls(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)events, (void)count, (void)err;
    atomic_fetch_add((atomic_ulong *)user, 1);
    return HPT_OK;
}

static void a_run_goes_on_looking_for_a_thread_for_its_observers(void **state) {
    (void)state;
    static runs_gate gate;
    atomic_ulong     calls = 0;
    size_t           threads = runs_threads();
    hpt_observer     observers[2];
    hpt_options      options = hang_options(observers, &gate);
    observers[1].events = count_calls;
    observers[1].user = &calls;
    hpt_result *result = runs_end(runs_start(give_threads_back, &calls, &options));
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    assert_int_equal(hpt_result_stats(result)->observer_failures, 1);
    hpt_result_destroy(result);
    atomic_store(&gate.is_open, 1);
    runs_assert_threads(threads);
}

/* Threads that leave by pthread_exit() and have no successor. */

static hpt_status leave_without_threads(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    if (hpt_trial_number(trial) % 4 != 0) return HPT_OK;
    fail_calls(0, ULONG_MAX);
    pthread_exit(NULL);
}

static void a_thread_that_has_no_successor_works_on(void **state) {
    (void)state;
    size_t      threads = runs_threads();
    hpt_options options = runs_options(2, 40);
    hpt_run    *run = runs_start(leave_without_threads, NULL, &options);
    hpt_result *result = runs_end(run);
    fail_calls(ULONG_MAX, ULONG_MAX);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 10);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 30);
    hpt_result_destroy(result);
    runs_assert_threads(threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(fewer_workers_do_all_the_work_and_a_warning_says_so,
                                  stop_failing),
        cmocka_unit_test_teardown(one_failure_is_enough_to_ask_for_no_more, stop_failing),
        cmocka_unit_test_teardown(with_fewer_workers_the_trace_is_the_same, stop_failing),
        cmocka_unit_test_teardown(without_any_worker_nothing_is_started_and_a_sentence_says_why,
                                  stop_failing),
        cmocka_unit_test_teardown(no_thread_is_made_for_which_there_is_no_trial, stop_failing),
        cmocka_unit_test_teardown(inline_needs_no_thread, stop_failing),
        cmocka_unit_test_teardown(without_a_thread_for_its_observers_a_run_does_not_start,
                                  stop_failing),
        cmocka_unit_test_teardown(attaching_without_a_thread_leaves_the_run_alone, stop_failing),
        cmocka_unit_test_teardown(
            a_lost_worker_that_cannot_be_replaced_leaves_its_work_to_the_others, stop_failing),
        cmocka_unit_test_teardown(the_last_worker_that_cannot_be_replaced_ends_the_run,
                                  stop_failing),
        cmocka_unit_test_teardown(without_threads_to_watch_and_to_work_no_run_with_limits_starts,
                                  stop_failing),
        cmocka_unit_test_teardown(the_end_waits_for_no_thread_that_is_not_to_be_had, stop_failing),
        cmocka_unit_test_teardown(a_run_goes_on_looking_for_a_thread_for_its_observers,
                                  stop_failing),
        cmocka_unit_test_teardown(a_thread_that_has_no_successor_works_on, stop_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
