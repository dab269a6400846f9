/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the strategy qmc puts the Sobol' and Halton sequences on any space.
 * Method: count how evenly lists and ranges are filled; compare spaces with and without constants;
 *         options. The sequences themselves: test_strategy_sobol.c, test_strategy_halton.c. */
#include "strategies.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static hpt_space *cube(size_t count) {
    return strategy_cube(count, 0, 1);
}

static void unscrambled_points_are_the_textbook_ones(void **state) {
    (void)state;
    static const double sobol[][2] = { { 0, 0 }, { 0.5, 0.5 }, { 0.75, 0.25 }, { 0.25, 0.75 } };
    static const double halton[][2] = {
        { 0, 0 }, { 1. / 2, 1. / 3 }, { 1. / 4, 2. / 3 }, { 3. / 4, 1. / 9 }
    };
    hpt_space   *space = cube(2);
    hpi_strategy by_sobol = strategy_opened(space, "qmc:scramble=no", 1);
    hpi_strategy by_halton = strategy_opened(space, "qmc:scramble=no,sequence=halton", 1);
    assert_true(hpi_strategy_size(&by_sobol) == UINT64_MAX);
    for (uint64_t i = 0; i < 4; i++) {
        hpt_coord point[2];
        strategy_point(&by_sobol, i, point);
        for (int j = 0; j < 2; j++)
            assert_true(point[j].real == sobol[i][j]);
        strategy_point(&by_halton, i, point);
        for (int j = 0; j < 2; j++)
            assert_true(fabs(point[j].real - halton[i][j]) < 1e-15);
    }
    hpi_strategy_close(&by_sobol);
    hpi_strategy_close(&by_halton);
    hpt_space_destroy(space);
}

static void the_first_unscrambled_point_is_the_minimum_of_everything(void **state) {
    (void)state;
    static const char *const words[] = { "a", "b" };
    hpt_space               *space = hpt_space_create();
    hpt_coord                point[4];
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 1e-300, 1e300));
    hpt_space_add_int(space, "n", INT64_MIN, INT64_MAX);
    hpt_space_add_choice(space, "c", words, 2);
    hpt_space_set_step(space, hpt_space_add_real(space, "s", -1, 1), hpt_real(0.5));
    hpi_strategy qmc = strategy_opened(space, "qmc:scramble=no", 9);
    strategy_point(&qmc, 0, point);
    assert_true(point[0].real == 1e-300);
    assert_true(point[1].integer == INT64_MIN);
    assert_int_equal(point[2].integer, 0);
    assert_true(point[3].real == -1);
    hpi_strategy_close(&qmc);
    hpt_space_destroy(space);
}

static void constants_take_no_dimension(void **state) {
    (void)state;
    static const char *const texts[] = { "qmc", "qmc:sequence=halton" };
    hpt_space               *plain = cube(3), *space = hpt_space_create();
    hpt_space_add_constant(space, "c0", hpt_int(1));
    hpt_space_add_real(space, "x0", 0, 1);
    hpt_space_add_constant(space, "c1", hpt_text("c"));
    hpt_space_add_constant(space, "c2", hpt_null());
    hpt_space_add_real(space, "x1", 0, 1);
    hpt_space_add_real(space, "x2", 0, 1);
    hpt_space_add_constant(space, "c3", hpt_real(1));
    for (size_t t = 0; t < 2; t++) {
        hpi_strategy without = strategy_opened(plain, texts[t], 5);
        hpi_strategy with = strategy_opened(space, texts[t], 5);
        for (uint64_t i = 0; i < 100; i++) {
            hpt_coord a[3], b[7];
            strategy_point(&without, i, a);
            strategy_point(&with, i, b);
            assert_true(a[0].real == b[1].real && a[1].real == b[4].real && a[2].real == b[5].real);
            assert_true(point_is_in_space(space, b));
        }
        hpi_strategy_close(&without);
        hpi_strategy_close(&with);
    }
    hpt_space_destroy(plain);
    hpt_space_destroy(space);
}

static void only_constants_are_a_space_too(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_add_constant(space, "c", hpt_int(1));
    hpi_strategy sobol = strategy_opened(space, "qmc", 1);
    hpi_strategy halton = strategy_opened(space, "qmc:sequence=halton", 1);
    hpt_coord    point = { .integer = 7 };
    strategy_point(&sobol, 3, &point);
    assert_int_equal(point.integer, 0);
    strategy_point(&halton, 3, &point);
    assert_int_equal(point.integer, 0);
    hpi_strategy_close(&sobol);
    hpi_strategy_close(&halton);
    hpt_space_destroy(space);
}

