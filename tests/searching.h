/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_SEARCHING_H
#define HPT_TESTS_SEARCHING_H

/* What the tests of strategies that learn share: a search in a plain loop, with results that come
 * late, and the best loss it finds. */

#include "strategies.h"

#include <math.h>

enum { SEARCH_FLIGHT_MAX = 64, SEARCH_WIDTH_MAX = 1024 };

/* INFINITY: the trial failed. */
typedef double search_loss(const hpt_coord *point, size_t width);

typedef struct search {
    const hpt_space *space;
    const char      *text;
    uint64_t         seed, count;
    uint64_t         budget; /* what the strategy is told; 0 = nothing       */
    unsigned         flight; /* trials in flight, told in a random order; 0: one */
    search_loss     *loss;
} search;

static inline void search_tell(const hpi_strategy *strategy, uint64_t number,
                               const hpt_coord *point, double loss) {
    bool        is_good = loss < (double)INFINITY;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = is_good ? HPT_TRIAL_COMPLETE : HPT_TRIAL_FAILED,
                            .number = number,
                            .point = point,
                            .value = is_good ? loss : (double)NAN,
                            .loss = is_good ? loss : (double)NAN,
                            .bound = (double)NAN,
                            .is_failure = !is_good };
    strategy->class->tell(strategy->state, &outcome);
}

/* The best loss of a search; every point must lie in the space. */
static inline double search_best(search it) {
    static hpt_coord   points[SEARCH_FLIGHT_MAX][SEARCH_WIDTH_MAX];
    uint64_t           numbers[SEARCH_FLIGHT_MAX];
    hpt_strategy_setup setup = strategy_setup(it.space, it.seed);
    hpi_strategy       strategy;
    hpt_err            err = { 0 };
    size_t             width = hpt_space_count(it.space);
    unsigned           flight = it.flight ? it.flight : 1, in_flight = 0;
    double             best = (double)INFINITY;
    setup.in_flight_max = flight;
    setup.trial_count_max = it.budget;
    if (hpi_strategy_open(&strategy, it.text, NULL, &setup, &err) != HPT_OK)
        fail_msg("%s: %s", it.text, err.text);
    for (uint64_t number = 0; number < it.count; number++) {
        uint64_t word;
        hpt_random(it.seed, number, 99, &word, 1);
        unsigned slot = in_flight < flight ? in_flight++ : (unsigned)(word % flight);
        if (number >= flight) {
            double loss = it.loss(points[slot], width);
            search_tell(&strategy, numbers[slot], points[slot], loss);
            best = fmin(best, loss);
        }
        numbers[slot] = number;
        hpt_status status = strategy.class->ask(strategy.state, number, points[slot], &err);
        if (status == HPT_EDONE) break; /* a small space */
        if (status != HPT_OK)
            fail_msg("%s: ask %llu: %s", it.text, (unsigned long long)number, err.text);
        assert_true(point_is_in_space(it.space, points[slot]));
    }
    for (unsigned slot = 0; slot < in_flight; slot++)
        best = fmin(best, it.loss(points[slot], width));
    hpi_strategy_close(&strategy);
    return best;
}

/* `width` reals from -5 to 5. */
static inline hpt_space *search_cube(size_t width) {
    return strategy_cube(width, -5, 5);
}

/* A real, an integer, a list without order and one with. */
static inline hpt_space *search_mixed(void) {
    const char *const choices[] = { "a", "b", "c", "d" };
    hpt_value         sizes[4];
    hpt_space        *space = hpt_space_create();
    for (int64_t i = 0; i < 4; i++)
        sizes[i] = hpt_int(10 * i);
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_int(space, "n", -20, 20);
    hpt_space_add_choice(space, "kind", choices, 4);
    hpt_space_add_ordinal(space, "size", sizes, 4);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

/* ---- Objectives; the minimum of each is 0 ---- */

/* Of the mixed space. */
static inline double loss_mixed(const hpt_coord *point, size_t width) {
    double x = point[0].real - 1.25, n = (double)point[1].integer - 7;
    (void)width;
    return x * x + n * n + (point[2].integer != 2) + (double)(3 - point[3].integer);
}

static inline double loss_sphere(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += (point[j].real - 1.25) * (point[j].real - 1.25);
    return sum;
}

/* Neighbours turned by 45 degrees, axes from 1 to 1000: condition number 10^6. */
static inline double loss_ellipsoid(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++) {
        double a = point[j].real - 1.25, b = point[(j + 1) % width].real - 1.25;
        double axis = pow(1000, (double)j / (double)(width - 1)) * (a + (j % 2 ? b : -b));
        sum += axis * axis;
    }
    return sum + loss_sphere(point, width);
}

static inline double loss_rosenbrock(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j + 1 < width; j++) {
        double x = point[j].real, y = point[j + 1].real;
        sum += 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
    }
    return sum;
}

static inline double loss_rastrigin(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++) {
        double x = point[j].real - 1.25;
        sum += 10 - 10 * cos(6.283185307179586 * x) + x * x;
    }
    return sum;
}

/* The least at the lower bound of each. */
static inline double loss_slope(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += (point[j].real + 5) * (double)(j + 1);
    return sum;
}

/* Integers: 37 and 22 in turn. */
static inline double loss_integers(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++) {
        double x = (double)(point[j].integer - (j % 2 ? 22 : 37));
        sum += x * x;
    }
    return sum;
}

/* Lists: how many are not choice 3. */
static inline double loss_wrong(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += point[j].integer != 3;
    return sum;
}

/* A sphere of which only the smaller half counts. */
static inline double loss_half(const hpt_coord *point, size_t width) {
    return point[0].real > 0 ? (double)INFINITY : loss_sphere(point, width);
}

static inline double loss_none(const hpt_coord *point, size_t width) {
    (void)point, (void)width;
    return (double)INFINITY;
}

static inline double loss_flat(const hpt_coord *point, size_t width) {
    (void)width;
    return point[0].real > 0 ? 0.0 : -0.0;
}

static inline double loss_huge(const hpt_coord *point, size_t width) {
    return 1e300 * (loss_sphere(point, width) - 30);
}

#endif
