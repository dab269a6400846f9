/* SPDX-License-Identifier: BSD-3-Clause */
/* A trial whose best so far is not among the best share of the others at its step is stopped. */
#include "pruner/quantile.h"

typedef struct percentile_state {
    hpi_quantile quantile;
} percentile_state;

/* clang-format off */
static const hpt_option options[] = {
    { "percentile", HPT_OPTION_REAL, offsetof(percentile_state, quantile.percentile), 25, 0, 100, NULL,
      "trials go on that are among so many per cent" },
    HPI_QUANTILE_OPTIONS(percentile_state, quantile),
    { .name = NULL },
};
/* clang-format on */

static hpt_status percentile_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    percentile_state *state = state_;
    (void)err;
    hpi_quantile_init(&state->quantile, setup);
    return HPT_OK;
}

static bool percentile_report(void *state, const hpt_pruner_report *report) {
    return hpi_quantile_report(&((percentile_state *)state)->quantile, report);
}

static void percentile_end(void *state, const hpt_outcome *outcome) {
    hpi_quantile_end(&((percentile_state *)state)->quantile, outcome);
}

static void percentile_fini(void *state) {
    hpi_quantile_fini(&((percentile_state *)state)->quantile);
}

const hpt_pruner_class hpi_pruner_percentile = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "percentile",
    .summary = "stops trials that are not among the best per cent of the others at the same step",
    .state_size = sizeof(percentile_state),
    .options = options,
    .init = percentile_init,
    .report = percentile_report,
    .end = percentile_end,
    .fini = percentile_fini,
    .goals_max = HPI_RUNG_GOALS_MAX,
};
