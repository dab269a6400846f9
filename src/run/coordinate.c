/* SPDX-License-Identifier: BSD-3-Clause */
/* The path of a trial, in the order it happens:
 *
 *     strategy > queue > worker > ring > feedback > dispatch > observers
 *
 * Every worker runs hpi_work(). There is no coordinator thread: coordination is a turn, taken by
 * whichever worker has just finished a block. It tells its results and asks for its next block; if
 * somebody else has the turn, it leaves its block in its own ring, which that one empties, and goes
 * on with what the queue holds. So the strategy is only ever used by one thread, and no thread has
 * to wake another for a trial to be followed by the next. */
#include <limits.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

/* The turn. Acquire and release make one holder's work happen before the next one's. */

static bool take_turn(hpt_run *run) {
    return atomic_exchange_explicit(&run->is_taken, 1, memory_order_acquire) == 0;
}

static void give_turn(hpt_run *run) {
    atomic_store_explicit(&run->is_taken, 0, memory_order_release);
    /* Pairs with the fence in hand_in() and the one in hpi_park_prepare(): either we see what the
     * other left for us, or he sees that the turn is free. */
    atomic_thread_fence(memory_order_seq_cst);
}

static bool is_pending(const hpt_run *run) {
    return atomic_load_explicit(&run->pending, memory_order_relaxed) > 0;
}

static bool is_finished(const hpt_run *run) {
    /* acquire: pairs with the release in hpi_finish() */
    return atomic_load_explicit(&run->is_finished, memory_order_acquire);
}

/* ring > feedback */
static void drain(hpt_run *run) {
    int depth = atomic_load_explicit(&run->pending, memory_order_relaxed);
    if (depth > (int)run->turn.ring_depth_max) run->turn.ring_depth_max = (uint32_t)depth;
    for (uint32_t i = 0; i < run->plan.worker_count && is_pending(run); i++) {
        hpi_block *block;
        while ((block = hpi_ring_pop_sc(run->workers[i].ring))) {
            atomic_fetch_sub_explicit(&run->pending, 1, memory_order_relaxed);
            hpi_feedback(run, block);
        }
    }
}

/* For others to share. A worker alone keeps them, and so the order of numbers. */
static void queue_leftovers(hpt_run *run) {
    if (run->plan.worker_count == 1) return;
    while (run->turn.leftovers)
        hpi_queue_block(run, hpi_ask_block(run));
}

/* What was asked for first is evaluated first. A holder that only asked for new blocks would leave
 * those in the queue to the end of the run, if no other worker came for them. */
static hpi_block *oldest_block(hpt_run *run) {
    hpi_block *block = run->turn.leftovers ? NULL : hpi_queue_pop_mc(run->queue);
    return block ? block : hpi_ask_block(run);
}

/* strategy > queue. The holder serves itself first; the queue gets blocks ahead of need only when
 * trials are short, because what waits in it is asked for without knowing the newest results. */
static void refill(hpt_run *run, hpi_worker *worker) {
    hpi_turn *turn = &run->turn;
    if (run->plan.options.window > 0) {
        hpi_ask_window(run);
        hpi_publish_filling(run);
        while (run->turn.leftovers)
            hpi_queue_block(run, hpi_ask_block(run));
        return;
    }
    if (worker && !worker->block) worker->block = oldest_block(run);
    queue_leftovers(run);
    uint32_t   others = run->plan.worker_count - 1;
    bool       is_strict = run->strategy.class->batch_max == 1 && !run->is_pure;
    uint32_t   ahead = turn->batch > 1 && !is_strict && others > 0 ? others + 1 : 0;
    hpi_block *block;
    while (hpi_queue_depth(run->queue) < ahead && (block = hpi_ask_block(run)))
        hpi_queue_block(run, block);
}

/* How many sleepers are worth waking: one for each block in the queue, one that may ask for itself.
 */
static unsigned sleepers_wanted(const hpt_run *run) {
    if (is_finished(run)) return UINT_MAX;
    unsigned depth = hpi_queue_depth(run->queue);
    return depth + (atomic_load_explicit(&run->is_askable, memory_order_relaxed) ? 1 : 0);
}

static void settle(hpt_run *run) {
    if (hpi_is_done(run) && !is_finished(run))
        hpi_finish(run);
    else
        hpi_stats_publish(run);
    bool is_askable = run->plan.options.window == 0 && hpi_may_ask(run) && !run->turn.is_waiting &&
                      (run->blocks.free || run->turn.leftovers);
    atomic_store_explicit(&run->is_askable, is_askable, memory_order_relaxed);
}