/* 64 points of a Sobol' sequence: each of 4 x 16 combinations once; 27 of Halton's, in its second
 * dimension: each of 27 integers once. */
static void small_spaces_are_filled_evenly_at_every_seed(void **state) {
    (void)state;
    static const char *const words[] = { "a", "b", "c", "d" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_choice(space, "c", words, 4);
    hpt_space_add_int(space, "n", 0, 15);
    hpt_space *thirds = hpt_space_create();
    hpt_space_add_int(thirds, "two", 0, 1);
    hpt_space_add_int(thirds, "three", 0, 26);
    for (uint64_t seed = 0; seed < 20; seed++) {
        bool         seen[64] = { false }, seen_thirds[27] = { false };
        hpt_coord    point[2];
        hpi_strategy sobol = strategy_opened(space, "qmc", seed);
        hpi_strategy halton = strategy_opened(
            thirds, seed ? "qmc:sequence=halton" : "qmc:sequence=halton,scramble=no", seed);
        for (uint64_t i = 0; i < 64; i++) {
            strategy_point(&sobol, i, point);
            seen[point[0].integer * 16 + point[1].integer] = true;
        }
        for (uint64_t i = 0; i < 27; i++) {
            strategy_point(&halton, i, point);
            seen_thirds[point[1].integer] = true;
        }
        for (size_t i = 0; i < 64; i++)
            assert_true(seen[i]);
        for (size_t i = 0; i < 27; i++)
            assert_true(seen_thirds[i]);
        hpi_strategy_close(&sobol);
        hpi_strategy_close(&halton);
    }
    hpt_space_destroy(space);
    hpt_space_destroy(thirds);
}

static void skip_leaves_out_the_first_points(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        { "qmc", "qmc:skip=1000" }, { "qmc:sequence=halton", "qmc:sequence=halton,skip=1000" }
    };
    hpt_space *space = cube(5);
    for (size_t t = 0; t < 2; t++) {
        hpi_strategy all = strategy_opened(space, texts[t][0], 5);
        hpi_strategy rest = strategy_opened(space, texts[t][1], 5);
        for (uint64_t i = 0; i < 10; i++) {
            hpt_coord a[5], b[5];
            strategy_point(&all, i + 1000, a);
            strategy_point(&rest, i, b);
            assert_true(points_equal(space, a, b));
        }
        hpi_strategy_close(&all);
        hpi_strategy_close(&rest);
    }
    hpt_space_destroy(space);
}

static void too_many_parameters_for_sobol_are_refused(void **state) {
    (void)state;
    hpt_space *space = cube(4097);
    strategy_refused(space, "qmc", HPT_ELIMIT,
                     "qmc: 4097 parameters are more than the 4096 of the Sobol' sequence; say "
                     "qmc:sequence=halton");
    hpi_strategy halton = strategy_opened(space, "qmc:sequence=halton", 1);
    hpi_strategy_close(&halton);
    hpt_space_destroy(space);
}

static void bad_options_get_a_sentence(void **state) {
    (void)state;
    hpt_space *space = cube(1);
    strategy_refused(space, "qmc:sequence=hamilton", HPT_EINVAL,
                     "strategy \"qmc\": option \"sequence\" is \"hamilton\", not one of "
                     "sobol|halton");
    strategy_refused(space, "qmc:skip=-1", HPT_EINVAL,
                     "strategy \"qmc\": option \"skip\" is -1, but must be 0 to 9007199254740992");
    strategy_refused(space, "qmc:scrambled=no", HPT_EINVAL,
                     "strategy \"qmc\" has no option \"scrambled\"; closest match: \"scramble\"");
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unscrambled_points_are_the_textbook_ones),
        cmocka_unit_test(the_first_unscrambled_point_is_the_minimum_of_everything),
        cmocka_unit_test(constants_take_no_dimension),
        cmocka_unit_test(only_constants_are_a_space_too),
        cmocka_unit_test(small_spaces_are_filled_evenly_at_every_seed),
        cmocka_unit_test(skip_leaves_out_the_first_points),
        cmocka_unit_test(too_many_parameters_for_sobol_are_refused),
        cmocka_unit_test(bad_options_get_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
