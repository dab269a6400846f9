/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run starts from what its user knows: points that are tried first, and results of
 *         earlier runs that the strategy learns from.
 * Method: every strategy there is, and one that writes down what happens to it. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { POINTS = 5 };

static const hpt_value points[POINTS] = { { HPT_TYPE_REAL, { .real = 0.5 } },
                                          { HPT_TYPE_REAL, { .real = 0.125 } },
                                          { HPT_TYPE_REAL, { .real = 0.5 } },
                                          { HPT_TYPE_REAL, { .real = 1 } },
                                          { HPT_TYPE_REAL, { .real = 0.25 } } };

static hpt_options with_points(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.points = points;
    options.point_count = POINTS;
    return options;
}

/* ---- points ---- */

typedef struct firsts {
    double   values[POINTS];
    uint64_t count;
} firsts;

static hpt_status keep_firsts(hpt_trial *trial, void *user, double *value_out) {
    firsts *it = user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) < POINTS) it->values[hpt_trial_number(trial)] = *value_out;
    return HPT_OK;
}

static void every_strategy_tries_them_first(void **state) {
    (void)state;
    const hpt_strategy_class *class;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++) {
        for (uint32_t window = 0; window <= 4; window += 4) {
            firsts      it = { 0 };
            hpt_options options = with_points(2, 40);
            options.strategy = class->name;
            options.window = window;
            if (class->absent) continue;
            if (strcmp(class->name, "grid") == 0) options.strategy = "grid:points=7";
            hpt_result_destroy(runs_do(keep_firsts, &it, &options));
            for (int k = 0; k < POINTS; k++)
                assert_true(it.values[k] == points[k].as.real);
        }
    }
}

static hpt_status sum_up(hpt_trial *trial, void *user, double *value_out) {
    firsts *it = user; /* of one worker */
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) >= POINTS) {
        it->values[0] += *value_out;
        it->values[1] += *value_out != (double)(hpt_trial_number(trial) - POINTS) / 8;
    }
    it->count++;
    return HPT_OK;
}

static void a_grid_behind_them_is_whole(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    for (int created = 0; created < 2;
         created++) { /* made by the workers, or where they are asked */
        firsts      it = { 0 };
        hpt_options options = with_points(1, 0);
        trace       seen = { 0 };
        options.strategy = "grid:points=9";
        observer.events = trace_events;
        observer.user = &seen;
        options.observers = &observer;
        options.observer_count = (size_t)created;
        hpt_result *result = runs_do(sum_up, &it, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_EXHAUSTED);
        assert_int_equal(it.count, POINTS + 9);
        assert_true(it.values[0] == 4.5);
        assert_true(it.values[1] == 0);
        hpt_result_destroy(result);
        trace_free(&seen);
    }
}

static void a_budget_below_their_number_tries_the_first_of_them(void **state) {
    (void)state;
    firsts      it = { 0 };
    hpt_options options = with_points(1, 2);
    hpt_result *result = runs_do(keep_firsts, &it, &options);
    assert_int_equal(hpt_result_stats(result)->trial_count, 2);
    assert_true(it.values[1] == 0.125 && it.values[2] == 0);
    hpt_result_destroy(result);
}

static void a_point_that_breaks_a_constraint_is_infeasible(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    firsts      it = { 0 };
    hpt_options options = with_points(1, 20);
    hpt_result *result = NULL;
    assert_int_equal(hpt_space_add_constraint(space, "x < 0.75"), HPT_OK);
    assert_int_equal(hpt_parallel_run(space, keep_firsts, &it, &options, &result, NULL), HPT_OK);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 1);
    assert_true(it.values[2] == 0.5 && it.values[3] == 0 && it.values[4] == 0.25);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void a_study_hands_them_out_first(void **state) {
    (void)state;
    hpt_options options = with_points(0, 10);
    hpt_study  *study = runs_study(&options);
    for (int i = 0; i < 10; i++) {
        hpt_trial *trial = runs_ask(study);
        if (i < POINTS) assert_true(hpt_trial_real_at(trial, 0) == points[i].as.real);
        runs_tell(study, trial, i);
    }
    hpt_result_destroy(runs_close(study));
}

/* ---- what a strategy sees ---- */

typedef struct diary {
    uint64_t seed, asked, told, known, wrong;
} diary;

static diary last; /* of the strategy that was closed last */

static hpt_status diary_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    diary *it = state;
    (void)err;
    it->wrong += setup->point_count != POINTS || setup->points[1].real != 0.125;
    return HPT_OK;
}

static hpt_status diary_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    diary *it = state;
    (void)err;
    it->wrong += number != POINTS + it->asked++;
    point_out[0].real = 0.75;
    return HPT_OK;
}

