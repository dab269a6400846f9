/* SPDX-License-Identifier: BSD-3-Clause */

/* Local search without derivatives, by methods of NLopt, from many starts: the best one that does
 * not wait for a value goes on; if all wait, or none is left, another one begins. So with one trial
 * in flight starts follow each other, with more they run side by side, and no trial is wasted. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "strategy/local_options.h"
#include "strategy/local_start.h"
#include "strategy/normal.h"
#include "strategy/pending.h"

enum {
    NUMBERS_MAX = 50, /* for BOBYQA, which takes O(d^2) for a value and whose memory is O(d^2) */
    ENDS_MAX = 64,    /* ends of searches that are remembered                                     */
    DRAWS = 32,       /* places of which a start takes the one farthest from all ends */
};

typedef struct local_state {
    hpi_local_options options;

    uint64_t     seed;
    hpi_searched searched;
    hpi_pending  pending; /* the id of a trial's start, and which of its values it is */

    hpi_start *starts;             /* in the order of their ids */
    size_t     count, ready, room; /* under way; with memory; in the array */
    uint64_t   next_id;
    size_t     starts_max; /* that go on side by side                    */

    double    best;   /* of all trials; INFINITY: none yet        */
    double   *best_x; /* d numbers                                */
    uint32_t *best_choices;
    bool      is_told; /* the best one came from elsewhere, and no search has begun there */
    double   *ends;    /* ENDS_MAX places of d numbers             */
    uint64_t  end_count;
    double   *drawn; /* d numbers, for a while                   */
    uint32_t *drawn_choices;
} local_state;

/* ---- Where a search begins ---- */

static double clamp(double x) {
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static void begin_at_default(const local_state *state, hpi_start *start) {
    const hpi_searched *searched = &state->searched;
    for (size_t j = 0; j < searched->number_count; j++)
        start->origin[j] = clamp(searched->numbers[j].start);
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        start->choices[k] = category->start < category->choice_count ? category->start : 0;
    }
}

static void begin_at_best(const local_state *state, hpi_start *start) {
    const hpi_searched *searched = &state->searched;
    memcpy(start->origin, state->best_x, searched->number_count * sizeof *start->origin);
    memcpy(start->choices, state->best_choices, searched->category_count * sizeof *start->choices);
}

static double draw_unit(const local_state *state, uint64_t id, uint64_t index) {
    uint64_t words[4];
    hpi_rng_block(state->seed, id, HPI_STREAM_MODEL, index / 4, words);
    return hpi_rng_unit(words[index % 4]);
}

/* From a place to the nearest end of a search. */
static double distance(const local_state *state, const double *x) {
    size_t d = state->searched.number_count;
    size_t count = state->end_count < ENDS_MAX ? (size_t)state->end_count : ENDS_MAX;
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t j = 0; j < d; j++) {
            double apart = x[j] - state->ends[i * d + j];
            sum += apart * apart;
        }
        least = fmin(least, sum);
    }
    return least;
}

/* Far from where others have ended. */
static void begin_anywhere(const local_state *state, hpi_start *start) {
    const hpi_searched *searched = &state->searched;
    size_t              d = searched->number_count, k_count = searched->category_count;
    double              farthest = -1;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (size_t j = 0; j < d; j++)
            state->drawn[j] = draw_unit(state, start->id, draw * d + j);
        double away = distance(state, state->drawn);
        if (!(away > farthest)) continue;
        farthest = away;
        memcpy(start->origin, state->drawn, d * sizeof *start->origin);
    }
    for (size_t k = 0; k < k_count; k++) {
        double   count = (double)searched->categories[k].choice_count;
        uint64_t index = (DRAWS * (uint64_t)d) + k;
        start->choices[k] = (uint32_t)(draw_unit(state, start->id, index) * count);
    }
}

/* Near the best: a normal step in each number, and each category anew with the same chance that one
 * of them is. */
static void begin_near_best(const local_state *state, hpi_start *start) {
    const hpi_searched *searched = &state->searched;
    size_t              d = searched->number_count, k_count = searched->category_count;
    begin_at_best(state, start);
    for (size_t j = 0; j < d; j++) {
        double z = hpi_normal_quantile(draw_unit(state, start->id, j) + 0x1p-54);
        start->origin[j] = clamp(start->origin[j] + state->options.perturbation * z);
    }
    for (size_t k = 0; k < k_count; k++) {
        double count = (double)searched->categories[k].choice_count;
        if (draw_unit(state, start->id, d + 2 * k) * (double)k_count >= 1) continue;
        start->choices[k] = (uint32_t)(draw_unit(state, start->id, d + 2 * k + 1) * count);
    }
}

