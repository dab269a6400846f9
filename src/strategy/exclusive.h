/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_EXCLUSIVE_H
#define HPI_STRATEGY_EXCLUSIVE_H

/* What each of some points alone dominates, exactly. One thread at a time. */

#include "hpt/base.h"

#include <stddef.h>

/* Most goals and points: beyond it takes too long. */
enum { HPI_EXCLUSIVE_GOALS_MAX = 4, HPI_EXCLUSIVE_MAX = 64 };

typedef struct hpi_exclusive {
    size_t  goal_count, room;
    double *rows; /* room for a set of points on each level of the recursion */
} hpi_exclusive;

/* For up to `room` points. */
hpt_status hpi_exclusive_init(hpi_exclusive *it, size_t goal_count, size_t room, hpt_err *err);
void       hpi_exclusive_fini(hpi_exclusive *it); /* also of a zeroed one */

/* `count` rows of gains: by how much a point is better than the reference in each goal, none below
 * 0. Volumes_out: one for each, by the order of the rows. */
void hpi_exclusive_find(hpi_exclusive *it, const double *gains, size_t count, double *volumes_out);

#endif
