/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an objective that is left by longjmp(), which is forbidden, costs its trial, and the run
 * if nobody has a handle of it; nothing hangs, nothing stays behind, other runs do not notice.
 * Method: objectives jump back into the test, which then calls what a program might call next. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "runs.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <ucontext.h>

static jmp_buf      way_out;
static pthread_t    host;
static atomic_ulong leaves; /* so many times it still leaves */

static int set_up(void **state) {
    (void)state;
    host = pthread_self();
    leaves = 0;
    return 0;
}

/* Of memory. */
static void assert_nothing_is_left(void) {
    assert_int_equal(HPT_OK, hpt_allocator_set(NULL));
}

/* On the host's thread alone, as who jumps from another has jumped into nowhere; the others leave
 * trials for it. */
static hpt_status leave(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    hpt_trial_set_attr(trial, "kept", hpt_bool(false));
    bool is_host = pthread_equal(pthread_self(), host);
    if (is_host && hpt_trial_number(trial) >= 2 && leaves > 0) {
        leaves--;
        longjmp(way_out, 1);
    }
    while (!is_host && leaves > 0)
        runs_sleep_ms(1);
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

/* Of a run that has no handle. */

static void leave_a_run(hpt_objective objective, void *user, hpt_options options) {
    hpt_space *volatile space = runs_space();
    hpt_result *result = NULL;
    leaves = 1;
    if (setjmp(way_out) == 0) {
        hpt_parallel_run(space, objective, user, &options, &result, NULL);
        fail_msg("it came back");
    }
    hpt_space_destroy(space);
}

static void assert_told_once(void) {
    hpt_err     err = { 0 };
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(2, 20);
    hpt_result *result = NULL;
    assert_int_equal(HPT_EREENTRANT,
                     hpt_parallel_run(space, runs_count, NULL, &options, &result, &err));
    assert_null(result);
    runs_assert_says(err.text, "left by longjmp() in trial ");
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    hpt_space_destroy(space);
}

static void the_next_run_says_that_the_one_before_was_left_and_ends_it(void **state) {
    (void)state;
    for (int i = 0; i < RUNS_POOLS; i++) {
        size_t      threads = runs_threads();
        hpt_options options = runs_options(4, 1000);
        options.pool = runs_pools[i];
        leave_a_run(leave, NULL, options);
        assert_told_once();
        runs_assert_threads(threads);
    }
}

static void a_run_that_is_started_says_it_as_well(void **state) {
    (void)state;
    hpt_err     err = { 0 };
    hpt_run    *run = NULL;
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(3, 100);
    leave_a_run(leave, NULL, options);
    assert_int_equal(HPT_EREENTRANT, hpt_run_start(space, runs_count, NULL, &options, &run, &err));
    assert_null(run);
    runs_assert_says(err.text, "left by longjmp()");
    hpt_result_destroy(runs_end(runs_start(runs_count, NULL, &options)));
    hpt_space_destroy(space);
}

static void runs_left_one_after_the_other_are_each_told(void **state) {
    (void)state;
    for (size_t i = 0; i < fixture_scaled(20); i++) {
        leave_a_run(leave, NULL, runs_options(3, 200));
        assert_told_once();
    }
}

static void trials_that_run_are_told_to_stop(void **state) {
    (void)state;
    hpt_options options = runs_options(3, HPT_UNLIMITED);
    leave_a_run(leave, NULL, options);
    assert_told_once(); /* else the run would go on for ever */
}

static void the_affinity_of_the_thread_is_put_back(void **state) {
    (void)state;
    cpu_set_t   before, after;
    hpt_options options = runs_options(2, 100);
    options.pin = true;
    assert_int_equal(0, sched_getaffinity(0, sizeof before, &before));
    leave_a_run(leave, NULL, options);
    assert_told_once();
    assert_int_equal(0, sched_getaffinity(0, sizeof after, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

/* Of a run whose handle is known. */

static hpt_run *start_inline(hpt_options options) {
    options.pool = "inline";
    leaves = 1;
    return runs_start(leave, NULL, &options);
}

static void wait_and_leave(hpt_run *run) {
    if (setjmp(way_out) == 0) {
        hpt_run_wait(run, -1);
        fail_msg("it came back");
    }
}

typedef struct seen {
    unsigned long left, others;
} seen;

static hpt_status see(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    seen *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED || events[i].state != HPT_TRIAL_FAILED)
            continue;
        bool is_left = !strcmp(events[i].reason, "the objective was left by longjmp()");
        *(is_left ? &it->left : &it->others) += 1;
        assert_int_equal(0, events[i].attr_count);
    }
    return HPT_OK;
}

static void assert_goes_on(hpt_options options) {
    seen         failed = { 0 };
    hpt_observer observer = hpt_observer_default();
    observer.events = see;
    observer.user = &failed;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_run *run = start_inline(options);
    wait_and_leave(run);
    hpt_result *result = runs_end(run);
    assert_int_equal(1, hpt_result_count(result, HPT_TRIAL_FAILED));
    assert_int_equal(options.trial_count_max - 1, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    assert_int_equal(HPT_STOP_TRIALS, hpt_result_stop(result));
    assert_int_equal(1, failed.left);
    assert_int_equal(0, failed.others);
    hpt_result_destroy(result);
}

static void a_run_goes_on_without_the_trial_that_was_left(void **state) {
    (void)state;
    assert_goes_on(runs_options(1, 5000));
    assert_goes_on(runs_options(1, 3));
}

static void so_it_does_with_a_limit_a_window_and_a_strategy_that_learns(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 200);
    options.trial_s_max = 60;
    assert_goes_on(options);
    options.trial_s_max = 0;
    options.on_failed.retry_count = 3; /* it is not tried again */
    assert_goes_on(options);
    options.window = 8;
    assert_goes_on(options);
    options.strategy = "tpe";
    options.repeat_count = 2;
    assert_goes_on(options);
}

static void a_poll_may_be_left_too(void **state) {
    (void)state;
    hpt_run *volatile run = start_inline(runs_options(1, 300));
    if (setjmp(way_out) == 0) {
        while (hpt_run_poll(run) == HPT_EAGAIN)
            continue;
        fail_msg("it came back");
    }
    while (hpt_run_poll(run) == HPT_EAGAIN)
        continue;
    hpt_result *result = runs_end(run);
    assert_int_equal(1, hpt_result_count(result, HPT_TRIAL_FAILED));
    assert_int_equal(299, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    hpt_result_destroy(result);
}

static void a_run_may_be_destroyed_after_it_was_left(void **state) {
    (void)state;
    size_t   threads = runs_threads();
    hpt_run *run = start_inline(runs_options(1, HPT_UNLIMITED));
    wait_and_leave(run);
    hpt_run_destroy(run);
    runs_assert_threads(threads);
}

static void other_runs_start_beside_one_that_was_left(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 50);
    hpt_run    *run = start_inline(runs_options(1, 100));
    wait_and_leave(run);
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    hpt_result *result = runs_end(run);
    assert_int_equal(1, hpt_result_count(result, HPT_TRIAL_FAILED));
    hpt_result_destroy(result);
}

/* Whoever calls hpt stands further down than who called setjmp(). */
static void destroy_from_below(hpt_run *run, int depth);

static void (*volatile further_down)(hpt_run *run, int depth) = destroy_from_below;

static void destroy_from_below(hpt_run *run, int depth) {
    volatile char buffer[1024];
    buffer[0] = buffer[sizeof buffer - 1] = 1;
    if (depth > 0)
        further_down(run, depth - 1);
    else
        hpt_run_destroy(run);
    assert_int_equal(1, buffer[0]);
}

static void it_is_seen_from_some_calls_further_down(void **state) {
    (void)state;
    for (int depth = 0; depth < 4; depth++) {
        hpt_run *run = start_inline(runs_options(1, HPT_UNLIMITED));
        wait_and_leave(run);
        destroy_from_below(run, depth);
        assert_nothing_is_left();
    }
}

/* In the objective of another run: that one is left whole. */

static hpt_status leave_within(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    longjmp(*(jmp_buf *)user, 1);
    (void)trial;
    *value_out = 0;
    return HPT_OK;
}

static hpt_status nest(hpt_trial *trial, void *user, double *value_out) {
    jmp_buf     out;
    hpt_options options = runs_options(1, 10);
    hpt_result *result = NULL;
    (void)user;
    *value_out = hpt_trial_real(trial, "x");
    if (hpt_trial_number(trial) % 3 == 0 && setjmp(out) == 0)
        hpt_parallel_run(hpt_trial_space(trial), leave_within, &out, &options, &result, NULL);
    return HPT_OK;
}

static void a_run_in_an_objective_may_be_left_for_that_objective(void **state) {
    (void)state;
    size_t      threads = runs_threads();
    hpt_options options = runs_options(3, 60);
    hpt_result *result = runs_do(nest, NULL, &options);
    uint64_t    complete = hpt_result_count(result, HPT_TRIAL_COMPLETE);
    assert_int_equal(60, complete);
    hpt_result_destroy(result);
    runs_assert_threads(threads);
    assert_nothing_is_left();
}

/* What cannot go on. */

static void assert_stands_still(hpt_run *run) {
    assert_int_equal(HPT_EREENTRANT, hpt_run_wait(run, -1));
    assert_int_equal(HPT_EREENTRANT, hpt_run_wait(run, 0.01));
    assert_int_equal(HPT_EREENTRANT, hpt_run_poll(run));
    hpt_run_destroy(run);
}

static void a_simulation_that_was_left_is_cancelled(void **state) {
    (void)state;
    hpt_options options = runs_options(4, 100);
    options.pool = "sim";
    leaves = 1;
    hpt_run *run = runs_start(leave, NULL, &options);
    wait_and_leave(run);
    hpt_result *result = runs_end(run);
    assert_int_equal(1, hpt_result_count(result, HPT_TRIAL_FAILED));
    assert_int_equal(HPT_STOP_CANCELLED, hpt_result_stop(result));
    hpt_result_destroy(result);
    assert_nothing_is_left();
}

static hpt_status jumpy_ask(void *strategy, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)strategy, (void)err;
    if (number >= 5) longjmp(way_out, 1);
    point_out[0].real = 0.5;
    return HPT_OK;
}

static void a_strategy_that_was_left_ends_its_run(void **state) {
    (void)state;
    static const hpt_strategy_class jumpy = {
        .struct_size = sizeof jumpy, .name = "jumpy", .summary = "jumps", .ask = jumpy_ask
    };
    hpt_options options = runs_options(1, 100);
    options.strategy_class = &jumpy;
    options.strategy = NULL;
    hpt_run *run = start_inline(options);
    leaves = 0;
    wait_and_leave(run);
    assert_stands_still(run);
    assert_nothing_is_left();
}

/* What is not left. An objective on a stack of its own, which lies above that of its thread. */

static void      *other_stack;
static hpt_run   *asked;
static hpt_status answer;

static void ask_from_there(void) {
    answer = hpt_run_wait(asked, -1);
}

static hpt_status switch_stacks(hpt_trial *trial, void *user, double *value_out) {
    ucontext_t here, there;
    (void)user;
    asked = hpt_trial_run(trial);
    getcontext(&there);
    there.uc_stack.ss_sp = other_stack;
    there.uc_stack.ss_size = 65536;
    there.uc_link = &here;
    makecontext(&there, ask_from_there, 0);
    swapcontext(&here, &there);
    *value_out = 1;
    return HPT_OK;
}

static void another_stack_is_no_way_out(void **state) {
    (void)state;
    char          room[65536]; /* above the stacks of threads */
    hpt_options   options = runs_options(1, 1);
    unsigned long complete;
    other_stack = room;
    answer = HPT_OK;
    hpt_result *result = runs_end(runs_start(switch_stacks, NULL, &options));
    complete = hpt_result_count(result, HPT_TRIAL_COMPLETE);
    hpt_result_destroy(result);
    assert_int_equal(HPT_EREENTRANT, answer); /* it is inside, as ever */
    assert_int_equal(1, complete);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_next_run_says_that_the_one_before_was_left_and_ends_it, set_up),
        cmocka_unit_test_setup(a_run_that_is_started_says_it_as_well, set_up),
        cmocka_unit_test_setup(runs_left_one_after_the_other_are_each_told, set_up),
        cmocka_unit_test_setup(trials_that_run_are_told_to_stop, set_up),
        cmocka_unit_test_setup(the_affinity_of_the_thread_is_put_back, set_up),
        cmocka_unit_test_setup(a_run_goes_on_without_the_trial_that_was_left, set_up),
        cmocka_unit_test_setup(so_it_does_with_a_limit_a_window_and_a_strategy_that_learns, set_up),
        cmocka_unit_test_setup(a_poll_may_be_left_too, set_up),
        cmocka_unit_test_setup(a_run_may_be_destroyed_after_it_was_left, set_up),
        cmocka_unit_test_setup(other_runs_start_beside_one_that_was_left, set_up),
        cmocka_unit_test_setup(it_is_seen_from_some_calls_further_down, set_up),
        cmocka_unit_test_setup(a_run_in_an_objective_may_be_left_for_that_objective, set_up),
        cmocka_unit_test_setup(a_simulation_that_was_left_is_cancelled, set_up),
        cmocka_unit_test_setup(a_strategy_that_was_left_ends_its_run, set_up),
        cmocka_unit_test_setup(another_stack_is_no_way_out, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
