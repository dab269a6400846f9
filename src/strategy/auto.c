/* SPDX-License-Identifier: BSD-3-Clause */

/* The strategy for who knows nothing of strategies: a portfolio of the others. Which of them take
 * part follows from the space and the budget; how often each is asked, from how often its trials
 * were the best so far. Every result is told to all. docs/strategies.md has the schedule and what
 * was measured for it. */

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "space/space.h"
#include "strategy/auto_part.h"
#include "strategy/every.h"
#include "strategy/hill.h"
#include "strategy/nsga.h"
#include "strategy/pending.h"
#include "strategy/searched.h"
#include "strategy/seen.h"

enum { LOCAL, CMAES, GP, TPE, DE, NSGA2, NSGA3, HILL, PARTS, NOBODY = PARTS };

static const char *const names[HILL] = {
    [LOCAL] = "local", [CMAES] = "cmaes", [GP] = "gp",       [TPE] = "tpe",
    [DE] = "de",       [NSGA2] = "nsga2", [NSGA3] = "nsga3",
};

enum {
    HILL_NEIGHBOURS_MAX = 1024, /* above, an ask of it takes longer than most models            */
    WIDE = 32,                  /* values of a parameter that is more a number than a list      */
    GP_TRIALS_MAX = 300,        /* it takes n^3                                                 */
    GP_WIDTH_MAX = 40,
    TPE_TRIALS_MAX = 3000,
    LOCAL_TRIALS_MAX = 10000,
    FIRST_RANDOM = 20,
    ASIDE = 5, /* of so many trials of the first descent one is elsewhere      */
    TRIES = 8  /* of a part that proposes what is known */
};

typedef enum plan { EVERY, COUNTED, NUMBERS, MIXED, GOALS } plan;

typedef struct auto_state {
    bool               repeats;
    hpt_strategy_setup setup;
    plan               plan;
    hpi_searched       searched;
    hpi_seen           seen;
    hpi_every          every;
    hpi_hill           hill;
    hpi_pending        pending; /* part, and its own number of the trial */
    hpi_part           parts[PARTS];
    double             shares[PARTS];   /* that each part has at least; 0: it takes no part */
    uint64_t           told, told_best; /* trials; when the best was told */
    uint64_t           asked_as;        /* the run's number of the trial; parts have their own */
    uint64_t           since; /* the first descent made no progress from then on; 0: it does */
    double             best;
    hpt_coord         *best_point;
} auto_state;

/* clang-format off */
static const hpt_option options[] = {
    HPI_SEEN_OPTION(auto_state, repeats),
    { .name = NULL },
};
/* clang-format on */

/* ---- The plan ---- */

static bool is_wide(const hpt_space *space, hpt_param param) {
    uint64_t choices = hpt_space_choices(space, param);
    return hpi_space_kind(space, param) != HPT_KIND_CATEGORICAL &&
           (choices == 0 || choices >= WIDE);
}

static plan plan_of(const auto_state *state) {
    const hpt_space *space = state->setup.space;
    const size_t     count = state->searched.number_count + state->searched.category_count;
    size_t           wide = 0;
    if (state->setup.goal_count > 1) return GOALS;
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        wide += is_wide(space, j);
    if (!state->repeats && 2 * wide < count && hpi_every_is_finite(space) &&
        hpi_hill_neighbours(space) <= HILL_NEIGHBOURS_MAX)
        return COUNTED;
    return state->searched.category_count > 0 || hpi_space_has_conditions(space) ? MIXED : NUMBERS;
}

/* Whether the budget reaches every point there is. */
static bool reaches_all(const auto_state *state, hpt_err *err, hpt_status *status_out) {
    const hpt_space *space = state->setup.space;
    double           budget = (double)state->setup.trial_count_max, size = hpt_space_size(space);
    hpi_every        every;
    if (state->repeats || budget == 0 || state->setup.goal_count > 1 || !hpi_every_is_finite(space))
        return false;
    if (!hpi_space_has_rules(space)) return size <= budget;
    if (size > 64 * budget || size > 1e6) return false;
    *status_out = hpi_every_init(&every, space, 0, err);
    if (*status_out != HPT_OK) return false;
    bool fits = (double)hpi_every_size(&every) <= budget;
    hpi_every_fini(&every);
    return fits;
}

