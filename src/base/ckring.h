/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CKRING_H
#define HPI_BASE_CKRING_H

/* What ck_ring 0.7.1 leaves to its users: a power of two that is large enough (it holds size - 1),
 * a place on cache lines of its own, and an order that its dequeue does not give on machines weaker
 * than x86: the slot must be read before it is given back, for which ck only orders stores (its own
 * repository strengthened that in June 2026, after 0.7.2). Its enqueue only orders stores as well,
 * so a read of an item by its producer could come after a write by its consumer. */

#include <ck_ring.h>

typedef struct hpi_ckring {
    _Alignas(128) ck_ring_t ring;
    char pad[128]; /* size and mask share a line with what follows otherwise */
} hpi_ckring;

/* The least power of two above `count`. */
static inline unsigned hpi_ckring_size(unsigned count) {
    unsigned size = 2;
    while (size <= count)
        size *= 2;
    return size;
}

/* Between reading a slot's content and the next use of the ring by the same consumer, and between a
 * producer's last look at an item and its push. Free on x86. */
static inline void hpi_ckring_fence(void) {
#if !defined(__x86_64__) && !defined(__i386__)
    ck_pr_fence_load_store();
#endif
}

#endif
