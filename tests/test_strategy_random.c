/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   random points are uniform, reproducible word for word, and without repeats if asked.
 * Method: compare with hpt_random(); chi-square per kind of parameter; whole finite spaces; golden
 *         values. */
#include "strategies.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static hpt_space *mixed_space(void) {
    const hpt_value values[] = { hpt_int(1), hpt_text("two"), hpt_null(), hpt_real(4.5) };
    hpt_space      *space = hpt_space_create();
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_set_log(space, hpt_space_add_real(space, "rate", 1e-6, 1));
    hpt_space_add_constant(space, "c", hpt_int(3));
    hpt_space_add_int(space, "n", -4, 11);
    hpt_space_add_categorical(space, "kind", values, 4);
    hpt_space_set_log(space, hpt_space_add_int(space, "width", 1, 1024));
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

enum { MIXED_WIDTH = 6 };

static void coordinate_j_is_made_of_word_j_of_the_trial(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy random = strategy_opened(space, "random", 77);
    assert_true(hpi_strategy_size(&random) == UINT64_MAX);
    for (uint64_t number = 0; number < 1000; number++) {
        hpt_coord point[MIXED_WIDTH], expected[MIXED_WIDTH];
        uint64_t  words[MIXED_WIDTH];
        hpt_random(77, number, UINT64_C(1) << 32, words, MIXED_WIDTH);
        for (hpt_param j = 0; j < MIXED_WIDTH; j++)
            expected[j] = hpt_space_at_fraction(space, j, words[j]);
        strategy_point(&random, number, point);
        assert_true(points_equal(space, point, expected));
    }
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

/* Sum of (count - mean)^2 / mean for 16 bins: 15 on average, with a deviation of 5.5. */
static double unevenness(const size_t counts[16], double mean) {
    double sum = 0;
    for (size_t i = 0; i < 16; i++)
        sum += ((double)counts[i] - mean) * ((double)counts[i] - mean) / mean;
    return sum;
}

static void every_kind_is_uniform_in_its_own_terms(void **state) {
    (void)state;
    enum { POINTS = 16000 };
    hpt_space   *space = mixed_space();
    hpi_strategy random = strategy_opened(space, "random", 3);
    size_t       x[16] = { 0 }, rate[16] = { 0 }, n[16] = { 0 }, pairs[16] = { 0 };
    for (uint64_t i = 0; i < POINTS; i++) {
        hpt_coord point[MIXED_WIDTH];
        strategy_point(&random, i, point);
        x[(size_t)((point[0].real + 5) * 1.6) % 16]++;
        rate[(size_t)((log10(point[1].real) + 6) / 6 * 16) % 16]++;
        n[point[3].integer + 4]++;
        pairs[point[4].integer * 4 + (int64_t)((point[0].real + 5) * 0.4) % 4]++;
    }
    assert_true(unevenness(x, POINTS / 16.0) < 43);
    assert_true(unevenness(rate, POINTS / 16.0) < 43);
    assert_true(unevenness(n, POINTS / 16.0) < 43);
    assert_true(unevenness(pairs, POINTS / 16.0) < 43);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

static void a_new_last_parameter_leaves_the_others_alone(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy before = strategy_opened(space, "random", 8);
    hpt_space   *larger = mixed_space();
    hpt_space_add_real(larger, "more", 0, 1);
    hpi_strategy after = strategy_opened(larger, "random", 8);
    for (uint64_t i = 0; i < 100; i++) {
        hpt_coord a[MIXED_WIDTH], b[MIXED_WIDTH + 1];
        strategy_point(&before, i, a);
        strategy_point(&after, i, b);
        assert_true(points_equal(space, a, b));
    }
    hpi_strategy_close(&before);
    hpi_strategy_close(&after);
    hpt_space_destroy(space);
    hpt_space_destroy(larger);
}

static hpt_space *finite_space(bool is_log) {
    const hpt_value values[] = { hpt_bool(true), hpt_bool(false) };
    hpt_space      *space = hpt_space_create();
    hpt_space_set_step(space, hpt_space_add_real(space, "x", 0, 1), hpt_real(0.1));
    hpt_param n = hpt_space_add_int(space, "n", 1, 13);
    if (is_log) hpt_space_set_log(space, n);
    hpt_space_add_constant(space, "c", hpt_null());
    hpt_space_add_ordinal(space, "o", values, 2);
    return space;
}

enum { FINITE_WIDTH = 4, FINITE_SIZE = 11 * 13 * 2 };

static size_t finite_index(const hpt_coord *point) {
    size_t x = (size_t)llround(point[0].real * 10), n = (size_t)point[1].integer - 1;
    return (x * 13 + n) * 2 + (size_t)point[3].integer;
}

static void next_point(const hpi_strategy *random, uint64_t number, hpt_coord *point_out) {
    if (hpi_strategy_is_pure(random))
        strategy_point(random, number, point_out);
    else
        assert_int_equal(random->class->ask(random->state, number, point_out, NULL), HPT_OK);
}

/* The whole space from 50 seeds; how many of those begin with a point of their own. */
static size_t count_firsts(const hpt_space *space, const char *text) {
    size_t firsts[FINITE_SIZE] = { 0 }, different = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        bool         seen[FINITE_SIZE] = { false };
        hpi_strategy random = strategy_opened(space, text, seed);
        assert_int_equal(hpi_strategy_size(&random), FINITE_SIZE);
        for (uint64_t i = 0; i < FINITE_SIZE; i++) {
            hpt_coord point[FINITE_WIDTH];
            next_point(&random, i, point);
            assert_true(point_is_in_space(space, point));
            size_t index = finite_index(point);
            assert_false(seen[index]);
            seen[index] = true;
            if (i == 0) different += firsts[index]++ == 0;
        }
        hpi_strategy_close(&random);
    }
    return different;
}

static void each_point_of_a_finite_space_comes_once(void **state) {
    (void)state;
    hpt_space *space = finite_space(false);
    assert_true(count_firsts(space, "random") > 35); /* of 50 drawn from 286: 46 on average */
    assert_true(count_firsts(space, "random:repeats=no") > 35);
    hpt_space_destroy(space);
}

static void each_point_of_a_logarithmic_range_comes_once(void **state) {
    (void)state;
    hpt_space *space = finite_space(true);
    assert_true(count_firsts(space, "random") > 30);
    hpi_strategy random = strategy_opened(space, "random", 1);
    hpt_coord    point[FINITE_WIDTH];
    for (uint64_t i = 0; i < FINITE_SIZE; i++)
        next_point(&random, i, point);
    assert_int_equal(random.class->ask(random.state, FINITE_SIZE, point, NULL), HPT_EDONE);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

/* The first of 4096 values has 8 % of the logarithm: 50 of 100 seeds draw it among the first 8. */
static void what_is_likely_comes_early(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    size_t     ones = 0;
    hpt_space_set_log(space, hpt_space_add_int(space, "n", 1, 4096));
    for (uint64_t seed = 0; seed < 100; seed++) {
        hpi_strategy random = strategy_opened(space, "random", seed);
        for (uint64_t i = 0; i < 8; i++) {
            hpt_coord point;
            next_point(&random, i, &point);
            ones += point.integer == 1;
        }
        hpi_strategy_close(&random);
    }
    assert_in_range(ones, 35, 85);
    hpt_space_destroy(space);
}

/* Three branches, of 1, 90 and 10^18 points: each is as likely as another, as long as it lasts. */
static void a_branch_is_as_likely_however_many_points_it_has(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    size_t     hits[3] = { 0 };
    hpt_space_add_choice(space, "solver", (const char *[]){ "a", "b", "c" }, 3);
    hpt_space_set_condition(space, hpt_space_add_int(space, "n", 1, 90), "solver == 'b'");
    hpt_space_set_condition(space, hpt_space_add_int(space, "m", 1, 1000000000000000000),
                            "solver == 'c'");
    hpi_strategy random = strategy_opened(space, "random", 4);
    for (uint64_t i = 0; i < 1500; i++) {
        hpt_coord point[3];
        next_point(&random, i, point);
        hits[point[0].integer]++;
        if (i == 99) assert_in_range(hits[1], 30, 70);
    }
    assert_int_equal(hits[0], 1);
    assert_int_equal(hits[1], 90);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

static void without_repeats_a_continuous_space_is_as_ever(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy with = strategy_opened(space, "random:repeats=yes", 8);
    hpi_strategy without = strategy_opened(space, "random:repeats=no", 8);
    assert_true(hpi_strategy_size(&without) == UINT64_MAX);
    for (uint64_t i = 0; i < 100; i++) {
        hpt_coord a[MIXED_WIDTH], b[MIXED_WIDTH];
        strategy_point(&with, i, a);
        strategy_point(&without, i, b);
        assert_true(points_equal(space, a, b));
    }
    hpi_strategy_close(&with);
    hpi_strategy_close(&without);
    hpt_space_destroy(space);
}

static void without_repeats_a_space_beyond_64_bits_works(void **state) {
    (void)state;
    enum { POINTS = 2000 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "a", INT64_MIN, INT64_MAX);
    hpt_space_add_int(space, "b", 0, 1);
    hpi_strategy random = strategy_opened(space, "random:repeats=no", 1);
    size_t       positive = 0, ones = 0;
    assert_true(hpi_strategy_size(&random) == UINT64_MAX);
    for (uint64_t i = 0; i < POINTS; i++) {
        hpt_coord point[2];
        strategy_point(&random, i, point);
        positive += point[0].integer > 0;
        ones += (size_t)point[1].integer;
    }
    assert_in_range(positive, POINTS / 2 - 112, POINTS / 2 + 112); /* 5 sigma */
    assert_in_range(ones, POINTS / 2 - 112, POINTS / 2 + 112);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

static void bad_options_get_a_sentence(void **state) {
    (void)state;
    hpt_space *space = mixed_space();
    strategy_refused(space, "random:repeats=maybe", HPT_EINVAL,
                     "strategy \"random\": option \"repeats\" is \"maybe\", not yes or no");
    strategy_refused(space, "random:repeat=no", HPT_EINVAL,
                     "strategy \"random\" has no option \"repeat\"; closest match: \"repeats\"");
    hpt_space_destroy(space);
}

static void a_seed_always_gives_the_same_points(void **state) {
    (void)state;
    hpt_space   *space = mixed_space();
    hpi_strategy random = strategy_opened(space, "random", 42);
    hpt_coord    point[MIXED_WIDTH];
    strategy_point(&random, 1000000, point);
    assert_true(fabs(point[0].real - -2.6689791455869241) < 1e-13);
    assert_true(fabs(point[1].real / 0.00032574502179005582 - 1) <
                1e-13); /* exp() may differ in the last bits */
    assert_int_equal(point[3].integer, -1);
    assert_int_equal(point[4].integer, 2);
    assert_int_equal(point[5].integer, 1);
    hpi_strategy_close(&random);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinate_j_is_made_of_word_j_of_the_trial),
        cmocka_unit_test(every_kind_is_uniform_in_its_own_terms),
        cmocka_unit_test(a_new_last_parameter_leaves_the_others_alone),
        cmocka_unit_test(each_point_of_a_finite_space_comes_once),
        cmocka_unit_test(each_point_of_a_logarithmic_range_comes_once),
        cmocka_unit_test(what_is_likely_comes_early),
        cmocka_unit_test(a_branch_is_as_likely_however_many_points_it_has),
        cmocka_unit_test(without_repeats_a_continuous_space_is_as_ever),
        cmocka_unit_test(without_repeats_a_space_beyond_64_bits_works),
        cmocka_unit_test(bad_options_get_a_sentence),
        cmocka_unit_test(a_seed_always_gives_the_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
