/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run with several goals gives the front of its trials, and everybody sees all values.
 * Method: the values are x and (x - 1)^2, of which each point of [0, 1] is a compromise when both
 *         are made small; and what is derived from them. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const hpt_goal near_and_small[] = { { "size", HPT_MINIMISE, 1 },
                                           { "miss", HPT_MINIMISE, 1 } };

static hpt_options goal_options(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.goals = near_and_small;
    options.goal_count = 2;
    return options;
}

static hpt_status compromise(hpt_trial *trial, void *user, double *values_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    values_out[0] = x;
    values_out[1] = (x - 1) * (x - 1);
    return HPT_OK;
}

/* x, rounded, and the same again: one value is better than all others. */
static hpt_status agree(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    values_out[0] = values_out[1] = floor(hpt_trial_real_at(trial, 0) * 8);
    return HPT_OK;
}

/* ---- the front ---- */

static void each_compromise_is_on_the_front(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads", "sim" };
    for (int i = 0; i < 3; i++) {
        hpt_options options = goal_options(4, 500);
        options.pool = pools[i];
        hpt_result *result = runs_do(compromise, NULL, &options);
        assert_int_equal(hpt_result_front_count(result), 500);
        assert_int_equal(hpt_result_stats(result)->front_count, 500);
        for (size_t k = 0; k < 500; k++) {
            double x = hpt_result_front_real(result, k, "x");
            assert_true(hpt_result_front_value(result, k, 0) == x);
            assert_true(hpt_result_front_value(result, k, 1) == (x - 1) * (x - 1));
            assert_true(hpt_result_front_param_at(result, k, 0).as.real == x);
            if (k > 0) assert_true(hpt_result_front_value(result, k - 1, 0) < x);
        }
        hpt_result_destroy(result);
    }
}

static void of_equal_trials_the_first_is_on_the_front(void **state) {
    (void)state;
    hpt_options options = goal_options(3, 2000);
    hpt_result *result = runs_do(agree, NULL, &options);
    assert_int_equal(hpt_result_front_count(result), 1);
    assert_true(hpt_result_front_value(result, 0, 0) == 0);
    uint64_t first = hpt_result_front_trial(result, 0);
    hpt_result_destroy(result);
    options.pool = "inline";
    result = runs_do(agree, NULL, &options);
    assert_int_equal(hpt_result_front_trial(result, 0), first);
    hpt_result_destroy(result);
}

static void the_best_is_the_member_that_is_best_in_the_first_goal(void **state) {
    (void)state;
    hpt_options options = goal_options(2, 300);
    hpt_result *result = runs_do(compromise, NULL, &options);
    assert_true(hpt_result_has_best(result));
    assert_true(hpt_result_value(result) == hpt_result_front_value(result, 0, 0));
    assert_int_equal(hpt_result_trial(result), hpt_result_front_trial(result, 0));
    assert_true(hpt_result_real(result, "x") == hpt_result_front_real(result, 0, "x"));
    hpt_result_destroy(result);
}

static void each_goal_has_its_direction(void **state) {
    (void)state;
    hpt_goal    goals[] = { { "size", HPT_MAXIMISE, NAN }, { "miss", HPT_MINIMISE, NAN } };
    hpt_options options = goal_options(2, 300);
    options.goals = goals;
    hpt_result *result = runs_do(compromise, NULL, &options);
    assert_int_equal(hpt_result_front_count(result), 1); /* large x is best in both */
    assert_true(hpt_result_value(result) > 0.9);
    assert_true(hpt_result_front_value(result, 0, 1) < 0.01);
    hpt_result_destroy(result);
}

static void what_is_not_there_is_none(void **state) {
    (void)state;
    hpt_options options = goal_options(1, 3);
    hpt_result *result = runs_do(agree, NULL, &options);
    assert_int_equal(hpt_result_front_trial(result, 99), UINT64_MAX);
    assert_true(isnan(hpt_result_front_value(result, 99, 0)));
    assert_true(isnan(hpt_result_front_value(result, 0, 2)));
    assert_true(isnan(hpt_result_front_real(result, 0, "y")));
    assert_int_equal(hpt_result_front_param_at(result, 0, 9).type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_front_param(result, 0, NULL).type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_front_count(NULL), 0);
    assert_int_equal(hpt_result_front_param(NULL, 0, "x").type, HPT_TYPE_NULL);
    assert_true(hpt_result_hypervolume(NULL) == 0);
    hpt_result_destroy(result);
}

