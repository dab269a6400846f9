/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run evaluates no candidate that breaks a constraint, whoever proposes it, and inactive
 *         parameters rest where they should.
 * Method: strategies that know nothing of rules, in runs on threads, inline, windowed, simulated,
 * and in a study; the objective and the outcome say what they saw. */
#include "runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "space/space.h"

/* Point number i is i in every parameter. It knows no rules. */
typedef struct counter {
    const hpt_space *space;
} counter;

static hpt_status counter_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)err;
    ((counter *)state)->space = setup->space;
    return HPT_OK;
}

static void counter_point(const void *state, uint64_t number, hpt_coord *point_out) {
    const counter *c = state;
    for (hpt_param j = 0; j < hpt_space_count(c->space); j++)
        point_out[j] = hpt_space_choice(c->space, j, number % hpt_space_choices(c->space, j));
}

static hpt_status counter_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)err;
    counter_point(state, number, point_out);
    return HPT_OK;
}

static const hpt_strategy_class pure = { .struct_size = sizeof pure,
                                         .name = "counter",
                                         .state_size = sizeof(counter),
                                         .init = counter_init,
                                         .point = counter_point };
static const hpt_strategy_class asked = { .struct_size = sizeof asked,
                                          .name = "asked",
                                          .state_size = sizeof(counter),
                                          .init = counter_init,
                                          .ask = counter_ask };

static hpt_status value_is_a(hpt_trial *trial, void *user, double *value_out) {
    int64_t a = hpt_trial_int(trial, "a");
    (void)user;
    if (a % 10 == 3) return hpt_trial_fail(trial, "it was evaluated");
    *value_out = (double)a;
    return HPT_OK;
}

static hpt_space *space_without_threes(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "a", 0, 99);
    hpt_space_add_constraint(space, "a % 10 != 3");
    return space;
}

static void runs_without_threes(const hpt_options *options) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = space_without_threes();
    if (hpt_parallel_run(space, value_is_a, NULL, options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 100);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 900);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void what_breaks_a_constraint_is_infeasible_and_not_evaluated(void **state) {
    const hpt_strategy_class *classes[] = { &pure, &asked };
    const char               *pools[] = { "threads", "inline", "sim:time=constant,mean=1e-3" };
    (void)state;
    for (size_t c = 0; c < 2; c++)
        for (size_t p = 0; p < 3; p++)
            for (uint32_t window = 0; window <= 16; window += 16) {
                hpt_options options = runs_options(p ? 1 : 3, 1000);
                options.strategy_class = classes[c];
                if (classes[c]) options.strategy = NULL;
                options.pool = pools[p];
                options.window = window;
                runs_without_threes(&options);
            }
}

typedef struct said {
    char     reason[256];
    unsigned count;
} said;

static hpt_status hear(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    said *s = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED || events[i].state != HPT_TRIAL_INFEASIBLE)
            continue;
        strncpy(s->reason, events[i].reason, sizeof s->reason - 1);
        s->count++;
    }
    return HPT_OK;
}

static void the_reason_is_the_constraint(void **state) {
    hpt_options  options = runs_options(2, 1000);
    hpt_observer observer = hpt_observer_default();
    said         heard = { .count = 0 };
    (void)state;
    observer.events = hear;
    observer.user = &heard;
    options.strategy_class = &pure;
    options.strategy = NULL;
    options.observers = &observer;
    options.observer_count = 1;
    runs_without_threes(&options);
    assert_int_equal(heard.count, 100);
    assert_string_equal(heard.reason, "it breaks the constraint \"a % 10 != 3\"");
}

static void a_study_hands_out_valid_points_only(void **state) {
    hpt_study  *study = NULL;
    hpt_result *result = NULL;
    hpt_trial  *trial = NULL;
    hpt_options options = runs_options(0, 100);
    hpt_space  *space = space_without_threes();
    (void)state;
    options.strategy_class = &asked;
    options.strategy = NULL;
    assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
    while (hpt_study_ask(study, &trial, NULL) == HPT_OK) {
        assert_true(hpt_trial_int(trial, "a") % 10 != 3);
        assert_int_equal(hpt_study_tell(study, trial, 1, NULL), HPT_OK);
    }
    assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 10);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 90);
    hpt_result_destroy(result);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
}

static void a_study_that_gets_no_valid_point_comes_back(void **state) {
    hpt_err     err = { 0 };
    hpt_study  *study = NULL;
    hpt_trial  *trial = NULL;
    hpt_options options = runs_options(0, 0);
    hpt_space  *space = hpt_space_create();
    (void)state;
    hpt_space_add_int(space, "a", 0, 9);
    hpt_space_add_int(space, "b", 0, 9);
    hpt_space_add_constraint(space, "a != b");
    options.strategy_class = &asked;
    options.strategy = NULL;
    options.fruitless_count_max = 0;
    assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
    assert_int_equal(hpt_study_ask(study, &trial, &err), HPT_EAGAIN);
    runs_assert_says(err.text, "1000 candidates in a row that break constraints");
    hpt_study_destroy(study);
    hpt_space_destroy(space);
}