static void share_out(auto_state *state) {
    double *shares = state->shares;
    size_t  width = state->searched.number_count + state->searched.category_count;
    switch (state->plan) {
    case EVERY:
        break;
    case GOALS:
        shares[state->setup.goal_count <= 3 ? NSGA2 : NSGA3] = 1;
        break;
    case COUNTED:
        shares[HILL] = 1;
        break;
    case MIXED:
        shares[TPE] = 0.5;
        shares[LOCAL] = state->searched.number_count > 0 ? 0.5 : 0;
        shares[GP] = width <= GP_WIDTH_MAX ? 1 : 0;
        shares[DE] = 0.1;
        break;
    case NUMBERS:
        shares[LOCAL] = 1;
        shares[CMAES] = 1;
        shares[GP] = width <= GP_WIDTH_MAX ? 1 : 0;
        shares[TPE] = 1;
        break;
    }
}

/* A part is asked for a trial of its own, and wants to know where the run's belongs. */
static uint32_t bracket_of(const void *context, uint64_t number) {
    const auto_state *state = context;
    (void)number;
    return state->setup.bracket(state->setup.bracket_context, state->asked_as);
}

static hpt_status open_part(auto_state *state, int part, const hpt_coord *start) {
    hpt_strategy_setup setup = state->setup;
    if (setup.bracket) setup.bracket = bracket_of;
    setup.bracket_context = state;
    if (part == LOCAL) setup.in_flight_max = 0; /* it may wait: others are asked then */
    setup.seed += (uint64_t)(part + 1) * UINT64_C(0x9e3779b97f4a7c15);
    return hpi_part_open(&state->parts[part], names[part], &setup, start);
}

/* All that a first trial may need. */
static hpt_status open_parts(auto_state *state, hpt_err *err) {
    hpt_status status = HPT_OK;
    if (state->plan == EVERY)
        return hpi_every_init(&state->every, state->setup.space, state->setup.seed, err);
    if (state->shares[HILL] > 0)
        status = hpi_hill_init(&state->hill, state->setup.space, &state->seen, state->setup.seed,
                               FIRST_RANDOM, err);
    for (int part = 0; status == HPT_OK && part < HILL; part++) {
        bool is_late = part == CMAES && state->plan == NUMBERS && state->shares[LOCAL] > 0;
        if (state->shares[part] > 0 && !is_late) status = open_part(state, part, NULL);
        if (status != HPT_OK) hpt_error(err, status, "auto: out of memory for %s", names[part]);
    }
    return status;
}

/* ---- Whose turn it is ---- */

/* Whether a part may be asked now; `without` has a bit for each that was in vain. */
static bool is_open(const auto_state *state, int part, unsigned without) {
    static const uint64_t most[PARTS] = {
        [LOCAL] = LOCAL_TRIALS_MAX, [GP] = GP_TRIALS_MAX, [TPE] = TPE_TRIALS_MAX
    };
    uint64_t count = part == LOCAL ? state->parts[part].asked : state->told;
    return !(without >> part & 1) && state->shares[part] > 0 && !state->parts[part].is_dead &&
           (most[part] == 0 || count < most[part]);
}

/* The first descent goes on as long as it finds something: a model of it takes 2 d + 1 trials, and
 * then a few for each look around. */
static bool descends(auto_state *state, unsigned without) {
    uint64_t d = state->searched.number_count, patience = 2 * d + 6;
    if (state->plan != NUMBERS || state->since > 0 || !is_open(state, LOCAL, without)) return false;
    uint64_t from = state->told_best > 2 * d + 1 ? state->told_best : 2 * d + 1;
    if (state->told < from + patience) return true;
    state->since = state->told;
    return false;
}

/* Where a descent is in vain this is what is found at all. */
static bool looks_aside(const auto_state *state) {
    return state->told > 2 * state->searched.number_count && state->told % ASIDE == 0;
}

