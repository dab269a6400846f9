/* SPDX-License-Identifier: BSD-3-Clause */

/* Differential evolution: L-SHADE (Tanabe and Fukunaga, CEC 2014): current-to-pbest/1 with an
 * archive, binomial crossover, self-adapting F and CR, and a population that shrinks as the budget
 * is spent.
 *
 * Asynchronous: an offspring replaces its parent when its own result comes, and a generation is as
 * many results as there are individuals. */

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "strategy/candidate.h"
#include "strategy/pending.h"
#include "strategy/searched.h"
#include "strategy/seen.h"
#include "strategy/shade.h"
#include "strategy/stream.h"

enum {
    POPULATION_MIN = 4,    /* L-SHADE, table 1 */
    NUMBERS_MAX = 1 << 22, /* of a population that nobody asked for: 32 MiB                      */
    UNITS = 8,             /* random numbers for F and CR */
    REDRAWS_MAX = 16       /* known points that one trial may learn from once more */
};

/* What is kept of a trial; its numbers follow. */
enum { KEPT_PARENT, KEPT_SCALE, KEPT_RATE, KEPT_NUMBERS };

typedef struct individual {
    hpi_worth worth;
    double   *x;
    uint32_t *choices;
} individual;

typedef struct de_state {
    int64_t population, memory;
    double  best, archive;
    bool    repeats;

    uint64_t     seed, budget;
    hpi_searched searched;
    hpi_shade    shade;
    hpi_pending  pending;
    hpi_seen     seen;

    individual  *members;  /* in no order, `count` of them                            */
    individual  *archived; /* parents that were replaced                              */
    size_t      *order;    /* of members, best first                                  */
    hpi_success *successes;
    size_t       first_size, size; /* of the population: at first, and now               */
    size_t       count, archived_count, archived_max;
    size_t       success_count, told_count; /* in this generation                          */
    uint64_t     told, next_parent;

    double   *kept; /* of one trial                                                        */
    uint32_t *choice;
    double   *numbers; /* memory of all individuals                                        */
    uint32_t *indices;
} de_state;

/* clang-format off */
static const hpt_option options[] = {
    { "population", HPT_OPTION_INT, offsetof(de_state, population), 0, POPULATION_MIN, 4096, NULL,
      "individuals at first; not given: 18 for each parameter, and no more than a sixtieth of the budget" },
    { "best", HPT_OPTION_REAL, offsetof(de_state, best), 0.11, 0.01, 1, NULL,
      "part of the population that steps go towards" },
    { "archive", HPT_OPTION_REAL, offsetof(de_state, archive), 2.6, 0, 10, NULL,
      "replaced individuals that are remembered, for each one of the population" },
    { "memory", HPT_OPTION_INT, offsetof(de_state, memory), 6, 1, HPI_SHADE_CELLS_MAX, NULL,
      "generations whose successful step sizes are remembered" },
    HPI_SEEN_OPTION(de_state, repeats),
    { .name = NULL },
};
/* clang-format on */

/* ---- The population ---- */

static void copy(const de_state *state, individual *to, const individual *from) {
    to->worth = from->worth;
    memcpy(to->x, from->x, state->searched.number_count * sizeof *to->x);
    memcpy(to->choices, from->choices, state->searched.category_count * sizeof *to->choices);
}

/* Put the member at `place` of the order where it belongs, now that it is better than it was. */
static void promote(de_state *state, size_t place) {
    size_t    index = state->order[place];
    hpi_worth worth = state->members[index].worth;
    for (; place > 0; place--) {
        size_t before = state->order[place - 1];
        if (!hpi_worth_is_better(worth, state->members[before].worth)) break;
        state->order[place] = before;
    }
    state->order[place] = index;
}

static size_t place_of(const de_state *state, size_t index) {
    size_t place = 0;
    while (state->order[place] != index)
        place++;
    return place;
}

/* The last index takes the place of the worst one's. */
static void drop_worst(de_state *state) {
    size_t worst = state->order[--state->count], last = state->count;
    if (worst == last) return;
    state->order[place_of(state, last)] = worst;
    copy(state, &state->members[worst], &state->members[last]);
}

static void archive(de_state *state, const individual *parent, hpi_stream *from) {
    if (state->archived_max == 0) return;
    bool   is_full = state->archived_count >= state->archived_max;
    size_t index = is_full ? hpi_stream_below(from, state->archived_max) : state->archived_count++;
    copy(state, &state->archived[index], parent);
}

