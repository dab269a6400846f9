/* SPDX-License-Identifier: BSD-3-Clause */

/* Tree-structured Parzen estimator: candidates from a density of the good trials, of which the one
 * is taken where that density is highest relative to the density of all others; this maximises
 * expected improvement (Bergstra et al., NIPS 2011, equation 2). Multivariate as Falkner et al.,
 * ICML 2018, section 3.2; rules and defaults those of Optuna 5, as Watanabe 2023 explains them. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "space/space.h"
#include "strategy/approx.h"
#include "strategy/draw.h"
#include "strategy/pending.h"
#include "strategy/repair.h"
#include "strategy/seen.h"
#include "strategy/tpe_trials.h"

#include "hpt/extend.h"

typedef struct tpe_state {
    bool             multivariate, magic_clip, endpoints, repeats;
    int64_t          startup, candidates, good_max, kernels;
    double           gamma, prior_weight, focus;
    const hpt_space *space;
    uint64_t         seed;
    size_t           width; /* coordinates of a point, constants too */
    hpi_parzen_axis *axes;
    hpi_parzen_rule  rule;
    hpi_tpe_trials  *sets; /* all trials, then those of each bracket of the pruner */
    size_t           set_count;
    hpi_tpe_trials  *trials;  /* of the sets: what the next candidate follows from */
    hpi_pending      pending; /* which of the trials of which sets a number is     */
    uint32_t (*bracket)(const void *context, uint64_t number);
    const void       *bracket_context;
    hpi_seen          seen;
    hpi_parzen_points points;   /* the candidates */
    uint32_t         *slots;    /* the component of each */
    bool             *is_open;  /* valid and new */
    bool              is_joint; /* all parameters together, in this trial */
    hpt_coord        *point;    /* one, for a while */
    float            *good_scores, *rest_scores, *failed_scores, *room;
    size_t            room_count;
    float            *x; /* of the point that is taken */
    hpi_repair        repair;
} tpe_state;

/* clang-format off */
static const hpt_option options[] = {
    { "multivariate", HPT_OPTION_BOOL, offsetof(tpe_state, multivariate), 1, 0, 0, NULL,
      "yes: parameters are modelled together (with several goals every second time); no: each by "
      "itself" },
    { "startup", HPT_OPTION_INT, offsetof(tpe_state, startup), 5, 0, 1e9, NULL,
      "random trials before the first that is drawn from the model" },
    { "candidates", HPT_OPTION_INT, offsetof(tpe_state, candidates), 24, 1, 256, NULL,
      "drawn for each trial; the best is taken" },
    { "gamma", HPT_OPTION_REAL, offsetof(tpe_state, gamma), 0.1, 1e-6, 1, NULL,
      "share of the trials that are good, rounded up" },
    { "good_max", HPT_OPTION_INT, offsetof(tpe_state, good_max), 25, 1, 1e9, NULL,
      "most trials that are good" },
    { "prior_weight", HPT_OPTION_REAL, offsetof(tpe_state, prior_weight), 1, 0, 1e6, NULL,
      "of the prior, in trials" },
    { "magic_clip", HPT_OPTION_BOOL, offsetof(tpe_state, magic_clip), 1, 0, 0, NULL,
      "yes: kernels are at least 1/min(100, n + 2) of the range wide, n trials in that density" },
    { "endpoints", HPT_OPTION_BOOL, offsetof(tpe_state, endpoints), 0, 0, 0, NULL,
      "yes: the outermost kernels reach to the ends of the range" },
    { "focus", HPT_OPTION_REAL, offsetof(tpe_state, focus), 0.4, 0.01, 1, NULL,
      "candidates are drawn so much nearer to good trials than their density says; 1: as it says" },
    { "kernels", HPT_OPTION_INT, offsetof(tpe_state, kernels), 256, 32, 1e9, NULL,
      "most kernels in a density; a sample stands for more trials" },
    HPI_SEEN_OPTION(tpe_state, repeats),
    { .name = NULL },
};
/* clang-format on */

/* ---- setup ---- */

