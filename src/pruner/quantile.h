/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_QUANTILE_H
#define HPI_PRUNER_QUANTILE_H

/* What median.c and percentile.c have in common: a trial is hopeless when the best it has reported
 * so far is worse than a percentile of what trials that completed had at the same step (the median
 * stopping rule: Golovin and others, KDD 2017, 3.2.2, in the form that Optuna gives it).
 *
 * Several goals: the best of each goal so far, and among those trials in the order of ahead.h. */

#include <stddef.h>

#include "hpt/extend.h"
#include "pruner/map.h"
#include "pruner/pace.h"
#include "pruner/rung.h"

enum { HPI_QUANTILE_STEPS_MAX = 8192 }; /* the first steps, with which trials are compared */

typedef struct hpi_quantile {
    /* Options. */
    double   percentile;
    int64_t  startup_trials, min_trials;
    hpi_pace pace;

    hpi_rung_kind kind;
    hpi_map       trials; /* in flight: what they have reported     */
    hpi_map       steps;  /* a rung for each, of trials that completed */
    uint64_t      complete_count;
    uint64_t      startup_number; /* the highest of the first `startup_trials` that completed */
} hpi_quantile;

/* Rows of an option table. */
/* clang-format off */
#define HPI_QUANTILE_OPTIONS(type, member)                                                         \
    { "startup_trials", HPT_OPTION_INT, offsetof(type, member.startup_trials), 5, 0, 1e9, NULL,    \
      "trials that must have completed before any is stopped" },                                   \
    { "warmup_steps", HPT_OPTION_INT, offsetof(type, member.pace.warmup_steps), 0, 0, 0x1p53, NULL,     \
      "no trial is stopped at a step below this one" },                                            \
    { "interval", HPT_OPTION_INT, offsetof(type, member.pace.interval), 1, 1, 0x1p53, NULL,             \
      "of so many steps, from warmup_steps on, the first one reported is looked at" },             \
    { "min_trials", HPT_OPTION_INT, offsetof(type, member.min_trials), 1, 1, HPI_RUNG_KEPT_GOALS,    \
      NULL, "trials to compare with that there must be at the step" }
/* clang-format on */

void hpi_quantile_init(hpi_quantile *it, const hpt_pruner_setup *setup);
bool hpi_quantile_report(hpi_quantile *it, const hpt_pruner_report *report);
void hpi_quantile_end(hpi_quantile *it, const hpt_outcome *outcome);
void hpi_quantile_fini(hpi_quantile *it);

#endif