/* Linear population size reduction: equation 6. */
static void shrink(de_state *state) {
    if (state->budget == 0 || state->budget == HPT_UNLIMITED) return;
    double spent = fmin(1, (double)state->told / (double)state->budget);
    double from = (double)state->first_size, least = fmin(from, POPULATION_MIN);
    state->size = (size_t)llround(from + (least - from) * spent);
    while (state->count > state->size)
        drop_worst(state);
    state->archived_max = (size_t)(state->archive * (double)state->size);
    if (state->archived_count > state->archived_max) state->archived_count = state->archived_max;
}

/* ---- Asking ---- */

static void ask_anywhere(de_state *state, hpi_stream *from, double *x_out, uint32_t *choices_out) {
    const hpi_searched *searched = &state->searched;
    bool                is_default = from->number == 0 && from->block == 0 && searched->has_default;
    for (size_t j = 0; j < searched->number_count; j++)
        x_out[j] = is_default ? searched->numbers[j].start : hpi_stream_unit(from);
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        bool                has_start = is_default && category->start < category->choice_count;
        choices_out[k] =
            has_start ? category->start : (uint32_t)hpi_stream_below(from, category->choice_count);
    }
}

/* The four that make an offspring: its parent, one of the best, and two whose difference counts. */
typedef struct parents {
    const individual *self, *best, *plus, *minus;
} parents;

static parents choose(const de_state *state, hpi_stream *from, size_t self) {
    size_t best_count = (size_t)llround(state->best * (double)state->count);
    if (best_count < 2) best_count = 2;
    size_t best = state->order[hpi_stream_below(from, best_count)];
    size_t plus = hpi_stream_below(from, state->count - 1);
    plus += plus >= self;
    size_t low = plus < self ? plus : self, high = plus < self ? self : plus;
    size_t minus = hpi_stream_below(from, state->count + state->archived_count - 2);
    minus += minus >= low;
    minus += minus >= high;
    return (parents){ &state->members[self], &state->members[best], &state->members[plus],
                      minus < state->count ? &state->members[minus]
                                           : &state->archived[minus - state->count] };
}

/* current-to-pbest/1, and beyond a bound half-way between the parent and it. */
static double mutate(const parents *of, size_t j, double scale) {
    double self = of->self->x[j];
    double x = self + scale * (of->best->x[j] - self) + scale * (of->plus->x[j] - of->minus->x[j]);
    return x < 0 ? self / 2 : x > 1 ? (self + 1) / 2 : x;
}

/* The same for what has no order: with chance F one of the best's choice, and then with chance F
 * another's, if the two others differ: so steps end when all agree, as differences do. Choices that
 * the population has lost come back with chance 1 / n. */
static uint32_t mutate_choice(const de_state *state, const parents *of, size_t k, double scale,
                              hpi_stream *from) {
    size_t   n = state->searched.number_count + state->searched.category_count;
    uint32_t count = state->searched.categories[k].choice_count;
    if (hpi_stream_unit(from) * (double)n < 1) return (uint32_t)hpi_stream_below(from, count);
    uint32_t choice = of->self->choices[k], plus = of->plus->choices[k];
    if (hpi_stream_unit(from) < scale) choice = of->best->choices[k];
    if (hpi_stream_unit(from) < scale && plus != of->minus->choices[k]) choice = plus;
    return choice;
}

static void ask_offspring(de_state *state, hpi_stream *from, double *kept, uint32_t *choices_out) {
    size_t  d = state->searched.number_count, n = d + state->searched.category_count;
    size_t  self = (size_t)(state->next_parent++ % state->count);
    parents of = choose(state, from, self);
    double  units[UNITS], *x = kept + KEPT_NUMBERS;
    for (size_t i = 0; i < UNITS; i++)
        units[i] = hpi_stream_unit(from);
    hpi_shade_draw(&state->shade, hpi_stream_below(from, state->shade.cell_count), units, UNITS,
                   &kept[KEPT_SCALE], &kept[KEPT_RATE]);
    kept[KEPT_PARENT] = (double)self;
    size_t always = hpi_stream_below(from, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new = hpi_stream_unit(from) < kept[KEPT_RATE] || i == always;
        if (i < d)
            x[i] = is_new ? mutate(&of, i, kept[KEPT_SCALE]) : of.self->x[i];
        else
            choices_out[i - d] = is_new ? mutate_choice(state, &of, i - d, kept[KEPT_SCALE], from)
                                        : of.self->choices[i - d];
    }
}

/* ---- Telling ---- */