static int choose(auto_state *state, unsigned without) {
    int    best = NOBODY;
    double sum = 0;
    bool   is_descent = descends(state, without);
    if (is_descent && !looks_aside(state)) return LOCAL;
    if (is_descent) without |= 1U << LOCAL | 1U << CMAES;
    for (int part = 0; part < PARTS; part++)
        if (is_open(state, part, without))
            sum += state->shares[part] * (0.05 + state->parts[part].score);
    for (int part = 0; part < PARTS; part++) {
        hpi_part *it = &state->parts[part];
        if (!is_open(state, part, without)) continue;
        it->credit += state->shares[part] * (0.05 + it->score) / sum;
        if (best == NOBODY || it->credit > state->parts[best].credit) best = part;
    }
    if (best == NOBODY) return is_descent ? LOCAL : NOBODY;
    state->parts[best].credit -= 1;
    return best;
}

/* ---- Asking ---- */

static void ask_anything(auto_state *state, uint64_t number, hpt_coord *point_out) {
    uint64_t words[4];
    for (hpt_param j = 0; j < state->searched.param_count; j++) {
        if (j % 4 == 0) hpi_rng_block(state->setup.seed, number, HPI_STREAM_POINT, j / 4, words);
        point_out[j] = hpt_space_at_fraction(state->setup.space, j, words[j % 4]);
    }
    hpi_repair_point(&state->searched.repair, point_out);
}

static bool ask_part(auto_state *state, int part, uint64_t number, uint64_t *number_out,
                     hpt_coord *point_out) {
    if (part == HILL) {
        hpi_hill_ask(&state->hill, number, point_out);
        *number_out = number;
        return true;
    }
    bool has_start = state->best < INFINITY && part == CMAES;
    if (open_part(state, part, has_start ? state->best_point : NULL) != HPT_OK) return false;
    return hpi_part_ask(&state->parts[part], number_out, point_out);
}

/* A part whose proposal is known hears at once what came of it. */
static bool is_known(auto_state *state, int part, uint64_t number, const hpt_coord *point) {
    const double *losses = NULL;
    hpi_seen_as   seen = hpi_seen_find(&state->seen, point, &losses);
    if (seen == HPI_SEEN_NEVER) return false;
    bool        is_good = seen == HPI_SEEN_TOLD && losses[0] < INFINITY;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = is_good                 ? HPT_TRIAL_COMPLETE
                                     : seen == HPI_SEEN_TOLD ? HPT_TRIAL_INFEASIBLE
                                                             : HPT_TRIAL_CANCELLED,
                            .point = point,
                            .value = NAN,
                            .loss = NAN,
                            .violation = seen == HPI_SEEN_TOLD && !is_good ? INFINITY : 0,
                            .bound = NAN };
    if (is_good) {
        outcome.loss = losses[0];
        outcome.value = state->setup.is_maximising ? -outcome.loss : outcome.loss;
        outcome.goal_count = (uint32_t)state->seen.goal_count;
        outcome.losses = losses; /* of as many goals */
    }
    if (part != HILL) hpi_part_tell(&state->parts[part], &outcome, number);
    return true;
}

/* A candidate, and whose it is. */
static int propose(auto_state *state, uint64_t number, uint64_t *number_out, hpt_coord *point_out) {
    unsigned without = 0;
    for (int i = 0; i < TRIES; i++) {
        int part = choose(state, without);
        if (part == NOBODY) break;
        if (!ask_part(state, part, number, number_out, point_out)) {
            without |= 1U << part;
            continue;
        }
        if (!is_known(state, part, *number_out, point_out)) return part;
    }
    ask_anything(state, number, point_out);
    return NOBODY;
}

/* One after the other, but for those that were known before the first ask. */
static hpt_status ask_every(auto_state *state, hpt_coord *point_out) {
    hpt_status status;
    do
        status = hpi_every_next(&state->every, point_out);
    while (status == HPT_OK && hpi_seen_find(&state->seen, point_out, NULL) != HPI_SEEN_NEVER);
    return status;
}

static hpt_status auto_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    auto_state *state = state_;
    uint64_t    own = 0;
    if (state->plan == EVERY) return ask_every(state, point_out);
    state->asked_as = number;
    double *kept = hpi_pending_add(&state->pending, number);
    if (!kept) return hpt_error(err, HPT_ENOMEM, "auto: out of memory for trials in flight");
    int part = propose(state, number, &own, point_out);
    kept[0] = part;
    kept[1] = (double)own;
    hpi_repair_point(&state->searched.repair, point_out);
    return hpi_seen_take(&state->seen, number, point_out, err);
}

