/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run stops trials whose reports are hopeless, says so, and with a window stops the same
 *         ones wherever they are evaluated.
 * Method: learning curves that follow from the point; traces compared between pools and numbers of
 *         workers; a pruner of the test's own that stops whom the test says. */
#include "runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 27 };

/* Falls to a value that depends on the point, with waves. */
static double curve(double x, int64_t step) {
    return fabs(x - 0.3) + 1.0 / (double)step + 0.05 * sin(40 * x + (double)step);
}

static hpt_status learn(hpt_trial *trial, void *user, double *value_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    for (int64_t step = 1; step <= STEPS; step++) {
        *value_out = curve(x, step);
        hpt_status status = hpt_trial_report(trial, step, *value_out);
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

/* For a random time between reports, so that workers overtake each other. */
static hpt_status learn_slowly(hpt_trial *trial, void *user, double *value_out) {
    static _Thread_local unsigned turn;
    if (turn++ % 3 == 0) runs_sleep_ms(1);
    return learn(trial, user, value_out);
}

static hpt_options options_of(const char *pruner, uint32_t window, uint64_t trials) {
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.seed = 5;
    options.pruner = pruner;
    options.window = window;
    options.trial_count_max = trials;
    return options;
}

static const char *const pruners[] = { "median",
                                       "percentile:percentile=30",
                                       "asha",
                                       "asha:min_resource=1,factor=2",
                                       "hyperband",
                                       "hyperband:max_resource=27",
                                       "wilcoxon",
                                       "threshold:upper=0.6,warmup_steps=5",
                                       "patient:of=median",
                                       "patient:of=\"asha:min_resource=1\",patience=0" };

enum { PRUNERS = sizeof pruners / sizeof pruners[0] };

static size_t count_of(const trace *it, hpt_trial_state state) {
    size_t count = 0;
    for (size_t i = 0; i < it->count; i++)
        count += it->trials[i].state == state;
    return count;
}

/* ---- with a window ---- */

static void a_window_stops_the_same_trials_on_every_pool(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    for (size_t i = 0; i < PRUNERS; i++) {
        hpt_options options = options_of(pruners[i], 6, 80);
        trace       reference = { 0 };
        options.pool = "inline";
        trace_run(&reference, space, learn, NULL, &options);
        assert_true(count_of(&reference, HPT_TRIAL_PRUNED) > 5);
        assert_true(count_of(&reference, HPT_TRIAL_COMPLETE) > 5);
        trace_assert_same_on_threads(&reference, space, learn_slowly, options);
        trace_free(&reference);
    }
    hpt_space_destroy(space);
}

/* Workers of a simulation are many, and it is one thread. */
static void a_window_stops_the_same_trials_in_a_simulation(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    for (size_t i = 0; i < PRUNERS; i++) {
        hpt_options options = options_of(pruners[i], 6, 80);
        trace       reference = { 0 }, other = { 0 };
        options.pool = "inline";
        trace_run(&reference, space, learn, NULL, &options);
        options.pool = "sim:workers=5,time=exponential,mean=1";
        trace_run(&other, space, learn, NULL, &options);
        trace_assert_equal(&reference, &other);
        trace_free(&reference);
        trace_free(&other);
    }
    hpt_space_destroy(space);
}

/* The same by hand: a loop over ask and tell, which keeps the window full. */
static void a_window_stops_the_same_trials_by_ask_and_tell(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    for (size_t i = 0; i < PRUNERS; i++) {
        hpt_options options = options_of(pruners[i], 6, 80);
        trace       reference = { 0 }, other = { 0 };
        options.pool = "inline";
        trace_run(&reference, space, learn, NULL, &options);
        hpt_observer observer;
        hpt_options  mine = options;
        hpt_study   *study = NULL;
        hpt_trial   *trial;
        hpt_result  *result;
        mine.pool = NULL;
        trace_attach(&other, &observer, &mine);
        assert_int_equal(hpt_study_create(space, &mine, &study, NULL), HPT_OK);
        while (hpt_study_ask(study, &trial, NULL) == HPT_OK) {
            double value = NAN;
            if (learn(trial, NULL, &value) == HPT_OK)
                assert_int_equal(hpt_study_tell(study, trial, value, NULL), HPT_OK);
            else
                hpt_study_tell_state(study, trial, HPT_TRIAL_PRUNED, NULL, NULL);
        }
        assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
        assert_int_equal(other.count, reference.count);
        for (size_t k = 0; k < other.count; k++) {
            assert_int_equal(other.trials[k].state, reference.trials[k].state);
            assert_string_equal(other.trials[k].reason, reference.trials[k].reason);
        }
        hpt_result_destroy(result);
        hpt_study_destroy(study);
        trace_free(&reference);
        trace_free(&other);
    }
    hpt_space_destroy(space);
}

/* ---- what is said of it ---- */

/* Stops trials from a step on. */
typedef struct stopper {
    int64_t from;
} stopper;

static const hpt_option stopper_options[] = {
    { "from", HPT_OPTION_INT, offsetof(stopper, from), 3, 1, 1e9, NULL, "the first step" },
    { .name = NULL },
};

static bool stopper_report(void *state, const hpt_pruner_report *report) {
    return report->step >= ((stopper *)state)->from;
}

static const hpt_pruner_class stopper_class = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "stopper",
    .summary = "stops trials from a step on",
    .state_size = sizeof(stopper),
    .options = stopper_options,
    .report = stopper_report,
    .goals_max = 2,
};

static hpt_options stopping(const char *text) {
    hpt_options options = options_of(text, 1, 3);
    options.pruner_class = &stopper_class;
    return options;
}

static void a_stopped_trial_is_pruned_and_says_where_and_by_whom(void **state) {
    (void)state;
    trace it = { 0 };
    hpt_result_destroy(runs_traced(&it, learn, NULL, stopping(NULL)));
    assert_int_equal(count_of(&it, HPT_TRIAL_PRUNED), 3);
    assert_string_equal(it.trials[0].reason, "pruned at step 3 by stopper");
    trace_free(&it);
}

static void a_pruner_of_ones_own_has_its_options(void **state) {
    (void)state;
    trace it = { 0 };
    hpt_result_destroy(runs_traced(&it, learn, NULL, stopping("stopper:from=7")));
    assert_string_equal(it.trials[0].reason, "pruned at step 7 by stopper");
    trace_free(&it);
}

/* Whatever it makes of being told. */
static hpt_status go_on(hpt_trial *trial, void *user, double *value_out) {
    const hpt_status *answer = user;
    *value_out = 1;
    assert_int_equal(hpt_trial_report(trial, 2, 1), HPT_OK);
    assert_false(hpt_trial_should_stop(trial));
    assert_int_equal(hpt_trial_report(trial, 3, 1), HPT_EPRUNED);
    assert_true(hpt_trial_should_stop(trial));
    assert_int_equal(hpt_trial_report(trial, 1, 1), HPT_EPRUNED);
    return *answer;
}

static void whatever_a_stopped_objective_returns_its_trial_is_pruned(void **state) {
    (void)state;
    static const hpt_status answers[] = { HPT_OK, HPT_EPRUNED, HPT_EFAILED, HPT_ESTOPPED,
                                          HPT_EINFEASIBLE };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        hpt_status answer = answers[i];
        trace      it = { 0 };
        hpt_result_destroy(runs_traced(&it, go_on, &answer, stopping(NULL)));
        assert_int_equal(count_of(&it, HPT_TRIAL_PRUNED), 3);
        trace_free(&it);
    }
}

