/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a study holds counts in the run that continues it: budgets, the best, the front;
 * every number is evaluated once; what differs from the study is told, and no result is lost.
 * Method: a study file in memory, cut to what it would hold had the process died, or changed. */
#include "resuming.h"

/* Limits. */

static void check_done(hpt_options options, hpt_stop stop) {
    atomic_ulong calls = 0;
    memory_reset();
    hpt_result *first = run(&options, NULL, NULL);
    hpt_result *again = run(&options, NULL, &calls);
    assert_int_equal(hpt_result_stop(first), stop);
    assert_same_result(first, again);
    if (stop == HPT_STOP_TRIALS || stop == HPT_STOP_EXHAUSTED) assert_int_equal(calls, 0);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
}

static void a_study_that_is_done_returns_at_once(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = options_of("cmaes", 2, window);
        check_done(options, HPT_STOP_TRIALS);
        options.strategy = "random";
        check_done(options, HPT_STOP_TRIALS);
        options.strategy = "grid:points=2";
        options.trial_count_max = 0;
        check_done(options, HPT_STOP_EXHAUSTED);
    }
}

static void a_study_that_reached_its_target_stays_so(void **state) {
    (void)state;
    hpt_options options = options_of("cmaes", 2, 8);
    options.target = 40;
    check_done(options, HPT_STOP_TARGET);
    options.target = NAN;
    options.stale_count_max = 10;
    check_done(options, HPT_STOP_STALE);
}

static void a_budget_may_be_raised(void **state) {
    (void)state;
    static const char *const strategies[] = { "random", "cmaes", "de", "nsga2", "tpe", "auto" };
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        hpt_options options = options_of(strategies[i], 2, i % 2 ? 0 : 8);
        memory_reset();
        options.trial_count_max = TRIALS / 2;
        hpt_result_destroy(run(&options, NULL, NULL));
        atomic_ulong calls = 0;
        options.trial_count_max = TRIALS;
        hpt_result *result = run(&options, NULL, &calls);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
        assert_int_equal(calls, TRIALS / 2);
        assert_no_warning(result);
        assert_whole(TRIALS);
        hpt_result_destroy(result);
    }
}

static void a_budget_may_be_lowered(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options  options = options_of("cmaes", 2, window);
        atomic_ulong calls = 0;
        memory_reset();
        hpt_result *first = run(&options, NULL, NULL);
        cut(30);
        options.trial_count_max = 20;
        hpt_result *result = run(&options, NULL, &calls);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
        assert_int_equal(calls, 0);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 30);
        hpt_result_destroy(first);
        hpt_result_destroy(result);
    }
}

static void a_limit_that_was_passed_long_ago_ends_it_with_all_there_is(void **state) {
    (void)state;
    hpt_options  options = options_of("cmaes", 2, 8);
    atomic_ulong calls = 0;
    hpt_result  *first = run(&options, NULL, NULL);
    options.trial_count_max = 2 * TRIALS;
    options.target = 1e9; /* the first trial would have done */
    hpt_result *result = run(&options, NULL, &calls);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_int_equal(calls, 0);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
    assert_int_equal(hpt_result_trial(result), hpt_result_trial(first));
    hpt_result_destroy(first);
    hpt_result_destroy(result);
}

static void wall_time_counts(void **state) {
    (void)state;
    hpt_options  options = options_of("random", 2, 0);
    atomic_ulong calls = 0;
    hpt_result_destroy(run(&options, NULL, NULL));
    cut(30);
    memory_attr_set("hpt:wall", "3600000000000");
    options.wall_s_max = 3600;
    hpt_result *result = run(&options, NULL, &calls);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 30);
    assert_true(hpt_result_stats(result)->wall_s >= 3600);
    hpt_result_destroy(result);
}

/* A file may say anything under checksums that fit. */
static void set_not_ended(hpi_record *record, const void *user) {
    record->state = *(const hpt_trial_state *)user;
}

static void a_trial_that_was_told_and_has_not_ended_is_damage(void **state) {
    (void)state;
    const hpt_trial_state states[] = { HPT_TRIAL_RUNNING, HPT_TRIAL_CANCELLED };
    for (size_t i = 0; i < 4; i++) {
        hpt_options options = options_of("cmaes", 2, i < 2 ? 0 : 8);
        hpt_result *result = NULL;
        hpt_err     err = { 0 };
        memory_reset();
        hpt_result_destroy(run(&options, NULL, NULL));
        kept_rewrite(&disk.committed.trials[7], DIMS, set_not_ended, &states[i % 2]);
        disk.committed.trials[7].is_told = true;
        options.trial_count_max = TRIALS + 10;
        assert_int_equal(hpt_parallel_run(space, sphere, NULL, &options, &result, &err),
                         HPT_EPARSE);
        if (!strstr(err.text, "trial 7 of the study is damaged")) fail_msg("%s", err.text);
    }
}

