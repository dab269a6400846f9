/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what an objective says of its trial counts, in whatever order it says it.
 * Method: objectives that say one thing and return another. */
#include "runs.h"

static hpt_status fail_and_return_ok(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    hpt_trial_fail(trial, "no solution");
    *value_out = 1;
    return HPT_OK;
}

static hpt_status prune_and_return_ok(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    hpt_trial_prune(trial);
    *value_out = 1;
    return HPT_OK;
}

static hpt_status stop_and_return_a_failure(hpt_trial *trial, void *user, double *value_out) {
    (void)value_out;
    runs_until_stopped(trial, user, value_out);
    return hpt_trial_fail(trial, "did not get to the end");
}

static void assert_all_end_as(hpt_objective objective, hpt_trial_state state) {
    hpt_options options = runs_options(2, 10);
    hpt_result *result = runs_do(objective, NULL, &options);
    assert_int_equal(hpt_result_count(result, state), 10);
    assert_false(hpt_result_has_best(result));
    hpt_result_destroy(result);
}

static void a_trial_that_said_it_failed_has_failed(void **state) {
    (void)state;
    assert_all_end_as(fail_and_return_ok, HPT_TRIAL_FAILED);
}

static void a_trial_that_said_it_was_hopeless_is_pruned(void **state) {
    (void)state;
    assert_all_end_as(prune_and_return_ok, HPT_TRIAL_PRUNED);
}

static void a_failure_after_being_stopped_is_a_cancelled_trial(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, HPT_UNLIMITED);
    hpt_run     *run = runs_start(stop_and_return_a_failure, &calls, &options);
    assert_true(runs_wait_for(&calls, 2));
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 0);
    assert_true(hpt_result_count(result, HPT_TRIAL_CANCELLED) >= 2);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_that_said_it_failed_has_failed),
        cmocka_unit_test(a_trial_that_said_it_was_hopeless_is_pruned),
        cmocka_unit_test(a_failure_after_being_stopped_is_a_cancelled_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
