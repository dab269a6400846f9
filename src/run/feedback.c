/* SPDX-License-Identifier: BSD-3-Clause */
/* ring > feedback > dispatch: what happens with results. All of it by the holder of the turn. */
#include <math.h>
#include <string.h>

#include "base/apart.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/prune.h"
#include "run/run.h"

const hpt_coord *hpi_point_of(const hpt_run *run, hpi_block *block, uint32_t index) {
    hpt_coord *row = block->points + (size_t)index * run->dims;
    if (block->has_points || (block->keeps_points && index < block->made)) return row;
    if (!block->keeps_points) row = block->points; /* room for one is always there */
    hpi_make_points(run, block->first + index, 1, row);
    if (block->keeps_points && index == block->made) block->made++;
    return row;
}

/* Best. Ties go to the lower number, so that arrival order does not matter. */

static bool is_better(const hpi_turn *turn, uint64_t number, double loss) {
    if (!turn->has_best || loss < turn->best_loss) return true;
    return loss == turn->best_loss && number < turn->best_trial;
}

HPI_APART static void keep_best(hpt_run *run, hpi_block *block, uint32_t index, double loss) {
    hpi_turn *turn = &run->turn;
    turn->has_news = true;
    turn->has_best = true;
    turn->best_trial = block->first + index;
    turn->best_value = block->values[index];
    turn->best_loss = loss;
    memcpy(turn->best_point, hpi_point_of(run, block, index), run->dims * sizeof(hpt_coord));
    if (run->plan.options.cap != HPT_CAP_NONE) hpi_cap_lower(run);
    turn->best_notes_bytes = 0;
    if (!block->has_details) return;
    const hpi_detail *detail = &block->details[index];
    turn->best_notes_bytes = detail->notes_bytes;
    memcpy(turn->best_notes, block->notes + detail->notes_at, detail->notes_bytes);
}

/* Several goals: a trial that enters the front is an improvement, and the first member is the best.
 */
HPI_APART static bool enters_front(hpt_run *run, hpi_block *block, uint32_t index,
                                   const double *losses) {
    hpi_turn  *turn = &run->turn;
    hpi_front *front = turn->front;
    uint64_t   number = block->first + index;
    if (!hpi_front_add(front, number, losses, hpi_point_of(run, block, index))) return false;
    turn->has_news = true;
    if (hpi_front_trial(front, 0) == number) keep_best(run, block, index, losses[0]);
    return true;
}

/* One trial. */

/* The values of a trial that are among its notes, as losses; false when there are none. */
HPI_APART static bool read_losses(const hpt_run *run, const hpi_block *block, uint32_t index,
                                  double losses_out[HPI_GOALS_MAX]) {
    const hpi_detail *detail = &block->details[index];
    uint32_t          count;
    if (!block->has_details) return false;
    const unsigned char *values =
        hpi_notes_values(block->notes + detail->notes_at, detail->notes_bytes, &count);
    if (!values) return false;
    HPI_ASSERT(count == run->plan.goal_count);
    memcpy(losses_out, values, count * sizeof *losses_out);
    for (uint32_t i = 0; i < count; i++)
        losses_out[i] *= run->plan.signs[i];
    return true;
}

/* False: it has none that count. */
static bool losses_of(const hpt_run *run, const hpi_block *block, uint32_t index,
                      hpt_trial_state state, double losses_out[HPI_GOALS_MAX]) {
    if (state == HPT_TRIAL_COMPLETE && !run->turn.front) {
        losses_out[0] = run->plan.signs[0] * block->values[index];
        return true;
    }
    bool may_have = state == HPT_TRIAL_COMPLETE || state == HPT_TRIAL_INFEASIBLE;
    return may_have && read_losses(run, block, index, losses_out);
}

/* By how much it broke constraints. */
HPI_APART static double violation_of(const hpi_block *block, uint32_t index) {
    const hpi_detail *detail = &block->details[index];
    hpt_attr          worst;
    if (!block->has_details) return INFINITY;
    double sum = hpi_notes_violation(block->notes + detail->notes_at, detail->notes_bytes, &worst);
    return sum > 0 ? sum : INFINITY;
}

void hpi_ended_read(const hpt_run *run, hpi_block *block, uint32_t index, const double *losses,
                    hpi_ended *ended_out) {
    hpt_trial_state   state = hpi_block_state(block, index);
    const hpi_detail *detail = block->has_details ? &block->details[index] : NULL;
    bool              completed = state == HPT_TRIAL_COMPLETE;
    hpt_outcome      *outcome = &ended_out->outcome;
    *outcome =
        (hpt_outcome){ .struct_size = sizeof *outcome,
                       .state = state,
                       .number = block->first + index,
                       .point = hpi_point_of(run, block, index),
                       .value = completed ? block->values[index] : NAN,
                       .loss = completed ? losses[0] : NAN,
                       .goal_count = run->plan.goal_count,
                       .losses = losses,
                       .violation = state == HPT_TRIAL_INFEASIBLE ? violation_of(block, index) : 0,
                       .bound = hpi_cap_bound(run, block, index, state) };
    if (!detail) return;
    outcome->has_report = detail->has_report;
    outcome->last_step = detail->last_step;
    outcome->last_value = detail->last_value;
    if (!detail->has_report || run->plan.goal_count > 1) return;
    ended_out->last_loss = run->plan.signs[0] * detail->last_value;
    outcome->last_losses = &ended_out->last_loss;
}

