/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   fronts that are kept up to date are those that sorting anew would give.
 * Method: random populations with ties and violations, one member coming and one going at a time,
 *         against the definition, which is slow and short. */
#include "fixture.h"

#include <math.h>

#include "failing.h"
#include "hpt/extend.h"
#include "strategy/front.h"

enum { ROOM = 24, STEPS = 400, GOALS_MAX = 8 };

static uint64_t random_below(uint64_t seed, uint64_t number, uint64_t count) {
    uint64_t word;
    hpt_random(seed, number, 5, &word, 1);
    return word % count;
}

/* One of `values` different losses, zero with either sign among them; some infeasible. */
static void write_member(hpi_fronts *fronts, uint64_t seed, uint64_t number, uint64_t values) {
    uint32_t slot = hpi_fronts_free(fronts);
    for (size_t goal = 0; goal < fronts->goal_count; goal++) {
        uint64_t loss = random_below(seed, number * 16 + goal, values);
        fronts->losses[slot * fronts->goal_count + goal] =
            loss == 0 && number % 2 ? -0.0 : (double)loss;
    }
    fronts->violations[slot] = (double)random_below(seed, number * 16 + 15, 8) - 5;
    if (fronts->violations[slot] < 0) fronts->violations[slot] = 0;
}

/* The length of the longest chain of those who dominate it, one the next. */
static uint32_t rank_by_definition(const hpi_fronts *fronts, uint32_t slot) {
    uint32_t rank = 0;
    for (size_t i = 0; i < fronts->count; i++) {
        uint32_t other = fronts->order[i];
        if (!hpi_dominates(fronts, other, slot)) continue;
        uint32_t above = fronts->ranks[other] + 1;
        rank = above > rank ? above : rank;
    }
    return rank;
}

static void assert_in_order(const hpi_fronts *fronts) {
    bool seen[ROOM] = { false };
    for (size_t i = 0; i < fronts->room; i++) {
        assert_false(seen[fronts->order[i]]);
        seen[fronts->order[i]] = true;
    }
    assert_int_equal(fronts->starts[0], 0);
    assert_int_equal(fronts->starts[fronts->front_count], fronts->count);
    for (size_t front = 0; front < fronts->front_count; front++) {
        assert_true(fronts->starts[front] < fronts->starts[front + 1]);
        for (size_t i = fronts->starts[front]; i < fronts->starts[front + 1]; i++) {
            uint32_t slot = fronts->order[i];
            assert_int_equal(fronts->ranks[slot], front);
            assert_int_equal(rank_by_definition(fronts, slot), front);
        }
    }
    for (size_t goal = 0; goal < fronts->goal_count; goal++)
        for (size_t i = 1; i < fronts->count; i++) {
            const uint32_t *sorted = fronts->sorted + goal * fronts->room;
            assert_true(fronts->losses[sorted[i - 1] * fronts->goal_count + goal] <=
                        fronts->losses[sorted[i] * fronts->goal_count + goal]);
        }
}

static void fronts_are_those_of_the_definition(void **state) {
    (void)state;
    for (size_t goals = 1; goals <= GOALS_MAX; goals += goals < 3 ? 1 : 5)
        for (uint64_t values = 2; values <= 1000; values *= 8) {
            hpi_fronts fronts;
            assert_int_equal(hpi_fronts_init(&fronts, goals, ROOM, NULL), HPT_OK);
            for (uint64_t step = 0; step < STEPS; step++) {
                write_member(&fronts, goals * 100 + values, step, values);
                hpi_fronts_add(&fronts);
                assert_in_order(&fronts);
                size_t          count;
                const uint32_t *last = hpi_fronts_last(&fronts, &count);
                if (fronts.count == ROOM)
                    hpi_fronts_drop(&fronts, last[random_below(7, step, count)]);
                assert_in_order(&fronts);
            }
            hpi_fronts_fini(&fronts);
        }
}

