/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   gp finds in a few dozen trials what others find in hundreds, learns of every end a trial
 *         can have and of results nobody asked for, and survives any value.
 * Method: searches with fixed seeds on known functions; odd losses, ends and spaces. */
#include "searching.h"

#include <float.h>

static void assert_found(hpt_space *space, search_loss *loss, uint64_t count, unsigned flight,
                         double limit) {
    for (uint64_t seed = 1; seed <= 2; seed++) {
        double best = search_best((search){ .space = space,
                                            .text = "gp",
                                            .seed = seed,
                                            .count = count,
                                            .flight = flight,
                                            .loss = loss });
        if (!(best < limit)) fail_msg("seed %d: %g, not %g", (int)seed, best, limit);
    }
    hpt_space_destroy(space);
}

static void a_sphere_is_solved_in_fifty_trials(void **state) {
    (void)state;
    assert_found(search_cube(5), loss_sphere, 50, 1, 1e-3); /* random: about 8 */
}

static void so_it_is_with_eight_trials_in_flight(void **state) {
    (void)state;
    assert_found(search_cube(5), loss_sphere, 60, 8, 1e-2);
}

static void a_turned_ellipsoid_is_followed(void **state) {
    (void)state;
    assert_found(search_cube(3), loss_ellipsoid, 80, 1, 1); /* random: about 2000 */
}

static void a_slope_ends_in_its_corner(void **state) {
    (void)state;
    assert_found(search_cube(5), loss_slope, 30, 1, 1e-6);
}

static void integers_are_found_exactly(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    for (size_t j = 0; j < 3; j++)
        hpt_space_add_int(space, (const char *[]){ "a", "b", "c" }[j], 0, 100);
    assert_found(space, loss_integers, 40, 1, 0.5);
}

static void lists_are_found_exactly(void **state) {
    (void)state;
    static const char *const choices[] = { "a", "b", "c", "d", "e", "f" };
    hpt_space               *space = hpt_space_create();
    for (size_t j = 0; j < 4; j++)
        hpt_space_add_choice(space, (const char *[]){ "p", "q", "r", "s" }[j], choices, 6);
    assert_found(space, loss_wrong, 50, 1, 0.5); /* one point of 1296 */
}

static void failed_trials_are_avoided(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy gp = strategy_opened(space, "gp", 3);
    int          failed = 0;
    for (uint64_t number = 0; number < 50; number++) {
        hpt_coord point[2];
        strategy_ask(&gp, number, point);
        bool is_good = point[0].real < 0;
        failed += number >= 30 && !is_good;
        hpt_outcome outcome =
            strategy_outcome(number, point, is_good ? HPT_TRIAL_COMPLETE : HPT_TRIAL_FAILED,
                             is_good ? loss_sphere(point, 2) : (double)NAN);
        outcome.is_failure = !is_good;
        strategy_tell(&gp, outcome);
    }
    assert_true(failed < 10); /* the best lies among them: 3.125 is the least there is */
    hpi_strategy_close(&gp);
    hpt_space_destroy(space);
}

/* It starts where they end. */
static void results_of_earlier_runs_are_learnt(void **state) {
    (void)state;
    hpt_space   *space = search_cube(3);
    hpi_strategy gp = strategy_opened(space, "gp", 3);
    double       best = (double)INFINITY;
    for (uint64_t i = 0; i < 40; i++) {
        hpt_coord point[3];
        uint64_t  words[3];
        hpt_random(5, i, 1, words, 3);
        for (hpt_param j = 0; j < 3; j++)
            point[j] = hpt_space_at_fraction(space, j, words[j]);
        strategy_tell(&gp, strategy_outcome(HPT_NUMBER_NONE, point, HPT_TRIAL_COMPLETE,
                                            loss_sphere(point, 3)));
    }
    for (uint64_t number = 0; number < 6; number++) {
        hpt_coord point[3];
        strategy_ask(&gp, number, point);
        best = fmin(best, loss_sphere(point, 3));
        strategy_tell(&gp,
                      strategy_outcome(number, point, HPT_TRIAL_COMPLETE, loss_sphere(point, 3)));
    }
    assert_true(best < 0.05); /* random: about 3 */
    hpi_strategy_close(&gp);
    hpt_space_destroy(space);
}

static void a_result_told_twice_counts_once(void **state) {
    (void)state;
    hpt_space   *space = search_cube(2);
    hpi_strategy once = strategy_opened(space, "gp", 4), twice = strategy_opened(space, "gp", 4);
    for (uint64_t number = 0; number < 30; number++) {
        hpt_coord a[2], b[2];
        strategy_ask(&once, number, a);
        strategy_ask(&twice, number, b);
        assert_true(points_equal(space, a, b));
        hpt_outcome outcome = strategy_outcome(number, a, HPT_TRIAL_COMPLETE, loss_sphere(a, 2));
        strategy_tell(&once, outcome);
        strategy_tell(&twice, outcome);
        strategy_tell(&twice, strategy_outcome(number, a, HPT_TRIAL_COMPLETE, -1));
    }
    hpi_strategy_close(&once);
    hpi_strategy_close(&twice);
    hpt_space_destroy(space);
}

