/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   cmaes and de find what they are made for, on every kind of parameter, and take any
 * result. Method: searches with fixed seeds against known minima; each property for both
 * strategies, with limits that random search misses by far. */
#include "searching.h"

#include "strategy/shade.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = { "cmaes", "de" };
enum { NAME_COUNT = 2 };

static void assert_below(search it, double limit) {
    for (it.seed = 1; it.seed <= 3; it.seed++) {
        double best = search_best(it);
        if (!(best <= limit))
            fail_msg("%s, seed %llu: %g is above %g", it.text, (unsigned long long)it.seed, best,
                     limit);
    }
}

/* Both strategies with `count` trials, one at a time and eight. */
static void assert_both_below(search it, double limit) {
    for (size_t i = 0; i < NAME_COUNT; i++)
        for (it.flight = 1; it.flight <= 8; it.flight += 7) {
            it.text = names[i];
            it.budget = it.count;
            assert_below(it, limit);
        }
}

static void a_sphere_is_solved(void **state) {
    (void)state;
    hpt_space *space = search_cube(5);
    assert_both_below((search){ .space = space, .count = 3000, .loss = loss_sphere }, 1e-6);
    hpt_space_destroy(space);
}

static void a_turned_and_ill_conditioned_valley_is_solved(void **state) {
    (void)state;
    SKIP_WHERE_SCALED_DOWN();
    hpt_space *space = search_cube(6);
    assert_both_below((search){ .space = space, .count = 20000, .loss = loss_ellipsoid }, 1e-6);
    hpt_space_destroy(space);
}

static void a_bent_valley_is_solved(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    assert_both_below((search){ .space = space, .count = 12000, .loss = loss_rosenbrock }, 1e-6);
    hpt_space_destroy(space);
}

static void a_minimum_on_the_bounds_is_reached(void **state) {
    (void)state;
    hpt_space *space = search_cube(5);
    assert_both_below((search){ .space = space, .count = 3000, .loss = loss_slope }, 1e-3);
    hpt_space_destroy(space);
}

static void integers_do_not_freeze_before_the_minimum(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 5; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c", "d", "e" }[j], -50, 50);
    assert_both_below((search){ .space = space, .count = 2000, .loss = loss_integers }, 0);
    hpt_space_destroy(space);
}

static void lists_are_learnt(void **state) {
    (void)state;
    const char *const choices[] = { "p", "q", "r", "s", "t", "u" };
    hpt_space        *space = hpt_space_create();
    for (int j = 0; j < 8; j++)
        hpt_space_add_choice(space, (const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[j],
                             choices, 6);
    assert_both_below((search){ .space = space, .count = 2500, .loss = loss_wrong }, 0);
    hpt_space_destroy(space);
}

static double loss_decades(const hpt_coord *point, size_t width) {
    (void)width;
    return fabs(log10(point[0].real) + 40);
}

static void a_range_of_300_decades_is_searched_in_the_logarithm(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 1e-150, 1e150));
    assert_both_below((search){ .space = space, .count = 600, .loss = loss_decades }, 1e-3);
    hpt_space_destroy(space);
}

static void failures_keep_the_search_away(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    /* The least there is: 1.25^2 for x0 = 0. */
    assert_both_below((search){ .space = space, .count = 3000, .loss = loss_half }, 1.5626);
    hpt_space_destroy(space);
}

static void nothing_but_failures_ends_nothing(void **state) {
    (void)state;
    hpt_space *space = search_cube(3);
    for (size_t i = 0; i < NAME_COUNT; i++)
        assert_true(isinf(search_best(
            (search){ .space = space, .text = names[i], .count = 3000, .loss = loss_none })));
    hpt_space_destroy(space);
}

static void odd_losses_leave_the_points_in_the_space(void **state) {
    (void)state;
    search_loss *const losses[] = { loss_flat, loss_huge };
    hpt_space         *space = search_cube(3);
    for (size_t i = 0; i < NAME_COUNT; i++)
        for (size_t k = 0; k < 2; k++)
            (void)search_best(
                (search){ .space = space, .text = names[i], .count = 3000, .loss = losses[k] });
    (void)search_best((search){
        .space = space, .text = "cmaes:restarts=none", .count = 5000, .loss = loss_flat });
    hpt_space_destroy(space);
}

static double loss_tiny(const hpt_coord *point, size_t width) {
    return 1e-20 * loss_rosenbrock(point, width);
}

static void the_scale_of_losses_does_not_matter(void **state) {
    (void)state;
    hpt_space *space = search_cube(5);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        search it = { .space = space, .text = names[i], .count = 2500, .loss = loss_rosenbrock };
        double usual = search_best(it);
        it.loss = loss_tiny;
        double tiny = search_best(it);
        if (!(tiny <= 1e-20 * fmax(2 * usual, 1e-10)))
            fail_msg("%s: %g, and %g", it.text, usual, tiny);
    }
    hpt_space_destroy(space);
}

static void the_smallest_gains_leave_steps_that_are_not_zero(void **state) {
    static const hpi_success success = { .scale = 0.4, .rate = 0.5, .gain = 0x1p-1073 };
    hpi_shade                shade;
    (void)state;
    hpi_shade_init(&shade, 1);
    hpi_shade_learn(&shade, &success, 1);
    assert_true(shade.scale[0] > 0);
}

static void a_budget_smaller_than_a_population_is_spent(void **state) {
    (void)state;
    hpt_space *space = search_cube(5);
    for (size_t i = 0; i < NAME_COUNT; i++)
        assert_true(isfinite(search_best((search){
            .space = space, .text = names[i], .count = 3, .budget = 3, .loss = loss_sphere })));
    hpt_space_destroy(space);
}

