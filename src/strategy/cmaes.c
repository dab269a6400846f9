/* SPDX-License-Identifier: BSD-3-Clause */

/* CMA-ES: active (Hansen's tutorial, arXiv:1604.00772), with margin for numbers that have cells, a
 * categorical distribution beside it (CatCMA), and restarts. The parts are in cma.h, margin.h,
 * choices.h and restart.h; here is what holds them together.
 *
 * Results may come in any order: a generation is the next `lambda` of them, whenever they were
 * asked for. There is always a distribution to draw from, so nobody waits and nothing is thrown
 * away. */

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"
#include "strategy/approx.h"
#include "strategy/choices.h"
#include "strategy/margin.h"
#include "strategy/normal.h"
#include "strategy/pending.h"
#include "strategy/restart.h"
#include "strategy/seen.h"

enum { FULL, SEPARABLE, AUTO };
enum {
    FULL_MAX = 100,    /* numbers up to which C is full: above, a trial costs more than 10 us */
    STREAM_RESTART = 1 /* of hpt_random(): where a run begins                                */
};

/* What is kept of a trial in flight. */
enum {
    ASKED_GENERATION, /* in which it was drawn                                       */
    ASKED_MOVED,      /* 1: its point is not the one that was drawn                  */
    ASKED_X           /* its numbers, then its step (candidate.h)                   */
};

/* How many known points a trial may draw, and learn from once more, before it takes a new one that
 * was not drawn. */
enum { REDRAWS_MAX = 64 };

typedef struct cmaes_state {
    double  sigma;
    int64_t population;
    int32_t restarts, covariance;
    bool    is_active, is_mirrored, repeats;

    uint64_t     seed;
    hpi_searched searched;
    size_t       dimensions; /* numbers and categories                        */
    uint64_t     blocks;     /* of four random words that one draw takes      */
    hpi_seen     seen;
    hpi_cma      cma;
    hpi_choices  choices;
    hpi_restart  restart;
    hpi_pending  pending;    /* ASKED_... of each                             */
    uint64_t     generation; /* of all runs together                            */
    uint64_t     run_start;  /* the generation in which this run began          */

    hpi_candidate        *candidates; /* of the generation under way, in the order they came */
    const hpi_candidate **ranked;     /* lambda, and as many to sort with                    */
    double               *weights;    /* lambda                                              */
    size_t                count, room;
    double               *asked; /* of one trial                                        */
    double               *unit;  /* d, for a while                                      */
    uint32_t             *choice;
    hpt_coord            *point;
} cmaes_state;

/* clang-format off */
static const hpt_option options[] = {
    { "sigma", HPT_OPTION_REAL, offsetof(cmaes_state, sigma), 0.1, 1e-6, 1, NULL,
      "first standard deviation, as a part of each range" },
    { "population", HPT_OPTION_INT, offsetof(cmaes_state, population), 0, 4, 4096, NULL,
      "trials in a generation; not given: 4 + 3 ln d for d parameters, 4 + "
      "1.25 ln d if the budget is below 100 d trials" },
    { "restarts", HPT_OPTION_CHOICE, offsetof(cmaes_state, restarts), HPI_RESTARTS_BIPOP, 0, 0, "bipop|ipop|none",
      "when nothing is left to find: bipop: anew with large and small populations in turn; ipop: with "
      "twice the population; none: go on" },
    { "covariance", HPT_OPTION_CHOICE, offsetof(cmaes_state, covariance), AUTO, 0, 0, "full|separable|auto",
      "full: learns how parameters depend on each other; separable: only their scales, in less time; "
      "auto: full up to 100 numbers" },
    { "active", HPT_OPTION_BOOL, offsetof(cmaes_state, is_active), 1, 0, 0, NULL,
      "yes: learns from the worst trials too" },
    { "mirrored", HPT_OPTION_BOOL, offsetof(cmaes_state, is_mirrored), 1, 0, 0, NULL,
      "yes: every other trial is the one before it mirrored at the mean" },
    HPI_SEEN_OPTION(cmaes_state, repeats),
    { .name = NULL },
};
/* clang-format on */

/* ---- Memory ---- */

