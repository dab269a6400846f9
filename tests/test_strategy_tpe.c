/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   tpe finds what random search misses, starts as it, learns of every end a trial can have,
 *         and survives any value.
 * Method: searches with fixed seeds; points compared with those of `random`; odd losses. */
#include "searching.h"

#include <float.h>
#include <string.h>

static void a_sphere_is_found_in_a_hundred_trials(void **state) {
    (void)state;
    static const char *const texts[] = { "tpe", "tpe:multivariate=no", "tpe:kernels=32" };
    hpt_space               *space = search_cube(5);
    for (size_t i = 0; i < 3; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            double best = search_best((search){ .space = space,
                                                .text = texts[i],
                                                .seed = seed,
                                                .count = 100,
                                                .loss = loss_sphere });
            if (!(best < 1)) fail_msg("%s: %g", texts[i], best); /* random: about 5 */
        }
    hpt_space_destroy(space);
}

static void failed_trials_teach_nothing(void **state) {
    (void)state;
    hpt_space   *space = search_cube(3);
    hpi_strategy tpe = strategy_opened(space, "tpe", 4),
                 random = strategy_opened(space, "random", 4);
    for (uint64_t number = 0; number < 100; number++) {
        hpt_coord a[3], b[3];
        strategy_ask(&tpe, number, a);
        strategy_point(&random, number, b);
        assert_true(points_equal(space, a, b));
        strategy_tell(&tpe, strategy_outcome(number, a, HPT_TRIAL_FAILED, (double)NAN));
    }
    hpi_strategy_close(&tpe);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

static void a_budget_within_the_startup_is_random(void **state) {
    (void)state;
    hpt_space   *space = search_cube(3);
    hpi_strategy tpe = strategy_opened(space, "tpe:startup=7", 4);
    hpi_strategy random = strategy_opened(space, "random", 4);
    for (uint64_t number = 0; number < 8; number++) {
        hpt_coord a[3], b[3];
        strategy_ask(&tpe, number, a);
        strategy_point(&random, number, b);
        assert_int_equal(points_equal(space, a, b), number < 7);
        strategy_tell(&tpe, strategy_outcome(number, a, HPT_TRIAL_COMPLETE, (double)number));
    }
    hpi_strategy_close(&tpe);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

/* 64 asked for and not told: each knows of those before it. */
static void pending_trials_push_the_next_away(void **state) {
    (void)state;
    enum { PENDING = 64 };
    hpt_space   *space = search_cube(2);
    hpi_strategy tpe = strategy_opened(space, "tpe", 4);
    hpt_coord    points[PENDING][2];
    uint64_t     number = 0;
    for (; number < 50; number++) {
        strategy_ask(&tpe, number, points[0]);
        strategy_tell(&tpe, strategy_outcome(number, points[0], HPT_TRIAL_COMPLETE,
                                             loss_sphere(points[0], 2)));
    }
    double first = 0, last = 0;
    for (size_t i = 0; i < PENDING; i++) {
        strategy_ask(&tpe, number++, points[i]);
        if (i < 8) first += loss_sphere(points[i], 2);
        if (i >= PENDING - 8) last += loss_sphere(points[i], 2);
    }
    assert_true(last > first);
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
}

static void results_told_twice_or_of_strange_numbers_are_ignored(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy once = strategy_opened(space, "tpe", 4), twice = strategy_opened(space, "tpe", 4);
    for (uint64_t number = 0; number < 60; number++) {
        hpt_coord a[2], b[2];
        strategy_ask(&once, number, a);
        strategy_ask(&twice, number, b);
        assert_true(points_equal(space, a, b));
        hpt_outcome outcome = strategy_outcome(number, a, HPT_TRIAL_COMPLETE, loss_sphere(a, 2));
        strategy_tell(&once, outcome);
        strategy_tell(&twice, outcome);
        strategy_tell(&twice, strategy_outcome(number, a, HPT_TRIAL_COMPLETE, -1));
        strategy_tell(&twice, strategy_outcome(number + 1000, a, HPT_TRIAL_COMPLETE, -1));
    }
    hpi_strategy_close(&once);
    hpi_strategy_close(&twice);
    hpt_space_destroy(space);
}

/* 40 results of an earlier study, around 3: the first candidate of the model lies there. */
static void results_from_before_the_search_are_learnt_from(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy tpe = strategy_opened(space, "tpe", 4);
    double       distance = 0;
    for (uint64_t i = 0; i < 40; i++) {
        hpt_coord point[2];
        for (hpt_param j = 0; j < 2; j++)
            point[j] = hpt_space_from_unit(space, j, (double)(i * (j + 3) % 40) / 39);
        double loss = pow(point[0].real - 3, 2) + pow(point[1].real - 3, 2);
        strategy_tell(&tpe, strategy_outcome(HPT_NUMBER_NONE, point, HPT_TRIAL_COMPLETE, loss));
    }
    for (uint64_t number = 0; number < 20; number++) {
        hpt_coord point[2];
        strategy_ask(&tpe, number, point);
        distance += hypot(point[0].real - 3, point[1].real - 3) / 20;
    }
    assert_true(distance < 2); /* 4.5 for random ones */
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
}

/* The nearer to 2, the less the constraint is broken; nothing is feasible. */
static void infeasible_trials_are_ranked_by_their_violation(void **state) {
    (void)state;
    hpt_space   *space = search_cube(1);
    hpi_strategy tpe = strategy_opened(space, "tpe", 4);
    double       distance = 0;
    for (uint64_t number = 0; number < 100; number++) {
        hpt_coord point[1];
        strategy_ask(&tpe, number, point);
        hpt_outcome outcome = strategy_outcome(number, point, HPT_TRIAL_INFEASIBLE, (double)NAN);
        outcome.violation = number % 10 == 9 ? INFINITY : fabs(point[0].real - 2);
        strategy_tell(&tpe, outcome);
        if (number >= 50) distance += fabs(point[0].real - 2) / 50;
    }
    assert_true(distance < 1);
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
}

/* Complete, then pruned by how far they came, then infeasible ones. */
static void pruned_trials_that_came_far_are_the_better_ones(void **state) {
    (void)state;
    hpt_space   *space = search_cube(1);
    hpi_strategy tpe = strategy_opened(space, "tpe", 4);
    double       distance = 0;
    for (uint64_t number = 0; number < 100; number++) {
        hpt_coord point[1];
        strategy_ask(&tpe, number, point);
        hpt_outcome outcome = strategy_outcome(number, point, HPT_TRIAL_PRUNED, (double)NAN);
        outcome.has_report = true;
        outcome.last_step = (int64_t)(100 - 10 * fabs(point[0].real - 2));
        outcome.last_value = number % 2 ? (double)NAN : 1;
        strategy_tell(&tpe, outcome);
        if (number >= 80) distance += fabs(point[0].real - 2) / 20;
    }
    assert_true(distance < 1); /* at random: 2.9 */
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
}

static void any_loss_and_any_range_is_survived(void **state) {
    (void)state;
    static hpt_value    values[10000];
    static const double losses[] = { 1e300, -1e300, 0.0, -0.0, 0.0, DBL_TRUE_MIN, DBL_MAX };
    hpt_space          *space = hpt_space_create();
    for (int64_t i = 0; i < 10000; i++)
        values[i] = hpt_int(i);
    hpt_space_add_categorical(space, "many", values, 10000);
    hpt_space_set_log(space, hpt_space_add_real(space, "log", 1e-150, 1e150));
    hpt_space_add_real(space, "one", 3, 3);
    hpt_space_set_log(space, hpt_space_add_int(space, "int", 1, INT64_MAX));
    hpi_strategy tpe = strategy_opened(space, "tpe:magic_clip=no,prior_weight=0", 4);
    for (uint64_t number = 0; number < 400; number++) {
        hpt_coord point[4];
        strategy_ask(&tpe, number, point);
        assert_true(point_is_in_space(space, point));
        strategy_tell(&tpe,
                      strategy_outcome(number, point, HPT_TRIAL_COMPLETE, losses[number % 7]));
    }
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sphere_is_found_in_a_hundred_trials),
        cmocka_unit_test(failed_trials_teach_nothing),
        cmocka_unit_test(a_budget_within_the_startup_is_random),
        cmocka_unit_test(pending_trials_push_the_next_away),
        cmocka_unit_test(results_told_twice_or_of_strange_numbers_are_ignored),
        cmocka_unit_test(results_from_before_the_search_are_learnt_from),
        cmocka_unit_test(infeasible_trials_are_ranked_by_their_violation),
        cmocka_unit_test(pruned_trials_that_came_far_are_the_better_ones),
        cmocka_unit_test(any_loss_and_any_range_is_survived),
    };
    return cmocka_run_group_tests_name("strategy_tpe", tests, NULL, NULL);
}
