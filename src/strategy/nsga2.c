/* SPDX-License-Identifier: BSD-3-Clause */

/* NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE TEC 6(2), 2002) in steady state: each result joins
 * the population, and of the last front the one leaves that stands in the densest crowd. */

#include "strategy/nsga.h"

typedef struct nsga2_state {
    hpi_nsga nsga;
} nsga2_state;

static const hpt_option options[] = {
    HPI_NSGA_OPTIONS(nsga2_state, nsga),
    { .name = NULL },
};

static hpt_status nsga2_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    nsga2_state *state = state_;
    return hpi_nsga_init(&state->nsga, setup, "nsga2", 0, err);
}

static hpt_status nsga2_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    nsga2_state *state = state_;
    return hpi_nsga_ask(&state->nsga, number, point_out, err);
}

/* Of equally crowded ones the oldest: so that a population drifts where all is flat. */
static uint32_t most_crowded(hpi_nsga *nsga) {
    size_t          count;
    const uint32_t *last = hpi_fronts_last(&nsga->fronts, &count);
    uint32_t        worst = last[0];
    hpi_fronts_crowding(&nsga->fronts, nsga->crowding);
    for (size_t i = 1; i < count; i++) {
        double distance = nsga->crowding[last[i]], least = nsga->crowding[worst];
        if (distance < least || (distance == least && nsga->ages[last[i]] < nsga->ages[worst]))
            worst = last[i];
    }
    return worst;
}

static void nsga2_tell(void *state_, const hpt_outcome *outcome) {
    nsga2_state *state = state_;
    if (hpi_nsga_tell(&state->nsga, outcome))
        hpi_fronts_drop(&state->nsga.fronts, most_crowded(&state->nsga));
}

/* For a space of which all points may be known one day: there is no `point` anyway. */
static bool nsga2_is_asked(const void *state_) {
    const nsga2_state *state = state_;
    return hpi_seen_is_on(&state->nsga.seen);
}

static void nsga2_fini(void *state_) {
    nsga2_state *state = state_;
    hpi_nsga_fini(&state->nsga);
}

const hpt_strategy_class hpi_strategy_nsga2 = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "nsga2",
    .summary = "a population for several goals (NSGA-II in steady state)",
    .state_size = sizeof(nsga2_state),
    .options = options,
    .batch_max = 1, /* as for cmaes */
    .init = nsga2_init,
    .ask = nsga2_ask,
    .tell = nsga2_tell,
    .fini = nsga2_fini,
    .is_asked = nsga2_is_asked,
    .goals_max = HPI_FRONT_GOALS_MAX,
};