static bool is_log(const hpt_space *space, hpt_param param) {
    hpt_param_info info = { .struct_size = sizeof info };
    return hpt_space_info(space, param, &info, NULL) == HPT_OK && info.is_log;
}

static bool make_axis(const hpt_space *space, hpt_param param, hpi_parzen_axis *axis_out) {
    uint64_t choices = hpt_space_choices(space, param);
    hpt_kind kind = hpi_space_kind(space, param);
    if (choices == 1) return false;
    *axis_out = (hpi_parzen_axis){ .param = param, .choices = (double)choices };
    if (choices > 0) axis_out->log_choices = hpi_log((double)choices);
    if (kind == HPT_KIND_CATEGORICAL)
        axis_out->kind = HPI_PARZEN_LIST;
    else
        axis_out->kind = choices == 0 ? HPI_PARZEN_REAL : HPI_PARZEN_CELLS;
    axis_out->is_even = axis_out->kind == HPI_PARZEN_CELLS && !is_log(space, param);
    return true;
}

static bool make_room(tpe_state *state) {
    size_t axes = state->rule.axis_count + 1, points = (size_t)state->candidates;
    state->points.count = points;
    state->points.x = hpi_alloc(axes * points, sizeof(float));
    state->slots = hpi_alloc(points, sizeof *state->slots);
    state->good_scores = hpi_alloc(points, sizeof(float));
    state->rest_scores = hpi_alloc(points, sizeof(float));
    state->failed_scores = hpi_alloc(points, sizeof(float));
    state->x = hpi_alloc(2 * axes, sizeof(float));
    state->is_open = hpi_alloc(points, sizeof *state->is_open);
    state->point = hpi_alloc(state->width, sizeof *state->point);
    return state->points.x && state->slots && state->good_scores && state->rest_scores &&
           state->failed_scores && state->x && state->is_open && state->point;
}

/* For one more trial of that set. */
static bool reserve(tpe_state *state, hpi_tpe_trials *trials) {
    if (!hpi_tpe_trials_reserve(trials)) return false;
    size_t good = hpi_parzen_score_room(&trials->good_density);
    size_t rest = hpi_parzen_score_room(&trials->rest_density);
    size_t failed = hpi_parzen_score_room(&trials->failed_density);
    size_t draw = 2 * state->points.count, needed = good > rest ? good : rest;
    if (needed < failed) needed = failed;
    if (needed < draw) needed = draw;
    if (needed <= state->room_count) return true;
    float *room = hpi_resize(state->room, needed, sizeof *room);
    if (!room) return false;
    state->room = room;
    state->room_count = needed;
    return true;
}

/* ---- candidates ---- */

/* Uniform numbers of one trial, eight to a block; 24 bits are all that a float holds. */
typedef struct numbers {
    uint64_t seed, trial, next;
} numbers;

static void draw_uniform(numbers *it, float *out, size_t count) {
    uint64_t words[4];
    for (size_t i = 0; i < count; i++) {
        if (i % 8 == 0) hpi_rng_block(it->seed, it->trial, HPI_STREAM_MODEL, it->next++, words);
        uint32_t half = (uint32_t)(words[i % 8 / 2] >> (i % 2 * 32));
        out[i] = ((float)(half >> 9) + 0.5F) * 0x1p-23F;
    }
}

static hpt_coord coord_at(const tpe_state *state, size_t axis, double x) {
    const hpi_parzen_axis *it = &state->axes[axis];
    if (it->kind == HPI_PARZEN_LIST) return (hpt_coord){ .integer = (int64_t)x };
    return hpt_space_from_unit(state->space, it->param, x);
}

/* The middle of a value's cell, and its width: 0 if the value is a point, or an index. */
static double find_cell(const tpe_state *state, size_t axis, hpt_coord coord, double *width_out) {
    const hpi_parzen_axis *it = &state->axes[axis];
    double                 low, high;
    *width_out = 0;
    if (it->kind == HPI_PARZEN_LIST) return (double)coord.integer;
    if (it->kind == HPI_PARZEN_REAL) return hpt_space_to_unit(state->space, it->param, coord);
    hpi_space_cell(state->space, it->param, coord, &low, &high);
    *width_out = high - low;
    return low + (high - low) / 2;
}

