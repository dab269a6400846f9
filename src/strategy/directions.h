/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_DIRECTIONS_H
#define HPI_STRATEGY_DIRECTIONS_H

/* Directions that are spread evenly between the axes of the goals: the lattice of Das and Dennis
 * (SIAM J. Optimization 8(3), 1998), and within it a smaller one when there are too few divisions
 * for points inside (Deb, Jain, IEEE TEC 18(4), 2014, section V). Immutable after init: any
 * thread. */

#include "hpt/base.h"

#include <stddef.h>

typedef struct hpi_directions {
    size_t  goal_count, count;
    double *units; /* count x goal_count; each of length 1, no entry below 0 */
} hpi_directions;

/* How many there are; SIZE_MAX when there is no counting them. `divisions` of each axis, from 1. */
size_t hpi_directions_count(size_t goal_count, size_t divisions);

/* The most divisions, up to 100, with no more than so many directions; at least 1. */
size_t hpi_directions_fit(size_t goal_count, size_t most);

hpt_status hpi_directions_init(hpi_directions *directions, size_t goal_count, size_t divisions,
                               hpt_err *err);
void       hpi_directions_fini(hpi_directions *directions); /* also of a zeroed one */

/* The one that `losses`, none below 0, lie nearest to, and how far along it and off it they are.
 * Cost: O(count x goal_count). */
size_t hpi_directions_nearest(const hpi_directions *directions, const double *losses,
                              double *along_out, double *off_out);

#endif
