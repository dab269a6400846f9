/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_HANDOVER_H
#define HPI_BASE_HANDOVER_H

/*
 * Says to ThreadSanitizer which item changes hands, where it cannot see that by itself.
 *
 * Call HPI_HANDOVER_GIVE(item) just before an item is pushed into a queue or ring, and
 * HPI_HANDOVER_TAKE(item) just after it was popped. What the giver did before is then ordered
 * before what the taker does next, and nothing else is. Outside the build for which
 * tests/tsan/README.md says "shim B" both are empty: they order nothing, they only report.
 */

#ifdef HPT_TSAN_SHIM_B
void __tsan_release(void *address);
void __tsan_acquire(void *address);
#define HPI_HANDOVER_GIVE(item) __tsan_release(item)
#define HPI_HANDOVER_TAKE(item) __tsan_acquire(item)
#else
#define HPI_HANDOVER_GIVE(item) ((void)(item))
#define HPI_HANDOVER_TAKE(item) ((void)(item))
#endif

#endif
