/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_REPAIR_H
#define HPI_STRATEGY_REPAIR_H

/* For strategies with a model: a candidate that breaks a constraint of the space becomes a near one
 * that breaks none. Conditions need nothing: the run sees to them. One thread at a time. */

#include "hpt/extend.h"
#include "space/search.h"

typedef struct hpi_repair {
    const hpt_space *space;
    size_t           count;   /* parameters                                              */
    hpi_search      *search;  /* NULL: the space has no constraints, nothing ever happens */
    hpt_coord       *witness; /* some valid point, and room for one                      */
} hpi_repair;

/* HPT_ENOMEM, or there is no valid point and the sentence names the constraints. The space is
 * borrowed. fini: also of a zeroed one. */
hpt_status hpi_repair_init(hpi_repair *repair, const hpt_space *space, hpt_err *err);
void       hpi_repair_fini(hpi_repair *repair);

/* As near as a short search finds one, else a point that is known to be valid. */
void hpi_repair_point(const hpi_repair *repair, hpt_coord *point);

#endif
