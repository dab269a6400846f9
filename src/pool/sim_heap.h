/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_SIM_HEAP_H
#define HPI_POOL_SIM_HEAP_H

/* What happens next in a simulation: one event for each worker at the most, ordered by time and
 * then by worker, so that no two are equal and the order never depends on anything else. A heap
 * with four children each: half the levels of a binary one, and they lie side by side. */

#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_sim_event {
    int64_t  time_ns;
    uint32_t worker;
} hpi_sim_event;

/* Room for one event for each worker is the owner's to allocate. */
typedef struct hpi_sim_heap {
    hpi_sim_event *events;
    uint32_t       count;
} hpi_sim_heap;

void          hpi_sim_heap_push(hpi_sim_heap *heap, hpi_sim_event event);
hpi_sim_event hpi_sim_heap_pop(hpi_sim_heap *heap);  /* it must not be empty */
void          hpi_sim_heap_mend(hpi_sim_heap *heap); /* after times were changed in place */

#endif
