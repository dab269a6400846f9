/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_KEEPER_H
#define HPI_POOL_KEEPER_H

/* A worker thread whose objective runs in a process: it hands over the trial and waits. A process
 * that dies is replaced. Path: queue > worker > mailbox > process, and back. */

#include "pool/child.h"
#include "pool/ladder.h"
#include "pool/mailbox.h"
#include "pool/pool.h"
#include "pool/tail.h"

/* The pool's, the same for all keepers. */
typedef struct hpi_keep_rules {
    uint32_t crash_lines;  /* of standard error that are kept of a trial that crashed */
    uint64_t memory_bytes; /* limits of a process; 0: none */
    uint64_t file_bytes;
    double   cpu_s; /* of a trial; 0: no limit */
} hpi_keep_rules;

typedef struct hpi_keeper {
    _Alignas(128) hpi_pool *pool;
    hpi_children         *children;
    hpi_mailbox          *box;
    const hpi_keep_rules *rules;
    uint32_t              slot;
    bool                  has_child, was_hired;
    uint32_t              fruitless; /* processes in a row that ended before they had a trial */

    /* Of a trial. */
    hpt_trial *trial;
    int64_t    since_ns;     /* when the keeper got it  */
    int64_t    start_ns;     /* when it was handed over */
    bool       has_begun;    /* its process has seen it */
    int64_t    tick_ns;      /* how long it sleeps at most */
    int64_t    cpu_start_ns; /* of its process */
    uint64_t   taken;        /* reports */
    bool       is_wild;      /* its process has written where it should not */
    hpi_ladder ladder;
    hpi_tail   tail;
} hpi_keeper;

/* Fork a process for the keeper's slot, which has none. */
hpt_status hpi_keeper_hire(hpi_keeper *keeper, hpt_err *err);
/* In place of the objective. */
hpt_status hpi_keeper_evaluate(hpi_keeper *keeper, hpt_trial *trial, double *values_out);

/* What its process has written to its standard error, if anything, goes on to the host's. */
void hpi_keeper_fetch_errors(hpi_keeper *keeper);

/* death.c: the state and the reason of a trial whose process has died, and what it said last. */
void hpi_keeper_tell_death(hpi_keeper *keeper, const hpi_child_death *death);

/* served.c: what the processes run; `context` is their pool. */
void hpi_served(void *context, uint32_t slot, void *shared);
void hpi_served_exit(void *context, void *shared);

#endif
