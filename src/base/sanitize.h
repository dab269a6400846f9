/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_SANITIZE_H
#define HPI_BASE_SANITIZE_H

/* ThreadSanitizer does not see the atomics of ck, which are assembly. Tests therefore replace
 * ck_pr.h by a shim with no order of its own (tests/tsan), and every hand-over of an item through a
 * ck ring says so here: a hand-over that is missing in our code then shows up as the race it is.
 * Nothing otherwise. */

#if defined(__SANITIZE_THREAD__)
#define HPI_SANITIZE_THREAD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HPI_SANITIZE_THREAD 1
#endif
#endif

#ifdef HPI_SANITIZE_THREAD
void __tsan_acquire(void *item);
void __tsan_release(void *item);

static inline void hpi_sanitize_release(void *item) {
    __tsan_release(item);
}
static inline void hpi_sanitize_acquire(void *item) {
    __tsan_acquire(item);
}
#else
static inline void hpi_sanitize_release(void *item) {
    (void)item;
}
static inline void hpi_sanitize_acquire(void *item) {
    (void)item;
}
#endif

#endif
