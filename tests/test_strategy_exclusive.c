/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what each point alone dominates is what the definition says, the good trials of tpe are
 *         those that are missed most, and nsga3's directions are those of the paper.
 * Method: points on a lattice, of whose cells each is looked at; counts and tables by hand. */
#include "fixture.h"

#include <float.h>
#include <math.h>

#include "failing.h"
#include "hpt/extend.h"
#include "strategy/directions.h"
#include "strategy/tpe_front.h"

enum { CELLS = 6, POINTS = 12, GOALS_MAX = HPI_EXCLUSIVE_GOALS_MAX };

static bool covers(const double *row, const size_t *cell, size_t goals) {
    for (size_t goal = 0; goal < goals; goal++)
        if ((double)cell[goal] >= row[goal]) return false;
    return true;
}

/* Each cell counts for the one point that covers it, if it is one alone. */
static void count_cells(const double *gains, size_t goals, double *volumes_out) {
    size_t cells = 1;
    for (size_t i = 0; i < POINTS; i++)
        volumes_out[i] = 0;
    for (size_t goal = 0; goal < goals; goal++)
        cells *= CELLS;
    for (size_t index = 0; index < cells; index++) {
        size_t cell[GOALS_MAX], rest = index, covering = 0, last = 0;
        for (size_t goal = 0; goal < goals; goal++, rest /= CELLS)
            cell[goal] = rest % CELLS;
        for (size_t i = 0; i < POINTS; i++)
            if (covers(gains + i * goals, cell, goals)) covering++, last = i;
        if (covering == 1) volumes_out[last]++;
    }
}

static void volumes_are_those_of_the_definition(void **state) {
    (void)state;
    for (size_t goals = 1; goals <= GOALS_MAX; goals++)
        for (uint64_t turn = 0; turn < 40; turn++) {
            double        gains[POINTS * GOALS_MAX], found[POINTS], counted[POINTS];
            uint64_t      words[POINTS * GOALS_MAX];
            hpi_exclusive exclusive;
            assert_int_equal(hpi_exclusive_init(&exclusive, goals, POINTS, NULL), HPT_OK);
            hpt_random(3, turn, goals, words, POINTS * GOALS_MAX);
            for (size_t i = 0; i < POINTS * goals; i++)
                gains[i] = (double)(words[i] % (CELLS + 1));
            hpi_exclusive_find(&exclusive, gains, POINTS, found);
            count_cells(gains, goals, counted);
            for (size_t i = 0; i < POINTS; i++)
                assert_true(found[i] == counted[i]);
            hpi_exclusive_fini(&exclusive);
        }
}

static void add(hpi_tpe_front *front, uint32_t trial, double first, double second) {
    double losses[] = { first, second };
    hpi_tpe_front_add(front, trial, losses);
}

static void the_last_front_goes_first_and_of_it_who_adds_least(void **state) {
    (void)state;
    static const uint32_t expected[] = { 7, 5, 1, 0 };
    hpi_tpe_front         front;
    size_t                rank;
    assert_int_equal(hpi_tpe_front_init(&front, 2, 10, NULL), HPT_OK);
    add(&front, 0, 0, 10);
    add(&front, 1, 4, 5.9); /* adds little beside 2 */
    add(&front, 2, 4.1, 4);
    add(&front, 3, 6, 3);
    add(&front, 4, 10, 0);
    add(&front, 5, 9, 9); /* the second front */
    add(&front, 6, 2, 6);
    add(&front, 7, 9, 9.5); /* the third */
    for (size_t i = 0; i < 4; i++) {
        uint32_t dropped = hpi_tpe_front_drop(&front, &rank);
        if (dropped != expected[i]) fail_msg("%zu: trial %u", i, (unsigned)dropped);
        assert_int_equal(rank, i == 0 ? 2 : i == 1 ? 1 : 0);
    }
    hpi_tpe_front_fini(&front);
}

static void any_losses_and_any_number_of_goals_are_taken(void **state) {
    const double odd[] = { INFINITY, -INFINITY, NAN, -0.0, 0, 1e300, -1e300, DBL_MAX, -DBL_MAX, 1 };
    (void)state;
    for (size_t goals = 2; goals <= 8; goals++) {
        hpi_tpe_front front;
        assert_int_equal(hpi_tpe_front_init(&front, goals, 6, NULL), HPT_OK);
        for (uint32_t trial = 0; trial < 200; trial++) {
            double   losses[8];
            uint64_t words[8];
            size_t   rank;
            hpt_random(1, trial, goals, words, 8);
            for (size_t goal = 0; goal < goals; goal++)
                losses[goal] = odd[words[goal] % 10];
            hpi_tpe_front_add(&front, trial, losses);
            if (front.fronts.count == 7) assert_true(hpi_tpe_front_drop(&front, &rank) <= trial);
        }
        hpi_tpe_front_fini(&front);
    }
}

static bool attempt(void *user) {
    hpi_tpe_front front;
    hpt_status    status = hpi_tpe_front_init(&front, 3, 5, NULL);
    (void)user;
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    if (status == HPT_OK) hpi_tpe_front_fini(&front);
    return status == HPT_OK;
}

static bool attempt_directions(void *user) {
    hpi_directions directions;
    hpt_status     status = hpi_directions_init(&directions, 5, 2, NULL);
    (void)user;
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    if (status == HPT_OK) hpi_directions_fini(&directions);
    return status == HPT_OK;
}

static void memory_may_be_out(void **state) {
    (void)state;
    failing_everywhere(attempt, NULL);
    failing_everywhere(attempt_directions, NULL);
}

/* Deb and Jain 2014, table I. */
static void there_are_as_many_directions_as_in_the_paper(void **state) {
    (void)state;
    assert_int_equal(hpi_directions_count(3, 12), 91);
    assert_int_equal(hpi_directions_count(5, 6), 210);
    assert_int_equal(hpi_directions_count(8, 3), 156);
    assert_int_equal(hpi_directions_count(10, 3), 275);
    assert_int_equal(hpi_directions_count(15, 2), 135);
    assert_true(hpi_directions_count(64, 100) == SIZE_MAX);
}

static void directions_are_different_and_of_length_1(void **state) {
    (void)state;
    for (size_t goals = 1; goals <= 8; goals++)
        for (size_t divisions = 1; divisions <= 3; divisions++) {
            hpi_directions all;
            assert_int_equal(hpi_directions_init(&all, goals, divisions, NULL), HPT_OK);
            assert_int_equal(all.count, hpi_directions_count(goals, divisions));
            for (size_t i = 0; i < all.count; i++) {
                double along, off;
                assert_int_equal(hpi_directions_nearest(&all, all.units + i * goals, &along, &off),
                                 i);
                assert_true(fabs(along - 1) < 1e-12 && off < 1e-6);
            }
            hpi_directions_fini(&all);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes_are_those_of_the_definition),
        cmocka_unit_test(the_last_front_goes_first_and_of_it_who_adds_least),
        cmocka_unit_test(any_losses_and_any_number_of_goals_are_taken),
        cmocka_unit_test(memory_may_be_out),
        cmocka_unit_test(there_are_as_many_directions_as_in_the_paper),
        cmocka_unit_test(directions_are_different_and_of_length_1),
    };
    return cmocka_run_group_tests_name("strategy_exclusive", tests, NULL, NULL);
}
