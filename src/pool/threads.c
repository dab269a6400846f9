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
    hpi_affinity allowed; /* the CPUs that whoever started the pool may run on */
    uint32_t     here;    /* which of them it was on                           */
    uint32_t     started; /* threads, the caller not among them                */
    atomic_uint  arrived; /* threads that run                                  */
    seat         seats[];
} threads_state;

/* Worker k belongs on the k-th core if workers are bound. Else the n-th thread starts n cores
 * behind the one that its creator is on and will need itself. */
static int cpu_for(const hpi_pool *pool, const threads_state *state, uint32_t nth) {
    uint32_t k = pool->pin ? nth + pool->has_caller : state->here + 1 + nth;
    return hpi_affinity_cpu(&state->allowed, k);
}

/* Some kernels leave new threads on their creator's core for the first tenths of a second, so each
 * starts on a core of its own and may move from then on. Where its creator works as well, it goes
 * there by itself, if it still has to: to be moved costs as much as a short run. */
static void find_place(const hpi_pool *pool, const threads_state *state, uint32_t nth) {
    if (pool->pin || pool->is_over(pool->run)) return;
    if (pool->has_caller) {
        int cpu = cpu_for(pool, state, nth);
        if (cpu == hpi_cpu_here()) return;
        hpi_affinity_bind(cpu);
    }
    hpi_affinity_set(&state->allowed);
}

static void *worker_main(void *argument) {
    seat          *mine = argument;
    hpi_pool      *pool = mine->pool;
    threads_state *state = pool->state;
    /* Relaxed: a hint for hurry(). */
    atomic_fetch_add_explicit(&state->arrived, 1, memory_order_relaxed);
    find_place(pool, state, (uint32_t)(mine - state->seats));
    pool->work(pool->run, mine->index);
    return NULL;
}

static hpt_status start_one(hpi_pool *pool, seat *mine, int cpu, hpt_err *err) {
    char name[16];
    snprintf(name, sizeof name, "hpt-w%04u", (unsigned)mine->index % 10000u);
    mine->pool = pool;
    return hpi_thread_start_on(&mine->thread, cpu, name, worker_main, mine, err);
}

static hpt_status start_all(hpi_pool *pool, threads_state *state, uint32_t wanted, hpt_err *err) {
    bool       moves_itself = pool->has_caller && !pool->pin;
    hpt_status status = HPT_OK;
    while (state->started < wanted && status == HPT_OK) {
        uint32_t nth = state->started;
        int      cpu = moves_itself ? HPI_CPU_ANY : cpu_for(pool, state, nth);
        state->seats[nth].index = nth + pool->has_caller;
        status = start_one(pool, &state->seats[nth], cpu, err);
        if (status == HPT_OK) state->started++;
    }
    return state->started > 0 || pool->has_caller ? HPT_OK : status;
}

static hpt_status threads_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    uint32_t wanted = pool->worker_count - pool->has_caller;
    *started_out = pool->worker_count;
    if (wanted == 0 && !pool->pin) return HPT_OK;
    threads_state *state = hpi_alloc(1, sizeof *state + wanted * sizeof(seat));
    if (!state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers",
                        (unsigned)pool->worker_count);
    pool->state = state;
    hpi_affinity_get(&state->allowed);
    state->here = hpi_affinity_index(&state->allowed, hpi_cpu_here());
    hpt_status status = start_all(pool, state, wanted, err);
    *started_out = state->started + pool->has_caller;
    if (status != HPT_OK) {
        pool->state = NULL;
        hpi_free(state);
    }
    return status;
}

static void threads_borrow(hpi_pool *pool) {
    const threads_state *state = pool->state;
    if (pool->pin) hpi_affinity_bind(hpi_affinity_cpu(&state->allowed, 0));
}

static void threads_hurry(hpi_pool *pool) {
    threads_state *state = pool->state;
    if (state && atomic_load_explicit(&state->arrived, memory_order_relaxed) < state->started)
        hpi_thread_yield();
}

static void threads_give_back(hpi_pool *pool) {
    const threads_state *state = pool->state;
    if (pool->pin) hpi_affinity_set(&state->allowed);
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
    .borrow = threads_borrow,
    .hurry = threads_hurry,
    .give_back = threads_give_back,
    .join = threads_join,
};
