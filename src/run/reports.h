/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_REPORTS_H
#define HPI_RUN_REPORTS_H

/* trial > REPORTS > the pruner: those of one worker's trials, in their order. One thread puts, one
 * at a time takes. Wait-free, and what each of them writes often lies on a line of its own. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_report {
    uint64_t number; /* of the trial */
    int64_t  step;
    double   losses[]; /* one for each goal */
} hpi_report;

typedef struct hpi_reports {
    _Alignas(128) atomic_uint_fast64_t put; /* so many have been, ever           */
    uint64_t taken_seen;                    /* by who puts                       */
    _Alignas(128) atomic_uint_fast64_t taken;
    _Alignas(128) atomic_uint_fast64_t pruned; /* 1 + the number of a trial that is hopeless */
    unsigned char *slots;
    uint32_t       slot_bytes;
} hpi_reports;

/* Memory that is zeroed, and aligned to 128 bytes. False: out of memory. */
bool hpi_reports_init(hpi_reports *it, uint32_t goal_count);
void hpi_reports_fini(hpi_reports *it); /* also of a zeroed one */

/* A slot for the next report, or NULL when it is full; when it is filled in, done. */
hpi_report *hpi_reports_begin(hpi_reports *it);
void        hpi_reports_done(hpi_reports *it);

/* Any thread: whether there are any. */
bool hpi_reports_are_there(const hpi_reports *it);

/* The oldest, which stays there until drop; NULL: there is none. */
const hpi_report *hpi_reports_first(const hpi_reports *it);
void              hpi_reports_drop(hpi_reports *it);

#endif