static void with_one_goal_the_front_is_the_best(void **state) {
    (void)state;
    hpt_goal    goal = { "size", HPT_MAXIMISE, 0 };
    hpt_options options = runs_options(2, 100);
    options.goals = &goal;
    options.goal_count = 1;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_front_count(result), 1);
    assert_int_equal(hpt_result_stats(result)->front_count, 1);
    assert_int_equal(hpt_result_front_trial(result, 0), hpt_result_trial(result));
    assert_true(hpt_result_front_value(result, 0, 0) == hpt_result_value(result));
    assert_true(hpt_result_front_real(result, 0, "x") == hpt_result_real(result, "x"));
    assert_true(hpt_result_value(result) > 0.9);
    assert_true(hpt_result_hypervolume(result) == hpt_result_value(result));
    hpt_result_destroy(result);
}

static void a_result_keeps_its_front_when_the_run_is_gone(void **state) {
    (void)state;
    hpt_options options = goal_options(2, 50);
    hpt_run    *run = runs_start(compromise, NULL, &options);
    hpt_result *other = NULL;
    assert_int_equal(hpt_run_wait(run, 60), HPT_OK);
    assert_int_equal(hpt_run_result(run, &other, NULL), HPT_OK);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_front_count(result), 50);
    hpt_result_destroy(result);
    assert_int_equal(hpt_result_front_count(other), 50);
    assert_true(hpt_result_front_real(other, 49, "x") <= 1);
    hpt_result_destroy(other);
}

/* ---- the hypervolume ---- */

static void the_hypervolume_counts_from_the_references(void **state) {
    (void)state;
    hpt_options options = goal_options(2, 400);
    hpt_result *result = runs_do(compromise, NULL, &options);
    double      sum = 0, right = 1; /* strips, from the right */
    for (size_t i = hpt_result_front_count(result); i-- > 0;) {
        double x = hpt_result_front_value(result, i, 0);
        sum += (right - x) * (1 - hpt_result_front_value(result, i, 1));
        right = x;
    }
    assert_true(fabs(hpt_result_hypervolume(result) - sum) < 1e-12);
    assert_true(fabs(sum - 2.0 / 3) < 0.02); /* what x * (2 - x) has under it */
    hpt_result_destroy(result);
}

static void without_references_it_counts_from_the_worst_on_the_front(void **state) {
    (void)state;
    hpt_goal    goals[] = { { "size", HPT_MINIMISE, NAN }, { "miss", HPT_MINIMISE, NAN } };
    hpt_options options = goal_options(2, 400);
    options.goals = goals;
    hpt_result *result = runs_do(compromise, NULL, &options);
    assert_true(hpt_result_hypervolume(result) > 0.6);
    hpt_result_destroy(result);
    options.trial_count_max = 1;
    result = runs_do(compromise, NULL, &options);
    assert_true(hpt_result_hypervolume(result) == 0);
    hpt_result_destroy(result);
}

/* ---- values that will not do ---- */

static hpt_status one_missing(hpt_trial *trial, void *user, double *values_out) {
    (void)trial;
    (void)user;
    values_out[0] = 1;
    return HPT_OK;
}

static void a_goal_without_a_value_fails_the_trial_and_is_named(void **state) {
    (void)state;
    hpt_options options = goal_options(2, 20);
    hpt_result *result = runs_do(one_missing, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 20);
    assert_int_equal(hpt_result_front_count(result), 0);
    assert_true(hpt_result_hypervolume(result) == 0);
    assert_false(hpt_result_has_best(result));
    runs_assert_says(hpt_result_stop_text(result), "returned NaN for goal \"miss\"");
    hpt_result_destroy(result);
}

/* ---- budgets ---- */

static void trials_that_do_not_enter_the_front_are_stale(void **state) {
    (void)state;
    hpt_options options = goal_options(1, 10000);
    options.stale_count_max = 50;
    hpt_result *result = runs_do(agree, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_STALE);
    hpt_result_destroy(result);
    options.trial_count_max = 1000; /* all of these enter it */
    result = runs_do(compromise, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    hpt_result_destroy(result);
}

/* ---- options that are refused ---- */

static void odd_goals_are_refused(void **state) {
    (void)state;
    hpt_goal    goals[9] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MAXIMISE, NAN } };
    hpt_options options = goal_options(1, 10);
    options.goals = goals;
    options.goal_count = 9;
    runs_assert_refused(&options, HPT_EINVAL, "goal_count 9 is above 8");
    options.goal_count = 3;
    runs_assert_refused(&options, HPT_EINVAL, "name of goal 2");
    options.goal_count = 0;
    runs_assert_refused(&options, HPT_EINVAL, "goal_count is 0");
    options.goal_count = 2;
    goals[1].name = "a";
    runs_assert_refused(&options, HPT_EINVAL, "both called \"a\"");
    goals[1].name = "b\n";
    runs_assert_refused(&options, HPT_EINVAL, "name of goal 1");
    goals[1].name = "b";
    goals[1].direction = (hpt_direction)7;
    runs_assert_refused(&options, HPT_EINVAL, "goal \"b\": direction 7");
    goals[1].direction = HPT_MINIMISE;
    goals[1].reference = INFINITY;
    runs_assert_refused(&options, HPT_EINVAL, "goal \"b\": reference");
    goals[1].reference = 0;
    options.target = 3;
    runs_assert_refused(&options, HPT_EINVAL, "target is 3, but there are 2 goals");
    options.target = NAN;
    options.direction = HPT_MAXIMISE;
    runs_assert_refused(&options, HPT_EINVAL, "each of the goals has its own");
    options.direction = HPT_MINIMISE;
    options.goals = NULL;
    runs_assert_refused(&options, HPT_EINVAL, "goals is NULL");
}

