/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_CK_PR_H
#define HPT_SIMULATED_CK_PR_H

/* Concurrency Kit's primitives on the simulated machine, as tests/tsan/ck_pr.h shows them to
 * ThreadSanitizer: load, store and compare-and-swap are defined here, and ck's own header derives
 * the rest of its interface from them. No access orders anything by itself; ck's fences do. */

#include <ck_cc.h>
#include <ck_md.h>
#include <ck_stdbool.h>
#include <ck_stdint.h>
#include <stdatomic.h>

/* The simulated machine may reorder stores, so ck must ask for every fence that it knows of. */
#undef CK_MD_TSO
#undef CK_MD_RMO
#define CK_MD_RMO

#define CK_USE_CC_BUILTINS 1 /* no assembly from ck's header ...            */
#define CK_F_PR              /* ... nor its plain volatile loads and stores */

#define SIM_ACCESS(S, M, T)                                                                        \
    static inline T ck_pr_md_load_##S(const M *target) {                                           \
        T value;                                                                                   \
        sim_load(target, &value, sizeof value);                                                    \
        return value;                                                                              \
    }                                                                                              \
    static inline bool ck_pr_cas_##S##_value(M *target, T compare, T set, M *old) {                \
        T now;                                                                                     \
        sim_modify(target, sizeof now, memory_order_relaxed);                                      \
        __builtin_memcpy(&now, target, sizeof now);                                                \
        sim_gap();                                                                                 \
        bool done = now == compare;                                                                \
        if (done) __builtin_memcpy(target, &set, sizeof set);                                      \
        *(T *)old = now;                                                                           \
        return done;                                                                               \
    }                                                                                              \
    static inline bool ck_pr_cas_##S(M *target, T compare, T set) {                                \
        T old;                                                                                     \
        return ck_pr_cas_##S##_value(target, compare, set, (void *)&old);                          \
    }

#define SIM_SCALAR(S, T)                                                                           \
    SIM_ACCESS(S, T, T)                                                                            \
    static inline void ck_pr_md_store_##S(T *target, T value) {                                    \
        sim_store(target, &value, sizeof value, memory_order_relaxed);                             \
    }

SIM_SCALAR(char, char)
SIM_SCALAR(int, int)
SIM_SCALAR(uint, unsigned int)
SIM_SCALAR(8, uint8_t)
SIM_SCALAR(16, uint16_t)
SIM_SCALAR(32, uint32_t)
SIM_SCALAR(64, uint64_t)

SIM_ACCESS(ptr, void, void *)
static inline void ck_pr_md_store_ptr(void *target, const void *value) {
    sim_store(target, &value, sizeof value, memory_order_relaxed);
}

#undef SIM_SCALAR
#undef SIM_ACCESS

void               sim_polite(void);
static inline void ck_pr_stall(void) {
    sim_polite();
}

/* Loads are never late on the simulated machine, so what only orders loads has nothing to do. */
#define SIM_FENCE(T, ORDER)                                                                        \
    static inline void ck_pr_fence_strict_##T(void) {                                              \
        sim_fence(ORDER);                                                                          \
    }
SIM_FENCE(atomic, memory_order_seq_cst)
SIM_FENCE(atomic_load, memory_order_seq_cst)
SIM_FENCE(atomic_store, memory_order_release)
SIM_FENCE(store_atomic, memory_order_release)
SIM_FENCE(load_atomic, memory_order_acquire)
SIM_FENCE(load_store, memory_order_acquire)
SIM_FENCE(store_load, memory_order_seq_cst)
SIM_FENCE(load, memory_order_acquire)
SIM_FENCE(store, memory_order_release)
SIM_FENCE(memory, memory_order_seq_cst)
SIM_FENCE(acquire, memory_order_acquire)
SIM_FENCE(release, memory_order_release)
SIM_FENCE(acqrel, memory_order_release)
SIM_FENCE(lock, memory_order_acquire)
SIM_FENCE(unlock, memory_order_release)
#undef SIM_FENCE

/* What is defined above; ck derives add, and, or, inc, faa, fas, bit tests ... from these. */
#define CK_F_PR_LOAD_CHAR
#define CK_F_PR_LOAD_INT
#define CK_F_PR_LOAD_UINT
#define CK_F_PR_LOAD_8
#define CK_F_PR_LOAD_16
#define CK_F_PR_LOAD_32
#define CK_F_PR_LOAD_64
#define CK_F_PR_LOAD_PTR
#define CK_F_PR_STORE_64
#define CK_F_PR_CAS_CHAR_VALUE
#define CK_F_PR_CAS_INT_VALUE
#define CK_F_PR_CAS_UINT_VALUE
#define CK_F_PR_CAS_8_VALUE
#define CK_F_PR_CAS_16_VALUE
#define CK_F_PR_CAS_32_VALUE
#define CK_F_PR_CAS_64_VALUE
#define CK_F_PR_CAS_PTR_VALUE

#include_next <ck_pr.h>

#endif
