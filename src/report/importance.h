/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_REPORT_IMPORTANCE_H
#define HPI_REPORT_IMPORTANCE_H

/* Inside this folder: how much each parameter matters. */

#include "report/report.h"

/* The trials that are looked at: COMPLETE, with a finite value. */
typedef struct hpi_evidence {
    const hpt_space      *space;
    size_t                dims, count;
    const hpi_row *const *rows;
    const double         *losses; /* one for each: smaller is better */
} hpi_evidence;

/* Add to importance_out, which is 0: numbers of at least 0 that need not sum to 1. */
typedef hpt_status hpi_importance_function(const hpi_evidence *evidence, const hpt_importance *how,
                                           double *importance_out, hpt_err *err);

hpi_importance_function hpi_importance_ped_anova; /* ped_anova.c */
hpi_importance_function hpi_importance_fanova;    /* fanova.c    */

#endif