static void a_value_told_after_all_counts(void **state) {
    (void)state;
    hpt_options  options = stopping(NULL);
    hpt_space   *space = runs_space();
    hpt_study   *study = NULL;
    hpt_result  *result;
    trace        it = { 0 };
    hpt_observer observer;
    options.window = 0;
    trace_attach(&it, &observer, &options);
    assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
    for (int i = 0; i < 3; i++) {
        hpt_trial *trial = runs_ask(study);
        assert_int_equal(hpt_trial_report(trial, 3, 1), HPT_EPRUNED);
        if (i == 0) runs_tell(study, trial, 1);
        if (i == 1) hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, NULL, NULL);
        if (i == 2) hpt_study_tell_state(study, trial, HPT_TRIAL_PRUNED, "by me", NULL);
    }
    assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
    assert_int_equal(it.trials[0].state, HPT_TRIAL_COMPLETE);
    assert_string_equal(it.trials[0].reason, "");
    assert_int_equal(it.trials[1].state, HPT_TRIAL_FAILED);
    assert_string_equal(it.trials[1].reason, "");
    assert_int_equal(it.trials[2].state, HPT_TRIAL_PRUNED);
    assert_string_equal(it.trials[2].reason, "by me");
    hpt_result_destroy(result);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
    trace_free(&it);
}