/* To the middles of even cells: what find_cell() does, without asking the space. */
static void find_even_cells(float *x, size_t count, double choices) {
    for (size_t i = 0; i < count; i++) {
        double cell = floor((double)x[i] * choices);
        x[i] = (float)((fmin(cell, choices - 1) + 0.5) / choices);
    }
}

/* Values that can be counted: to the middle of the cell that was hit. */
static void find_cells(tpe_state *state, size_t axis) {
    const hpi_parzen_points *points = &state->points;
    if (state->axes[axis].is_even) {
        find_even_cells(points->x + axis * points->count, points->count, state->axes[axis].choices);
        return;
    }
    double width;
    for (size_t i = axis * points->count; i < (axis + 1) * points->count; i++) {
        hpt_coord coord = coord_at(state, axis, (double)points->x[i]);
        points->x[i] = (float)find_cell(state, axis, coord, &width);
    }
}

static void pick_slots(tpe_state *state, numbers *drawn) {
    const hpi_parzen *good = &state->trials->good_density;
    draw_uniform(drawn, state->good_scores, state->points.count);
    for (size_t i = 0; i < state->points.count; i++)
        state->slots[i] = hpi_parzen_pick(good, (double)state->good_scores[i]);
}

static void draw_points(tpe_state *state, numbers *drawn) {
    size_t count = state->points.count;
    pick_slots(state, drawn);
    for (size_t axis = 0; axis < state->rule.axis_count; axis++) {
        float *x = state->points.x + axis * count;
        if (!state->is_joint && axis > 0) pick_slots(state, drawn);
        draw_uniform(drawn, x, count);
        hpi_parzen_draw(&state->trials->good_density, axis, state->slots, count, x, state->room);
        if (state->axes[axis].kind == HPI_PARZEN_CELLS) find_cells(state, axis);
    }
}

/* The first of the best. */
static size_t best_point(const tpe_state *state) {
    size_t best = 0;
    float  highest = -INFINITY;
    for (size_t point = 0; point < state->points.count; point++) {
        float ratio = state->good_scores[point] - state->rest_scores[point];
        if (ratio > highest) {
            highest = ratio;
            best = point;
        }
    }
    return best;
}

static void take(tpe_state *state, size_t axis, size_t point, hpt_coord *point_out) {
    float x = state->points.x[axis * state->points.count + point];
    point_out[state->axes[axis].param] = coord_at(state, axis, (double)x);
}

static size_t largest(const float *values, size_t count) {
    size_t at = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[at]) at = i;
    return at;
}

/* The ratio of densities, times the chance not to fail. */
static float worth(const tpe_state *state, size_t point, float good, float rest) {
    const hpi_tpe_trials *trials = state->trials;
    if (trials->failed == 0) return good - rest;
    float failed = hpi_parzen_score(&trials->failed_density, &state->points, point, state->room);
    return good - rest + hpi_tpe_log_chance(trials, good, rest, failed);
}

/* The candidate with the largest ratio of densities. The rest's density is the dear one, and has a
 * lower bound that is cheap: so go from the largest possible ratio downwards, until what was found
 * is more than what is possible. The same one as if all were looked at. */
static size_t best_together(tpe_state *state) {
    const hpi_tpe_trials    *trials = state->trials;
    const hpi_parzen_points *points = &state->points;
    float                   *bounds = state->rest_scores, found = -INFINITY;
    size_t                   best = 0;
    for (size_t i = 0; i < points->count; i++) {
        bounds[i] = -INFINITY;
        if (!state->is_open[i]) continue;
        state->good_scores[i] = hpi_parzen_score(&trials->good_density, points, i, state->room);
        bounds[i] =
            state->good_scores[i] - hpi_parzen_score_least(&trials->rest_density, points, i);
    }
    for (size_t i = 0; i < points->count; i++) {
        size_t next = largest(bounds, points->count);
        if (bounds[next] <= found) break;
        float rest = hpi_parzen_score(&trials->rest_density, points, next, state->room);
        float ratio = worth(state, next, state->good_scores[next], rest);
        if (ratio > found) {
            found = ratio;
            best = next;
        }
        bounds[next] = -INFINITY;
    }
    return best;
}

