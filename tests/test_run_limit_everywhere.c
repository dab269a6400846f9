/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   workers are written off in every kind of run: whoever coordinates, with blocks of many
 *         trials, repeats, several goals, a window or a study file, and with runs in objectives.
 * Method: objectives that hang until the test is over. */
#include "hanging.h"

#include <stdio.h>
#include <string.h>

static void assert_goes_on(const hpt_options *options, hanging *it) {
    hanging_begin(it);
    hpt_result *result = runs_do(hanging_trial, it, options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), it->count);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE),
                     options->trial_count_max - it->count);
    hpt_result_destroy(result);
    hanging_end(it);
}

static void it_works_when_the_caller_coordinates(void **state) {
    (void)state;
    hanging     it = { .trials = { 3, 50 }, .count = 2 };
    hpt_options options = hanging_options(2, 100);
    options.coordinator = HPT_COORDINATOR_CALLER;
    assert_goes_on(&options, &it);
}

static void when_the_caller_coordinates_it_hears_that_no_worker_is_left(void **state) {
    (void)state;
    hanging     it = { .every = 1 };
    hpt_options options = hanging_options(2, 50);
    options.lost_count_max = 1;
    options.coordinator = HPT_COORDINATOR_CALLER;
    hanging_begin(&it);
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void one_worker_that_is_lost_leaves_the_rest_of_its_block(void **state) {
    (void)state;
    hanging     it = { .trials = { 700, 1999 }, .count = 2 };
    hpt_options options = hanging_options(1, 2000);
    assert_goes_on(&options, &it);
}

static void it_works_with_repeats(void **state) {
    (void)state;
    hanging     it = { .trials = { 2 }, .count = 1 };
    hpt_options options = hanging_options(2, 30);
    options.repeat_count = 3;
    assert_goes_on(&options, &it);
}

static hpt_status two_values(hpt_trial *trial, void *user, double *values_out) {
    values_out[1] = 1;
    return hanging_trial(trial, user, values_out);
}

static void it_works_with_several_goals(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MAXIMISE, NAN } };
    hanging               it = { .trials = { 2 }, .count = 1 };
    hpt_options           options = hanging_options(2, 30);
    options.goals = goals;
    options.goal_count = 2;
    hanging_begin(&it);
    hpt_result *result = runs_do(two_values, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 29);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void with_a_window_trials_that_return_are_the_same(void **state) {
    (void)state;
    trace one = { 0 }, more = { 0 };
    for (int i = 0; i < 2; i++) {
        hanging     it = { .trials = { 5, 20 }, .count = 2 };
        hpt_options options = hanging_options(i == 0 ? 1 : 3, 60);
        options.window = 8;
        options.strategy_class = &trace_learner;
        options.strategy = NULL;
        hanging_begin(&it);
        hpt_result_destroy(runs_traced(i == 0 ? &one : &more, hanging_trial, &it, options));
        hanging_end(&it);
    }
    trace_assert_equal(&one, &more);
    trace_free(&one);
    trace_free(&more);
}

static void remove_study(const char *folder, const char *path) {
    static const char *const ends[] = { "", "-wal", "-shm", ".hold", ".lock" };
    char                     name[128];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
    remove(folder);
}

static void it_works_with_a_study_file_however_that_is_written(void **state) {
    (void)state;
    static const char *const names[] = { "one.journal", "each.journal", "shared.db" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char        folder[64], path[96];
        hanging     it = { .trials = { 2, 9 }, .count = 2 };
        hpt_options options = hanging_options(2, 20);
        assert_true(fixture_folder(folder, "limit"));
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        options.study = path;
        options.sync = i == 0 ? HPT_SYNC_GROUP : HPT_SYNC_EACH;
        options.shared = i == 2;
        assert_goes_on(&options, &it);
        remove_study(folder, path);
    }
}

static void the_last_results_are_kept_when_no_worker_is_left(void **state) {
    (void)state;
    char        folder[64], path[96];
    hanging     it = { .every = 3 };
    hpt_options options = hanging_options(1, 20);
    assert_true(fixture_folder(folder, "limit"));
    snprintf(path, sizeof path, "%s/each.journal", folder);
    options.study = path;
    options.sync = HPT_SYNC_EACH;
    options.lost_count_max = 1;
    hanging_begin(&it);
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 2);
    hpt_result_destroy(result);
    hanging_end(&it);
    it = (hanging){ .count = 2, .trials = { 0, 3 } }; /* those are told, and not called again */
    options.lost_count_max = 0;
    hanging_begin(&it);
    result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 2);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 18);
    hpt_result_destroy(result);
    hanging_end(&it);
    remove_study(folder, path);
}

static hpt_status run_inside(hpt_trial *trial, void *user, double *value_out) {
    hanging    *it = user;
    hpt_options options = hanging_options(2, 10);
    options.seed = hpt_trial_number(trial);
    hpt_result *result = runs_do(hanging_trial, it, &options);
    *value_out = hpt_result_value(result);
    hpt_result_destroy(result);
    return HPT_OK;
}

static void a_run_in_an_objective_writes_off_its_own(void **state) {
    (void)state;
    hanging     it = { .trials = { 4 }, .count = 1 };
    hpt_options options = runs_options(2, 3);
    hanging_begin(&it);
    hpt_result *result = runs_do(run_inside, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    assert_int_equal(atomic_load(&it.hung), 3);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static hpt_status hang_inside(hpt_trial *trial, void *user, double *value_out) {
    hanging    *it = user;
    hpt_options options = runs_options(1, 1); /* on this thread, which is then lost */
    if (hpt_trial_number(trial) != 1) return runs_count(trial, NULL, value_out);
    hpt_result *result = runs_do(hanging_trial, it, &options);
    *value_out = hpt_result_value(result);
    hpt_result_destroy(result);
    return HPT_OK;
}

static void a_worker_is_lost_with_the_run_in_its_objective(void **state) {
    (void)state;
    hanging     it = { .every = 1 };
    hpt_options options = hanging_options(2, 10);
    hanging_begin(&it);
    hpt_result *result = runs_do(hang_inside, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 9);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void several_runs_at_once_lose_their_own_workers(void **state) {
    (void)state;
    enum { RUNS = 4 };
    hanging     it = { .trials = { 1, 6 }, .count = 2 };
    hpt_options options = hanging_options(2, 12);
    hpt_run    *runs[RUNS];
    hanging_begin(&it);
    for (int i = 0; i < RUNS; i++)
        runs[i] = runs_start(hanging_trial, &it, &options);
    for (int i = 0; i < RUNS; i++) {
        hpt_result *result = runs_end(runs[i]);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 2);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
        hpt_result_destroy(result);
    }
    hanging_end(&it);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_works_when_the_caller_coordinates),
    cmocka_unit_test(when_the_caller_coordinates_it_hears_that_no_worker_is_left),
    cmocka_unit_test(one_worker_that_is_lost_leaves_the_rest_of_its_block),
    cmocka_unit_test(it_works_with_repeats),
    cmocka_unit_test(it_works_with_several_goals),
    cmocka_unit_test(with_a_window_trials_that_return_are_the_same),
    cmocka_unit_test(it_works_with_a_study_file_however_that_is_written),
    cmocka_unit_test(the_last_results_are_kept_when_no_worker_is_left),
    cmocka_unit_test(a_run_in_an_objective_writes_off_its_own),
    cmocka_unit_test(a_worker_is_lost_with_the_run_in_its_objective),
    cmocka_unit_test(several_runs_at_once_lose_their_own_workers),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