/* 24 asked for and none told: each knows of those before it. */
static void trials_in_flight_are_not_repeated(void **state) {
    (void)state;
    enum { FLIGHT = 24 };
    hpt_space   *space = search_cube(2);
    hpi_strategy gp = strategy_opened(space, "gp", 4);
    hpt_coord    points[FLIGHT][2];
    for (uint64_t number = 0; number < 20; number++) {
        strategy_ask(&gp, number, points[0]);
        strategy_tell(&gp, strategy_outcome(number, points[0], HPT_TRIAL_COMPLETE,
                                            loss_rastrigin(points[0], 2)));
    }
    for (size_t i = 0; i < FLIGHT; i++) {
        strategy_ask(&gp, 20 + i, points[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(points_equal(space, points[i], points[k]));
    }
    hpi_strategy_close(&gp);
    hpt_space_destroy(space);
}

static void every_point_of_a_finite_space_comes_once_and_then_the_end(void **state) {
    (void)state;
    hpt_space   *space = hpt_space_create();
    bool         is_tried[6][5] = { { false } };
    hpi_strategy gp;
    hpt_space_add_int(space, "a", 0, 5);
    hpt_space_add_int(space, "b", 0, 4);
    gp = strategy_opened(space, "gp", 4);
    for (uint64_t number = 0; number < 30; number++) {
        hpt_coord point[2];
        strategy_ask(&gp, number, point);
        bool *tried = &is_tried[point[0].integer][point[1].integer];
        assert_false(*tried);
        *tried = true;
        strategy_tell(&gp,
                      strategy_outcome(number, point, HPT_TRIAL_COMPLETE, loss_integers(point, 2)));
    }
    assert_int_equal(gp.class->ask(gp.state, 30, (hpt_coord[2]){ { 0 } }, NULL), HPT_EDONE);
    hpi_strategy_close(&gp);
    hpt_space_destroy(space);
}

static void any_loss_is_survived(void **state) {
    (void)state;
    static const double losses[] = {
        1e300,   -1e300, 0.0, -0.0, 0.0, DBL_TRUE_MIN, DBL_MAX, (double)INFINITY, -(double)INFINITY,
        -DBL_MAX
    };
    static search_loss *const odd[] = { loss_none, loss_flat, loss_huge, loss_half };
    hpt_space                *space = search_cube(3);
    hpi_strategy              gp = strategy_opened(space, "gp", 4);
    for (uint64_t number = 0; number < 40; number++) {
        hpt_coord point[3];
        strategy_ask(&gp, number, point);
        assert_true(point_is_in_space(space, point));
        strategy_tell(&gp,
                      strategy_outcome(number, point, HPT_TRIAL_COMPLETE, losses[number % 10]));
    }
    hpi_strategy_close(&gp);
    for (size_t i = 0; i < 4; i++)
        (void)search_best((search){
            .space = space, .text = "gp", .seed = 2, .count = 40, .flight = 3, .loss = odd[i] });
    hpt_space_destroy(space);
}

/* More trials than the model takes. */
static void a_small_model_goes_on_for_ever(void **state) {
    (void)state;
    hpt_space *space = search_cube(3);
    double     best = search_best((search){
            .space = space, .text = "gp:points=16", .seed = 2, .count = 150, .loss = loss_sphere });
    assert_true(best < 1e-2);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sphere_is_solved_in_fifty_trials),
        cmocka_unit_test(so_it_is_with_eight_trials_in_flight),
        cmocka_unit_test(a_turned_ellipsoid_is_followed),
        cmocka_unit_test(a_slope_ends_in_its_corner),
        cmocka_unit_test(integers_are_found_exactly),
        cmocka_unit_test(lists_are_found_exactly),
        cmocka_unit_test(failed_trials_are_avoided),
        cmocka_unit_test(results_of_earlier_runs_are_learnt),
        cmocka_unit_test(a_result_told_twice_counts_once),
        cmocka_unit_test(trials_in_flight_are_not_repeated),
        cmocka_unit_test(every_point_of_a_finite_space_comes_once_and_then_the_end),
        cmocka_unit_test(any_loss_is_survived),
        cmocka_unit_test(a_small_model_goes_on_for_ever),
    };
    return cmocka_run_group_tests_name("strategy_gp", tests, NULL, NULL);
}