static void add(hpi_fronts *fronts, double first, double second, double violation) {
    uint32_t slot = hpi_fronts_free(fronts);
    fronts->losses[slot * 2] = first;
    fronts->losses[slot * 2 + 1] = second;
    fronts->violations[slot] = violation;
    hpi_fronts_add(fronts);
}

static void feasible_ones_beat_others_and_a_smaller_violation_a_larger_one(void **state) {
    (void)state;
    hpi_fronts fronts;
    assert_int_equal(hpi_fronts_init(&fronts, 2, 5, NULL), HPT_OK);
    add(&fronts, 0, 0, 2);
    add(&fronts, 0, 0, 1);
    add(&fronts, 9, 9, 0);
    add(&fronts, 5, 5, 1);
    add(&fronts, 8, 10, 0);
    assert_int_equal(fronts.front_count, 3);
    assert_int_equal(fronts.ranks[0], 2);
    assert_int_equal(fronts.ranks[1], 1);
    assert_int_equal(fronts.ranks[2], 0);
    assert_int_equal(fronts.ranks[3], 1);
    assert_int_equal(fronts.ranks[4], 0);
    hpi_fronts_fini(&fronts);
}

static void crowding_is_the_sum_of_the_gaps_as_parts_of_the_ranges(void **state) {
    (void)state;
    double     distances[5];
    hpi_fronts fronts;
    assert_int_equal(hpi_fronts_init(&fronts, 2, 5, NULL), HPT_OK);
    add(&fronts, 0, 100, 0);
    add(&fronts, 10, 0, 0);
    add(&fronts, 2, 50, 0);
    add(&fronts, 4, 10, 0);
    hpi_fronts_crowding(&fronts, distances);
    assert_true(isinf(distances[0]) && isinf(distances[1]));
    assert_true(fabs(distances[2] - (0.4 + 0.9)) < 1e-15);
    assert_true(fabs(distances[3] - (0.8 + 0.5)) < 1e-15);
    hpi_fronts_fini(&fronts);
}

static void crowding_takes_the_largest_numbers_and_equal_ones(void **state) {
    (void)state;
    double     distances[5];
    hpi_fronts fronts;
    assert_int_equal(hpi_fronts_init(&fronts, 2, 5, NULL), HPT_OK);
    add(&fronts, -1.7e308, 1, 0);
    add(&fronts, 1.7e308, -0.0, 0);
    add(&fronts, 0, 0.5, 0);
    add(&fronts, 0, 0.5, 0);
    hpi_fronts_crowding(&fronts, distances);
    assert_true(distances[2] >= 0 && distances[2] <= 2);
    assert_true(distances[3] >= 0 && distances[3] <= 2);
    hpi_fronts_fini(&fronts);
    assert_int_equal(hpi_fronts_init(&fronts, 2, 5, NULL), HPT_OK);
    for (int i = 0; i < 5; i++)
        add(&fronts, 1, 1, 0);
    hpi_fronts_crowding(&fronts, distances);
    for (int i = 0; i < 5; i++)
        assert_true(distances[i] == 0 || isinf(distances[i]));
    hpi_fronts_fini(&fronts);
}

static bool attempt(void *user) {
    hpi_fronts fronts;
    hpt_status status = hpi_fronts_init(&fronts, 2, 5, NULL);
    (void)user;
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    if (status == HPT_OK) hpi_fronts_fini(&fronts);
    return status == HPT_OK;
}

static void memory_may_be_out(void **state) {
    (void)state;
    failing_everywhere(attempt, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fronts_are_those_of_the_definition),
        cmocka_unit_test(feasible_ones_beat_others_and_a_smaller_violation_a_larger_one),
        cmocka_unit_test(crowding_is_the_sum_of_the_gaps_as_parts_of_the_ranges),
        cmocka_unit_test(crowding_takes_the_largest_numbers_and_equal_ones),
        cmocka_unit_test(memory_may_be_out),
    };
    return cmocka_run_group_tests_name("strategy_front", tests, NULL, NULL);
}
