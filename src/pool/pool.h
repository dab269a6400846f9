/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_POOL_H
#define HPI_POOL_POOL_H

/* Where workers live. A pool starts workers and joins them; what a worker does is the run's `work`.
 * Front header: the run sees nothing else of a pool. */

#include "base/cancel.h"
#include "base/clock.h"
#include "base/option.h"
#include "base/place.h"
#include "hpt/base.h"
#include "hpt/extend.h"
#include "trial/trial.h"

typedef struct hpi_pool hpi_pool;

#define HPI_NOBODY UINT32_MAX /* no worker */

typedef struct hpi_pool_class {
    hpt_pool_info info;             /* name, summary, options: what lists show                   */
    bool          is_on_caller;     /* no threads: whoever waits for the run does its work       */
    uint32_t      worker_count_max; /* 0 = the run's own limit                                   */
    size_t state_size; /* bytes of state; allocated, zeroed and freed for it; the options are filled
                          into it before open */

    /* Check the options and say how many workers there will be: may change pool->worker_count and
     * set pool->clock. On failure close is not called. May be NULL. */
    hpt_status (*open)(hpi_pool *pool, hpt_err *err);
    /* Start up to `worker_count` workers, of which worker 0 is there already if the pool
     * has_caller; *started_out says how many there are, that one too. Fewer than wanted is a
     * success with `err` saying why; none is a failure. */
    hpt_status (*start)(hpi_pool *pool, uint32_t *started_out, hpt_err *err);
    /* Everything of the run is there but threads and open files: the time to fork, if at all. May
     * be NULL. */
    hpt_status (*prepare)(hpi_pool *pool, hpt_err *err);
    /* Called by workers in place of the objective, which is pool->objective: for those who evaluate
     * elsewhere. May set trial->ended and the reason. NULL: workers call the objective. */
    hpt_status (*evaluate)(hpi_pool *pool, hpt_trial *trial, double *values_out);
    /* The worker `lost` will not come back: never wait for it, and start `next` in its place, an
     * index behind worker_count; or HPI_NOBODY. By one thread at a time, never while `join` is
     * called. NULL: workers of this pool always come back. */
    hpt_status (*replace)(hpi_pool *pool, uint32_t lost, uint32_t next, hpt_err *err);
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

/* What an objective in a process of the pool's wants of its run: in memory that is shared, where a
 * wild objective may write. Its level is therefore written as a number that nobody hits by chance:
 * that would end the run. */
typedef struct hpi_carried {
    atomic_uint_fast64_t sealed;      /* 0: nothing */
    atomic_int_fast64_t  now_from_ns; /* as in hpi_cancels */
} hpi_carried;

/* What a trial says beside its values, in a pool that evaluates elsewhere. */
enum { HPI_POOL_NOTE_BYTES = 8 * 1024 };

enum { HPI_POOL_WARNINGS = 2, HPI_POOL_WARNING_BYTES = 240 };

/* How a simulated trial ended. */
typedef enum hpi_ending {
    HPI_ENDING_OWN, /* as its objective said */
    HPI_ENDING_CUT, /* in the middle: its time was up or the run was stopping */
    HPI_ENDING_FAIL /* the simulation wants it to fail */
} hpi_ending;

/* A trial that has begun: its objective was called and has returned. */
typedef struct hpi_begun {
    uint64_t number;
    uint32_t attempt;  /* how often it has failed already                       */
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
    /* When it reports next, after `start_ns`: INT64_MAX = not any more. It takes `whole_ns` in all.
     * Then, at that time, its report: true when the trial is hopeless. */
    int64_t (*next_report)(const void *run, uint32_t worker, int64_t start_ns, int64_t whole_ns);
    bool (*report)(void *run, uint32_t worker);
    /* The trial has ended now. True: there is another one in the block, or another attempt. */
    bool (*end)(void *run, uint32_t worker, int64_t start_ns, hpi_ending ending);
    /* worker > ring. */
    void (*hand_in)(void *run, uint32_t worker);
    /* All that the holder of the turn does; has_own: its block is done. */
    void (*pass)(void *run, uint32_t worker, bool has_own, hpi_passed *passed_out);
    /* How long that took him, as the pool has it. */
    void (*held)(void *run, int64_t ns);
    bool (*is_queued)(const void *run);  /* blocks are in the queue          */
    bool (*is_pending)(const void *run); /* blocks are in the rings          */
    bool (*is_askable)(const void *run); /* a holder could ask for more      */
    /* From when on trials that look should stop, and how long a trial may take now, if that has
     * become less while it runs; INT64_MAX = nobody has said so. */
    int64_t (*stops_at)(const void *run);
    int64_t (*cap_ns)(const void *run);
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
    /* The thread of that worker ends in the midst of `work`, which a new one is to begin anew.
     * False: it was replaced, and there is nothing to be done. */
    bool (*left)(void *run, uint32_t worker);
    bool (*is_over)(const void *run);
    const hpi_steps *steps; /* the same, in steps                         */
    void            *run;
    /* Of a pool that evaluates elsewhere: what the user gave, and what it needs of the run there.
     */
    hpt_objective objective;
    void         *user;
    uint32_t      dims, goal_count;
    double        grace_s;     /* NaN: the pool's own default */
    uint32_t      spare_count; /* indices behind worker_count that `replace` may be given */
    hpi_cancels  *cancels;     /* of the run: polled while a trial runs */
    hpi_carried  *carried;     /* in a process of the pool's; else NULL   */
    /* No worker is left, or can be made: why. Set before the run is cancelled for that. */
    atomic_uint is_broken; /* of hpi_pool_break() */
    char        broken[160];
    char        warnings[HPI_POOL_WARNINGS][HPI_POOL_WARNING_BYTES]; /* "": none */
    void       *seats; /* of the threads, beside `state` */
    /* Counts for the statistics. The pool writes, any thread reads. */
    atomic_uint_fast64_t restart_count;
    /* Of the class that simulates time: trials report when it is time, not while their objective
     * runs. */
    bool is_report_timed;
    /* Of the class that simulates time, else NULL. The run sets the clock at its start. */
    hpi_clock *clock;
    /* How long the turn was held, for the statistics. The pool writes, any thread reads. */
    atomic_int_fast64_t turn_ns;
};

/* Open the pool of a text "name:key=value,...". The members from `worker_count` on, but `clock`,
 * are filled in already. Unknown names answer with the closest match. */
hpt_status hpi_pool_open(hpi_pool *pool, const char *text, hpt_err *err);
void       hpi_pool_close(hpi_pool *pool); /* also one that was never opened */

/* The pool cannot go on: the run is stopped, with that as the reason. Any worker; the first counts.
 */
void        hpi_pool_break(hpi_pool *pool, const char *format, ...) HPT_PRINTF(2, 3);
const char *hpi_pool_broken(const hpi_pool *pool); /* why; NULL: it is not */

/* In a process of the pool's: that is wanted of the run, whose cancels there are a copy. */
void hpi_carry(hpi_carried *carried, const hpi_cancels *cancels, hpt_cancel_level level);
/* The level, and if that is FINISH, from when on NOW is meant. False: what is there makes no sense.
 */
bool hpi_carried_level(const hpi_carried *carried, hpt_cancel_level *level_out,
                       int64_t *from_ns_out);

/* The pool of that name. */
hpt_status hpi_pool_find(const char *name, const hpi_pool_class **class_out, hpt_err *err);

/* The pools there are; NULL past the last. */
const hpi_pool_class *hpi_pool_at(size_t index);

#endif
