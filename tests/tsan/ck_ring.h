/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TSAN_CK_RING_H
#define HPT_TSAN_CK_RING_H

/*
 * Shim B: ck's rings with relaxed atomics, so that a ring by itself orders nothing. The order a
 * hand-over gives is then only what src/base/handover.h states, item by item, and a race that the
 * ring's own traffic would have hidden is seen. Shim A leaves the rings as they are.
 */

#include <ck_pr.h>

#ifdef HPT_TSAN_SHIM_B

static inline unsigned int hpt_tsan_load_uint(const unsigned int *target) {
    return __atomic_load_n(target, __ATOMIC_RELAXED);
}

static inline void hpt_tsan_store_uint(unsigned int *target, unsigned int value) {
    __atomic_store_n(target, value, __ATOMIC_RELAXED);
}

static inline bool hpt_tsan_cas_uint(unsigned int *target, unsigned int compare,
                                     unsigned int set) {
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

#define ck_pr_md_load_uint     hpt_tsan_load_uint
#define ck_pr_md_store_uint    hpt_tsan_store_uint
#define ck_pr_cas_uint         hpt_tsan_cas_uint
#define ck_pr_cas_uint_value   hpt_tsan_cas_uint_value
#include_next <ck_ring.h>
#undef ck_pr_md_load_uint
#undef ck_pr_md_store_uint
#undef ck_pr_cas_uint
#undef ck_pr_cas_uint_value

#else
#include_next <ck_ring.h>
#endif

#endif
