/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/ring.h"

#include "base/ckring.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sanitize.h"

struct hpi_ring {
    hpi_ckring        ck;
    ck_ring_buffer_t *slots;
};

hpi_ring *hpi_ring_create(uint32_t block_count) {
    unsigned  size = hpi_ckring_size(block_count);
    hpi_ring *ring = hpi_alloc_aligned(1, sizeof *ring);
    if (!ring) return NULL;
    /* Each could hold all blocks; pages nobody needs are never touched. */
    ring->slots = hpi_alloc_room(size, sizeof *ring->slots);
    if (!ring->slots) {
        hpi_free_aligned(ring);
        return NULL;
    }
    ck_ring_init(&ring->ck.ring, size);
    return ring;
}

void hpi_ring_destroy(hpi_ring *ring) {
    if (!ring) return;
    hpi_free(ring->slots);
    hpi_free_aligned(ring);
}

void hpi_ring_push_sp(hpi_ring *ring, hpi_block *block) {
    hpi_sanitize_release(block);
    bool pushed = ck_ring_enqueue_spsc(&ring->ck.ring, ring->slots, block);
    HPI_ASSERT(pushed);
    (void)pushed;
}

hpi_block *hpi_ring_pop_sc(hpi_ring *ring) {
    void *block = NULL;
    if (!ck_ring_dequeue_spsc(&ring->ck.ring, ring->slots, &block)) return NULL;
    hpi_sanitize_acquire(block);
    return block;
}