/* Room for generations of `room` candidates. False: out of memory, and nothing changed. */
static bool make_room(cmaes_state *state, size_t room) {
    size_t d = state->searched.number_count, k = state->searched.category_count;
    size_t bytes = sizeof(hpi_candidate) + 2 * sizeof(void *) + (2 * d + 1) * sizeof(double) +
                   k * sizeof(uint32_t);
    if (room <= state->room) return true;
    hpi_candidate *candidates = hpi_alloc_room(room, bytes);
    if (!candidates) return false;
    hpi_free(state->candidates);
    state->candidates = candidates;
    state->ranked = (const hpi_candidate **)(void *)(candidates + room);
    state->weights = (double *)(void *)(state->ranked + 2 * room);
    double   *x = state->weights + room;
    uint32_t *choices = (uint32_t *)(void *)(x + 2 * room * d);
    for (size_t i = 0; i < room; i++)
        candidates[i] = (hpi_candidate){ .x = x + 2 * i * d,
                                         .step = x + (2 * i + 1) * d,
                                         .choices = choices + i * k };
    state->room = room;
    return true;
}

/* The population that the next run asks for, or when memory is out the one there was. */
static void resize(cmaes_state *state) {
    hpi_restart *restart = &state->restart;
    if (make_room(state, restart->lambda) &&
        hpi_cma_resize(&state->cma, restart->lambda, state->dimensions))
        return;
    restart->lambda = state->cma.lambda;
}

/* ---- Bounds ---- */

/* Draw x from random words of a trial, and tell whether it is within bounds. What has cells has no
 * bounds: beyond the first or last cell counts as in it.
 *
 * Mirrored: Brockhoff, Auger, Hansen, Arnold, Hohm, PPSN 2010, in pairs by number, whatever
 * generation they fall into, so that it works with any number of trials in flight. */
static bool draw(cmaes_state *state, uint64_t number, uint64_t block, double *x_out) {
    const hpi_searched *searched = &state->searched;
    size_t              d = searched->number_count;
    bool                is_inside = true;
    bool                is_mirror = state->is_mirrored && number % 2 == 1;
    hpi_normal_draw(state->seed, number - is_mirror, block, d, state->unit);
    for (size_t j = 0; is_mirror && j < d; j++)
        state->unit[j] = -state->unit[j];
    hpi_cma_sample(&state->cma, state->unit, x_out);
    for (size_t j = 0; j < d; j++)
        is_inside &= searched->numbers[j].has_cells || (x_out[j] >= 0 && x_out[j] <= 1);
    return is_inside;
}

/* Beyond a bound is drawn once more. If that is beyond too, the trial is on the bound, but the
 * model learns from the draw: so steps do not shrink where the minimum lies on a bound; only the
 * mean is kept within bounds. docs/strategies.md says what was measured against this. */
static void draw_within(cmaes_state *state, uint64_t number, uint64_t block, double *x_out) {
    if (!draw(state, number, block, x_out)) draw(state, number, block + state->blocks, x_out);
}

static void keep_mean_within(cmaes_state *state) {
    for (size_t j = 0; j < state->searched.number_count; j++)
        if (!state->searched.numbers[j].has_cells)
            state->cma.mean[j] = fmin(1, fmax(0, state->cma.mean[j]));
}

/* ---- Runs ---- */

/* The first run begins at the defaults, or in the middle; the others anywhere. */
static void begin_run(cmaes_state *state) {
    const hpi_searched *searched = &state->searched;
    uint64_t            run = state->restart.run;
    for (size_t j = 0; j < searched->number_count; j++) {
        uint64_t words[4];
        if (j % 4 == 0) hpi_rng_block(state->seed, run, STREAM_RESTART, 1 + j / 4, words);
        state->unit[j] = run == 0 ? searched->numbers[j].start : hpi_rng_unit(words[j % 4]);
    }
    hpi_cma_start(&state->cma, state->unit, state->restart.sigma);
    hpi_choices_start(&state->choices, run == 0);
    state->run_start = state->generation;
}

static void restart(cmaes_state *state) {
    uint64_t words[4];
    hpi_rng_block(state->seed, state->restart.run, STREAM_RESTART, 0, words);
    double units[2] = { hpi_rng_unit(words[0]), hpi_rng_unit(words[1]) };
    hpi_restart_next(&state->restart, state->dimensions, units);
    resize(state);
    begin_run(state);
}

static int by_worth(const void *a_, const void *b_) {
    const hpi_candidate *a = a_, *b = b_;
    return hpi_worth_is_better(a->worth, b->worth) ? -1 : hpi_worth_is_better(b->worth, a->worth);
}

