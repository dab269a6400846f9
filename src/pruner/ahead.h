/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_AHEAD_H
#define HPI_PRUNER_AHEAD_H

/* Several goals: who is ahead of whom. Any thread.
 *
 * All are put into fronts (non-dominated sorting: Deb and others, IEEE TEC 6(2), 2002). Those of an
 * earlier front are ahead; of the same front those with more room around them, by its crowding
 * distance. That is an order in which a share of the trials is a share, whatever the number of
 * goals: to count only who dominates would let all go on where nobody dominates anybody. */

#include <stddef.h>
#include <stdint.h>

enum { HPI_AHEAD_MAX = 256 }; /* trials beside the one that is asked about */

/* `rows` has goal_count losses for each of `count` trials; infinite ones are fine. */
size_t hpi_ahead(const double *rows, size_t count, uint32_t goal_count, const double *losses);

#endif
