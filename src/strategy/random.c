/* SPDX-License-Identifier: BSD-3-Clause */

/* Independent uniform points, or with repeats=no every point of a finite space once. */

#include "base/mem.h"
#include "base/rng.h"
#include "space/space.h"
#include "strategy/product.h"
#include "strategy/setup.h"

#include "hpt/extend.h"

typedef struct random_state {
    bool             repeats;
    const hpt_space *space;
    uint64_t         seed;
    size_t           count;
    hpi_product      product; /* repeats=no in a finite space */
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

static hpt_status random_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    random_state *state = state_;
    hpt_status    status = hpi_setup_without_points(setup, "random", err);
    if (status != HPT_OK) return status;
    state->space = setup->space;
    state->seed = setup->seed;
    state->count = hpt_space_count(setup->space);
    if (state->repeats) return HPT_OK;
    uint64_t *sizes = hpi_alloc(state->count, sizeof *sizes);
    if (!sizes) return hpt_error(err, HPT_ENOMEM, "random: out of memory");
    if (count_choices(state, sizes))
        status = hpi_product_init(&state->product, sizes, state->count, err);
    else
        state->repeats = true;
    hpi_free(sizes);
    if (!state->repeats && status == HPT_OK) hpi_product_shuffle(&state->product, setup->seed);
    return status;
}

static uint64_t random_size(const void *state_) {
    const random_state *state = state_;
    return state->repeats ? UINT64_MAX : state->product.size;
}

/* Parameter j takes word j of the trial's stream, also if it needs none: a point changes only where
 * the space does. */
static void draw(const random_state *state, uint64_t number, hpt_coord *point_out) {
    uint64_t words[4];
    for (size_t j = 0; j < state->count; j += 4) {
        size_t left = state->count - j;
        hpi_rng_block(state->seed, number, HPI_STREAM_POINT, j / 4, words);
        hpi_space_at_fractions(state->space, (hpt_param)j, left < 4 ? left : 4, words,
                               point_out + j);
    }
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

static void random_fini(void *state_) {
    random_state *state = state_;
    hpi_product_fini(&state->product);
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
    .fini = random_fini,
};
