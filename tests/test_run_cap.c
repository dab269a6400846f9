/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that cannot beat the best any more is stopped, also when that becomes so while it
 *         runs; what it would have come to at least is kept, told to the strategy and survives in a
 *         study file.
 * Method: objectives that report a growing cost, or take their time, real and virtual; strategies
 *         that note what they are told. */
#include "hanging.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* Costs that grow by 1 with each report up to the trial's own, which is cost(number). */

typedef struct growing {
    const double *costs;
    atomic_uint   reports[16];
    hpt_status    last[16];
} growing;

static hpt_status grow(hpt_trial *trial, void *user, double *value_out) {
    growing *it = user;
    uint64_t number = hpt_trial_number(trial);
    double   cost = it->costs[number];
    for (int step = 1; step <= (int)cost; step++) {
        atomic_fetch_add(&it->reports[number], 1);
        hpt_status status = hpt_trial_report(trial, step, step);
        it->last[number] = status;
        if (status != HPT_OK) return status;
    }
    *value_out = cost;
    return HPT_OK;
}

/* A strategy that draws nothing and notes what it is told. */

typedef struct told {
    hpt_trial_state state[16];
    double          bound[16];
} told;

static told heard;

static hpt_status note_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)state;
    (void)err;
    (void)number;
    point_out[0].real = 0.5;
    return HPT_OK;
}

static void note_tell(void *state, const hpt_outcome *outcome) {
    (void)state;
    heard.state[outcome->number] = outcome->state;
    heard.bound[outcome->number] = outcome->bound;
}

static const hpt_strategy_class note_strategy = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "note",
    .summary = "notes what it is told",
    .state_size = 1,
    .ask = note_ask,
    .tell = note_tell,
};

static hpt_options cap_options(hpt_cap cap, uint64_t trials) {
    hpt_options options = runs_options(1, trials);
    options.cap = cap;
    options.strategy = NULL;
    options.strategy_class = &note_strategy;
    heard = (told){ .bound = { 0 } };
    return options;
}

static void assert_stopped(uint64_t number, double bound) {
    assert_int_equal(heard.state[number], HPT_TRIAL_PRUNED);
    assert_true(heard.bound[number] == bound);
}

static void assert_went_on(uint64_t number) {
    assert_int_equal(heard.state[number], HPT_TRIAL_COMPLETE);
    assert_true(isnan(heard.bound[number]));
}

static void a_report_above_the_best_stops_the_trial(void **state) {
    (void)state;
    static const double costs[] = { 5, 9, 5, 3, 4, 3 };
    for (int i = 0; i < RUNS_POOLS; i++) {
        growing     it = { .costs = costs };
        hpt_options options = cap_options(HPT_CAP_REPORT, 6);
        options.pool = runs_pools[i];
        hpt_result *result = runs_do(grow, &it, &options);
        assert_went_on(0);
        assert_stopped(1, 6); /* what it had come to */
        assert_went_on(2);    /* as good as the best */
        assert_went_on(3);
        assert_stopped(4, 4);
        assert_went_on(5);
        assert_int_equal(it.last[1], HPT_EPRUNED);
        assert_int_equal(atomic_load(&it.reports[1]), 6);
        assert_true(hpt_result_value(result) == 3);
        hpt_result_destroy(result);
    }
}

static void factor_and_slack_give_it_room(void **state) {
    (void)state;
    static const double costs[] = { 4, 9, 20 };
    growing             it = { .costs = costs };
    hpt_options         options = cap_options(HPT_CAP_REPORT, 3);
    options.cap_factor = 2;
    options.cap_slack = 1.5; /* 2 x 4 + 1.5 */
    hpt_result_destroy(runs_do(grow, &it, &options));
    assert_went_on(1);
    assert_stopped(2, 10);
}

/* A best that is negative: the factor still gives room. */

static hpt_status from_minus_10(hpt_trial *trial, void *user, double *value_out) {
    const double *ends = user;
    double        end = ends[hpt_trial_number(trial)];
    for (double cost = -20; cost <= end; cost++) {
        hpt_status status = hpt_trial_report(trial, (int64_t)cost, cost);
        if (status != HPT_OK) return status;
    }
    *value_out = end;
    return HPT_OK;
}

static void a_negative_best_has_its_cap_above_it(void **state) {
    (void)state;
    static double ends[] = { -10, -6, -3 };
    hpt_options   options = cap_options(HPT_CAP_REPORT, 3);
    options.cap_factor = 1.5; /* -10 + 0.5 x 10 */
    hpt_result_destroy(runs_do(from_minus_10, ends, &options));
    assert_went_on(1);
    assert_stopped(2, -4);
}

/* What is told. */

typedef struct end {
    char   reason[240];
    double bound;
    size_t attrs;
} end;

