/* SPDX-License-Identifier: BSD-3-Clause */
/* Hyperband (Li and others, JMLR 18, 2018), in the asynchronous form that Optuna gives it: several
 * ladders of successive halving side by side, which differ in how early they begin to stop trials.
 *
 * Which bracket a trial falls into is a function of its number: as published, first all those of
 * the bracket that stops trials earliest, at last those that nobody stops, and so on from the
 * beginning. So a search learns from many cheap trials before dear ones are begun. Dealt out evenly
 * instead, as Optuna deals them out at random, brackets begin with next to nothing to compare with,
 * and let the first trials of each run to the end: docs/pruning.md has what was measured. */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "pruner/halving.h"

enum {
    BRACKETS_MAX = 31,
    SPAN_MAX = 1 << 30, /* max_resource / min_resource as far as brackets go: beyond it a bracket's
                           share is all there is */
};

typedef struct hyperband_state {
    /* Options. */
    int64_t min_resource;
    int64_t max_resource; /* 0: from the first trial that completes */

    hpi_halving how;
    hpi_map     trials; /* in flight: hpi_climber */

    /* Written once; then `is_ready`, by which other threads know. */
    uint32_t    bracket_count;
    uint64_t    shares[BRACKETS_MAX]; /* with those of the brackets before */
    uint64_t    ready_from;           /* max_resource 0: the trial that told it */
    atomic_bool is_ready;
    hpi_bracket brackets[BRACKETS_MAX];
} hyperband_state;

/* clang-format off */
static const hpt_option options[] = {
    { "min_resource", HPT_OPTION_INT, offsetof(hyperband_state, min_resource), 1, 1, 0x1p53, NULL,
      "the step of the first rung of the first bracket" },
    { "max_resource", HPT_OPTION_INT, offsetof(hyperband_state, max_resource), 0, 1, 0x1p53, NULL,
      "the last step of a trial, where nobody is stopped; not given: one more than that of the first trial that completes" },
    { "factor", HPT_OPTION_INT, offsetof(hyperband_state, how.factor), 3, 2, 1e6, NULL,
      "one in so many trials goes on from each rung to the next, which is so many times as far" },
    { "bootstrap", HPT_OPTION_INT, offsetof(hyperband_state, how.bootstrap), 0, 0, HPI_RUNG_KEPT_GOALS, NULL,
      "the first so many trials at a rung are stopped there; needs max_resource" },
    { "balance", HPT_OPTION_BOOL, offsetof(hyperband_state, how.balance), 1, 0, 0, NULL,
      "yes: the more have gone on than one in `factor`, the fewer of the next do" },
    { .name = NULL },
};
/* clang-format on */

/* factor^s as long as the last bracket's first rung is not beyond the longest trial. */
static uint32_t count_brackets(const hyperband_state *state, int64_t max_resource) {
    uint32_t count = 1;
    int64_t  span = max_resource / state->min_resource;
    if (span > SPAN_MAX) span = SPAN_MAX;
    for (int64_t power = state->how.factor; power <= span; power *= state->how.factor)
        count++;
    return count;
}

/* Proportional to factor^s / (s + 1), with s + 1 rungs up to the longest trial: so each bracket
 * gets about the same resources in all. */
static void divide(hyperband_state *state) {
    uint64_t count = state->bracket_count, sum = 0;
    for (uint32_t b = 0; b < count; b++) {
        uint64_t s = count - 1 - b, power = 1;
        for (uint64_t i = 0; i < s; i++)
            power *= (uint64_t)state->how.factor;
        sum += (count * power + s) / (s + 1);
        state->shares[b] = sum;
    }
}

static uint64_t total_of(const hyperband_state *state) {
    return state->shares[state->bracket_count - 1];
}

static void get_ready(hyperband_state *state, int64_t max_resource) {
    state->bracket_count = count_brackets(state, max_resource);
    divide(state);
    for (uint32_t b = 0; b < state->bracket_count; b++)
        hpi_bracket_init(&state->brackets[b], state->min_resource, state->how.factor, b,
                         max_resource);
    /* Release: whoever sees it sees all of the above. */
    atomic_store_explicit(&state->is_ready, true, memory_order_release);
}

