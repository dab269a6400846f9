/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the Sobol' sequence is the published one, and scrambling keeps what makes it good.
 * Method: compare with points that SciPy 1.10.1 gives; prove every polynomial of the packed table
 *         primitive; count the points in every elementary interval; integrate. */
#include "fixture.h"

#include "strategy/sobol.h"
#include "strategy/sobol_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static hpi_sobol made(size_t dimension_count) {
    hpi_sobol sobol;
    assert_int_equal(hpi_sobol_init(&sobol, dimension_count, NULL), HPT_OK);
    return sobol;
}

static void points_are_the_published_ones(void **state) {
    (void)state;
    enum { COLUMNS = 12, ROWS = 11 };
    static const size_t dimensions[COLUMNS] = { 0, 1, 2, 3, 4, 9, 49, 99, 1110, 2047, 3666, 4095 };
    /* clang-format off */
    static const struct { uint64_t index; uint32_t upper[COLUMNS]; } rows[ROWS] = {
        { 0, { 0, 0, 0, 0, 0, 0,
                 0, 0, 0, 0, 0, 0 } },
        { 1, { 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000,
                 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000 } },
        { 2, { 0xc0000000, 0x40000000, 0x40000000, 0x40000000, 0xc0000000, 0xc0000000,
                 0xc0000000, 0xc0000000, 0xc0000000, 0xc0000000, 0x40000000, 0x40000000 } },
        { 3, { 0x40000000, 0xc0000000, 0xc0000000, 0xc0000000, 0x40000000, 0x40000000,
                 0x40000000, 0x40000000, 0x40000000, 0x40000000, 0xc0000000, 0xc0000000 } },
        { 4, { 0x60000000, 0x60000000, 0xa0000000, 0xe0000000, 0x60000000, 0xa0000000,
                 0x60000000, 0xe0000000, 0xe0000000, 0x20000000, 0xa0000000, 0x60000000 } },
        { 5, { 0xe0000000, 0xe0000000, 0x20000000, 0x60000000, 0xe0000000, 0x20000000,
                 0xe0000000, 0x60000000, 0x60000000, 0xa0000000, 0x20000000, 0xe0000000 } },
        { 10, { 0xf0000000, 0x10000000, 0xb0000000, 0x30000000, 0x50000000, 0x90000000,
                 0xd0000000, 0x30000000, 0x90000000, 0x50000000, 0x90000000, 0xf0000000 } },
        { 99, { 0x4a000000, 0xe2000000, 0xa6000000, 0x9a000000, 0xc2000000, 0x52000000,
                 0x8a000000, 0x42000000, 0xd6000000, 0x3a000000, 0xe2000000, 0xa6000000 } },
        { 1000, { 0x38400000, 0x18c00000, 0x84c00000, 0xad400000, 0x47c00000, 0x11c00000,
                 0x7ac00000, 0x2fc00000, 0x5ec00000, 0xe5c00000, 0xe4c00000, 0x60400000 } },
        { 4095, { 0x00100000, 0xf0f00000, 0x55900000, 0xe6d00000, 0xf0b00000, 0x3f100000,
                 0x9b900000, 0xf6700000, 0x56b00000, 0x1a500000, 0x07900000, 0xd8700000 } },
        { 65535, { 0x00010000, 0xffff0000, 0x90550000, 0xc3050000, 0x40bb0000, 0x29f50000,
                 0x3f0b0000, 0x79070000, 0x10070000, 0x33710000, 0xd2470000, 0x200d0000 } },
    };
    /* clang-format on */
    hpi_sobol sobol = made(HPI_SOBOL_DIMENSIONS_MAX);
    for (size_t i = 0; i < ROWS; i++) {
        static hpt_coord point[HPI_SOBOL_DIMENSIONS_MAX];
        hpi_sobol_point(&sobol, rows[i].index, point);
        for (size_t c = 0; c < COLUMNS; c++)
            assert_int_equal(point[dimensions[c]].integer, (uint64_t)rows[i].upper[c] << 32);
    }
    hpi_sobol_fini(&sobol);
}

/* ---- the table ---- */

