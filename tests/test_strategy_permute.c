/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   shuffled orders visit everything once, whatever the size, and look random.
 * Method: all small sizes and products in full; frequencies of whole permutations against the
 *         chi-square distribution; large sizes by sampling and by their neighbours' distances. */
#include "fixture.h"

#include "strategy/permute.h"
#include "strategy/product.h"

#include <stdlib.h>
#include <string.h>

static uint64_t permuted(uint64_t seed, uint64_t size, uint64_t tweak, uint64_t number) {
    hpi_permute      permute;
    hpi_permute_span span = hpi_permute_span_of(size);
    hpi_permute_init(&permute, seed);
    return hpi_permute_number(&permute, &span, tweak, number);
}

static void every_size_up_to_a_thousand_is_a_bijection(void **state) {
    (void)state;
    hpi_permute permute;
    hpi_permute_init(&permute, 7);
    for (uint64_t size = 1; size <= 1000; size++) {
        hpi_permute_span span = hpi_permute_span_of(size);
        bool             seen[1000] = { false };
        for (uint64_t i = 0; i < size; i++) {
            uint64_t to = hpi_permute_number(&permute, &span, size % 3, i);
            assert_true(to < size);
            assert_false(seen[to]);
            seen[to] = true;
        }
    }
}

static void a_million_is_a_bijection(void **state) {
    (void)state;
    enum { SIZE = 1000003 };
    hpi_permute      permute;
    hpi_permute_span span = hpi_permute_span_of(SIZE);
    char            *seen = calloc(SIZE, 1);
    assert_non_null(seen);
    hpi_permute_init(&permute, 1);
    for (uint64_t i = 0; i < SIZE; i++)
        seen[hpi_permute_number(&permute, &span, 0, i)]++;
    for (size_t i = 0; i < SIZE; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

static void the_table_of_a_span_is_barely_larger_than_the_span(void **state) {
    (void)state;
    static const uint64_t sizes[] = { 1,          2,
                                      3,          5,
                                      UINT32_MAX, 1ull << 32,
                                      1ull << 62, (1ull << 62) + 1,
                                      1ull << 63, UINT64_MAX - 1,
                                      UINT64_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        hpi_permute_span span = hpi_permute_span_of(sizes[i]);
        assert_true(span.columns <= 1ull << 32);
        assert_true(span.rows <= span.columns);
        /* (rows - 1) * columns < size <= rows * columns, without overflow */
        assert_int_equal((sizes[i] - 1) / span.columns, span.rows - 1);
        assert_true((span.columns - 1) * (span.columns - 1) < sizes[i]);
    }
}

static void huge_sizes_stay_inside_and_do_not_repeat(void **state) {
    (void)state;
    static const uint64_t sizes[] = { 1ull << 40, (1ull << 63) - 25, UINT64_MAX };
    for (size_t s = 0; s < 3; s++) {
        uint64_t sum_of_high_bits = 0, before = permuted(3, sizes[s], 0, 0);
        for (uint64_t i = 1; i < 4096; i++) {
            uint64_t to = permuted(3, sizes[s], 0, i);
            assert_true(to < sizes[s]);
            assert_int_not_equal(to, before);
            sum_of_high_bits += to >= sizes[s] / 2;
            before = to;
        }
        assert_in_range(sum_of_high_bits, 2048 - 160, 2048 + 160); /* 5 sigma */
    }
}

static size_t rank_of(const uint64_t *order, size_t size) {
    size_t rank = 0;
    for (size_t i = 0; i < size; i++) {
        size_t smaller = 0;
        for (size_t j = i + 1; j < size; j++)
            smaller += order[j] < order[i];
        rank = rank * (size - i) + smaller;
    }
    return rank;
}

/* Sum of (seen - expected)^2 / expected over all size! permutations. */
static double unevenness(uint64_t size, size_t permutation_count, double each) {
    size_t counts[720] = { 0 };
    double sum = 0;
    for (uint64_t seed = 0; seed < (uint64_t)(each * (double)permutation_count); seed++) {
        uint64_t order[6];
        for (uint64_t i = 0; i < size; i++)
            order[i] = permuted(seed, size, 0, i);
        counts[rank_of(order, (size_t)size)]++;
    }
    for (size_t i = 0; i < permutation_count; i++)
        sum += ((double)counts[i] - each) * ((double)counts[i] - each) / each;
    return sum;
}

static void all_permutations_of_few_items_are_equally_frequent(void **state) {
    (void)state;
    /* Mean k - 1, deviation sqrt(2 k); limits are 5 deviations up. */
    assert_true(unevenness(2, 2, 1000) < 1 + 5 * 1.5);
    assert_true(unevenness(3, 6, 1000) < 5 + 5 * 3.2);
    assert_true(unevenness(4, 24, 1000) < 23 + 5 * 6.8);
    assert_true(unevenness(5, 120, 500) < 119 + 5 * 15.4);
    assert_true(unevenness(6, 720, 200) < 719 + 5 * 37.9);
}

/* Above the sizes that are sorted by hashes. */
static void three_of_thirty_numbers_go_anywhere_equally_often(void **state) {
    (void)state;
    enum { SIZE = 30, TRIPLES = SIZE * (SIZE - 1) * (SIZE - 2), EACH = 20 };
    static double counts[SIZE][SIZE][SIZE];
    double        sum = -TRIPLES * (double)EACH; /* sum of (c - e)^2 / e = sum of c^2 / e - n */
    for (uint64_t seed = 0; seed < TRIPLES * EACH; seed++)
        counts[permuted(seed, SIZE, 0, 0)][permuted(seed, SIZE, 0, 1)]
              [permuted(seed, SIZE, 0, SIZE - 1)]++;
    for (size_t i = 0; i < SIZE * SIZE * SIZE; i++) {
        double count = counts[i / SIZE / SIZE][i / SIZE % SIZE][i % SIZE];
        sum += count * count / EACH;
    }
    assert_true(sum < TRIPLES + 5 * 221);
}

static void the_first_item_is_any_item_equally_often(void **state) {
    (void)state;
    enum { SIZE = 100, EACH = 200 };
    size_t counts[SIZE] = { 0 };
    double sum = 0;
    for (uint64_t tweak = 0; tweak < SIZE * EACH; tweak++)
        counts[permuted(1, SIZE, tweak * tweak, 0)]++;
    for (size_t i = 0; i < SIZE; i++)
        sum += ((double)counts[i] - EACH) * ((double)counts[i] - EACH) / EACH;
    assert_true(sum < 99 + 5 * 14.1);
}

/* The cell number that digits stand for, the last axis fastest. */
static size_t cell_of(const hpi_permute_span *spans, size_t count, const hpt_coord *digits) {
    size_t cell = 0;
    for (size_t j = 0; j < count; j++) {
        assert_true((uint64_t)digits[j].integer < spans[j].size);
        cell = cell * (size_t)spans[j].size + (size_t)digits[j].integer;
    }
    return cell;
}

static void digits_of_every_small_product_are_a_bijection(void **state) {
    (void)state;
    enum { AXES = 4, LARGEST = 6 };
    hpi_permute permute;
    hpi_permute_init(&permute, 11);
    for (int sizes = 0; sizes < LARGEST * LARGEST * LARGEST * LARGEST; sizes++) {
        hpi_permute_span spans[AXES];
        bool             seen[LARGEST * LARGEST * LARGEST * LARGEST] = { false };
        size_t           cells = 1;
        for (int j = 0, rest = sizes; j < AXES; j++, rest /= LARGEST) {
            spans[j] = hpi_permute_span_of((uint64_t)(1 + rest % LARGEST));
            cells *= (size_t)spans[j].size;
        }
        for (size_t cell = 0; cell < cells; cell++) {
            hpt_coord digits[AXES];
            size_t    rest = cell;
            for (int j = AXES; j-- > 0; rest /= (size_t)spans[j].size)
                digits[j].integer = (int64_t)(rest % (size_t)spans[j].size);
            hpi_permute_digits(&permute, spans, AXES, digits);
            size_t to = cell_of(spans, AXES, digits);
            assert_false(seen[to]);
            seen[to] = true;
        }
    }
}

static void a_product_is_shuffled_all_over_however_large(void **state) {
    (void)state;
    enum { AXES = 200, NUMBERS = 2000 };
    uint64_t    sizes[AXES];
    hpi_product product;
    hpt_coord   digits[AXES];
    size_t      ones[AXES] = { 0 };
    for (size_t j = 0; j < AXES; j++)
        sizes[j] = j % 2 ? 2 : UINT64_MAX;
    assert_int_equal(hpi_product_init(&product, sizes, AXES, NULL), HPT_OK);
    assert_true(product.is_beyond);
    hpi_product_shuffle(&product, 5);
    for (uint64_t number = 0; number < NUMBERS; number++) {
        hpi_product_digits(&product, number, digits);
        for (size_t j = 0; j < AXES; j++)
            ones[j] += (uint64_t)digits[j].integer >= sizes[j] / 2;
    }
    for (size_t j = 0; j < AXES; j++)
        assert_in_range(ones[j], NUMBERS / 2 - 112, NUMBERS / 2 + 112); /* 5 sigma */
    hpi_product_fini(&product);
}

static void an_unshuffled_product_counts_with_the_last_axis_fastest(void **state) {
    (void)state;
    static const uint64_t sizes[] = { 2, 1, 3 };
    hpi_product           product;
    hpt_coord             digits[3];
    assert_int_equal(hpi_product_init(&product, sizes, 3, NULL), HPT_OK);
    assert_int_equal(product.size, 6);
    assert_false(product.is_beyond);
    for (uint64_t number = 0; number < 6; number++) {
        hpi_product_digits(&product, number, digits);
        assert_int_equal(digits[0].integer, number / 3);
        assert_int_equal(digits[1].integer, 0);
        assert_int_equal(digits[2].integer, number % 3);
    }
    hpi_product_fini(&product);
}

static void the_size_of_a_product_saturates(void **state) {
    (void)state;
    static const uint64_t sizes[] = { 1ull << 32, 1ull << 32, 1 };
    static const uint64_t fits[] = { UINT64_MAX, 1, 1 };
    hpi_product           product;
    assert_int_equal(hpi_product_init(&product, sizes, 3, NULL), HPT_OK);
    assert_true(product.is_beyond);
    assert_int_equal(product.size, UINT64_MAX);
    hpi_product_fini(&product);
    assert_int_equal(hpi_product_init(&product, fits, 3, NULL), HPT_OK);
    assert_false(product.is_beyond);
    assert_int_equal(product.size, UINT64_MAX);
    hpi_product_fini(&product);
}

static void the_order_of_a_seed_never_changes(void **state) {
    (void)state;
    static const uint64_t expected[] = { 0, 2, 5, 1, 8, 3, 9, 6, 4, 7 };
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(permuted(42, 10, 0, i), expected[i]);
    assert_int_equal(permuted(42, UINT64_MAX, 0, 0), UINT64_C(9068137880961743808));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_up_to_a_thousand_is_a_bijection),
        cmocka_unit_test(a_million_is_a_bijection),
        cmocka_unit_test(the_table_of_a_span_is_barely_larger_than_the_span),
        cmocka_unit_test(huge_sizes_stay_inside_and_do_not_repeat),
        cmocka_unit_test(all_permutations_of_few_items_are_equally_frequent),
        cmocka_unit_test(three_of_thirty_numbers_go_anywhere_equally_often),
        cmocka_unit_test(the_first_item_is_any_item_equally_often),
        cmocka_unit_test(digits_of_every_small_product_are_a_bijection),
        cmocka_unit_test(a_product_is_shuffled_all_over_however_large),
        cmocka_unit_test(an_unshuffled_product_counts_with_the_last_axis_fastest),
        cmocka_unit_test(the_size_of_a_product_saturates),
        cmocka_unit_test(the_order_of_a_seed_never_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
