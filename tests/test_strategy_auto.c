/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   auto finds what is to be found in spaces of every kind, without being told how, and never
 *         evaluates a point twice where that can be avoided.
 * Method: short searches on functions whose minimum is known; spaces that are small enough to
 * count. */
#include "searching.h"

#include <string.h>

static void assert_below(search it, double most) {
    it.text = "auto";
    it.budget = it.count;
    for (it.seed = 1; it.seed <= 2; it.seed++) {
        double best = search_best(it);
        if (!(best <= most)) fail_msg("seed %d: %g", (int)it.seed, best);
    }
}

static bool has_local(void) {
    const hpt_strategy_class *class = NULL;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++)
        if (strcmp(class->name, "local") == 0) break;
    return class && !class->absent;
}

static void smooth_functions_of_numbers_are_solved(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    bool       is_full = has_local();
    assert_below((search){ .space = space, .count = 150, .loss = loss_sphere },
                 is_full ? 1e-8 : 1e-2);
    assert_below((search){ .space = space, .count = 400, .loss = loss_rosenbrock },
                 is_full ? 1e-2 : 10);
    hpt_space_destroy(space);
}

static void many_in_flight_lose_little(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    assert_below((search){ .space = space, .count = 100, .flight = 8, .loss = loss_sphere }, 1e-2);
    hpt_space_destroy(space);
}

static hpt_space *lists(void) {
    const char *const choices[] = { "p", "q", "r", "s", "t", "u" };
    hpt_space        *space = hpt_space_create();
    for (int j = 0; j < 8; j++)
        hpt_space_add_choice(space, (const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[j],
                             choices, 6);
    return space;
}

/* 1 679 616 points; from anywhere 40 neighbours. */
static void lists_are_searched_from_neighbour_to_neighbour(void **state) {
    (void)state;
    hpt_space *space = lists();
    assert_below((search){ .space = space, .count = 400, .loss = loss_wrong }, 0);
    assert_below((search){ .space = space, .count = 400, .flight = 8, .loss = loss_wrong }, 0);
    hpt_space_destroy(space);
}

/* Equal to its second half: steps in one value lead nowhere from there. */
static double loss_paired(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width / 2; j++)
        sum +=
            point[j].integer == point[j + width / 2].integer ? 5.0 - (double)point[j].integer : 6;
    return sum;
}

static void descents_that_end_begin_again_elsewhere(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 4; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c", "d" }[j], 0, 5);
    assert_below((search){ .space = space, .count = 600, .loss = loss_paired }, 0);
    hpt_space_destroy(space);
}

static void wide_integers_are_numbers(void **state) {
    SKIP_WHERE_SCALED_DOWN();
    (void)state;
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 4; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c", "d" }[j], -50, 50);
    assert_below((search){ .space = space, .count = 400, .loss = loss_integers }, 4);
    hpt_space_destroy(space);
}

static void mixed_spaces_are_searched(void **state) {
    (void)state;
    hpt_space *space = search_mixed();
    assert_below((search){ .space = space, .count = 100, .loss = loss_mixed }, 0.5);
    hpt_space_destroy(space);
}

/* How many points it proposes before the end, and whether all differ. */
static size_t count_points(const hpt_space *space, uint64_t budget) {
    static hpt_coord   points[1000][3];
    hpt_strategy_setup setup = strategy_setup(space, 3);
    hpi_strategy       strategy;
    size_t             count = 0;
    setup.trial_count_max = budget;
    assert_int_equal(hpi_strategy_open(&strategy, "auto", NULL, &setup, NULL), HPT_OK);
    while (count < 1000 &&
           strategy.class->ask(strategy.state, count, points[count], NULL) == HPT_OK) {
        for (size_t i = 0; i < count; i++)
            assert_false(points_equal(space, points[i], points[count]));
        search_tell(&strategy, count, points[count], sin((double)count));
        count++;
    }
    hpi_strategy_close(&strategy);
    return count;
}

static void every_point_comes_once_and_then_the_end(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    for (int j = 0; j < 3; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c" }[j], 0, 5);
    assert_int_equal(count_points(space, 1000), 216); /* listed at the start */
    assert_int_equal(count_points(space, 0), 216);    /* by descents        */
    hpt_space_add_constraint(space, "a + b + c <= 4");
    assert_int_equal(count_points(space, 1000), 35);
    assert_int_equal(count_points(space, 0), 35);
    hpt_space_destroy(space);
}

static void several_goals_are_searched_for(void **state) {
    (void)state;
    hpt_space         *space = search_cube(2);
    hpt_strategy_setup setup = strategy_setup(space, 1);
    hpi_strategy       strategy;
    hpt_coord          point[2];
    double             losses[2];
    setup.goal_count = 2;
    assert_int_equal(hpi_strategy_open(&strategy, "auto", NULL, &setup, NULL), HPT_OK);
    for (uint64_t number = 0; number < 200; number++) {
        assert_int_equal(strategy.class->ask(strategy.state, number, point, NULL), HPT_OK);
        losses[0] = point[0].real * point[0].real + point[1].real * point[1].real;
        losses[1] = (point[0].real - 1) * (point[0].real - 1);
        strategy.class->tell(strategy.state, &(hpt_outcome){ .struct_size = sizeof(hpt_outcome),
                                                             .state = HPT_TRIAL_COMPLETE,
                                                             .number = number,
                                                             .point = point,
                                                             .value = losses[0],
                                                             .loss = losses[0],
                                                             .goal_count = 2,
                                                             .losses = losses,
                                                             .bound = (double)NAN });
    }
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

static void odd_losses_end_nothing(void **state) {
    (void)state;
    hpt_space *space = search_cube(3);
    search     it = { .space = space, .text = "auto", .count = 300, .loss = loss_none };
    assert_true(isinf(search_best(it)));
    it.loss = loss_flat;
    assert_true(search_best(it) == 0);
    it.loss = loss_huge;
    assert_true(search_best(it) < 0);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smooth_functions_of_numbers_are_solved),
        cmocka_unit_test(many_in_flight_lose_little),
        cmocka_unit_test(lists_are_searched_from_neighbour_to_neighbour),
        cmocka_unit_test(descents_that_end_begin_again_elsewhere),
        cmocka_unit_test(wide_integers_are_numbers),
        cmocka_unit_test(mixed_spaces_are_searched),
        cmocka_unit_test(every_point_comes_once_and_then_the_end),
        cmocka_unit_test(several_goals_are_searched_for),
        cmocka_unit_test(odd_losses_end_nothing),
    };
    return cmocka_run_group_tests_name("strategy_auto", tests, NULL, NULL);
}
