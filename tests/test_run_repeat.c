/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a noisy objective is called several times for a trial, whose value is the mean of all, or
 *         what was chosen instead, with its standard error.
 * Method: values that are a function of the call, so that all of it can be worked out. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <string.h>

static hpt_options repeat_options(uint32_t workers, uint64_t trials, uint32_t repeats) {
    hpt_options options = runs_options(workers, trials);
    options.repeat_count = repeats;
    return options;
}

/* 1, 2, 4, 8, ... */
static hpt_status powers(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *calls = user;
    atomic_fetch_add(calls, 1);
    *value_out = ldexp(1, (int)hpt_trial_repeat(trial));
    return HPT_OK;
}

static double value_of(hpt_options options, hpt_result **result_out) {
    atomic_ulong calls = 0;
    hpt_result  *result = runs_do(powers, &calls, &options);
    uint32_t     repeats = options.repeat_count ? options.repeat_count : 1;
    double       value = hpt_result_value(result);
    assert_int_equal(atomic_load(&calls), options.trial_count_max * repeats);
    if (result_out)
        *result_out = result;
    else
        hpt_result_destroy(result);
    return value;
}

static void the_value_is_the_mean_and_its_error_an_attribute(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads", "sim" };
    for (int i = 0; i < 3; i++) {
        hpt_result *result;
        hpt_options options = repeat_options(3, 20, 4);
        options.pool = pools[i];
        assert_true(value_of(options, &result) == 3.75);
        /* Deviations -2.75, -1.75, 0.25, 4.25. */
        double    error = sqrt((7.5625 + 3.0625 + 0.0625 + 18.0625) / 3 / 4);
        hpt_value told = hpt_result_attr(result, "stderr");
        assert_int_equal(told.type, HPT_TYPE_REAL);
        assert_true(fabs(told.as.real - error) < 1e-15);
        hpt_result_destroy(result);
    }
}

static void a_median_or_the_worst_can_be_taken(void **state) {
    (void)state;
    hpt_options options = repeat_options(2, 10, 4);
    options.repeat_take = HPT_TAKE_MEDIAN;
    assert_true(value_of(options, NULL) == 3);
    options.repeat_count = 5;
    assert_true(value_of(options, NULL) == 4);
    options.repeat_take = HPT_TAKE_WORST;
    assert_true(value_of(options, NULL) == 16);
    options.direction = HPT_MAXIMISE;
    assert_true(value_of(options, NULL) == 1);
}

static void once_is_as_if_nothing_was_said(void **state) {
    (void)state;
    for (uint32_t repeats = 0; repeats < 2; repeats++) {
        hpt_result *result;
        assert_true(value_of(repeat_options(1, 5, repeats), &result) == 1);
        assert_int_equal(hpt_result_attr(result, "stderr").type, HPT_TYPE_NULL);
        hpt_result_destroy(result);
    }
}

static hpt_status both(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    values_out[0] = hpt_trial_repeat(trial);
    values_out[1] = -2.0 * hpt_trial_repeat(trial);
    return HPT_OK;
}

static void each_of_several_goals_has_its_mean(void **state) {
    (void)state;
    hpt_goal    goals[] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MAXIMISE, NAN } };
    hpt_options options = repeat_options(2, 10, 3);
    options.goals = goals;
    options.goal_count = 2;
    hpt_result *result = runs_do(both, NULL, &options);
    assert_true(hpt_result_front_value(result, 0, 0) == 1);
    assert_true(hpt_result_front_value(result, 0, 1) == -2);
    assert_true(fabs(hpt_result_attr(result, "stderr b").as.real - 2 / sqrt(3)) < 1e-15);
    hpt_result_destroy(result);
}

/* ---- seeds ---- */

static hpt_status seed_as_value(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = (double)(hpt_trial_seed(trial, 3) >> 11) * 0x1p-53;
    return HPT_OK;
}

typedef struct seeds {
    uint64_t words[4];
} seeds;

static hpt_status keep_seeds(hpt_trial *trial, void *user, double *value_out) {
    seeds *it = user;
    it->words[hpt_trial_repeat(trial)] = hpt_trial_seed(trial, 0);
    *value_out = 0;
    return HPT_OK;
}

static void each_call_has_its_seed_and_the_first_the_one_it_would_have_alone(void **state) {
    (void)state;
    seeds       many = { 0 }, one = { 0 };
    hpt_options options = repeat_options(1, 1, 4);
    hpt_result_destroy(runs_do(keep_seeds, &many, &options));
    options.repeat_count = 1;
    hpt_result_destroy(runs_do(keep_seeds, &one, &options));
    assert_true(many.words[0] == one.words[0]);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_true(many.words[i] != many.words[j]);
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    trace      reference = { 0 };
    for (uint32_t workers = 1; workers <= 4; workers++) {
        trace       it = { 0 };
        hpt_options options = repeat_options(workers, 200, 3);
        options.window = 8;
        options.strategy = "tpe";
        trace_run(workers == 1 ? &reference : &it, space, seed_as_value, NULL, &options);
        if (workers > 1) trace_assert_equal(&reference, &it);
        trace_free(&it);
    }
    trace_free(&reference);
    hpt_space_destroy(space);
}

