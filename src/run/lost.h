/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_LOST_H
#define HPI_RUN_LOST_H

/* Trials in pools of threads that do not end when they are told to. Nothing can be done to a thread
 * that is in somebody else's code. So the watch ends the trial without it: it writes the worker
 * off, hands in its block in its name, and has another one started in its place. From then on the
 * lost thread touches nothing of the run but what hpi_run_release() keeps for it, and ends by
 * itself when its objective returns.
 *
 * The trial is whose it is by one word, hpi_grip.phase: RUNNING becomes OWN by the worker, when the
 * objective has returned, or LOST by the watch. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hpt/run.h"

enum { HPI_LOST_NAMED = 8 };

typedef struct hpi_lost {
    /* Fixed after the start. */
    uint32_t spare_count;    /* workers that can be replaced; 0 = none is ever written off       */
    int64_t  limit_grace_ns; /* after the time limit of a trial                                  */
    int64_t  grace_ns;       /* after any other reason to stop; INT64_MAX: it is waited for      */
    /* The watch's. */
    uint32_t replaced_count;
    uint64_t named[HPI_LOST_NAMED]; /* the first trials that were ended so */
    hpt_err  err;                   /* why a worker was not replaced       */
    /* Trials that are to be evaluated again. An entry stays as it is once it is counted. */
    struct hpi_again {
        uint64_t number;
        uint32_t attempt;
    } * again; /* NULL: none is */
    atomic_uint again_count;
    /* Any thread reads. */
    atomic_uint count;       /* workers written off         */
    atomic_uint gone_count;  /* ... and not replaced        */
    atomic_bool is_deserted; /* no worker is left           */
} hpi_lost;

/* Whether workers of this run may be written off, for who has to know before they are made; then
 * the watch for it. */
bool       hpi_lost_is_possible(const hpt_run *run);
hpt_status hpi_lost_open(hpt_run *run, hpt_err *err);
void       hpi_lost_close(hpt_run *run);

/* How often a trial that is about to begin has been lost, or has failed before that. */
uint32_t hpi_lost_attempt(const hpt_run *run, uint64_t number);

/* Holding the turn, when no worker is left: whatever is in flight is cancelled. */
void hpi_lost_settle(hpt_run *run);

/* The run is over: its warnings, from number `count` on. Returns how many there are then. */
size_t hpi_lost_warnings(const hpt_run *run, char (*warnings)[640], size_t count);

#endif