static bool is_known(const hpt_outcome *outcome, uint64_t i) {
    const double *losses = outcome->losses;
    double        x = outcome->point[0].real;
    switch (i) {
    case 0:
        return outcome->state == HPT_TRIAL_COMPLETE && x == 0.5 && outcome->value == 3 &&
               outcome->loss == -3 && losses[0] == -3 && outcome->violation == 0;
    case 1:
        return outcome->state == HPT_TRIAL_INFEASIBLE && x == 0.25 && losses[0] == -4 &&
               outcome->violation == 2 && isnan(outcome->loss);
    case 2:
        return outcome->state == HPT_TRIAL_INFEASIBLE && !losses && isinf(outcome->violation);
    case 3:
        return outcome->state == HPT_TRIAL_PRUNED && !losses && outcome->has_report &&
               outcome->last_step == 9 && outcome->last_value == 0.5;
    default:
        return outcome->state == HPT_TRIAL_FAILED && !losses;
    }
}

static void diary_tell(void *state, const hpt_outcome *outcome) {
    diary *it = state;
    if (outcome->number == HPT_NUMBER_NONE) {
        it->wrong += it->asked > 0 || it->told > 0 || !is_known(outcome, it->known++);
        return;
    }
    it->told++;
    if (outcome->number < POINTS)
        it->wrong += outcome->point[0].real != points[outcome->number].as.real;
    it->wrong += outcome->losses[0] != -outcome->point[0].real;
}

static void diary_fini(void *state) {
    last = *(diary *)state;
}

static const hpt_strategy_class diary_class = { .struct_size = sizeof diary_class,
                                                .name = "diary",
                                                .state_size = sizeof(diary),
                                                .init = diary_init,
                                                .ask = diary_ask,
                                                .tell = diary_tell,
                                                .fini = diary_fini };

static const double          values[] = { 3, 4 };
static const hpt_value       quarter = { HPT_TYPE_REAL, { .real = 0.25 } };
static const hpt_observation known[] = {
    { .point = points, .state = HPT_TRIAL_COMPLETE, .values = values, .value_count = 1 },
    { .point = &quarter,
      .state = HPT_TRIAL_INFEASIBLE,
      .values = values + 1,
      .value_count = 1,
      .violation = 2 },
    { .point = &quarter, .state = HPT_TRIAL_INFEASIBLE },
    { .point = &quarter,
      .state = HPT_TRIAL_PRUNED,
      .has_report = true,
      .last_step = 9,
      .last_value = 0.5 },
    { .point = &quarter, .state = HPT_TRIAL_FAILED, .values = values, .value_count = 1 }
};

static void it_is_told_of_earlier_results_then_of_points_then_asked(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        for (int caller = 0; caller < 2; caller++) {
            hpt_options options = with_points(2, 50);
            options.strategy_class = &diary_class;
            options.strategy = NULL;
            options.direction = HPT_MAXIMISE;
            options.window = window;
            options.coordinator = caller ? HPT_COORDINATOR_CALLER : HPT_COORDINATOR_WORKERS;
            options.observations = known;
            options.observation_count = 5;
            hpt_result_destroy(runs_do(runs_count, NULL, &options));
            assert_int_equal(last.known, 5);
            assert_int_equal(last.told, 50);
            assert_int_equal(last.asked, 45);
            assert_int_equal(last.wrong, 0);
        }
    }
}

static void the_result_is_of_this_run_only(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 10);
    options.direction = HPT_MAXIMISE;
    options.observations = known; /* 3 was found before */
    options.observation_count = 5;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_true(hpt_result_value(result) <= 1);
    assert_int_equal(hpt_result_stats(result)->trial_count, 10);
    hpt_result_destroy(result);
}

/* ---- what a strategy makes of it ---- */

static hpt_status near_a_third(hpt_trial *trial, void *user, double *value_out) {
    double x = hpt_trial_real_at(trial, 0);
    (void)user;
    *value_out = (x - 1.0 / 3) * (x - 1.0 / 3);
    return HPT_OK;
}

static void what_was_known_is_not_searched_for_again(void **state) {
    (void)state;
    enum { KNOWN = 60 };
    hpt_value       places[KNOWN];
    double          found[KNOWN];
    hpt_observation earlier[KNOWN];
    for (int i = 0; i < KNOWN; i++) {
        places[i] = hpt_real(i / (double)KNOWN);
        found[i] = (i / (double)KNOWN - 1.0 / 3) * (i / (double)KNOWN - 1.0 / 3);
        earlier[i] = (hpt_observation){
            .point = &places[i], .state = HPT_TRIAL_COMPLETE, .value_count = 1, .values = &found[i]
        };
    }
    hpt_options options = runs_options(1, 5);
    options.strategy = "tpe";
    options.observations = earlier;
    options.observation_count = KNOWN;
    hpt_result *result = runs_do(near_a_third, NULL, &options);
    assert_true(fabs(hpt_result_real(result, "x") - 1.0 / 3) < 0.1);
    hpt_result_destroy(result);
}

