/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run stops where its limits say, not one trial later, and says which limit it was.
 * Method: objectives that count their calls; every limit alone, at 1 to 8 workers, with strategies
 * that learn and with candidates that workers make themselves. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <string.h>

static const uint32_t worker_counts[] = { 1, 2, 3, 8 };
static const uint64_t budgets[] = { 1, 2, 7, 100, 10007 };

/* One run each for all budgets and worker counts: as many calls as the budget, all complete. */
static void assert_budgets_are_exact(hpt_options options) {
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        for (size_t j = 0; j < sizeof worker_counts / sizeof *worker_counts; j++) {
            atomic_ulong calls = 0;
            options.trial_count_max = budgets[i];
            options.worker_count = worker_counts[j];
            hpt_result *result = runs_do(runs_count, &calls, &options);
            assert_int_equal(atomic_load(&calls), budgets[i]);
            assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), budgets[i]);
            assert_int_equal(hpt_result_stats(result)->trial_count, budgets[i]);
            assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
            hpt_result_destroy(result);
        }
    }
}

static void a_budget_is_exact_when_workers_make_their_candidates(void **state) {
    (void)state;
    assert_budgets_are_exact(runs_options(0, 0));
}

static void a_budget_is_exact_when_the_strategy_learns(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_budgets_are_exact(options);
}

static void a_budget_is_exact_with_a_window(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.window = 16;
    assert_budgets_are_exact(options);
}

static void a_budget_is_exact_inline(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.pool = "inline";
    assert_budgets_are_exact(options);
}

/* Finite strategies. */

static void assert_runs_five(hpt_options options, hpt_stop stop) {
    hpt_value    points[] = { hpt_real(0.1), hpt_real(0.2), hpt_real(0.3), hpt_real(0.4),
                              hpt_real(0.5) };
    atomic_ulong calls = 0;
    options.strategy = "list";
    options.points = points;
    options.point_count = 5;
    hpt_result *result = runs_do(runs_count, &calls, &options);
    assert_int_equal(atomic_load(&calls), 5);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 5);
    assert_int_equal(hpt_result_stop(result), stop);
    assert_float_equal(hpt_result_real(result, "x"), 0.1, 0);
    hpt_result_destroy(result);
}

static void a_budget_larger_than_the_list_ends_as_exhausted(void **state) {
    (void)state;
    assert_runs_five(runs_options(3, 100), HPT_STOP_EXHAUSTED);
    assert_runs_five(runs_options(8, HPT_UNLIMITED), HPT_STOP_EXHAUSTED);
}

static void a_list_needs_no_budget(void **state) {
    (void)state;
    assert_runs_five(runs_options(2, 0), HPT_STOP_EXHAUSTED);
}

static void a_budget_as_long_as_the_list_ends_as_trials(void **state) {
    (void)state;
    assert_runs_five(runs_options(2, 5), HPT_STOP_TRIALS);
}

static void a_budget_larger_than_the_grid_ends_as_exhausted(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(8, 10007);
    options.strategy = "grid:points=9";
    hpt_result *result = runs_do(runs_count, &calls, &options);
    assert_int_equal(atomic_load(&calls), 9);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_EXHAUSTED);
    assert_float_equal(hpt_result_value(result), 0, 0);
    hpt_result_destroy(result);
}

/* Time. */

static void the_wall_limit_stops_trials_that_ask(void **state) {
    (void)state;
    for (size_t j = 0; j < sizeof worker_counts / sizeof *worker_counts; j++) {
        atomic_ulong calls = 0;
        hpt_options  options = runs_options(worker_counts[j], 0);
        options.wall_s_max = 0.05;
        hpt_result *result = runs_do(runs_until_stopped, &calls, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                         hpt_result_stats(result)->trial_count);
        assert_true(atomic_load(&calls) <= hpt_result_stats(result)->trial_count);
        assert_true(hpt_result_stats(result)->wall_s >= 0.05);
        hpt_result_destroy(result);
    }
}

static hpt_status five_ms(hpt_trial *trial, void *user, double *value_out) {
    runs_sleep_ms(5);
    return runs_count(trial, user, value_out);
}