/* Without a window. */

static void check_loose(const char *strategy) {
    for (uint64_t told = 0; told <= TRIALS; told += 9) {
        hpt_options  options = options_of(strategy, 3, 0);
        atomic_ulong calls = 0;
        memory_reset();
        hpt_result_destroy(run(&options, NULL, NULL));
        cut(told);
        hpt_result *result = run(&options, NULL, &calls);
        assert_int_equal(calls, TRIALS - told);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
        assert_no_warning(result);
        assert_whole(TRIALS);
        hpt_result_destroy(result);
    }
}

static void each_trial_is_evaluated_once(void **state) {
    (void)state;
    check_loose("random");
    check_loose("cmaes");
    check_loose("tpe");
    check_loose("nsga2");
}

/* What is not a function of time is not one of interruptions. */
static void trials_keep_their_points(void **state) {
    (void)state;
    hpt_options options = options_of("random", 3, 0);
    hpt_coord   points[TRIALS][TRACE_DIMS_MAX];
    trace       whole = { 0 }, rest = { 0 };
    hpt_result *first = run(&options, &whole, NULL);
    for (size_t i = 0; i < whole.count; i++)
        memcpy(points[whole.trials[i].number], whole.trials[i].point, sizeof *points);
    cut(20);
    hpt_result *again = run(&options, &rest, NULL);
    assert_int_equal(rest.count, TRIALS - 20);
    for (size_t i = 0; i < rest.count; i++)
        assert_memory_equal(points[rest.trials[i].number], rest.trials[i].point, sizeof *points);
    assert_same_result(first, again);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
    trace_free(&whole);
    trace_free(&rest);
}

static void the_window_may_change(void **state) {
    (void)state;
    static const uint32_t    windows[][2] = { { 16, 4 }, { 4, 16 }, { 16, 0 }, { 0, 8 }, { 0, 1 } };
    static const char *const strategies[] = { "cmaes", "random" };
    for (size_t i = 0; i < 10; i++) {
        hpt_options  options = options_of(strategies[i % 2], 3, windows[i / 2][0]);
        atomic_ulong calls = 0;
        memory_reset();
        hpt_result_destroy(run(&options, NULL, NULL));
        cut(25);
        options.window = windows[i / 2][1];
        hpt_result *result = run(&options, NULL, &calls);
        assert_int_equal(calls, TRIALS - 25);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
        assert_whole(TRIALS);
        hpt_result_destroy(result);
    }
}

/* What is told of a trial that was interrupted. */

static void interrupted_trials_may_fail(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = options_of("cmaes", 2, window);
        trace       rest = { 0 };
        memory_reset();
        hpt_result_destroy(run(&options, NULL, NULL));
        cut(25);
        size_t open = disk.committed.trial_count - 25;
        assert_true(open > 0 || window == 0);
        options.interrupted = HPT_INTERRUPTED_FAIL;
        hpt_result *result = run(&options, &rest, NULL);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), open);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS - open);
        if (open > 0) runs_assert_says(rest.trials[0].reason, "interrupted");
        assert_whole(TRIALS);
        hpt_result_destroy(result);
        trace_free(&rest);
    }
}

/* Differences. */

static void move(hpi_record *record, const void *user) {
    static hpt_coord point[DIMS];
    memcpy(point, record->point, sizeof point);
    point[0].real = *(const double *)user;
    record->point = point;
}

static void check_taught(const char *strategy, uint32_t window, const char *words) {
    hpt_options  options = options_of(strategy, 2, window);
    double       x = 4.25;
    atomic_ulong calls = 0;
    memory_reset();
    hpt_result_destroy(run(&options, NULL, NULL));
    cut(40);
    for (size_t i = 0; i < disk.committed.trial_count; i++)
        if (disk.committed.trials[i].number == 12)
            kept_rewrite(&disk.committed.trials[i], DIMS, move, &x);
    hpt_result *result = run(&options, NULL, &calls);
    assert_int_equal(calls, TRIALS - 40);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
    assert_non_null(study_warning(result));
    runs_assert_says(study_warning(result), "trial 12");
    runs_assert_says(study_warning(result), words);
    assert_whole(TRIALS);
    hpt_result_destroy(result);
}

static void a_strategy_that_would_do_something_else_is_told_what_there_is(void **state) {
    (void)state;
    static const char *const strategies[] = { "cmaes", "de", "tpe", "nsga2", "auto", "local" };
    size_t                   apart = fixture_scaled(100) < 100 ? 3 : 1;
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i += apart) {
        check_taught(strategies[i], 8, "as known ones");
        check_taught(strategies[i], 0, "as known ones");
    }
}

