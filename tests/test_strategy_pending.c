/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a strategy keeps of a trial comes back once, whatever the order, in bounded memory.
 * Method: a million numbers through a small table, with some that stay for long; the normal
 *         distribution beside it against erfc(). */
#include "fixture.h"

#include <math.h>

#include "strategy/normal.h"
#include "strategy/pending.h"

static void what_is_kept_comes_back_once(void **state) {
    hpi_pending pending;
    double      values[2];
    (void)state;
    assert_int_equal(hpi_pending_init(&pending, 2, NULL), HPT_OK);
    for (uint64_t number = 0; number < 200000; number++) {
        double *kept = hpi_pending_add(&pending, number);
        assert_non_null(kept);
        kept[0] = (double)number;
        kept[1] = -(double)number;
        if (number < 50 || number % 1000 == 0) continue; /* these stay */
        assert_true(hpi_pending_take(&pending, number, values));
        assert_true(values[0] == (double)number && values[1] == -(double)number);
        assert_false(hpi_pending_take(&pending, number, values));
    }
    assert_true(pending.room <= 1024);
    for (uint64_t number = 199000; number > 50; number -= 1000) {
        assert_true(hpi_pending_take(&pending, number, values));
        assert_true(values[0] == (double)number);
    }
    hpi_pending_fini(&pending);
}

static void many_in_flight_are_told_apart(void **state) {
    hpi_pending pending;
    double      value;
    (void)state;
    assert_int_equal(hpi_pending_init(&pending, 1, NULL), HPT_OK);
    for (uint64_t number = 0; number < 3000; number++)
        *hpi_pending_add(&pending, number * number) = (double)number;
    for (uint64_t number = 3000; number-- > 0;) {
        assert_true(hpi_pending_take(&pending, number * number, &value));
        assert_true(value == (double)number);
    }
    assert_true(pending.count == 0);
    hpi_pending_fini(&pending);
}

static void the_quantile_is_the_inverse_of_the_distribution(void **state) {
    (void)state;
    for (double z = -8; z <= 8; z += 0.01) {
        double p = hpi_normal_above(z);
        double back = -hpi_normal_quantile(p);
        if (z < 0) { /* 1 - p is exact where p itself is not */
            back = hpi_normal_quantile(hpi_normal_above(-z));
        }
        assert_true(fabs(back - z) <= 4e-15 * fmax(1, fabs(z)));
    }
    assert_true(hpi_normal_quantile(0.5) == 0);
    assert_true(isinf(hpi_normal_quantile(0)) && isinf(hpi_normal_quantile(1)));
}

static void the_quantile_of_cauchy_is_a_tangent(void **state) {
    (void)state;
    for (double p = 1e-9; p < 1; p += 1e-4) {
        double expected = tan(3.14159265358979323846 * (p - 0.5));
        /* The tangent is steep near the ends, where it takes what is lost in p - 0.5. */
        double allowed = 1e-15 * (1 + expected * expected);
        assert_true(fabs(hpi_cauchy_quantile(p) - expected) <= allowed);
    }
    assert_true(hpi_cauchy_quantile(0.5) == 0);
    assert_true(hpi_cauchy_quantile(0x1p-60) < -1e17);
    assert_true(hpi_cauchy_quantile(1 - 0x1p-53) > 1e15);
}

static void normal_numbers_have_mean_0_and_variance_1(void **state) {
    enum { COUNT = 100000 };
    double z[5], sum = 0, squares = 0, fourth = 0;
    (void)state;
    for (uint64_t number = 0; number < COUNT; number++) {
        hpi_normal_draw(1, number, 0, 5, z);
        for (int j = 0; j < 5; j++) {
            sum += z[j];
            squares += z[j] * z[j];
            fourth += z[j] * z[j] * z[j] * z[j];
        }
    }
    assert_true(fabs(sum / (5 * COUNT)) < 0.006);
    assert_true(fabs(squares / (5 * COUNT) - 1) < 0.01);
    assert_true(fabs(fourth / (5 * COUNT) - 3) < 0.06);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_comes_back_once),
        cmocka_unit_test(many_in_flight_are_told_apart),
        cmocka_unit_test(the_quantile_is_the_inverse_of_the_distribution),
        cmocka_unit_test(the_quantile_of_cauchy_is_a_tangent),
        cmocka_unit_test(normal_numbers_have_mean_0_and_variance_1),
    };
    return cmocka_run_group_tests_name("strategy_pending", tests, NULL, NULL);
}