static hpi_local_method method_of(const local_state *state, uint64_t id) {
    hpi_local_method method = (hpi_local_method)state->options.algorithm;
    size_t           d = state->searched.number_count;
    if (state->options.algorithm == HPI_LOCAL_ALTERNATE)
        method = (hpi_local_method)(id % HPI_LOCAL_METHOD_COUNT);
    bool is_odd = method == HPI_LOCAL_BOBYQA && (d < 2 || d > NUMBERS_MAX);
    return is_odd ? HPI_LOCAL_SBPLX : method;
}

/* Room for one more. What ended leaves its memory behind. */
static bool reserve(local_state *state) {
    if (state->count < state->ready) return true;
    if (state->count == state->room) {
        size_t     room = 2 * state->room + 4;
        hpi_start *starts = hpi_resize(state->starts, room, sizeof *starts);
        if (!starts) return false;
        state->starts = starts;
        state->room = room;
    }
    if (!hpi_start_init(&state->starts[state->count], &state->searched)) return false;
    state->ready++;
    return true;
}

static void place(local_state *state, hpi_start *start) {
    if (state->is_told)
        begin_at_best(state, start);
    else if (start->id == 0)
        begin_at_default(state, start);
    else if (start->id % 2 == 0 && state->best < INFINITY)
        begin_near_best(state, start);
    else
        begin_anywhere(state, start);
    state->is_told = false;
}

/* Another one, or NULL: out of memory. */
static hpi_start *begin(local_state *state) {
    if (!reserve(state)) return NULL;
    hpi_start *start = &state->starts[state->count++];
    hpi_start_clear(start);
    start->id = state->next_id++;
    start->method = method_of(state, start->id);
    start->step = state->options.step;
    start->tolerance = state->options.tolerance;
    start->count_max = state->options.evaluations > 0 ? (size_t)state->options.evaluations
                                                      : 100 + 20 * state->searched.number_count;
    place(state, start);
    return start;
}

static void end(local_state *state, hpi_start *start) {
    size_t  d = state->searched.number_count, at = (size_t)(start - state->starts);
    double *place = state->ends + (size_t)(state->end_count % ENDS_MAX) * d;
    bool    has_best = start->best < INFINITY;
    memcpy(place, has_best ? start->x + start->best_index * start->width : start->origin,
           d * sizeof *place);
    state->end_count++;
    hpi_start ended = *start;
    state->count--;
    memmove(start, start + 1, (state->count - at) * sizeof *start);
    state->starts[state->count] = ended;
}

/* ---- Asking ---- */

/* The best one that waits for nothing; of equals the oldest. */
static hpi_start *choose(local_state *state) {
    hpi_start *best = NULL;
    for (size_t i = 0; i < state->count; i++) {
        hpi_start *start = &state->starts[i];
        if (start->waiting == 0 && (!best || start->best < best->best)) best = start;
    }
    return best;
}

/* From one that begins: its first trials do not depend on each other. (Not where every look takes
 * some searches for valid points.) */
static hpi_next ask_ahead(local_state *state, hpt_coord *point_out, double *kept) {
    if (state->searched.repair.search) return HPI_NEXT_WAITS;
    for (size_t i = 0; i < state->count; i++) {
        hpi_start *start = &state->starts[i];
        size_t     index;
        if (start->count > 2 * state->searched.number_count) continue;
        if (hpi_start_next(start, &state->searched, point_out, &index) != HPI_NEXT_ASKS) continue;
        kept[0] = (double)start->id;
        kept[1] = (double)index;
        return HPI_NEXT_ASKS;
    }
    return HPI_NEXT_WAITS;
}

static hpi_next ask_start(local_state *state, hpt_coord *point_out, double *kept) {
    for (;;) {
        size_t     index = 0;
        hpi_start *start = choose(state);
        if (!start && ask_ahead(state, point_out, kept) == HPI_NEXT_ASKS) return HPI_NEXT_ASKS;
        if (!start && state->count >= state->starts_max) return HPI_NEXT_WAITS;
        if (!start) start = begin(state);
        if (!start) return HPI_NEXT_NO_MEMORY;
        hpi_next next = hpi_start_next(start, &state->searched, point_out, &index);
        kept[0] = (double)start->id;
        kept[1] = (double)index;
        if (next != HPI_NEXT_ENDS) return next;
        end(state, start);
    }
}