static void a_space_without_valid_point_is_refused(void **state) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_options options = runs_options(1, 10);
    hpt_space  *space = space_without_threes();
    (void)state;
    hpt_space_add_constraint(space, "a % 10 == 3");
    options.strategy_class = &asked;
    options.strategy = NULL;
    assert_int_equal(hpt_parallel_run(space, value_is_a, NULL, &options, &result, &err),
                     HPT_EINVAL);
    runs_assert_says(err.text, "\"a % 10 != 3\", \"a % 10 == 3\"");
    hpt_space_destroy(space);
}

/* ---- checks ---- */

static bool is_even(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)user;
    return hpt_space_value(space, 0, point[0]).as.integer % 2 == 0;
}

static hpt_status want_even(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 0;
    return hpt_trial_int(trial, "a") % 2 ? HPT_EFAILED : HPT_OK;
}

static void a_check_in_c_is_held_like_a_constraint(void **state) {
    static const char *const strategies[] = { "random", "random:repeats=no", "grid", "qmc" };
    hpt_space               *space = hpt_space_create();
    (void)state;
    hpt_space_add_int(space, "a", 0, 199);
    assert_int_equal(hpt_space_add_check(space, is_even, NULL), HPT_OK);
    for (size_t i = 0; i < 4; i++) {
        hpt_options options = runs_options(2, 100);
        hpt_result *result = NULL;
        options.strategy = strategies[i];
        assert_int_equal(hpt_parallel_run(space, want_even, NULL, &options, &result, NULL), HPT_OK);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 100);
        hpt_result_destroy(result);
    }
    hpt_space_destroy(space);
}

/* ---- every strategy, with every kind of rule ---- */

static bool has_even_sum(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)space, (void)user;
    return (point[0].integer + point[1].integer) % 2 == 0;
}

static hpt_space *space_with_every_rule(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "a", 0, 40);
    hpt_space_add_int(space, "b", 0, 40);
    hpt_space_add_real(space, "x", -1, 1);
    hpt_space_add_choice(space, "kind", (const char *[]){ "p", "q", "r" }, 3);
    hpt_space_set_condition(space, hpt_space_add_int(space, "m", 1, 9), "kind == 'q'");
    hpt_space_add_constraint(space, "a * b <= 300 and a >= b");
    hpt_space_add_constraint(space, "m * x < 5");
    hpt_space_add_check(space, has_even_sum, NULL);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

/* Some trials fail, some are pruned. What is invalid shows as a value that is better than all. */
static hpt_status judge_rules(hpt_trial *trial, void *user, double *value_out) {
    uint64_t number = hpt_trial_number(trial);
    *value_out = fabs(hpt_trial_real(trial, "x")) + (double)hpt_trial_int(trial, "a");
    if (!hpt_space_permits(user, hpt_trial_point(trial))) *value_out = -1;
    if (number % 11 == 3) return hpt_trial_fail(trial, "not this one");
    return number % 13 == 5 ? hpt_trial_prune(trial) : HPT_OK;
}

static void every_strategy_keeps_to_the_rules_on_any_number_of_workers(void **state) {
    const hpt_strategy_class *class = NULL;
    hpt_space *space = space_with_every_rule();
    (void)state;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++) {
        trace       runs[2] = { { 0 }, { 0 } };
        hpt_options options = runs_options(1, 40);
        options.window = 8;
        options.strategy = strcmp(class->name, "grid") == 0 ? "grid:points=5" : class->name;
        if (class->absent || strcmp(class->name, "list") == 0) continue; /* its points are given */
        for (uint32_t k = 0; k < 2; k++) {
            options.worker_count = 1 + 3 * k;
            trace_run(&runs[k], space, judge_rules, space, &options);
            for (size_t t = 0; t < runs[k].count; t++)
                assert_true(runs[k].trials[t].state != HPT_TRIAL_INFEASIBLE);
            assert_int_equal(runs[k].count, 40);
            assert_true(runs[k].best_value >= 0);
        }
        trace_assert_equal(&runs[0], &runs[1]);
        trace_free(&runs[0]);
        trace_free(&runs[1]);
    }
    hpt_space_destroy(space);
}

/* ---- conditions ---- */