/* ---- trials that end at one call ---- */

typedef struct ending {
    hpt_status   status;
    double       value;
    atomic_ulong calls;
} ending;

static hpt_status end_at_third(hpt_trial *trial, void *user, double *value_out) {
    ending *it = user;
    atomic_fetch_add(&it->calls, 1);
    *value_out = 1;
    if (hpt_trial_repeat(trial) < 2) return HPT_OK;
    *value_out = it->value;
    return it->status;
}

static void a_call_that_fails_ends_the_trial(void **state) {
    (void)state;
    static const struct {
        hpt_status      status;
        double          value;
        hpt_trial_state state;
    } cases[] = { { HPT_EFAILED, 1, HPT_TRIAL_FAILED },
                  { HPT_EPRUNED, 1, HPT_TRIAL_PRUNED },
                  { HPT_EINFEASIBLE, 1, HPT_TRIAL_INFEASIBLE },
                  { HPT_OK, NAN, HPT_TRIAL_FAILED },
                  { HPT_OK, INFINITY, HPT_TRIAL_FAILED } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ending      it = { .status = cases[i].status, .value = cases[i].value };
        hpt_options options = repeat_options(1, 10, 5);
        hpt_result *result = runs_do(end_at_third, &it, &options);
        assert_int_equal(hpt_result_count(result, cases[i].state), 10);
        assert_int_equal(atomic_load(&it.calls), 30);
        hpt_result_destroy(result);
    }
}

static hpt_status takes_20_ms(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    atomic_fetch_add((atomic_ulong *)user, 1);
    *value_out = 1;
    return hpt_trial_spend(trial, 0.02);
}

static void the_time_limit_is_for_all_calls_together(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = repeat_options(1, 3, 100);
    options.pool = "sim";
    options.trial_s_max = 0.1;
    hpt_result *result = runs_do(takes_20_ms, &calls, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 3);
    assert_int_equal(atomic_load(&calls), 15);
    hpt_result_destroy(result);
}

static hpt_status cancel_at_second(hpt_trial *trial, void *user, double *value_out) {
    atomic_fetch_add((atomic_ulong *)user, 1);
    *value_out = 1;
    if (hpt_trial_repeat(trial) == 1) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_NOW);
    return HPT_OK;
}

static void a_run_that_is_cancelled_does_not_wait_for_all_calls(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = repeat_options(1, 10, 1000);
    hpt_result  *result = runs_do(cancel_at_second, &calls, &options);
    assert_int_equal(atomic_load(&calls), 2);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 0);
    hpt_result_destroy(result);
}

static hpt_status huge(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_repeat(trial) % 2 ? 1.7e308 : 1.6e308;
    return HPT_OK;
}

static void huge_values_have_a_mean(void **state) {
    (void)state;
    hpt_options options = repeat_options(1, 2, 4);
    hpt_result *result = runs_do(huge, NULL, &options);
    assert_true(fabs(hpt_result_value(result) / 1.65e308 - 1) < 1e-12);
    hpt_result_destroy(result);
}

static hpt_status least(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    (void)user;
    *value_out = 5e-324;
    return HPT_OK;
}

static void the_median_of_the_least_numbers_is_that_number(void **state) {
    (void)state;
    for (uint32_t count = 2; count <= 3; count++) {
        hpt_options options = repeat_options(1, 2, count);
        options.repeat_take = HPT_TAKE_MEDIAN;
        hpt_result *result = runs_do(least, NULL, &options);
        assert_true(hpt_result_value(result) == 5e-324);
        hpt_result_destroy(result);
    }
}

/* ---- what is refused ---- */

static void odd_options_are_refused(void **state) {
    (void)state;
    hpt_options options = repeat_options(1, 10, 1001);
    runs_assert_refused(&options, HPT_EINVAL, "repeat_count 1001 is above 1000");
    options.repeat_count = 2;
    options.repeat_take = (hpt_take)3;
    runs_assert_refused(&options, HPT_EINVAL, "repeat_take 3");
    options.repeat_take = HPT_TAKE_MEAN;
    hpt_space *space = runs_space();
    hpt_study *study = NULL;
    hpt_err    err;
    assert_int_equal(hpt_study_create(space, &options, &study, &err), HPT_EINVAL);
    runs_assert_says(err.text, "a study has no objective");
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_is_the_mean_and_its_error_an_attribute),
        cmocka_unit_test(a_median_or_the_worst_can_be_taken),
        cmocka_unit_test(once_is_as_if_nothing_was_said),
        cmocka_unit_test(each_of_several_goals_has_its_mean),
        cmocka_unit_test(each_call_has_its_seed_and_the_first_the_one_it_would_have_alone),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
        cmocka_unit_test(a_call_that_fails_ends_the_trial),
        cmocka_unit_test(the_time_limit_is_for_all_calls_together),
        cmocka_unit_test(a_run_that_is_cancelled_does_not_wait_for_all_calls),
        cmocka_unit_test(huge_values_have_a_mean),
        cmocka_unit_test(the_median_of_the_least_numbers_is_that_number),
        cmocka_unit_test(odd_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
