/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a grid has exactly the points one expects, in the order one expects, at any size.
 * Method: whole small grids by hand; properties of the values of an axis (both ends, all different,
 *         rising) for ranges up to the limits of int64_t; grids far beyond 2^64 points. */
#include "strategies.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static hpt_space *mixed_space(void) {
    static const char *const modes[] = { "fast", "safe" };
    hpt_space               *space = hpt_space_create();
    hpt_param                step = hpt_space_add_real(space, "step", 0, 1);
    hpt_space_set_step(space, step, hpt_real(0.5));
    hpt_space_add_constant(space, "fixed", hpt_int(7));
    hpt_space_add_choice(space, "mode", modes, 2);
    hpt_space_add_int(space, "n", -1, 1);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

static void the_last_parameter_varies_fastest(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy grid = strategy_opened(space, "grid", 1);
    assert_int_equal(hpi_strategy_size(&grid), 3 * 2 * 3);
    for (uint64_t number = 0; number < 18; number++) {
        hpt_coord point[4];
        strategy_point(&grid, number, point);
        assert_true(point[0].real == 0.5 * (double)(number / 6));
        assert_int_equal(point[1].integer, 0);
        assert_int_equal(point[2].integer, number / 3 % 2);
        assert_int_equal(point[3].integer, (int64_t)(number % 3) - 1);
    }
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void a_shuffled_grid_has_each_point_once(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy plain = strategy_opened(space, "grid", 5);
    hpi_strategy shuffled = strategy_opened(space, "grid:shuffle=yes", 5);
    size_t       moved = 0;
    unsigned     seen = 0;
    assert_int_equal(hpi_strategy_size(&shuffled), 18);
    for (uint64_t number = 0; number < 18; number++) {
        hpt_coord point[4], other[4];
        strategy_point(&shuffled, number, point);
        for (uint64_t i = 0; i < 18; i++) {
            strategy_point(&plain, i, other);
            if (!points_equal(space, point, other)) continue;
            seen |= 1u << i;
            moved += i != number;
        }
    }
    assert_int_equal(seen, (1u << 18) - 1);
    assert_true(moved > 9);
    hpi_strategy_close(&shuffled);
    hpi_strategy_close(&plain);
    hpt_space_destroy(space);
}

static void a_real_range_needs_a_number_of_points(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "n", 1, 3);
    hpt_space_add_real(space, "lr", 0, 1);
    strategy_refused(space, "grid", HPT_EINVAL,
                     "grid: parameter \"lr\" is a range without a step: say how many points, as in "
                     "grid:points=9");
    hpt_space_destroy(space);
}

