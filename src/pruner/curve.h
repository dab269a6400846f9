/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_CURVE_H
#define HPI_PRUNER_CURVE_H

/* What one trial has reported: losses by step, in the order of steps. A step again: the later
 * losses, as in a study file. Too many steps: the lowest. So it does not matter in which order they
 * come, and a study that is continued is told the same. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HPI_CURVE_MAX = 8192 }; /* different steps of a trial; those beyond are forgotten */

typedef struct hpi_curve {
    int64_t *steps;  /* rising               */
    double  *losses; /* goal_count for each */
    size_t   count, room;
} hpi_curve;

void hpi_curve_fini(hpi_curve *curve); /* also of a zeroed one */

/* False: there is no room for it. */
bool hpi_curve_put(hpi_curve *curve, uint32_t goal_count, int64_t step, const double *losses);

/* Those behind that place move up. */
void hpi_curve_drop(hpi_curve *curve, uint32_t goal_count, size_t place);

/* How many of its steps are below this one. */
size_t hpi_curve_below(const hpi_curve *curve, int64_t step);

#endif
