/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the front is what the definition says, in whatever order trials come, and the volume it
 *         dominates is exact.
 * Method: fronts and volumes of random points against those worked out naively. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#include "hpt/extend.h"
#include "run/front.h"
#include "run/limits.h"
#include "run/volume.h"

enum { POINTS = 200, GOALS = 4 };

/* `levels` values each, so that there are ties. */
static void draw(uint64_t seed, uint32_t goals, unsigned levels, double losses[][GOALS]) {
    for (uint64_t i = 0; i < POINTS; i++) {
        uint64_t words[GOALS];
        hpt_random(seed, i, 1, words, GOALS);
        for (uint32_t j = 0; j < goals; j++)
            losses[i][j] = (double)(words[j] % levels);
    }
}

static bool is_better(const double *a, const double *b, uint32_t goals) {
    bool is_less = false;
    for (uint32_t j = 0; j < goals; j++) {
        if (a[j] > b[j]) return false;
        is_less = is_less || a[j] < b[j];
    }
    return is_less;
}

static bool belongs(uint32_t i, double losses[][GOALS], uint32_t goals) {
    for (uint32_t k = 0; k < POINTS; k++) {
        bool is_same = memcmp(losses[k], losses[i], goals * sizeof(double)) == 0;
        if (is_better(losses[k], losses[i], goals) || (is_same && k < i)) return false;
    }
    return true;
}

static void add(hpi_front *front, uint32_t number, double losses[][GOALS]) {
    hpt_coord point = { .real = (double)number };
    hpi_front_add(front, number, losses[number], &point);
}

static void assert_front(const hpi_front *front, double losses[][GOALS]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < POINTS; i++)
        count += belongs(i, losses, front->goal_count);
    assert_int_equal(front->count, count);
    for (uint32_t i = 0; i < front->count; i++) {
        uint32_t number = (uint32_t)hpi_front_trial(front, i);
        assert_true(belongs(number, losses, front->goal_count));
        assert_true(hpi_front_point(front, i)->real == number);
        assert_memory_equal(hpi_front_losses(front, i), losses[number],
                            front->goal_count * sizeof(double));
    }
}

static void it_is_the_set_of_trials_than_which_none_is_better(void **state) {
    (void)state;
    static double losses[POINTS][GOALS];
    for (uint32_t goals = 2; goals <= GOALS; goals++) {
        for (uint64_t seed = 0; seed < 6; seed++) {
            hpi_front *front = hpi_front_create(goals, 1);
            draw(seed, goals, seed < 3 ? 5 : 1000000, losses);
            for (uint32_t i = 0; i < POINTS; i++)
                add(front, i, losses);
            assert_front(front, losses);
            hpi_front_release(front);
        }
    }
}

static void it_is_the_same_in_whatever_order_trials_come(void **state) {
    (void)state;
    static double losses[POINTS][GOALS];
    for (uint32_t goals = 2; goals <= GOALS; goals++) {
        hpi_front *front = hpi_front_create(goals, 1);
        draw(7, goals, 6, losses);
        for (uint32_t i = 0; i < POINTS; i++)
            add(front, i * 77 % POINTS, losses);
        assert_front(front, losses);
        hpi_front_release(front);
    }
}

static void members_are_in_the_order_of_their_losses(void **state) {
    (void)state;
    static double losses[POINTS][GOALS];
    hpi_front    *front = hpi_front_create(3, 1);
    draw(3, 3, 8, losses);
    for (uint32_t i = 0; i < POINTS; i++)
        add(front, i, losses);
    assert_true(front->count > 3);
    for (uint32_t i = 1; i < front->count; i++) {
        const double *a = hpi_front_losses(front, i - 1), *b = hpi_front_losses(front, i);
        assert_true(a[0] < b[0] || (a[0] == b[0] && a[1] < b[1]) ||
                    (a[0] == b[0] && a[1] == b[1] && a[2] < b[2]));
    }
    hpi_front_release(front);
}

