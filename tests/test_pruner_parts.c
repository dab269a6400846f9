/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what pruners are made of does what it says: the map, curves, rungs, and the order of
 *         trials by several goals.
 * Method: each against the plainest way to the same, on numbers from a generator. */
#include "pruning.h"

#include <stdlib.h>

#include "pruner/ahead.h"
#include "pruner/curve.h"
#include "pruner/map.h"
#include "pruner/rung.h"

static uint64_t drawn = 1;

static uint64_t draw(uint64_t below) {
    drawn = drawn * 6364136223846793005U + 1442695040888963407U;
    return (drawn >> 33) % below;
}

/* ---- the map ---- */

/* Keys near each other and far apart, so that slots collide. */
static uint64_t key_of(size_t i) {
    return i % 2 ? i : i * UINT64_C(0x100000000) + 7919;
}

static void a_map_has_what_was_put_and_not_removed(void **state) {
    (void)state;
    enum { KEYS = 300 };
    uint64_t values[KEYS] = { 0 };
    hpi_map  map;
    hpi_map_init(&map, sizeof(uint64_t), NULL);
    for (uint64_t round = 1; round < 20000; round++) {
        size_t i = draw(KEYS);
        if (draw(2) == 0) {
            hpi_map_remove(&map, key_of(i));
            values[i] = 0;
        } else {
            uint64_t *record = hpi_map_make(&map, key_of(i));
            assert_int_equal(*record, values[i]);
            *record = values[i] = round;
        }
        size_t          probe = draw(KEYS);
        const uint64_t *found = hpi_map_find(&map, key_of(probe));
        assert_true(!found == (values[probe] == 0));
        if (found) assert_int_equal(*found, values[probe]);
    }
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++)
        count += values[i] != 0;
    assert_int_equal(map.count, count);
    hpi_map_fini(&map);
}

/* ---- curves ---- */

static void a_curve_has_the_last_losses_of_each_step_in_order(void **state) {
    (void)state;
    enum { STEPS = 50 };
    double    last[STEPS][2];
    bool      is_there[STEPS] = { false };
    size_t    count = 0;
    hpi_curve curve = { 0 };
    for (int i = 0; i < 400; i++) {
        size_t step = draw(STEPS);
        last[step][0] = i;
        last[step][1] = -i;
        count += !is_there[step];
        is_there[step] = true;
        assert_true(hpi_curve_put(&curve, 2, (int64_t)step - 20, last[step]));
    }
    assert_int_equal(curve.count, count);
    for (size_t step = 0, at = 0; step < STEPS; step++) {
        if (!is_there[step]) continue;
        assert_int_equal(curve.steps[at], (int64_t)step - 20);
        assert_memory_equal(curve.losses + 2 * at, last[step], sizeof last[step]);
        at++;
    }
    hpi_curve_fini(&curve);
}

static void a_curve_ends_somewhere(void **state) {
    (void)state;
    hpi_curve curve = { 0 };
    double    loss = 1;
    for (int64_t step = 0; step < HPI_CURVE_MAX; step++)
        assert_true(hpi_curve_put(&curve, 1, step, &loss));
    assert_false(hpi_curve_put(&curve, 1, HPI_CURVE_MAX, &loss));
    assert_true(hpi_curve_put(&curve, 1, 5, &loss)); /* a step that is there */
    hpi_curve_fini(&curve);
}

static void a_curve_that_is_full_has_the_lowest_steps_whatever_their_order(void **state) {
    (void)state;
    enum { MANY = 3 * HPI_CURVE_MAX };
    hpi_curve curve = { 0 };
    for (uint64_t i = 0; i < MANY; i++) {
        int64_t step = (int64_t)(i * 7919 % MANY); /* each once: they have no common divisor */
        double  loss = (double)step;
        hpi_curve_put(&curve, 1, step, &loss);
    }
    assert_int_equal(curve.count, HPI_CURVE_MAX);
    for (int64_t step = 0; step < HPI_CURVE_MAX; step++) {
        assert_int_equal(curve.steps[step], step);
        assert_true(curve.losses[step] == (double)step);
    }
    hpi_curve_fini(&curve);
}

static void what_is_dropped_from_a_curve_leaves_the_others_in_order(void **state) {
    (void)state;
    hpi_curve curve = { 0 };
    for (int64_t step = 0; step < 5; step++)
        assert_true(hpi_curve_put(&curve, 2, step, (double[]){ (double)step, -(double)step }));
    hpi_curve_drop(&curve, 2, 4);
    hpi_curve_drop(&curve, 2, 1);
    assert_int_equal(curve.count, 3);
    static const int64_t left[] = { 0, 2, 3 };
    for (size_t i = 0; i < curve.count; i++) {
        assert_int_equal(curve.steps[i], left[i]);
        assert_true(curve.losses[2 * i] == (double)left[i]);
        assert_true(curve.losses[2 * i + 1] == -(double)left[i]);
    }
    hpi_curve_fini(&curve);
}