static void learn(cmaes_state *state) {
    size_t lambda = state->cma.lambda, good = 0;
    for (size_t i = 0; i < lambda; i++) {
        state->ranked[i] = &state->candidates[i];
        good += hpi_worth_is_known(state->candidates[i].worth);
    }
    hpi_sort((const void **)state->ranked, (const void **)(state->ranked + lambda), lambda,
             by_worth);
    hpi_cma_learn(&state->cma, state->ranked, good);
    keep_mean_within(state);
    hpi_margin_keep(&state->cma, &state->searched,
                    1 / ((double)lambda * (double)state->dimensions));
    size_t count = hpi_cma_weights(&state->cma, good, state->weights);
    hpi_choices_learn(&state->choices, state->ranked, state->weights, count);
    state->count = 0;
    state->generation++;
    double best = hpi_worth_level(state->ranked[0]->worth);
    double worst = hpi_worth_level(state->ranked[lambda - 1]->worth);
    if (hpi_worth_was_stopped(state->ranked[lambda - 1]->worth)) worst = INFINITY; /* who knows */
    if (hpi_restart_is_due(&state->restart, &state->cma, best, worst)) restart(state);
}

/* ---- The strategy ---- */

/* Equation 48. With a budget of less than 100 trials for each dimension smaller populations get
 * further (BBOB, 5 and 10 dimensions, 10 to 50 trials for each: 6 to 20 % less error), also with
 * more trials in flight than that: what comes late is told from what does not. */
static size_t usual_population(size_t n, const hpt_strategy_setup *setup) {
    uint64_t budget = setup->trial_count_max;
    bool     is_short = budget > 0 && budget < 100 * (uint64_t)n;
    return 4 + (size_t)((is_short ? 1.25 : 3) * hpi_log((double)n));
}

static hpt_status open_models(cmaes_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    const hpi_searched *searched = &state->searched;
    size_t              d = searched->number_count, k = searched->category_count;
    size_t              n = state->dimensions = d + k > 0 ? d + k : 1;
    size_t lambda = state->population > 0 ? (size_t)state->population : usual_population(n, setup);
    bool   is_separable =
        state->covariance == SEPARABLE || (state->covariance == AUTO && d > FULL_MAX);
    hpt_status status = hpi_cma_init(&state->cma, d, is_separable, state->is_active, err);
    if (status == HPT_OK) status = hpi_choices_init(&state->choices, searched, err);
    if (status == HPT_OK) status = hpi_pending_init(&state->pending, ASKED_X + 2 * d, err);
    if (status == HPT_OK)
        status = hpi_restart_init(&state->restart, (hpi_restarts)state->restarts, n, lambda,
                                  state->sigma, err);
    if (status != HPT_OK) return status;
    state->asked = hpi_alloc(ASKED_X + 3 * d, sizeof *state->asked);
    state->choice = hpi_alloc(k + 1, sizeof *state->choice);
    state->point = hpi_alloc(searched->param_count, sizeof *state->point);
    if (!state->asked || !state->choice || !state->point || !make_room(state, lambda) ||
        !hpi_cma_resize(&state->cma, lambda, n))
        return hpt_error(err, HPT_ENOMEM, "cmaes: out of memory for %zu parameters", n);
    state->unit = state->asked + ASKED_X + 2 * d;
    state->blocks = (d + 3) / 4;
    begin_run(state);
    return HPT_OK;
}

static void cmaes_fini(void *state_) {
    cmaes_state *state = state_;
    hpi_searched_fini(&state->searched);
    hpi_cma_fini(&state->cma);
    hpi_choices_fini(&state->choices);
    hpi_restart_fini(&state->restart);
    hpi_pending_fini(&state->pending);
    hpi_seen_fini(&state->seen);
    hpi_free(state->candidates);
    hpi_free(state->asked);
    hpi_free(state->choice);
    hpi_free(state->point);
}

static hpt_status cmaes_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    cmaes_state *state = state_;
    state->seed = setup->seed;
    hpt_status status = hpi_searched_init(&state->searched, setup->space, err);
    if (status == HPT_OK) status = open_models(state, setup, err);
    if (status == HPT_OK) status = hpi_seen_init(&state->seen, setup, state->repeats, err);
    if (status != HPT_OK) cmaes_fini(state);
    return status;
}

