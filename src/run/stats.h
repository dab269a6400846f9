/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_STATS_H
#define HPI_RUN_STATS_H

/* Statistics that any thread can read at any time without making anybody wait. The holder of the
 * turn writes a snapshot into one of two slots and then moves the version on; a reader copies the
 * slot of the version and takes it if the version has not moved. A holder that is stopped half-way
 * is writing the other slot. */

#include <stdatomic.h>

#include "hpt/run.h"

enum { HPI_SNAPSHOT_WORDS = 7 + HPT_TRIAL_STATE_COUNT };

typedef struct hpi_stats {
    _Alignas(128) atomic_uint_fast64_t version;
    atomic_uint_fast64_t slots[2][HPI_SNAPSHOT_WORDS];
} hpi_stats;

/* Time in the objective: the worker writes, anyone reads. */
typedef struct hpi_busy {
    atomic_int_fast64_t total_ns;
    atomic_int_fast64_t since_ns; /* start of the block that runs; 0 = idle */
} hpi_busy;

void    hpi_busy_begin(hpi_busy *busy, int64_t now_ns);
void    hpi_busy_end(hpi_busy *busy, int64_t now_ns);
int64_t hpi_busy_ns(const hpi_busy *busy, int64_t now_ns);

/* Holding the turn. */
void hpi_stats_publish(hpt_run *run);

#endif