static bool is_open(tpe_state *state, const hpt_coord *point) {
    return hpt_space_permits(state->space, point) &&
           hpi_seen_find(&state->seen, point, NULL) == HPI_SEEN_NEVER;
}

/* Which candidates are valid and new; how many. point: what they have in common. */
static size_t find_open(tpe_state *state, const hpt_coord *point) {
    size_t count = 0;
    bool   is_any = !state->repair.search && !hpi_seen_is_on(&state->seen);
    for (size_t i = 0; i < state->points.count; i++) {
        if (!is_any) {
            memcpy(state->point, point, state->width * sizeof *point);
            for (size_t axis = 0; axis < state->rule.axis_count; axis++)
                take(state, axis, i, state->point);
        }
        state->is_open[i] = is_any || is_open(state, state->point);
        count += state->is_open[i];
    }
    return count;
}

static bool propose_together(tpe_state *state, hpt_coord *point_out) {
    bool is_good = find_open(state, point_out) > 0;
    for (size_t i = 0; i < state->points.count && !is_good; i++)
        state->is_open[i] = true;
    size_t best = best_together(state);
    for (size_t axis = 0; axis < state->rule.axis_count; axis++)
        take(state, axis, best, point_out);
    return is_good;
}

/* Along one axis. */
static void weigh_chances(tpe_state *state, size_t axis) {
    const hpi_tpe_trials *trials = state->trials;
    float *good = state->good_scores, *rest = state->rest_scores, *failed = state->failed_scores;
    if (trials->failed == 0) return;
    hpi_parzen_score_axis(&trials->failed_density, axis, &state->points, state->room, failed);
    for (size_t i = 0; i < state->points.count; i++)
        good[i] += hpi_tpe_log_chance(trials, good[i], rest[i], failed[i]);
}

static bool propose_each(tpe_state *state, hpt_coord *point_out) {
    const hpi_tpe_trials *trials = state->trials;
    for (size_t axis = 0; axis < state->rule.axis_count; axis++) {
        hpi_parzen_score_axis(&trials->good_density, axis, &state->points, state->room,
                              state->good_scores);
        hpi_parzen_score_axis(&trials->rest_density, axis, &state->points, state->room,
                              state->rest_scores);
        weigh_chances(state, axis);
        take(state, axis, best_point(state), point_out);
    }
    return is_open(state, point_out);
}

/* With several goals good trials lie far apart, and often in no valley: there parameters are
 * modelled together in every second trial only. From 0.62 / 0.49 / 0.31 of what random search
 * leaves of the volume at 100, 250 and 1000 trials to 0.55 / 0.30 / 0.13; each always by itself
 * 0.76 / 0.48 / 0.19.
 *
 * If none of the candidates is valid and new, further ones are drawn from farther away; in the end
 * the best is taken all the same, and moved. */
enum { ROUNDS = 4 };

static void propose(tpe_state *state, uint64_t number, hpt_coord *point_out) {
    numbers drawn = { .seed = state->seed, .trial = number };
    bool    is_good = false;
    state->is_joint = state->multivariate && (state->trials->goal_count <= 1 || number % 2 == 0);
    hpi_draw(state->space, state->seed, number, 0, point_out); /* for what is no axis */
    hpi_parzen_prepare(&state->trials->good_density);
    hpi_parzen_prepare(&state->trials->rest_density);
    if (state->trials->failed > 0) hpi_parzen_prepare(&state->trials->failed_density);
    for (int round = 0; round < ROUNDS && !is_good; round++) {
        state->rule.focus = round == 0 ? state->focus : 1;
        draw_points(state, &drawn);
        is_good =
            state->is_joint ? propose_together(state, point_out) : propose_each(state, point_out);
    }
}

/* ---- trials ---- */