/* The values of a grid over one real range. */
static void assert_reals(double min, double max, bool is_log, const char *text,
                         const double *expected, size_t count) {
    hpt_space *space = hpt_space_create();
    hpt_param  x = hpt_space_add_real(space, "x", min, max);
    if (is_log) assert_int_equal(hpt_space_set_log(space, x), HPT_OK);
    hpi_strategy grid = strategy_opened(space, text, 0);
    assert_int_equal(hpi_strategy_size(&grid), count);
    for (uint64_t i = 0; i < count; i++) {
        hpt_coord point;
        strategy_point(&grid, i, &point);
        if (point.real != expected[i]) fail_msg("%.17g, not %.17g", point.real, expected[i]);
        assert_true(point_is_in_space(space, &point));
    }
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void points_of_a_real_range_are_the_short_decimals_one_expects(void **state) {
    (void)state;
    static const double tenths[] = { 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1 };
    static const double part[] = { 0.1, 0.2, 0.3, 0.4, 0.5 };
    static const double decades[] = { 1e-4, 1e-3, 1e-2, 1e-1 };
    static const double middle[] = { 2.5 }, log_middle[] = { 0.01 }, one[] = { 3 };
    static const double huge[] = { -DBL_MAX, 0, DBL_MAX };
    assert_reals(0, 1, false, "grid:points=11", tenths, 11);
    assert_reals(0.1, 0.5, false, "grid:points=5", part, 5);
    assert_reals(1e-4, 1e-1, true, "grid:points=4", decades, 4);
    assert_reals(0, 5, false, "grid:points=1", middle, 1);
    assert_reals(1e-4, 1, true, "grid:points=1", log_middle, 1);
    assert_reals(-DBL_MAX, DBL_MAX, false, "grid:points=3", huge, 3);
    assert_reals(3, 3, false, "grid", one, 1);
}

static void steps_and_lists_are_taken_whole_whatever_the_points(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy grid = strategy_opened(space, "grid:points=2", 1);
    hpt_coord    point[4];
    assert_int_equal(hpi_strategy_size(&grid), 3 * 2 * 2);
    strategy_point(&grid, 1, point);
    assert_int_equal(point[3].integer, 1);
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

/* Whether a value is min + range * i / gaps, rounded down: the remainder is below the divisor.
 * Exact modulo 2^64, where a wrong quotient hardly ever leaves such a small remainder. */
static bool is_evenly_spaced(int64_t min, int64_t max, uint64_t gaps, uint64_t i, int64_t value) {
    uint64_t range = (uint64_t)max - (uint64_t)min, offset = (uint64_t)value - (uint64_t)min;
    return gaps == 0 || range * i - offset * gaps < gaps;
}

/* Both ends, in range, and each greater than the one before. Looks at `probes` places of the grid:
 * the start, the end and some between. */
static void assert_spread(int64_t min, int64_t max, bool is_log, uint64_t points, uint64_t probes) {
    char       text[64];
    hpt_space *space = hpt_space_create();
    hpt_param  n = hpt_space_add_int(space, "n", min, max);
    if (is_log) assert_int_equal(hpt_space_set_log(space, n), HPT_OK);
    snprintf(text, sizeof text, "grid:points=%llu", (unsigned long long)points);
    hpi_strategy grid = strategy_opened(space, text, 0);
    uint64_t     size = hpi_strategy_size(&grid), stride = size / probes + 1;
    assert_int_equal(size, points);
    for (uint64_t i = 0; i < size; i += i < 100 || i + 100 > size ? 1 : stride) {
        hpt_coord here, next;
        strategy_point(&grid, i, &here);
        assert_true(here.integer >= min && here.integer <= max);
        if (!is_log) assert_true(is_evenly_spaced(min, max, size - 1, i, here.integer));
        if (i == 0 && size > 1) assert_int_equal(here.integer, min);
        if (i == size - 1 && size > 1) assert_int_equal(here.integer, max);
        if (i == size - 1) break;
        strategy_point(&grid, i + 1, &next);
        if (next.integer <= here.integer)
            fail_msg("%lld..%lld in %s: point %llu", (long long)min, (long long)max, text,
                     (unsigned long long)i);
    }
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void points_of_every_small_integer_range_are_different(void **state) {
    (void)state;
    for (int64_t count = 2; count <= 40; count++)
        for (uint64_t points = 1; points <= (uint64_t)count; points++) {
            assert_spread(-7, count - 8, false, points, 1000);
            assert_spread(1, count, true, points, 1000);
            assert_spread(1000, 999 + count, true, points, 1000);
        }
}

static void points_of_huge_integer_ranges_are_different(void **state) {
    (void)state;
    static const uint64_t points[] = { 1, 2, 3, 10, 1000, 65537, 1u << 31, UINT64_C(1) << 32 };
    static const int64_t  large = INT64_C(1) << 60;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        assert_spread(INT64_MIN, INT64_MAX, false, points[i], 1000);
        assert_spread(1, INT64_MAX, true, points[i], 1000);
        assert_spread(large, INT64_MAX, true, points[i], 1000);
        assert_spread(large, large + (INT64_C(1) << 33), true, points[i], 1000);
        assert_spread(3, INT64_C(1) << 33, true, points[i], 1000);
    }
    assert_spread(INT64_MIN, INT64_MAX, false, UINT64_C(1) << 53, 1000);
    /* products of 106 bits, where the quotient of doubles is off */
    assert_spread(0, (INT64_C(1) << 54) - 3, false, UINT64_C(1) << 53, 5000);
    assert_spread(0, INT64_C(8839859843898000), false, UINT64_C(6301189017475248), 50000);
    assert_spread(INT64_MIN, INT64_MIN + (INT64_C(1) << 53), false, UINT64_C(1) << 53, 1000);
    assert_spread(large, large + 1000, true, 1000, 2000);
    assert_spread(1, 1000000, true, 999999, 1000000);
    assert_spread(1, 1000000, true, 500000, 1000000);
}

static void a_logarithmic_integer_range_is_dense_at_its_start(void **state) {
    (void)state;
    static const int64_t expected[] = { 1, 2, 4, 7, 13, 24, 45, 83, 155, 289, 537, 1000 };
    hpt_space           *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_int(space, "n", 1, 1000));
    hpi_strategy grid = strategy_opened(space, "grid:points=12", 0);
    for (uint64_t i = 0; i < 12; i++) {
        hpt_coord point;
        strategy_point(&grid, i, &point);
        assert_int_equal(point.integer, expected[i]);
    }
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void too_many_points_of_a_logarithmic_integer_range_are_refused(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_int(space, "n", 1, INT64_MAX));
    strategy_refused(space, "grid:points=4294967297", HPT_ELIMIT,
                     "grid: 4294967297 points are more than the 2^32 that a logarithmic range of "
                     "integers can have");
    hpt_space_destroy(space);
}

static hpt_space *wide_space(size_t count) {
    hpt_space *space = hpt_space_create();
    for (size_t j = 0; j < count; j++) {
        char name[32];
        snprintf(name, sizeof name, "x%zu", j);
        hpt_space_add_int(space, name, 0, 9);
    }
    return space;
}

static void a_grid_beyond_64_bits_starts_where_any_grid_starts(void **state) {
    (void)state;
    enum { WIDTH = 1000 };
    static hpt_coord point[WIDTH];
    hpt_space       *space = wide_space(WIDTH);
    hpi_strategy     grid = strategy_opened(space, "grid", 0);
    assert_true(hpi_strategy_size(&grid) == UINT64_MAX);
    strategy_point(&grid, UINT64_C(1234567890123), point);
    for (size_t j = 0; j < WIDTH - 13; j++)
        assert_int_equal(point[j].integer, 0);
    for (size_t j = WIDTH - 13; j < WIDTH; j++)
        assert_int_equal(point[j].integer, (j - (WIDTH - 13) + 1) % 10);
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void a_shuffled_grid_beyond_64_bits_comes_from_everywhere(void **state) {
    (void)state;
    enum { WIDTH = 30, POINTS = 1000 };
    static hpt_coord points[POINTS][WIDTH];
    size_t           counts[WIDTH][10] = { { 0 } };
    hpt_space       *space = wide_space(WIDTH);
    hpi_strategy     grid = strategy_opened(space, "grid:shuffle=on", 0);
    assert_true(hpi_strategy_size(&grid) == UINT64_MAX);
    for (uint64_t i = 0; i < POINTS; i++) {
        strategy_point(&grid, i, points[i]);
        for (size_t j = 0; j < WIDTH; j++)
            counts[j][points[i][j].integer]++;
        for (uint64_t k = 0; k < i; k++)
            assert_false(points_equal(space, points[i], points[k]));
    }
    for (size_t j = 0; j < WIDTH; j++)
        for (size_t digit = 0; digit < 10; digit++)
            assert_in_range(counts[j][digit], 100 - 50, 100 + 50); /* over 5 sigma */
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

static void bad_options_get_a_sentence(void **state) {
    (void)state;
    hpt_space *space = mixed_space();
    strategy_refused(space, "grid:points=-1", HPT_EINVAL,
                     "strategy \"grid\": option \"points\" is -1, but must be 1 to "
                     "9007199254740992");
    strategy_refused(space, "grid:points=0", HPT_EINVAL,
                     "strategy \"grid\": option \"points\" is 0, but must be 1 to "
                     "9007199254740992");
    strategy_refused(space, "grid:point=3", HPT_EINVAL,
                     "strategy \"grid\" has no option \"point\"; closest match: \"points\"");
    hpt_space_destroy(space);
}

static void a_seed_always_gives_the_same_order(void **state) {
    (void)state;
    static const int64_t expected[] = { 0, 2, 5, 1, 8, 3, 9, 6, 4, 7 };
    hpt_space           *space = wide_space(1);
    hpi_strategy         grid = strategy_opened(space, "grid:shuffle=yes", 42);
    for (uint64_t i = 0; i < 10; i++) {
        hpt_coord point;
        strategy_point(&grid, i, &point);
        assert_int_equal(point.integer, expected[i]);
    }
    hpi_strategy_close(&grid);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_parameter_varies_fastest),
        cmocka_unit_test(a_shuffled_grid_has_each_point_once),
        cmocka_unit_test(a_real_range_needs_a_number_of_points),
        cmocka_unit_test(points_of_a_real_range_are_the_short_decimals_one_expects),
        cmocka_unit_test(steps_and_lists_are_taken_whole_whatever_the_points),
        cmocka_unit_test(points_of_every_small_integer_range_are_different),
        cmocka_unit_test(points_of_huge_integer_ranges_are_different),
        cmocka_unit_test(a_logarithmic_integer_range_is_dense_at_its_start),
        cmocka_unit_test(too_many_points_of_a_logarithmic_integer_range_are_refused),
        cmocka_unit_test(a_grid_beyond_64_bits_starts_where_any_grid_starts),
        cmocka_unit_test(a_shuffled_grid_beyond_64_bits_comes_from_everywhere),
        cmocka_unit_test(bad_options_get_a_sentence),
        cmocka_unit_test(a_seed_always_gives_the_same_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
