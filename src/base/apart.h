/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_APART_H
#define HPI_BASE_APART_H

/* Of a function that is no part of what most trials do, or that has a loop of its own: kept apart
 * from its caller, whose registers it would take. Only a matter of speed. */
#if defined(__GNUC__) || defined(__clang__)
#define HPI_APART __attribute__((noinline))
#else
#define HPI_APART
#endif

/* The opposite: of what is called from two places, one of them on the way of every trial. */
#if defined(__GNUC__) || defined(__clang__)
#define HPI_WITHIN static inline __attribute__((always_inline))
#else
#define HPI_WITHIN static inline
#endif

#endif
