/* SPDX-License-Identifier: BSD-3-Clause */
/* strategy > queue: from candidates to blocks. All of it by the holder of the turn. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"
#include "space/space.h"

bool hpi_may_ask(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    uint32_t        window = run->plan.options.window;
    if (turn->stop != HPT_STOP_NONE) return false;
    return window == 0 || turn->asked - turn->told < window;
}

static bool wants(const hpt_run *run, uint32_t kinds) {
    return hpi_dispatch_wants(run->dispatch, kinds);
}

static void tell_created(hpt_run *run, uint64_t number, const hpt_coord *point) {
    hpi_fact fact = { .kind = HPT_EVENT_TRIAL_CREATED,
                      .trial = number,
                      .time_ns = hpi_now_ns() - run->start_ns,
                      .value = 0,
                      .point = point };
    hpi_dispatch_push(run->dispatch, 0, &fact);
}

/* The last candidate there can be has been asked for: say so now, not at the next ask. */
static void stop_if_last(hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    if (turn->asked < turn->asked_max) return;
    bool by_budget = run->plan.options.trial_count_max == turn->asked_max;
    hpi_stop(run, by_budget ? HPT_STOP_TRIALS : HPT_STOP_EXHAUSTED);
}

static void strategy_failed(hpt_run *run, hpt_status status, const char *text) {
    run->turn.stop_err.code = status;
    if (text) hpi_fail(&run->turn.stop_err, status, "%s", text);
    hpi_stop(run, HPT_STOP_STRATEGY);
}

/* What the strategy answered instead of a candidate. */
static void no_candidate(hpt_run *run, hpt_status status) {
    hpi_turn *turn = &run->turn;
    if (status == HPT_EDONE) {
        hpi_stop(run, HPT_STOP_EXHAUSTED);
    } else if (status != HPT_EAGAIN) {
        strategy_failed(run, status,
                        *turn->stop_err.text ? NULL : "it gave no candidate and no reason");
    } else if (turn->asked > turn->told) {
        turn->is_waiting = true; /* until something is told */
        turn->stop_err = (hpt_err){ 0 };
    } else {
        strategy_failed(run, HPT_EBUG, "it waits for results, and no trial is in flight");
    }
}

/* A plug-in may be wrong; an objective should not have to find that out. */
static bool is_in_space(hpt_run *run, const hpt_coord *point) {
    for (hpt_param j = 0; j < run->dims; j++) {
        if (hpi_space_contains(run->space, j, point[j])) continue;
        hpi_fail(&run->turn.stop_err, HPT_EBUG,
                 "candidate %llu has a value outside the range of parameter \"%.100s\"",
                 (unsigned long long)run->turn.asked, hpi_space_name(run->space, j));
        return false;
    }
    return true;
}

static hpt_status ask_strategy(hpt_run *run, hpt_coord *point) {
    hpi_turn  *turn = &run->turn;
    hpt_status status =
        run->strategy.class->ask(run->strategy.state, turn->asked, point, &turn->stop_err);
    if (status == HPT_OK && !is_in_space(run, point)) status = HPT_EBUG;
    return status;
}

/* One more candidate at the end of `block`. */
static bool ask_one(hpt_run *run, hpi_block *block) {
    hpi_turn  *turn = &run->turn;
    hpt_coord *point = block->points + (size_t)block->count * run->dims;
    hpt_status status = HPT_OK;
    if (run->is_pure)
        run->strategy.class->point(run->strategy.state, turn->asked, point);
    else
        status = ask_strategy(run, point);
    if (status != HPT_OK) {
        no_candidate(run, status);
        return false;
    }
    if (wants(run, HPT_EVENT_TRIAL_CREATED)) tell_created(run, turn->asked, point);
    if (block->count++ == 0) block->first = turn->asked;
    turn->asked++;
    stop_if_last(run);
    return true;
}

/* Candidates that are a function of their number need not be made here: the block is a range, and
 * the worker makes them. That is what lets an empty trial cost nanoseconds. */
static void ask_range(hpt_run *run, hpi_block *block, uint32_t count) {
    hpi_turn *turn = &run->turn;
    uint64_t  left = turn->asked_max - turn->asked;
    if (left < count) count = (uint32_t)left;
    block->first = turn->asked;
    block->count = count;
    block->has_points = false;
    block->keeps_points = wants(run, HPT_EVENT_TRIAL_ENDED) || run->strategy.class->tell;
    turn->asked += count;
    stop_if_last(run);
}

/* Near the end of the budget blocks get smaller, so that all workers end together. */
static uint32_t batch_now(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    uint32_t        most = run->strategy.class->batch_max;
    uint64_t        left = turn->asked_max - turn->asked;
    uint64_t        tail = left / (2 * (uint64_t)run->plan.worker_count) + 1;
    uint32_t        size = turn->batch;
    if (most > 0 && !run->is_pure && size > most) size = most;
    if (tail < size) size = (uint32_t)tail;
    return size < run->block_room ? size : run->block_room;
}

/* Cut to today's size, so that one worker does not keep for itself what turned out to be slow. */
static hpi_block *take_leftover(hpt_run *run) {
    hpi_block *block = run->turn.leftovers;
    if (!block) return NULL;
    run->turn.leftovers = block->next;
    uint32_t   size = batch_now(run);
    hpi_block *rest = block->count > size ? hpi_block_take(&run->blocks) : NULL;
    if (rest) hpi_split_block(run, block, size, rest);
    return block;
}

hpi_block *hpi_ask_block(hpt_run *run) {
    hpi_block *block = take_leftover(run);
    if (block) return block;
    if (!hpi_may_ask(run) || run->turn.is_waiting) return NULL;
    if (!(block = hpi_block_take(&run->blocks))) return NULL;
    uint32_t size = batch_now(run);
    if (run->sends_ranges && !wants(run, HPT_EVENT_TRIAL_CREATED))
        ask_range(run, block, size);
    else
        while (block->count < size && hpi_may_ask(run) && ask_one(run, block))
            continue;
    block->mark = hpi_dispatch_mark(run->dispatch, 0);
    if (block->count > 0) return block;
    hpi_block_give(&run->blocks, block);
    return NULL;
}

void hpi_queue_block(hpt_run *run, hpi_block *block) {
    hpi_turn *turn = &run->turn;
    hpi_queue_push_sp(run->queue, block);
    turn->queued++;
    uint32_t depth = hpi_queue_depth(run->queue);
    if (depth > turn->queue_depth_max) turn->queue_depth_max = depth;
}

void hpi_publish_filling(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    if (!turn->filling) return;
    if (turn->filling->count == 0) { /* the strategy had nothing to give */
        hpi_block_give(&run->blocks, turn->filling);
    } else {
        turn->filling->mark = hpi_dispatch_mark(run->dispatch, 0);
        hpi_queue_block(run, turn->filling);
    }
    turn->filling = NULL;
}

/* With a window the sequence of asks and tells must not depend on who is how fast. So every ask
 * that the window allows is made at once after each tell, whether a worker needs it or not. */
void hpi_ask_window(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    while (hpi_may_ask(run) && !turn->is_waiting) {
        if (!turn->filling) turn->filling = hpi_block_take(&run->blocks);
        hpi_block *block = turn->filling;
        HPI_ASSERT(block); /* one block for each trial of the window, and one */
        if (!ask_one(run, block)) break;
        turn->window[(turn->asked - 1) % run->plan.options.window] = block;
        if (block->count >= batch_now(run)) hpi_publish_filling(run);
    }
}