static hpt_space *conditional_space(void) {
    static const char json[] =
        "{\"momentum\": {\"kind\": \"real\", \"min\": 0.1, \"max\": 0.9, \"default\": 0.5,"
        "               \"condition\": \"solver == 'sgd'\"},"
        " \"solver\": {\"kind\": \"categorical\", \"values\": [\"adam\", \"sgd\"]},"
        " \"warm\": {\"kind\": \"int\", \"min\": 2, \"max\": 7, \"condition\": \"momentum > "
        "0.5\"}}";
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static hpt_status look(hpt_trial *trial, void *user, double *value_out) {
    bool is_sgd = strcmp(hpt_trial_text(trial, "solver"), "sgd") == 0;
    bool is_warm = is_sgd && hpt_trial_real(trial, "momentum") > 0.5;
    (void)user;
    *value_out = 0;
    if (hpt_trial_is_active(trial, "momentum") != is_sgd) return HPT_EFAILED;
    if (hpt_trial_is_active(trial, "warm") != is_warm) return HPT_EFAILED;
    if (!hpt_trial_is_active(trial, "solver")) return HPT_EFAILED;
    if ((hpt_trial_value(trial, "momentum").type == HPT_TYPE_NULL) == is_sgd) return HPT_EFAILED;
    if (!is_sgd && hpt_trial_real(trial, "momentum") != 0.5) return HPT_EFAILED;
    if (!is_warm && hpt_trial_int(trial, "warm") != 2) return HPT_EFAILED;
    if (hpt_trial_value(trial, "warm").type != (is_warm ? HPT_TYPE_INT : HPT_TYPE_NULL))
        return HPT_EFAILED;
    return HPT_OK;
}

static void inactive_parameters_rest_and_read_as_null(void **state) {
    static const char *const strategies[] = { "random", "random:repeats=no", "grid:points=5",
                                              "qmc" };
    hpt_space               *space = conditional_space();
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        hpt_options options = runs_options(2, 300);
        hpt_result *result = NULL;
        options.strategy = strategies[i];
        assert_int_equal(hpt_parallel_run(space, look, NULL, &options, &result, NULL), HPT_OK);
        assert_true(hpt_result_count(result, HPT_TRIAL_COMPLETE) >= 13);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 0);
        hpt_result_destroy(result);
    }
    hpt_space_destroy(space);
}

static void a_list_takes_null_for_what_is_inactive(void **state) {
    hpt_space      *space = conditional_space();
    hpt_options     options = runs_options(1, 0);
    hpt_result     *result = NULL;
    hpt_err         err = { 0 };
    const hpt_value good[] = { hpt_null(),    hpt_text("adam"), hpt_null(),
                               hpt_real(0.7), hpt_text("sgd"),  hpt_int(7) };
    const hpt_value bad[] = { hpt_null(), hpt_text("sgd"), hpt_null() };
    (void)state;
    options.strategy = "list";
    options.points = good;
    options.point_count = 2;
    assert_int_equal(hpt_parallel_run(space, look, NULL, &options, &result, &err), HPT_OK);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2);
    hpt_result_destroy(result);
    options.points = bad;
    options.point_count = 1;
    assert_int_equal(hpt_parallel_run(space, look, NULL, &options, &result, &err), HPT_EINVAL);
    runs_assert_says(err.text, "\"momentum\" is active there and has no value");
    hpt_space_destroy(space);
}

static void a_listed_point_that_breaks_a_constraint_is_refused(void **state) {
    hpt_space      *space = space_without_threes();
    hpt_options     options = runs_options(1, 0);
    hpt_result     *result = NULL;
    hpt_err         err = { 0 };
    const hpt_value points[] = { hpt_int(2), hpt_int(13) };
    (void)state;
    options.strategy = "list";
    options.points = points;
    options.point_count = 2;
    assert_int_equal(hpt_parallel_run(space, value_is_a, NULL, &options, &result, &err),
                     HPT_EINVAL);
    assert_string_equal(err.text, "point 1 (counting from 0): it breaks the constraint "
                                  "\"a % 10 != 3\"");
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_constraint_is_infeasible_and_not_evaluated),
        cmocka_unit_test(the_reason_is_the_constraint),
        cmocka_unit_test(a_study_hands_out_valid_points_only),
        cmocka_unit_test(a_study_that_gets_no_valid_point_comes_back),
        cmocka_unit_test(a_space_without_valid_point_is_refused),
        cmocka_unit_test(a_check_in_c_is_held_like_a_constraint),
        cmocka_unit_test(every_strategy_keeps_to_the_rules_on_any_number_of_workers),
        cmocka_unit_test(inactive_parameters_rest_and_read_as_null),
        cmocka_unit_test(a_list_takes_null_for_what_is_inactive),
        cmocka_unit_test(a_listed_point_that_breaks_a_constraint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