/* A result, of the trial that state->asked tells of. */
static void learn_of(cmaes_state *state, const hpt_coord *point, hpi_worth worth, bool is_drawn) {
    hpi_candidate *candidate = &state->candidates[state->count];
    size_t         d = state->searched.number_count;
    memcpy(candidate->x, state->asked + ASKED_X, d * sizeof *candidate->x);
    hpi_searched_choices(&state->searched, point, candidate->choices);
    candidate->worth = worth;
    candidate->is_late = !is_drawn || state->asked[ASKED_GENERATION] < (double)state->generation;
    candidate->has_step = is_drawn;
    if (is_drawn) memcpy(candidate->step, state->asked + ASKED_X + d, d * sizeof(double));
    if (++state->count == state->cma.lambda) learn(state);
}

/* To state->asked what is drawn, and the point that stands for it. */
static void draw_point(cmaes_state *state, uint64_t number, uint64_t turn, hpt_coord *point_out) {
    uint64_t block = turn * (2 * state->blocks + state->searched.category_count / 4 + 1);
    state->asked[ASKED_GENERATION] = (double)state->generation;
    state->asked[ASKED_MOVED] = 0;
    draw_within(state, number, block, state->asked + ASKED_X);
    hpi_cma_step(&state->cma, state->asked + ASKED_X,
                 state->asked + ASKED_X + state->searched.number_count);
    hpi_choices_draw(&state->choices, state->seed, number, block + 2 * state->blocks,
                     state->choice);
    hpi_searched_point(&state->searched, state->asked + ASKED_X, state->choice, point_out);
    hpi_repair_point(&state->searched.repair, point_out);
}

/* A point that was evaluated already is learnt from as if it were again, and the next one is drawn
 * from what that leads to. */
static hpt_status draw_new(cmaes_state *state, uint64_t number, hpt_coord *point_out,
                           hpt_err *err) {
    const double *losses = NULL;
    hpi_seen_as   known = HPI_SEEN_IN_FLIGHT;
    for (uint64_t turn = 0; turn < REDRAWS_MAX && known != HPI_SEEN_NEVER; turn++) {
        draw_point(state, number, turn, point_out);
        known = hpi_seen_find(&state->seen, point_out, &losses);
        if (known == HPI_SEEN_TOLD) learn_of(state, point_out, hpi_worth_of_loss(losses[0]), true);
    }
    hpt_status status = hpi_seen_take(&state->seen, number, point_out, err);
    if (known == HPI_SEEN_NEVER || status != HPT_OK) return status;
    hpi_searched_numbers(&state->searched, point_out, state->asked + ASKED_X);
    state->asked[ASKED_MOVED] = 1;
    return HPT_OK;
}

static hpt_status cmaes_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    cmaes_state *state = state_;
    hpt_status   status = draw_new(state, number, point_out, err);
    if (status != HPT_OK) return status;
    double *asked = hpi_pending_add(&state->pending, number);
    if (!asked) return hpt_error(err, HPT_ENOMEM, "cmaes: out of memory for trials in flight");
    memcpy(asked, state->asked, (ASKED_X + 2 * state->searched.number_count) * sizeof *asked);
    return HPT_OK;
}

/* A trial that nobody asked for here is taken as if it were late. */
static void cmaes_tell(void *state_, const hpt_outcome *outcome) {
    cmaes_state *state = state_;
    double      *asked = state->asked;
    bool         is_ours = hpi_pending_take(&state->pending, outcome->number, asked);
    hpi_seen_tell(&state->seen, outcome);
    if (hpi_outcome_is_void(outcome)) return;
    if (is_ours && asked[ASKED_GENERATION] < (double)state->run_start) return;
    if (!is_ours) hpi_searched_numbers(&state->searched, outcome->point, asked + ASKED_X);
    bool is_late =
        !is_ours || asked[ASKED_MOVED] > 0 || asked[ASKED_GENERATION] < (double)state->generation;
    learn_of(state, outcome->point, hpi_worth_of(outcome), is_late);
}

const hpt_strategy_class hpi_strategy_cmaes = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "cmaes",
    .summary = "CMA-ES: active, with margin for integers, restarts (IPOP, BIPOP)",
    .state_size = sizeof(cmaes_state),
    .options = options,
    .batch_max = 1, /* see every result: to hand a trial over costs less than to waste one */
    .init = cmaes_init,
    .ask = cmaes_ask,
    .tell = cmaes_tell,
    .fini = cmaes_fini,
};
