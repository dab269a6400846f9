/* SPDX-License-Identifier: BSD-3-Clause */
/* A trial whose best so far is worse than the median of the others at its step is stopped. */
#include "pruner/quantile.h"

typedef struct median_state {
    hpi_quantile quantile;
} median_state;

/* clang-format off */
static const hpt_option options[] = {
    HPI_QUANTILE_OPTIONS(median_state, quantile),
    { .name = NULL },
};
/* clang-format on */

static hpt_status median_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    median_state *state = state_;
    (void)err;
    state->quantile.percentile = 50;
    hpi_quantile_init(&state->quantile, setup);
    return HPT_OK;
}

static bool median_report(void *state, const hpt_pruner_report *report) {
    return hpi_quantile_report(&((median_state *)state)->quantile, report);
}

static void median_end(void *state, const hpt_outcome *outcome) {
    hpi_quantile_end(&((median_state *)state)->quantile, outcome);
}

static void median_fini(void *state) {
    hpi_quantile_fini(&((median_state *)state)->quantile);
}

const hpt_pruner_class hpi_pruner_median = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "median",
    .summary = "stops trials that are worse than the median of the others at the same step",
    .state_size = sizeof(median_state),
    .options = options,
    .init = median_init,
    .report = median_report,
    .end = median_end,
    .fini = median_fini,
    .goals_max = HPI_RUNG_GOALS_MAX,
};
