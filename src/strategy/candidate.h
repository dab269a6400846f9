/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_CANDIDATE_H
#define HPI_STRATEGY_CANDIDATE_H

/* A point that was evaluated, as the models of evolution strategies see it. One thread at a time.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_candidate {
    double    loss;    /* INFINITY: it has none                                       */
    bool      is_late; /* not drawn from the distribution as it is now                */
    double   *x;       /* the numbers, before bounds                                  */
    uint32_t *choices; /* one for each category                                       */
} hpi_candidate;

#endif
