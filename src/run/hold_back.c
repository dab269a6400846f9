/* SPDX-License-Identifier: BSD-3-Clause */
/* sync = each: a result is on the disk before the strategy, or anybody else, is told.
 *
 *     worker > ring > HOLD BACK > feedback > ...
 *                      |    ^
 *       the study file's lane: writes all that is there, calls hpi_hold_news()
 *
 * Workers do not wait: they go on with what the queue holds or what may be asked for meanwhile. Who
 * has nothing else to do sleeps where idle workers do, and is woken by the news. */
#include <limits.h>

#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

/* A trial that never ran has no result to be kept. */
static bool has_results(const hpi_block *block) {
    for (uint32_t i = 0; i < block->done; i++)
        if (hpi_block_state(block, i) != HPT_TRIAL_CANCELLED) return true;
    return false;
}

static void publish_due(hpi_keep *keep) {
    uint64_t due = keep->first ? keep->first->due : UINT64_MAX;
    /* Relaxed: idle workers look at it after the fence with which the turn is given. */
    if (due != atomic_load_explicit(&keep->due, memory_order_relaxed))
        atomic_store_explicit(&keep->due, due, memory_order_relaxed);
}

static void append(hpi_keep *keep, hpi_block *block) {
    block->next = NULL;
    block->due = keep->shown;
    if (keep->first)
        keep->last->next = block;
    else
        keep->first = block;
    keep->last = block;
}

/* What is left of a block that was handed in early must not wait with it. */
static void split_rest(hpt_run *run, hpi_block *block) {
    if (block->done == block->count) return;
    hpi_block *rest = hpi_block_take(&run->blocks);
    if (rest) hpi_split_block(run, block, block->done, rest);
}

void hpi_hold_back(hpt_run *run, hpi_block *block) {
    hpi_keep *keep = run->keep;
    if (!keep->is_each || block->is_kept || !has_results(block)) {
        hpi_feedback_now(run, block);
        return;
    }
    split_rest(run, block);
    hpi_show_store(run, block);
    block->is_kept = true;
    append(keep, block);
    publish_due(keep);
    hpi_dispatch_hurry_store(run->dispatch);
    if (run->simulated) hpi_hold_settle(run); /* in no time, as time goes there */
}

bool hpi_hold_waits(const hpi_keep *keep) {
    hpi_keep *own = (hpi_keep *)(uintptr_t)keep;
    if (keep->is_shared && hpi_store_has_news(keep->store)) return true;
    uint64_t due = atomic_load_explicit(&own->due, memory_order_relaxed);
    return due != UINT64_MAX &&
           (hpi_store_durable(keep->store) >= due || hpi_keep_has_failed(keep));
}

static bool is_due(const hpi_keep *keep) {
    return keep->first &&
           (keep->first->due <= hpi_store_durable(keep->store) || hpi_keep_has_failed(keep));
}

static void release(hpt_run *run) {
    hpi_keep *keep = run->keep;
    while (is_due(keep)) {
        hpi_block *block = keep->first;
        keep->first = block->next;
        hpi_feedback_now(run, block);
    }
    publish_due(keep);
}

/* Without a window: whether to ask for more while results are on their way to the disk. Not if the
 * strategy wants to know all there is, nor if the trials are long beside a write. */
static void limit_asks(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    bool      is_strict = run->strategy.class->batch_max == 1;
    bool      is_short = turn->trial_ns > 0 && turn->trial_ns < HPI_HELD_NS_MAX;
    if (run->plan.options.window > 0 || run->keep->is_shared || hpi_owes(run->keep) ||
        !run->objective)
        return;
    bool is_free = run->is_pure || (is_short && !is_strict);
    turn->in_flight_max = is_free ? UINT64_MAX : run->plan.worker_count;
}

void hpi_hold_pass(hpt_run *run) {
    if (run->keep->is_shared) hpi_share_pass(run);
    if (!run->keep->is_each) return;
    release(run);
    limit_asks(run);
}

/* The lane's thread, after there is more that is durable. All wake-ups have a full fence: whoever
 * is about to sleep sees that, or is woken. */
void hpi_hold_news(void *context) {
    hpt_run *run = context;
    bool     has_workers = run->objective && !run->simulated;
    if (has_workers && run->caller == HPI_CALLER_COORDINATES)
        hpi_call_driver(run);
    else if (has_workers)
        hpi_park_wake(&run->park, 1);
    hpi_park_wake(&run->driver, UINT_MAX); /* hpi_hold_wait(), also before there are workers */
}

/* For who waits himself. */

uint64_t hpi_hold_mark(const hpt_run *run) {
    return run->keep && run->keep->is_each ? run->keep->shown : 0;
}

static bool is_durable(const hpi_keep *keep, uint64_t mark) {
    return hpi_store_durable(keep->store) >= mark || hpi_keep_has_failed(keep);
}

void hpi_hold_wait(hpt_run *run, uint64_t mark) {
    while (mark > 0 && !is_durable(run->keep, mark)) {
        uint64_t ticket = hpi_park_prepare(&run->driver);
        if (is_durable(run->keep, mark))
            hpi_park_cancel(&run->driver);
        else
            hpi_park_sleep(&run->driver, ticket, INT64_MAX);
    }
}

void hpi_hold_settle(hpt_run *run) {
    if (!run->keep || !run->keep->is_each) return;
    while (run->keep->first) {
        hpi_hold_wait(run, run->keep->last->due);
        release(run);
    }
}
