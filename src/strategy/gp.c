/* SPDX-License-Identifier: BSD-3-Clause */

/* Bayesian optimisation: a Gaussian process says what to expect where, and the next trial goes
 * where most improvement is expected. */

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "strategy/gp_acquire.h"
#include "strategy/gp_region.h"
#include "strategy/gp_trials.h"
#include "strategy/gp_warp.h"
#include "strategy/seen.h"
#include "strategy/sobol.h"

#include "hpt/extend.h"

/* Of the trials in flight, so many count. */
enum { FLIGHT_MAX = 64, NEIGHBOURS_MAX = 100, STARTUP_LEAST = 6 };

/* Multiplications for the search of one candidate: some milliseconds. */
static const double acquire_work = 4e6;

typedef struct gp_state {
    int64_t          startup, points_max;
    bool             repeats;
    uint64_t         seed;
    size_t           width;
    hpi_searched     searched;
    hpi_sobol        sobol;
    hpt_coord       *fractions;
    hpi_gp_trials    trials;
    hpi_gp_surrogate global, local;
    hpi_gp_region    region;
    hpi_gp_chance    chance;
    hpi_gp_acquire   acquire;
    hpi_seen         seen;
    size_t          *chosen; /* trials for the model                                        */
    double          *order;  /* for choosing                                                */
    size_t           room;   /* of those two                                                */
    uint64_t         asked, evenly; /* so many, and so many even points                     */
    uint64_t         first, end;    /* of the numbers asked for                             */
    double          *x;
    uint32_t        *choices;
} gp_state;

/* clang-format off */
static const hpt_option options[] = {
    { "startup", HPT_OPTION_INT, offsetof(gp_state, startup), 10, 1, 1e9, NULL,
      "quasi-random trials before the first that follows from the model" },
    { "points", HPT_OPTION_INT, offsetof(gp_state, points_max), 300, 16, 2000, NULL,
      "most trials in the model; with more, the best ones and the newest" },
    HPI_SEEN_OPTION(gp_state, repeats),
    { .name = NULL },
};
/* clang-format on */

/* ---- setup ---- */

static void gp_fini(void *state_) {
    gp_state   *state = state_;
    void *const owned[] = { state->fractions, state->chosen, state->order, state->x,
                            state->choices };
    hpi_gp_acquire_fini(&state->acquire);
    hpi_seen_fini(&state->seen);
    hpi_gp_surrogate_fini(&state->global);
    hpi_gp_surrogate_fini(&state->local);
    hpi_gp_trials_fini(&state->trials);
    hpi_gp_chance_fini(&state->chance);
    hpi_sobol_fini(&state->sobol);
    hpi_searched_fini(&state->searched);
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        hpi_free(owned[i]);
}

static bool make_room(gp_state *state) {
    size_t numbers = state->searched.number_count, width = state->width;
    state->fractions = hpi_alloc(width + 1, sizeof *state->fractions);
    state->x = hpi_alloc(2 * width + 2, sizeof *state->x);
    state->choices = hpi_alloc(width + 1, sizeof *state->choices);
    return state->fractions && state->x && state->choices &&
           hpi_gp_surrogate_init(&state->global, width, numbers, false) &&
           hpi_gp_surrogate_init(&state->local, width, numbers, true) &&
           hpi_gp_chance_init(&state->chance, width, numbers) &&
           hpi_gp_acquire_init(&state->acquire, &state->searched);
}

/* As many as a quadratic function has coefficients, twice. */
static size_t neighbours(const gp_state *state) {
    double d = (double)state->width, wanted = (d + 1) * (d + 2);
    return wanted < NEIGHBOURS_MAX ? (size_t)wanted : NEIGHBOURS_MAX;
}

/* For one more trial, and all that may be told. */
static bool reserve(gp_state *state) {
    size_t most = (size_t)state->points_max, count = state->trials.count + 1;
    if (count > state->room) {
        size_t  room = count + count / 2;
        size_t *chosen = hpi_resize(state->chosen, room, sizeof *chosen);
        if (!chosen) return false;
        state->chosen = chosen;
        double *order = hpi_resize(state->order, 2 * room, sizeof *order);
        if (!order) return false;
        state->order = order;
        state->room = room;
    }
    size_t near = neighbours(state);
    return hpi_gp_trials_reserve(&state->trials) &&
           hpi_gp_chance_reserve(&state->chance, state->trials.flight_count, most) &&
           hpi_gp_surrogate_reserve(&state->local, count < near ? count : near, FLIGHT_MAX) &&
           hpi_gp_surrogate_reserve(&state->global, count < most ? count : most, FLIGHT_MAX);
}

