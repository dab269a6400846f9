/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_VALID_H
#define HPI_STRATEGY_VALID_H

/* The valid points of a finite space with rules, one after the other, each once. One thread. */

#include "space/search.h"
#include "strategy/product.h"

typedef enum hpi_valid_way {
    HPI_VALID_IN_ORDER, /* by search                                                      */
    HPI_VALID_SKIPPING, /* shuffled: the shuffled product, without what is invalid        */
    HPI_VALID_SHUFFLED, /* few points: searched for at the start, and shuffled            */
    HPI_VALID_BRANCHES, /* shuffled: many points of far more: by search in random order,
                           so that points near each other may come near each other        */
} hpi_valid_way;

typedef struct hpi_valid {
    const hpt_space   *space;
    hpi_axes           axes;
    hpi_valid_way      way;
    hpi_search        *search;
    const hpi_product *product; /* SKIPPING; borrowed                                      */
    hpt_coord         *points;  /* SHUFFLED: `count` of them                               */
    uint64_t           next, count;
    hpi_permute_span   span;
    hpi_permute        permute;
} hpi_valid;

/* Stays where it is. `product` has the axes' sizes; is borrowed, and shuffled if the order is to
 * be. Fails when it is proved that there is no point, and when memory is out. */
hpt_status hpi_valid_init(hpi_valid *valid, const hpt_space *space, hpi_axes axes,
                          const hpi_product *product, uint64_t seed, hpt_err *err);
void       hpi_valid_fini(hpi_valid *valid);

/* How many there are, when that is known; else no more than the product has, and not UINT64_MAX. */
uint64_t hpi_valid_size(const hpi_valid *valid);

/* HPT_EDONE when there are no more. */
hpt_status hpi_valid_next(hpi_valid *valid, hpt_coord *point_out);

#endif