/* Which of the sets but the first a number belongs to; 0: to none. */
static size_t set_of(const tpe_state *state, uint64_t number) {
    if (state->set_count <= 1 || number == HPT_NUMBER_NONE) return 0;
    size_t bracket = state->bracket(state->bracket_context, number);
    return bracket + 1 < state->set_count ? bracket + 1 : 0;
}

static void read_point(tpe_state *state, const hpt_coord *point) {
    for (size_t axis = 0; axis < state->rule.axis_count; axis++) {
        double width, x = find_cell(state, axis, point[state->axes[axis].param], &width);
        state->x[axis] = (float)x;
        state->x[state->rule.axis_count + axis] = (float)width;
    }
}

static bool is_full(const tpe_state *state) {
    return state->sets[0].count >= UINT32_MAX - 1;
}

/* Of a trial that is under way: which it is among all, its other set, and which it is there. */
enum { KEPT_TRIAL, KEPT_SET, KEPT_IN_SET, KEPT };

enum { OWN_LEAST = 20 };

static hpt_status start(tpe_state *state, uint64_t number, const hpt_coord *point, hpt_err *err) {
    size_t  set = set_of(state, number);
    bool    has_room = reserve(state, &state->sets[0]) && reserve(state, &state->sets[set]);
    double *kept = has_room ? hpi_pending_add(&state->pending, number) : NULL;
    if (!kept) return hpt_error(err, HPT_ENOMEM, "tpe: out of memory");
    read_point(state, point);
    kept[KEPT_TRIAL] = hpi_tpe_trials_add(&state->sets[0], state->x);
    kept[KEPT_SET] = (double)set;
    if (set > 0) kept[KEPT_IN_SET] = hpi_tpe_trials_add(&state->sets[set], state->x);
    return HPT_OK;
}

/* Trials of other brackets were stopped by other rules: they are followed only while the bracket
 * has too few of its own. Five are too few: under noise Hyperband then needs a tenth more epochs
 * than with 20 (tools/bench pruning), and 40 change nothing. */
static void choose_set(tpe_state *state, uint64_t number) {
    hpi_tpe_trials *own = &state->sets[set_of(state, number)];
    bool            has_enough = own->told >= OWN_LEAST && own->told >= (size_t)state->startup;
    state->trials = has_enough ? own : &state->sets[0];
}

static hpt_status tpe_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    tpe_state            *state = state_;
    const hpi_tpe_trials *all = &state->sets[0];
    bool                  has_model = all->told + all->pending >= (size_t)state->startup;
    hpt_status            status = HPT_OK;
    choose_set(state, number);
    if (is_full(state)) return hpt_error(err, HPT_ELIMIT, "tpe: more than 4294967294 trials");
    if (!reserve(state, state->trials)) return hpt_error(err, HPT_ENOMEM, "tpe: out of memory");
    if (has_model)
        propose(state, number, point_out);
    else
        (void)hpi_draw_valid(state->space, state->seed, number, point_out);
    hpi_repair_point(&state->repair, point_out);
    status = has_model ? hpi_seen_take(&state->seen, number, point_out, err)
                       : hpi_seen_take_any(&state->seen, number, point_out, err);
    return status == HPT_OK ? start(state, number, point_out, err) : status;
}

/* What was known before the search began; other strange numbers are told twice, or wrong. */
static bool is_news(const hpt_outcome *outcome) {
    return outcome->number == HPT_NUMBER_NONE && !hpi_tpe_is_lost(outcome);
}

static void tpe_tell(void *state_, const hpt_outcome *outcome) {
    tpe_state      *state = state_;
    hpi_tpe_trials *all = &state->sets[0];
    double          kept[KEPT];
    hpi_seen_tell(&state->seen, outcome);
    if (hpi_pending_take(&state->pending, outcome->number, kept)) {
        size_t set = (size_t)kept[KEPT_SET];
        hpi_tpe_trials_tell(all, (uint32_t)kept[KEPT_TRIAL], outcome);
        if (set > 0) hpi_tpe_trials_tell(&state->sets[set], (uint32_t)kept[KEPT_IN_SET], outcome);
    } else if (is_news(outcome) && !is_full(state) && reserve(state, all)) {
        read_point(state, outcome->point); /* without memory it is not learnt */
        hpi_tpe_trials_tell(all, hpi_tpe_trials_add(all, state->x), outcome);
    }
}