static void a_thousand_parameters_are_searched(void **state) {
    (void)state;
    SKIP_WHERE_SCALED_DOWN();
    hpt_space *space = search_cube(1000);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        search it = { .space = space, .text = names[i], .seed = 1, .loss = loss_sphere };
        it.count = it.budget = 60;
        double early = search_best(it);
        it.count = it.budget = 9000;
        double late = search_best(it);
        if (!(late < 0.8 * early)) fail_msg("%s: %g, then %g", it.text, early, late);
    }
    hpt_space_destroy(space);
}

static void restarts_find_the_best_of_many_minima(void **state) {
    (void)state;
    SKIP_WHERE_SCALED_DOWN();
    hpt_space *space = search_cube(4);
    assert_below(
        (search){ .space = space, .text = "cmaes", .count = 100000, .loss = loss_rastrigin }, 1e-8);
    assert_below((search){ .space = space,
                           .text = "cmaes:restarts=ipop",
                           .count = 100000,
                           .loss = loss_rastrigin },
                 1e-8);
    hpt_space_destroy(space);
}

/* The mean distance from `at` of the first ten points. */
static double distance_of_start(const char *text, const hpt_space *space, double at) {
    hpi_strategy strategy = strategy_opened(space, text, 5);
    hpt_coord    point[1];
    double       sum = 0;
    for (uint64_t number = 0; number < 10; number++) {
        assert_int_equal(strategy.class->ask(strategy.state, number, point, NULL), HPT_OK);
        sum += fabs(point[0].real - at) / 10;
    }
    hpi_strategy_close(&strategy);
    return sum;
}

static void cmaes_begins_around_the_default(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_set_default(space, hpt_space_add_real(space, "x", -5, 5), hpt_real(4));
    assert_true(distance_of_start("cmaes:sigma=0.001", space, 4) < 0.03);
    hpt_space_destroy(space);
}

static void de_tries_the_default_first(void **state) {
    (void)state;
    hpt_space   *space = hpt_space_create();
    hpt_coord    point[1];
    hpi_strategy strategy;
    hpt_space_set_default(space, hpt_space_add_real(space, "x", -5, 5), hpt_real(4));
    strategy = strategy_opened(space, "de", 5);
    assert_int_equal(strategy.class->ask(strategy.state, 0, point, NULL), HPT_OK);
    assert_true(fabs(point[0].real - 4) < 1e-12);
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

/* Results of trials it never asked for draw it to them: what is known from elsewhere. */
static void results_nobody_asked_for_are_learnt_from(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy strategy = strategy_opened(space, "cmaes", 5);
    double       sum = 0;
    hpt_coord    point[2];
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t words[2];
        hpt_random(1, i, 7, words, 2);
        for (hpt_param j = 0; j < 2; j++)
            point[j] = hpt_space_at_fraction(space, j, words[j]);
        double x = point[0].real - 4, y = point[1].real - 4;
        search_tell(&strategy, 1000000 + i % 150, point, x * x + y * y); /* 50 of them twice */
    }
    for (uint64_t number = 0; number < 10; number++) {
        assert_int_equal(strategy.class->ask(strategy.state, number, point, NULL), HPT_OK);
        sum += (point[0].real + point[1].real) / 20;
    }
    if (!(sum > 2)) fail_msg("the mean is at %g", sum);
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

static void cancelled_trials_teach_nothing(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy one = strategy_opened(space, "cmaes", 5), two = strategy_opened(space, "cmaes", 5);
    hpt_coord    a[2], b[2];
    for (uint64_t number = 0; number < 50; number++) {
        strategy_ask(&one, number, a);
        strategy_ask(&two, number, b);
        assert_true(points_equal(space, a, b));
        hpt_outcome outcome = strategy_outcome(number, a, HPT_TRIAL_CANCELLED, (double)NAN);
        strategy_tell(&one, outcome); /* and the other one never hears of it */
    }
    hpi_strategy_close(&one);
    hpi_strategy_close(&two);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sphere_is_solved),
        cmocka_unit_test(a_turned_and_ill_conditioned_valley_is_solved),
        cmocka_unit_test(a_bent_valley_is_solved),
        cmocka_unit_test(a_minimum_on_the_bounds_is_reached),
        cmocka_unit_test(integers_do_not_freeze_before_the_minimum),
        cmocka_unit_test(lists_are_learnt),
        cmocka_unit_test(a_range_of_300_decades_is_searched_in_the_logarithm),
        cmocka_unit_test(failures_keep_the_search_away),
        cmocka_unit_test(nothing_but_failures_ends_nothing),
        cmocka_unit_test(odd_losses_leave_the_points_in_the_space),
        cmocka_unit_test(the_scale_of_losses_does_not_matter),
        cmocka_unit_test(the_smallest_gains_leave_steps_that_are_not_zero),
        cmocka_unit_test(a_budget_smaller_than_a_population_is_spent),
        cmocka_unit_test(a_thousand_parameters_are_searched),
        cmocka_unit_test(restarts_find_the_best_of_many_minima),
        cmocka_unit_test(cmaes_begins_around_the_default),
        cmocka_unit_test(de_tries_the_default_first),
        cmocka_unit_test(results_nobody_asked_for_are_learnt_from),
        cmocka_unit_test(cancelled_trials_teach_nothing),
    };
    return cmocka_run_group_tests_name("strategy_evolution", tests, NULL, NULL);
}