/* One without a parent: there is room, or it is better than the worst. */
static void add(de_state *state, const individual *child) {
    if (!hpi_worth_is_known(child->worth)) return;
    if (state->count < state->size)
        state->order[state->count] = state->count, state->count++;
    else if (!hpi_worth_is_better(child->worth,
                                  state->members[state->order[state->count - 1]].worth))
        return;
    copy(state, &state->members[state->order[state->count - 1]], child);
    promote(state, state->count - 1);
}

static double gain_of(hpi_worth parent, hpi_worth child) {
    bool   is_broken = parent.violation > hpi_stopped_most;
    double gain = is_broken ? parent.violation - child.violation : parent.loss - child.loss;
    return fmin(gain, 1e300);
}

/* Selection: as good as the parent is good enough. */
static void challenge(de_state *state, const individual *child, hpi_stream *from) {
    size_t      index = (size_t)state->kept[KEPT_PARENT];
    individual *parent = &state->members[index];
    if (!hpi_worth_is_known(child->worth) || hpi_worth_is_better(parent->worth, child->worth))
        return;
    double gain = gain_of(parent->worth, child->worth);
    if (gain > 0) {
        archive(state, parent, from);
        if (state->success_count < state->first_size)
            state->successes[state->success_count++] = (hpi_success){
                .scale = state->kept[KEPT_SCALE], .rate = state->kept[KEPT_RATE], .gain = gain
            };
    }
    size_t place = place_of(state, index);
    copy(state, parent, child);
    promote(state, place);
}

static void end_generation(de_state *state) {
    hpi_shade_learn(&state->shade, state->successes, state->success_count);
    state->success_count = state->told_count = 0;
    shrink(state);
}

/* A result of the trial that state->kept tells of. The population may have shrunk since it was
 * asked for. */
static void learn(de_state *state, const hpt_coord *point, hpi_worth worth, hpi_stream *from) {
    double     parent = state->kept[KEPT_PARENT];
    individual child = { .worth = worth,
                         .x = state->kept + KEPT_NUMBERS,
                         .choices = state->choice };
    child.worth.loss = fmax(worth.loss, -DBL_MAX);
    hpi_searched_choices(&state->searched, point, child.choices);
    if (parent >= 0 && parent < (double)state->count)
        challenge(state, &child, from);
    else
        add(state, &child);
    if (++state->told_count >= state->size) end_generation(state);
}

/* A trial that nobody asked for here is taken as one without a parent. */
static void de_tell(void *state_, const hpt_outcome *outcome) {
    de_state  *state = state_;
    bool       is_ours = hpi_pending_take(&state->pending, outcome->number, state->kept);
    hpi_stream from = { .seed = state->seed,
                        .number = outcome->number,
                        .purpose = HPI_STREAM_POINT,
                        .block = 1u << 30 };
    hpi_seen_tell(&state->seen, outcome);
    if (hpi_outcome_is_void(outcome)) return;
    if (!is_ours) {
        hpi_searched_numbers(&state->searched, outcome->point, state->kept + KEPT_NUMBERS);
        state->kept[KEPT_PARENT] = -1;
    }
    state->told++;
    learn(state, outcome->point, hpi_worth_of(outcome), &from);
}

/* To state->kept what is proposed, and the point that stands for it. */
static void ask_point(de_state *state, hpi_stream *from, hpt_coord *point_out) {
    bool is_first = from->number < state->first_size || state->count < POPULATION_MIN;
    state->kept[KEPT_PARENT] = -1;
    if (is_first || state->searched.number_count + state->searched.category_count == 0)
        ask_anywhere(state, from, state->kept + KEPT_NUMBERS, state->choice);
    else
        ask_offspring(state, from, state->kept, state->choice);
    hpi_searched_point(&state->searched, state->kept + KEPT_NUMBERS, state->choice, point_out);
    hpi_repair_point(&state->searched.repair, point_out);
}

/* A point that was evaluated already challenges its parent at once, and another one is made. */
static hpt_status ask_new(de_state *state, hpi_stream *from, hpt_coord *point_out, hpt_err *err) {
    const double *losses = NULL;
    hpi_seen_as   known = HPI_SEEN_IN_FLIGHT;
    for (int turn = 0; turn < REDRAWS_MAX && known != HPI_SEEN_NEVER; turn++) {
        ask_point(state, from, point_out);
        known = hpi_seen_find(&state->seen, point_out, &losses);
        if (known == HPI_SEEN_TOLD) learn(state, point_out, hpi_worth_of_loss(losses[0]), from);
    }
    hpt_status status = hpi_seen_take(&state->seen, from->number, point_out, err);
    if (known != HPI_SEEN_NEVER && status == HPT_OK)
        hpi_searched_numbers(&state->searched, point_out, state->kept + KEPT_NUMBERS);
    return status;
}