static hpt_status open_parts(gp_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    hpt_status status = hpi_searched_init(&state->searched, setup->space, err);
    if (status != HPT_OK) return status;
    state->width = state->searched.number_count + state->searched.category_count;
    size_t sobol =
        state->width < HPI_SOBOL_DIMENSIONS_MAX ? state->width : HPI_SOBOL_DIMENSIONS_MAX;
    status = hpi_sobol_init(&state->sobol, sobol, err);
    if (status != HPT_OK) return status;
    hpi_sobol_scramble(&state->sobol, setup->seed);
    hpi_gp_trials_init(&state->trials, state->width, setup->is_maximising);
    return make_room(state) && reserve(state) ? HPT_OK
                                              : hpt_error(err, HPT_ENOMEM, "gp: out of memory");
}

static hpt_status gp_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    gp_state *state = state_;
    state->seed = setup->seed;
    hpt_status status = open_parts(state, setup, err);
    if (status == HPT_OK) status = hpi_seen_init(&state->seen, setup, state->repeats, err);
    if (status != HPT_OK) gp_fini(state);
    return status;
}

/* ---- the first trials ---- */

static void place_default(gp_state *state, double *x_out) {
    for (size_t j = 0; j < state->searched.number_count; j++)
        x_out[j] = state->searched.numbers[j].start;
    for (size_t k = 0; k < state->searched.category_count; k++) {
        const hpi_category *category = &state->searched.categories[k];
        uint32_t            start = category->start;
        x_out[state->searched.number_count + k] = start < category->choice_count ? start : 0;
    }
}

/* Beyond the dimensions that the sequence has, random ones do. */
static double fraction_at(const gp_state *state, uint64_t number, size_t j) {
    uint64_t words[4];
    if (j < state->sobol.dimension_count)
        return (double)((uint64_t)state->fractions[j].integer >> 11) * 0x1p-53;
    hpi_rng_block(state->seed, number, HPI_STREAM_POINT, j / 4, words);
    return hpi_rng_unit(words[j % 4]);
}

static void place_evenly(gp_state *state, uint64_t number, uint64_t index, double *x_out) {
    size_t numbers = state->searched.number_count;
    hpi_sobol_point(&state->sobol, index, state->fractions);
    for (size_t j = 0; j < state->width; j++) {
        x_out[j] = fraction_at(state, number, j);
        if (j >= numbers)
            x_out[j] = floor(x_out[j] * state->searched.categories[j - numbers].choice_count);
    }
}

/* ---- the model ---- */

/* Of the first `count` trials the `most` best ones. */
static size_t choose_best(gp_state *state, size_t count, size_t most) {
    const double *loss = state->trials.loss;
    size_t        kept = 0;
    if (most > count) most = count;
    if (most == 0) return 0;
    memcpy(state->order, loss, count * sizeof *loss);
    double limit = hpi_gp_select(state->order, count, most - 1);
    for (size_t i = 0; i < count; i++)
        if (loss[i] < limit) state->chosen[kept++] = i;
    for (size_t i = 0; i < count && kept < most; i++)
        if (loss[i] == limit) state->chosen[kept++] = i;
    return kept;
}

/* All trials; or half as many as the model takes of the best ones and the newest ones. To change
 * the set costs n^3, so the best ones are looked for once in a while only. */
static size_t choose(gp_state *state) {
    size_t count = state->trials.count, most = (size_t)state->points_max, kept = 0;
    size_t period = most / 4, first = 0;
    if (count > most) {
        first = count - count % period - period;
        kept = choose_best(state, first, most / 2);
    }
    for (size_t i = first; i < count && kept < most; i++)
        state->chosen[kept++] = i;
    return kept;
}

static bool is_known(void *user, const double *x) {
    const gp_state *state = user;
    return hpi_gp_trials_know(&state->trials, x);
}

static void look_around(gp_state *state, uint64_t number, hpi_gp_surrogate *surrogate) {
    hpi_gp_acquire *it = &state->acquire;
    it->model = &surrogate->model;
    it->best = surrogate->best;
    it->chance =
        hpi_gp_chance_learn(&state->chance, (size_t)state->points_max) ? &state->chance : NULL;
    it->is_known = is_known;
    it->user = state;
    it->seed = state->seed;
    it->number = number;
    it->centre = state->trials.x + state->trials.best * state->width;
}

/* Anywhere. */
static bool propose_far(gp_state *state, uint64_t number, double *x_out) {
    hpi_gp_acquire *it = &state->acquire;
    size_t          count = choose(state);
    hpi_gp_surrogate_learn(&state->global, &state->trials, state->chosen, count);
    hpi_gp_surrogate_believe(&state->global, &state->trials, FLIGHT_MAX);
    look_around(state, number, &state->global);
    for (size_t j = 0; j < state->searched.number_count; j++) {
        it->low[j] = 0;
        it->high[j] = 1;
    }
    return hpi_gp_acquire_best(it, acquire_work * hpi_gp_share(count), x_out);
}