static hpt_status check(const hyperband_state *state, hpt_err *err) {
    if (state->how.bootstrap > 0 && state->max_resource == 0)
        return hpi_fail(err, HPT_EINVAL,
                        "pruner \"hyperband\": bootstrap is %d, which needs max_resource: trials "
                        "that are stopped do not say how long one takes",
                        (int)state->how.bootstrap);
    if (state->max_resource == 0 || state->max_resource >= state->min_resource) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    "pruner \"hyperband\": max_resource is %lld, below min_resource, %lld",
                    (long long)state->max_resource, (long long)state->min_resource);
}

static hpt_status hyperband_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    hyperband_state *state = state_;
    hpt_status       status = check(state, err);
    if (status != HPT_OK) return status;
    atomic_init(&state->is_ready, false);
    state->how.kind = (hpi_rung_kind){ .goal_count = setup->goal_count, .window = setup->window };
    hpi_map_init(&state->trials, sizeof(hpi_climber), hpi_climber_fini);
    if (state->max_resource > 0) get_ready(state, state->max_resource);
    return HPT_OK;
}

static void hyperband_fini(void *state_) {
    hyperband_state *state = state_;
    hpi_map_fini(&state->trials);
    for (uint32_t b = 0; b < state->bracket_count; b++)
        hpi_bracket_fini(&state->brackets[b]);
}

/* Whether a trial falls into a bracket: with a window as soon as it can have known the longest. */
static bool has_bracket(const hyperband_state *state, uint64_t number) {
    uint64_t window = state->how.kind.window;
    if (!atomic_load_explicit(&state->is_ready, memory_order_acquire)) return false;
    if (state->max_resource > 0 || window == 0) return true;
    return number >= window && state->ready_from <= number - window;
}

/* Any thread. */
static uint32_t hyperband_bracket(const void *state_, uint64_t number) {
    const hyperband_state *state = state_;
    if (!has_bracket(state, number)) return 0;
    uint64_t total = total_of(state);
    uint64_t place = number % total;
    uint32_t bracket = 0;
    while (place >= state->shares[bracket])
        bracket++;
    return bracket;
}

/* As long as the longest is not known: how many there may be. */
static uint32_t hyperband_bracket_count(const void *state_) {
    const hyperband_state *state = state_;
    bool                   is_ready = atomic_load_explicit(&state->is_ready, memory_order_acquire);
    return is_ready && state->max_resource > 0 ? state->bracket_count : BRACKETS_MAX;
}

static bool hyperband_report(void *state_, const hpt_pruner_report *report) {
    hyperband_state *state = state_;
    hpi_climber     *climber = hpi_map_make(&state->trials, report->number);
    if (!climber) return false; /* nobody is stopped because memory is out */
    hpi_climber_note(climber, report->step);
    if (!has_bracket(state, report->number)) return false;
    hpi_bracket *bracket = &state->brackets[hyperband_bracket(state, report->number)];
    return hpi_bracket_judge(&state->how, bracket, climber, report);
}

static void hyperband_end(void *state_, const hpt_outcome *outcome) {
    hyperband_state *state = state_;
    hpi_climber     *climber = hpi_map_find(&state->trials, outcome->number);
    if (!climber) return;
    if (has_bracket(state, outcome->number))
        hpi_bracket_end(&state->how, &state->brackets[hyperband_bracket(state, outcome->number)],
                        climber, outcome->number);
    if (state->bracket_count == 0 && outcome->state == HPT_TRIAL_COMPLETE) {
        int64_t last = climber->last_step;
        state->ready_from = outcome->number;
        get_ready(state, last < INT64_MAX ? last + 1 : last);
    }
    hpi_map_remove(&state->trials, outcome->number);
}

const hpt_pruner_class hpi_pruner_hyperband = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "hyperband",
    .summary = "successive halving in brackets that begin to stop trials early or late",
    .state_size = sizeof(hyperband_state),
    .options = options,
    .init = hyperband_init,
    .report = hyperband_report,
    .end = hyperband_end,
    .fini = hyperband_fini,
    .bracket_count = hyperband_bracket_count,
    .bracket = hyperband_bracket,
    .goals_max = HPI_RUNG_GOALS_MAX,
};
