/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TSAN_CK_RING_H
#define HPT_TSAN_CK_RING_H

/*
 * ck's rings as the two shims show them to ThreadSanitizer; see README.md beside this file.
 *
 * Shim A leaves the order of things as it is, and hides one copy: a consumer among many copies a
 * slot first and checks then, with a compare-and-swap, that the copy counts. The loser's copy races
 * with the producer by design, and is thrown away. A suppression would not do: when the reader's
 * stack is no longer known, only the producer's is left to name, and that would also hide a second
 * producer.
 *
 * Shim B relaxes the atomics of the rings, so that a ring by itself orders nothing. The order that
 * a hand-over gives is then only what src/base/sanitize.h states, item by item, and a race that the
 * ring's own traffic would have hidden is seen.
 */

#include <ck_pr.h>
#include <ck_string.h>

/* ck_ring.h names the target of a copy `buffer` in a push, `target` in a pop by the one consumer,
 * and `data` in a pop by one of many. Another ck that names it otherwise does not compile. */
#define memcpy(to, from, bytes)                  hpt_tsan_copy_to_##to(to, from, bytes)
#define hpt_tsan_copy_to_buffer(to, from, bytes) __builtin_memcpy(to, from, bytes)
#define hpt_tsan_copy_to_target(to, from, bytes) __builtin_memcpy(to, from, bytes)

__attribute__((no_sanitize("thread"), noinline, unused)) static void
hpt_tsan_copy_to_data(void *to, const void *from, unsigned int bytes) {
    volatile char *target =
        to; /* volatile: or the loop becomes a call to memcpy, which is watched */
    for (unsigned int i = 0; i < bytes; i++)
        target[i] = ((const volatile char *)from)[i];
}

#ifdef HPT_TSAN_SHIM_B

static inline unsigned int hpt_tsan_load_uint(const unsigned int *target) {
    return __atomic_load_n(target, __ATOMIC_RELAXED);
}

static inline void hpt_tsan_store_uint(unsigned int *target, unsigned int value) {
    __atomic_store_n(target, value, __ATOMIC_RELAXED);
}

static inline bool hpt_tsan_cas_uint(unsigned int *target, unsigned int compare, unsigned int set) {
    return __atomic_compare_exchange_n(target, &compare, set, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}

static inline bool hpt_tsan_cas_uint_value(unsigned int *target, unsigned int compare,
                                           unsigned int set, unsigned int *old) {
    bool done = __atomic_compare_exchange_n(target, &compare, set, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED);
    *old = compare;
    return done;
}

#define ck_pr_md_load_uint   hpt_tsan_load_uint
#define ck_pr_md_store_uint  hpt_tsan_store_uint
#define ck_pr_cas_uint       hpt_tsan_cas_uint
#define ck_pr_cas_uint_value hpt_tsan_cas_uint_value
#endif

#include_next <ck_ring.h>

#undef memcpy
#undef ck_pr_md_load_uint
#undef ck_pr_md_store_uint
#undef ck_pr_cas_uint
#undef ck_pr_cas_uint_value

#endif
