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
    uint32_t   slot;   /* the worker in it                                        */
    uint32_t   number; /* ... and whose place that has; others are spare          */
    bool       is_taken, is_lost;
    bool       has_left; /* of who was on its way out once: clang's frames come by here again */
    hpi_thread thread;
} seat;

typedef struct threads_state {
    uint32_t    started; /* threads, the caller not among them */
    uint32_t    seat_count;
    atomic_uint arrived; /* threads that run                   */
    seat        seats[]; /* one for each slot                  */
} threads_state;

static void work(void *argument) {
    const seat *mine = argument;
    mine->pool->work(mine->pool->run, mine->slot);
}

/* On its way out of an objective by pthread_exit(). Another thread goes on where it leaves; if
 * there is none to be had, the last thing that this one does is the work. When it was written off,
 * nothing is there any more but its own stack. */
static void leave(void *argument) {
    seat     *mine = argument;
    hpi_pool *pool = mine->pool;
    seat      own = { .pool = pool, .slot = mine->slot };
    if (mine->has_left) return;
    mine->has_left = true;
    if (!pool->left(pool->run, mine->slot)) return;
    if (hpi_thread_succeed(&((threads_state *)pool->seats)->seats[mine->slot].thread, NULL) !=
        HPT_OK)
        hpi_thread_guard(work, leave, &own);
}

static void *worker_main(void *argument) {
    seat          *mine = argument;
    hpi_pool      *pool = mine->pool;
    threads_state *state = pool->seats;
    /* Relaxed: a hint for hurry(). */
    atomic_fetch_add_explicit(&state->arrived, 1, memory_order_relaxed);
    /* To be moved costs as much as a short run, which may be over by now. */
    if (!pool->is_over(pool->run)) hpi_place_enter(&pool->place, mine->number, NULL);
    seat own = { .pool = pool, .slot = mine->slot };
    hpi_thread_guard(work, leave, &own);
    return NULL;
}

/* Workers start where they belong. Where their creator works as well, it would wait for that, so
 * those that are not bound go there by themselves. */
static hpt_status start_one(hpi_pool *pool, seat *mine, hpt_err *err) {
    char         name[16];
    hpi_cpu_mask cpus;
    bool         moves_itself = pool->has_caller && pool->place.placement == HPI_PLACE_SPREAD;
    bool         is_placed = !moves_itself && hpi_place_start(&pool->place, mine->number, &cpus);
    snprintf(name, sizeof name, "hpt-w%04u", (unsigned)mine->number % 10000u);
    mine->pool = pool;
    hpt_status status =
        hpi_thread_start_on(&mine->thread, is_placed ? &cpus : NULL, name, worker_main, mine, err);
    mine->is_taken = status == HPT_OK;
    return status;
}

static hpt_status start_all(hpi_pool *pool, threads_state *state, uint32_t wanted, hpt_err *err) {
    hpt_status status = HPT_OK;
    while (state->started < wanted && status == HPT_OK) {
        uint32_t slot = state->started + pool->has_caller;
        state->seats[slot].slot = state->seats[slot].number = slot;
        status = start_one(pool, &state->seats[slot], err);
        if (status == HPT_OK) state->started++;
    }
    return state->started > 0 || pool->has_caller ? HPT_OK : status;
}

static hpt_status threads_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    uint32_t wanted = pool->worker_count - pool->has_caller;
    uint32_t count = pool->worker_count + pool->spare_count;
    *started_out = pool->worker_count;
    if (wanted == 0) return HPT_OK;
    threads_state *state = hpi_alloc(1, sizeof *state + count * sizeof(seat));
    if (!state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers",
                        (unsigned)pool->worker_count);
    state->seat_count = count;
    pool->seats = state;
    hpt_status status = start_all(pool, state, wanted, err);
    *started_out = state->started + pool->has_caller;
    if (status != HPT_OK) {
        pool->seats = NULL;
        hpi_free(state);
    }
    return status;
}

static hpt_status threads_replace(hpi_pool *pool, uint32_t lost, uint32_t next, hpt_err *err) {
    threads_state *state = pool->seats;
    seat          *gone = &state->seats[lost];
    gone->is_lost = true;
    hpi_thread_detach(&gone->thread);
    if (next == HPI_NOBODY) return HPT_OK;
    state->seats[next].slot = next;
    state->seats[next].number = gone->number;
    return start_one(pool, &state->seats[next], err);
}

static bool threads_step(hpi_pool *pool) {
    return pool->work_step(pool->run, 0);
}

static void threads_hurry(hpi_pool *pool) {
    threads_state *state = pool->seats;
    if (state && atomic_load_explicit(&state->arrived, memory_order_relaxed) < state->started)
        hpi_thread_yield();
}

static void threads_join(hpi_pool *pool) {
    threads_state *state = pool->seats;
    if (!state) return;
    for (uint32_t i = 0; i < state->seat_count; i++)
        if (state->seats[i].is_taken && !state->seats[i].is_lost)
            hpi_thread_join_soon(&state->seats[i].thread);
    hpi_free(state);
    pool->seats = NULL;
}

const hpi_pool_class hpi_pool_threads = {
    .info.struct_size = sizeof(hpt_pool_info),
    .info.name = "threads",
    .info.summary = "one thread per core the process may use",
    .start = threads_start,
    .step = threads_step,
    .replace = threads_replace,
    .hurry = threads_hurry,
    .join = threads_join,
};