static hpt_status de_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    de_state  *state = state_;
    hpi_stream from = { .seed = state->seed, .number = number, .purpose = HPI_STREAM_POINT };
    hpt_status status = ask_new(state, &from, point_out, err);
    if (status != HPT_OK) return status;
    double *kept = hpi_pending_add(&state->pending, number);
    if (!kept) return hpt_error(err, HPT_ENOMEM, "de: out of memory for trials in flight");
    memcpy(kept, state->kept, (KEPT_NUMBERS + state->searched.number_count) * sizeof *kept);
    return HPT_OK;
}

/* ---- Life ---- */

static void share_out(individual *individuals, size_t count, double *numbers, size_t d,
                      uint32_t *choices, size_t k) {
    for (size_t i = 0; i < count; i++)
        individuals[i] = (individual){ .x = numbers + i * d, .choices = choices + i * k };
}

static bool make_room(de_state *state) {
    size_t d = state->searched.number_count, k = state->searched.category_count;
    size_t size = state->first_size, all = size + state->archived_max;
    state->members = hpi_alloc(all, sizeof *state->members);
    state->order = hpi_alloc(size, sizeof *state->order);
    state->successes = hpi_alloc(size, sizeof *state->successes);
    state->numbers = hpi_alloc_room(all, (d + 1) * sizeof *state->numbers);
    state->indices = hpi_alloc_room(all, (k + 1) * sizeof *state->indices);
    state->kept = hpi_alloc(KEPT_NUMBERS + d, sizeof *state->kept);
    state->choice = hpi_alloc(k + 1, sizeof *state->choice);
    if (!state->members || !state->order || !state->successes || !state->numbers ||
        !state->indices || !state->kept || !state->choice)
        return false;
    state->archived = state->members + size;
    share_out(state->members, all, state->numbers, d, state->indices, k);
    return true;
}

/* 18 n of L-SHADE are meant for 10 000 n trials. With 10 to 50 n trials a population of 8 left a
 * half to a quarter of the error that 30 left (BBOB, 5 and 10 dimensions). */
static size_t usual_size(size_t n, uint64_t budget) {
    const size_t least = 2 * (size_t)POPULATION_MIN;
    size_t       size = 18 * n, fits = NUMBERS_MAX / (n + 1);
    if (budget > 0 && budget / 60 < size) size = (size_t)(budget / 60);
    if (size > fits) size = fits;
    return size < least ? least : size;
}

static void de_fini(void *state_) {
    de_state *state = state_;
    hpi_searched_fini(&state->searched);
    hpi_pending_fini(&state->pending);
    hpi_seen_fini(&state->seen);
    hpi_free(state->members);
    hpi_free(state->order);
    hpi_free(state->successes);
    hpi_free(state->numbers);
    hpi_free(state->indices);
    hpi_free(state->kept);
    hpi_free(state->choice);
}

static hpt_status open_population(de_state *state, hpt_err *err) {
    size_t     d = state->searched.number_count, n = d + state->searched.category_count;
    hpt_status status = hpi_pending_init(&state->pending, KEPT_NUMBERS + d, err);
    if (status != HPT_OK) return status;
    hpi_shade_init(&state->shade, (size_t)state->memory);
    state->first_size = state->size =
        state->population > 0 ? (size_t)state->population : usual_size(n, state->budget);
    state->archived_max = (size_t)(state->archive * (double)state->size);
    if (make_room(state)) return HPT_OK;
    return hpt_error(err, HPT_ENOMEM, "de: out of memory for %zu individuals", state->size);
}

static hpt_status de_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    de_state *state = state_;
    state->seed = setup->seed;
    state->budget = setup->trial_count_max;
    hpt_status status = hpi_searched_init(&state->searched, setup->space, err);
    if (status == HPT_OK) status = open_population(state, err);
    if (status == HPT_OK) status = hpi_seen_init(&state->seen, setup, state->repeats, err);
    if (status != HPT_OK) de_fini(state);
    return status;
}

const hpt_strategy_class hpi_strategy_de = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "de",
    .summary = "differential evolution that adapts itself (L-SHADE)",
    .state_size = sizeof(de_state),
    .options = options,
    .batch_max = 1, /* as for cmaes */
    .init = de_init,
    .ask = de_ask,
    .tell = de_tell,
    .fini = de_fini,
};
