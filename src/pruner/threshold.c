/* SPDX-License-Identifier: BSD-3-Clause */
/* A trial that reports a value outside a range has gone wrong, whatever others do. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "pruner/map.h"
#include "pruner/pace.h"

#include "hpt/extend.h"

typedef struct threshold_state {
    double   lower, upper; /* of values, not of losses; -INFINITY: not given */
    hpi_pace pace;
    double   sign;   /* from a loss to its value      */
    hpi_map  trials; /* in flight: hpi_paced          */
} threshold_state;

/* clang-format off */
static const hpt_option options[] = {
    { "lower", HPT_OPTION_REAL, offsetof(threshold_state, lower), -INFINITY, -1e300, 1e300, NULL,
      "values below this one are hopeless" },
    { "upper", HPT_OPTION_REAL, offsetof(threshold_state, upper), -INFINITY, -1e300, 1e300, NULL,
      "values above this one are hopeless" },
    { "warmup_steps", HPT_OPTION_INT, offsetof(threshold_state, pace.warmup_steps), 0, 0, 0x1p53, NULL,
      "no trial is stopped at a step below this one" },
    { "interval", HPT_OPTION_INT, offsetof(threshold_state, pace.interval), 1, 1, 0x1p53, NULL,
      "of so many steps, from warmup_steps on, the first one reported is looked at" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status check_range(const threshold_state *state, hpt_err *err) {
    char lower[HPI_SHOWN_BYTES], upper[HPI_SHOWN_BYTES];
    if (isinf(state->lower) && isinf(state->upper))
        return hpi_fail(err, HPT_EINVAL,
                        "pruner \"threshold\" needs lower=VALUE, upper=VALUE or both");
    if (isinf(state->upper) || state->lower <= state->upper) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "pruner \"threshold\": lower is %s, which is above upper, %s",
                    hpi_show_value(lower, hpt_real(state->lower)),
                    hpi_show_value(upper, hpt_real(state->upper)));
}

static hpt_status threshold_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    threshold_state *state = state_;
    hpt_status       status = check_range(state, err);
    if (status != HPT_OK) return status;
    if (isinf(state->upper)) state->upper = INFINITY;
    state->sign = setup->is_maximising ? -1 : 1;
    hpi_map_init(&state->trials, sizeof(hpi_paced), NULL);
    return HPT_OK;
}

static bool threshold_report(void *state_, const hpt_pruner_report *report) {
    threshold_state *state = state_;
    double           value = state->sign * report->losses[0];
    hpi_paced       *mine = hpi_map_make(&state->trials, report->number);
    if (!mine || !hpi_pace_is_due(&state->pace, mine, report->step)) return false;
    return value < state->lower || value > state->upper;
}

static void threshold_end(void *state, const hpt_outcome *outcome) {
    hpi_map_remove(&((threshold_state *)state)->trials, outcome->number);
}

static void threshold_fini(void *state) {
    hpi_map_fini(&((threshold_state *)state)->trials);
}

const hpt_pruner_class hpi_pruner_threshold = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "threshold",
    .summary = "stops trials whose values leave a range",
    .state_size = sizeof(threshold_state),
    .options = options,
    .init = threshold_init,
    .report = threshold_report,
    .end = threshold_end,
    .fini = threshold_fini,
};
