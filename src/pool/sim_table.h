/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_SIM_TABLE_H
#define HPI_POOL_SIM_TABLE_H

/* Durations from a file of comma-separated values, as the observer "csv" writes them: one row for
 * each trial. Any thread. */

#include "hpt/base.h"

enum { HPI_SIM_TABLE_BYTES_MAX = 256 << 20 }; /* 10 million trials; it is read into memory */

typedef struct hpi_sim_table {
    const char *path;
    const char *column; /* its name in the first row, or its place, "1" the first; NULL:
                           "duration_s" if the first row has that, else the first */
    double  unit;       /* what a number stands for, seconds */
    double *seconds;    /* read: one for each row; hpi_free() it */
    size_t  count;
} hpi_sim_table;

/* Rows whose field is empty are skipped (trials that never started). Every failure says the line.
 */
hpt_status hpi_sim_table_read(hpi_sim_table *table, hpt_err *err);

/* The same from a text; the path is for the sentences. */
hpt_status hpi_sim_table_parse(hpi_sim_table *table, const char *text, size_t bytes, hpt_err *err);

#endif
