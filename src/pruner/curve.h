/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_CURVE_H
#define HPI_PRUNER_CURVE_H

/* What one trial has reported: losses by step, in the order of steps. A step again: the later
 * losses, as in a study file, so that a study that is continued is told the same. One thread at a
 * time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HPI_CURVE_MAX = 8192 }; /* different steps of a trial; what comes at others is forgotten */

typedef struct hpi_curve {
    int64_t *steps;  /* rising               */
    double  *losses; /* goal_count for each */
    size_t   count, room;
} hpi_curve;

void hpi_curve_fini(hpi_curve *curve); /* also of a zeroed one */

/* False: there is no room. */
bool hpi_curve_put(hpi_curve *curve, uint32_t goal_count, int64_t step, const double *losses);

/* How many of its steps are below this one. */
size_t hpi_curve_below(const hpi_curve *curve, int64_t step);

#endif
