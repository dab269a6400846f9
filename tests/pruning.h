/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_PRUNING_H
#define HPT_TESTS_PRUNING_H

/* A pruner by itself, without a run. */

#include "fixture.h"

#include <math.h>
#include <string.h>

#include "hpt/hpt.h"
#include "pruner/pruner.h"

static inline hpt_pruner_setup pruning_setup(uint32_t goal_count, uint32_t window) {
    return (hpt_pruner_setup){ .struct_size = sizeof(hpt_pruner_setup),
                               .seed = 1,
                               .in_flight_max = window ? window : 1,
                               .goal_count = goal_count,
                               .window = window };
}

/* It must open, but "none" is nobody. The space is made for it and dropped: no pruner looks at it
 * later than in init. */
static inline hpt_status pruning_open(hpi_pruner *pruner, const char *text,
                                      const hpt_pruner_setup *setup, hpt_err *err) {
    hpt_pruner_setup whole = *setup;
    hpt_space       *space = hpt_space_create();
    if (!space) return HPT_ENOMEM;
    hpt_space_add_real(space, "x", 0, 1);
    whole.space = space;
    hpt_status status = hpi_pruner_open(pruner, text, NULL, &whole, err);
    hpt_space_destroy(space);
    return status;
}

static inline hpi_pruner pruning_opened(const char *text, const hpt_pruner_setup *setup) {
    hpi_pruner pruner = { 0 };
    hpt_err    err = { 0 };
    if (pruning_open(&pruner, text, setup, &err) != HPT_OK) fail_msg("%s: %s", text, err.text);
    return pruner;
}

static inline bool pruning_report(const hpi_pruner *pruner, uint64_t number, int64_t step,
                                  const double *losses, uint32_t goal_count, uint64_t known_below) {
    hpt_pruner_report report = { .struct_size = sizeof report,
                                 .number = number,
                                 .step = step,
                                 .goal_count = goal_count,
                                 .losses = losses,
                                 .known_below = known_below };
    return pruner->class && pruner->class->report(pruner->state, &report);
}

static inline void pruning_end(const hpi_pruner *pruner, uint64_t number, hpt_trial_state state,
                               double loss) {
    bool        completed = state == HPT_TRIAL_COMPLETE;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = state,
                            .number = number,
                            .value = completed ? loss : (double)NAN,
                            .loss = completed ? loss : (double)NAN,
                            .goal_count = 1,
                            .losses = completed ? &outcome.loss : NULL,
                            .bound = NAN };
    if (pruner->class && pruner->class->end) pruner->class->end(pruner->state, &outcome);
}

#endif