static void the_wall_limit_stops_between_trials_that_never_ask(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, 1000000);
    options.wall_s_max = 0.1;
    hpt_result *result = runs_do(five_ms, &calls, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), atomic_load(&calls));
    hpt_result_destroy(result);
}

/* With a large window all candidates are asked for at the start, so "all asked" is reached long
 * before the time is up. */
static void the_wall_limit_holds_when_all_candidates_are_asked_for(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(1, 1000);
    options.window = 1000;
    options.wall_s_max = 0.1;
    hpt_result *result = runs_do(five_ms, &calls, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_true(atomic_load(&calls) < 1000);
    assert_int_equal(hpt_result_stats(result)->trial_count, 1000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), atomic_load(&calls));
    hpt_result_destroy(result);
}

static void a_wall_limit_below_the_clock_is_still_a_limit(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 1000);
    options.wall_s_max = 1e-12;
    hpt_result *result = runs_do(five_ms, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    hpt_result_destroy(result);
}

static void a_budget_that_ends_before_the_wall_limit_is_not_called_a_time_out(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 100);
    options.wall_s_max = 1e300;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    hpt_result_destroy(result);
}

/* Values. */

static hpt_status minus_number(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = runs_count(trial, user, value_out);
    *value_out = -(double)hpt_trial_number(trial);
    return status;
}

static hpt_status number(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = runs_count(trial, user, value_out);
    *value_out = (double)hpt_trial_number(trial);
    return status;
}

static void the_target_stops_a_run_that_minimises(void **state) {
    (void)state;
    for (size_t j = 0; j < sizeof worker_counts / sizeof *worker_counts; j++) {
        hpt_options options = runs_options(worker_counts[j], 10000000);
        options.target = -50;
        hpt_result *result = runs_do(minus_number, NULL, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
        assert_true(hpt_result_value(result) <= -50);
        assert_true(hpt_result_stats(result)->trial_count < 10000000);
        hpt_result_destroy(result);
    }
}

static void the_target_stops_a_run_that_maximises(void **state) {
    (void)state;
    hpt_options options = runs_options(3, 10000000);
    options.target = 50;
    options.direction = HPT_MAXIMISE;
    hpt_result *result = runs_do(number, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_true(hpt_result_value(result) >= 50);
    hpt_result_destroy(result);
}

static void a_target_met_exactly_at_one_trial_in_flight_stops_at_that_trial(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(4, 1000);
    options.window = 1;
    options.target = -50;
    hpt_result *result = runs_do(minus_number, &calls, &options);
    assert_int_equal(hpt_result_trial(result), 50);
    assert_int_equal(atomic_load(&calls), 51);
    assert_int_equal(hpt_result_stats(result)->trial_count, 51);
    hpt_result_destroy(result);
}

static void a_target_met_by_the_last_trial_is_told_as_the_target(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 51);
    options.target = -50;
    hpt_result *result = runs_do(minus_number, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    hpt_result_destroy(result);
}

static void a_target_out_of_reach_does_not_stop(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 100);
    options.target = -1000;
    hpt_result *result = runs_do(minus_number, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    hpt_result_destroy(result);
}

static hpt_status constant(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = runs_count(trial, user, value_out);
    *value_out = 42;
    return status;
}

static void no_improvement_stops_after_exactly_that_many_trials(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, 10000);
    options.window = 1;
    options.stale_count_max = 20;
    hpt_result *result = runs_do(constant, &calls, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_STALE);
    assert_int_equal(atomic_load(&calls), 21); /* the first improved */
    hpt_result_destroy(result);
}

static void no_improvement_stops_at_any_number_of_workers(void **state) {
    (void)state;
    for (size_t j = 0; j < sizeof worker_counts / sizeof *worker_counts; j++) {
        hpt_options options = runs_options(worker_counts[j], 0);
        options.stale_count_max = 100;
        hpt_result *result = runs_do(constant, NULL, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_STALE);
        assert_true(hpt_result_count(result, HPT_TRIAL_COMPLETE) > 100);
        hpt_result_destroy(result);
    }
}

/* Failures. */

static hpt_status fails(hpt_trial *trial, void *user, double *value_out) {
    (void)runs_count(trial, user, value_out);
    return hpt_trial_fail(trial, "trial %d diverged", (int)hpt_trial_number(trial));
}

static void assert_all_failed(const hpt_result *result) {
    assert_int_equal(hpt_result_stop(result), HPT_STOP_ALL_FAILED);
    runs_assert_says(hpt_result_stop_text(result), "every trial failed");
    runs_assert_says(hpt_result_stop_text(result), "diverged");
    assert_false(hpt_result_has_best(result));
    assert_true(isnan(hpt_result_value(result)));
    assert_true(isnan(hpt_result_real(result, "x")));
    assert_int_equal(hpt_result_param(result, "x").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_attr(result, "a").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_trial(result), UINT64_MAX);
}

static void a_thousand_failures_and_nothing_else_stop_a_run(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, HPT_UNLIMITED);
    options.window = 1;
    hpt_result *result = runs_do(fails, &calls, &options);
    assert_all_failed(result);
    runs_assert_says(hpt_result_stop_text(result), "trial 0 diverged");
    assert_int_equal(atomic_load(&calls), 1000);
    hpt_result_destroy(result);
}

