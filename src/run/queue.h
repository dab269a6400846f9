/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_QUEUE_H
#define HPI_RUN_QUEUE_H

/* strategy > QUEUE > worker: blocks of candidates that are ready. Lock-free: one producer at a time
 * (the holder of the turn), any number of consumers. First in, first out. */

#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_queue hpi_queue;
typedef struct hpi_block hpi_block;

/* Room for `block_count` blocks; more can never be in it, so a push cannot fail. NULL: out of
 * memory. */
hpi_queue *hpi_queue_create(uint32_t block_count);
void       hpi_queue_destroy(hpi_queue *queue);

void       hpi_queue_push_sp(hpi_queue *queue, hpi_block *block);
hpi_block *hpi_queue_pop_mc(hpi_queue *queue); /* NULL when empty */

/* How many blocks: exact for the producer as far as its own pushes go, else a hint. */
uint32_t hpi_queue_depth(const hpi_queue *queue);

#endif
