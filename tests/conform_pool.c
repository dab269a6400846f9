/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every pool keeps the same promises, whoever coordinates; which one is used shows in
 *         nothing but the time.
 * Method: one battery, run for every row of the list of pools and for each coordinator. A pool that
 *         this build lacks must say why. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pool/pool.h"

static const char     *pool; /* under test */
static hpt_coordinator coordinator;

/* Calls of the objective, wherever it runs: in memory that is shared with other processes. */
static atomic_ulong *calls;

static atomic_ulong *calls_from_0(void) {
    atomic_store(calls, 0);
    return calls;
}

static hpt_options pool_options(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.pool = pool;
    options.coordinator = coordinator;
    return options;
}

/* To and fro takes a thousand times as long as a call. */
static bool evaluates_elsewhere(void) {
    const hpi_pool_class *class = NULL;
    return hpi_pool_find(pool, &class, NULL) == HPT_OK && class->evaluate;
}

static void counts_are_exact(void **state) {
    (void)state;
    const uint64_t most = evaluates_elsewhere() ? 1009 : fixture_scaled(10007);
    const uint64_t budgets[] = { 1, 2, 7, 100, most };
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        for (uint32_t workers = 1; workers <= 8; workers++) {
            hpt_options options = pool_options(workers, budgets[i]);
            hpt_result *result = runs_do(runs_count, calls_from_0(), &options);
            assert_int_equal(atomic_load(calls), budgets[i]);
            assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), budgets[i]);
            assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
            hpt_result_destroy(result);
        }
    }
}

static void a_window_gives_the_trace_of_the_reference(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = pool_options(1, fixture_scaled(300));
    trace       reference = { 0 };
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    options.window = 12;
    options.pool = "inline";
    trace_run(&reference, space, trace_slow_sphere, NULL, &options);
    options.pool = pool;
    for (uint32_t workers = 1; workers <= 8; workers++) {
        trace it = { 0 };
        options.worker_count = workers;
        trace_run(&it, space, trace_slow_sphere, NULL, &options);
        trace_assert_equal(&reference, &it);
        trace_free(&it);
    }
    trace_free(&reference);
    hpt_space_destroy(space);
}

static hpt_status fails_thrice(hpt_trial *trial, void *user, double *value_out) {
    (void)runs_count(trial, user, value_out);
    switch (hpt_trial_number(trial) % 4) {
    case 0:
        return hpt_trial_fail(trial, "one");
    case 1:
        return hpt_trial_infeasible(trial, "two");
    case 2:
        return hpt_trial_prune(trial);
    default:
        return HPT_OK;
    }
}

static void failures_are_data(void **state) {
    (void)state;
    hpt_options options = pool_options(3, 4000);
    hpt_result *result = runs_do(fails_thrice, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 1000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 1000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1000);
    assert_int_equal(hpt_result_trial(result) % 4, 3);
    hpt_result_destroy(result);
}

/* Two goals, a constraint and noise: what depends on the trial alone. */
static hpt_status compromise(hpt_trial *trial, void *user, double *values_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    values_out[0] = x + 1e-3 * (double)(hpt_trial_seed(trial, 0) % 7);
    values_out[1] = (1 - x) * (1 - x);
    if (hpt_trial_number(trial) % 11 == 3) return HPT_EFAILED;
    return hpt_trial_constraint(trial, "least", 0.125 - x);
}

static void a_front_is_that_of_the_reference(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "a", HPT_MINIMISE, 1 }, { "b", HPT_MINIMISE, 1 } };
    const hpt_value       first = hpt_real(0.5);
    double                volume = NAN;
    for (uint32_t workers = 1; workers <= 4; workers++) {
        hpt_options options = pool_options(workers, 700);
        options.pool = workers == 1 ? "inline" : pool;
        options.goals = goals;
        options.goal_count = 2;
        options.repeat_count = 3;
        options.points = &first;
        options.point_count = 1;
        hpt_result *result = runs_do(compromise, NULL, &options);
        if (workers == 1) volume = hpt_result_hypervolume(result);
        assert_true(volume > 0.5 && hpt_result_hypervolume(result) == volume);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 64);
        assert_true(hpt_result_count(result, HPT_TRIAL_INFEASIBLE) > 30);
        assert_true(hpt_result_front_count(result) > 20);
        hpt_result_destroy(result);
    }
}

