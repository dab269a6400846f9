/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run that continues a study has the front, the start and the end of one that was not
 *         interrupted; so have studies that are asked and told, and simulations.
 * Method: a study file in memory, cut to what it would hold had the process died. */
#include "resuming.h"

static hpt_status two_goals(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    double x = hpt_trial_real_at(trial, 0), y = hpt_trial_real_at(trial, 1);
    values_out[0] = x * x + y * y;
    values_out[1] = (x - 1) * (x - 1) + y;
    if (y > 4) hpt_trial_constraint(trial, "y", y - 4);
    hpt_trial_set_attr(trial, "note", hpt_text("\"quoted\""));
    return HPT_OK;
}

static hpt_result *run_goals(const hpt_options *options) {
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_parallel_run(space, two_goals, NULL, options, &result, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    return result;
}

static void a_front_is_the_same(void **state) {
    (void)state;
    static const hpt_goal    goals[] = { { "near", HPT_MINIMISE, 50 }, { "far", HPT_MAXIMISE, 0 } };
    static const char *const strategies[] = { "nsga2", "tpe", "random" };
    for (size_t i = 0; i < 3; i++) {
        hpt_options options = options_of(strategies[i], 2, 8);
        memory_reset();
        options.goals = goals;
        options.goal_count = 2;
        hpt_result *first = run_goals(&options);
        cut(33);
        hpt_result *again = run_goals(&options);
        assert_true(hpt_result_front_count(first) > 1);
        assert_same_result(first, again);
        assert_true(hpt_result_hypervolume(first) == hpt_result_hypervolume(again));
        assert_string_equal(hpt_result_attr(again, "note").as.text, "\"quoted\"");
        hpt_result_destroy(first);
        hpt_result_destroy(again);
    }
}

static void points_and_observations_come_first_again(void **state) {
    (void)state;
    hpt_value       rows[2 * DIMS], known[DIMS];
    const double    value = 7;
    hpt_observation observation = { 0 };
    hpt_options     options = options_of("cmaes", 2, 8);
    for (size_t i = 0; i < 3; i++) {
        hpt_value *row = i < 2 ? rows + i * DIMS : known;
        row[0] = hpt_real((double)i);
        row[1] = hpt_real(-1);
        row[2] = hpt_int(3);
        row[3] = hpt_real(1);
        row[4] = hpt_text("fast");
        row[5] = hpt_int(7);
    }
    observation.state = HPT_TRIAL_COMPLETE;
    observation.point = known;
    observation.values = &value;
    observation.value_count = 1;
    options.points = rows;
    options.point_count = 2;
    options.observations = &observation;
    options.observation_count = 1;
    hpt_result *first = run(&options, NULL, NULL);
    for (uint64_t told = 0; told < 30; told += 7) {
        cut(30 - told);
        hpt_result *again = run(&options, NULL, NULL);
        assert_same_result(first, again);
        hpt_result_destroy(again);
    }
    hpt_result_destroy(first);
}

static void a_cancelled_run_goes_on(void **state) {
    (void)state;
    hpt_options  options = options_of("cmaes", 2, 8);
    hpt_cancel   stop = { 0 };
    atomic_ulong calls = 0;
    hpt_result  *first = run(&options, NULL, NULL);
    memory_reset();
    options.cancel = &stop;
    hpt_run *running = NULL;
    hpt_err  err = { 0 };
    options.trial_count_max = TRIALS;
    if (hpt_run_start(space, trace_slow_sphere, NULL, &options, &running, &err) != HPT_OK)
        fail_msg("%s", err.text);
    runs_sleep_ms(2);
    hpt_cancel_raise(&stop, HPT_CANCEL_FINISH);
    assert_int_equal(hpt_run_wait(running, -1), HPT_OK);
    hpt_run_destroy(running);
    options.cancel = NULL;
    hpt_result *again = run(&options, NULL, &calls);
    assert_int_equal(hpt_result_stats(again)->trial_count, TRIALS);
    assert_int_equal(hpt_result_count(again, HPT_TRIAL_CANCELLED), 0);
    assert_whole(TRIALS);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
}

/* It died after the results behind the target were on the disk, and before they were taken back. */
static void what_counts_for_nothing_is_taken_back(void **state) {
    (void)state;
    hpt_options options = options_of("cmaes", 3, 8);
    trace       whole = { 0 }, rest = { 0 };
    hpt_result *first = run(&options, NULL, NULL);
    options.target = hpt_result_value(first) + 1;
    hpt_result_destroy(first);
    memory_content all = kept_save();
    memory_reset();
    first = run(&options, &whole, NULL);
    assert_int_equal(hpt_result_stop(first), HPT_STOP_TARGET);
    uint64_t at = hpt_result_trial(first);
    assert_true(at + 8 < TRIALS);
    memory_content died = kept_cut(&all, at + 4, DIMS);
    while (died.trials[died.trial_count - 1].number >= at + 8) /* not asked for by then */
        free(died.trials[--died.trial_count].bytes);
    kept_load(&died);
    hpt_result *again = run(&options, &rest, NULL);
    assert_same_result(first, again);
    for (size_t i = 0; i < disk.committed.trial_count; i++)
        assert_int_equal(disk.committed.trials[i].is_told, disk.committed.trials[i].number <= at);
    memory_clear(&all);
    memory_clear(&died);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
    trace_free(&whole);
    trace_free(&rest);
}

static void forget_y(hpi_record *record, const void *user) {
    static bool given[DIMS] = { true, false, true, true, true, true };
    set_foreign(record, user);
    record->given = given;
}

static size_t taught_count;

static void counting_tell(void *state, const hpt_outcome *outcome) {
    taught_count += outcome->number == HPT_NUMBER_NONE;
    trace_learner.tell(state, outcome);
}

/* Others may know less of a trial than would be needed. */
static void a_trial_without_all_parameters_teaches_nothing(void **state) {
    (void)state;
    hpt_strategy_class counting = trace_learner;
    hpt_options        options = options_of(NULL, 2, 0);
    counting.name = "counting";
    counting.tell = counting_tell;
    options.strategy_class = &counting;
    taught_count = 0;
    hpt_result *first = run(&options, NULL, NULL);
    uint64_t    best = hpt_result_trial(first);
    hpt_result_destroy(first);
    for (size_t i = 0; i < TRIALS; i++) {
        memory_trial *trial = &disk.committed.trials[i];
        kept_rewrite(trial, DIMS, trial->number == best ? forget_y : set_foreign, NULL);
        trial->is_foreign = true;
    }
    hpt_result *result = run(&options, NULL, NULL);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS - 1);
    assert_int_not_equal(hpt_result_trial(result), best);
    assert_int_equal(taught_count, TRIALS - 1);
    hpt_result_destroy(result);
}