static void one_that_does_not_listen_goes_on(void **state) {
    (void)state;
    check_taught("random", 8, "another version");
    check_taught("random", 0, "another version");
}

static void trials_of_others_come_before(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = options_of("cmaes", 2, window);
        trace       rest = { 0 };
        memory_reset();
        hpt_result *first = run(&options, NULL, NULL);
        double      best = hpt_result_value(first);
        hpt_result_destroy(first);
        for (size_t i = 0; i < TRIALS; i++) {
            kept_rewrite(&disk.committed.trials[i], DIMS, set_foreign, NULL);
            disk.committed.trials[i].is_foreign = true;
        }
        options.trial_count_max = 2 * TRIALS;
        hpt_result *result = run(&options, &rest, NULL);
        assert_int_equal(rest.count, TRIALS);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2 * TRIALS);
        assert_true(hpt_result_value(result) <= best);
        assert_whole(2 * TRIALS);
        hpt_result_destroy(result);
        trace_free(&rest);
        /* And again, in the middle of ours. */
        atomic_ulong calls = 0;
        cut(30);
        result = run(&options, NULL, &calls);
        assert_int_equal(calls, TRIALS - 30);
        assert_no_warning(result);
        hpt_result_destroy(result);
    }
}

/* The last ten of them: between ours and what comes next. */
/* Nobody but who put them knows whether somebody is at them. */
static void trials_of_others_that_run_are_left_alone(void **state) {
    (void)state;
    static const char *const strategies[] = { "cmaes", "random", "tpe", "grid:points=2" };
    for (size_t i = 0; i < 8; i++) {
        hpt_options options = options_of(strategies[i % 4], 2, i < 4 ? 0 : 8);
        memory_reset();
        options.trial_count_max = 3;
        hpt_result_destroy(run(&options, NULL, NULL));
        for (size_t k = 0; k < 3; k++) {
            memory_trial *trial = &disk.committed.trials[k];
            if (trial->number > 0) kept_rewrite(trial, DIMS, kept_set_running, NULL);
            kept_rewrite(trial, DIMS, set_foreign, NULL);
            trial->is_foreign = true;
        }
        for (uint64_t most = 10; most <= 30; most += 10) {
            options.trial_count_max = most;
            hpt_result *result = run(&options, NULL, NULL);
            assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), most - 2);
            hpt_result_destroy(result);
            assert_int_equal(disk.committed.trial_count, most);
            size_t open_count = 0;
            for (size_t k = 0; k < most; k++)
                open_count += !disk.committed.trials[k].is_told;
            assert_int_equal(open_count, 2);
        }
    }
}

static void what_others_have_added_is_told_to_who_listens(void **state) {
    (void)state;
    static const char *const strategies[] = { "cmaes", "random" };
    for (size_t s = 0; s < 2; s++) {
        hpt_options options = options_of(strategies[s], 1, 0);
        memory_reset();
        hpt_result_destroy(run(&options, NULL, NULL));
        for (size_t i = TRIALS - 10; i < TRIALS; i++) {
            kept_rewrite(&disk.committed.trials[i], DIMS, set_foreign, NULL);
            disk.committed.trials[i].is_foreign = true;
        }
        options.trial_count_max = 2 * TRIALS;
        hpt_result *result = run(&options, NULL, NULL);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2 * TRIALS);
        if (s == 0)
            runs_assert_says(study_warning(result), "another program has added trials");
        else
            assert_no_warning(result);
        hpt_result_destroy(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_study_that_is_done_returns_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_study_that_reached_its_target_stays_so, begin, end),
        cmocka_unit_test_setup_teardown(a_budget_may_be_raised, begin, end),
        cmocka_unit_test_setup_teardown(a_budget_may_be_lowered, begin, end),
        cmocka_unit_test_setup_teardown(a_limit_that_was_passed_long_ago_ends_it_with_all_there_is,
                                        begin, end),
        cmocka_unit_test_setup_teardown(wall_time_counts, begin, end),
        cmocka_unit_test_setup_teardown(trials_of_others_that_run_are_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_trial_that_was_told_and_has_not_ended_is_damage, begin,
                                        end),
        cmocka_unit_test_setup_teardown(each_trial_is_evaluated_once, begin, end),
        cmocka_unit_test_setup_teardown(trials_keep_their_points, begin, end),
        cmocka_unit_test_setup_teardown(the_window_may_change, begin, end),
        cmocka_unit_test_setup_teardown(interrupted_trials_may_fail, begin, end),
        cmocka_unit_test_setup_teardown(
            a_strategy_that_would_do_something_else_is_told_what_there_is, begin, end),
        cmocka_unit_test_setup_teardown(one_that_does_not_listen_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(trials_of_others_come_before, begin, end),
        cmocka_unit_test_setup_teardown(what_others_have_added_is_told_to_who_listens, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
