/* SPDX-License-Identifier: BSD-3-Clause */
/* Asynchronous successive halving: see halving.h. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "pruner/halving.h"

typedef struct asha_state {
    /* Options. */
    int64_t min_resource; /* 0: from the first trial that completes */
    int64_t max_resource; /* 0: nobody knows                        */
    int64_t rate;

    hpi_halving how;
    hpi_bracket bracket;
    bool        has_bracket;
    uint64_t    bracket_from; /* min_resource 0: the trial that it was made from */
    hpi_map     trials;       /* in flight: hpi_climber */
} asha_state;

/* The published default: a hundredth of the longest. */
enum { AUTO_SHARE = 100 };

/* clang-format off */
static const hpt_option options[] = {
    { "min_resource", HPT_OPTION_INT, offsetof(asha_state, min_resource), 0, 1, 0x1p53, NULL,
      "the step of the first rung; not given: a hundredth of the last step of the first trial that completes" },
    { "max_resource", HPT_OPTION_INT, offsetof(asha_state, max_resource), 0, 1, 0x1p53, NULL,
      "the last step of a trial, where nobody is stopped; not given: there is a rung there as anywhere" },
    { "factor", HPT_OPTION_INT, offsetof(asha_state, how.factor), 4, 2, 1e6, NULL,
      "one in so many trials goes on from each rung to the next, which is so many times as far" },
    { "rate", HPT_OPTION_INT, offsetof(asha_state, rate), 0, 0, 62, NULL,
      "the first rung is factor^rate times as far" },
    { "bootstrap", HPT_OPTION_INT, offsetof(asha_state, how.bootstrap), 0, 0, HPI_RUNG_KEPT_GOALS, NULL,
      "the first so many trials at a rung are stopped there; needs min_resource" },
    { "balance", HPT_OPTION_BOOL, offsetof(asha_state, how.balance), 0, 0, 0, NULL,
      "yes: the more have gone on than one in `factor`, the fewer of the next do" },
    { .name = NULL },
};
/* clang-format on */

static void make_bracket(asha_state *state, int64_t min_resource) {
    int64_t end = state->max_resource > 0 ? state->max_resource : INT64_MAX;
    hpi_bracket_init(&state->bracket, min_resource, state->how.factor, state->rate, end);
    state->has_bracket = true;
}

static hpt_status check(const asha_state *state, hpt_err *err) {
    if (state->how.bootstrap > 0 && state->min_resource == 0)
        return hpi_fail(err, HPT_EINVAL,
                        "pruner \"asha\": bootstrap is %d, which needs min_resource: trials that "
                        "are stopped do not say how long one takes",
                        (int)state->how.bootstrap);
    if (state->max_resource == 0 || state->max_resource >= state->min_resource) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    "pruner \"asha\": max_resource is %lld, below min_resource, %lld",
                    (long long)state->max_resource, (long long)state->min_resource);
}

static hpt_status asha_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    asha_state *state = state_;
    hpt_status  status = check(state, err);
    if (status != HPT_OK) return status;
    state->how.kind = (hpi_rung_kind){ .goal_count = setup->goal_count, .window = setup->window };
    hpi_map_init(&state->trials, sizeof(hpi_climber), hpi_climber_fini);
    if (state->min_resource > 0) make_bracket(state, state->min_resource);
    return HPT_OK;
}

static void asha_fini(void *state_) {
    asha_state *state = state_;
    hpi_map_fini(&state->trials);
    hpi_bracket_fini(&state->bracket);
}

static bool knows_bracket(const asha_state *state, uint64_t known_below) {
    return state->has_bracket && (state->min_resource > 0 || state->bracket_from < known_below);
}

static bool asha_report(void *state_, const hpt_pruner_report *report) {
    asha_state  *state = state_;
    hpi_climber *climber = hpi_map_make(&state->trials, report->number);
    if (!climber) return false; /* nobody is stopped because memory is out */
    hpi_climber_note(climber, report->step);
    return knows_bracket(state, report->known_below) &&
           hpi_bracket_judge(&state->how, &state->bracket, climber, report);
}

static void asha_end(void *state_, const hpt_outcome *outcome) {
    asha_state        *state = state_;
    const hpi_climber *climber = hpi_map_find(&state->trials, outcome->number);
    if (!climber) return;
    hpi_bracket_end(&state->how, &state->bracket, climber, outcome->number);
    if (!state->has_bracket && outcome->state == HPT_TRIAL_COMPLETE) {
        int64_t share = climber->last_step / AUTO_SHARE;
        state->bracket_from = outcome->number;
        make_bracket(state, share > 1 ? share : 1);
    }
    hpi_map_remove(&state->trials, outcome->number);
}

const hpt_pruner_class hpi_pruner_asha = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "asha",
    .summary = "asynchronous successive halving: one in `factor` goes on from rung to rung",
    .state_size = sizeof(asha_state),
    .options = options,
    .init = asha_init,
    .report = asha_report,
    .end = asha_end,
    .fini = asha_fini,
    .goals_max = HPI_RUNG_GOALS_MAX,
};
