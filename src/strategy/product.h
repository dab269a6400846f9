/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_PRODUCT_H
#define HPI_STRATEGY_PRODUCT_H

/* A Cartesian product of axes that is never materialised: number -> one digit per axis. The last
 * axis varies fastest. Immutable after init: any thread. */

#include "strategy/permute.h"

typedef struct hpi_product {
    hpi_permute_span *axes;
    size_t            axis_count;
    uint64_t          size;      /* UINT64_MAX: that many or more                    */
    bool              is_beyond; /* more cells than a uint64_t can number            */
    bool              is_shuffled;
    hpi_permute_span  cells; /* of `size`; to shuffle a product that is not beyond */
    hpi_permute       permute;
} hpi_product;

/* sizes[j] from 1 to UINT64_MAX values on axis j; not kept. */
hpt_status hpi_product_init(hpi_product *product, const uint64_t *sizes, size_t axis_count,
                            hpt_err *err);
void       hpi_product_fini(hpi_product *product);

/* From now on the numbers go through the product in a random order, each cell once. A product
 * beyond 2^64 gives 2^64 different cells from all over it, instead of a corner. */
void hpi_product_shuffle(hpi_product *product, uint64_t seed);

/* The digits of cell `number` < size, in `integer`. */
void hpi_product_digits(const hpi_product *product, uint64_t number, hpt_coord *digits_out);

#endif