unsigned hpi_coordinate_pass(hpt_run *run, hpi_worker *worker, hpi_block *own) {
    if (own) hpi_feedback(run, own);
    drain(run);
    hpi_budget_now(run);
    refill(run, worker);
    settle(run);
    return sleepers_wanted(run);
}

/* Holding the turn. Results that came meanwhile are nobody else's to fetch, so the holder looks
 * once more after giving it. */
static void coordinate(hpt_run *run, hpi_worker *worker, hpi_block *own) {
    do {
        unsigned wanted = hpi_coordinate_pass(run, worker, own);
        own = NULL;
        give_turn(run);
        if (wanted > 0) hpi_park_wake_fenced(&run->park, wanted);
    } while (is_pending(run) && take_turn(run));
}

/* worker > ring */
static void hand_in(hpi_worker *worker, hpi_block *block) {
    hpt_run *run = worker->run;
    worker->block = NULL;
    if (take_turn(run)) {
        coordinate(run, worker, block);
        return;
    }
    hpi_ring_push_sp(worker->ring, block);
    atomic_fetch_add_explicit(&run->pending, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with give_turn() */
    if (take_turn(run)) coordinate(run, worker, NULL);
}

/* Whether there is anything for an idle worker: a block, or the turn and something to ask for. */
static bool find_block(hpi_worker *worker) {
    hpt_run *run = worker->run;
    if ((worker->block = hpi_queue_pop_mc(run->queue))) return true; /* queue > worker */
    if (!atomic_load_explicit(&run->is_askable, memory_order_relaxed)) return false;
    if (atomic_load_explicit(&run->is_taken, memory_order_relaxed) || !take_turn(run)) return false;
    coordinate(run, worker, NULL);
    return worker->block;
}

static bool looks_useful(const hpt_run *run) {
    if (hpi_queue_depth(run->queue) > 0 || is_finished(run)) return true;
    return atomic_load_explicit(&run->is_askable, memory_order_relaxed) &&
           !atomic_load_explicit(&run->is_taken, memory_order_relaxed);
}

static void park(hpt_run *run) {
    uint64_t ticket = hpi_park_prepare(&run->park);
    if (looks_useful(run))
        hpi_park_cancel(&run->park);
    else
        hpi_park_sleep(&run->park, ticket, INT64_MAX);
}

/* Looks at growing distance: most waits are for a turn that is about to end, and who looks all the
 * time takes the cache lines from the one he waits for. */
static bool spin(hpi_worker *worker) {
    for (int pauses = 1; pauses <= HPI_SPIN_PAUSES; pauses *= 2) {
        if (find_block(worker) || is_finished(worker->run)) return true;
        for (int i = 0; i < pauses; i++)
            hpi_pause();
    }
    return false;
}

/* A worker without a block spins for about as long as a wake-up takes, then parks. False: finished.
 */
static bool seek(hpi_worker *worker) {
    hpt_run *run = worker->run;
    int64_t  until_ns = 0;
    while (!spin(worker)) {
        int64_t now_ns = hpi_now_ns();
        if (until_ns == 0) until_ns = now_ns + (run->may_spin ? HPI_SPIN_NS : 0);
        if (now_ns < until_ns) continue;
        park(run);
        until_ns = 0;
    }
    return worker->block != NULL;
}

static bool step(hpi_worker *worker) {
    if (!worker->block && !seek(worker)) return false;
    hpi_block *block = worker->block;
    hpi_evaluate(worker, block);
    hand_in(worker, block);
    return true;
}

bool hpi_work_step(void *context, uint32_t worker) {
    hpt_run *run = context;
    return step(&run->workers[worker]);
}

void hpi_work(void *run, uint32_t worker) {
    while (hpi_work_step(run, worker))
        continue;
}

hpt_status hpi_coordinate_first(hpt_run *run, hpt_err *err) {
    hpi_turn  *turn = &run->turn;
    hpi_block *block;
    if (turn->asked_max == 0) hpi_stop(run, HPT_STOP_EXHAUSTED);
    if (run->plan.options.window > 0)
        refill(run, NULL);
    else
        while (hpi_queue_depth(run->queue) < run->plan.worker_count && (block = hpi_ask_block(run)))
            hpi_queue_block(run, block);
    if (turn->stop == HPT_STOP_STRATEGY && turn->asked == 0) { /* nothing ran, nothing is lost */
        return hpi_fail(err, turn->stop_err.code, "strategy \"%s\": %s", run->strategy.class->name,
                        turn->stop_err.text);
    }
    hpi_budget_now(run);
    settle(run);
    return HPT_OK;
}
