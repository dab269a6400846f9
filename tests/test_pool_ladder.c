/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that does not stop is pressed step by step, each at its time.
 * Method: times made up. */
#include "fixture.h"

#include <math.h>

#include "base/clock.h"
#include "pool/ladder.h"

static const int64_t second = HPI_NS_PER_S, never = INT64_MAX;

static void nothing_happens_without_a_cause(void **state) {
    (void)state;
    hpi_ladder ladder;
    hpi_ladder_begin(&ladder, never, NAN);
    assert_true(hpi_ladder_next_ns(&ladder) == never);
    assert_false(hpi_ladder_climb(&ladder, never - 1));
    assert_int_equal(ladder.rung, HPI_LADDER_NONE);
}

static void sigterm_comes_after_the_grace_and_sigkill_after_another(void **state) {
    (void)state;
    hpi_ladder ladder;
    hpi_ladder_begin(&ladder, never, 2);
    hpi_ladder_note(&ladder, HPI_CAUSE_STOPPED, 10 * second);
    hpi_ladder_note(&ladder, HPI_CAUSE_STOPPED, 11 * second); /* the first counts */
    assert_true(hpi_ladder_next_ns(&ladder) == 12 * second);
    assert_false(hpi_ladder_climb(&ladder, 12 * second - 1));
    assert_true(hpi_ladder_climb(&ladder, 13 * second)); /* looked at late */
    assert_int_equal(ladder.rung, HPI_LADDER_TERM);
    assert_int_equal(ladder.cause, HPI_CAUSE_STOPPED);
    assert_false(hpi_ladder_climb(&ladder, 15 * second - 1));
    assert_true(hpi_ladder_climb(&ladder, 15 * second));
    assert_int_equal(ladder.rung, HPI_LADDER_KILL);
    assert_true(hpi_ladder_next_ns(&ladder) == never);
    assert_false(hpi_ladder_climb(&ladder, never - 1));
}

static void the_grace_after_a_limit_is_a_tenth_of_it_within_bounds(void **state) {
    (void)state;
    static const struct {
        int64_t limit_ms, grace_ms;
    } rows[] = { { 1, 50 }, { 500, 50 }, { 3000, 300 }, { 10000, 1000 }, { 1000000, 1000 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpi_ladder ladder;
        hpi_ladder_begin(&ladder, rows[i].limit_ms * HPI_NS_PER_MS, NAN);
        hpi_ladder_note(&ladder, HPI_CAUSE_LATE, 0);
        assert_true(hpi_ladder_next_ns(&ladder) == rows[i].grace_ms * HPI_NS_PER_MS);
    }
}

static void other_causes_have_a_second(void **state) {
    (void)state;
    static const hpi_cause causes[] = { HPI_CAUSE_CPU, HPI_CAUSE_STOPPED, HPI_CAUSE_CAPPED };
    for (int i = 0; i < 3; i++) {
        hpi_ladder ladder;
        hpi_ladder_begin(&ladder, HPI_NS_PER_MS, NAN);
        hpi_ladder_note(&ladder, causes[i], 0);
        assert_true(hpi_ladder_next_ns(&ladder) == second);
        assert_true(hpi_ladder_climb(&ladder, second));
        assert_int_equal(ladder.cause, causes[i]);
    }
}

static void whose_grace_ends_first_is_the_cause(void **state) {
    (void)state;
    hpi_ladder ladder;
    hpi_ladder_begin(&ladder, HPI_NS_PER_MS, NAN); /* 50 ms of grace */
    hpi_ladder_note(&ladder, HPI_CAUSE_STOPPED, 0);
    hpi_ladder_note(&ladder, HPI_CAUSE_LATE, second / 2);
    assert_true(hpi_ladder_climb(&ladder, second));
    assert_int_equal(ladder.cause, HPI_CAUSE_LATE);
    assert_true(hpi_ladder_next_ns(&ladder) == second + 50 * HPI_NS_PER_MS);
}

static void no_grace_is_no_wait(void **state) {
    (void)state;
    hpi_ladder ladder;
    hpi_ladder_begin(&ladder, never, 0);
    hpi_ladder_note(&ladder, HPI_CAUSE_LATE, 5);
    assert_true(hpi_ladder_climb(&ladder, 5) && hpi_ladder_climb(&ladder, 5));
    assert_int_equal(ladder.rung, HPI_LADDER_KILL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_happens_without_a_cause),
        cmocka_unit_test(sigterm_comes_after_the_grace_and_sigkill_after_another),
        cmocka_unit_test(the_grace_after_a_limit_is_a_tenth_of_it_within_bounds),
        cmocka_unit_test(other_causes_have_a_second),
        cmocka_unit_test(whose_grace_ends_first_is_the_cause),
        cmocka_unit_test(no_grace_is_no_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
