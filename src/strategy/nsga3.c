/* SPDX-License-Identifier: BSD-3-Clause */

/* NSGA-III (Deb, Jain, IEEE TEC 18(4), 2014) in steady state: for goals so many that hardly anybody
 * dominates anybody, and neighbours say nothing. Each individual belongs to the nearest of some
 * directions that are spread evenly; of the last front one of the most populous direction leaves:
 * the one that is farthest from the ideal and off the direction, as in theta-dominance (Yuan and
 * others, IEEE TEC 20(1), 2016). */

#include <math.h>

#include "base/mem.h"
#include "strategy/directions.h"
#include "strategy/nsga.h"

enum { DIRECTIONS_MAX = 4096 };

/* theta of penalty-based boundary intersection: Zhang, Li, IEEE TEC 11(6), 2007. */
static const double off_weight = 5;

typedef struct nsga3_state {
    hpi_nsga       nsga;
    int64_t        divisions; /* option */
    hpi_directions directions;
    double        *ideal, *ranges; /* of each goal: the least loss, and half of what is 1      */
    double        *scaled;         /* losses of one, in these                                  */
    uint32_t      *niches;         /* of each slot: its direction                              */
    double        *scores;         /* of each slot: how far from the ideal, and off its direction */
    uint32_t      *counts;         /* of each direction                                        */
    size_t         until_scaling;  /* results that may come before losses are scaled anew      */
} nsga3_state;

/* clang-format off */
static const hpt_option options[] = {
    HPI_NSGA_OPTIONS(nsga3_state, nsga),
    { "divisions", HPT_OPTION_INT, offsetof(nsga3_state, divisions), 0, 1, 100, NULL,
      "of each goal's axis, for the directions; not given: as many as there are individuals for" },
    { .name = NULL },
};
/* clang-format on */

/* ---- Scaled losses ---- */

static const double *losses_of(const nsga3_state *state, uint32_t slot) {
    return state->nsga.fronts.losses + slot * state->nsga.fronts.goal_count;
}

/* Halves: the difference of two doubles may be none. */
static double above_ideal(const nsga3_state *state, uint32_t slot, size_t goal) {
    return fmax(0, losses_of(state, slot)[goal] / 2 - state->ideal[goal] / 2);
}

/* The one of the first front that is nearest to an axis: equation 4, the achievement scalarising
 * function. */
static uint32_t extreme(const nsga3_state *state, size_t axis) {
    const hpi_fronts *fronts = &state->nsga.fronts;
    uint32_t          nearest = fronts->order[0];
    double            least = INFINITY;
    for (size_t i = 0; i < fronts->starts[1]; i++) {
        double farthest = 0;
        for (size_t goal = 0; goal < fronts->goal_count; goal++) {
            double weight = goal == axis ? 1 : 1e6;
            farthest =
                fmax(farthest, weight * fmin(above_ideal(state, fronts->order[i], goal), 1e300));
        }
        if (farthest < least) least = farthest, nearest = fronts->order[i];
    }
    return nearest;
}

/* What counts as 1: the largest loss among the extremes. The plane through these, as in the paper,
 * gives the same where they lie on the axes, and need not exist. */
static void find_ranges(nsga3_state *state) {
    size_t goals = state->nsga.fronts.goal_count;
    for (size_t goal = 0; goal < goals; goal++)
        state->ranges[goal] = 0;
    for (size_t axis = 0; axis < goals; axis++) {
        uint32_t slot = extreme(state, axis);
        for (size_t goal = 0; goal < goals; goal++)
            state->ranges[goal] = fmax(state->ranges[goal], above_ideal(state, slot, goal));
    }
    for (size_t goal = 0; goal < goals; goal++)
        if (!(state->ranges[goal] > 0)) state->ranges[goal] = 1;
}

static void find_niche(nsga3_state *state, uint32_t slot) {
    double along, off;
    for (size_t goal = 0; goal < state->nsga.fronts.goal_count; goal++)
        state->scaled[goal] = fmin(1e9, above_ideal(state, slot, goal) / state->ranges[goal]);
    state->niches[slot] =
        (uint32_t)hpi_directions_nearest(&state->directions, state->scaled, &along, &off);
    state->scores[slot] = along + off_weight * off;
}

static void lower_ideal(nsga3_state *state, uint32_t slot) {
    for (size_t goal = 0; goal < state->nsga.fronts.goal_count; goal++)
        state->ideal[goal] = fmin(state->ideal[goal], losses_of(state, slot)[goal]);
}

/* Once a generation, as in the paper. */
static void scale_anew(nsga3_state *state) {
    const hpi_fronts *fronts = &state->nsga.fronts;
    state->until_scaling = state->nsga.size;
    find_ranges(state);
    for (size_t i = 0; i < fronts->count; i++)
        find_niche(state, fronts->order[i]);
}

/* ---- Who leaves ---- */

