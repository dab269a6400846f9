/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_PERMUTE_H
#define HPI_STRATEGY_PERMUTE_H

/* Random orders that are computed, not stored: "number i of a shuffled sequence" costs no memory,
 * whatever its length. Pure functions: any thread. */

#include "hpt/space.h"

/* Where three of 17 to 40 numbers go together is measurably uneven with 6 rounds (15 to 60 standard
 * deviations, 100 cases each), and even with 8. */
enum { HPI_PERMUTE_ROUNDS = 8 };

/* One of a family of permutations, of every length. */
typedef struct hpi_permute {
    uint64_t keys[HPI_PERMUTE_ROUNDS];
} hpi_permute;

void hpi_permute_init(hpi_permute *permute, uint64_t seed);

/* The numbers 0 to size - 1, seen as cells of a table with rows x columns >= size. */
typedef struct hpi_permute_span {
    uint64_t size, rows, columns;
} hpi_permute_span;

/* size from 1 to UINT64_MAX. */
hpi_permute_span hpi_permute_span_of(uint64_t size);

/* Where `number` < span->size goes: a bijection, another one for each `tweak`. About 25 ns. */
uint64_t hpi_permute_number(const hpi_permute *permute, const hpi_permute_span *span,
                            uint64_t tweak, uint64_t number);

/* Shuffle the product of `count` spans, of any order of magnitude: digit j (in `integer`, as an
 * unsigned number below spans[j].size) of a cell is replaced by that of the cell where it goes. */
void hpi_permute_digits(const hpi_permute *permute, const hpi_permute_span *spans, size_t count,
                        hpt_coord *digits);

#endif
