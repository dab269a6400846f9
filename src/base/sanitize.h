/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_SANITIZE_H
#define HPI_BASE_SANITIZE_H

/* ThreadSanitizer does not see the atomics of ck, which are assembly. Tests replace them by shims
 * that it does see (tests/tsan/README.md). Shim B gives the rings no order of their own, and every
 * hand-over of an item through a ring says so here: a hand-over that our code forgot then shows up
 * as the race it is. Nothing otherwise. */

#ifdef HPT_TSAN_SHIM_B
void __tsan_acquire(void *item);
void __tsan_release(void *item);
#define hpi_sanitize_release(item) __tsan_release(item)
#define hpi_sanitize_acquire(item) __tsan_acquire(item)
#else
#define hpi_sanitize_release(item) ((void)(item))
#define hpi_sanitize_acquire(item) ((void)(item))
#endif

#endif
