/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_POOL_H
#define HPI_POOL_POOL_H

/* Where workers live. A pool starts workers and joins them; what a worker does is the run's `work`.
 * Front header: the run sees nothing else of a pool. */

#include "base/place.h"
#include "hpt/base.h"

typedef struct hpi_pool hpi_pool;

typedef struct hpi_pool_class {
    const char *name;         /* what the user types                                           */
    const char *summary;      /* one line for lists                                            */
    const char *absent;       /* NULL, or why this build lacks it                              */
    bool        is_on_caller; /* no threads: whoever waits for the run is worker 0             */

    /* Start up to `worker_count` workers, of which worker 0 is there already if the pool
     * has_caller; *started_out says how many there are, that one too. Fewer than wanted is a
     * success with `err` saying why; none is a failure. */
    hpt_status (*start)(hpi_pool *pool, uint32_t *started_out, hpt_err *err);
    /* The caller has worked for a while: let those go first who still wait for its core. May be
     * NULL. */
    void (*hurry)(hpi_pool *pool);
    /* Wait until every worker has returned from `work`. */
    void (*join)(hpi_pool *pool);
} hpi_pool_class;

struct hpi_pool {
    const hpi_pool_class *class;
    uint32_t  worker_count;
    hpi_place place;                          /* where they go */
    bool      has_caller;                     /* whoever waits for the run is worker 0 */
    void (*work)(void *run, uint32_t worker); /* returns when the run is over */
    bool (*is_over)(const void *run);
    void *run;
    void *state; /* the class's own */
};

/* The pool of that name; unknown names answer with the closest match. */
hpt_status hpi_pool_find(const char *name, const hpi_pool_class **class_out, hpt_err *err);

/* The pools there are; NULL past the last. */
const hpi_pool_class *hpi_pool_at(size_t index);

#endif