/* As the strategy knows it. */
static uint64_t number_of(const hpi_block *block, uint32_t index) {
    return (block->first + block->shift + index) | block->mask;
}

static void tell_strategy(hpt_run *run, hpi_block *block, uint32_t index, const double *losses) {
    hpi_ended    ended;
    hpt_outcome *outcome = &ended.outcome;
    hpi_ended_read(run, block, index, losses, &ended);
    outcome->number = number_of(block, index) | run->turn.teaching;
    hpi_failure_outcome(run, outcome);
    run->strategy.class->tell(run->strategy.state, outcome);
}

static void keep_first_reason(hpi_turn *turn, const hpi_block *block, uint32_t index) {
    if (*turn->first_reason || !block->has_details) return;
    const hpi_detail *detail = &block->details[index];
    const char *reason = hpi_notes_reason(block->notes + detail->notes_at, detail->notes_bytes);
    hpi_cut(turn->first_reason, sizeof turn->first_reason, reason);
}

/* Behind the trial that stopped the run nothing counts, neither a value nor what was said of it. */
static void discard(hpi_block *block, uint32_t index) {
    hpi_block_mark(block);
    block->states[index] = HPT_TRIAL_CANCELLED;
    if (!block->has_details) return;
    hpi_detail *detail = &block->details[index];
    *detail = (hpi_detail){ .start_ns = detail->start_ns,
                            .duration_ns = detail->duration_ns,
                            .mark = detail->mark };
}

HPI_APART static void tell(hpt_run *run, hpi_block *block, uint32_t index) {
    hpi_turn *turn = &run->turn;
    uint64_t  number = block->first + index;
    if (number >= turn->keep_below) discard(block, index);
    hpt_trial_state state = hpi_block_state(block, index);
    double          losses[HPI_GOALS_MAX];
    bool            completed = state == HPT_TRIAL_COMPLETE, improved = false;
    bool            has_losses = losses_of(run, block, index, state, losses);
    HPI_ASSERT(state != HPT_TRIAL_RUNNING);

    if (state != HPT_TRIAL_COMPLETE) {
        turn->state_count[state]++;
        turn->valued_count += has_losses;
        turn->has_news = true;
    }
    turn->told++;
    turn->is_waiting = false;
    if (completed && turn->front)
        improved = enters_front(run, block, index, losses);
    else if (completed && (improved = is_better(turn, number, losses[0])))
        keep_best(run, block, index, losses[0]);
    if (completed && run->plan.keeps_worst) hpi_failure_note_worst(run, losses);
    if (hpi_failure_of(&run->plan.options, state)) hpi_failure_note(run, block, index, state);
    if (hpi_failure_of(&run->plan.options, state) || state == HPT_TRIAL_INFEASIBLE)
        keep_first_reason(turn, block, index);
    if (block->has_details) turn->retry_count += block->details[index].retry_count;
    if (run->prune) hpi_prune_ended(run, block, index, has_losses ? losses : NULL);
    if (run->strategy.class->tell && !turn->is_mute)
        tell_strategy(run, block, index, has_losses ? losses : NULL);
    if (improved) hpi_show_best(run, block, index);
    hpi_budget_told(run, number, state, improved);
}

/* Blocks. */

/* How long a block should be follows from how long its trials and the turn before it take; it at
 * most doubles, because the first trials may not be like the rest. */
HPI_APART static void learn_duration(hpt_run *run, const hpi_block *block) {
    hpi_turn *turn = &run->turn;
    if (block->done == 0) return;
    double mean = (double)block->took_ns / block->done;
    turn->trial_ns = turn->trial_ns > 0 ? 0.75 * turn->trial_ns + 0.25 * mean : mean;
    double   wish = HPI_BLOCK_NS / (turn->trial_ns + turn->hold_ns);
    uint32_t most = 2 * turn->batch;
    turn->batch = wish >= most ? most : wish < 1 ? 1 : (uint32_t)wish;
    if (turn->batch > run->batch_max) turn->batch = run->batch_max;
}

void hpi_split_block(hpt_run *run, hpi_block *block, uint32_t keep, hpi_block *rest) {
    uint32_t   left = block->count - keep, window = run->plan.options.window;
    hpt_coord *from = block->points + (size_t)keep * run->dims;
    if (block->has_points && run->dims > 0)
        memmove(rest->points, from, (size_t)left * run->dims * sizeof(hpt_coord));
    uint64_t first = block->first + keep;
    rest->has_points = block->has_points;
    rest->keeps_points = block->keeps_points;
    rest->made = 0;
    rest->mark = block->mark;
    rest->shift = block->shift;
    rest->mask = block->mask;
    block->count = keep;
    rest->first = first;
    rest->count = left;
    rest->done = 0;
    rest->told = 0;
    rest->shown = 0;
    rest->back = 0;
    rest->notes_used = 0;
    rest->has_details = false;
    rest->is_kept = false;
    rest->next = run->turn.leftovers;
    run->turn.leftovers = rest;
    for (uint32_t i = 0; window > 0 && i < left; i++)
        run->turn.window[(first + i) % window] = rest;
}

