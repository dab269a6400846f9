/* SPDX-License-Identifier: BSD-3-Clause */

/* The points that the user wrote down (hpt_options.points), each once. */

#include <string.h>

#include "strategy/permute.h"

#include "hpt/extend.h"

typedef struct list_state {
    bool             shuffle;
    const hpt_coord *points; /* the setup's, borrowed */
    size_t           point_count;
    size_t           coord_count; /* of one point          */
    hpi_permute_span span;
    hpi_permute      permute;
} list_state;

/* clang-format off */
static const hpt_option options[] = {
    { "shuffle", HPT_OPTION_BOOL, offsetof(list_state, shuffle), 0, 0, 0, NULL,
      "yes: in a random order, each point once; no: as they are written" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status list_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    list_state *state = state_;
    if (setup->point_count == 0)
        return hpt_error(err, HPT_EINVAL, "list: there are no points; give some in points");
    state->points = setup->points;
    state->point_count = setup->point_count;
    state->coord_count = hpt_space_count(setup->space);
    state->span = hpi_permute_span_of(setup->point_count);
    hpi_permute_init(&state->permute, setup->seed);
    return HPT_OK;
}

static uint64_t list_size(const void *state_) {
    const list_state *state = state_;
    return state->point_count;
}

static void list_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    const list_state *state = state_;
    if (state->shuffle) number = hpi_permute_number(&state->permute, &state->span, 0, number);
    memcpy(point_out, state->points + number * state->coord_count,
           state->coord_count * sizeof *point_out);
}

const hpt_strategy_class hpi_strategy_list = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "list",
    .summary = "the points that are given, in order or shuffled",
    .state_size = sizeof(list_state),
    .options = options,
    .init = list_init,
    .size = list_size,
    .point = list_point,
};