static hpt_status hear(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    end *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED || events[i].trial != 1) continue;
        snprintf(it->reason, sizeof it->reason, "%s", events[i].reason);
        it->attrs = events[i].attr_count;
        if (it->attrs > 0 && strcmp(events[i].attrs[0].name, "bound") == 0)
            it->bound = events[i].attrs[0].value.as.real;
    }
    return HPT_OK;
}

static void the_reason_and_the_bound_are_told(void **state) {
    (void)state;
    static const double costs[] = { 5, 9 };
    growing             it = { .costs = costs };
    end                 ended = { .attrs = 0 };
    hpt_observer        observer = hpt_observer_default();
    hpt_options         options = cap_options(HPT_CAP_REPORT, 2);
    observer.events = hear;
    observer.user = &ended;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(grow, &it, &options));
    runs_assert_says(ended.reason, "reported 6 at step 6: it cannot beat the best any more");
    assert_int_equal(ended.attrs, 1);
    assert_true(ended.bound == 6);
}

/* What a report says, and a constraint that trial 3 breaks by 2. */
static hpt_status report_once(hpt_trial *trial, void *user, double *value_out) {
    static const double reports[] = { 1, INFINITY, 7, 1 };
    uint64_t            number = hpt_trial_number(trial) % 4;
    (void)user;
    *value_out = reports[number];
    if (number == 3) return hpt_trial_constraint(trial, "wide", 2);
    return hpt_trial_report(trial, 1, reports[number]);
}

static void an_infinite_report_is_a_finite_bound(void **state) {
    (void)state;
    end          ended = { .attrs = 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = cap_options(HPT_CAP_REPORT, 2);
    observer.events = hear;
    observer.user = &ended;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(report_once, NULL, &options));
    assert_int_equal(ended.attrs, 1);
    assert_true(ended.bound == DBL_MAX);
    runs_assert_says(ended.reason, "reported inf at step 1");
}

/* A pruner that stops nobody and notes what it is told. */

static double end_bounds[4], end_losses[4], end_violations[4];

static bool never(void *state, const hpt_pruner_report *report) {
    (void)state;
    (void)report;
    return false;
}

static void note_end(void *state, const hpt_outcome *outcome) {
    (void)state;
    end_bounds[outcome->number] = outcome->bound;
    end_losses[outcome->number] = outcome->last_losses ? *outcome->last_losses : -1;
    end_violations[outcome->number] = outcome->violation;
}

static void a_pruner_is_told_what_a_strategy_is(void **state) {
    (void)state;
    static const hpt_pruner_class ear = {
        .struct_size = sizeof ear, .name = "ear", .report = never, .end = note_end
    };
    hpt_options options = cap_options(HPT_CAP_REPORT, 4);
    options.pruner_class = &ear;
    hpt_result_destroy(runs_do(report_once, NULL, &options));
    assert_true(isnan(end_bounds[0]) && end_losses[0] == 1 && end_violations[0] == 0);
    assert_true(end_bounds[2] == 7 && end_losses[2] == 7 && end_violations[2] == 0);
    assert_true(isnan(end_bounds[3]) && end_losses[3] == -1 && end_violations[3] == 2);
}

/* While it runs. */

typedef struct race {
    atomic_ulong is_waiting, is_done, returned;
    atomic_int   stopped;
} race;

/* Trial 0 reports 5 and waits; trial 1 ends at 3. */
static hpt_status overtaken(hpt_trial *trial, void *user, double *value_out) {
    race *it = user;
    *value_out = 3;
    if (hpt_trial_number(trial) == 1) return runs_wait_for(&it->is_waiting, 1) ? HPT_OK : HPT_EBUG;
    if (hpt_trial_report(trial, 1, 5) != HPT_OK) return HPT_EBUG;
    atomic_store(&it->is_waiting, 1);
    for (int ms = 0; ms < 20000 && !hpt_trial_should_stop(trial); ms++)
        runs_sleep_ms(1);
    atomic_store(&it->stopped, hpt_trial_should_stop(trial));
    *value_out = 5;
    return HPT_OK;
}

static void a_better_trial_stops_one_that_runs(void **state) {
    (void)state;
    race        it = { .is_waiting = 0 };
    hpt_options options = cap_options(HPT_CAP_REPORT, 2);
    options.worker_count = 2;
    hpt_result_destroy(runs_do(overtaken, &it, &options));
    assert_true(atomic_load(&it.stopped));
    assert_stopped(0, 5);
    assert_went_on(1);
}

/* Times. */

/* As slow as its cost says, in virtual seconds, if the pool has them. */
static hpt_status spend(hpt_trial *trial, void *user, double *value_out) {
    const double *costs = user;
    double        cost = costs[hpt_trial_number(trial)];
    hpt_trial_spend(trial, cost);
    *value_out = cost;
    return HPT_OK;
}

