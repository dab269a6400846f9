/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_FRONT_H
#define HPI_RUN_FRONT_H

/* The trials of a run with several goals than which none is better: a Pareto set. The holder of the
 * turn adds to it; once the run is over it does not change, and results share it. Grows by doubling
 * to HPI_FRONT_MAX members.
 *
 * Members are in the order of their losses, goal by goal. So the first is the best in the first
 * goal, and no trial but a new first one can change which that is. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hpt/space.h"

typedef struct hpi_front {
    atomic_uint holders;
    uint32_t    goal_count, dims;
    uint32_t    count, room;
    uint32_t   *order;  /* rows of the members, then free rows */
    uint64_t   *trials; /* by row */
    double     *losses;
    hpt_coord  *points;
    uint64_t    left_out; /* trials that belong to it and found no room */
} hpi_front;

/* NULL: out of memory. Held once. */
hpi_front *hpi_front_create(uint32_t goal_count, uint32_t dims);
hpi_front *hpi_front_hold(hpi_front *front);
void       hpi_front_release(hpi_front *front); /* NULL is fine; the last one frees */

/* It has no members any more. */
void hpi_front_clear(hpi_front *front);

/* Whether the trial enters it. All losses are finite. Of trials with the same losses the one with
 * the lowest number is a member, whichever came first. */
bool hpi_front_add(hpi_front *front, uint64_t trial, const double *losses, const hpt_coord *point);

static inline uint64_t hpi_front_trial(const hpi_front *front, uint32_t index) {
    return front->trials[front->order[index]];
}

static inline const double *hpi_front_losses(const hpi_front *front, uint32_t index) {
    return front->losses + (size_t)front->order[index] * front->goal_count;
}

static inline const hpt_coord *hpi_front_point(const hpi_front *front, uint32_t index) {
    return front->points + (size_t)front->order[index] * front->dims;
}

#endif
