/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_STDATOMIC_H
#define HPT_SIMULATED_STDATOMIC_H

/* C11 atomics of the simulated machine: every operation is a point at which another fiber may go
 * on, and stores may be seen late. There is one real thread, so nothing here is atomic in hardware.
 * Only what the library uses is there: the forms that name an order. What it does not name is an
 * error. */

#include_next <stdatomic.h>

#include <stddef.h>

void sim_load(const volatile void *from, void *out, size_t bytes);
void sim_store(volatile void *to, const void *value, size_t bytes, int order);
void sim_modify(volatile void *what, size_t bytes, int order);
void sim_gap(void);
void sim_fence(int order);

#undef atomic_init
#undef atomic_load
#undef atomic_store
#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_exchange_explicit
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_or
#undef atomic_fetch_and
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_thread_fence
#undef atomic_flag_test_and_set
#undef atomic_flag_test_and_set_explicit
#undef atomic_flag_clear
#undef atomic_flag_clear_explicit

/* The type of a value, without _Atomic. */
#define SIM_PLAIN(AT) __typeof__((void)0, *(AT))
#define SIM_BYTES(AT) ((volatile void *)(AT))

/* Nobody else knows of it yet. */
#define atomic_init(AT, VALUE)                                                                     \
    __extension__({                                                                                \
        SIM_PLAIN(AT) sim_value = (VALUE);                                                         \
        __builtin_memcpy((void *)(AT), &sim_value, sizeof sim_value);                              \
    })

#define atomic_load(AT) atomic_load_explicit(AT, memory_order_seq_cst)
#define atomic_load_explicit(AT, ORDER)                                                            \
    __extension__({                                                                                \
        SIM_PLAIN(AT) sim_value;                                                                   \
        (void)(ORDER);                                                                             \
        sim_load((const volatile void *)(AT), &sim_value, sizeof sim_value);                       \
        sim_value;                                                                                 \
    })

#define atomic_store(AT, VALUE) atomic_store_explicit(AT, VALUE, memory_order_seq_cst)
#define atomic_store_explicit(AT, VALUE, ORDER)                                                    \
    __extension__({                                                                                \
        SIM_PLAIN(AT) sim_value = (VALUE);                                                         \
        sim_store(SIM_BYTES(AT), &sim_value, sizeof sim_value, (int)(ORDER));                      \
    })

/* A read-modify-write: nobody comes between sim_modify() and the write, but for a planted bug. */
#define SIM_MODIFY(AT, OPERAND, NEW, ORDER)                                                        \
    __extension__({                                                                                \
        __auto_type sim_at = (AT);                                                                 \
        SIM_PLAIN(AT) sim_operand = (OPERAND);                                                     \
        SIM_PLAIN(AT) sim_old;                                                                     \
        SIM_PLAIN(AT) sim_new;                                                                     \
        sim_modify(SIM_BYTES(sim_at), sizeof sim_old, (int)(ORDER));                               \
        __builtin_memcpy(&sim_old, (const void *)(sim_at), sizeof sim_old);                        \
        sim_gap();                                                                                 \
        sim_new = (SIM_PLAIN(AT))(NEW);                                                            \
        __builtin_memcpy((void *)(sim_at), &sim_new, sizeof sim_new);                              \
        sim_old;                                                                                   \
    })

#define atomic_exchange_explicit(AT, VALUE, ORDER) SIM_MODIFY(AT, VALUE, sim_operand, ORDER)
#define atomic_fetch_add_explicit(AT, VALUE, ORDER)                                                \
    SIM_MODIFY(AT, VALUE, sim_old + sim_operand, ORDER)
#define atomic_fetch_sub_explicit(AT, VALUE, ORDER)                                                \
    SIM_MODIFY(AT, VALUE, sim_old - sim_operand, ORDER)
#define atomic_fetch_or_explicit(AT, VALUE, ORDER)                                                 \
    SIM_MODIFY(AT, VALUE, sim_old | sim_operand, ORDER)
#define atomic_fetch_and_explicit(AT, VALUE, ORDER)                                                \
    SIM_MODIFY(AT, VALUE, sim_old &sim_operand, ORDER)

#define atomic_exchange(AT, VALUE)  atomic_exchange_explicit(AT, VALUE, memory_order_seq_cst)
#define atomic_fetch_add(AT, VALUE) atomic_fetch_add_explicit(AT, VALUE, memory_order_seq_cst)
#define atomic_fetch_sub(AT, VALUE) atomic_fetch_sub_explicit(AT, VALUE, memory_order_seq_cst)
#define atomic_fetch_or(AT, VALUE)  atomic_fetch_or_explicit(AT, VALUE, memory_order_seq_cst)
#define atomic_fetch_and(AT, VALUE) atomic_fetch_and_explicit(AT, VALUE, memory_order_seq_cst)

#define atomic_compare_exchange_strong_explicit(AT, EXPECTED, VALUE, ORDER, ELSE_ORDER)            \
    __extension__({                                                                                \
        __auto_type sim_at = (AT);                                                                 \
        __auto_type sim_expected = (EXPECTED);                                                     \
        SIM_PLAIN(AT) sim_new = (VALUE);                                                           \
        SIM_PLAIN(AT) sim_old;                                                                     \
        (void)(ELSE_ORDER);                                                                        \
        sim_modify(SIM_BYTES(sim_at), sizeof sim_old, (int)(ORDER));                               \
        __builtin_memcpy(&sim_old, (const void *)(sim_at), sizeof sim_old);                        \
        sim_gap();                                                                                 \
        _Bool sim_is_same = sim_old == *sim_expected;                                              \
        if (sim_is_same)                                                                           \
            __builtin_memcpy((void *)(sim_at), &sim_new, sizeof sim_new);                          \
        else                                                                                       \
            *sim_expected = sim_old;                                                               \
        sim_is_same;                                                                               \
    })
#define atomic_compare_exchange_weak_explicit atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong(AT, EXPECTED, VALUE)                                        \
    atomic_compare_exchange_strong_explicit(AT, EXPECTED, VALUE, memory_order_seq_cst,             \
                                            memory_order_seq_cst)
#define atomic_compare_exchange_weak atomic_compare_exchange_strong

#define atomic_thread_fence(ORDER) sim_fence((int)(ORDER))

/* The flag's one byte. */
#define atomic_flag_test_and_set_explicit(AT, ORDER)                                               \
    (SIM_MODIFY((unsigned char *)(AT), 1, sim_operand, ORDER) != 0)
#define atomic_flag_clear_explicit(AT, ORDER) atomic_store_explicit((unsigned char *)(AT), 0, ORDER)
#define atomic_flag_test_and_set(AT)          atomic_flag_test_and_set_explicit(AT, memory_order_seq_cst)
#define atomic_flag_clear(AT)                 atomic_flag_clear_explicit(AT, memory_order_seq_cst)

#endif