static uint64_t read_bits(size_t *bit, unsigned count) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < count; i++, ++*bit)
        bits |= (hpi_sobol_stream[*bit / 64] >> (*bit % 64) & 1) << i;
    return bits;
}

/* x^exponent modulo a polynomial over GF(2). */
static uint64_t power_of_x(uint64_t exponent, uint64_t polynomial, unsigned degree) {
    uint64_t power = 1, square = degree == 1 ? 1 : 2;
    for (; exponent; exponent >>= 1) {
        uint64_t factors[2] = { power, square }, products[2] = { 0, 0 };
        for (int f = 0; f < 2; f++)
            for (uint64_t a = factors[f], b = square; b; b >>= 1) {
                if (b & 1) products[f] ^= a;
                a <<= 1;
                if (a >> degree) a ^= polynomial;
            }
        if (exponent & 1) power = products[0];
        square = products[1];
    }
    return power;
}

/* Primitive: x generates all 2^degree - 1 residues but 0. */
static bool is_primitive(uint64_t polynomial, unsigned degree) {
    uint64_t order = (UINT64_C(1) << degree) - 1, rest = order;
    if (power_of_x(order, polynomial, degree) != 1) return false;
    for (uint64_t prime = 2; rest > 1; prime++)
        if (rest % prime == 0) {
            while (rest % prime == 0)
                rest /= prime;
            if (power_of_x(order / prime, polynomial, degree) == 1) return false;
        }
    return true;
}

static void every_polynomial_of_the_table_is_primitive_and_there_once(void **state) {
    (void)state;
    size_t bit = 0, entries = 0;
    for (unsigned degree = 1; degree <= HPI_SOBOL_DEGREE_MAX; degree++) {
        uint64_t before = 0;
        for (size_t i = 0; i < hpi_sobol_entry_count[degree]; i++, entries++) {
            uint64_t polynomial = UINT64_C(1) << degree | read_bits(&bit, degree - 1) << 1 | 1;
            assert_true(is_primitive(polynomial, degree));
            assert_true(polynomial > before);
            before = polynomial;
            bit += degree * (degree - 1) / 2;
        }
    }
    assert_int_equal(entries, HPI_SOBOL_DIMENSIONS_MAX - 1);
}

/* ---- evenness ---- */

static uint64_t cell(hpt_coord fraction, unsigned bits) {
    return bits ? (uint64_t)fraction.integer >> (64 - bits) : 0;
}

/* Each of the 2^M intervals of volume 2^-M and any shape holds one of 2^M points. */
static void assert_net(const hpi_sobol *sobol, uint64_t first) {
    enum { M = 8 };
    for (unsigned shape = 0; shape <= M; shape++) {
        unsigned counts[1 << M] = { 0 };
        for (uint64_t i = 0; i < 1 << M; i++) {
            hpt_coord point[2];
            hpi_sobol_point(sobol, first + i, point);
            counts[cell(point[0], shape) << (M - shape) | cell(point[1], M - shape)]++;
        }
        for (size_t i = 0; i < 1 << M; i++)
            assert_int_equal(counts[i], 1);
    }
}

static void two_dimensions_are_a_net_scrambled_or_not(void **state) {
    (void)state;
    static const uint64_t firsts[] = { 0, 256, UINT64_C(256) << 20, UINT64_C(1) << 63 };
    for (uint64_t seed = 0; seed < 20; seed++) {
        hpi_sobol sobol = made(2);
        if (seed > 0) hpi_sobol_scramble(&sobol, seed);
        for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
            assert_net(&sobol, firsts[i]);
        hpi_sobol_fini(&sobol);
    }
}

static void every_dimension_alone_is_stratified(void **state) {
    (void)state;
    enum { M = 7, WIDTH = HPI_SOBOL_DIMENSIONS_MAX };
    static hpt_coord     point[WIDTH];
    static unsigned char seen[WIDTH][1 << M];
    hpi_sobol            sobol = made(WIDTH);
    memset(seen, 0, sizeof seen);
    hpi_sobol_scramble(&sobol, 99);
    for (uint64_t i = 0; i < 1 << M; i++) {
        hpi_sobol_point(&sobol, i, point);
        for (size_t d = 0; d < WIDTH; d++)
            seen[d][cell(point[d], M)]++;
    }
    for (size_t d = 0; d < WIDTH; d++)
        for (size_t i = 0; i < 1 << M; i++)
            assert_int_equal(seen[d][i], 1);
    hpi_sobol_fini(&sobol);
}