static uint32_t most_redundant(nsga3_state *state) {
    const hpi_nsga *nsga = &state->nsga;
    size_t          count;
    const uint32_t *last = hpi_fronts_last(&nsga->fronts, &count);
    uint32_t        worst = last[0];
    for (size_t i = 0; i < state->directions.count; i++)
        state->counts[i] = 0;
    for (size_t i = 0; i < nsga->fronts.count; i++)
        state->counts[state->niches[nsga->fronts.order[i]]]++;
    for (size_t i = 1; i < count; i++) {
        uint32_t a = last[i], crowd = state->counts[state->niches[a]];
        uint32_t most = state->counts[state->niches[worst]];
        double   score = state->scores[a], highest = state->scores[worst];
        if (crowd != most
                ? crowd > most
                : score > highest || (score == highest && nsga->ages[a] < nsga->ages[worst]))
            worst = a;
    }
    return worst;
}

static void nsga3_tell(void *state_, const hpt_outcome *outcome) {
    nsga3_state *state = state_;
    hpi_fronts  *fronts = &state->nsga.fronts;
    uint32_t     slot = hpi_fronts_free(fronts);
    size_t       before = fronts->count;
    bool         is_full = hpi_nsga_tell(&state->nsga, outcome);
    if (fronts->count == before) return;
    if (fronts->violations[slot] == 0) lower_ideal(state, slot);
    find_niche(state, slot);
    if (!is_full) return;
    if (state->until_scaling == 0) scale_anew(state);
    state->until_scaling--;
    hpi_fronts_drop(fronts, most_redundant(state));
}

static hpt_status nsga3_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    nsga3_state *state = state_;
    return hpi_nsga_ask(&state->nsga, number, point_out, err);
}

/* ---- Life ---- */

/* For a space of which all points may be known one day: there is no `point` anyway. */
static bool nsga3_is_asked(const void *state_) {
    const nsga3_state *state = state_;
    return hpi_seen_is_on(&state->nsga.seen);
}

static void nsga3_fini(void *state_) {
    nsga3_state *state = state_;
    hpi_nsga_fini(&state->nsga);
    hpi_directions_fini(&state->directions);
    hpi_free(state->ideal);
    hpi_free(state->ranges);
    hpi_free(state->scaled);
    hpi_free(state->niches);
    hpi_free(state->scores);
    hpi_free(state->counts);
}

/* Many goals need many individuals, or there are no directions between them. */
static size_t usual_size(const hpt_strategy_setup *setup) {
    uint64_t size = 10 * (uint64_t)setup->goal_count, budget = setup->trial_count_max;
    if (budget > 0 && budget / 10 < size) size = budget / 10;
    return (size_t)size;
}

static hpt_status make_room(nsga3_state *state, hpt_err *err) {
    size_t goals = state->nsga.fronts.goal_count, room = state->nsga.size + 1;
    state->ideal = hpi_alloc(goals, sizeof *state->ideal);
    state->ranges = hpi_alloc(goals, sizeof *state->ranges);
    state->scaled = hpi_alloc(goals, sizeof *state->scaled);
    state->niches = hpi_alloc(room, sizeof *state->niches);
    state->scores = hpi_alloc(room, sizeof *state->scores);
    state->counts = hpi_alloc(state->directions.count, sizeof *state->counts);
    if (!state->ideal || !state->ranges || !state->scaled || !state->niches || !state->scores ||
        !state->counts)
        return hpt_error(err, HPT_ENOMEM, "nsga3: out of memory");
    for (size_t goal = 0; goal < goals; goal++) {
        state->ideal[goal] = INFINITY;
        state->ranges[goal] = 1;
    }
    return HPT_OK;
}

static hpt_status nsga3_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    nsga3_state *state = state_;
    hpt_status   status = hpi_nsga_init(&state->nsga, setup, "nsga3", usual_size(setup), err);
    if (status != HPT_OK) return status;
    size_t goals = state->nsga.fronts.goal_count;
    size_t divisions = state->divisions > 0 ? (size_t)state->divisions
                                            : hpi_directions_fit(goals, state->nsga.size);
    if (hpi_directions_count(goals, divisions) > DIRECTIONS_MAX)
        status = hpt_error(err, HPT_EINVAL,
                           "nsga3: %zu divisions for %zu goals are more than %d directions",
                           divisions, goals, DIRECTIONS_MAX);
    if (status == HPT_OK) status = hpi_directions_init(&state->directions, goals, divisions, err);
    if (status == HPT_OK) status = make_room(state, err);
    if (status != HPT_OK) nsga3_fini(state);
    return status;
}

const hpt_strategy_class hpi_strategy_nsga3 = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "nsga3",
    .summary = "a population for many goals (NSGA-III in steady state)",
    .state_size = sizeof(nsga3_state),
    .options = options,
    .batch_max = 1, /* as for cmaes */
    .init = nsga3_init,
    .ask = nsga3_ask,
    .tell = nsga3_tell,
    .fini = nsga3_fini,
    .is_asked = nsga3_is_asked,
    .goals_max = HPI_FRONT_GOALS_MAX,
};
