/* SPDX-License-Identifier: BSD-3-Clause */

/* Every combination of the values of each parameter, by number: nothing is stored, so a grid of
 * 10^15 points costs what one of 10 does. */

#include "base/mem.h"
#include "strategy/axis.h"
#include "strategy/product.h"
#include "strategy/setup.h"

#include "hpt/extend.h"

typedef struct grid_state {
    int64_t          points;
    bool             shuffle;
    const hpt_space *space;
    hpi_axis        *axes; /* product.axis_count of them */
    hpi_product      product;
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

static hpt_status grid_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    grid_state *state = state_;
    size_t      count = hpt_space_count(setup->space);
    hpt_status  status = hpi_setup_without_points(setup, "grid", err);
    if (status != HPT_OK) return status;
    uint64_t *sizes = hpi_alloc(count, sizeof *sizes);
    state->space = setup->space;
    state->axes = hpi_alloc(count, sizeof *state->axes);
    if (!sizes || !state->axes) status = hpt_error(err, HPT_ENOMEM, "grid: out of memory");
    if (status == HPT_OK) status = init_axes(state, count, sizes, err);
    if (status == HPT_OK) status = hpi_product_init(&state->product, sizes, count, err);
    if (status == HPT_OK && state->shuffle) hpi_product_shuffle(&state->product, setup->seed);
    if (status != HPT_OK) hpi_free(state->axes);
    hpi_free(sizes);
    return status;
}

static uint64_t grid_size(const void *state_) {
    const grid_state *state = state_;
    return state->product.size;
}

static void grid_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    const grid_state *state = state_;
    hpi_product_digits(&state->product, number, point_out);
    for (size_t j = 0; j < state->product.axis_count; j++)
        point_out[j] = hpi_axis_value(&state->axes[j], state->space, (hpt_param)j,
                                      (uint64_t)point_out[j].integer);
}

static void grid_fini(void *state_) {
    grid_state *state = state_;
    hpi_product_fini(&state->product);
    hpi_free(state->axes);
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
    .fini = grid_fini,
};
