/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TSAN_CK_PR_H
#define HPT_TSAN_CK_PR_H

/*
 * Concurrency Kit's primitives, made visible to ThreadSanitizer; see README.md beside this file.
 *
 * ck writes its atomics in inline assembly, which ThreadSanitizer cannot see: every hand-over
 * through a ring looks like a race. This header stands before ck's own on the include path of the
 * thread-sanitized build. It defines the primitives (load, store, compare-and-swap) with the
 * compiler's __atomic built-ins, and lets ck's header derive the rest of its interface from them.
 *
 * Every load acquires and every store releases. That is stronger than ck promises: a forgotten
 * fence stays unseen here. The fences stay real, because code that stores, then loads (parking
 * does) still runs on a real processor.
 */

#include <ck_cc.h>
#include <ck_stdbool.h>
#include <ck_stdint.h>

#define CK_USE_CC_BUILTINS 1 /* no assembly from ck's header ...            */
#define CK_F_PR              /* ... nor its plain volatile loads and stores */

#define HPT_TSAN_ACCESS(S, M, T)                                                                   \
    static inline T ck_pr_md_load_##S(const M *target) {                                           \
        T value;                                                                                   \
        __atomic_load((T const *)target, &value, __ATOMIC_ACQUIRE);                                \
        return value;                                                                              \
    }                                                                                              \
    static inline bool ck_pr_cas_##S##_value(M *target, T compare, T set, M *old) {                \
        bool done = __atomic_compare_exchange((T *)target, &compare, &set, false,                  \
                                              __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);                 \
        *(T *)old = compare;                                                                       \
        return done;                                                                               \
    }                                                                                              \
    static inline bool ck_pr_cas_##S(M *target, T compare, T set) {                                \
        return __atomic_compare_exchange((T *)target, &compare, &set, false, __ATOMIC_ACQ_REL,     \
                                         __ATOMIC_ACQUIRE);                                        \
    }

#define HPT_TSAN_SCALAR(S, T)                                                                      \
    HPT_TSAN_ACCESS(S, T, T)                                                                       \
    static inline void ck_pr_md_store_##S(T *target, T value) {                                    \
        __atomic_store(target, &value, __ATOMIC_RELEASE);                                          \
    }

HPT_TSAN_SCALAR(char, char)
HPT_TSAN_SCALAR(int, int)
HPT_TSAN_SCALAR(uint, unsigned int)
HPT_TSAN_SCALAR(double, double)
HPT_TSAN_SCALAR(8, uint8_t)
HPT_TSAN_SCALAR(16, uint16_t)
HPT_TSAN_SCALAR(32, uint32_t)
HPT_TSAN_SCALAR(64, uint64_t)

HPT_TSAN_ACCESS(ptr, void, void *)
static inline void ck_pr_md_store_ptr(void *target, const void *value) {
    __atomic_store_n((void **)target, CK_CC_DECONST_PTR(value), __ATOMIC_RELEASE);
}

#undef HPT_TSAN_SCALAR
#undef HPT_TSAN_ACCESS

static inline void ck_pr_stall(void) {}

/* gcc warns that ThreadSanitizer does not model a fence; the ones here are for the processor. */
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif
#define HPT_TSAN_FENCE(T)                                                                          \
    static inline void ck_pr_fence_strict_##T(void) {                                              \
        __sync_synchronize();                                                                      \
    }
HPT_TSAN_FENCE(atomic)
HPT_TSAN_FENCE(atomic_load)
HPT_TSAN_FENCE(atomic_store)
HPT_TSAN_FENCE(store_atomic)
HPT_TSAN_FENCE(load_atomic)
HPT_TSAN_FENCE(load_store)
HPT_TSAN_FENCE(store_load)
HPT_TSAN_FENCE(load)
HPT_TSAN_FENCE(store)
HPT_TSAN_FENCE(memory)
HPT_TSAN_FENCE(acquire)
HPT_TSAN_FENCE(release)
HPT_TSAN_FENCE(acqrel)
HPT_TSAN_FENCE(lock)
HPT_TSAN_FENCE(unlock)
#undef HPT_TSAN_FENCE
#pragma GCC diagnostic pop

/* What is defined above; ck derives add, and, or, inc, faa, fas, bit tests ... from these. */
#define CK_F_PR_LOAD_CHAR
#define CK_F_PR_LOAD_INT
#define CK_F_PR_LOAD_UINT
#define CK_F_PR_LOAD_DOUBLE
#define CK_F_PR_LOAD_8
#define CK_F_PR_LOAD_16
#define CK_F_PR_LOAD_32
#define CK_F_PR_LOAD_64
#define CK_F_PR_LOAD_PTR
#define CK_F_PR_STORE_64
#define CK_F_PR_CAS_CHAR_VALUE
#define CK_F_PR_CAS_INT_VALUE
#define CK_F_PR_CAS_UINT_VALUE
#define CK_F_PR_CAS_DOUBLE_VALUE
#define CK_F_PR_CAS_8_VALUE
#define CK_F_PR_CAS_16_VALUE
#define CK_F_PR_CAS_32_VALUE
#define CK_F_PR_CAS_64_VALUE
#define CK_F_PR_CAS_PTR_VALUE

#include_next <ck_pr.h>

#endif
