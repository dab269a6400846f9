/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_LADDER_H
#define HPI_POOL_LADDER_H

/* How a trial that should stop and does not is ended, step by step: it is told, which it may not
 * look at; its process gets SIGTERM; and then SIGKILL. Between the steps it has its grace. Pure: of
 * times and what is seen at them. One thread. */

#include <stdbool.h>
#include <stdint.h>

/* Why a trial should stop. */
typedef enum hpi_cause {
    HPI_CAUSE_LATE,    /* its own limit               */
    HPI_CAUSE_CPU,     /* ... of CPU time             */
    HPI_CAUSE_STOPPED, /* the run is stopping         */
    HPI_CAUSE_CAPPED,  /* it cannot beat the best     */
    HPI_CAUSE_COUNT
} hpi_cause;

typedef enum hpi_ladder_rung {
    HPI_LADDER_NONE, /* it runs, and may have been told to stop */
    HPI_LADDER_TERM,
    HPI_LADDER_KILL
} hpi_ladder_rung;

typedef struct hpi_ladder {
    int64_t         since_ns[HPI_CAUSE_COUNT]; /* INT64_MAX: not so yet               */
    int64_t         grace_ns[HPI_CAUSE_COUNT]; /* how long it may go on after that    */
    hpi_ladder_rung rung;
    hpi_cause       cause;   /* of the rung, if there is one  */
    int64_t         rung_ns; /* when it was reached           */
} hpi_ladder;

/* A new trial, of `limit_ns` (INT64_MAX: none). grace_s: as in hpt_options. */
void hpi_ladder_begin(hpi_ladder *ladder, int64_t limit_ns, double grace_s);
/* It should stop since then, because of that; the first time counts. */
void hpi_ladder_note(hpi_ladder *ladder, hpi_cause cause, int64_t since_ns);
/* True: the next rung is reached, and its order is to be given. */
bool hpi_ladder_climb(hpi_ladder *ladder, int64_t now_ns);
/* When it may climb next; INT64_MAX: nothing is planned. */
int64_t hpi_ladder_next_ns(const hpi_ladder *ladder);

#endif
