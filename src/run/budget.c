/* SPDX-License-Identifier: BSD-3-Clause */
/* When a run stops, and what happens then. All of it by the holder of the turn. */
#include <math.h>

#include "base/err.h"
#include "run/run.h"

/* Stops after which trials in flight go on as if nothing had happened: asking is all that ends. */
static bool is_gentle(hpt_stop stop) {
    return stop == HPT_STOP_TRIALS || stop == HPT_STOP_EXHAUSTED || stop == HPT_STOP_STRATEGY;
}

void hpi_stop(hpt_run *run, hpt_stop stop) {
    hpi_turn *turn = &run->turn;
    if (turn->stop != HPT_STOP_NONE && (!is_gentle(turn->stop) || is_gentle(stop))) return;
    turn->stop = stop;
    turn->has_news = true;
    if (is_gentle(stop) || stop == HPT_STOP_CANCELLED) return;
    hpi_stats_publish(run); /* before the switch: who sees it raised must see why */
    /* The switch itself orders nothing. Pairs with the acquire fence in hpi_stats_of(). */
    atomic_thread_fence(memory_order_release);
    hpt_cancel_raise(&run->cancels.own, HPT_CANCEL_NOW);
}

/* Stopped by what trial `number` brought. With a window, what later trials did depends on timing,
 * so none of it counts: that keeps the trace the same at any number of workers. */
static void stop_at(hpt_run *run, uint64_t number, hpt_stop stop) {
    hpi_turn *turn = &run->turn;
    if (turn->told == turn->asked && turn->stop != HPT_STOP_NONE && stop != HPT_STOP_TARGET)
        return; /* it was the last one anyway */
    hpi_stop(run, stop);
    if (run->plan.options.window > 0 && turn->stop == stop && number < turn->keep_below)
        turn->keep_below = number + 1;
}

static bool reached_target(const hpt_run *run) {
    double target = run->plan.options.target;
    if (isnan(target)) return false;
    return run->plan.is_maximising ? run->turn.best_value >= target
                                   : run->turn.best_value <= target;
}

static bool is_fruitless(const hpi_turn *turn) {
    return hpi_complete_count(turn) == 0 && turn->state_count[HPT_TRIAL_PRUNED] == 0 &&
           turn->valued_count == 0 && turn->fruitless_count > 0;
}

void hpi_budget_told(hpt_run *run, uint64_t number, hpt_trial_state state, bool improved) {
    const hpt_options *limit = &run->plan.options;
    hpi_turn          *turn = &run->turn;
    if (state == HPT_TRIAL_CANCELLED) return; /* says nothing about the search */
    turn->stale_count = improved ? 0 : turn->stale_count + 1;
    if (state != HPT_TRIAL_COMPLETE && state != HPT_TRIAL_PRUNED) turn->fruitless_count++;
    if (improved && reached_target(run)) {
        stop_at(run, number, HPT_STOP_TARGET);
    } else if (limit->stale_count_max > 0 && turn->stale_count >= limit->stale_count_max) {
        stop_at(run, number, HPT_STOP_STALE);
    } else if (limit->fruitless_count_max > 0 && is_fruitless(turn) &&
               turn->fruitless_count >= limit->fruitless_count_max) {
        stop_at(run, number, HPT_STOP_ALL_FAILED);
    }
}

/* A cancel or the wall limit, whichever comes first. */
static hpt_stop from_outside(const hpt_run *run) {
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) return HPT_STOP_CANCELLED;
    bool is_late = run->until_ns != INT64_MAX && hpi_run_now(run) >= run->until_ns;
    return is_late ? HPT_STOP_WALL : HPT_STOP_NONE;
}

/* Candidates may all have been asked for long before they are all evaluated. */
void hpi_budget_now(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    bool      is_asking = turn->stop == HPT_STOP_NONE;
    if (!is_asking && (!is_gentle(turn->stop) || turn->cut_by != HPT_STOP_NONE)) return;
    hpt_stop stop = from_outside(run);
    if (stop == HPT_STOP_NONE) return;
    turn->cut_by = stop;
    if (is_asking)
        hpi_stop(run, stop);
    else if (stop == HPT_STOP_WALL)
        hpt_cancel_raise(&run->cancels.own, HPT_CANCEL_NOW);
}

bool hpi_is_done(const hpt_run *run) {
    return run->turn.stop != HPT_STOP_NONE && run->turn.asked == run->turn.told;
}

/* The reason as the user should see it, now that everything is known. */
static hpt_stop last_reason(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    bool            cut_short = turn->state_count[HPT_TRIAL_CANCELLED] > 0;
    bool            was_gentle = turn->stop == HPT_STOP_TRIALS || turn->stop == HPT_STOP_EXHAUSTED;
    if (was_gentle && cut_short && turn->cut_by != HPT_STOP_NONE)
        return turn->cut_by; /* the budget was asked for in full, but not run in full */
    if (turn->stop != HPT_STOP_CANCELLED && turn->stop != HPT_STOP_STRATEGY && is_fruitless(turn))
        return HPT_STOP_ALL_FAILED;
    return turn->stop;
}

static void is_over(void *context) {
    hpt_run *run = context;
    hpi_lock_take(&run->over);
    run->is_over = true;
    hpi_lock_wake_all(&run->over);
    hpi_lock_give(&run->over);
}

void hpi_finish(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    HPI_ASSERT(hpi_is_done(run));
    turn->stop = last_reason(run);
    run->end_ns = hpi_run_now(run);
    hpi_stats_publish(run);
    char sentence[320];
    hpi_stop_sentence(run, sentence, sizeof sentence);
    hpi_fact fact = { .kind = HPT_EVENT_FINISHED,
                      .trial = turn->has_best ? turn->best_trial : UINT64_MAX,
                      .value = turn->has_best ? turn->best_value : NAN,
                      .time_ns = run->end_ns - run->start_ns,
                      .duration_ns = run->end_ns - run->start_ns,
                      .point = turn->has_best ? turn->best_point : NULL };
    atomic_store_explicit(&run->is_finished, true, memory_order_release);
    hpi_dispatch_finish(run->dispatch, &fact, sentence, is_over, run);
}
