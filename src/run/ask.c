/* SPDX-License-Identifier: BSD-3-Clause */
/* strategy > queue: from candidates to blocks. All of it by the holder of the turn. */
#include <string.h>

#include "base/apart.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"
#include "space/space.h"

static bool wants(const hpt_run *run, uint32_t kinds) {
    return hpi_wants(run->wants, kinds);
}

void hpi_show_created(hpt_run *run, uint32_t lanes, uint64_t number, const hpt_coord *point) {
    hpi_fact fact = { .kind = HPT_EVENT_TRIAL_CREATED,
                      .trial = number,
                      .time_ns = hpi_run_now(run) - run->start_ns,
                      .value = 0,
                      .point = point };
    hpi_dispatch_push_to(run->dispatch, lanes, 0, &fact);
}

HPI_APART static void tell_created(hpt_run *run, uint64_t number, const hpt_coord *point) {
    hpi_fact fact = { .kind = HPT_EVENT_TRIAL_CREATED,
                      .trial = number,
                      .time_ns = hpi_run_now(run) - run->start_ns,
                      .value = 0,
                      .point = point };
    hpi_dispatch_push(run->dispatch, 0, &fact);
}

/* The last candidate there can be has been asked for: say so now, not at the next ask. */
void hpi_stop_at_last(hpt_run *run) {
    bool by_budget = run->plan.options.trial_count_max == run->turn.asked_max;
    hpi_stop(run, by_budget ? HPT_STOP_TRIALS : HPT_STOP_EXHAUSTED);
}

HPI_APART static void strategy_failed(hpt_run *run, hpt_status status, const char *text) {
    run->turn.stop_err.code = status;
    if (text) hpi_fail(&run->turn.stop_err, status, "%s", text);
    hpi_stop(run, HPT_STOP_STRATEGY);
}

