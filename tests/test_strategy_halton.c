/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   Halton's sequence is exact, and scrambling keeps it even and breaks its correlations.
 * Method: compare with radical inverses computed as fractions of integers; count the points in the
 *         intervals of each base; correlate dimensions. */
#include "fixture.h"

#include "strategy/halton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static hpi_halton made(size_t dimension_count, bool scramble, uint64_t seed) {
    hpi_halton halton;
    assert_int_equal(hpi_halton_init(&halton, dimension_count, scramble, seed, NULL), HPT_OK);
    return halton;
}

static double fraction(hpt_coord coord) {
    return (double)(uint64_t)coord.integer * 0x1p-64;
}

static double radical_inverse(uint64_t index, uint64_t base) {
    uint64_t reversed = 0, power = 1;
    for (; index; index /= base, power *= base)
        reversed = reversed * base + index % base;
    return (double)reversed / (double)power;
}

static void points_are_radical_inverses_in_the_first_primes(void **state) {
    (void)state;
    static const uint64_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29 };
    hpi_halton            halton = made(10, false, 0);
    for (uint64_t i = 0; i < 20000; i++) {
        hpt_coord point[10];
        hpi_halton_point(&halton, i, point);
        for (size_t d = 0; d < 10; d++)
            assert_true(fabs(fraction(point[d]) - radical_inverse(i, primes[d])) < 1e-15);
    }
    hpi_halton_fini(&halton);
}

static void the_thousandth_base_is_the_thousandth_prime(void **state) {
    (void)state;
    static hpt_coord point[6543];
    hpi_halton       halton = made(6543, false, 0);
    hpi_halton_point(&halton, 1, point);
    assert_true(fabs(fraction(point[999]) * 7919 - 1) < 1e-12);
    assert_true(fabs(fraction(point[6542]) * 65537 - 1) < 1e-12); /* one digit in a half */
    hpi_halton_fini(&halton);
}

/* A third of 2^64 is no integer: rounded down it would be in the first third, not the second. */
static void multiples_of_a_fraction_fall_into_their_own_interval(void **state) {
    (void)state;
    hpi_halton halton = made(40, false, 0);
    for (uint64_t i = 0; i < 2; i++) {
        hpt_coord point[40];
        hpi_halton_point(&halton, i, point);
        for (size_t d = 1; d < 40; d++) {
            uint64_t base = (uint64_t)llround(1 / fmax(fraction(point[d]), 1e-9));
            uint64_t width = UINT64_MAX / base;
            if (i == 1) assert_true((uint64_t)point[d].integer > width);
            if (i == 0) assert_int_equal(point[d].integer, 0);
        }
    }
    hpi_halton_fini(&halton);
}

/* base^2 points in a row, from a multiple of base^2, fill base^2 intervals, scrambled or not. */
static void every_dimension_alone_is_stratified(void **state) {
    (void)state;
    static const uint64_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29 };
    for (uint64_t seed = 0; seed < 20; seed++) {
        hpi_halton halton = made(10, seed > 0, seed);
        for (size_t d = 0; d < 10; d++) {
            uint64_t      cells = primes[d] * primes[d], first = cells * 12345;
            unsigned char seen[29 * 29] = { 0 };
            for (uint64_t i = 0; i < cells; i++) {
                hpt_coord point[10];
                hpi_halton_point(&halton, first + i, point);
                seen[(size_t)(fraction(point[d]) * (double)cells + 1e-9)]++;
            }
            for (size_t i = 0; i < cells; i++)
                assert_int_equal(seen[i], 1);
        }
        hpi_halton_fini(&halton);
    }
}

static double correlation(const hpi_halton *halton, size_t d) {
    enum { POINTS = 300, WIDTH = 60 };
    double xx = 0, yy = 0, xy = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        hpt_coord point[WIDTH];
        hpi_halton_point(halton, i, point);
        double x = fraction(point[d]) - 0.5, y = fraction(point[d + 1]) - 0.5;
        xx += x * x, yy += y * y, xy += x * y;
    }
    return fabs(xy) / sqrt(xx * yy);
}

static void neighbouring_dimensions_are_not_correlated_when_scrambled(void **state) {
    (void)state;
    double mean[2] = { 0, 0 };
    for (int scramble = 0; scramble < 2; scramble++) {
        hpi_halton halton = made(60, scramble, 3);
        for (size_t d = 40; d < 59; d++)
            mean[scramble] += correlation(&halton, d) / 19;
        hpi_halton_fini(&halton);
    }
    assert_true(mean[0] > 0.3); /* the known flaw, so the test can see it */
    assert_true(mean[1] < 0.1);
}

static void a_scrambled_point_is_uniform_over_seeds(void **state) {
    (void)state;
    enum { SEEDS = 6400, BINS = 64 };
    double counts[BINS] = { 0 }, sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        hpi_halton halton = made(3, true, seed);
        hpt_coord  point[3];
        hpi_halton_point(&halton, seed % 2 * 1000, point);
        counts[(size_t)(fraction(point[1]) * 8) * 8 + (size_t)(fraction(point[2]) * 8)]++;
        hpi_halton_fini(&halton);
    }
    for (size_t i = 0; i < BINS; i++)
        sum += (counts[i] - 100) * (counts[i] - 100) / 100;
    assert_true(sum < 63 + 5 * 11.3);
}

static void huge_indices_are_fine(void **state) {
    (void)state;
    hpi_halton halton = made(100, true, 1);
    hpt_coord  point[100], other[100];
    hpi_halton_point(&halton, UINT64_MAX, point);
    hpi_halton_point(&halton, UINT64_MAX - 1, other);
    for (size_t d = 0; d < 100; d++)
        assert_int_not_equal(point[d].integer, other[d].integer);
    hpi_halton_fini(&halton);
}

static void a_seed_always_gives_the_same_points(void **state) {
    (void)state;
    hpi_halton halton = made(3, true, 42);
    hpt_coord  point[3];
    hpi_halton_point(&halton, 12345, point);
    assert_int_equal(point[0].integer, INT64_C(5656338401521766852));
    assert_int_equal(point[1].integer, INT64_C(6872354839895688245));
    assert_int_equal(point[2].integer, INT64_C(-1531341712576623666));
    hpi_halton_fini(&halton);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_radical_inverses_in_the_first_primes),
        cmocka_unit_test(the_thousandth_base_is_the_thousandth_prime),
        cmocka_unit_test(multiples_of_a_fraction_fall_into_their_own_interval),
        cmocka_unit_test(every_dimension_alone_is_stratified),
        cmocka_unit_test(neighbouring_dimensions_are_not_correlated_when_scrambled),
        cmocka_unit_test(a_scrambled_point_is_uniform_over_seeds),
        cmocka_unit_test(huge_indices_are_fine),
        cmocka_unit_test(a_seed_always_gives_the_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