static hpt_status cancel_at_50(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 50) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_NOW);
    return runs_count(trial, user, value_out);
}

static void a_cancel_ends_the_run_and_loses_nothing(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 8; workers++) {
        hpt_options options = pool_options(workers, HPT_UNLIMITED);
        hpt_result *result = runs_do(cancel_at_50, calls_from_0(), &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), atomic_load(calls));
        hpt_result_destroy(result);
    }
}

static void the_wall_limit_ends_the_run(void **state) {
    (void)state;
    hpt_options options = pool_options(2, HPT_UNLIMITED);
    options.wall_s_max = 0.05;
    hpt_result *result = runs_do(runs_until_stopped, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    hpt_result_destroy(result);
}

static void a_trial_that_overruns_is_a_timeout(void **state) {
    (void)state;
    hpt_options options = pool_options(2, 3);
    runs_ask_to_stop_after(&options, 0.02);
    hpt_result *result = runs_do(runs_until_stopped, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 3);
    hpt_result_destroy(result);
}

static hpt_status nested(hpt_trial *trial, void *user, double *value_out) {
    hpt_options options = pool_options(2, 20);
    hpt_result *result = NULL;
    (void)user;
    hpt_status status =
        hpt_parallel_run(hpt_trial_space(trial), runs_count, NULL, &options, &result, NULL);
    if (status != HPT_OK) return status;
    *value_out = (double)hpt_result_count(result, HPT_TRIAL_COMPLETE);
    hpt_result_destroy(result);
    return HPT_OK;
}

static void a_run_inside_an_objective_works(void **state) {
    (void)state;
    hpt_options options = pool_options(2, 20);
    hpt_result *result = runs_do(nested, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    assert_float_equal(hpt_result_value(result), 20, 0);
    hpt_result_destroy(result);
}

/* Reports, of which the pruner makes the most with a window; and all else that an objective may
 * say. */
static hpt_status learns(hpt_trial *trial, void *user, double *value_out) {
    double  x = hpt_trial_real_at(trial, 0);
    int64_t step = 1;
    (void)user;
    for (; step < 9; step++)
        if (hpt_trial_report(trial, step, x + 1 / (double)step) == HPT_EPRUNED) return HPT_EPRUNED;
    hpt_trial_set_attr(trial, "steps", hpt_int(step));
    *value_out = x + (double)(hpt_trial_seed(trial, 1) % 5) * 1e-3;
    return HPT_OK;
}

static void a_pruner_decides_as_with_the_reference(void **state) {
    (void)state;
    trace       reference = { 0 };
    hpt_options options = pool_options(1, fixture_scaled(200));
    options.window = 8;
    options.pruner = "median:startup_trials=4";
    options.pool = "inline";
    hpt_result *result = runs_traced(&reference, learns, NULL, options);
    uint64_t    pruned = hpt_result_count(result, HPT_TRIAL_PRUNED);
    assert_true(fixture_scaled(100) < 100 || pruned > 20);
    hpt_result_destroy(result);
    options.pool = pool;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        trace it = { 0 };
        options.worker_count = workers;
        result = runs_traced(&it, learns, NULL, options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), pruned);
        trace_assert_equal(&reference, &it);
        trace_free(&it);
        hpt_result_destroy(result);
    }
    trace_free(&reference);
}

static hpt_status judge_worker(hpt_trial *trial, void *user, double *value_out) {
    *value_out = 0;
    return hpt_trial_worker(trial) < *(const uint32_t *)user ? HPT_OK : HPT_EBUG;
}

static void workers_are_numbered_from_0(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 8; workers++) {
        hpt_options options = pool_options(workers, 500);
        hpt_result *result = runs_do(judge_worker, &workers, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 500);
        assert_true(hpt_result_stats(result)->worker_count >= 1);
        assert_true(hpt_result_stats(result)->worker_count <= workers);
        hpt_result_destroy(result);
    }
}

static void pinning_changes_no_result(void **state) {
    (void)state;
    hpt_options options = pool_options(3, 500);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    options.pin = true;
    hpt_result *pinned = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_trial(result), hpt_result_trial(pinned));
    hpt_result_destroy(result);
    hpt_result_destroy(pinned);
}