static void a_window_gives_the_same_run_on_every_pool(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads", "threads" };
    hpt_space               *space = runs_space();
    trace                    reference = { 0 };
    for (uint32_t i = 0; i < 3; i++) {
        hpt_options options = with_points(1 + 2 * i, 120);
        trace       it = { 0 };
        options.strategy = "tpe";
        options.window = 8;
        options.pool = pools[i];
        options.observations = known;
        options.observation_count = 5;
        trace_run(i == 0 ? &reference : &it, space, near_a_third, NULL, &options);
        if (i > 0) trace_assert_equal(&reference, &it);
        trace_free(&it);
    }
    trace_free(&reference);
    hpt_space_destroy(space);
}

/* ---- what is refused ---- */

static void assert_bad(hpt_observation it, const char *words) {
    hpt_observation two[] = { known[0], it };
    hpt_options     options = runs_options(1, 3);
    options.observations = two;
    options.observation_count = 2;
    runs_assert_refused(&options, HPT_EINVAL, words);
}

static void odd_observations_are_refused_and_named(void **state) {
    (void)state;
    hpt_value       far = hpt_real(2);
    double          nothing = NAN;
    hpt_observation it = known[0];
    it.point = &far;
    assert_bad(it, "observation 1 (counting from 0): parameter \"x\"");
    it.point = NULL;
    assert_bad(it, "observation 1 (counting from 0): point is NULL");
    it = known[0];
    it.values = NULL;
    assert_bad(it, "it is COMPLETE, and values is NULL");
    it.values = &nothing;
    assert_bad(it, "the value of \"value\" is nan");
    it.values = values;
    it.value_count = 2;
    assert_bad(it, "2 values for 1 goal");
    it = known[1];
    it.violation = -1;
    assert_bad(it, "violation is -1");
    it.violation = NAN;
    assert_bad(it, "violation is nan");
    it = known[0];
    it.state = HPT_TRIAL_RUNNING;
    assert_bad(it, "state 0 (RUNNING)");
    it = known[3];
    it.last_value = NAN;
    assert_bad(it, "last_value is NaN");
    hpt_options options = runs_options(1, 3);
    options.observation_count = 2;
    runs_assert_refused(&options, HPT_EINVAL, "observations is NULL");
    options.observations = known;
    options.observation_count = SIZE_MAX;
    runs_assert_refused(&options, HPT_ENOMEM, "observations");
}

static hpt_status count_points(hpt_trial *trial, void *user, double *value_out) {
    atomic_uint *seen = user;
    *value_out = (double)hpt_trial_int_at(trial, 0);
    seen[hpt_trial_int_at(trial, 0)]++;
    return HPT_OK;
}

/* Every point of a small space, each once, whoever has thought of it. */
static void with_room_for_all_of_them_auto_tries_each_point_once(void **state) {
    (void)state;
    enum { SIZE = 12 };
    atomic_uint     seen[SIZE] = { 0 };
    const hpt_value first[] = { hpt_int(3), hpt_int(7) }, before = hpt_int(5);
    const double    loss = 1;
    hpt_observation earlier = {
        .point = &before, .state = HPT_TRIAL_COMPLETE, .value_count = 1, .values = &loss
    };
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "n", 0, SIZE - 1);
    hpt_options options = runs_options(2, SIZE);
    options.strategy = "auto";
    options.points = first;
    options.point_count = 2;
    options.observations = &earlier;
    options.observation_count = 1;
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    if (hpt_parallel_run(space, count_points, seen, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    for (unsigned i = 0; i < SIZE; i++)
        assert_int_equal(seen[i], i == 5 ? 0 : 1);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_tries_them_first),
        cmocka_unit_test(a_grid_behind_them_is_whole),
        cmocka_unit_test(a_budget_below_their_number_tries_the_first_of_them),
        cmocka_unit_test(a_point_that_breaks_a_constraint_is_infeasible),
        cmocka_unit_test(a_study_hands_them_out_first),
        cmocka_unit_test(it_is_told_of_earlier_results_then_of_points_then_asked),
        cmocka_unit_test(the_result_is_of_this_run_only),
        cmocka_unit_test(what_was_known_is_not_searched_for_again),
        cmocka_unit_test(with_room_for_all_of_them_auto_tries_each_point_once),
        cmocka_unit_test(a_window_gives_the_same_run_on_every_pool),
        cmocka_unit_test(odd_observations_are_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
