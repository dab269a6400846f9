/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_HISTORY_READ_H
#define HPI_STORE_HISTORY_READ_H

/* What the files that read a history share. One thread at a time. */

#include "store/history.h"

/* history_row.c: a record as a row, in the arena. HPT_EPARSE when it cannot be of this study;
 * HPT_ENOMEM. */
hpt_status hpi_history_pack(hpt_history *history, const hpi_record *record, hpi_row *row_out,
                            hpt_err *err);
/* Whether it is the same, as far as a trial that has not ended can change. */
bool hpi_history_is_as(const hpi_row *row, const hpi_record *record);

/* history_reports.c: read the intermediate values of these rows, into the arena. */
hpt_status hpi_history_read_reports(hpt_history *history, hpi_row *rows, size_t count,
                                    hpt_err *err);

/* history_read.c */
bool       hpi_row_list_reserve(hpi_row_list *list, size_t count);
hpt_status hpi_row_list_add(hpi_row_list *list, hpt_history *history, const hpi_record *record,
                            hpt_err *err);
/* All trials from a number on. */
hpt_status hpi_history_read_from(hpt_history *history, uint64_t number, hpi_row_list *into,
                                 hpt_err *err);
/* The whole study, into a history that has nothing but its backend. */
hpt_status hpi_history_read(hpt_history *history, const char *name, hpt_err *err);
void       hpi_history_forget(hpt_history *history); /* all but the backend */
void       hpi_history_count(hpt_history *history);  /* what its info says of the rows */

#endif
