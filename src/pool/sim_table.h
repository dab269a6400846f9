/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_SIM_TABLE_H
#define HPI_POOL_SIM_TABLE_H

/* Durations from a file of comma-separated values, as the observer "csv" writes them: one row for
 * each trial. Any thread. */

#include "hpt/base.h"

enum { HPI_SIM_TABLE_BYTES_MAX = 256 << 20 }; /* 10 million trials; it is read into memory */

/* The numbers of a column: its name in the first row, or its place, "1" the first. Times `unit`.
 * NULL: "duration_s" if the first row has that, else the first. Rows whose field is empty are
 * skipped (trials that never started). hpi_free() *seconds_out. Every failure says the line. */
hpt_status hpi_sim_table_read(const char *path, const char *column, double unit,
                              double **seconds_out, size_t *count_out, hpt_err *err);

#endif
