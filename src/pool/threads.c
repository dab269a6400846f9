/* SPDX-License-Identifier: BSD-3-Clause */
/* One thread per worker, from the start of the run to its end. */
#include "pool/pool.h"

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
    uint32_t started;
    seat     seats[];
} threads_state;

static void *worker_main(void *argument) {
    seat *mine = argument;
    hpi_place_enter(&mine->pool->place, mine->index, NULL);
    mine->pool->work(mine->pool->run, mine->index);
    return NULL;
}

static hpt_status start_one(hpi_pool *pool, seat *mine, uint32_t index, hpt_err *err) {
    char name[16];
    snprintf(name, sizeof name, "hpt-w%04u", (unsigned)index % 10000u);
    mine->pool = pool;
    mine->index = index;
    return hpi_thread_start(&mine->thread, name, worker_main, mine, err);
}

static hpt_status threads_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    size_t         bytes = sizeof(threads_state) + pool->worker_count * sizeof(seat);
    threads_state *state = hpi_alloc(1, bytes);
    if (!state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers",
                        (unsigned)pool->worker_count);
    hpt_status status = HPT_OK;
    while (state->started < pool->worker_count && status == HPT_OK) {
        status = start_one(pool, &state->seats[state->started], state->started, err);
        if (status == HPT_OK) state->started++;
    }
    if (state->started == 0) {
        hpi_free(state);
        return status;
    }
    pool->state = state;
    *started_out = state->started;
    return HPT_OK;
}

static void threads_join(hpi_pool *pool) {
    threads_state *state = pool->state;
    if (!state) return;
    for (uint32_t i = 0; i < state->started; i++)
        hpi_thread_join(&state->seats[i].thread);
    hpi_free(state);
    pool->state = NULL;
}

const hpi_pool_class hpi_pool_threads = {
    .name = "threads",
    .summary = "one thread per core the process may use",
    .start = threads_start,
    .join = threads_join,
};
