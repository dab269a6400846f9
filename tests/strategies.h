/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_STRATEGIES_H
#define HPT_TESTS_STRATEGIES_H

/* What the tests of strategies share: open one on a space, and look at its points. */

#include "fixture.h"

#include "space/space.h"
#include "strategy/strategy.h"

#include <math.h>
#include <stdio.h>

static inline hpt_strategy_setup strategy_setup(const hpt_space *space, uint64_t seed) {
    return (hpt_strategy_setup){
        .struct_size = sizeof(hpt_strategy_setup), .space = space, .seed = seed, .in_flight_max = 4
    };
}

/* `width` reals from low to high. */
static inline hpt_space *strategy_cube(size_t width, double low, double high) {
    hpt_space *space = hpt_space_create();
    for (size_t j = 0; j < width; j++) {
        char name[24];
        snprintf(name, sizeof name, "x%zu", j);
        hpt_space_add_real(space, name, low, high);
    }
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

static inline hpi_strategy strategy_opened(const hpt_space *space, const char *text,
                                           uint64_t seed) {
    hpt_strategy_setup setup = strategy_setup(space, seed);
    hpi_strategy       strategy;
    hpt_err            err = { 0 };
    if (hpi_strategy_open(&strategy, text, NULL, &setup, &err) != HPT_OK)
        fail_msg("%s: %s", text, err.text);
    return strategy;
}

/* The strategy cannot be opened, with that status and sentence; and nothing is touched. */
static inline void strategy_refused(const hpt_space *space, const char *text, hpt_status status,
                                    const char *sentence) {
    static const hpi_strategy untouched;
    hpt_strategy_setup        setup = strategy_setup(space, 0);
    hpi_strategy              strategy = { 0 };
    hpt_err                   err = { 0 };
    assert_int_equal(hpi_strategy_open(&strategy, text, NULL, &setup, &err), status);
    assert_string_equal(err.text, sentence);
    assert_int_equal(err.code, status);
    assert_memory_equal(&strategy, &untouched, sizeof strategy);
    assert_int_equal(hpi_strategy_open(&strategy, text, NULL, &setup, NULL), status);
}

static inline void strategy_point(const hpi_strategy *strategy, uint64_t number,
                                  hpt_coord *point_out) {
    strategy->class->point(strategy->state, number, point_out);
}

static inline void strategy_ask(const hpi_strategy *strategy, uint64_t number,
                                hpt_coord *point_out) {
    hpt_err    err = { 0 };
    hpt_status status = strategy->class->ask(strategy->state, number, point_out, &err);
    if (status != HPT_OK)
        fail_msg("%s: ask %llu: %s", strategy->class->name, (unsigned long long)number, err.text);
}

static inline hpt_outcome strategy_outcome(uint64_t number, const hpt_coord *point,
                                           hpt_trial_state state, double loss) {
    return (hpt_outcome){ .struct_size = sizeof(hpt_outcome),
                          .state = state,
                          .number = number,
                          .point = point,
                          .value = loss,
                          .loss = loss,
                          .bound = (double)NAN };
}

static inline void strategy_tell(const hpi_strategy *strategy, hpt_outcome outcome) {
    strategy->class->tell(strategy->state, &outcome);
}

static inline bool point_is_in_space(const hpt_space *space, const hpt_coord *point) {
    hpt_param param;
    return hpi_space_contains_points(space, point, 1, &param) == 1;
}

static inline bool points_equal(const hpt_space *space, const hpt_coord *a, const hpt_coord *b) {
    for (size_t j = 0; j < hpt_space_count(space); j++)
        if (!hpi_coord_equal(space, (hpt_param)j, a[j], b[j])) return false;
    return true;
}

#endif