static void a_strategy_for_one_goal_names_those_for_more(void **state) {
    (void)state;
    hpt_options options = goal_options(1, 10);
    options.strategy = "cmaes";
    runs_assert_refused(&options, HPT_EINVAL, "\"cmaes\" searches for 1 goal at most");
    runs_assert_refused(&options, HPT_EINVAL, "random");
}

/* ---- strategies ---- */

/* Random, and checks what it is told. */
typedef struct auditor {
    uint64_t seed, told, wrong;
} auditor;

static uint64_t told, wrong; /* of the last auditor */

static hpt_status auditor_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    auditor *it = state;
    it->seed = setup->seed;
    if (setup->goal_count != 2) return hpt_error(err, HPT_EINVAL, "not two goals");
    return HPT_OK;
}

static hpt_status auditor_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    auditor *it = state;
    uint64_t word;
    (void)err;
    hpt_random(it->seed, number, 1, &word, 1);
    point_out[0].real = (double)(word >> 11) * 0x1p-53;
    return HPT_OK;
}

static void auditor_tell(void *state, const hpt_outcome *outcome) {
    auditor *it = state;
    double   x = outcome->point[0].real;
    it->told++;
    if (outcome->goal_count != 2) it->wrong++;
    if (outcome->state != HPT_TRIAL_COMPLETE)
        it->wrong += outcome->losses != NULL || !isnan(outcome->loss);
    else
        it->wrong += !outcome->losses || outcome->losses[0] != -x || outcome->loss != -x ||
                     outcome->value != x || outcome->losses[1] != (x - 1) * (x - 1);
}

static void auditor_fini(void *state) {
    auditor *it = state;
    told = it->told;
    wrong = it->wrong;
}

static const hpt_strategy_class auditor_class = { .struct_size = sizeof auditor_class,
                                                  .name = "auditor",
                                                  .state_size = sizeof(auditor),
                                                  .init = auditor_init,
                                                  .ask = auditor_ask,
                                                  .tell = auditor_tell,
                                                  .fini = auditor_fini,
                                                  .goals_max = 2 };

static hpt_status some_fail(hpt_trial *trial, void *user, double *values_out) {
    compromise(trial, user, values_out);
    if (hpt_trial_number(trial) % 5 == 1) return HPT_EFAILED;
    if (hpt_trial_number(trial) % 5 == 2) values_out[1] = NAN;
    return HPT_OK;
}

static void a_strategy_is_told_a_loss_for_each_goal(void **state) {
    (void)state;
    hpt_goal goals[] = { { "size", HPT_MAXIMISE, NAN }, { "miss", HPT_MINIMISE, NAN } };
    for (uint32_t window = 0; window <= 20; window += 20) {
        hpt_options options = goal_options(3, 300);
        options.goals = goals;
        options.strategy_class = &auditor_class;
        options.strategy = NULL;
        options.window = window;
        hpt_result_destroy(runs_do(some_fail, NULL, &options));
        assert_int_equal(told, 300);
        assert_int_equal(wrong, 0);
    }
}

/* ---- observers ---- */

typedef struct watched {
    uint64_t ended, best, wrong;
} watched;

static bool has_values(const hpt_event *event) {
    double x = event->point[0].real;
    return event->value_count == 2 && event->value == x && event->values[0] == x &&
           event->values[1] == (x - 1) * (x - 1);
}

static hpt_status watch(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    watched *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        bool             has_own = event->kind == HPT_EVENT_BEST_IMPROVED ||
                       (event->kind == HPT_EVENT_TRIAL_ENDED && event->state == HPT_TRIAL_COMPLETE);
        it->ended += event->kind == HPT_EVENT_TRIAL_ENDED;
        it->best += event->kind == HPT_EVENT_BEST_IMPROVED;
        it->wrong += has_own ? !has_values(event) : event->values != NULL || event->value_count;
        it->wrong += event->kind == HPT_EVENT_FINISHED && event->stats->front_count != it->best;
    }
    return HPT_OK;
}