static void a_run_is_started_polled_and_destroyed(void **state) {
    (void)state;
    size_t      threads = runs_threads();
    hpt_options options = pool_options(2, 200);
    hpt_run    *run = runs_start(runs_count, NULL, &options);
    while (hpt_run_poll(run) != HPT_OK)
        runs_sleep_ms(1);
    hpt_result_destroy(runs_end(run));
    options.trial_count_max = 0;
    hpt_run_destroy(runs_start(runs_until_stopped, NULL, &options));
    runs_assert_threads(threads);
}

/* The battery, for one row. */
static int conform(const hpi_pool_class *class, hpt_coordinator who) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact),
        cmocka_unit_test(a_window_gives_the_trace_of_the_reference),
        cmocka_unit_test(failures_are_data),
        cmocka_unit_test(a_front_is_that_of_the_reference),
        cmocka_unit_test(a_cancel_ends_the_run_and_loses_nothing),
        cmocka_unit_test(the_wall_limit_ends_the_run),
        cmocka_unit_test(a_trial_that_overruns_is_a_timeout),
        cmocka_unit_test(a_run_inside_an_objective_works),
        cmocka_unit_test(a_pruner_decides_as_with_the_reference),
        cmocka_unit_test(workers_are_numbered_from_0),
        cmocka_unit_test(pinning_changes_no_result),
        cmocka_unit_test(a_run_is_started_polled_and_destroyed),
    };
    char name[64];
    snprintf(name, sizeof name, "%s, %s", class->info.name,
             who == HPT_COORDINATOR_CALLER ? "the caller coordinates" : "workers coordinate");
    pool = class->info.name;
    coordinator = who;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

static void every_row_is_complete_and_found_by_its_name(void **state) {
    (void)state;
    const hpi_pool_class *row, *found;
    for (size_t i = 0; (row = hpi_pool_at(i)); i++) {
        assert_true(row->info.name && *row->info.name && row->info.summary && *row->info.summary);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(row->info.name, hpi_pool_at(j)->info.name);
        assert_ptr_equal(hpt_pool_at(i), &row->info);
        assert_int_equal(row->info.struct_size, sizeof(hpt_pool_info));
        if (row->info.absent) continue;
        assert_true(row->start && row->join);
        assert_int_equal(hpi_pool_find(row->info.name, &found, NULL), HPT_OK);
        assert_ptr_equal(found, row);
    }
    assert_null(hpi_pool_at(SIZE_MAX));
    assert_null(hpt_pool_at(SIZE_MAX));
}

static void a_pool_that_is_absent_says_why(void **state) {
    (void)state;
    const hpi_pool_class *row;
    for (size_t i = 0; (row = hpi_pool_at(i)); i++) {
        hpt_options options = runs_options(1, 1);
        options.pool = row->info.name;
        if (row->info.absent) runs_assert_refused(&options, HPT_EBUILD, row->info.absent);
    }
}

static void an_unknown_pool_is_answered_with_the_closest_match(void **state) {
    (void)state;
    const hpi_pool_class *untouched = (const hpi_pool_class *)(const void *)&pool,
                         *found = untouched;
    hpt_err err;
    assert_int_equal(hpi_pool_find("inlin", &found, &err), HPT_EABSENT);
    assert_string_equal(err.text, "there is no pool \"inlin\"; closest match: \"inline\"");
    assert_int_equal(hpi_pool_find("", &found, &err), HPT_EABSENT);
    runs_assert_says(err.text, "there is no pool \"\"; there are: inline, threads");
    assert_ptr_equal(found, untouched);
}

int main(void) {
    calls = fixture_shared(sizeof *calls);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete_and_found_by_its_name),
        cmocka_unit_test(a_pool_that_is_absent_says_why),
        cmocka_unit_test(an_unknown_pool_is_answered_with_the_closest_match),
    };
    int                   failures = cmocka_run_group_tests_name("list", tests, NULL, NULL);
    const hpi_pool_class *row;
    for (size_t i = 0; (row = hpi_pool_at(i)); i++)
        if (!row->info.absent)
            failures +=
                conform(row, HPT_COORDINATOR_WORKERS) + conform(row, HPT_COORDINATOR_CALLER);
    return failures;
}