/* ---- life ---- */

static void tpe_fini(void *state_) {
    tpe_state  *state = state_;
    void *const owned[] = { state->axes,         state->points.x, state->slots,
                            state->good_scores,  state->room,     state->x,
                            state->rest_scores,  state->is_open,  state->point,
                            state->failed_scores };
    for (size_t i = 0; i < state->set_count; i++)
        hpi_tpe_trials_fini(&state->sets[i]);
    hpi_free(state->sets);
    hpi_pending_fini(&state->pending);
    hpi_seen_fini(&state->seen);
    hpi_repair_fini(&state->repair);
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        hpi_free(owned[i]);
}

static void make_rule(tpe_state *state) {
    size_t axis_count = 0;
    for (size_t j = 0; j < state->width; j++)
        axis_count += make_axis(state->space, (hpt_param)j, &state->axes[axis_count]);
    state->rule = (hpi_parzen_rule){ .axes = state->axes,
                                     .axis_count = axis_count,
                                     .prior_weight = state->prior_weight,
                                     .magic_clip = state->magic_clip,
                                     .endpoints = state->endpoints,
                                     .focus = state->focus,
                                     .kernel_max = (uint32_t)state->kernels,
                                     .seed = state->seed };
}

static hpt_status open_sets(tpe_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    bool has_brackets = setup->bracket && setup->bracket_count > 1;
    state->bracket = setup->bracket;
    state->bracket_context = setup->bracket_context;
    size_t count = has_brackets ? 1 + (size_t)setup->bracket_count : 1;
    state->trials = state->sets = hpi_alloc(count, sizeof *state->sets);
    if (!state->sets) return hpt_error(err, HPT_ENOMEM, "tpe: out of memory");
    for (hpt_status status; state->set_count < count; state->set_count++) {
        hpi_tpe_trials *set = &state->sets[state->set_count];
        *set = (hpi_tpe_trials){ .gamma = state->gamma,
                                 .good_max = (size_t)state->good_max,
                                 .is_maximising = setup->is_maximising,
                                 .goal_count = setup->goal_count };
        status = hpi_tpe_trials_init(set, &state->rule, err);
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

static hpt_status open_parts(tpe_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    state->axes = hpi_alloc(state->width, sizeof *state->axes);
    if (!state->axes) return hpt_error(err, HPT_ENOMEM, "tpe: out of memory");
    make_rule(state);
    hpt_status status = open_sets(state, setup, err);
    if (status != HPT_OK) return status;
    if (!make_room(state) || !reserve(state, &state->sets[0]))
        return hpt_error(err, HPT_ENOMEM, "tpe: out of memory");
    status = hpi_repair_init(&state->repair, setup->space, err);
    if (status == HPT_OK) status = hpi_pending_init(&state->pending, KEPT, err);
    if (status == HPT_OK) status = hpi_seen_init(&state->seen, setup, state->repeats, err);
    for (size_t i = 0; i < setup->point_count && status == HPT_OK; i++)
        status = start(state, i, setup->points + i * state->width, err);
    return status;
}

static hpt_status tpe_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    tpe_state *state = state_;
    state->space = setup->space;
    state->seed = setup->seed;
    state->width = hpt_space_count(setup->space);
    hpt_status status = open_parts(state, setup, err);
    if (status != HPT_OK) tpe_fini(state);
    return status;
}

const hpt_strategy_class hpi_strategy_tpe = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "tpe",
    .summary = "draws from where good trials are dense (tree-structured Parzen estimator)",
    .state_size = sizeof(tpe_state),
    .options = options,
    .batch_max = 1,
    .init = tpe_init,
    .ask = tpe_ask,
    .tell = tpe_tell,
    .fini = tpe_fini,
    .goals_max = HPI_FRONT_GOALS_MAX,
};