static hpt_status some_say_more(hpt_trial *trial, void *user, double *values_out) {
    if (hpt_trial_number(trial) % 3 == 0) hpt_trial_set_attr(trial, "a", hpt_text("some text"));
    return some_fail(trial, user, values_out);
}

static void observers_see_every_value(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads", "sim" };
    for (int i = 0; i < 3; i++) {
        hpt_options  options = goal_options(4, 1000);
        hpt_observer observer = hpt_observer_default();
        watched      seen = { 0 };
        observer.events = watch;
        observer.user = &seen;
        observer.policy = HPT_POLICY_BLOCK;
        options.pool = pools[i];
        options.observers = &observer;
        options.observer_count = 1;
        hpt_result_destroy(runs_do(some_say_more, NULL, &options));
        assert_int_equal(seen.ended, 1000);
        assert_int_equal(seen.best, 600);
        assert_int_equal(seen.wrong, 0);
    }
}

static hpt_status one_value(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    watched *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->ended++;
        it->wrong += events[i].value_count != 1 || events[i].values[0] != events[i].value;
    }
    return HPT_OK;
}

static void with_one_goal_there_is_one_value(void **state) {
    (void)state;
    hpt_options  options = runs_options(2, 5000);
    hpt_observer observer = hpt_observer_default();
    watched      seen = { 0 };
    observer.events = one_value;
    observer.user = &seen;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    assert_int_equal(seen.ended, 5000);
    assert_int_equal(seen.wrong, 0);
}

/* ---- studies ---- */

static void a_study_is_told_all_values(void **state) {
    (void)state;
    hpt_options options = goal_options(0, 3);
    hpt_study  *study = runs_study(&options);
    hpt_err     err;
    hpt_trial  *trial = runs_ask(study);
    assert_int_equal(hpt_study_tell(study, trial, 1, &err), HPT_EINVAL);
    runs_assert_says(err.text, "1 value for 2 goals");
    assert_int_equal(hpt_study_tell_values(study, trial, NULL, 2, &err), HPT_EINVAL);
    assert_int_equal(hpt_study_tell_values(study, trial, (double[]){ 1, 2 }, 2, &err), HPT_OK);
    assert_int_equal(hpt_study_tell_values(study, trial, (double[]){ 1, 2 }, 2, &err), HPT_EINVAL);
    assert_int_equal(hpt_study_tell_values(study, runs_ask(study), (double[]){ 2, 1 }, 2, &err), 0);
    trial = runs_ask(study);
    assert_int_equal(hpt_study_tell_values(study, trial, (double[]){ 0, NAN }, 2, &err), HPT_OK);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_front_count(result), 2);
    assert_true(hpt_result_value(result) == 1);
    assert_true(hpt_result_front_value(result, 1, 1) == 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    hpt_result_destroy(result);
}

static void a_study_with_one_goal_takes_an_array_of_one(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 1);
    hpt_study  *study = runs_study(&options);
    assert_int_equal(hpt_study_tell_values(study, runs_ask(study), (double[]){ 3 }, 1, NULL), 0);
    hpt_result *result = runs_close(study);
    assert_true(hpt_result_value(result) == 3);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_compromise_is_on_the_front),
        cmocka_unit_test(of_equal_trials_the_first_is_on_the_front),
        cmocka_unit_test(the_best_is_the_member_that_is_best_in_the_first_goal),
        cmocka_unit_test(each_goal_has_its_direction),
        cmocka_unit_test(what_is_not_there_is_none),
        cmocka_unit_test(with_one_goal_the_front_is_the_best),
        cmocka_unit_test(a_result_keeps_its_front_when_the_run_is_gone),
        cmocka_unit_test(the_hypervolume_counts_from_the_references),
        cmocka_unit_test(without_references_it_counts_from_the_worst_on_the_front),
        cmocka_unit_test(a_goal_without_a_value_fails_the_trial_and_is_named),
        cmocka_unit_test(trials_that_do_not_enter_the_front_are_stale),
        cmocka_unit_test(odd_goals_are_refused),
        cmocka_unit_test(a_strategy_for_one_goal_names_those_for_more),
        cmocka_unit_test(a_strategy_is_told_a_loss_for_each_goal),
        cmocka_unit_test(observers_see_every_value),
        cmocka_unit_test(with_one_goal_there_is_one_value),
        cmocka_unit_test(a_study_is_told_all_values),
        cmocka_unit_test(a_study_with_one_goal_takes_an_array_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