static void always_failing_stops_at_any_number_of_workers(void **state) {
    (void)state;
    for (size_t j = 0; j < sizeof worker_counts / sizeof *worker_counts; j++) {
        hpt_options options = runs_options(worker_counts[j], HPT_UNLIMITED);
        options.fruitless_count_max = 10;
        hpt_result *result = runs_do(fails, NULL, &options);
        assert_all_failed(result);
        assert_true(hpt_result_count(result, HPT_TRIAL_FAILED) >= 10);
        hpt_result_destroy(result);
    }
}

static void without_that_limit_the_whole_budget_may_fail(void **state) {
    (void)state;
    hpt_options options = runs_options(3, 3000);
    options.fruitless_count_max = 0;
    hpt_result *result = runs_do(fails, NULL, &options);
    assert_all_failed(result);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 3000);
    hpt_result_destroy(result);
}

static hpt_status fails_but_once(hpt_trial *trial, void *user, double *value_out) {
    hpt_status once = *(const hpt_status *)user;
    *value_out = 1;
    if (hpt_trial_number(trial) == 3) return once;
    return hpt_trial_fail(trial, "diverged");
}

static void one_fruit_is_enough_to_go_on(void **state) {
    (void)state;
    static const hpt_status fruits[] = { HPT_OK, HPT_EPRUNED };
    for (int i = 0; i < 2; i++) {
        hpt_options options = runs_options(1, 3000);
        options.fruitless_count_max = 100;
        hpt_result *result = runs_do(fails_but_once, (void *)&fruits[i], &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 2999);
        hpt_result_destroy(result);
    }
}

/* No limit at all. */

static void a_run_without_any_limit_is_refused_with_a_sentence(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 0);
    runs_assert_refused(&options, HPT_EINVAL, "trial_count_max");
    runs_assert_refused(NULL, HPT_EINVAL, "nothing would ever end this run");
}

static hpt_status cancels_at_5000(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 5000) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    return runs_count(trial, user, value_out);
}

static void unlimited_said_on_purpose_runs_until_cancelled(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, HPT_UNLIMITED);
    hpt_result  *result = runs_do(cancels_at_5000, &calls, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), atomic_load(&calls));
    hpt_result_destroy(result);
}

/* Order. */

typedef struct order {
    uint64_t next, wrong_count;
} order;

static hpt_status keep_order(hpt_trial *trial, void *user, double *value_out) {
    order *it = user;
    if (hpt_trial_number(trial) != it->next++) it->wrong_count++;
    return runs_count(trial, NULL, value_out);
}

static void one_worker_evaluates_trials_in_the_order_of_their_numbers(void **state) {
    (void)state;
    static const char *const pools[] = { "threads", "inline" };
    for (int i = 0; i < 2; i++) {
        order       it = { 0 };
        hpt_options options = runs_options(1, 10007);
        options.pool = pools[i];
        hpt_result_destroy(runs_do(keep_order, &it, &options));
        assert_int_equal(it.wrong_count, 0);
    }
}

/* Which is best. */

