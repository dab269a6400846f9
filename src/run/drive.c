/* SPDX-License-Identifier: BSD-3-Clause */
/* HPT_COORDINATOR_CALLER: the thread that waits for the run is its only coordinator, for strategies
 * that must stay on one thread. It is called the driver here. The same path as in coordinate.c with
 * the turn in one pair of hands:
 *
 *     driver: ring > feedback > strategy > queue, and to sleep;     workers: queue > worker > ring
 *
 * To wake the driver takes 20 us or more, of which the worker that does it pays half, and on a
 * machine whose cores all evaluate the driver then takes one from a worker. So it keeps work for
 * many such times in the queue and is called when most of that is back, or when a worker runs dry.
 * A strategy that must see all results before its next candidate is called for each. */
#include <limits.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

static bool is_finished(const hpt_run *run) {
    /* acquire: pairs with the release in hpi_finish() */
    return atomic_load_explicit(&run->is_finished, memory_order_acquire);
}

static int pending(const hpt_run *run) {
    return atomic_load_explicit(&run->pending, memory_order_relaxed);
}

/* The driver. */

/* Blocks that are in the queue, with workers or in rings. */
static uint32_t blocks_out(const hpi_turn *turn) {
    return (uint32_t)(turn->queued - turn->drained);
}

/* ring > feedback */
static void drain(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    int       depth = pending(run);
    if (depth > (int)turn->ring_depth_max) {
        turn->ring_depth_max = (uint32_t)depth;
        turn->has_news = true;
    }
    for (uint32_t i = 0; i < run->plan.worker_count; i++) {
        hpi_block *block;
        while ((block = hpi_ring_pop_sc(run->workers[i].ring))) {
            atomic_fetch_sub_explicit(&run->pending, 1, memory_order_relaxed);
            turn->drained++;
            hpi_feedback(run, block);
        }
    }
}

/* How many blocks lie ready for each worker beside the one it evaluates. Long trials are not worth
 * the staleness: to be woken costs little beside them. */
static uint32_t blocks_ahead(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    double          block_ns = turn->trial_ns * turn->batch;
    bool            is_strict = run->strategy.class->batch_max == 1 && !run->is_pure;
    if (is_strict || block_ns <= 0 || block_ns > HPI_DRIVE_NS_MAX) return 0;
    double wish = HPI_DRIVE_NS / block_ns;
    return wish >= HPI_DRIVE_BLOCKS ? HPI_DRIVE_BLOCKS : wish < 1 ? 1 : (uint32_t)wish;
}

/* strategy > queue */
static void refill(hpt_run *run, uint32_t ahead) {
    hpi_turn  *turn = &run->turn;
    uint32_t   most = run->plan.worker_count * (1 + ahead);
    hpi_block *block;
    if (run->plan.options.window > 0) {
        hpi_ask_window(run);
        hpi_publish_filling(run);
    }
    while (turn->leftovers)
        hpi_queue_block(run, hpi_ask_block(run));
    if (run->plan.options.window > 0) return;
    while (blocks_out(turn) < most && (block = hpi_ask_block(run)))
        hpi_queue_block(run, block);
}

/* How many results are worth a call: three quarters of what lay ready, and all that will come if
 * there are fewer. */
static void settle_call(hpt_run *run, uint32_t ahead) {
    const hpi_turn *turn = &run->turn;
    uint32_t        worth = run->plan.worker_count * ahead * 3 / 4, out = blocks_out(turn);
    if (run->plan.options.window > 0 && worth > out / 2) worth = out / 2;
    if (worth > out) worth = out;
    if (turn->is_waiting || worth == 0) worth = 1;
    /* Relaxed: the fence of hpi_park_prepare() follows before it matters. */
    atomic_store_explicit(&run->call_at, (int)worth, memory_order_relaxed);
}

