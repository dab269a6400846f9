/* SPDX-License-Identifier: BSD-3-Clause */
#include "evolve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct evolve_state {
    double           width; /* standard deviation of a step, as a part of a range */
    const hpt_space *space;
    uint64_t         seed;
    size_t           count;
    hpt_coord       *parent;
    double           parent_loss; /* infinite until there is a parent */
} evolve_state;

/* clang-format off */
static const hpt_option options[] = {
    { "width", HPT_OPTION_REAL, offsetof(evolve_state, width), 0.3, 1e-6, 1, NULL,
      "standard deviation of the first step, as a part of each range" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status evolve_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    evolve_state *state = state_;
    state->space = setup->space;
    state->seed = setup->seed;
    state->count = hpt_space_count(setup->space);
    state->parent_loss = INFINITY;
    state->parent = calloc(state->count, sizeof *state->parent);
    return state->parent ? HPT_OK : hpt_error(err, HPT_ENOMEM, "evolve: out of memory");
}

/* Box and Muller, from two words. */
static double normal(const uint64_t words[2]) {
    double radius = sqrt(-2 * log(1 - (double)(words[0] >> 11) * 0x1p-53));
    return radius * cos(6.283185307179586 * (double)(words[1] >> 11) * 0x1p-53);
}

static double reflect(double unit) {
    unit = fabs(fmod(unit, 2));
    return unit > 1 ? 2 - unit : unit;
}

/* Parameter j uses words 2 j and 2 j + 1 of the trial. */
static hpt_status evolve_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    evolve_state *state = state_;
    for (size_t j = 0; j < state->count; j++) {
        hpt_param param = (hpt_param)j;
        uint64_t  words[2];
        hpt_random(state->seed, number, j, words, 2);
        if (isinf(state->parent_loss)) {
            point_out[j] = hpt_space_at_fraction(state->space, param, words[0]);
            continue;
        }
        double unit = hpt_space_to_unit(state->space, param, state->parent[j]);
        unit = reflect(unit + state->width * normal(words));
        point_out[j] = hpt_space_from_unit(state->space, param, unit);
    }
    return hpt_space_repair(state->space, point_out, err);
}

/* Larger steps after a success, smaller ones after a failure, in balance at one success in five
 * (Rechenberg, 1973). */
static void evolve_tell(void *state_, const hpt_outcome *outcome) {
    evolve_state *state = state_;
    if (outcome->state == HPT_TRIAL_CANCELLED) return;
    bool is_better = outcome->state == HPT_TRIAL_COMPLETE && outcome->loss <= state->parent_loss;
    state->width = fmin(1, fmax(1e-9, state->width * (is_better ? 1.5 : 0.9036)));
    if (!is_better) return;
    state->parent_loss = outcome->loss;
    memcpy(state->parent, outcome->point, state->count * sizeof *state->parent);
}

static void evolve_fini(void *state_) {
    evolve_state *state = state_;
    free(state->parent);
}

const hpt_strategy_class evolve_strategy = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "evolve",
    .summary = "a (1+1) evolution strategy, for tests",
    .state_size = sizeof(evolve_state),
    .options = options,
    .init = evolve_init,
    .ask = evolve_ask,
    .tell = evolve_tell,
    .fini = evolve_fini,
};
