/* SPDX-License-Identifier: BSD-3-Clause */

/* Every combination of the values of each parameter, by number: nothing is stored, so a grid of
 * 10^15 points costs what one of 10 does. */

#include "base/mem.h"
#include "space/space.h"
#include "strategy/axis.h"
#include "strategy/product.h"
#include "strategy/valid.h"

#include "hpt/extend.h"

typedef struct grid_state {
    int64_t          points;
    bool             shuffle;
    const hpt_space *space;
    hpi_axis        *axes; /* product.axis_count of them */
    hpi_product      product;
    bool             has_rules;
    uint64_t        *sizes; /* of the axes, for `valid`                               */
    hpi_valid        valid; /* with rules: what is left of the product                */
} grid_state;

/* clang-format off */
static const hpt_option options[] = {
    { "points", HPT_OPTION_INT, offsetof(grid_state, points), 0, 1, 0x1p53, NULL,
      "values of each range without step, ends included, evenly spaced (in the logarithm for log); "
      "not given: integer ranges take all, and real ranges are an error" },
    { "shuffle", HPT_OPTION_BOOL, offsetof(grid_state, shuffle), 0, 0, 0, NULL,
      "yes: in a random order, each point once; no: in order, the last parameter fastest" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status init_axes(grid_state *state, size_t count, uint64_t *sizes_out, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (size_t j = 0; j < count && status == HPT_OK; j++) {
        status = hpi_axis_init(&state->axes[j], state->space, (hpt_param)j, (uint64_t)state->points,
                               err);
        sizes_out[j] = state->axes[j].size;
    }
    return status;
}

static hpt_coord value_at(const void *context, hpt_param j, uint64_t index) {
    const grid_state *state = context;
    return hpi_axis_value(&state->axes[j], state->space, j, index);
}

static void grid_fini(void *state_) {
    grid_state *state = state_;
    hpi_valid_fini(&state->valid);
    hpi_product_fini(&state->product);
    hpi_free(state->sizes);
    hpi_free(state->axes);
}

static hpt_status open_parts(grid_state *state, uint64_t seed, hpt_err *err) {
    size_t     count = hpt_space_count(state->space);
    hpt_status status = init_axes(state, count, state->sizes, err);
    if (status == HPT_OK) status = hpi_product_init(&state->product, state->sizes, count, err);
    if (status == HPT_OK && state->shuffle) hpi_product_shuffle(&state->product, seed);
    if (status != HPT_OK || !state->has_rules) return status;
    hpi_axes axes = { .sizes = state->sizes, .at = value_at, .context = state };
    return hpi_valid_init(&state->valid, state->space, axes, &state->product, seed, err);
}

static hpt_status grid_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    grid_state *state = state_;
    size_t      count = hpt_space_count(setup->space);
    state->space = setup->space;
    state->has_rules = hpi_space_has_rules(setup->space);
    state->sizes = hpi_alloc(count, sizeof *state->sizes);
    state->axes = hpi_alloc(count, sizeof *state->axes);
    hpt_status status = state->sizes && state->axes
                            ? open_parts(state, setup->seed, err)
                            : hpt_error(err, HPT_ENOMEM, "grid: out of memory");
    if (status != HPT_OK) grid_fini(state);
    return status;
}

static uint64_t grid_size(const void *state_) {
    const grid_state *state = state_;
    return state->has_rules ? hpi_valid_size(&state->valid) : state->product.size;
}

static bool grid_is_asked(const void *state_) {
    const grid_state *state = state_;
    return state->has_rules;
}

static hpt_status grid_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    grid_state *state = state_;
    (void)number;
    (void)err;
    return hpi_valid_next(&state->valid, point_out);
}

static void grid_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    const grid_state *state = state_;
    hpi_product_digits(&state->product, number, point_out);
    for (size_t j = 0; j < state->product.axis_count; j++)
        point_out[j] = hpi_axis_value(&state->axes[j], state->space, (hpt_param)j,
                                      (uint64_t)point_out[j].integer);
}

const hpt_strategy_class hpi_strategy_grid = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "grid",
    .summary = "every combination of values, in order or shuffled",
    .state_size = sizeof(grid_state),
    .options = options,
    .init = grid_init,
    .size = grid_size,
    .point = grid_point,
    .ask = grid_ask,
    .fini = grid_fini,
    .is_asked = grid_is_asked,
};
