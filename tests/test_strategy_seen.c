/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what is known of a point is found again, nothing known is proposed, and the end comes
 * when all is known. Method: small spaces of each kind exhausted through hpi_seen_take() alone,
 * with the worst proposals there are: always the same point. */
#include "strategies.h"

#include <math.h>
#include <string.h>

#include "failing.h"
#include "strategy/seen.h"

enum { WIDTH_MAX = 4 };

static hpi_seen opened(const hpt_space *space) {
    hpt_strategy_setup setup = strategy_setup(space, 3);
    hpi_seen           seen;
    assert_int_equal(hpi_seen_init(&seen, &setup, false, NULL), HPT_OK);
    return seen;
}

static void tell(hpi_seen *seen, const hpt_coord *point, hpt_trial_state state, double loss) {
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = state,
                            .number = HPT_NUMBER_NONE,
                            .point = point,
                            .value = loss,
                            .loss = loss,
                            .goal_count = 1,
                            .losses = state == HPT_TRIAL_COMPLETE ? &loss : NULL,
                            .bound = (double)NAN };
    hpi_seen_tell(seen, &outcome);
}

/* 5 x 2 x 3 points. */
static hpt_space *small_space(void) {
    const hpt_value values[] = { hpt_int(1), hpt_int(2) };
    hpt_space      *space = hpt_space_create();
    hpt_space_add_int(space, "int", 0, 4);
    hpt_space_add_categorical(space, "list", values, 2);
    hpt_space_set_step(space, hpt_space_add_real(space, "step", -0.5, 0.5), hpt_real(0.5));
    hpt_space_add_constant(space, "constant", hpt_int(7));
    return space;
}

/* How many different points come from the same proposal again and again, each told as it comes if
 * `is_told`. */
static size_t exhaust(const hpt_space *space, bool is_told) {
    hpi_seen seen = opened(space);
    size_t   count = 0;
    for (uint64_t number = 0; number < 5000; number++) {
        hpt_coord point[WIDTH_MAX];
        for (hpt_param j = 0; j < hpt_space_count(space); j++)
            point[j] = hpt_space_at_fraction(space, j, UINT64_MAX / 2);
        assert_int_equal(hpt_space_repair(space, point, NULL), HPT_OK);
        hpt_status status = hpi_seen_take(&seen, number, point, NULL);
        if (status == HPT_EDONE) break;
        assert_int_equal(status, HPT_OK);
        assert_true(point_is_in_space(space, point) && hpt_space_permits(space, point));
        assert_int_equal(hpi_seen_find(&seen, point, NULL), HPI_SEEN_IN_FLIGHT);
        assert_true(seen.count == ++count);
        if (is_told) tell(&seen, point, HPT_TRIAL_COMPLETE, (double)number);
    }
    hpi_seen_fini(&seen);
    return count;
}

static void every_point_of_a_space_comes_once_and_then_the_end(void **state) {
    hpt_space *space = small_space();
    (void)state;
    assert_int_equal(exhaust(space, true), 30);
    assert_int_equal(exhaust(space, false), 30);
    hpt_space_destroy(space);
}

static void only_valid_points_count(void **state) {
    hpt_space *space = small_space();
    (void)state;
    hpt_space_add_constraint(space, "int + step < 3.2 or list == 2");
    assert_int_equal(exhaust(space, true), 15 + 11);
    hpt_space_destroy(space);
}

static void points_that_mean_the_same_are_the_same(void **state) {
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_add_choice(space, "solver", (const char *[]){ "a", "b" }, 2);
    hpt_space_set_condition(space, hpt_space_add_int(space, "n", 0, 9), "solver == 'b'");
    assert_int_equal(exhaust(space, true), 11);
    hpt_space_destroy(space);
}

static void a_list_of_points_near_the_end_of_a_large_space_goes_on(void **state) {
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_add_int(space, "a", INT64_MIN, INT64_MAX);
    hpt_space_add_int(space, "b", INT64_MIN, INT64_MAX);
    assert_int_equal(exhaust(space, true), 5000);
    hpt_space_destroy(space);
}

