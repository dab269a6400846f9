/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_REPORT_REPORT_H
#define HPI_REPORT_REPORT_H

/* report > api: what can be said of the trials of a study. Functions of a table, which any number
 * of threads may read at once; what they mean is written in hpt/history.h. */

#include "trial/row.h"

size_t hpi_report_best(const hpi_table *table);
void   hpi_report_best_so_far(const hpi_table *table, uint32_t goal, double *best_out);

/* HPT_ENOMEM. */
hpt_status hpi_report_front(const hpi_table *table, size_t *indices_out, size_t *count_out,
                            hpt_err *err);

/* All members but struct_size. HPT_ENOMEM. */
hpt_status hpi_report_stats(const hpi_table *table, hpt_history_stats *stats_out, hpt_err *err);

/* HPT_EPARSE, HPT_EINVAL, HPT_ELIMIT, HPT_ENOMEM. */
hpt_status hpi_report_filter(const hpi_table *table, const hpt_filter *filter, size_t *indices_out,
                             size_t *count_out, hpt_err *err);

/* HPT_EINVAL, HPT_ENOMEM. */
hpt_status hpi_report_importance(const hpi_table *table, const hpt_importance *how,
                                 double *importance_out, hpt_err *err);

#endif
