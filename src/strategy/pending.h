/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_PENDING_H
#define HPI_STRATEGY_PENDING_H

/* What a strategy keeps of a trial from ask to tell, found by the trial's number: results come in
 * any order. Memory follows the trials in flight, not those there were. One thread at a time. */

#include "hpt/base.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct hpi_pending {
    uint64_t *keys;   /* the trial's number + 1; 0 = free. Open addressing            */
    double   *values; /* `width` for each key                                          */
    size_t    width, room, count;
} hpi_pending;

hpt_status hpi_pending_init(hpi_pending *pending, size_t width, hpt_err *err);
void       hpi_pending_fini(hpi_pending *pending);

/* Room for `width` values of a trial; what it kept already if there is one. NULL = out of memory.
 * Valid until the next call. */
double *hpi_pending_add(hpi_pending *pending, uint64_t number);

/* What was kept, which is then forgotten. values_out has room for `width`. False: nothing was. */
bool hpi_pending_take(hpi_pending *pending, uint64_t number, double *values_out);

#endif
