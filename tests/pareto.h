/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_PARETO_H
#define HPT_TESTS_PARETO_H

/* What the tests of strategies for several goals share: a search in a plain loop, with results that
 * come late, and the hypervolume of all it found. */

#include "strategies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARETO_FLIGHT_MAX = 16, PARETO_WIDTH_MAX = 64, PARETO_GOALS_MAX = 8, PARETO_MAX = 4096 };

/* The losses of a point; returns by how much it breaks a constraint (0: not at all, NaN: it
 * failed).
 */
typedef double pareto_losses(const hpt_coord *point, size_t width, double *losses_out);

typedef struct pareto_search {
    const hpt_space *space;
    const char      *text;
    uint64_t         seed, count;
    uint32_t         goals;
    unsigned         flight; /* trials in flight, told in a random order; 0: one */
    pareto_losses   *losses;
} pareto_search;

typedef struct pareto_found {
    size_t count, invalid_count;
    double losses[PARETO_MAX][PARETO_GOALS_MAX];
} pareto_found;

static inline void pareto_tell(const hpi_strategy *strategy, uint64_t number,
                               const hpt_coord *point, uint32_t goals, const double *losses,
                               double broken) {
    bool        is_good = broken == 0;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = is_good         ? HPT_TRIAL_COMPLETE
                                     : isnan(broken) ? HPT_TRIAL_FAILED
                                                     : HPT_TRIAL_INFEASIBLE,
                            .number = number,
                            .point = point,
                            .value = is_good ? losses[0] : (double)NAN,
                            .loss = is_good ? losses[0] : (double)NAN,
                            .goal_count = goals,
                            .losses = is_good ? losses : NULL,
                            .violation = isnan(broken) ? 0 : broken,
                            .bound = (double)NAN,
                            .is_failure = isnan(broken) };
    strategy->class->tell(strategy->state, &outcome);
}

static inline hpi_strategy pareto_opened(const pareto_search *it) {
    hpt_strategy_setup setup = strategy_setup(it->space, it->seed);
    hpi_strategy       strategy;
    hpt_err            err = { 0 };
    setup.in_flight_max = it->flight ? it->flight : 1;
    setup.trial_count_max = it->count;
    setup.goal_count = it->goals;
    if (hpi_strategy_open(&strategy, it->text, NULL, &setup, &err) != HPT_OK)
        fail_msg("%s: %s", it->text, err.text);
    return strategy;
}

/* Evaluate, tell and remember. */
static inline void pareto_end(const hpi_strategy *strategy, const pareto_search *it,
                              uint64_t number, const hpt_coord *point, pareto_found *found_out) {
    double losses[PARETO_GOALS_MAX];
    double broken = it->losses(point, hpt_space_count(it->space), losses);
    if (strategy->class->tell) pareto_tell(strategy, number, point, it->goals, losses, broken);
    if (broken == 0 && found_out->count < PARETO_MAX)
        memcpy(found_out->losses[found_out->count++], losses, sizeof losses);
    found_out->invalid_count += !(broken == 0);
}

/* All that a search found; every point must lie in the space. */
static inline void pareto_run(pareto_search it, pareto_found *found_out) {
    static hpt_coord points[PARETO_FLIGHT_MAX][PARETO_WIDTH_MAX];
    uint64_t         numbers[PARETO_FLIGHT_MAX];
    hpi_strategy     strategy = pareto_opened(&it);
    unsigned         flight = it.flight ? it.flight : 1, in_flight = 0;
    found_out->count = found_out->invalid_count = 0;
    for (uint64_t number = 0; number < it.count; number++) {
        uint64_t word;
        hpt_random(it.seed, number, 99, &word, 1);
        unsigned slot = in_flight < flight ? in_flight++ : (unsigned)(word % flight);
        if (number >= flight) pareto_end(&strategy, &it, numbers[slot], points[slot], found_out);
        numbers[slot] = number;
        if (hpi_strategy_is_pure(&strategy))
            strategy_point(&strategy, number, points[slot]);
        else
            assert_int_equal(strategy.class->ask(strategy.state, number, points[slot], NULL),
                             HPT_OK);
        assert_true(point_is_in_space(it.space, points[slot]));
        assert_true(hpt_space_permits(it.space, points[slot]));
    }
    for (unsigned slot = 0; slot < in_flight; slot++)
        pareto_end(&strategy, &it, numbers[slot], points[slot], found_out);
    hpi_strategy_close(&strategy);
}

static inline int pareto_compare(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The area between what was found and a corner that is worse. Two goals. */
static inline double pareto_area(pareto_found *found, double first, double second) {
    double area = 0, least = second;
    qsort(found->losses, found->count, sizeof found->losses[0], pareto_compare);
    for (size_t i = 0; i < found->count; i++) {
        const double *losses = found->losses[i];
        if (losses[0] >= first || losses[1] >= least) continue;
        area += (first - losses[0]) * (least - losses[1]);
        least = losses[1];
    }
    return area;
}

/* ---- Objectives, for `width` reals from 0 to 1 ---- */

static inline hpt_space *pareto_cube(size_t width) {
    return strategy_cube(width, 0, 1);
}

/* Zitzler, Deb, Thiele, Evolutionary Computation 8(2), 2000: the sum that their functions share. */
static inline double zdt_sum(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 1; j < width; j++)
        sum += point[j].real;
    return 1 + 9 * sum / (double)(width - 1);
}

static inline double losses_zdt1(const hpt_coord *point, size_t width, double *losses_out) {
    double sum = zdt_sum(point, width);
    losses_out[0] = point[0].real;
    losses_out[1] = sum * (1 - sqrt(point[0].real / sum));
    return 0;
}

static inline double losses_zdt2(const hpt_coord *point, size_t width, double *losses_out) {
    double sum = zdt_sum(point, width), part = point[0].real / sum;
    losses_out[0] = point[0].real;
    losses_out[1] = sum * (1 - part * part);
    return 0;
}

/* The distances from as many corners as there are goals. */
static inline double losses_corners(const hpt_coord *point, size_t width, double *losses_out) {
    for (size_t goal = 0; goal < PARETO_GOALS_MAX; goal++) {
        losses_out[goal] = 0;
        for (size_t j = 0; j < width; j++) {
            double x = point[j].real - (j % PARETO_GOALS_MAX == goal ? 0.9 : 0.1);
            losses_out[goal] += x * x;
        }
    }
    return 0;
}

#endif
