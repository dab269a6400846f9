/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that breaks a constraint on results is INFEASIBLE, says which and by how much,
 * and whoever learns gets its values and how far it was off. Method: x is to be small and at least
 * 0.5, or what is derived from that. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static hpt_status at_least_a_half(hpt_trial *trial, void *user, double *value_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    *value_out = x;
    return hpt_trial_constraint(trial, "half", 0.5 - x);
}

/* ---- the result ---- */

static void the_best_is_feasible(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads", "sim" };
    for (int i = 0; i < 3; i++) {
        hpt_options options = runs_options(3, 400);
        options.pool = pools[i];
        hpt_result *result = runs_do(at_least_a_half, NULL, &options);
        assert_true(hpt_result_value(result) >= 0.5);
        assert_true(hpt_result_value(result) < 0.55);
        assert_true(hpt_result_count(result, HPT_TRIAL_INFEASIBLE) > 100);
        assert_true(hpt_result_count(result, HPT_TRIAL_COMPLETE) > 100);
        hpt_result_destroy(result);
    }
}

static hpt_status never(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    hpt_trial_constraint(trial, "small", 0.25);
    return hpt_trial_constraint(trial, "large", 3);
}

static void without_a_feasible_trial_there_is_no_best_and_the_end_says_so(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 1500); /* beyond fruitless_count_max: these are values */
    hpt_result *result = runs_do(never, NULL, &options);
    assert_false(hpt_result_has_best(result));
    assert_true(isnan(hpt_result_value(result)));
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    runs_assert_says(hpt_result_stop_text(result), "no trial was feasible");
    runs_assert_says(hpt_result_stop_text(result), "constraint \"large\" is 3");
    hpt_result_destroy(result);
}

static hpt_status never_and_no_value(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    (void)value_out;
    hpt_trial_constraint(trial, "large", 3);
    return HPT_EINFEASIBLE;
}

static void without_values_a_run_is_fruitless(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 5000);
    hpt_result *result = runs_do(never_and_no_value, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_ALL_FAILED);
    hpt_result_destroy(result);
}

/* ---- one trial ---- */

typedef struct end {
    hpt_trial_state state;
    char            reason[240];
    double          values[2];
    uint32_t        value_count, attr_count, constraint_count;
    char            names[3][16];
    double          constraints[3];
} end;

static hpt_status keep_end(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    end *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        if (event->kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->state = event->state;
        snprintf(it->reason, sizeof it->reason, "%s", event->reason);
        it->value_count = event->value_count;
        for (uint32_t k = 0; k < event->value_count && k < 2; k++)
            it->values[k] = event->values[k];
        it->attr_count = event->attr_count;
        it->constraint_count = event->constraint_count;
        for (uint32_t k = 0; k < event->constraint_count && k < 3; k++) {
            snprintf(it->names[k], sizeof it->names[k], "%.15s", event->constraints[k].name);
            it->constraints[k] = event->constraints[k].value.as.real;
        }
    }
    return HPT_OK;
}

static end run_one(hpt_objective objective) {
    hpt_options  options = runs_options(1, 1);
    hpt_observer observer = hpt_observer_default();
    end          it = { 0 };
    observer.events = keep_end;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(objective, NULL, &options));
    return it;
}

static void the_reason_names_the_worst_constraint(void **state) {
    (void)state;
    end it = run_one(never);
    assert_int_equal(it.state, HPT_TRIAL_INFEASIBLE);
    assert_string_equal(it.reason, "constraint \"large\" is 3, which is above 0");
}

static void an_infeasible_trial_shows_its_value_and_constraints(void **state) {
    (void)state;
    end it = run_one(never);
    assert_int_equal(it.value_count, 1);
    assert_true(it.values[0] == 1);
    assert_int_equal(it.constraint_count, 2);
    assert_string_equal(it.names[0], "small");
    assert_true(it.constraints[0] == 0.25 && it.constraints[1] == 3);
}