/* ---- without a window ---- */

/* Reports until it is told to stop, a minute at most. */
static hpt_status report_on(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    for (int64_t step = 1; step < 60000; step++) {
        hpt_status status = hpt_trial_report(trial, step, 1);
        if (status != HPT_OK) return status;
        runs_sleep_ms(1);
    }
    return HPT_OK;
}

static hpt_status ask_on(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    hpt_trial_report(trial, 100, 1);
    for (int i = 0; i < 60000 && !hpt_trial_should_stop(trial); i++)
        runs_sleep_ms(1);
    return HPT_OK;
}

static void without_a_window_a_trial_learns_of_it_at_a_later_report(void **state) {
    (void)state;
    hpt_options options = stopping(NULL);
    options.window = 0;
    options.worker_count = 3;
    options.trial_count_max = 6;
    hpt_result *result = runs_do(report_on, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 6);
    hpt_result_destroy(result);
    result = runs_do(ask_on, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 6);
    hpt_result_destroy(result);
}

/* Faster than anybody looks: nothing is lost, and whoever is full decides himself. */
typedef struct counter {
    atomic_ulong reports, ends, late;
    uint64_t     open; /* reports of trials that have not ended */
} counter;

static counter counted;

static bool counter_report(void *state, const hpt_pruner_report *report) {
    (void)state;
    (void)report;
    counted.open++;
    atomic_fetch_add(&counted.reports, 1);
    return false;
}

/* All the reports of a trial come before its end. */
static void counter_end(void *state, const hpt_outcome *outcome) {
    (void)state;
    (void)outcome;
    atomic_fetch_add(&counted.ends, 1);
    if (atomic_load(&counted.reports) < STEPS * atomic_load(&counted.ends))
        atomic_fetch_add(&counted.late, 1);
}

static const hpt_pruner_class counter_class = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "counter",
    .summary = "counts",
    .report = counter_report,
    .end = counter_end,
};

static void every_report_reaches_the_pruner_before_the_end_of_its_trial(void **state) {
    (void)state;
    hpt_options options = options_of(NULL, 0, fixture_scaled(2000));
    options.pruner_class = &counter_class;
    options.worker_count = 4;
    counted = (counter){ .open = 0 };
    hpt_result *result = runs_do(learn, NULL, &options);
    assert_int_equal(atomic_load(&counted.reports), STEPS * options.trial_count_max);
    assert_int_equal(atomic_load(&counted.ends), options.trial_count_max);
    assert_int_equal(atomic_load(&counted.late), 0);
    hpt_result_destroy(result);
}

/* ---- in virtual time ---- */

static hpt_status spend(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    for (int64_t step = 1; step <= 10; step++) {
        hpt_trial_spend(trial, 2);
        if (hpt_trial_report(trial, step, 1) != HPT_OK) return HPT_EPRUNED;
    }
    return HPT_OK;
}

