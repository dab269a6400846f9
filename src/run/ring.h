/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RING_H
#define HPI_RUN_RING_H

/* worker > RING > feedback: finished blocks of one worker, for when somebody else holds the turn.
 * Wait-free: the worker pushes, the holder of the turn pops. Never one ring for several workers: a
 * multi-producer ck_ring stalls everybody while one producer is not running. */

#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_ring  hpi_ring;
typedef struct hpi_block hpi_block;

/* Room for `block_count` blocks; more can never be in it, so a push cannot fail. NULL: out of
 * memory. */
hpi_ring *hpi_ring_create(uint32_t block_count);
void      hpi_ring_destroy(hpi_ring *ring);

void       hpi_ring_push_sp(hpi_ring *ring, hpi_block *block);
hpi_block *hpi_ring_pop_sc(hpi_ring *ring); /* NULL when empty */

#endif
