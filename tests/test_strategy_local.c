/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   local finds minima in few trials, whatever the kinds of parameters and however many are
 * in flight, and survives what has no minimum. Method: short searches on functions whose minimum is
 * known. Skipped in a build without NLopt. */
#include "searching.h"

#include <string.h>

static bool is_absent(void) {
    const hpt_strategy_class *class = NULL;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++)
        if (strcmp(class->name, "local") == 0) break;
    assert_non_null(class);
    return class->absent != NULL;
}

#define NEEDS_NLOPT()                                                                              \
    do {                                                                                           \
        (void)state;                                                                               \
        if (is_absent()) skip();                                                                   \
    } while (0)

static void assert_below(search it, double most) {
    for (it.seed = 1; it.seed <= 3; it.seed++) {
        double best = search_best(it);
        if (!(best <= most)) fail_msg("%s, seed %d: %g", it.text, (int)it.seed, best);
    }
}

static void a_build_without_it_says_so(void **state) {
    (void)state;
    hpt_space *space = search_cube(2);
    if (is_absent())
        strategy_refused(space, "local", HPT_EBUILD,
                         "the strategy \"local\" is not in this build: built without NLopt "
                         "(HPT_NLOPT=OFF, or nlopt.h was not found)");
    hpt_space_destroy(space);
}

static void a_sphere_is_solved_in_some_trials_for_each_number(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(5);
    assert_below((search){ .space = space, .text = "local", .count = 60, .loss = loss_sphere },
                 1e-6);
    assert_below(
        (search){
            .space = space, .text = "local:algorithm=sbplx", .count = 250, .loss = loss_sphere },
        1e-6);
    assert_below((search){ .space = space,
                           .text = "local:algorithm=neldermead",
                           .count = 300,
                           .loss = loss_sphere },
                 1e-5);
    hpt_space_destroy(space);
}

static void a_bent_valley_is_solved(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(4);
    assert_below((search){ .space = space, .text = "local", .count = 400, .loss = loss_rosenbrock },
                 1e-2);
    hpt_space_destroy(space);
}

static void a_minimum_on_the_bounds_is_reached(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(5);
    assert_below((search){ .space = space, .text = "local", .count = 60, .loss = loss_slope }, 0);
    hpt_space_destroy(space);
}

static void one_number_is_enough(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(1);
    assert_below((search){ .space = space, .text = "local", .count = 60, .loss = loss_sphere },
                 1e-8);
    hpt_space_destroy(space);
}

static void integers_are_searched(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 4; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c", "d" }[j], -50, 50);
    assert_below((search){ .space = space, .text = "local", .count = 300, .loss = loss_integers },
                 2);
    hpt_space_destroy(space);
}

static double loss_of_a_choice_and_numbers(const hpt_coord *point, size_t width) {
    return loss_sphere(point + 1, width - 1) + (double)(point[0].integer != 2);
}

static void categories_vary_from_start_to_start(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = hpt_space_create();
    hpt_space_add_choice(space, "kind", (const char *[]){ "p", "q", "r", "s" }, 4);
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_real(space, "y", -5, 5);
    assert_below(
        (search){
            .space = space, .text = "local", .count = 1500, .loss = loss_of_a_choice_and_numbers },
        1e-5);
    hpt_space_destroy(space);
}

static double loss_pick(const hpt_coord *point, size_t width) {
    (void)width;
    return (double)(point[0].integer != 2) + (double)(point[1].integer != 1);
}

static void only_categories_are_drawn(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = hpt_space_create();
    hpt_space_add_choice(space, "a", (const char *[]){ "p", "q", "r", "s" }, 4);
    hpt_space_add_choice(space, "b", (const char *[]){ "p", "q" }, 2);
    assert_below((search){ .space = space, .text = "local", .count = 100, .loss = loss_pick }, 0);
    hpt_space_destroy(space);
}

static void many_in_flight_are_many_starts(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(3);
    assert_below(
        (search){ .space = space, .text = "local", .count = 400, .flight = 8, .loss = loss_sphere },
        1e-6);
    hpt_space_destroy(space);
}

static void failures_keep_the_search_away(void **state) {
    NEEDS_NLOPT();
    hpt_space *space = search_cube(3);
    /* The least there is: 1.25^2 for x0 = 0. */
    assert_below((search){ .space = space, .text = "local", .count = 500, .loss = loss_half }, 2);
    hpt_space_destroy(space);
}

static void odd_losses_end_nothing(void **state) {
    NEEDS_NLOPT();
    static const char *const texts[] = { "local", "local:algorithm=sbplx",
                                         "local:algorithm=neldermead" };
    hpt_space               *space = search_cube(3);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        search it = { .space = space, .text = texts[i], .count = 400, .loss = loss_flat };
        assert_true(search_best(it) == 0);
        it.loss = loss_huge;
        assert_true(search_best(it) < 0);
        it.loss = loss_none;
        assert_true(isinf(search_best(it)));
    }
    hpt_space_destroy(space);
}

/* What is known from elsewhere. */
static void the_first_start_begins_at_the_best_that_was_told(void **state) {
    NEEDS_NLOPT();
    hpt_space   *space = search_cube(2);
    hpi_strategy strategy = strategy_opened(space, "local", 1);
    hpt_coord    told[2] = { { .real = 1.5 }, { .real = -3 } }, point[2];
    search_tell(&strategy, HPT_NUMBER_NONE, told, 7);
    told[0].real = 4;
    search_tell(&strategy, HPT_NUMBER_NONE, told, 8);
    assert_int_equal(strategy.class->ask(strategy.state, 0, point, NULL), HPT_OK);
    assert_true(fabs(point[0].real - 1.5) < 1e-9);
    assert_true(fabs(point[1].real + 3) < 1e-9);
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

static void a_cancelled_trial_is_asked_for_again(void **state) {
    NEEDS_NLOPT();
    hpt_space   *space = search_cube(2);
    hpi_strategy strategy = strategy_opened(space, "local", 1);
    hpt_coord    first[2], again[2];
    assert_int_equal(strategy.class->ask(strategy.state, 0, first, NULL), HPT_OK);
    strategy_tell(&strategy, strategy_outcome(0, first, HPT_TRIAL_CANCELLED, (double)NAN));
    assert_int_equal(strategy.class->ask(strategy.state, 1, again, NULL), HPT_OK);
    assert_true(points_equal(space, first, again));
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_without_it_says_so),
        cmocka_unit_test(a_sphere_is_solved_in_some_trials_for_each_number),
        cmocka_unit_test(a_bent_valley_is_solved),
        cmocka_unit_test(a_minimum_on_the_bounds_is_reached),
        cmocka_unit_test(one_number_is_enough),
        cmocka_unit_test(integers_are_searched),
        cmocka_unit_test(categories_vary_from_start_to_start),
        cmocka_unit_test(only_categories_are_drawn),
        cmocka_unit_test(many_in_flight_are_many_starts),
        cmocka_unit_test(failures_keep_the_search_away),
        cmocka_unit_test(odd_losses_end_nothing),
        cmocka_unit_test(the_first_start_begins_at_the_best_that_was_told),
        cmocka_unit_test(a_cancelled_trial_is_asked_for_again),
    };
    return cmocka_run_group_tests_name("strategy_local", tests, NULL, NULL);
}