static hpt_status at_the_edge(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    hpt_trial_constraint(trial, "a", 7);
    hpt_trial_set_attr(trial, "a", hpt_int(1)); /* another thing */
    hpt_trial_constraint(trial, "b", -INFINITY);
    return hpt_trial_constraint(trial, "a", 0);
}

static void zero_is_feasible_and_a_name_given_again_replaces(void **state) {
    (void)state;
    end it = run_one(at_the_edge);
    assert_int_equal(it.state, HPT_TRIAL_COMPLETE);
    assert_int_equal(it.attr_count, 1);
    assert_int_equal(it.constraint_count, 2);
    assert_string_equal(it.names[0], "b");
    assert_string_equal(it.names[1], "a");
    assert_true(it.constraints[1] == 0);
    assert_int_equal(it.value_count, 1);
}

static hpt_status undefined(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    hpt_trial_constraint(trial, "ratio", NAN);
    return HPT_OK;
}

static void nan_fails_the_trial_with_a_sentence(void **state) {
    (void)state;
    end it = run_one(undefined);
    assert_int_equal(it.state, HPT_TRIAL_FAILED);
    assert_string_equal(it.reason, "constraint \"ratio\" is NaN");
    assert_int_equal(it.value_count, 0);
}

static hpt_status odd_name(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    if (hpt_trial_constraint(NULL, "a", 1) != HPT_EINVAL) return HPT_EBUG;
    return hpt_trial_constraint(trial, "a\n", 1);
}

static void odd_names_are_refused_with_a_sentence(void **state) {
    (void)state;
    end it = run_one(odd_name);
    assert_int_equal(it.state, HPT_TRIAL_FAILED);
    runs_assert_says(it.reason, "of a constraint");
}

static hpt_status endless(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = HPT_OK;
    (void)user;
    for (int i = 0; status == HPT_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        status = hpt_trial_constraint(trial, name, 1);
    }
    *value_out = 2;
    return status == HPT_ELIMIT ? HPT_OK : HPT_EBUG;
}

static void room_is_limited_and_there_is_some_for_reason_and_value(void **state) {
    (void)state;
    end it = run_one(endless);
    assert_int_equal(it.state, HPT_TRIAL_INFEASIBLE);
    assert_true(it.constraint_count > 400);
    assert_true(*it.reason && it.value_count == 1 && it.values[0] == 2);
}

static hpt_status crowded(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    for (int i = 0; i < 8192; i++) {
        char name[16];
        snprintf(name, sizeof name, "a%d", i);
        hpt_trial_set_attr(trial, name, hpt_int(i));
    }
    hpt_trial_constraint(trial, "fine", -1);
    hpt_trial_constraint(trial, "memory", 1); /* and nobody looks at what it returns */
    return HPT_OK;
}

static void one_that_is_broken_and_has_no_room_is_infeasible_all_the_same(void **state) {
    (void)state;
    end it = run_one(crowded);
    assert_int_equal(it.state, HPT_TRIAL_INFEASIBLE);
    runs_assert_says(it.reason, "there is no room for constraint \"memory\"");
}

/* ---- strategies ---- */

typedef struct audited {
    uint64_t told, wrong, infeasible;
} audited;

static audited sums; /* of the last one */

static hpt_status audit_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    uint64_t word;
    (void)state;
    (void)err;
    hpt_random(7, number, 1, &word, 1);
    point_out[0].real = (double)(word >> 11) * 0x1p-53;
    return HPT_OK;
}

static void audit_tell(void *state, const hpt_outcome *outcome) {
    double x = outcome->point[0].real;
    (void)state;
    sums.told++;
    if (outcome->state == HPT_TRIAL_COMPLETE) {
        sums.wrong += outcome->violation != 0 || outcome->losses[0] != x || x < 0.5;
        return;
    }
    sums.infeasible++;
    sums.wrong += outcome->state != HPT_TRIAL_INFEASIBLE || !isnan(outcome->loss);
    sums.wrong += !outcome->losses || outcome->losses[0] != x || outcome->violation != 0.5 - x;
}

