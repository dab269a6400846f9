/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run that is asked to stop ends when it was promised: FINISH becomes NOW after its time,
 *         and what goes on after NOW is given up after the grace, if there is one.
 * Method: objectives that end when they are told, and some that do not; real time and virtual. */
#include "hanging.h"

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A long time, and how late a busy machine may be. */
enum { LONG_S = 1000, LATE_MS = 25000 };

typedef struct begun {
    hanging      hanging;
    atomic_ulong calls;
} begun;

static hpt_status hang(hpt_trial *trial, void *user, double *value_out) {
    begun *it = user;
    atomic_fetch_add(&it->calls, 1);
    return hanging_trial(trial, &it->hanging, value_out);
}

/* NOW, and after the grace. */

static void after_the_grace_a_run_ends_without_its_trials(void **state) {
    (void)state;
    begun       it = { .hanging.every = 1 };
    hpt_options options = runs_options(2, 10);
    options.grace_s = 0.1;
    hanging_begin(&it.hanging);
    hpt_run *run = runs_start(hang, &it, &options);
    assert_true(runs_wait_for(&it.calls, 2));
    double start_s = now_s();
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result *result = runs_end(run);
    assert_in_range((unsigned long)((now_s() - start_s) * 1e3), 95, LATE_MS);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_stats(result)->lost_count, 2);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                     hpt_result_stats(result)->trial_count);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

/* The switch of the user's calls nobody. */
static void the_grace_counts_from_when_a_switch_was_raised(void **state) {
    (void)state;
    begun       it = { .hanging.every = 1 };
    hpt_cancel  cancel = { 0 };
    hpt_options options = runs_options(1, 10);
    options.grace_s = 0.1;
    options.cancel = &cancel;
    hanging_begin(&it.hanging);
    hpt_run *run = runs_start(hang, &it, &options);
    assert_true(runs_wait_for(&it.calls, 1));
    runs_sleep_ms(200); /* that has nothing to do with it */
    double start_s = now_s();
    hpt_cancel_raise(&cancel, HPT_CANCEL_NOW);
    hpt_result_destroy(runs_end(run));
    assert_in_range((unsigned long)((now_s() - start_s) * 1e3), 95, LATE_MS);
    hanging_end(&it.hanging);
}

static void without_a_grace_a_trial_without_limit_is_waited_for(void **state) {
    (void)state;
    begun       it = { .hanging.every = 1 };
    hpt_options options = runs_options(1, 10);
    hanging_begin(&it.hanging);
    hpt_run *run = runs_start(hang, &it, &options);
    assert_true(runs_wait_for(&it.calls, 1));
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    assert_int_equal(hpt_run_wait(run, 0.3), HPT_EAGAIN);
    atomic_store(&it.hanging.is_released, 1);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stats(result)->lost_count, 0);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

static void the_wall_limit_has_the_same_grace(void **state) {
    (void)state;
    begun       it = { .hanging.every = 1 };
    hpt_options options = runs_options(2, 10);
    options.wall_s_max = 2; /* both are at it by then */
    options.grace_s = 0.1;
    hanging_begin(&it.hanging);
    hpt_result *result = runs_do(hang, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_int_equal(hpt_result_stats(result)->lost_count, 2);
    double wall_s = hpt_result_stats(result)->wall_s;
    assert_true(wall_s >= 2.095 && wall_s < LATE_MS * 1e-3);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

static void who_ends_within_the_grace_is_not_lost(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, 10);
    options.grace_s = 30;
    hpt_run *run = runs_start(runs_until_stopped, &calls, &options);
    assert_true(runs_wait_for(&calls, 2));
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stats(result)->lost_count, 0);
    hpt_result_destroy(result);
}

/* FINISH, and NOW after a time. */

typedef hpt_status (*stopping)(hpt_run *run, hpt_cancel *cancel);

static hpt_status stop_within(hpt_run *run, hpt_cancel *cancel) {
    (void)cancel;
    hpt_run_cancel_within(run, 0.1);
    return HPT_OK;
}

static hpt_status stop_run(hpt_run *run, hpt_cancel *cancel) {
    (void)cancel;
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    return HPT_OK;
}

static hpt_status raise_switch(hpt_run *run, hpt_cancel *cancel) {
    (void)run;
    hpt_cancel_raise(cancel, HPT_CANCEL_FINISH);
    return HPT_OK;
}

static hpt_status stop_within_long(hpt_run *run, hpt_cancel *cancel) {
    (void)cancel;
    hpt_run_cancel_within(run, 0.1);
    hpt_run_cancel_within(run, LONG_S); /* the earliest end counts */
    return HPT_OK;
}

static void assert_ends_after_its_time(stopping stop, double drain_s) {
    atomic_ulong calls = 0;
    hpt_cancel   cancel = { 0 };
    hpt_options  options = runs_options(2, 50);
    options.drain_s = drain_s;
    options.cancel = &cancel;
    hpt_run *run = runs_start(runs_until_stopped, &calls, &options);
    assert_true(runs_wait_for(&calls, 2));
    runs_sleep_ms(50);
    double start_s = now_s();
    stop(run, &cancel);
    hpt_result *result = runs_end(run);
    assert_in_range((unsigned long)((now_s() - start_s) * 1e3), 95, LATE_MS);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(atomic_load(&calls), 2);
    hpt_result_destroy(result);
}