static void ranges_without_step_never_come_again(void **state) {
    hpt_space *space = small_space();
    (void)state;
    hpt_space_add_real(space, "x", 0, 1);
    hpi_seen  seen = opened(space);
    hpt_coord point[5] = { { 0 } };
    assert_false(hpi_seen_is_on(&seen));
    assert_int_equal(hpi_seen_take(&seen, 0, point, NULL), HPT_OK);
    assert_int_equal(hpi_seen_take(&seen, 1, point, NULL), HPT_OK);
    assert_int_equal(hpi_seen_find(&seen, point, NULL), HPI_SEEN_NEVER);
    tell(&seen, point, HPT_TRIAL_COMPLETE, 1);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

/* Only at solver a do points come again: there are 3. */
static void ranges_that_rest_do_not_matter(void **state) {
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_add_choice(space, "solver", (const char *[]){ "a", "b" }, 2);
    hpt_space_add_int(space, "n", 0, 2);
    hpt_space_set_condition(space, hpt_space_add_real(space, "x", 0, 1), "solver == 'b'");
    hpi_seen seen = opened(space);
    size_t   plain = 0;
    double   last = -1;
    assert_true(hpi_seen_is_on(&seen));
    for (uint64_t number = 0; number < 50; number++) {
        hpt_coord point[3] = { { .integer = 0 }, { .integer = 1 }, { .real = 0 } };
        assert_int_equal(hpi_seen_take(&seen, number, point, NULL), HPT_OK);
        plain += point[0].integer == 0;
        if (point[0].integer == 0) continue;
        assert_true(point[2].real != last); /* not always where it rests */
        last = point[2].real;
    }
    assert_int_equal(plain, 3);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

static void what_is_known_is_what_was_told(void **state) {
    hpt_space    *space = small_space();
    hpi_seen      seen = opened(space);
    const double *losses = NULL;
    hpt_coord     good[4] = { { .integer = 3 }, { .integer = 1 }, { .real = 0 }, { .integer = 0 } };
    hpt_coord     bad[4] = { { .integer = 2 }, { .integer = 1 }, { .real = 0 }, { .integer = 0 } };
    (void)state;
    assert_int_equal(hpi_seen_find(&seen, good, &losses), HPI_SEEN_NEVER);
    assert_int_equal(hpi_seen_take(&seen, 0, good, NULL), HPT_OK);
    assert_int_equal(hpi_seen_find(&seen, good, &losses), HPI_SEEN_IN_FLIGHT);
    tell(&seen, good, HPT_TRIAL_COMPLETE, -2.5);
    tell(&seen, good, HPT_TRIAL_FAILED, NAN);
    tell(&seen, bad, HPT_TRIAL_CRASHED, NAN); /* nobody asked */
    assert_int_equal(hpi_seen_find(&seen, good, &losses), HPI_SEEN_TOLD);
    assert_true(losses[0] == -2.5);
    good[2].real = -0.0;
    assert_int_equal(hpi_seen_find(&seen, good, &losses), HPI_SEEN_TOLD);
    assert_int_equal(hpi_seen_find(&seen, bad, &losses), HPI_SEEN_TOLD);
    assert_true(losses[0] == INFINITY);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

static void a_cancelled_trial_may_come_again(void **state) {
    hpt_space *space = small_space();
    hpi_seen   seen = opened(space);
    hpt_coord  points[30][4];
    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        memset(points[i], 0, sizeof points[i]);
        assert_int_equal(hpi_seen_take(&seen, i, points[i], NULL), HPT_OK);
    }
    hpt_coord point[4] = { { .integer = 0 } };
    assert_int_equal(hpi_seen_take(&seen, 30, point, NULL), HPT_EDONE);
    tell(&seen, points[17], HPT_TRIAL_CANCELLED, NAN);
    tell(&seen, points[16], HPT_TRIAL_COMPLETE, 1);
    assert_int_equal(hpi_seen_take(&seen, 31, point, NULL), HPT_OK);
    assert_true(points_equal(space, point, points[17]));
    assert_int_equal(hpi_seen_take(&seen, 32, point, NULL), HPT_EDONE);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

static void points_to_try_first_are_not_proposed(void **state) {
    hpt_space         *space = small_space();
    hpt_coord          point[4] = { { .integer = 1 } };
    hpt_strategy_setup setup = strategy_setup(space, 3);
    hpi_seen           seen;
    (void)state;
    setup.points = point;
    setup.point_count = 1;
    assert_int_equal(hpi_seen_init(&seen, &setup, false, NULL), HPT_OK);
    assert_int_equal(hpi_seen_find(&seen, point, NULL), HPI_SEEN_IN_FLIGHT);
    hpi_seen_fini(&seen);
    assert_int_equal(hpi_seen_init(&seen, &setup, true, NULL), HPT_OK);
    assert_int_equal(hpi_seen_find(&seen, point, NULL), HPI_SEEN_NEVER);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

/* A tenth of a box of 200 x 200, cancelled and told in between: the table against an array. */
static void a_large_table_knows_them_all(void **state) {
    static uint8_t known[200][200];
    hpt_space     *space = hpt_space_create();
    (void)state;
    hpt_space_add_int(space, "a", 0, 199);
    hpt_space_add_int(space, "b", 0, 199);
    hpi_seen seen = opened(space);
    for (uint64_t number = 0; number < 20000; number++) {
        uint64_t  word = number * UINT64_C(0x9e3779b97f4a7c15) >> 32;
        hpt_coord point[2] = { { .integer = (int64_t)(word % 200) },
                               { .integer = (int64_t)(word / 200 % 200) } };
        uint8_t  *at = &known[point[0].integer][point[1].integer];
        bool      was = *at;
        assert_int_equal(hpi_seen_find(&seen, point, NULL) != HPI_SEEN_NEVER, was);
        if (number % 3 == 0) {
            tell(&seen, point, HPT_TRIAL_CANCELLED, NAN); /* of those told already: nothing */
        } else {
            tell(&seen, point, HPT_TRIAL_COMPLETE, 1);
            *at = 1;
        }
    }
    size_t count = 0;
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < 200; j++)
            count += known[i][j];
    assert_true(seen.count == count);
    assert_true(seen.room * 24 <= 64 * count);
    hpi_seen_fini(&seen);
    hpt_space_destroy(space);
}

/* 300 points, so that the table grows, and the list of all points is opened. */
static bool exhaust_all(const hpt_space *space) {
    hpt_strategy_setup setup = strategy_setup(space, 1);
    hpi_seen           seen;
    hpt_coord          point[WIDTH_MAX] = { { 0 } };
    hpt_status         status = hpi_seen_init(&seen, &setup, false, NULL);
    for (uint64_t number = 0; number < 600 && status == HPT_OK; number++)
        status = hpi_seen_take(&seen, number, point, NULL);
    hpi_seen_fini(&seen);
    return status == HPT_EDONE;
}

static bool try_all(void *user) {
    hpt_space *space = hpt_space_create();
    (void)user;
    hpt_space_add_int(space, "a", 0, 19);
    hpt_space_add_int(space, "b", 0, 14);
    bool is_good = hpt_space_check(space, NULL) == HPT_OK && exhaust_all(space);
    hpt_space_destroy(space);
    return is_good;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    assert_true(failing_everywhere(try_all, NULL) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_of_a_space_comes_once_and_then_the_end),
        cmocka_unit_test(only_valid_points_count),
        cmocka_unit_test(points_that_mean_the_same_are_the_same),
        cmocka_unit_test(a_list_of_points_near_the_end_of_a_large_space_goes_on),
        cmocka_unit_test(ranges_without_step_never_come_again),
        cmocka_unit_test(ranges_that_rest_do_not_matter),
        cmocka_unit_test(what_is_known_is_what_was_told),
        cmocka_unit_test(a_cancelled_trial_may_come_again),
        cmocka_unit_test(points_to_try_first_are_not_proposed),
        cmocka_unit_test(a_large_table_knows_them_all),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
