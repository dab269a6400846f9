/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/queue.h"

#include "base/ckring.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sanitize.h"

struct hpi_queue {
    hpi_ckring        ck;
    ck_ring_buffer_t *slots;
};

hpi_queue *hpi_queue_create(uint32_t block_count) {
    unsigned   size = hpi_ckring_size(block_count);
    hpi_queue *queue = hpi_alloc_aligned(1, sizeof *queue);
    if (!queue) return NULL;
    queue->slots = hpi_alloc_room(size, sizeof *queue->slots);
    if (!queue->slots) {
        hpi_free_aligned(queue);
        return NULL;
    }
    ck_ring_init(&queue->ck.ring, size);
    return queue;
}

void hpi_queue_destroy(hpi_queue *queue) {
    if (!queue) return;
    hpi_free(queue->slots);
    hpi_free_aligned(queue);
}

void hpi_queue_push_sp(hpi_queue *queue, hpi_block *block) {
    hpi_sanitize_release(block);
    bool pushed = ck_ring_enqueue_spmc(&queue->ck.ring, queue->slots, block);
    HPI_ASSERT(pushed);
    (void)pushed;
}

hpi_block *hpi_queue_pop_mc(hpi_queue *queue) {
    void *block = NULL;
    if (!ck_ring_dequeue_spmc(&queue->ck.ring, queue->slots, &block)) return NULL;
    hpi_sanitize_acquire(block);
    return block;
}

uint32_t hpi_queue_depth(const hpi_queue *queue) {
    return ck_ring_size(&queue->ck.ring);
}
