/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_VOLUME_H
#define HPI_RUN_VOLUME_H

/* The volume that a set of points dominates, exactly. Any thread. */

#include <stdint.h>

/* `count` rows of `goal_count` (at least 1) gains: by how much a point is better than the reference
 * in each goal, all above 0. NaN: out of memory, or more than `steps` comparisons were needed. */
double hpi_volume(const double *gains, uint32_t count, uint32_t goal_count, uint64_t steps);

#endif