/* Near the best. */
static bool propose_near(gp_state *state, uint64_t number, double *x_out) {
    hpi_gp_surrogate *local = &state->local;
    size_t            numbers = state->searched.number_count;
    size_t count = hpi_gp_region_choose(&state->trials, numbers, neighbours(state), state->order,
                                        state->chosen);
    hpi_gp_region_adapt(&state->region, &state->trials);
    hpi_gp_region_aim(&state->trials, state->chosen, count, &local->model);
    local->chosen_count = 0; /* the trend has moved: all covariances are others */
    hpi_gp_surrogate_learn(local, &state->trials, state->chosen, count);
    hpi_gp_surrogate_believe(local, &state->trials, FLIGHT_MAX);
    look_around(state, number, local);
    hpi_gp_region_box(&state->region, &local->model, state->acquire.centre, state->acquire.low,
                      state->acquire.high);
    return hpi_gp_acquire_best(&state->acquire, acquire_work * hpi_gp_share(state->trials.count),
                               x_out);
}

/* In turn. */
static bool propose(gp_state *state, uint64_t number, double *x_out) {
    bool is_near = state->asked % 2 == 1 && state->trials.complete_count >= STARTUP_LEAST;
    return is_near ? propose_near(state, number, x_out) : propose_far(state, number, x_out);
}

/* ---- ask and tell ---- */

/* One of the even points, and if there are such one that was not tried. */
static void explore(gp_state *state, uint64_t number, hpt_coord *point_out) {
    enum { ATTEMPTS = 32 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        place_evenly(state, number, state->evenly++, state->x);
        hpi_gp_write_point(&state->searched, state->x, state->choices, point_out);
        hpi_gp_read_point(&state->searched, point_out, state->choices, state->x);
        if (!hpi_gp_trials_know(&state->trials, state->x)) return;
    }
}

static hpt_status gp_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    gp_state            *state = state_;
    const hpi_gp_trials *trials = &state->trials;
    size_t               known = trials->count + trials->flight_count + trials->odd_count;
    if (!reserve(state)) return hpt_error(err, HPT_ENOMEM, "gp: out of memory");
    bool is_first = known == 0 && state->searched.has_default;
    if (is_first) place_default(state, state->x);
    if (is_first || (known >= (size_t)state->startup && trials->complete_count >= 2 &&
                     propose(state, number, state->x)))
        hpi_gp_write_point(&state->searched, state->x, state->choices, point_out);
    else
        explore(state, number, point_out);
    hpt_status status = hpi_seen_take(&state->seen, number, point_out, err);
    if (status != HPT_OK) return status;
    hpi_gp_read_point(&state->searched, point_out, state->choices, state->x);
    if (state->asked++ == 0) state->first = number;
    state->end = number + 1;
    hpi_gp_trials_ask(&state->trials, number, state->x);
    return HPT_OK;
}

static bool is_failure(hpt_trial_state state) {
    return state == HPT_TRIAL_FAILED || state == HPT_TRIAL_TIMEOUT || state == HPT_TRIAL_CRASHED;
}

/* Where trials fail is for the chance not to fail to say, and no matter of losses. */
static void learn(gp_state *state, const hpt_outcome *outcome) {
    bool has_value = outcome->state == HPT_TRIAL_COMPLETE || outcome->state == HPT_TRIAL_PRUNED;
    if (has_value || outcome->is_failure)
        hpi_gp_chance_tell(&state->chance, state->x, outcome->is_failure);
    if (is_failure(outcome->state))
        hpi_gp_trials_tell_odd(&state->trials, state->x, !outcome->is_failure);
    else
        hpi_gp_trials_tell(&state->trials, outcome, state->x);
}

/* A trial that nobody asked for here is learnt from like any other; one that was told already is
 * not learnt from twice. */
static void gp_tell(void *state_, const hpt_outcome *outcome) {
    gp_state *state = state_;
    hpi_seen_tell(&state->seen, outcome);
    bool was_asked =
        state->asked > 0 && outcome->number >= state->first && outcome->number < state->end;
    bool is_flying = hpi_gp_trials_land(&state->trials, outcome->number);
    if (was_asked && !is_flying) return;
    hpi_gp_read_point(&state->searched, outcome->point, state->choices, state->x);
    learn(state, outcome);
}

const hpt_strategy_class hpi_strategy_gp = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "gp",
    .summary = "goes where a Gaussian process expects most (Bayesian optimisation)",
    .state_size = sizeof(gp_state),
    .options = options,
    .batch_max = 1,
    .init = gp_init,
    .ask = gp_ask,
    .tell = gp_tell,
    .fini = gp_fini,
};