/* Asking and telling. */

static void what_callers_had_is_handed_out_first(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = options_of("cmaes", 0, window);
        hpt_study  *study = NULL;
        hpt_trial  *trials[3], *trial = NULL;
        double      x[3];
        memory_reset();
        options.sync = HPT_SYNC_EACH;
        assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(hpt_study_ask(study, &trials[i], NULL), HPT_OK);
            x[i] = hpt_trial_real(trials[i], "x");
        }
        assert_int_equal(hpt_study_tell(study, trials[1], 1, NULL), HPT_OK);
        memory_content died = kept_save();
        hpt_study_destroy(study);
        kept_load(&died);
        memory_clear(&died);
        assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
        for (int i = 0; i < 3; i += 2) {
            assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
            assert_int_equal(hpt_trial_number(trial), i);
            assert_true(hpt_trial_real(trial, "x") == x[i]);
            assert_int_equal(hpt_study_tell(study, trial, 2, NULL), HPT_OK);
        }
        hpt_result *result = NULL;
        assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
        assert_int_equal(hpt_trial_number(trial), 3);
        assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
        assert_int_equal(hpt_result_trial(result), 1);
        hpt_result_destroy(result);
        hpt_study_destroy(study);
    }
}

static void a_simulation_goes_on(void **state) {
    (void)state;
    hpt_options options = options_of("cmaes", 5, 8);
    options.pool = "sim";
    hpt_result *first = run(&options, NULL, NULL);
    cut(23);
    hpt_result *again = run(&options, NULL, NULL);
    assert_same_result(first, again);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_front_is_the_same, begin, end),
        cmocka_unit_test_setup_teardown(points_and_observations_come_first_again, begin, end),
        cmocka_unit_test_setup_teardown(a_cancelled_run_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(what_counts_for_nothing_is_taken_back, begin, end),
        cmocka_unit_test_setup_teardown(a_trial_without_all_parameters_teaches_nothing, begin, end),
        cmocka_unit_test_setup_teardown(what_callers_had_is_handed_out_first, begin, end),
        cmocka_unit_test_setup_teardown(a_simulation_goes_on, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
