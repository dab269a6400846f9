/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   strategies for several goals come nearer to the front than random search does, on every
 *         kind of parameter, and take any result.
 * Method: searches with fixed seeds; the area between what was found and a corner, against the
 *         optimum's and against random's at the same budget. */
#include "pareto.h"
#include "searching.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = { "nsga2", "nsga3", "tpe" };
enum {
    NAME_COUNT = sizeof names / sizeof names[0],
    POPULATIONS = 2,
    SEEDS = 6
}; /* the dear ones last */

static pareto_found found;

/* For each strategy, with one trial at a time and eight; a dear one only where trials are few. */
static void for_each_name(pareto_search it, void (*check)(pareto_search it)) {
    size_t count = it.count <= 200 ? NAME_COUNT : POPULATIONS;
    for (size_t i = 0; i < count; i++)
        for (it.flight = 1; it.flight <= 8; it.flight += 7) {
            it.text = names[i];
            check(it);
        }
}

static double area_of(pareto_search it, double first, double second) {
    pareto_run(it, &found);
    return pareto_area(&found, first, second);
}

static void assert_near_the_front(pareto_search it) {
    for (it.seed = 1; it.seed <= 3; it.seed++) {
        double area = area_of(it, 1.1, 1.1);
        if (!(area > 0.8)) /* of 0.876; random: 0 */
            fail_msg("%s, seed %llu: %g", it.text, (unsigned long long)it.seed, area);
    }
}

static void a_front_is_reached(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(8);
    for_each_name(
        (pareto_search){ .space = space, .count = 2000, .goals = 2, .losses = losses_zdt1 },
        assert_near_the_front);
    hpt_space_destroy(space);
}

static double corner[2];

/* Never significantly worse, and after 400 trials better in all cases but one. */
static void assert_above_random(pareto_search it) {
    int better = 0, least = it.count >= 400 ? SEEDS - 1 : SEEDS / 2;
    for (it.seed = 1; it.seed <= SEEDS; it.seed++) {
        pareto_search other = it;
        other.text = "random";
        double random = area_of(other, corner[0], corner[1]);
        better += area_of(it, corner[0], corner[1]) >= random;
    }
    if (better < least)
        fail_msg("%s with %llu trials, %u in flight: better than random in %d of %d", it.text,
                 (unsigned long long)it.count, it.flight, better, SEEDS);
}

/* A number, an integer and two lists. */
static double losses_mixed(const hpt_coord *point, size_t width, double *losses_out) {
    double x = point[0].real, n = ((double)point[1].integer - 7) / 10;
    double off = n * n + (point[2].integer != 2) + 0.3 * (double)(3 - point[3].integer);
    (void)width;
    losses_out[0] = x + off;
    losses_out[1] = 1 - sqrt(x) + off;
    return 0;
}