static void finish_becomes_now_after_its_time(void **state) {
    (void)state;
    assert_ends_after_its_time(stop_within, NAN);
    assert_ends_after_its_time(stop_within, LONG_S);
    assert_ends_after_its_time(stop_within_long, NAN);
    assert_ends_after_its_time(stop_run, 0.1);
    assert_ends_after_its_time(raise_switch, 0.1);
}

static hpt_status tell_left(hpt_trial *trial, void *user, double *value_out) {
    double *left_s = user;
    hpt_run_cancel_within(hpt_trial_run(trial), LONG_S);
    *left_s = hpt_trial_left_s(trial);
    *value_out = hpt_trial_should_stop(trial);
    return HPT_OK;
}

static void a_trial_is_told_how_long_it_may_go_on(void **state) {
    (void)state;
    for (int i = 0; i < RUNS_POOLS; i++) {
        double      left_s = 0;
        hpt_options options = runs_options(1, 1);
        options.pool = runs_pools[i];
        assert_true(runs_once(tell_left, &left_s, options).value == 0);
        assert_true(left_s > LONG_S / 2.0 && left_s <= LONG_S);
    }
}

static void at_once_is_at_once(void **state) {
    (void)state;
    static const double times[] = { 0, -1, NAN };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        atomic_ulong calls = 0;
        hpt_options  options = runs_options(1, 10);
        hpt_run     *run = runs_start(runs_until_stopped, &calls, &options);
        assert_true(runs_wait_for(&calls, 1));
        hpt_run_cancel_within(run, times[i]);
        hpt_result_destroy(runs_end(run));
        assert_int_equal(atomic_load(&calls), 1);
    }
    hpt_run_cancel_within(NULL, 1); /* does nothing */
}

static void what_hangs_is_given_up_after_both_times(void **state) {
    (void)state;
    begun       it = { .hanging.every = 1 };
    hpt_options options = runs_options(2, 50);
    options.drain_s = 0.1;
    options.grace_s = 0.1;
    hanging_begin(&it.hanging);
    hpt_run *run = runs_start(hang, &it, &options);
    assert_true(runs_wait_for(&it.calls, 2));
    double start_s = now_s();
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    hpt_result *result = runs_end(run);
    assert_in_range((unsigned long)((now_s() - start_s) * 1e3), 195, LATE_MS);
    assert_int_equal(hpt_result_stats(result)->lost_count, 2);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

static hpt_status stop_myself(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    return runs_until_stopped(trial, NULL, value_out);
}

static void the_pool_inline_keeps_its_time_too(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 10);
    options.pool = "inline";
    options.drain_s = 0.1;
    hpt_result *result = runs_do(stop_myself, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED), 1);
    double wall_s = hpt_result_stats(result)->wall_s;
    assert_true(wall_s >= 0.095 && wall_s < LATE_MS * 1e-3);
    hpt_result_destroy(result);
}

/* In virtual time. */

static hpt_status take_100_s(hpt_trial *trial, void *user, double *value_out) {
    const double *within_s = user;
    hpt_trial_spend(trial, 100);
    *value_out = 1;
    if (hpt_trial_number(trial) != 7) return HPT_OK;
    if (*within_s >= 0)
        hpt_run_cancel_within(hpt_trial_run(trial), *within_s);
    else
        hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    return HPT_OK;
}

/* Trials 4 to 7 begin at 100 s; what begins there ends at 200 s, or with its time. */
static double virtual_end_s(double within_s, double drain_s, uint64_t complete) {
    hpt_options options = runs_options(4, 100);
    options.pool = "sim:time=constant,mean=1";
    options.drain_s = drain_s;
    hpt_result *result = runs_do(take_100_s, &within_s, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), complete);
    double wall_s = hpt_result_stats(result)->wall_s;
    hpt_result_destroy(result);
    return wall_s;
}

static void virtual_time_is_kept_to_the_second(void **state) {
    (void)state;
    assert_in_range((unsigned long)virtual_end_s(30, NAN, 4), 130, 130);
    assert_in_range((unsigned long)virtual_end_s(-1, 30, 4), 130, 130);
    assert_in_range((unsigned long)virtual_end_s(50, 30, 4), 130, 130);
    assert_in_range((unsigned long)virtual_end_s(30, 50, 4), 130, 130);
    assert_in_range((unsigned long)virtual_end_s(LONG_S, NAN, 8), 200, 200);
    assert_in_range((unsigned long)virtual_end_s(-1, NAN, 8), 200, 200);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(after_the_grace_a_run_ends_without_its_trials),
    cmocka_unit_test(the_grace_counts_from_when_a_switch_was_raised),
    cmocka_unit_test(without_a_grace_a_trial_without_limit_is_waited_for),
    cmocka_unit_test(the_wall_limit_has_the_same_grace),
    cmocka_unit_test(who_ends_within_the_grace_is_not_lost),
    cmocka_unit_test(finish_becomes_now_after_its_time),
    cmocka_unit_test(a_trial_is_told_how_long_it_may_go_on),
    cmocka_unit_test(at_once_is_at_once),
    cmocka_unit_test(what_hangs_is_given_up_after_both_times),
    cmocka_unit_test(the_pool_inline_keeps_its_time_too),
    cmocka_unit_test(virtual_time_is_kept_to_the_second),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