/* What makes an estimate unbiased: over the seeds each point alone is uniform, the first too. */
static void a_scrambled_point_is_uniform_over_seeds(void **state) {
    (void)state;
    enum { SEEDS = 6400, BINS = 64 };
    double counts[2][BINS] = { { 0 } }, sum[2] = { 0, 0 };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        hpi_sobol sobol = made(3);
        hpt_coord point[3];
        hpi_sobol_scramble(&sobol, seed);
        hpi_sobol_point(&sobol, 0, point);
        counts[0][cell(point[2], 6)]++;
        hpi_sobol_point(&sobol, 1000, point);
        counts[1][cell(point[0], 3) << 3 | cell(point[1], 3)]++;
        hpi_sobol_fini(&sobol);
    }
    for (size_t i = 0; i < BINS; i++)
        for (size_t k = 0; k < 2; k++)
            sum[k] += (counts[k][i] - 100) * (counts[k][i] - 100) / 100;
    assert_true(sum[0] < 63 + 5 * 11.3);
    assert_true(sum[1] < 63 + 5 * 11.3);
}

/* The product over 5 dimensions of 1 + (x - 1/2), whose integral is 1. */
static double mean_error(uint64_t seed, bool is_random, uint64_t points) {
    enum { WIDTH = 5 };
    double    sum = 0;
    hpi_sobol sobol = made(WIDTH);
    hpi_sobol_scramble(&sobol, seed);
    for (uint64_t i = 0; i < points; i++) {
        hpt_coord point[WIDTH];
        uint64_t  words[8];
        double    product = 1;
        hpi_sobol_point(&sobol, i, point);
        hpi_rng_block(seed, i, HPI_STREAM_POINT, 0, words);
        hpi_rng_block(seed, i, HPI_STREAM_POINT, 1, words + 4);
        for (size_t d = 0; d < WIDTH; d++)
            product *= 0.5 + hpi_rng_unit(is_random ? words[d] : (uint64_t)point[d].integer);
        sum += product;
    }
    hpi_sobol_fini(&sobol);
    return sum / (double)points - 1;
}

static void integrals_are_a_hundred_times_better_than_with_random_points(void **state) {
    (void)state;
    double square[2] = { 0, 0 };
    for (uint64_t seed = 0; seed < 25; seed++)
        for (int is_random = 0; is_random < 2; is_random++)
            square[is_random] += pow(mean_error(seed, is_random, 4096), 2);
    assert_true(sqrt(square[1]) > 100 * sqrt(square[0]));
}

static void a_seed_always_gives_the_same_points(void **state) {
    (void)state;
    hpi_sobol sobol = made(2);
    hpt_coord point[2];
    hpi_sobol_scramble(&sobol, 42);
    hpi_sobol_point(&sobol, 0, point);
    assert_int_equal(point[0].integer, INT64_C(2473661959676402518));
    assert_int_equal(point[1].integer, INT64_C(2223191640756625398));
    hpi_sobol_point(&sobol, UINT64_MAX, point);
    assert_int_equal(point[0].integer, INT64_C(2473661959676402519));
    assert_int_equal(point[1].integer, UINT64_C(9500222811976149765));
    hpi_sobol_fini(&sobol);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_the_published_ones),
        cmocka_unit_test(every_polynomial_of_the_table_is_primitive_and_there_once),
        cmocka_unit_test(two_dimensions_are_a_net_scrambled_or_not),
        cmocka_unit_test(every_dimension_alone_is_stratified),
        cmocka_unit_test(a_scrambled_point_is_uniform_over_seeds),
        cmocka_unit_test(integrals_are_a_hundred_times_better_than_with_random_points),
        cmocka_unit_test(a_seed_always_gives_the_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
