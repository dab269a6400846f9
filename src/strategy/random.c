/* SPDX-License-Identifier: BSD-3-Clause */

/* Independent uniform points, or with repeats=no every point of a finite space once. */

#include "base/apart.h"
#include "base/mem.h"
#include "base/rng.h"
#include "space/space.h"
#include "strategy/product.h"
#include "strategy/setup.h"
#include "strategy/valid.h"

#include "hpt/extend.h"

#include <string.h>

typedef struct random_state {
    bool             repeats;
    const hpt_space *space;
    uint64_t         seed;
    size_t           count;
    hpi_product      product; /* repeats=no in a finite space                                 */
    bool             has_rules;
    uint64_t        *sizes;   /* ... with rules                                               */
    hpi_valid        valid;   /* likewise                                                     */
    hpt_coord       *witness; /* repeats=yes with constraints: a valid point, as a last resort */
} random_state;

/* clang-format off */
static const hpt_option options[] = {
    { "repeats", HPT_OPTION_BOOL, offsetof(random_state, repeats), 1, 0, 0, NULL,
      "no: every point of a finite space once, each value of a range equally likely even if log, "
      "then the end; a space with a real range without step has no end, and repeats have "
      "probability 0" },
    { .name = NULL },
};
/* clang-format on */

/* How many values each parameter has. False when the space has no end. */
static bool count_choices(const random_state *state, uint64_t *sizes_out) {
    for (size_t j = 0; j < state->count; j++) {
        sizes_out[j] = hpt_space_choices(state->space, (hpt_param)j);
        if (sizes_out[j] == 0) return false;
    }
    return true;
}

static hpt_coord value_at(const void *context, hpt_param j, uint64_t index) {
    const random_state *state = context;
    return hpt_space_choice(state->space, j, index);
}

static void random_fini(void *state_) {
    random_state *state = state_;
    hpi_valid_fini(&state->valid);
    hpi_product_fini(&state->product);
    hpi_free(state->sizes);
    hpi_free(state->witness);
}

static hpt_status open_without_repeats(random_state *state, hpt_err *err) {
    hpt_status status = hpi_product_init(&state->product, state->sizes, state->count, err);
    if (status != HPT_OK) return status;
    hpi_product_shuffle(&state->product, state->seed);
    if (!state->has_rules) return HPT_OK;
    hpi_axes axes = { .sizes = state->sizes, .at = value_at, .context = state };
    return hpi_valid_init(&state->valid, state->space, axes, &state->product, state->seed, err);
}

static hpt_status open_with_repeats(random_state *state, hpt_err *err) {
    state->repeats = true;
    if (!hpi_space_has_constraints(state->space)) return HPT_OK;
    state->witness = hpi_alloc(state->count, sizeof *state->witness);
    if (!state->witness) return hpt_error(err, HPT_ENOMEM, "random: out of memory");
    return hpi_space_find_valid(state->space, state->witness, err);
}

static hpt_status random_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    random_state *state = state_;
    hpt_status    status = hpi_setup_without_points(setup, "random", err);
    if (status != HPT_OK) return status;
    state->space = setup->space;
    state->seed = setup->seed;
    state->count = hpt_space_count(setup->space);
    state->has_rules = hpi_space_has_rules(setup->space);
    state->sizes = state->repeats ? NULL : hpi_alloc(state->count, sizeof *state->sizes);
    if (!state->repeats && !state->sizes)
        status = hpt_error(err, HPT_ENOMEM, "random: out of memory");
    else if (!state->repeats && count_choices(state, state->sizes))
        status = open_without_repeats(state, err);
    else
        status = open_with_repeats(state, err);
    if (status != HPT_OK) random_fini(state);
    return status;
}

static uint64_t random_size(const void *state_) {
    const random_state *state = state_;
    if (state->repeats) return UINT64_MAX;
    return state->has_rules ? hpi_valid_size(&state->valid) : state->product.size;
}

/* Parameter j takes word j of the trial's stream, also if it needs none: a point changes only where
 * the space does. */
static void draw_from(const random_state *state, uint64_t number, uint64_t stream,
                      hpt_coord *point_out) {
    uint64_t words[4];
    for (size_t j = 0; j < state->count; j += 4) {
        size_t left = state->count - j;
        hpi_rng_block(state->seed, number, stream, j / 4, words);
        hpi_space_at_fractions(state->space, (hpt_param)j, left < 4 ? left : 4, words,
                               point_out + j);
    }
}

/* Uniform among the valid points as long as drawing again finds one; of a smaller share whatever a
 * random search comes to first, still a function of the number alone. */
enum { DRAWS_MAX = 256, SEARCHES_MAX = 8, FIRST_BUDGET = 256 };

HPI_APART static void search_valid(const random_state *state, uint64_t number,
                                   hpt_coord *point_out) {
    hpi_search *search = NULL;
    hpi_found   found = HPI_FOUND_TIRED;
    if (hpi_search_create(state->space, NULL, &search, NULL) != HPT_OK) search = NULL;
    for (uint32_t i = 0; search && i < SEARCHES_MAX && found == HPI_FOUND_TIRED; i++) {
        uint64_t budget = (uint64_t)FIRST_BUDGET << i;
        hpi_search_at_random(search, state->seed, number, i);
        found = hpi_search_next(search, &budget, point_out);
    }
    hpi_search_destroy(search);
    if (found != HPI_FOUND) memcpy(point_out, state->witness, state->count * sizeof *point_out);
}

HPI_APART static void draw_valid(const random_state *state, uint64_t number, hpt_coord *point_out) {
    for (uint64_t i = 0; i < DRAWS_MAX; i++) {
        uint64_t stream = i ? HPI_STREAM_REJECT + i : HPI_STREAM_POINT;
        draw_from(state, number, stream, point_out);
        if (hpt_space_permits(state->space, point_out)) return;
    }
    search_valid(state, number, point_out);
}

static void draw(const random_state *state, uint64_t number, hpt_coord *point_out) {
    if (state->witness)
        draw_valid(state, number, point_out);
    else
        draw_from(state, number, HPI_STREAM_POINT, point_out);
}

static void random_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    const random_state *state = state_;
    if (state->repeats) {
        draw(state, number, point_out);
        return;
    }
    hpi_product_digits(&state->product, number, point_out);
    for (size_t j = 0; j < state->count; j++)
        point_out[j] = hpt_space_choice(state->space, (hpt_param)j, (uint64_t)point_out[j].integer);
}

static void random_points(const void *state_, uint64_t first, size_t count, hpt_coord *points_out) {
    const random_state *state = state_;
    for (size_t i = 0; i < count; i++, points_out += state->count)
        if (state->repeats)
            draw(state, first + i, points_out);
        else
            random_point(state, first + i, points_out);
}

static bool random_is_asked(const void *state_) {
    const random_state *state = state_;
    return !state->repeats && state->has_rules;
}

static hpt_status random_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    random_state *state = state_;
    (void)number;
    (void)err;
    return hpi_valid_next(&state->valid, point_out);
}

const hpt_strategy_class hpi_strategy_random = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "random",
    .summary = "independent points, uniform in the space",
    .state_size = sizeof(random_state),
    .options = options,
    .init = random_init,
    .size = random_size,
    .point = random_point,
    .points = random_points,
    .ask = random_ask,
    .fini = random_fini,
    .is_asked = random_is_asked,
};
