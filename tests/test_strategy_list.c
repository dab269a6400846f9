/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a list gives the user's points, each once, in order or shuffled.
 * Method: small lists, with equal points among them, in full. */
#include "strategies.h"

enum { WIDTH = 2, POINTS = 20 };

static hpt_space *small_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 100);
    hpt_space_add_int(space, "n", 0, 100);
    return space;
}

static hpi_strategy opened(const hpt_space *space, const char *text, uint64_t seed,
                           const hpt_coord *points, size_t point_count) {
    hpt_strategy_setup setup = strategy_setup(space, seed);
    hpi_strategy       list;
    setup.points = points;
    setup.point_count = point_count;
    assert_int_equal(hpi_strategy_open(&list, text, NULL, &setup, NULL), HPT_OK);
    return list;
}

static void fill(hpt_coord points[POINTS * WIDTH]) {
    for (int64_t i = 0; i < POINTS; i++) {
        points[i * WIDTH].real = 0.5 * (double)i;
        points[i * WIDTH + 1].integer = i % 7; /* not all different */
    }
}

static void points_come_as_they_are_written(void **state) {
    (void)state;
    hpt_coord points[POINTS * WIDTH];
    fill(points);
    hpt_space   *space = small_space();
    hpi_strategy list = opened(space, "list", 1, points, POINTS);
    assert_int_equal(hpi_strategy_size(&list), POINTS);
    for (uint64_t i = 0; i < POINTS; i++) {
        hpt_coord point[WIDTH];
        strategy_point(&list, i, point);
        assert_true(points_equal(space, point, points + i * WIDTH));
    }
    hpi_strategy_close(&list);
    hpt_space_destroy(space);
}

static void shuffled_points_come_once_each_in_an_order_of_the_seed(void **state) {
    (void)state;
    hpt_coord points[POINTS * WIDTH];
    uint64_t  order[2][POINTS];
    fill(points);
    hpt_space *space = small_space();
    for (uint64_t seed = 0; seed < 2; seed++) {
        bool         seen[POINTS] = { false };
        hpi_strategy list = opened(space, "list:shuffle=yes", seed, points, POINTS);
        assert_int_equal(hpi_strategy_size(&list), POINTS);
        for (uint64_t i = 0; i < POINTS; i++) {
            hpt_coord point[WIDTH];
            strategy_point(&list, i, point);
            order[seed][i] = (uint64_t)(point[0].real * 2);
            assert_false(seen[order[seed][i]]);
            assert_true(points_equal(space, point, points + order[seed][i] * WIDTH));
            seen[order[seed][i]] = true;
        }
        hpi_strategy_close(&list);
    }
    assert_memory_not_equal(order[0], order[1], sizeof order[0]);
    hpt_space_destroy(space);
}

static void a_single_point_is_a_list(void **state) {
    (void)state;
    hpt_coord    points[WIDTH] = { { .real = 1 }, { .integer = 2 } }, point[WIDTH];
    hpt_space   *space = small_space();
    hpi_strategy list = opened(space, "list:shuffle=yes", 1, points, 1);
    assert_int_equal(hpi_strategy_size(&list), 1);
    strategy_point(&list, 0, point);
    assert_true(points_equal(space, point, points));
    hpi_strategy_close(&list);
    hpt_space_destroy(space);
}

static void no_points_are_refused(void **state) {
    (void)state;
    hpt_space *space = small_space();
    strategy_refused(space, "list", HPT_EINVAL, "list: there are no points; give some in points");
    strategy_refused(space, "list:shufle=no", HPT_EINVAL,
                     "strategy \"list\" has no option \"shufle\"; closest match: \"shuffle\"");
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_come_as_they_are_written),
        cmocka_unit_test(shuffled_points_come_once_each_in_an_order_of_the_seed),
        cmocka_unit_test(a_single_point_is_a_list),
        cmocka_unit_test(no_points_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