static hpt_space *mixed_space(void) {
    const char *const choices[] = { "a", "b", "c", "d" };
    hpt_value         sizes[4];
    hpt_space        *space = hpt_space_create();
    for (int64_t i = 0; i < 4; i++)
        sizes[i] = hpt_int(10 * i);
    hpt_space_add_real(space, "x", 0, 1);
    hpt_space_add_int(space, "n", -20, 20);
    hpt_space_add_choice(space, "kind", choices, 4);
    hpt_space_add_ordinal(space, "size", sizes, 4);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

/* Srinivas and Deb, Evolutionary Computation 2(3), 1994: a front on the edge of what is valid. */
static double losses_srinivas(const hpt_coord *point, size_t width, double *losses_out) {
    double x = 40 * point[0].real - 20, y = 40 * point[1].real - 20;
    (void)width;
    losses_out[0] = 2 + (x - 2) * (x - 2) + (y - 1) * (y - 1);
    losses_out[1] = 9 * x - (y - 1) * (y - 1);
    return fmax(0, x * x + y * y - 225) + fmax(0, x - 3 * y + 10);
}

static void random_search_is_beaten_at_any_budget(void **state) {
    const struct {
        size_t         width;
        pareto_losses *losses;
        double         corner[2];
    } rows[] = { { 10, losses_zdt1, { 1.1, 6 } },
                 { 10, losses_zdt2, { 1.1, 6 } },
                 { 6, losses_corners, { 3, 3 } },
                 { 2, losses_srinivas, { 300, 50 } },
                 { 0, losses_mixed, { 4, 4 } } };
    (void)state;
    for (size_t i = 0; i < fixture_scaled(sizeof rows / sizeof rows[0]); i++) {
        hpt_space *space = rows[i].width ? pareto_cube(rows[i].width) : mixed_space();
        memcpy(corner, rows[i].corner, sizeof corner);
        for (uint64_t count = 100; count <= 800; count *= 2)
            for_each_name(
                (pareto_search){
                    .space = space, .count = count, .goals = 2, .losses = rows[i].losses },
                assert_above_random);
        hpt_space_destroy(space);
    }
}

/* ---- Constraints, failures, odd values ---- */

/* Valid only in a corner of a hundred-thousandth of the space. */
static double losses_cornered(const hpt_coord *point, size_t width, double *losses_out) {
    double broken = 0;
    for (size_t j = 0; j < width; j++)
        broken += fmax(0, point[j].real - 0.1);
    losses_zdt1(point, width, losses_out);
    return broken;
}

static void assert_mostly_valid(pareto_search it) {
    pareto_run(it, &found);
    if (found.invalid_count > it.count / 2)
        fail_msg("%s: %zu invalid", it.text, found.invalid_count);
}

static void smaller_violations_lead_to_valid_points(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(5);
    for_each_name(
        (pareto_search){
            .space = space, .seed = 1, .count = 1000, .goals = 2, .losses = losses_cornered },
        assert_mostly_valid);
    hpt_space_destroy(space);
}

static double losses_failing(const hpt_coord *point, size_t width, double *losses_out) {
    (void)point, (void)width, (void)losses_out;
    return (double)NAN;
}

static double losses_broken(const hpt_coord *point, size_t width, double *losses_out) {
    (void)point, (void)width, (void)losses_out;
    return (double)INFINITY;
}

static double losses_equally_broken(const hpt_coord *point, size_t width, double *losses_out) {
    (void)point, (void)width, (void)losses_out;
    return 1;
}

static double losses_flat(const hpt_coord *point, size_t width, double *losses_out) {
    (void)width;
    for (size_t goal = 0; goal < PARETO_GOALS_MAX; goal++)
        losses_out[goal] = point[0].real > 0.5 ? 0.0 : -0.0;
    return 0;
}

static double losses_huge(const hpt_coord *point, size_t width, double *losses_out) {
    losses_corners(point, width, losses_out);
    for (size_t goal = 0; goal < PARETO_GOALS_MAX; goal++)
        losses_out[goal] = 1e300 * (goal % 2 ? losses_out[goal] : -losses_out[goal]);
    return 0;
}

static double losses_infinite(const hpt_coord *point, size_t width, double *losses_out) {
    const double odd[] = { INFINITY, -INFINITY, -DBL_MAX, DBL_MAX, DBL_TRUE_MIN, 0, 1, -1e300 };
    (void)width;
    for (size_t goal = 0; goal < PARETO_GOALS_MAX; goal++)
        losses_out[goal] = odd[(size_t)(point[goal % 2].real * 7.999 + (double)goal) % 8];
    return 0;
}

static void assert_all_are_spent(pareto_search it) {
    pareto_run(it, &found); /* asserts that every point lies in the space */
    assert_int_equal(found.count + found.invalid_count, it.count);
}

static void any_result_leaves_the_points_in_the_space(void **state) {
    static pareto_losses *const all[] = { losses_failing, losses_broken, losses_equally_broken,
                                          losses_flat,    losses_huge,   losses_infinite };
    (void)state;
    hpt_space *space = pareto_cube(4);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (uint32_t goals = 1; goals <= PARETO_GOALS_MAX;
             goals = goals < 3 ? goals + 1 : 8 + (goals == 8))
            for_each_name(
                (pareto_search){
                    .space = space, .seed = 3, .count = 300, .goals = goals, .losses = all[i] },
                assert_all_are_spent);
    hpt_space_destroy(space);
}

static void a_budget_smaller_than_a_population_is_spent(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(3);
    for (uint64_t count = 1; count <= 9; count += 4)
        for_each_name(
            (pareto_search){ .space = space, .count = count, .goals = 2, .losses = losses_zdt1 },
            assert_all_are_spent);
    hpt_space_destroy(space);
}

/* ---- What a strategy may be told ---- */

static void one_goal_is_searched_for_too(void **state) {
    (void)state;
    hpt_space *space = search_cube(5);
    for (size_t i = 0; i < POPULATIONS; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            double best = search_best((search){ .space = space,
                                                .text = names[i],
                                                .seed = seed,
                                                .count = 2000,
                                                .budget = 2000,
                                                .loss = loss_sphere });
            if (!(best < 1e-3)) fail_msg("%s: %g", names[i], best); /* random: about 3 */
        }
    hpt_space_destroy(space);
}

/* Earlier results in one corner: the next points are near it. */
static void results_nobody_asked_for_are_learnt_from(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(10);
    for (size_t i = 0; i < POPULATIONS; i++) {
        pareto_search it = {
            .space = space, .text = names[i], .seed = 2, .count = 5000, .goals = 2
        };
        hpi_strategy strategy = pareto_opened(&it);
        double       sum = 0;
        hpt_coord    point[10];
        for (int trial = 0; trial < 60; trial++) {
            for (int j = 0; j < 10; j++)
                point[j].real = 0.9 + 0.001 * (double)((trial * (j + 7)) % 60);
            double losses[2] = { point[0].real, 1 - point[0].real };
            pareto_tell(&strategy, HPT_NUMBER_NONE, point, 2, losses, 0);
        }
        for (uint64_t number = 0; number < 20; number++) {
            assert_int_equal(strategy.class->ask(strategy.state, number, point, NULL), HPT_OK);
            for (int j = 0; j < 10; j++)
                sum += point[j].real / 200;
        }
        if (!(sum > 0.85)) fail_msg("%s: the mean is at %g", names[i], sum);
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
}

static void cancelled_trials_teach_nothing(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(3);
    for (size_t i = 0; i < POPULATIONS; i++) {
        pareto_search it = {
            .space = space, .text = names[i], .seed = 2, .count = 100, .goals = 2
        };
        hpi_strategy one = pareto_opened(&it), two = pareto_opened(&it);
        hpt_coord    a[3], b[3];
        for (uint64_t number = 0; number < 60; number++) {
            strategy_ask(&one, number, a);
            strategy_ask(&two, number, b);
            assert_true(points_equal(space, a, b));
            hpt_outcome outcome = strategy_outcome(number, a, HPT_TRIAL_CANCELLED, (double)NAN);
            outcome.goal_count = 2;
            strategy_tell(&one, outcome);
        }
        hpi_strategy_close(&one);
        hpi_strategy_close(&two);
    }
    hpt_space_destroy(space);
}

/* 64 points: each of them once, and then the end. */
static void no_point_is_proposed_twice(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 3; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c" }[j], 0, 3);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        pareto_search it = { .space = space, .text = names[i], .seed = 4, .count = 64, .goals = 2 };
        hpi_strategy  strategy = pareto_opened(&it);
        bool          seen[64] = { false };
        hpt_coord     p[3];
        for (uint64_t number = 0; number < 64; number++) {
            assert_int_equal(strategy.class->ask(strategy.state, number, p, NULL), HPT_OK);
            size_t which = (size_t)(p[0].integer * 16 + p[1].integer * 4 + p[2].integer);
            double losses[2] = { (double)(p[0].integer + p[1].integer),
                                 (double)(p[2].integer - p[0].integer) };
            assert_false(seen[which]);
            seen[which] = true;
            pareto_tell(&strategy, number, p, 2, losses, 0);
        }
        assert_int_equal(strategy.class->ask(strategy.state, 64, p, NULL), HPT_EDONE);
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
}

static void too_many_goals_are_refused(void **state) {
    (void)state;
    hpt_space *space = pareto_cube(2);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        hpt_strategy_setup setup = strategy_setup(space, 1);
        hpi_strategy       strategy;
        hpt_err            err = { 0 };
        setup.goal_count = UINT32_MAX;
        assert_int_equal(hpi_strategy_open(&strategy, names[i], NULL, &setup, &err), HPT_EINVAL);
        assert_non_null(strstr(err.text, "4294967295"));
    }
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_front_is_reached),
        cmocka_unit_test(random_search_is_beaten_at_any_budget),
        cmocka_unit_test(smaller_violations_lead_to_valid_points),
        cmocka_unit_test(any_result_leaves_the_points_in_the_space),
        cmocka_unit_test(a_budget_smaller_than_a_population_is_spent),
        cmocka_unit_test(one_goal_is_searched_for_too),
        cmocka_unit_test(results_nobody_asked_for_are_learnt_from),
        cmocka_unit_test(cancelled_trials_teach_nothing),
        cmocka_unit_test(no_point_is_proposed_twice),
        cmocka_unit_test(too_many_goals_are_refused),
    };
    return cmocka_run_group_tests_name("strategy_pareto", tests, NULL, NULL);
}
