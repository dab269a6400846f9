/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   everybody sees the same point of a trial: objective, strategy, observers, result.
 * Method: a strategy that does not learn makes its points on the workers, unless somebody wants to
 * know of the creation; the objective returns a value that its point can be told from. */
#include "trace.h"

#include <math.h>
#include <string.h>

/* Any bit of the point that differs changes the value. */
static double signature(const hpt_space *space, const hpt_coord *point) {
    double sum = 0;
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        sum = 1.25 * sum + hpt_space_to_unit(space, j, point[j]);
    return sum;
}

static hpt_status sign(hpt_trial *trial, void *user, double *value_out) {
    const hpt_space *space = hpt_trial_space(trial);
    hpt_coord        point[TRACE_DIMS_MAX];
    (void)user;
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        if (hpt_space_coord(space, j, hpt_trial_value_at(trial, j), &point[j], NULL) != HPT_OK)
            return hpt_trial_fail(trial, "parameter %u has a value it cannot have", (unsigned)j);
    *value_out = signature(space, point);
    return HPT_OK;
}

typedef struct checks {
    size_t ended, wrong;
} checks;

static hpt_status check_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    checks *mine = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        mine->ended++;
        if (events[i].value != signature(events[i].space, events[i].point)) mine->wrong++;
    }
    return HPT_OK;
}

static void observed_points_are_evaluated_points(uint32_t kinds, uint32_t window) {
    hpt_space   *space = trace_space();
    hpt_options  options = hpt_options_default();
    hpt_observer observer = hpt_observer_default();
    hpt_result  *result = NULL;
    checks       seen = { 0 };
    observer.events = check_events;
    observer.user = &seen;
    observer.kinds = kinds;
    observer.policy = HPT_POLICY_BLOCK;
    options.strategy = "random";
    options.observers = &observer;
    options.observer_count = 1;
    options.window = window;
    options.worker_count = 3;
    options.trial_count_max = fixture_scaled(20000);
    assert_int_equal(hpt_parallel_run(space, sign, NULL, &options, &result, NULL), HPT_OK);
    assert_int_equal(seen.ended, options.trial_count_max);
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 0);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void an_observer_of_ends_sees_the_points_that_were_evaluated(void **state) {
    (void)state;
    observed_points_are_evaluated_points(HPT_EVENT_TRIAL_ENDED, 0);
}

static void an_observer_of_everything_sees_the_points_that_were_evaluated(void **state) {
    (void)state;
    observed_points_are_evaluated_points(HPT_EVENT_ALL, 0);
}

static void an_observer_sees_the_points_that_were_evaluated_in_a_window(void **state) {
    (void)state;
    observed_points_are_evaluated_points(HPT_EVENT_TRIAL_ENDED, 64);
}

static void the_result_has_the_point_of_the_best_value(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = hpt_options_default();
    hpt_result *result = NULL;
    hpt_coord   point[TRACE_DIMS_MAX];
    options.strategy = "random";
    options.trial_count_max = fixture_scaled(20000);
    assert_int_equal(hpt_parallel_run(space, sign, NULL, &options, &result, NULL), HPT_OK);
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        assert_int_equal(hpt_space_coord(space, j, hpt_result_param_at(result, j), &point[j], NULL),
                         HPT_OK);
    assert_true(hpt_result_value(result) == signature(space, point));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

/* A strategy that makes its points as a function of the number, and checks what it is told. */

typedef struct pure_state {
    const hpt_space *space;
    uint64_t         seed;
} pure_state;

static size_t told, told_wrong;

static hpt_status pure_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    pure_state *mine = state;
    (void)err;
    mine->space = setup->space;
    mine->seed = setup->seed;
    return HPT_OK;
}

static void pure_point(const void *state, uint64_t number, hpt_coord *point_out) {
    const pure_state *mine = state;
    uint64_t          words[TRACE_DIMS_MAX];
    hpt_random(mine->seed, number, 9, words, hpt_space_count(mine->space));
    for (hpt_param j = 0; j < hpt_space_count(mine->space); j++)
        point_out[j] = hpt_space_at_fraction(mine->space, j, words[j]);
}

static void pure_tell(void *state, const hpt_outcome *outcome) {
    const pure_state *mine = state;
    told++;
    if (outcome->value != signature(mine->space, outcome->point)) told_wrong++;
}

static const hpt_strategy_class pure = { .struct_size = sizeof(hpt_strategy_class),
                                         .name = "pure",
                                         .state_size = sizeof(pure_state),
                                         .init = pure_init,
                                         .point = pure_point,
                                         .tell = pure_tell };

static void a_strategy_is_told_the_points_that_were_evaluated(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = hpt_options_default();
    hpt_result *result = NULL;
    told = told_wrong = 0;
    options.strategy_class = &pure;
    options.strategy = NULL;
    options.worker_count = 3;
    options.trial_count_max = fixture_scaled(20000);
    assert_int_equal(hpt_parallel_run(space, sign, NULL, &options, &result, NULL), HPT_OK);
    assert_int_equal(told, options.trial_count_max);
    assert_int_equal(told_wrong, 0);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

/* A strategy that leaves the space at its fourth candidate. */

static hpt_status stray_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    const pure_state *mine = state;
    (void)err;
    pure_point(mine, number, point_out);
    if (number == 3) point_out[0].real = 5.5;
    return HPT_OK;
}

static void a_strategy_that_leaves_the_space_ends_the_run_with_a_sentence(void **state) {
    (void)state;
    static const hpt_strategy_class stray = { .struct_size = sizeof(hpt_strategy_class),
                                              .name = "stray",
                                              .state_size = sizeof(pure_state),
                                              .init = pure_init,
                                              .ask = stray_ask };
    hpt_space                      *space = trace_space();
    hpt_options                     options = hpt_options_default();
    hpt_result                     *result = NULL;
    options.strategy_class = &stray;
    options.strategy = NULL;
    options.pool = "inline";
    options.trial_count_max = 10;
    assert_int_equal(hpt_parallel_run(space, sign, NULL, &options, &result, NULL), HPT_OK);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_STRATEGY);
    assert_non_null(strstr(hpt_result_stop_text(result), "candidate 3"));
    assert_non_null(strstr(hpt_result_stop_text(result), "\"x\""));
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observer_of_ends_sees_the_points_that_were_evaluated),
        cmocka_unit_test(an_observer_of_everything_sees_the_points_that_were_evaluated),
        cmocka_unit_test(an_observer_sees_the_points_that_were_evaluated_in_a_window),
        cmocka_unit_test(the_result_has_the_point_of_the_best_value),
        cmocka_unit_test(a_strategy_is_told_the_points_that_were_evaluated),
        cmocka_unit_test(a_strategy_that_leaves_the_space_ends_the_run_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