static const hpt_strategy_class audit_class = {
    .struct_size = sizeof audit_class, .name = "audit", .ask = audit_ask, .tell = audit_tell
};

static void a_strategy_learns_the_value_and_the_violation(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 16; window += 16) {
        hpt_options options = runs_options(3, 500);
        options.strategy_class = &audit_class;
        options.strategy = NULL;
        options.window = window;
        sums = (audited){ 0 };
        hpt_result_destroy(runs_do(at_least_a_half, NULL, &options));
        assert_int_equal(sums.told, 500);
        assert_true(sums.infeasible > 100);
        assert_int_equal(sums.wrong, 0);
    }
}

static void count_unknown(void *state, const hpt_outcome *outcome) {
    (void)state;
    sums.told++;
    sums.wrong += outcome->losses != NULL || outcome->violation != 3;
}

static const hpt_strategy_class unknown_class = {
    .struct_size = sizeof unknown_class, .name = "unknown", .ask = audit_ask, .tell = count_unknown
};

static void without_a_value_the_violation_is_known_all_the_same(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 50);
    options.strategy_class = &unknown_class;
    options.strategy = NULL;
    sums = (audited){ 0 };
    hpt_result_destroy(runs_do(never_and_no_value, NULL, &options));
    assert_int_equal(sums.told, 50);
    assert_int_equal(sums.wrong, 0);
}

/* ---- several goals, studies ---- */

static hpt_status two_goals(hpt_trial *trial, void *user, double *values_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    values_out[0] = x;
    values_out[1] = 1 - x;
    return hpt_trial_constraint(trial, "half", 0.5 - x);
}

static void only_feasible_trials_are_on_the_front(void **state) {
    (void)state;
    hpt_goal    goals[] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MINIMISE, NAN } };
    hpt_options options = runs_options(3, 300);
    options.goals = goals;
    options.goal_count = 2;
    hpt_result *result = runs_do(two_goals, NULL, &options);
    assert_int_equal(hpt_result_front_count(result), hpt_result_count(result, HPT_TRIAL_COMPLETE));
    assert_true(hpt_result_front_value(result, 0, 0) >= 0.5);
    hpt_result_destroy(result);
}

static void a_study_tells_constraints_through_the_trial(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 2);
    hpt_study  *study = runs_study(&options);
    hpt_trial  *trial = runs_ask(study);
    assert_int_equal(hpt_trial_constraint(trial, "c", 1), HPT_OK);
    runs_tell(study, trial, -5);
    trial = runs_ask(study);
    assert_int_equal(hpt_trial_constraint(trial, "c", -1), HPT_OK);
    runs_tell(study, trial, 5);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 1);
    assert_true(hpt_result_value(result) == 5);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_is_feasible),
        cmocka_unit_test(without_a_feasible_trial_there_is_no_best_and_the_end_says_so),
        cmocka_unit_test(without_values_a_run_is_fruitless),
        cmocka_unit_test(the_reason_names_the_worst_constraint),
        cmocka_unit_test(an_infeasible_trial_shows_its_value_and_constraints),
        cmocka_unit_test(zero_is_feasible_and_a_name_given_again_replaces),
        cmocka_unit_test(nan_fails_the_trial_with_a_sentence),
        cmocka_unit_test(odd_names_are_refused_with_a_sentence),
        cmocka_unit_test(room_is_limited_and_there_is_some_for_reason_and_value),
        cmocka_unit_test(one_that_is_broken_and_has_no_room_is_infeasible_all_the_same),
        cmocka_unit_test(a_strategy_learns_the_value_and_the_violation),
        cmocka_unit_test(without_a_value_the_violation_is_known_all_the_same),
        cmocka_unit_test(only_feasible_trials_are_on_the_front),
        cmocka_unit_test(a_study_tells_constraints_through_the_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
