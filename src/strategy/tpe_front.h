/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_TPE_FRONT_H
#define HPI_STRATEGY_TPE_FRONT_H

/* The good trials of a search for several goals: those of the first fronts, and of the last of
 * these the ones without which most volume would be lost (Ozaki and others, GECCO 2020,
 * section 3.2). One thread at a time. */

#include "strategy/directions.h"
#include "strategy/exclusive.h"
#include "strategy/front.h"

typedef struct hpi_tpe_front {
    hpi_fronts     fronts;
    hpi_exclusive  exclusive;       /* of few goals: what is lost with each       */
    hpi_directions directions;      /* of more: as in nsga3                        */
    uint32_t      *counts;          /* of each direction                           */
    uint32_t      *trials;          /* of each slot */
    double        *worth;           /* of each slot, while one is looked for */
    double        *gains, *volumes; /* of the last front */
} hpi_tpe_front;

/* For `most` good trials and one more. */
hpt_status hpi_tpe_front_init(hpi_tpe_front *front, size_t goal_count, size_t most, hpt_err *err);
void       hpi_tpe_front_fini(hpi_tpe_front *front); /* also of a zeroed one */

void hpi_tpe_front_add(hpi_tpe_front *front, uint32_t trial, const double *losses);

/* The one that is missed least goes; which front it was of. */
uint32_t hpi_tpe_front_drop(hpi_tpe_front *front, size_t *rank_out);

#endif