/* ---- rungs ---- */

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorted, interpolated. */
static bool is_above_plainly(const double *losses, size_t count, double loss, double percentile) {
    double sorted[64], index = (double)(count - 1) * percentile / 100;
    size_t low = (size_t)index, high = low + 1 < count ? low + 1 : low;
    double share = index - (double)low;
    memcpy(sorted, losses, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    double gap = sorted[high] - sorted[low];
    return loss > (share < 0.5 ? sorted[low] + gap * share : sorted[high] - gap * (1 - share));
}

static void a_percentile_is_that_of_the_sorted_losses(void **state) {
    (void)state;
    static const double percentiles[] = { 0, 10, 25, 33.3, 50, 62.5, 90, 99, 100 };
    const hpi_rung_kind kind = { .goal_count = 1 };
    for (size_t count = 1; count < 40; count++) {
        hpi_rung rung = { 0 };
        double   losses[64];
        for (size_t i = 0; i < count; i++) {
            losses[i] = (double)draw(12) / 3;
            assert_true(hpi_rung_add(&rung, &kind, i, &losses[i], false));
        }
        hpi_rung_view view = hpi_rung_see(&rung, &kind, UINT64_MAX);
        for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
            for (int loss = -1; loss < 30; loss++)
                assert_int_equal(hpi_rung_is_above(&view, loss / 6.0, percentiles[i]),
                                 is_above_plainly(losses, count, loss / 6.0, percentiles[i]));
        hpi_rung_fini(&rung);
    }
}

static void infinite_losses_have_their_place(void **state) {
    (void)state;
    const hpi_rung_kind kind = { .goal_count = 1 };
    const double        losses[] = { -INFINITY, 1, INFINITY, INFINITY };
    hpi_rung            rung = { 0 };
    for (size_t i = 0; i < 4; i++)
        hpi_rung_add(&rung, &kind, i, &losses[i], false);
    hpi_rung_view view = hpi_rung_see(&rung, &kind, UINT64_MAX);
    assert_true(hpi_rung_is_above(&view, 2, 100.0 / 3)); /* 1 is that percentile */
    assert_false(hpi_rung_is_above(&view, 1, 100.0 / 3));
    assert_false(hpi_rung_is_above(&view, 2, 50)); /* between 1 and infinity */
    assert_false(hpi_rung_is_above(&view, 0, 10)); /* between minus infinity and 1: nobody knows */
    assert_false(hpi_rung_is_above(&view, INFINITY, 100));
    assert_int_equal(hpi_rung_ahead(&view, &losses[3]), 2);
    hpi_rung_fini(&rung);
}

/* Of many more than are kept: a trial sees the last ones that it may. */
static void a_view_has_the_last_trials_below_a_number(void **state) {
    (void)state;
    enum { WINDOW = 100, ALL = 5 * HPI_RUNG_KEPT };
    const hpi_rung_kind kind = { .goal_count = 1, .window = WINDOW };
    hpi_rung            rung = { 0 };
    for (uint64_t number = 0; number < ALL; number++) {
        double loss = (double)number;
        assert_true(hpi_rung_add(&rung, &kind, number, &loss, false));
        uint64_t      known = number > WINDOW ? number - draw(WINDOW) : draw(number + 2);
        hpi_rung_view view = hpi_rung_see(&rung, &kind, known);
        assert_int_equal(view.count, known < HPI_RUNG_KEPT ? known : HPI_RUNG_KEPT);
        if (known > 0) assert_true(view.losses[view.count - 1] == (double)known - 1);
    }
    assert_true(rung.room <= 4 * (HPI_RUNG_KEPT + WINDOW));
    hpi_rung_fini(&rung);
}

/* ---- several goals ---- */

enum { ROWS_MAX = 41, GOALS = 3 };

static bool dominates(const double *a, const double *b, uint32_t goals) {
    bool is_better = false;
    for (uint32_t i = 0; i < goals; i++) {
        if (a[i] > b[i]) return false;
        is_better = is_better || a[i] < b[i];
    }
    return is_better;
}

/* Front after front is taken away. */
static void peel(const double *rows, size_t count, uint32_t goals, int *fronts_out) {
    size_t left = count;
    for (size_t i = 0; i < count; i++)
        fronts_out[i] = -1;
    for (int front = 0; left > 0; front++) {
        bool is_in[ROWS_MAX] = { false };
        for (size_t i = 0; i < count; i++) {
            is_in[i] = fronts_out[i] < 0;
            for (size_t j = 0; j < count && is_in[i]; j++)
                is_in[i] =
                    fronts_out[j] >= 0 || !dominates(rows + j * goals, rows + i * goals, goals);
        }
        for (size_t i = 0; i < count; i++)
            if (is_in[i]) {
                fronts_out[i] = front;
                left--;
            }
    }
}

/* Losses that all differ, so that nobody's neighbours are a matter of taste. */
static double distance_of(const double *rows, size_t count, uint32_t goals, const int *fronts,
                          size_t which) {
    double distance = 0;
    for (uint32_t goal = 0; goal < goals; goal++) {
        double own = rows[which * goals + goal], below = -INFINITY, above = INFINITY;
        double low = own, high = own;
        for (size_t i = 0; i < count; i++) {
            double other = rows[i * goals + goal];
            if (i == which || fronts[i] != fronts[which]) continue;
            if (other < own && other > below) below = other;
            if (other > own && other < above) above = other;
            low = fmin(low, other);
            high = fmax(high, other);
        }
        if (low < high) distance += (above - below) / (high - low);
    }
    return distance;
}

static void an_earlier_front_is_ahead_and_then_who_has_more_room(void **state) {
    (void)state;
    for (size_t round = 0; round < fixture_scaled(400); round++) {
        double   rows[ROWS_MAX * GOALS];
        int      fronts[ROWS_MAX];
        size_t   count = 1 + draw(ROWS_MAX), ahead = 0, own = count - 1;
        uint32_t goals = 2 + (uint32_t)draw(GOALS - 1);
        for (size_t i = 0; i < count * goals; i++)
            rows[i] = (double)(draw(1000) * 1000 + i);
        peel(rows, count, goals, fronts);
        double distance = distance_of(rows, count, goals, fronts, own);
        for (size_t i = 0; i < own; i++)
            ahead +=
                fronts[i] < fronts[own] ||
                (fronts[i] == fronts[own] && distance_of(rows, count, goals, fronts, i) > distance);
        assert_int_equal(hpi_ahead(rows, own, goals, rows + own * goals), ahead);
    }
}

/* In a line from (0, 9) to (9, 0) nobody dominates anybody: all the same, of ten some are ahead. */
static void of_a_front_only_a_share_is_ahead_of_everybody(void **state) {
    (void)state;
    enum { LINE = 10 };
    double rows[LINE * 2];
    size_t sum = 0;
    for (int i = 0; i < LINE; i++) {
        rows[2 * i] = i * i;
        rows[2 * i + 1] = LINE * LINE - i * i;
    }
    for (int i = 0; i < LINE; i++) {
        double others[LINE * 2];
        memcpy(others, rows, sizeof rows);
        memmove(others + (size_t)2 * i, rows + (size_t)2 * i + 2,
                (size_t)2 * (LINE - 1 - i) * sizeof *rows);
        sum += hpi_ahead(others, LINE - 1, 2, rows + (size_t)2 * i);
    }
    assert_in_range(sum, 28, 45); /* 0 + 0 + 2 + 3 + ... + 9, but for ties */
}

static void equal_and_infinite_losses_are_no_trouble(void **state) {
    (void)state;
    double rows[HPI_AHEAD_MAX * 2], own[2] = { 1, 1 };
    for (size_t i = 0; i < (size_t)HPI_AHEAD_MAX * 2; i++)
        rows[i] = 1;
    assert_int_equal(hpi_ahead(rows, HPI_AHEAD_MAX, 2, own), 0);
    own[0] = INFINITY;
    assert_int_equal(hpi_ahead(rows, HPI_AHEAD_MAX, 2, own), HPI_AHEAD_MAX);
    for (size_t i = 0; i < HPI_AHEAD_MAX; i++) {
        rows[2 * i] = i % 2 ? INFINITY : -INFINITY;
        rows[2 * i + 1] = i % 3 ? INFINITY : -INFINITY;
    }
    own[0] = own[1] = 0;
    assert_in_range(hpi_ahead(rows, HPI_AHEAD_MAX, 2, own), HPI_AHEAD_MAX / 6, HPI_AHEAD_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_has_what_was_put_and_not_removed),
        cmocka_unit_test(a_curve_has_the_last_losses_of_each_step_in_order),
        cmocka_unit_test(a_curve_ends_somewhere),
        cmocka_unit_test(a_curve_that_is_full_has_the_lowest_steps_whatever_their_order),
        cmocka_unit_test(what_is_dropped_from_a_curve_leaves_the_others_in_order),
        cmocka_unit_test(a_percentile_is_that_of_the_sorted_losses),
        cmocka_unit_test(infinite_losses_have_their_place),
        cmocka_unit_test(a_view_has_the_last_trials_below_a_number),
        cmocka_unit_test(an_earlier_front_is_ahead_and_then_who_has_more_room),
        cmocka_unit_test(of_a_front_only_a_share_is_ahead_of_everybody),
        cmocka_unit_test(equal_and_infinite_losses_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