static void in_virtual_time_a_trial_ends_at_its_cap(void **state) {
    (void)state;
    static double costs[] = { 50, 80, 30, 40, 30 };
    hpt_options   options = cap_options(HPT_CAP_TIME, 5);
    options.pool = "sim:time=constant,mean=1";
    options.cap_slack = 5;
    hpt_result *result = runs_do(spend, costs, &options);
    assert_went_on(0);
    assert_stopped(1, 55);
    assert_went_on(2);
    assert_stopped(3, 35);
    assert_went_on(4);
    double wall_s = hpt_result_stats(result)->wall_s; /* 50 + 55 + 30 + 35 + 30 */
    assert_true(wall_s >= 200 && wall_s < 200.001);
    hpt_result_destroy(result);
}

/* Both begin at 0; the second ends at 20, when the first has had 20 of its 90. */
static void in_virtual_time_a_cap_falls_upon_trials_that_run(void **state) {
    (void)state;
    static double costs[] = { 90, 20, 90 };
    hpt_options   options = cap_options(HPT_CAP_TIME, 3);
    options.pool = "sim:time=constant,mean=1";
    options.worker_count = 2;
    options.cap_factor = 2;
    hpt_result *result = runs_do(spend, costs, &options);
    assert_stopped(0, 40);
    assert_went_on(1);
    assert_stopped(2, 40);
    double wall_s = hpt_result_stats(result)->wall_s;
    assert_true(wall_s >= 60 && wall_s < 60.001);
    hpt_result_destroy(result);
}

static void a_time_out_is_a_bound_where_values_are_times(void **state) {
    (void)state;
    static double costs[] = { 50, 30 };
    hpt_options   options = cap_options(HPT_CAP_TIME, 2);
    options.pool = "sim:time=constant,mean=1";
    options.trial_s_max = 40;
    hpt_result_destroy(runs_do(spend, costs, &options));
    assert_int_equal(heard.state[0], HPT_TRIAL_TIMEOUT);
    assert_true(heard.bound[0] == 40);
    assert_went_on(1);
    options = cap_options(HPT_CAP_NONE, 2);
    options.pool = "sim:time=constant,mean=1";
    options.trial_s_max = 40;
    hpt_result_destroy(runs_do(spend, costs, &options));
    assert_true(isnan(heard.bound[0]));
}

/* The first is done at once and says 0.05 s; the others ask. */
static hpt_status ask_for_time(hpt_trial *trial, void *user, double *value_out) {
    double *left_s = user;
    *value_out = 0.05;
    if (hpt_trial_number(trial) == 0) return HPT_OK;
    *left_s = hpt_trial_left_s(trial);
    for (int ms = 0; ms < 20000 && !hpt_trial_should_stop(trial); ms++)
        runs_sleep_ms(1);
    return HPT_OK;
}

static void in_real_time_a_trial_that_asks_ends_at_its_cap(void **state) {
    (void)state;
    for (int i = 0; i < RUNS_POOLS; i++) {
        double      left_s = 0;
        hpt_options options = cap_options(HPT_CAP_TIME, 2);
        options.pool = runs_pools[i];
        hpt_result_destroy(runs_do(ask_for_time, &left_s, &options));
        assert_stopped(1, 0.05);
        assert_true(left_s > 0 && left_s <= 0.05);
    }
}

/* One that does not ask. */

static hpt_status best_then_hang(hpt_trial *trial, void *user, double *value_out) {
    hanging *it = user;
    *value_out = 0.3;
    if (hpt_trial_number(trial) != 1) return HPT_OK;
    hanging_wait(it);
    hanging_return(it);
    return HPT_OK;
}

