/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_POOL_H
#define HPI_POOL_POOL_H

/* Where workers live. A pool starts workers and joins them; what a worker does is the run's `work`.
 * Front header: the run sees nothing else of a pool. */

#include "base/clock.h"
#include "base/option.h"
#include "base/place.h"
#include "hpt/base.h"

typedef struct hpi_pool hpi_pool;

typedef struct hpi_pool_class {
    const char *name;             /* what the user types                                       */
    const char *summary;          /* one line for lists                                        */
    const char *absent;           /* NULL, or why this build lacks it                          */
    bool        is_on_caller;     /* no threads: whoever waits for the run does its work       */
    uint32_t    worker_count_max; /* 0 = the run's own limit                                   */
    size_t      state_size;       /* bytes of state; allocated, zeroed and freed for it        */
    const hpt_option *options;    /* filled into the state before open; NULL = none            */

    /* Check the options and say how many workers there will be: may change pool->worker_count and
     * set pool->clock. On failure close is not called. May be NULL. */
    hpt_status (*open)(hpi_pool *pool, hpt_err *err);
    /* Start up to `worker_count` workers, of which worker 0 is there already if the pool
     * has_caller; *started_out says how many there are, that one too. Fewer than wanted is a
     * success with `err` saying why; none is a failure. */
    hpt_status (*start)(hpi_pool *pool, uint32_t *started_out, hpt_err *err);
    /* Pools on the caller, and those that have one: do a little of the work; false when all is
     * done. */
    bool (*step)(hpi_pool *pool);
    /* The caller has worked for a while: let those go first who still wait for its core. May be
     * NULL. */
    void (*hurry)(hpi_pool *pool);
    /* Wait until every worker has returned from `work`. */
    void (*join)(hpi_pool *pool);
    /* Free what open made. May be NULL. */
    void (*close)(hpi_pool *pool);
} hpi_pool_class;

/* How a simulated trial ended. */
typedef enum hpi_ending {
    HPI_ENDING_OWN, /* as its objective said */
    HPI_ENDING_CUT, /* in the middle: its time was up or the run was stopping */
    HPI_ENDING_FAIL /* the simulation wants it to fail */
} hpi_ending;

/* A trial that has begun: its objective was called and has returned. */
typedef struct hpi_begun {
    uint64_t number;
    int64_t  spent_ns; /* what it said it would have taken; -1 = it did not say */
    int64_t  until_ns; /* when its time or the run's is up; INT64_MAX = never   */
} hpi_begun;

/* What a holder of the turn did. */
typedef struct hpi_passed {
    uint64_t told, asked; /* calls of the strategy's hooks, one trial each */
    uint32_t fetched;     /* blocks taken out of the rings                 */
    uint32_t queued;      /* blocks in the queue now                       */
    unsigned wanted;      /* sleepers worth waking                         */
} hpi_passed;

/* What workers do, in steps, for a pool that simulates time: it lets time pass on its clock between
 * them. All on one thread. */
typedef enum hpi_taken { HPI_TAKEN_NONE, HPI_TAKEN_OWN, HPI_TAKEN_QUEUED } hpi_taken;

typedef struct hpi_steps {
    /* queue > worker: the block that it asked for itself, or one from the queue. */
    hpi_taken (*take)(void *run, uint32_t worker);
    /* It begins to evaluate it. */
    void (*open)(void *run, uint32_t worker);
    /* The next trial of its block. False: the run is stopping, and the block is done. `pace` is how
     * many times slower than others the worker is. */
    bool (*begin)(void *run, uint32_t worker, double pace, hpi_begun *begun_out);
    /* The trial has ended now. True: there is another one in the block. */
    bool (*end)(void *run, uint32_t worker, int64_t start_ns, hpi_ending ending);
    /* worker > ring. */
    void (*hand_in)(void *run, uint32_t worker);
    /* All that the holder of the turn does; has_own: its block is done. */
    void (*pass)(void *run, uint32_t worker, bool has_own, hpi_passed *passed_out);
    /* How long that took him, as the pool has it. */
    void (*held)(void *run, int64_t ns);
    bool (*is_queued)(const void *run);   /* blocks are in the queue          */
    bool (*is_pending)(const void *run);  /* blocks are in the rings          */
    bool (*is_askable)(const void *run);  /* a holder could ask for more      */
    bool (*is_stopping)(const void *run); /* trials that look should stop     */
    bool (*is_finished)(const void *run); /* nothing is in flight nor will be */
} hpi_steps;

struct hpi_pool {
    const hpi_pool_class *class;
    hpi_spec  spec;               /* the options' texts                                      */
    void     *state;              /* the class's own                                         */
    uint32_t  worker_count;       /* of the run                                              */
    uint32_t  worker_count_asked; /* what the user named beside the pool; 0 = nothing        */
    bool      has_caller;         /* whoever waits for the run is worker 0                   */
    uint64_t  seed;
    hpi_place place;                               /* where workers go                           */
    void (*work)(void *run, uint32_t worker);      /* returns when the run is over               */
    bool (*work_step)(void *run, uint32_t worker); /* one block; false when the run is over */
    bool (*is_over)(const void *run);
    const hpi_steps *steps; /* the same, in steps                         */
    void            *run;
    /* Of the class that simulates time, else NULL. The run sets the clock at its start. */
    hpi_clock *clock;
    /* How long the turn was held, for the statistics. The pool writes, any thread reads. */
    atomic_int_fast64_t turn_ns;
};

/* Open the pool of a text "name:key=value,...". The members from `worker_count` on, but `clock`,
 * are filled in already. Unknown names answer with the closest match. */
hpt_status hpi_pool_open(hpi_pool *pool, const char *text, hpt_err *err);
void       hpi_pool_close(hpi_pool *pool); /* also one that was never opened */

/* The pool of that name. */
hpt_status hpi_pool_find(const char *name, const hpi_pool_class **class_out, hpt_err *err);

/* The pools there are; NULL past the last. */
const hpi_pool_class *hpi_pool_at(size_t index);

#endif
