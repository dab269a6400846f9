/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CKRING_H
#define HPI_BASE_CKRING_H

/* What ck_ring 0.7.1 leaves to its users: a power of two that is large enough (it holds size - 1),
 * a place on cache lines of its own, and an order on machines weaker than x86. Its fences only
 * order stores: a dequeue could give its slot back before it has read it, and a producer read an
 * item after its consumer wrote to it. (ck's own repository strengthened the dequeue in June 2026,
 * after 0.7.2.) So ck_ring.h gets the fences that it should have asked for, which are free on x86.
 * What goes wrong without them tests/model/ring.pml shows. */

#include <ck_pr.h>

#define ck_pr_fence_store        ck_pr_fence_release
#define ck_pr_fence_store_atomic ck_pr_fence_release
#include <ck_ring.h>
#undef ck_pr_fence_store
#undef ck_pr_fence_store_atomic

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

#endif
