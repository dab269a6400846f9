/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_HEARD_H
#define HPI_STORE_HEARD_H

/* What trials of others have reported, from the transaction that read it until the pruner is told.
 * As many as they report between two of these: memory is kept for the next. The writer's thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hpi_heard_report {
    uint64_t number;
    int64_t  step;
} hpi_heard_report;

typedef struct hpi_heard {
    hpi_heard_report *at;
    double           *values; /* goal_count for each */
    size_t            count, room;
} hpi_heard;

/* False: out of memory. */
bool hpi_heard_add(hpi_heard *heard, uint32_t goal_count, uint64_t number, int64_t step,
                   const double *values);
void hpi_heard_fini(hpi_heard *heard); /* also of a zeroed one */

#endif