/* Without repeats a finite space comes to an end, with rules perhaps before this. */
static uint64_t auto_size(const void *state_) {
    const auto_state *state = state_;
    double            size = hpt_space_size(state->setup.space);
    if (state->plan == EVERY) return hpi_every_size(&state->every);
    return hpi_seen_is_on(&state->seen) && size < 0x1p53 ? (uint64_t)size : UINT64_MAX;
}

static bool auto_is_asked(const void *state) {
    (void)state;
    return true;
}

/* ---- Telling ---- */

static void score(auto_state *state, int part, bool is_best) {
    if (part == NOBODY) return;
    state->parts[part].score += 0.1 * ((is_best ? 1 : 0) - state->parts[part].score);
}

static void auto_tell(void *state_, const hpt_outcome *outcome) {
    auto_state *state = state_;
    double      kept[2] = { NOBODY, 0 };
    if (state->plan != EVERY || outcome->number == HPT_NUMBER_NONE)
        hpi_seen_tell(&state->seen, outcome);
    if (state->plan == EVERY) return;
    (void)hpi_pending_take(&state->pending, outcome->number, kept);
    int  owner = (int)kept[0];
    bool is_best = outcome->state == HPT_TRIAL_COMPLETE && outcome->loss < state->best;
    if (outcome->state != HPT_TRIAL_CANCELLED) {
        state->told++;
        score(state, owner, is_best);
    }
    if (is_best) {
        state->best = outcome->loss;
        state->told_best = state->told;
        memcpy(state->best_point, outcome->point,
               state->searched.param_count * sizeof *outcome->point);
    }
    if (state->shares[HILL] > 0) hpi_hill_tell(&state->hill, outcome, owner == HILL);
    for (int part = 0; part < HILL; part++) {
        bool is_own = part == owner;
        if (is_own || part != CMAES || is_best)
            hpi_part_tell(&state->parts[part], outcome,
                          is_own ? (uint64_t)kept[1] : HPT_NUMBER_NONE);
    }
}

/* ---- Life ---- */

static void auto_fini(void *state_) {
    auto_state *state = state_;
    for (int part = 0; part < PARTS; part++)
        hpi_part_close(&state->parts[part]);
    hpi_hill_fini(&state->hill);
    if (state->plan == EVERY) hpi_every_fini(&state->every);
    hpi_seen_fini(&state->seen);
    hpi_searched_fini(&state->searched);
    hpi_pending_fini(&state->pending);
    hpi_free(state->best_point);
}

static hpt_status auto_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    auto_state *state = state_;
    state->setup = *setup;
    state->best = INFINITY;
    state->best_point = hpi_alloc(hpt_space_count(setup->space), sizeof *state->best_point);
    if (!state->best_point) return hpt_error(err, HPT_ENOMEM, "auto: out of memory");
    if (setup->trial_count_max == HPT_UNLIMITED) state->setup.trial_count_max = 0;
    hpt_status status = hpi_searched_init(&state->searched, setup->space, err);
    state->plan = GOALS;
    if (status == HPT_OK) status = hpi_seen_init(&state->seen, setup, state->repeats, err);
    if (status == HPT_OK) status = hpi_pending_init(&state->pending, 2, err);
    if (status == HPT_OK) state->plan = reaches_all(state, err, &status) ? EVERY : plan_of(state);
    if (status == HPT_OK) {
        share_out(state);
        status = open_parts(state, err);
    }
    if (status != HPT_OK) auto_fini(state);
    return status;
}

const hpt_strategy_class hpi_strategy_auto = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "auto",
    .summary = "chooses among the others by space, budget and what it has seen",
    .state_size = sizeof(auto_state),
    .options = options,
    .batch_max = 1, /* as for cmaes */
    .goals_max = HPI_FRONT_GOALS_MAX,
    .init = auto_init,
    .size = auto_size,
    .ask = auto_ask,
    .tell = auto_tell,
    .fini = auto_fini,
    .is_asked = auto_is_asked,
};