/* A point of no start: where there are only categories, and where memory is out. */
static void ask_anything(const local_state *state, uint64_t number, hpt_coord *point_out) {
    const hpi_searched *searched = &state->searched;
    size_t              d = searched->number_count;
    for (size_t j = 0; j < d; j++)
        state->drawn[j] = draw_unit(state, number, j);
    for (size_t k = 0; k < searched->category_count; k++) {
        double count = (double)searched->categories[k].choice_count;
        state->drawn_choices[k] = (uint32_t)(draw_unit(state, number, d + k) * count);
    }
    hpi_searched_point(searched, state->drawn, state->drawn_choices, point_out);
    hpi_repair_point(&searched->repair, point_out);
}

static hpt_status local_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    local_state *state = state_;
    hpi_next     next = HPI_NEXT_NO_MEMORY;
    double       none[2];
    double      *kept = hpi_pending_add(&state->pending, number);
    if (!kept) return hpt_error(err, HPT_ENOMEM, "local: out of memory for trials in flight");
    if (state->searched.number_count > 0) next = ask_start(state, point_out, kept);
    if (next == HPI_NEXT_ASKS) return HPT_OK;
    (void)hpi_pending_take(&state->pending, number, none);
    if (next == HPI_NEXT_WAITS) return HPT_EAGAIN;
    ask_anything(state, number, point_out);
    return HPT_OK;
}

static hpi_start *find(local_state *state, uint64_t id) {
    for (size_t i = 0; i < state->count; i++)
        if (state->starts[i].id == id) return &state->starts[i];
    return NULL;
}

static void local_tell(void *state_, const hpt_outcome *outcome) {
    local_state *state = state_;
    double       kept[2] = { 0, 0 };
    bool         is_ours = hpi_pending_take(&state->pending, outcome->number, kept);
    hpi_start   *start = is_ours ? find(state, (uint64_t)kept[0]) : NULL;
    bool         is_good = outcome->state == HPT_TRIAL_COMPLETE && outcome->loss < INFINITY;
    if (start && outcome->state == HPT_TRIAL_CANCELLED)
        hpi_start_cancel(start, (size_t)kept[1]);
    else if (start)
        hpi_start_tell(start, (size_t)kept[1], is_good ? outcome->loss : INFINITY);
    if (!is_good || !(outcome->loss < state->best)) return;
    state->best = outcome->loss;
    state->is_told = !start;
    hpi_searched_numbers(&state->searched, outcome->point, state->best_x);
    hpi_searched_choices(&state->searched, outcome->point, state->best_choices);
}

/* ---- Life ---- */

static void local_fini(void *state_) {
    local_state *state = state_;
    for (size_t i = 0; i < state->ready; i++)
        hpi_start_fini(&state->starts[i]);
    hpi_free(state->starts);
    hpi_searched_fini(&state->searched);
    hpi_pending_fini(&state->pending);
    hpi_free(state->best_x);
    hpi_free(state->best_choices);
}

static bool make_room(local_state *state) {
    size_t d = state->searched.number_count, k = state->searched.category_count;
    state->best_x = hpi_alloc(d + 1, (ENDS_MAX + 2) * sizeof *state->best_x);
    state->best_choices = hpi_alloc(2 * k + 1, sizeof *state->best_choices);
    if (!state->best_x || !state->best_choices) return false;
    state->drawn = state->best_x + d;
    state->ends = state->drawn + d;
    state->drawn_choices = state->best_choices + k;
    return reserve(state);
}

static hpt_status local_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    local_state *state = state_;
    state->seed = setup->seed;
    state->best = INFINITY;
    /* A part of auto, which asks others while this one waits. */
    state->starts_max = setup->in_flight_max == 0 ? 1 : SIZE_MAX;
    hpt_status status = hpi_searched_init(&state->searched, setup->space, err);
    if (status == HPT_OK) status = hpi_pending_init(&state->pending, 2, err);
    if (status == HPT_OK && !make_room(state))
        status = hpt_error(err, HPT_ENOMEM, "local: out of memory");
    if (status != HPT_OK) local_fini(state);
    return status;
}

const hpt_strategy_class hpi_strategy_local = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "local",
    .summary = "local search without derivatives (NLopt), from many starts",
    .state_size = sizeof(local_state),
    .options = hpi_local_rows,
    .batch_max = 1, /* as for cmaes */
    .init = local_init,
    .ask = local_ask,
    .tell = local_tell,
    .fini = local_fini,
};
