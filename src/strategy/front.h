/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_FRONT_H
#define HPI_STRATEGY_FRONT_H

/* A population in fronts: the first is dominated by nobody, each other one by the front before it
 * (non-dominated sorting: Deb and others, IEEE TEC 6(2), 2002). Kept up to date: one comes, one
 * goes. One thread at a time.
 *
 * Members are slots, 0 to room - 1, so that a strategy can keep what it likes of each in arrays of
 * its own. */

#include "hpt/base.h"

#include <stdbool.h>
#include <stddef.h>

enum { HPI_FRONT_GOALS_MAX = 64 };

typedef struct hpi_fronts {
    size_t    goal_count, room, count;
    double   *losses;     /* goal_count for each slot; finite                            */
    double   *violations; /* of each slot; 0: feasible, and only then losses count       */
    uint32_t *ranks;      /* of each slot: its front                                     */
    uint32_t *order;      /* the members, front after front; then the slots that are free */
    uint32_t *starts;     /* of each front in the order, and of what would follow         */
    size_t    front_count;
    uint32_t *sorted; /* for each goal the members by loss                           */
} hpi_fronts;

hpt_status hpi_fronts_init(hpi_fronts *fronts, size_t goal_count, size_t room, hpt_err *err);
void       hpi_fronts_fini(hpi_fronts *fronts); /* also of a zeroed one */

/* Constrained domination: Deb and others 2002, definition 1. Feasible beats infeasible, a smaller
 * violation a larger one, and of two that are feasible one that is nowhere worse and somewhere
 * better. */
bool hpi_dominates(const hpi_fronts *fronts, uint32_t a, uint32_t b);

/* The slot that the next member will have; there must be room. */
uint32_t hpi_fronts_free(const hpi_fronts *fronts);

/* That slot's losses and violation are written: sort it in. Returns the slot.
 * Cost: O(goals x members), and more when whole fronts move (Li, Deb, Zhang, Zhang, IEEE Trans.
 * Cybernetics 47(9), 2017). */
uint32_t hpi_fronts_add(hpi_fronts *fronts);

/* Somebody of the last front, whom nobody else's place depends on. */
void hpi_fronts_drop(hpi_fronts *fronts, uint32_t slot);

/* The members of the last front. */
const uint32_t *hpi_fronts_last(const hpi_fronts *fronts, size_t *count_out);

/* Of each member of the last front how far apart its neighbours are: crowding distance, Deb and
 * others 2002, section III.B; INFINITY at the ends. By slot. Infeasible ones: 0. */
void hpi_fronts_crowding(const hpi_fronts *fronts, double *distances_out);

#endif