/* What the strategy answered instead of a candidate. */
HPI_APART void hpi_no_candidate(hpt_run *run, hpt_status status) {
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

/* A plug-in may be wrong; an objective should not have to find that out. How many of the candidates
 * are in the space, up to the first that is not. */
static uint32_t check_points(hpt_run *run, const hpt_coord *points, uint32_t count) {
    hpt_param param;
    uint32_t  good = (uint32_t)hpi_space_contains_points(run->space, points, count, &param);
    unsigned long long number = run->turn.asked;
    if (good < count)
        hpi_fail(&run->turn.stop_err, HPT_EBUG,
                 "candidate %llu has a value outside the range of parameter \"%.100s\"",
                 number + good, hpi_space_name(run->space, param));
    return good;
}

/* Of the candidates from number `first` on, those that are the user's own. */
HPI_APART static uint32_t copy_head(const hpt_run *run, uint64_t first, uint32_t count,
                                    hpt_coord *points_out) {
    uint64_t left = first < run->head_end ? run->head_end - first : 0;
    if (left < count) count = (uint32_t)left;
    if (count > 0)
        memcpy(points_out, run->plan.points + (first - run->head_first) * run->dims,
               (size_t)count * run->dims * sizeof *points_out);
    return count;
}

HPI_APART static void make_head(const hpt_run *run, uint64_t first, uint32_t count,
                                hpt_coord *points_out) {
    uint32_t copied = copy_head(run, first, count, points_out);
    if (copied < count)
        hpi_make_points(run, first + copied, count - copied,
                        points_out + (size_t)copied * run->dims);
}

/* The strategy's numbers begin behind the user's points, so that a grid stays whole. */
void hpi_make_points(const hpt_run *run, uint64_t first, uint32_t count, hpt_coord *points_out) {
    const hpt_strategy_class *class = run->strategy.class;
    if (first < run->head_end) {
        make_head(run, first, count, points_out);
        return;
    }
    first -= run->head_end;
    if (class->points) {
        class->points(run->strategy.state, first, count, points_out);
    } else {
        hpt_coord *point = points_out;
        for (uint32_t i = 0; i < count; i++, point += run->dims)
            class->point(run->strategy.state, first + i, point);
    }
    if (run->has_conditions) hpi_space_settle(run->space, points_out, count);
}

/* Up to `count` candidates, from number `asked` on. Returns how many there are; with fewer than
 * asked for *status_out says why. */
static uint32_t ask_strategy(hpt_run *run, hpt_coord *first, uint32_t count,
                             hpt_status *status_out) {
    hpi_turn  *turn = &run->turn;
    void      *state = run->strategy.state;
    bool       is_head = turn->asked < run->head_end;
    uint32_t   given = is_head ? copy_head(run, turn->asked, count, first) : 0;
    hpt_coord *point = first + (size_t)given * run->dims;
    hpt_status status = HPT_OK;
    hpt_status (*ask)(void *, uint64_t, hpt_coord *, hpt_err *) = run->strategy.class->ask;
    for (uint64_t number = turn->asked + given; given < count;
         given++, number++, point += run->dims)
        if ((status = ask(state, number, point, &turn->stop_err)) != HPT_OK) break;
    uint32_t good = check_points(run, first, given);
    if (run->has_conditions) hpi_space_settle(run->space, first, good);
    *status_out = good < given ? HPT_EBUG : status;
    return good;
}

/* So many more candidates at the end of `block`. False: there are fewer. */
static bool ask_more(hpt_run *run, hpi_block *block, uint32_t count) {
    hpi_turn  *turn = &run->turn;
    hpt_coord *point = block->points + (size_t)block->count * run->dims;
    uint64_t   number = turn->asked;
    hpt_status status = HPT_OK;
    uint32_t   given = count;
    if (run->is_pure)
        hpi_make_points(run, number, count, point);
    else
        given = ask_strategy(run, point, count, &status);
    if (block->count == 0) block->first = number;
    block->count += given;
    turn->asked += given;
    if (wants(run, HPT_EVENT_TRIAL_CREATED))
        for (uint32_t i = 0; i < given; i++)
            tell_created(run, number + i, point + (size_t)i * run->dims);
    if (status != HPT_OK) hpi_no_candidate(run, status);
    if (turn->asked == turn->asked_max) hpi_stop_at_last(run);
    return status == HPT_OK;
}

hpt_status hpi_ask_as(hpt_run *run, uint64_t number, hpt_coord *point_out) {
    hpt_err   *err = &run->turn.stop_err;
    hpt_status status = run->strategy.class->ask(run->strategy.state, number, point_out, err);
    if (status != HPT_OK) return status;
    if (check_points(run, point_out, 1) == 0) return HPT_EBUG;
    if (run->has_conditions) hpi_space_settle(run->space, point_out, 1);
    return HPT_OK;
}

bool hpi_ask_one(hpt_run *run, hpi_block *block) {
    return ask_more(run, block, 1);
}

/* Candidates that are a function of their number need not be made here: the block is a range, and
 * the worker makes them. That is what lets an empty trial cost nanoseconds. */
HPI_APART static void ask_range(hpt_run *run, hpi_block *block, uint32_t count) {
    hpi_turn *turn = &run->turn;
    block->first = turn->asked;
    block->count = count;
    block->has_points = false;
    block->keeps_points = wants(run, HPT_EVENT_TRIAL_ENDED) || run->strategy.class->tell;
    turn->asked += count;
    if (turn->asked == turn->asked_max) hpi_stop_at_last(run);
}

/* Near the end of the budget blocks get smaller, so that all workers end together. */
static uint32_t batch_now(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    uint64_t        left = turn->asked_max - turn->asked;
    uint64_t        shares = 2 * (uint64_t)run->plan.worker_count;
    if (left >= shares * turn->batch) return turn->batch;
    uint64_t tail = left / shares + 1;
    return tail < turn->batch ? (uint32_t)tail : turn->batch;
}

/* Cut to today's size, so that one worker does not keep for itself what turned out to be slow. */
HPI_APART static hpi_block *take_leftover(hpt_run *run) {
    hpi_block *block = run->turn.leftovers;
    uint32_t   size = batch_now(run);
    run->turn.leftovers = block->next;
    hpi_block *rest = block->count > size ? hpi_block_take(&run->blocks) : NULL;
    if (rest) hpi_split_block(run, block, size, rest);
    return block;
}

hpi_block *hpi_ask_block(hpt_run *run) {
    if (run->turn.leftovers) return take_leftover(run);
    if (!hpi_may_ask(run)) return hpi_owed_take(run, batch_now(run));
    hpi_block *block = hpi_block_take(&run->blocks);
    if (!block) return NULL;
    if (run->sends_ranges && !wants(run, HPT_EVENT_TRIAL_CREATED))
        ask_range(run, block, batch_now(run));
    else
        ask_more(run, block, batch_now(run));
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
    if (depth <= turn->queue_depth_max) return;
    turn->queue_depth_max = depth;
    turn->has_news = true;
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

/* Before the window begins. */
HPI_APART static void queue_owed(hpt_run *run) {
    hpi_block *block;
    while ((block = hpi_owed_take(run, batch_now(run))))
        hpi_queue_block(run, block);
}

/* With a window the sequence of asks and tells must not depend on who is how fast. So every ask
 * that the window allows is made at once after each tell, whether a worker needs it or not. */
void hpi_ask_window(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    while (hpi_may_ask(run)) {
        if (!turn->filling) turn->filling = hpi_block_take(&run->blocks);
        hpi_block *block = turn->filling;
        HPI_ASSERT(block); /* one block for each trial of the window, and one */
        if (!ask_more(run, block, 1)) break;
        turn->window[(turn->asked - 1) % run->plan.options.window] = block;
        hpi_cap_asked(run, turn->asked - 1);
        if (block->count >= batch_now(run)) hpi_publish_filling(run);
    }
    if (turn->in_flight_max == 0) queue_owed(run);
}
