/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_SIGNED_RANK_H
#define HPI_PRUNER_SIGNED_RANK_H

/* Wilcoxon's signed-rank test, one-sided. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>

/* Room that is used again; start from zero. */
typedef struct hpi_signed_rank {
    const double **sorted; /* twice the room */
    size_t         room;
} hpi_signed_rank;

void hpi_signed_rank_fini(hpi_signed_rank *it);

/* For `count` differences. False: out of memory. */
bool hpi_signed_rank_reserve(hpi_signed_rank *it, size_t count);

/* How likely the ranks of the positive ones are to be as high as they are, or higher, if each sign
 * were a toss. Room is reserved, all are finite, and there is at least one.
 *
 * As SciPy's wilcoxon(alternative="greater", zero_method="zsplit") chooses: exact up to 50
 * differences, or up to 13 if some are equal or 0, else the normal approximation with the
 * correction for ties and without one for continuity. Half of the ranks of zeros counts as
 * positive. */
double hpi_signed_rank_greater(hpi_signed_rank *it, const double *differences, size_t count);

#endif
