/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SOBOL_H
#define HPI_STRATEGY_SOBOL_H

/* Sobol's low-discrepancy sequence with the direction numbers of Joe and Kuo. Immutable after init:
 * any thread. */

#include "hpt/space.h"

enum {
    HPI_SOBOL_BITS = 64,
    HPI_SOBOL_DIMENSIONS_MAX = 4096, /* what sobol_data.c holds: 145 KB of source */
};

typedef struct hpi_sobol {
    size_t    dimension_count;
    uint64_t *rows; /* HPI_SOBOL_BITS + 1 of them, each dimension_count wide: direction integer k of
                       every dimension in row k, and what every point is shifted by in the last */
} hpi_sobol;

/* At most HPI_SOBOL_DIMENSIONS_MAX dimensions; fails only with HPT_ENOMEM. */
hpt_status hpi_sobol_init(hpi_sobol *sobol, size_t dimension_count, hpt_err *err);
void       hpi_sobol_fini(hpi_sobol *sobol);

/* Randomise the sequence; it stays a Sobol' sequence in every sense that matters. */
void hpi_sobol_scramble(hpi_sobol *sobol, uint64_t seed);

/* Point `index`, in `integer`, as unsigned fractions of 2^64. */
void hpi_sobol_point(const hpi_sobol *sobol, uint64_t index, hpt_coord *fractions_out);

#endif