static hpt_status first_is_slow(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 0) runs_sleep_ms(50);
    return constant(trial, user, value_out);
}

static void ties_go_to_the_lowest_number(void **state) {
    (void)state;
    hpt_options options = runs_options(8, 200);
    hpt_result *result = runs_do(first_is_slow, NULL, &options);
    assert_int_equal(hpt_result_trial(result), 0);
    hpt_result_destroy(result);
}

static hpt_status keep_value(hpt_trial *trial, void *user, double *value_out) {
    double *values = user;
    *value_out = hpt_trial_real_at(trial, 0);
    values[hpt_trial_number(trial)] = *value_out;
    return HPT_OK;
}

static void assert_best_is(hpt_direction direction) {
    enum { TRIALS = 5000 };
    static double values[TRIALS];
    hpt_options   options = runs_options(3, TRIALS);
    options.direction = direction;
    hpt_result *result = runs_do(keep_value, values, &options);
    int         best = 0;
    for (int i = 1; i < TRIALS; i++)
        if (direction == HPT_MINIMISE ? values[i] < values[best] : values[i] > values[best])
            best = i;
    assert_int_equal(hpt_result_trial(result), best);
    assert_memory_equal(&(double){ hpt_result_value(result) }, &values[best], sizeof(double));
    assert_memory_equal(&(double){ hpt_result_real(result, "x") }, &values[best], sizeof(double));
    hpt_result_destroy(result);
}

static void the_best_is_the_least_of_all_values(void **state) {
    (void)state;
    assert_best_is(HPT_MINIMISE);
}

static void maximising_the_best_is_the_greatest(void **state) {
    (void)state;
    assert_best_is(HPT_MAXIMISE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_budget_is_exact_when_workers_make_their_candidates),
        cmocka_unit_test(a_budget_is_exact_when_the_strategy_learns),
        cmocka_unit_test(a_budget_is_exact_with_a_window),
        cmocka_unit_test(a_budget_is_exact_inline),
        cmocka_unit_test(a_budget_larger_than_the_list_ends_as_exhausted),
        cmocka_unit_test(a_list_needs_no_budget),
        cmocka_unit_test(a_budget_as_long_as_the_list_ends_as_trials),
        cmocka_unit_test(a_budget_larger_than_the_grid_ends_as_exhausted),
        cmocka_unit_test(the_wall_limit_stops_trials_that_ask),
        cmocka_unit_test(the_wall_limit_stops_between_trials_that_never_ask),
        cmocka_unit_test(the_wall_limit_holds_when_all_candidates_are_asked_for),
        cmocka_unit_test(a_wall_limit_below_the_clock_is_still_a_limit),
        cmocka_unit_test(a_budget_that_ends_before_the_wall_limit_is_not_called_a_time_out),
        cmocka_unit_test(the_target_stops_a_run_that_minimises),
        cmocka_unit_test(the_target_stops_a_run_that_maximises),
        cmocka_unit_test(a_target_met_exactly_at_one_trial_in_flight_stops_at_that_trial),
        cmocka_unit_test(a_target_met_by_the_last_trial_is_told_as_the_target),
        cmocka_unit_test(a_target_out_of_reach_does_not_stop),
        cmocka_unit_test(no_improvement_stops_after_exactly_that_many_trials),
        cmocka_unit_test(no_improvement_stops_at_any_number_of_workers),
        cmocka_unit_test(a_thousand_failures_and_nothing_else_stop_a_run),
        cmocka_unit_test(always_failing_stops_at_any_number_of_workers),
        cmocka_unit_test(without_that_limit_the_whole_budget_may_fail),
        cmocka_unit_test(one_fruit_is_enough_to_go_on),
        cmocka_unit_test(a_run_without_any_limit_is_refused_with_a_sentence),
        cmocka_unit_test(unlimited_said_on_purpose_runs_until_cancelled),
        cmocka_unit_test(one_worker_evaluates_trials_in_the_order_of_their_numbers),
        cmocka_unit_test(ties_go_to_the_lowest_number),
        cmocka_unit_test(the_best_is_the_least_of_all_values),
        cmocka_unit_test(maximising_the_best_is_the_greatest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