/* Reports every two seconds, or, where nobody says when, evenly over ten times two. */
static void a_simulated_trial_is_stopped_when_its_report_is_due(void **state) {
    (void)state;
    static const struct {
        const char   *pool;
        hpt_objective objective;
        double        wall_s;
    } cases[] = { { "sim:workers=2,time=constant,mean=1", spend, 2 * 6 },
                  { "sim:workers=2,time=constant,mean=54", learn, 2 * 6 },
                  { "sim:workers=2,time=constant,mean=54,listens=no", learn, 2 * 54 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpt_options options = stopping(NULL);
        trace       it = { 0 };
        options.window = 0;
        options.trial_count_max = 4;
        options.pool = cases[i].pool;
        hpt_result *result = runs_traced(&it, cases[i].objective, NULL, options);
        assert_int_equal(count_of(&it, HPT_TRIAL_PRUNED), 4);
        double wall_s = hpt_result_stats(result)->wall_s;
        assert_true(wall_s >= cases[i].wall_s && wall_s < cases[i].wall_s + 0.01);
        if (i < 2) assert_string_equal(it.trials[0].reason, "pruned at step 3 by stopper");
        hpt_result_destroy(result);
        trace_free(&it);
    }
}

/* Trial 0 begins first and takes longer, and trial 1, which is better, is at its first step before
 * it. */
static hpt_status overtake(hpt_trial *trial, void *user, double *value_out) {
    bool is_first = hpt_trial_number(trial) == 0;
    (void)user;
    *value_out = is_first ? 2 : 1;
    for (int64_t step = 1; step <= 3; step++) {
        hpt_trial_spend(trial, is_first ? 10 : 1);
        hpt_trial_report(trial, step, *value_out);
    }
    return HPT_OK;
}

static void a_simulated_trial_is_judged_by_what_is_known_at_its_time(void **state) {
    (void)state;
    hpt_options options = options_of("asha:min_resource=1", 0, 2);
    trace       it = { 0 };
    options.pool = "sim:workers=2,time=constant,mean=1";
    hpt_result_destroy(runs_traced(&it, overtake, NULL, options));
    assert_int_equal(it.trials[0].number, 1);
    assert_int_equal(it.trials[0].state, HPT_TRIAL_COMPLETE);
    assert_int_equal(it.trials[1].number, 0);
    assert_string_equal(it.trials[1].reason, "pruned at step 1 by asha");
    trace_free(&it);
}

/* ---- several goals ---- */

static hpt_status learn_two(hpt_trial *trial, void *user, double *values_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    for (int64_t step = 1; step <= STEPS; step++) {
        values_out[0] = x * x + 1.0 / (double)step;
        values_out[1] = -(x - 2) * (x - 2) - 1.0 / (double)step + (x > 0.5 ? 0 : -9);
        hpt_status status = hpt_trial_report_values(trial, step, values_out, 2);
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

static const hpt_goal two[] = { { "low", HPT_MINIMISE, NAN }, { "high", HPT_MAXIMISE, NAN } };

static void several_goals_stop_trials_too_and_alike_with_a_window(void **state) {
    (void)state;
    static const char *const able[] = { "median", "asha:min_resource=1", "hyperband" };
    hpt_space               *space = runs_space();
    for (size_t i = 0; i < sizeof able / sizeof *able; i++) {
        hpt_options options = options_of(able[i], 6, 60);
        trace       reference = { 0 }, other = { 0 };
        options.goals = two;
        options.goal_count = 2;
        options.pool = "inline";
        trace_run(&reference, space, learn_two, NULL, &options);
        assert_true(count_of(&reference, HPT_TRIAL_PRUNED) > 5);
        options.pool = "threads";
        options.worker_count = 4;
        trace_run(&other, space, learn_two, NULL, &options);
        trace_assert_equal(&reference, &other);
        trace_free(&reference);
        trace_free(&other);
    }
    hpt_space_destroy(space);
}

/* One value says too little. */
static hpt_status report_first_only(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    values_out[0] = values_out[1] = 1;
    return hpt_trial_report(trial, 5, 1);
}

static void one_value_of_several_goals_stops_nobody(void **state) {
    (void)state;
    hpt_options options = stopping(NULL);
    options.goals = two;
    options.goal_count = 2;
    hpt_result *result = runs_do(report_first_only, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    hpt_result_destroy(result);
}

/* All values of reports that observers hear of: `user` counts those that are as they were made. */
static hpt_status hear_values(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *it = &events[i];
        bool is_whole = it->values && it->value_count == 2 && it->values[0] == it->value;
        if (is_whole && it->values[0] == (double)it->step && it->values[1] == -1)
            ++*(unsigned *)user;
    }
    return HPT_OK;
}

static hpt_status report_both(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    values_out[0] = values_out[1] = 0;
    for (int64_t step = 0; step < 5; step++)
        hpt_trial_report_values(trial, step, (double[]){ (double)step, -1 }, 2);
    return hpt_trial_report(trial, 5, 5); /* the first alone */
}

static void observers_hear_all_values_of_several_goals(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS_POOLS; i++) {
        unsigned     heard = 0;
        hpt_observer observer = hpt_observer_default();
        hpt_options  options = options_of(NULL, 0, 4);
        observer.kinds = HPT_EVENT_TRIAL_REPORTED;
        observer.policy = HPT_POLICY_BLOCK;
        observer.events = hear_values;
        observer.user = &heard;
        options.observers = &observer;
        options.observer_count = 1;
        options.pool = runs_pools[i];
        options.goals = two;
        options.goal_count = 2;
        hpt_result_destroy(runs_do(report_both, NULL, &options));
        assert_int_equal(heard, 4 * 5);
    }
}

static hpt_status report_badly(hpt_trial *trial, void *user, double *value_out) {
    const double values[] = { 1, NAN };
    (void)user;
    assert_int_equal(hpt_trial_report_values(NULL, 1, values, 1), HPT_EINVAL);
    assert_int_equal(hpt_trial_report_values(trial, 1, NULL, 1), HPT_EINVAL);
    assert_int_equal(hpt_trial_report_values(trial, 1, values, 2), HPT_EINVAL);
    assert_int_equal(hpt_trial_report_values(trial, 1, values + 1, 1), HPT_EINVAL);
    assert_int_equal(hpt_trial_report_values(trial, 1, values, 1), HPT_OK);
    *value_out = 1;
    return hpt_trial_report_values(trial, 9, values, 0);
}

static void reports_of_another_number_of_values_are_refused(void **state) {
    (void)state;
    trace it = { 0 };
    hpt_result_destroy(runs_traced(&it, report_badly, NULL, options_of(NULL, 0, 1)));
    assert_int_equal(it.trials[0].state, HPT_TRIAL_FAILED);
    assert_string_equal(it.trials[0].reason, "0 values reported at step 9 for 1 goal");
    trace_free(&it);
}

/* ---- refusals ---- */

static void pruners_that_will_not_do_are_refused(void **state) {
    (void)state;
    hpt_options options = options_of("medain", 0, 1);
    runs_assert_refused(&options, HPT_EABSENT, "no pruner \"medain\"; closest match: \"median\"");
    options.pruner = "median:percentile=4";
    runs_assert_refused(&options, HPT_EINVAL, "pruner \"median\" has no option \"percentile\"");
    options.pruner = "patient:of=patienc";
    runs_assert_refused(&options, HPT_EABSENT, "closest match: \"patient\"");
    options.pruner = "threshold";
    runs_assert_refused(&options, HPT_EINVAL, "lower=VALUE, upper=VALUE or both");
    options.pruner = "threshold:lower=2,upper=1";
    runs_assert_refused(&options, HPT_EINVAL, "lower is 2, which is above upper, 1");
    options.pruner = "wilcoxon";
    options.goals = two;
    options.goal_count = 2;
    runs_assert_refused(&options, HPT_EINVAL,
                        "\"wilcoxon\" compares trials by 1 goal at most, and there are 2");
    options = stopping("median");
    runs_assert_refused(&options, HPT_EINVAL, "pruner_class is \"stopper\"");
}

static void none_is_nobody(void **state) {
    (void)state;
    size_t      threads = runs_threads();
    hpt_options options = options_of("none", 0, 20);
    options.worker_count = 2;
    hpt_result *result = runs_do(learn, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    runs_assert_threads(threads);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_stops_the_same_trials_on_every_pool),
        cmocka_unit_test(a_window_stops_the_same_trials_in_a_simulation),
        cmocka_unit_test(a_window_stops_the_same_trials_by_ask_and_tell),
        cmocka_unit_test(a_stopped_trial_is_pruned_and_says_where_and_by_whom),
        cmocka_unit_test(a_pruner_of_ones_own_has_its_options),
        cmocka_unit_test(whatever_a_stopped_objective_returns_its_trial_is_pruned),
        cmocka_unit_test(a_value_told_after_all_counts),
        cmocka_unit_test(without_a_window_a_trial_learns_of_it_at_a_later_report),
        cmocka_unit_test(every_report_reaches_the_pruner_before_the_end_of_its_trial),
        cmocka_unit_test(a_simulated_trial_is_stopped_when_its_report_is_due),
        cmocka_unit_test(a_simulated_trial_is_judged_by_what_is_known_at_its_time),
        cmocka_unit_test(several_goals_stop_trials_too_and_alike_with_a_window),
        cmocka_unit_test(one_value_of_several_goals_stops_nobody),
        cmocka_unit_test(observers_hear_all_values_of_several_goals),
        cmocka_unit_test(reports_of_another_number_of_values_are_refused),
        cmocka_unit_test(pruners_that_will_not_do_are_refused),
        cmocka_unit_test(none_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