static void coordinate(hpt_run *run) {
    /* Not called any more; what whoever called has left is found below. Pairs with the fence in
     * hand_over(): who still finds is_called set has left his block before this. */
    atomic_store_explicit(&run->is_called, false, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    drain(run);
    hpi_lost_settle(run);
    if (run->keep) hpi_hold_pass(run);
    hpi_budget_now(run);
    uint32_t ahead = blocks_ahead(run);
    refill(run, ahead);
    settle_call(run, ahead);
    if (hpi_is_done(run) && !is_finished(run))
        hpi_finish(run);
    else
        hpi_stats_show(run);
    unsigned depth = hpi_queue_depth(run->queue);
    if (is_finished(run) || depth > 0)
        hpi_park_wake(&run->park, is_finished(run) ? UINT_MAX : depth);
}

static bool is_wanted(const hpt_run *run) {
    return atomic_load_explicit(&run->is_called, memory_order_relaxed) ||
           pending(run) >= atomic_load_explicit(&run->call_at, memory_order_relaxed);
}

static void sleep_until(hpt_run *run, int64_t until_ns) {
    uint64_t ticket = hpi_park_prepare(&run->driver);
    if (is_wanted(run))
        hpi_park_cancel(&run->driver);
    else
        hpi_park_sleep(&run->driver, ticket, until_ns);
}

void hpi_drive(hpt_run *run, bool is_once, int64_t until_ns) {
    int64_t wall_ns = run->until_ns, now_ns = hpi_now_ns();
    do {
        coordinate(run);
        hpi_glance_at_observers(run, now_ns);
        if (is_once || is_finished(run)) return;
        if (now_ns >= wall_ns) wall_ns = INT64_MAX; /* the budget has seen that it is over */
        sleep_until(run, until_ns < wall_ns ? until_ns : wall_ns);
        now_ns = hpi_now_ns();
    } while (now_ns < until_ns);
}

/* The workers. */

static void call(hpt_run *run) {
    if (atomic_load_explicit(&run->is_called, memory_order_relaxed)) return;
    atomic_store_explicit(&run->is_called, true, memory_order_relaxed);
    hpi_park_wake(&run->driver, 1);
}

/* Pairs with the fence in coordinate(): either the driver sees what there is to do, or is_called is
 * found as it leaves it. */
void hpi_call_driver(hpt_run *run) {
    atomic_thread_fence(memory_order_seq_cst);
    call(run);
}

/* worker > ring. A block that took long has news, whatever it was expected to take. */
static void hand_over(hpi_worker *worker, hpi_block *block) {
    hpt_run *run = worker->run;
    bool     is_slow = block->took_ns > HPI_DRIVE_NS;
    worker->block = NULL;
    hpi_ring_push_sp(worker->ring, block);
    int count = atomic_fetch_add_explicit(&run->pending, 1, memory_order_relaxed) + 1;
    /* Pairs with the fences in hpi_park_prepare() and coordinate(): either the driver sees this
     * block, or we see what it waits for. */
    atomic_thread_fence(memory_order_seq_cst);
    bool is_dry = hpi_queue_depth(run->queue) == 0;
    if (is_slow || is_dry || count >= atomic_load_explicit(&run->call_at, memory_order_relaxed))
        call(run);
}

static bool find_block(hpi_worker *worker) {
    hpt_run *run = worker->run;
    int64_t  until_ns = 0;
    for (;;) {
        if ((worker->block = hpi_queue_pop_mc(run->queue))) return true; /* queue > worker */
        if (is_finished(run)) return false;
        int64_t now_ns = hpi_now_ns();
        if (hpi_meter_is_open(&worker->meter)) hpi_meter_idle(&worker->meter, now_ns);
        if (until_ns == 0) until_ns = now_ns + hpi_spin_ns(run);
        if (now_ns < until_ns) {
            hpi_pause();
            continue;
        }
        uint64_t ticket = hpi_park_prepare(&run->park);
        if (hpi_queue_depth(run->queue) > 0 || is_finished(run))
            hpi_park_cancel(&run->park);
        else
            hpi_park_sleep(&run->park, ticket, INT64_MAX);
        until_ns = 0;
    }
}

void hpi_serve(void *run, uint32_t index) {
    hpi_worker *worker = &((hpt_run *)run)->workers[index];
    hpi_worker_enter(worker);
    while (worker->has_left || find_block(worker)) {
        hpi_block *block = worker->block;
        if (!worker->has_left) hpi_evaluate(worker, block);
        worker->has_left = false;
        if (worker->grip.is_lost) break;
        hand_over(worker, block);
    }
    hpi_worker_leave(worker);
    if (worker->grip.is_lost) hpi_run_release(run);
}
