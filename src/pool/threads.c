/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread per worker, from the start of the run to its end; none for the worker that is the
 * caller. */
#include "pool/pool.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/thread.h"

typedef struct seat {
    hpi_pool  *pool;
    uint32_t   index;
    hpi_thread thread;
} seat;

typedef struct threads_state {
    uint32_t    started; /* threads, the caller not among them */
    atomic_uint arrived; /* threads that run                   */
    seat        seats[];
} threads_state;

static void *worker_main(void *argument) {
    seat          *mine = argument;
    hpi_pool      *pool = mine->pool;
    threads_state *state = pool->state;
    /* Relaxed: a hint for hurry(). */
    atomic_fetch_add_explicit(&state->arrived, 1, memory_order_relaxed);
    /* To be moved costs as much as a short run, which may be over by now. */
    if (!pool->is_over(pool->run)) hpi_place_enter(&pool->place, mine->index, NULL);
    pool->work(pool->run, mine->index);
    return NULL;
}

/* Workers start where they belong. Where their creator works as well, it would wait for that, so
 * those that are not bound go there by themselves. */
static hpt_status start_one(hpi_pool *pool, seat *mine, hpt_err *err) {
    char         name[16];
    hpi_cpu_mask cpus;
    bool         moves_itself = pool->has_caller && pool->place.placement == HPI_PLACE_SPREAD;
    bool         is_placed = !moves_itself && hpi_place_start(&pool->place, mine->index, &cpus);
    snprintf(name, sizeof name, "hpt-w%04u", (unsigned)mine->index % 10000u);
    mine->pool = pool;
    return hpi_thread_start_on(&mine->thread, is_placed ? &cpus : NULL, name, worker_main, mine,
                               err);
}

static hpt_status start_all(hpi_pool *pool, threads_state *state, uint32_t wanted, hpt_err *err) {
    hpt_status status = HPT_OK;
    while (state->started < wanted && status == HPT_OK) {
        seat *next = &state->seats[state->started];
        next->index = state->started + pool->has_caller;
        status = start_one(pool, next, err);
        if (status == HPT_OK) state->started++;
    }
    return state->started > 0 || pool->has_caller ? HPT_OK : status;
}

static hpt_status threads_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    uint32_t wanted = pool->worker_count - pool->has_caller;
    *started_out = pool->worker_count;
    if (wanted == 0) return HPT_OK;
    threads_state *state = hpi_alloc(1, sizeof *state + wanted * sizeof(seat));
    if (!state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers",
                        (unsigned)pool->worker_count);
    pool->state = state;
    hpt_status status = start_all(pool, state, wanted, err);
    *started_out = state->started + pool->has_caller;
    if (status != HPT_OK) {
        pool->state = NULL;
        hpi_free(state);
    }
    return status;
}

static bool threads_step(hpi_pool *pool) {
    return pool->work_step(pool->run, 0);
}

static void threads_hurry(hpi_pool *pool) {
    threads_state *state = pool->state;
    if (state && atomic_load_explicit(&state->arrived, memory_order_relaxed) < state->started)
        hpi_thread_yield();
}

static void threads_join(hpi_pool *pool) {
    threads_state *state = pool->state;
    if (!state) return;
    for (uint32_t i = 0; i < state->started; i++)
        hpi_thread_join_soon(&state->seats[i].thread);
    hpi_free(state);
    pool->state = NULL;
}

const hpi_pool_class hpi_pool_threads = {
    .name = "threads",
    .summary = "one thread per core the process may use",
    .start = threads_start,
    .step = threads_step,
    .hurry = threads_hurry,
    .join = threads_join,
};