/* Whether the order of single trials decides about anything but what the strategy is told. */
static bool is_watched(const hpt_run *run) {
    return run->plan.is_judging || run->prune || hpi_wants(run->wants, HPT_EVENT_BEST_IMPROVED);
}

HPI_APART static void tell_strategy_plain(hpt_run *run, hpi_block *block, double sign) {
    const hpt_coord *point = block->points; /* a range keeps them for whoever is told */
    hpt_outcome      outcome = { .struct_size = sizeof outcome,
                                 .state = HPT_TRIAL_COMPLETE,
                                 .goal_count = 1,
                                 .losses = &outcome.loss,
                                 .bound = NAN };
    void (*tell_it)(void *, const hpt_outcome *) = run->strategy.class->tell;
    HPI_ASSERT(block->has_points || block->made >= block->done);
    for (uint32_t i = 0; i < block->done; i++, point += run->dims) {
        outcome.number = number_of(block, i);
        outcome.point = point;
        outcome.value = block->values[i];
        outcome.loss = sign * block->values[i];
        tell_it(run->strategy.state, &outcome);
    }
}

HPI_APART static void note_worst_plain(hpt_run *run, const hpi_block *block, double sign) {
    for (uint32_t i = 0; i < block->done; i++) {
        double loss = sign * block->values[i];
        hpi_failure_note_worst(run, &loss);
    }
}

/* tell() for a whole block of plain trials when nobody watches: the same sums and the same best. No
 * limit needs the count of stale trials then. */
HPI_WITHIN void tell_plain(hpt_run *run, hpi_block *block) {
    hpi_turn *turn = &run->turn;
    double    sign = run->plan.is_maximising ? -1 : 1;
    uint32_t  best = block->best;
    double    loss = sign * block->values[best];
    turn->told += block->done;
    turn->is_waiting = false;
    turn->failure_row = 0;
    if (run->plan.keeps_worst) note_worst_plain(run, block, sign);
    if (is_better(turn, block->first + best, loss)) keep_best(run, block, best, loss);
    if (run->strategy.class->tell) tell_strategy_plain(run, block, sign);
}

HPI_WITHIN void feedback_as_it_comes(hpt_run *run, hpi_block *block) {
    if (block->is_plain && block->done > 0 && !is_watched(run)) {
        tell_plain(run, block);
    } else {
        for (uint32_t i = 0; i < block->done; i++)
            tell(run, block, i);
    }
    if (hpi_wants(run->wants, HPT_EVENT_TRIAL_ENDED)) hpi_show_ends(run, block, block->done);
    if (block->done < block->count)
        hpi_split_block(run, block, block->done, block);
    else
        hpi_block_give(&run->blocks, block);
}

/* Tell, in order of number, all that is there; after each, ask for what the window then allows. */
HPI_APART static void feedback_in_order(hpt_run *run, hpi_block *block) {
    hpi_turn *turn = &run->turn;
    uint32_t  window = run->plan.options.window;
    if (block->done == 0) { /* its first trial was lost, and is to be evaluated again */
        hpi_split_block(run, block, 0, block);
        return;
    }
    if (block->done < block->count) {
        hpi_block *rest = hpi_block_take(&run->blocks);
        HPI_ASSERT(rest); /* one block for each trial of the window, and one */
        hpi_split_block(run, block, block->done, rest);
    }
    block->back = block->done;
    while (turn->told < turn->asked) {
        hpi_block *next = turn->window[turn->told % window];
        uint32_t   index = (uint32_t)(turn->told - next->first);
        if (index >= next->back) break;
        tell(run, next, index);
        hpi_show_ends(run, next, index + 1);
        if (++next->told == next->count) hpi_block_give(&run->blocks, next);
        hpi_ask_window(run);
    }
}

void hpi_feedback_one(hpt_run *run, hpi_block *block) {
    tell(run, block, 0);
    hpi_show_ends(run, block, 1);
    hpi_block_give(&run->blocks, block);
}

/* Of a run with a study file: what was left by an earlier one comes before the window. */
void hpi_feedback_now(hpt_run *run, hpi_block *block) {
    if (block->first < run->turn.window_from)
        feedback_as_it_comes(run, block);
    else
        feedback_in_order(run, block);
    if (run->turn.in_flight_max == 0) hpi_owed_told(run);
}

void hpi_feedback(hpt_run *run, hpi_block *block) {
    HPI_ASSERT(block->done <= block->count);
    if (block->took_ns > 0) learn_duration(run, block);
    if (run->keep)
        hpi_hold_back(run, block);
    else if (run->plan.options.window == 0)
        feedback_as_it_comes(run, block);
    else
        feedback_in_order(run, block);
}
