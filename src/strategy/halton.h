/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_HALTON_H
#define HPI_STRATEGY_HALTON_H

/* Halton's low-discrepancy sequence: dimension d is the radical inverse in the d-th prime base.
 * Immutable after init: any thread. */

#include "hpt/space.h"

typedef struct hpi_halton_base  hpi_halton_base;
typedef struct hpi_halton_digit hpi_halton_digit;

typedef struct hpi_halton {
    size_t            dimension_count;
    hpi_halton_base  *bases;  /* one per dimension              */
    hpi_halton_digit *digits; /* of all of them, one after another */
} hpi_halton;

/* Any number of dimensions; fails only with HPT_ENOMEM. With `scramble` digits are permuted. */
hpt_status hpi_halton_init(hpi_halton *halton, size_t dimension_count, bool scramble, uint64_t seed,
                           hpt_err *err);
void       hpi_halton_fini(hpi_halton *halton);

/* Point `index`, in `integer`, as unsigned fractions of 2^64: exact, rounded up, for every index
 * below base^(2 digits), which is 2^62 for base 2 and never less than 2^32; then it repeats. */
void hpi_halton_point(const hpi_halton *halton, uint64_t index, hpt_coord *fractions_out);

#endif
