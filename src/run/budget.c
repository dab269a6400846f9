/* SPDX-License-Identifier: BSD-3-Clause */
/* When a run stops, and what happens then. All of it by the holder of the turn. */
#include <math.h>

#include "base/clock.h"
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
    /* After a failure what runs may finish, unless it would not count: stop_at(). */
    bool may_finish =
        stop == HPT_STOP_STORE || (stop == HPT_STOP_FAILURES && run->plan.options.window == 0);
    hpi_cancels_raise(&run->cancels, may_finish ? HPT_CANCEL_FINISH : HPT_CANCEL_NOW,
                      hpi_run_now(run));
}

void hpi_cancel_queued(hpt_run *run) {
    hpi_block *block;
    while ((block = hpi_queue_pop_mc(run->queue)) || (block = hpi_ask_block(run))) {
        hpi_block_begin(&run->workers[0], block);
        hpi_block_mark(block);
        hpi_cancel_rest(&run->workers[0], block, 0);
        hpi_feedback(run, block);
    }
}

/* Stopped by what trial `number` brought. With a window, what later trials did depends on timing,
 * so none of it counts: that keeps the trace the same at any number of workers. */
static void stop_at(hpt_run *run, uint64_t number, hpt_stop stop) {
    hpi_turn *turn = &run->turn;
    bool      is_notable = stop == HPT_STOP_TARGET || stop == HPT_STOP_FAILURES;
    if (turn->told == turn->asked && turn->stop != HPT_STOP_NONE && !is_notable)
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

void hpi_budget_judge(hpt_run *run, uint64_t number, bool improved) {
    const hpt_options *limit = &run->plan.options;
    const hpi_turn    *turn = &run->turn;
    if (improved && reached_target(run)) {
        stop_at(run, number, HPT_STOP_TARGET);
    } else if (turn->stop != HPT_STOP_FAILURES && hpi_failure_is_limit(run)) {
        stop_at(run, number, HPT_STOP_FAILURES);
    } else if (limit->stale_count_max > 0 && turn->stale_count >= limit->stale_count_max) {
        stop_at(run, number, HPT_STOP_STALE);
    } else if (limit->fruitless_count_max > 0 && is_fruitless(turn) &&
               turn->fruitless_count >= limit->fruitless_count_max) {
        stop_at(run, number, HPT_STOP_ALL_FAILED);
    }
}

/* A cancel, by which the study file's failure comes too, or the wall limit, whichever is first. */
static hpt_stop from_outside(const hpt_run *run) {
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) {
        atomic_thread_fence(memory_order_acquire); /* pairs with the one before the switch */
        if (hpi_pool_broken(&run->pool)) return HPT_STOP_WORKERS;
        return hpi_keep_has_failed(run->keep) ? HPT_STOP_STORE : HPT_STOP_CANCELLED;
    }
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
    if (is_asking || stop == HPT_STOP_STORE)
        hpi_stop(run, stop);
    else if (stop == HPT_STOP_WALL)
        hpi_cancels_raise(&run->cancels, HPT_CANCEL_NOW, hpi_run_now(run));
}

void hpi_budget_told(hpt_run *run, uint64_t number, hpt_trial_state state, bool improved) {
    hpi_turn *turn = &run->turn;
    if (state == HPT_TRIAL_CANCELLED) { /* says nothing about the search ... */
        hpi_budget_now(run); /* ... and nothing may be asked that follows from it: with a study file
                                the trial is evaluated again, as if it had not been cancelled */
        return;
    }
    turn->stale_count = improved ? 0 : turn->stale_count + 1;
    if (state != HPT_TRIAL_COMPLETE && state != HPT_TRIAL_PRUNED) turn->fruitless_count++;
    hpi_failure_count(run, state);
    hpi_budget_judge(run, number, improved);
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
    bool is_trouble = turn->stop == HPT_STOP_CANCELLED || turn->stop == HPT_STOP_STRATEGY ||
                      turn->stop == HPT_STOP_STORE || turn->stop == HPT_STOP_FAILURES ||
                      turn->stop == HPT_STOP_WORKERS;
    return !is_trouble && is_fruitless(turn) ? HPT_STOP_ALL_FAILED : turn->stop;
}

static void is_over(void *context) {
    hpt_run *run = context;
    hpi_lock_take(&run->over);
    run->is_over = true;
    hpi_lock_wake_all(&run->over);
    hpi_lock_give(&run->over);
}

/* Whoever waits for the end may have to look after the observers. */
static void tell_waiters(hpt_run *run) {
    hpi_lock_take(&run->over);
    atomic_store_explicit(&run->is_finished, true, memory_order_release);
    hpi_lock_wake_all(&run->over);
    hpi_lock_give(&run->over);
}

int64_t hpi_mind_observers(hpt_run *run) {
    hpi_lock_give(&run->over);
    int64_t look_ns = hpi_dispatch_expire(run->dispatch, hpi_now_ns());
    hpi_lock_take(&run->over);
    return look_ns;
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
    tell_waiters(run);
    hpi_dispatch_finish(run->dispatch, &fact, sentence, is_over, run);
}
