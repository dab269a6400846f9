/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_STATS_H
#define HPI_RUN_STATS_H

/* Statistics that any thread can read at any time without making anybody wait.
 *
 * What changes with every trial are two counters, which the holder of the turn shows beside its own
 * (hpi_turn.asked_shown, told_shown). All else is a snapshot that is written only when it changes,
 * into one of two slots; then the version moves on. A reader copies the slot of the version and
 * takes it if the version has not moved. A holder that is stopped half-way is writing the other
 * slot. */

#include <stdatomic.h>
#include <stdbool.h>

#include "hpt/run.h"

enum { HPI_SNAPSHOT_WORDS = 10 + HPT_TRIAL_STATE_COUNT };

typedef struct hpi_stats {
    _Alignas(128) atomic_uint_fast64_t version;
    atomic_uint_fast64_t slots[2][HPI_SNAPSHOT_WORDS];
} hpi_stats;

/* Time in the objective: the worker writes, anyone reads. Of blocks that take next to no time only
 * some are measured; then the time from one of these to the next counts by the share that the
 * objective had in the former. */
typedef struct hpi_meter {
    atomic_int_fast64_t busy_ns;
    atomic_int_fast64_t since_ns; /* from then on it is busy, by `share`; 0 = idle */
    /* The worker's own. */
    int64_t  start_ns, end_ns, took_ns; /* of the last block that was measured       */
    double   share;
    uint32_t untimed; /* blocks that may still go unmeasured; above 0 only in an open span */
    uint32_t wary;    /* blocks to be measured whatever they take: long ones went unmeasured */
} hpi_meter;

void    hpi_meter_begin(hpi_meter *meter, int64_t now_ns); /* a block that is measured */
int64_t hpi_meter_end(hpi_meter *meter, int64_t now_ns); /* ... and how long it took, at least 1 */
void    hpi_meter_skip(hpi_meter *meter); /* go on without measuring, if it took next to no time */
/* The turn that followed the block has ended; returns how long it took. */
int64_t hpi_meter_turn(hpi_meter *meter, int64_t now_ns);
void    hpi_meter_idle(hpi_meter *meter, int64_t now_ns); /* there is no next block now */

static inline bool hpi_meter_is_open(const hpi_meter *meter) {
    return atomic_load_explicit(&meter->since_ns, memory_order_relaxed) != 0;
}

int64_t hpi_meter_busy_ns(const hpi_meter *meter, int64_t now_ns);

/* Holding the turn: show what has changed; show all. */
void hpi_stats_show(hpt_run *run);
void hpi_stats_publish(hpt_run *run);

#endif