static void one_that_does_not_ask_is_given_up_after_the_grace(void **state) {
    (void)state;
    hanging     it = { .count = 0 };
    end         ended = { .attrs = 0 };
    hpt_options options = cap_options(HPT_CAP_TIME, 4);
    options.grace_s = 0.1;
    hpt_observer observer = hpt_observer_default();
    observer.events = hear;
    observer.user = &ended;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hanging_begin(&it);
    hpt_result *result = runs_do(best_then_hang, &it, &options);
    assert_stopped(1, 0.3);
    assert_int_equal(hpt_result_stats(result)->lost_count, 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    runs_assert_says(ended.reason, "did not return within 0.1 s of its cap of 0.3 s");
    hpt_result_destroy(result);
    hanging_end(&it);
}

static hpt_status no_time_at_all(hpt_trial *trial, void *user, double *value_out) {
    const double *value = user;
    *value_out = hpt_trial_should_stop(trial) ? NAN : *value;
    return HPT_OK;
}

static void values_that_are_no_times_stop_nobody(void **state) {
    (void)state;
    static double values[] = { 0, -3 };
    for (int i = 0; i < 2; i++) {
        hpt_options options = cap_options(HPT_CAP_TIME, 10);
        hpt_result *result = runs_do(no_time_at_all, &values[i], &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
        hpt_result_destroy(result);
    }
}

/* The same at any number of workers. */

static hpt_status grow_slowly(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double cost = 10 * hpt_trial_real_at(trial, 0);
    for (int step = 1; step <= (int)cost; step++) {
        if (hpt_trial_seed(trial, (uint64_t)step) % 8 == 0) runs_sleep_ms(1);
        hpt_status status = hpt_trial_report(trial, step, step);
        if (status != HPT_OK) return status;
    }
    *value_out = cost;
    return HPT_OK;
}

static void with_a_window_caps_are_the_same_at_any_number_of_workers(void **state) {
    (void)state;
    trace traces[2] = { { 0 }, { 0 } };
    for (int i = 0; i < 2; i++) {
        hpt_options options = runs_options(i == 0 ? 1 : 4, 200);
        options.cap = HPT_CAP_REPORT;
        options.window = 12;
        hpt_result *result = runs_traced(&traces[i], grow_slowly, NULL, options);
        assert_true(hpt_result_count(result, HPT_TRIAL_PRUNED) > 20);
        hpt_result_destroy(result);
    }
    trace_assert_equal(&traces[0], &traces[1]);
    trace_free(&traces[0]);
    trace_free(&traces[1]);
}

/* A study's caller. */

static void a_studys_caller_hears_of_its_cap(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 2; window += 2) {
        hpt_options options = cap_options(HPT_CAP_REPORT, 3);
        options.window = window;
        hpt_study  *study = runs_study(&options);
        hpt_trial  *trial = NULL;
        hpt_result *result = NULL;
        assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
        assert_int_equal(hpt_study_tell(study, trial, 5, NULL), HPT_OK);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
            if (window > 0 && i == 0) { /* it was asked for before there was a best */
                assert_int_equal(hpt_trial_report(trial, 1, 7), HPT_OK);
                assert_int_equal(hpt_study_tell(study, trial, 7, NULL), HPT_OK);
                continue;
            }
            assert_int_equal(hpt_trial_report(trial, 1, 5), HPT_OK);
            assert_int_equal(hpt_trial_report(trial, 2, 7), HPT_EPRUNED);
            if (i == 0) /* a value told is a value meant */
                assert_int_equal(hpt_study_tell(study, trial, 6, NULL), HPT_OK);
            else
                assert_int_equal(hpt_study_tell_state(study, trial, HPT_TRIAL_PRUNED, NULL, NULL),
                                 HPT_OK);
        }
        assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
        assert_went_on(1);
        assert_stopped(2, 7);
        hpt_result_destroy(result);
        hpt_study_destroy(study);
    }
}

/* A study file keeps it. */

static void a_bound_survives_in_a_study_file(void **state) {
    (void)state;
    static const double costs[] = { 5, 9, 4, 8 };
    char                folder[64], path[96];
    assert_true(fixture_folder(folder, "cap"));
    snprintf(path, sizeof path, "%s/cap.journal", folder);
    for (uint64_t trials = 2; trials <= 4; trials += 2) {
        growing     it = { .costs = costs };
        hpt_options options = cap_options(HPT_CAP_REPORT, trials);
        options.study = path;
        hpt_result_destroy(runs_do(grow, &it, &options));
        assert_stopped(1, 6);
    }
    assert_stopped(3, 5); /* the best of both parts is 4 */
    remove(path);
    remove(folder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_report_above_the_best_stops_the_trial),
    cmocka_unit_test(factor_and_slack_give_it_room),
    cmocka_unit_test(a_negative_best_has_its_cap_above_it),
    cmocka_unit_test(the_reason_and_the_bound_are_told),
    cmocka_unit_test(an_infinite_report_is_a_finite_bound),
    cmocka_unit_test(a_pruner_is_told_what_a_strategy_is),
    cmocka_unit_test(a_better_trial_stops_one_that_runs),
    cmocka_unit_test(in_virtual_time_a_trial_ends_at_its_cap),
    cmocka_unit_test(in_virtual_time_a_cap_falls_upon_trials_that_run),
    cmocka_unit_test(a_time_out_is_a_bound_where_values_are_times),
    cmocka_unit_test(in_real_time_a_trial_that_asks_ends_at_its_cap),
    cmocka_unit_test(one_that_does_not_ask_is_given_up_after_the_grace),
    cmocka_unit_test(values_that_are_no_times_stop_nobody),
    cmocka_unit_test(with_a_window_caps_are_the_same_at_any_number_of_workers),
    cmocka_unit_test(a_studys_caller_hears_of_its_cap),
    cmocka_unit_test(a_bound_survives_in_a_study_file),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