static void a_full_one_counts_what_it_leaves_out_and_keeps_its_first(void **state) {
    (void)state;
    hpi_front *front = hpi_front_create(2, 1);
    hpt_coord  point = { 0 };
    for (uint32_t i = 0; i < HPI_FRONT_MAX + 10; i++)
        hpi_front_add(front, i, (double[]){ i, -(double)i }, &point);
    assert_int_equal(front->count, HPI_FRONT_MAX);
    assert_int_equal(front->left_out, 10);
    assert_true(hpi_front_add(front, 99999, (double[]){ -1, 1 }, &point));
    assert_int_equal(front->count, HPI_FRONT_MAX);
    assert_int_equal(hpi_front_trial(front, 0), 99999);
    /* One that is better than all makes room. */
    assert_true(hpi_front_add(front, 100000, (double[]){ -2, -1e9 }, &point));
    assert_int_equal(front->count, 1);
    hpi_front_release(front);
}

/* Volumes. */

/* Gains are whole numbers: count the unit cubes that lie in any box. */
static double cubes(double gains[][GOALS], uint32_t count, uint32_t goals, unsigned levels) {
    double   sum = 0;
    unsigned all = 1;
    for (uint32_t j = 0; j < goals; j++)
        all *= levels;
    for (unsigned cube = 0; cube < all; cube++) {
        bool is_in = false;
        for (uint32_t i = 0; i < count && !is_in; i++) {
            unsigned rest = cube;
            is_in = true;
            for (uint32_t j = 0; j < goals; j++, rest /= levels)
                is_in = is_in && rest % levels < gains[i][j];
        }
        sum += is_in;
    }
    return sum;
}

static double volume(double gains[][GOALS], uint32_t count, uint32_t goals) {
    double rows[POINTS * GOALS];
    for (uint32_t i = 0; i < count; i++)
        memcpy(rows + (size_t)i * goals, gains[i], goals * sizeof(double));
    return hpi_volume(rows, count, goals, HPI_VOLUME_STEPS);
}

static void the_volume_is_that_of_all_boxes_together(void **state) {
    (void)state;
    static double gains[POINTS][GOALS];
    enum { LEVELS = 9 };
    for (uint32_t goals = 1; goals <= GOALS; goals++) {
        for (uint64_t seed = 0; seed < 8; seed++) {
            uint32_t count = (uint32_t)(seed * 4);
            draw(seed, goals, LEVELS, gains);
            for (uint32_t i = 0; i < count; i++)
                for (uint32_t j = 0; j < goals; j++)
                    gains[i][j] += 1;
            assert_true(volume(gains, count, goals) == cubes(gains, count, goals, LEVELS + 1));
        }
    }
}

static void eight_goals_have_a_volume(void **state) {
    (void)state;
    double rows[HPI_GOALS_MAX][HPI_GOALS_MAX];
    /* Bars of length 2 along each axis: the unit cube and one more on each. */
    for (int i = 0; i < HPI_GOALS_MAX; i++)
        for (int j = 0; j < HPI_GOALS_MAX; j++)
            rows[i][j] = i == j ? 2 : 1;
    assert_true(hpi_volume(rows[0], HPI_GOALS_MAX, HPI_GOALS_MAX, HPI_VOLUME_STEPS) ==
                HPI_GOALS_MAX + 1);
}

static void a_volume_that_takes_too_long_is_none(void **state) {
    (void)state;
    static double gains[POINTS][GOALS];
    draw(1, GOALS, 1000000, gains);
    for (int i = 0; i < POINTS; i++)
        gains[i][0] += 1, gains[i][1] += 1, gains[i][2] += 1, gains[i][3] += 1;
    assert_true(isnan(hpi_volume(gains[0], POINTS, GOALS, 100)));
    assert_true(hpi_volume(gains[0], POINTS, GOALS, HPI_VOLUME_STEPS) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_set_of_trials_than_which_none_is_better),
        cmocka_unit_test(it_is_the_same_in_whatever_order_trials_come),
        cmocka_unit_test(members_are_in_the_order_of_their_losses),
        cmocka_unit_test(a_full_one_counts_what_it_leaves_out_and_keeps_its_first),
        cmocka_unit_test(the_volume_is_that_of_all_boxes_together),
        cmocka_unit_test(eight_goals_have_a_volume),
        cmocka_unit_test(a_volume_that_takes_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
