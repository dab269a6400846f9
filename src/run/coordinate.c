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

#include "base/apart.h"
#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

/* The turn. Acquire and release make one holder's work happen before the next one's. */

static bool take_turn(hpt_run *run) {
    return atomic_exchange_explicit(&run->is_taken, 1, memory_order_acquire) == 0;
}

/* A look that does not take the line from whoever has it. */
static bool is_taken(const hpt_run *run) {
    return atomic_load_explicit(&run->is_taken, memory_order_relaxed) != 0;
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

/* After the end nobody hears any more what others find. */
static bool hold_is_due(const hpt_run *run) {
    return hpi_hold_is_due(run->keep) && !is_finished(run);
}

/* ring > feedback */
HPI_APART static void drain(hpt_run *run) {
    int depth = atomic_load_explicit(&run->pending, memory_order_relaxed);
    if (depth > (int)run->turn.ring_depth_max) {
        run->turn.ring_depth_max = (uint32_t)depth;
        run->turn.has_news = true;
    }
    for (uint32_t i = 0; i < run->plan.worker_count && is_pending(run); i++) {
        hpi_block *block;
        while ((block = hpi_ring_pop_sc(run->workers[i].ring))) {
            atomic_fetch_sub_explicit(&run->pending, 1, memory_order_relaxed);
            hpi_feedback(run, block);
        }
    }
}

/* For others to share. A worker alone keeps them, and so the order of numbers. */
HPI_APART static void queue_leftovers(hpt_run *run) {
    while (run->turn.leftovers)
        hpi_queue_block(run, hpi_ask_block(run));
}

/* What was asked for first is evaluated first. A holder that only asked for new blocks would leave
 * those in the queue to the end of the run, if no other worker came for them. */
static hpi_block *oldest_block(hpt_run *run) {
    hpi_block *block = run->turn.leftovers ? NULL : hpi_queue_pop_mc(run->queue);
    return block ? block : hpi_ask_block(run);
}

/* Blocks are asked for ahead of need only when that keeps workers busy: when trials are so short
 * that a block holds many, and the turn is free for part of the time. What waits in the queue is
 * asked for without knowing the newest results. */
static uint32_t blocks_ahead(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    uint32_t        workers = run->plan.worker_count;
    if (workers == 1 || turn->batch == 1) return 0;
    bool is_saturated = turn->hold_ns * workers > turn->hold_ns + turn->trial_ns;
    return is_saturated ? 0 : workers;
}

/* strategy > queue. The holder serves itself first. */
static void refill(hpt_run *run, hpi_worker *worker) {
    if (run->plan.options.window > 0) {
        hpi_ask_window(run);
        hpi_publish_filling(run);
        while (run->turn.leftovers)
            hpi_queue_block(run, hpi_ask_block(run));
        return;
    }
    if (worker && !worker->block) worker->block = oldest_block(run);
    if (run->turn.leftovers && (!worker || run->plan.worker_count > 1)) queue_leftovers(run);
    uint32_t   ahead = blocks_ahead(run);
    hpi_block *block;
    while (ahead > 0 && hpi_queue_depth(run->queue) < ahead && (block = hpi_ask_block(run)))
        hpi_queue_block(run, block);
}

/* How many sleepers are worth waking: one for each block in the queue, one that may ask for itself.
 */
static unsigned sleepers_wanted(const hpt_run *run) {
    if (is_finished(run)) return UINT_MAX;
    unsigned depth = hpi_queue_depth(run->queue);
    return depth + (atomic_load_explicit(&run->is_askable, memory_order_relaxed) ? 1 : 0);
}

static void show_flag(atomic_bool *flag, bool value) {
    /* Idle workers look at it all the time: it is not written without need. */
    if (value != atomic_load_explicit(flag, memory_order_relaxed))
        atomic_store_explicit(flag, value, memory_order_relaxed);
}

static void settle(hpt_run *run) {
    if (hpi_is_done(run) && !is_finished(run))
        hpi_finish(run);
    else
        hpi_stats_show(run);
    bool may_take = hpi_may_ask(run) || hpi_owes(run->keep) || hpi_share_may_take(run);
    bool is_askable =
        run->plan.options.window == 0 && may_take && (run->blocks.free || run->turn.leftovers);
    show_flag(&run->is_askable, is_askable);
}

void hpi_learn_hold(hpi_turn *turn, double took_ns, uint64_t trials) {
    double hold_ns = took_ns / (double)(trials ? trials : 1);
    turn->hold_ns = turn->hold_ns > 0 ? 0.75 * turn->hold_ns + 0.25 * hold_ns : hold_ns;
}

/* From blocks that were measured. */
HPI_APART static void measure_hold(hpt_run *run, hpi_meter *meter, uint64_t trials) {
    int64_t now_ns = hpi_run_now(run);
    double  took_ns = (double)hpi_meter_turn(meter, now_ns);
    hpi_glance_at_observers(run, now_ns);
    hpi_learn_hold(&run->turn, took_ns, trials);
    show_flag(&run->is_brief, took_ns + (double)meter->took_ns < HPI_BRIEF_NS);
}

unsigned hpi_coordinate_pass(hpt_run *run, hpi_worker *worker, hpi_block *own) {
    uint64_t asked = run->turn.asked, told = run->turn.told;
    bool     is_measured = own && own->took_ns > 0;
    if (own) hpi_feedback(run, own);
    if (is_pending(run)) drain(run);
    if (run->keep) hpi_hold_pass(run);
    hpi_budget_now(run);
    refill(run, worker);
    settle(run);
    asked = run->turn.asked - asked;
    told = run->turn.told - told;
    if (is_measured) measure_hold(run, &worker->meter, asked > told ? asked : told);
    return sleepers_wanted(run);
}

/* Holding the turn. Results that came meanwhile are nobody else's to fetch, so the holder looks
 * once more after giving it. */
HPI_WITHIN void coordinate(hpt_run *run, hpi_worker *worker, hpi_block *own) {
    do {
        unsigned wanted = hpi_coordinate_pass(run, worker, own);
        own = NULL;
        give_turn(run);
        if (wanted > 0) hpi_park_wake_fenced(&run->park, wanted);
    } while ((is_pending(run) || hold_is_due(run)) && take_turn(run));
}

int64_t hpi_spin_ns(const hpt_run *run) {
    int64_t wake_ns = hpi_park_wake_ns(&run->park);
    if (!run->may_spin) return 0;
    if (wake_ns == 0) return HPI_SPIN_NS;
    if (wake_ns < HPI_SPIN_NS_MIN) return HPI_SPIN_NS_MIN;
    return wake_ns < HPI_SPIN_NS_MAX ? wake_ns : HPI_SPIN_NS_MAX;
}

/* Somebody else has the turn, and there is nothing to do without it: his results go faster by his
 * own hand than through the ring. */
HPI_APART static bool wait_for_turn(const hpi_worker *worker) {
    hpt_run *run = worker->run;
    if (!run->may_spin) return false;
    bool is_brief = atomic_load_explicit(&run->is_brief, memory_order_relaxed);
    int  pauses = is_brief ? HPI_BRIEF_PAUSES : 1;
    for (int64_t until_ns = 0; until_ns == 0 || hpi_now_ns() < until_ns;) {
        do {
            if (hpi_queue_depth(run->queue) > 0) return false;
            for (int i = 0; i < pauses; i++)
                hpi_pause();
            if (!is_taken(run) && take_turn(run)) return true;
            if (pauses < HPI_SPIN_PAUSES) pauses *= 2;
        } while (pauses < HPI_SPIN_PAUSES);
        if (until_ns == 0) until_ns = hpi_now_ns() + hpi_spin_ns(run);
    }
    return false;
}

/* worker > ring */
static void hand_in(hpi_worker *worker, hpi_block *block) {
    hpt_run *run = worker->run;
    worker->block = NULL;
    if (take_turn(run) || wait_for_turn(worker)) {
        coordinate(run, worker, block);
        return;
    }
    hpi_ring_push_sp(worker->ring, block);
    atomic_fetch_add_explicit(&run->pending, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with give_turn() */
    if (take_turn(run)) coordinate(run, worker, NULL);
}

/* Whether there is anything for an idle worker: a block, or the turn and something to ask for or to
 * tell. */
static bool find_block(hpi_worker *worker) {
    hpt_run *run = worker->run;
    if ((worker->block = hpi_queue_pop_mc(run->queue))) return true; /* queue > worker */
    bool is_askable = atomic_load_explicit(&run->is_askable, memory_order_relaxed);
    if (!is_askable && !hold_is_due(run)) return false;
    if (is_taken(run) || !take_turn(run)) return false;
    coordinate(run, worker, NULL);
    return worker->block;
}

static bool looks_useful(const hpt_run *run) {
    if (hpi_queue_depth(run->queue) > 0 || is_finished(run)) return true;
    bool is_askable = atomic_load_explicit(&run->is_askable, memory_order_relaxed);
    return (is_askable || hold_is_due(run)) && !is_taken(run);
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
    bool is_brief = atomic_load_explicit(&worker->run->is_brief, memory_order_relaxed);
    for (int pauses = is_brief ? HPI_BRIEF_PAUSES : 1;
         pauses <= (is_brief ? HPI_BRIEF_PAUSES : HPI_SPIN_PAUSES); pauses *= 2) {
        if (find_block(worker) || is_finished(worker->run)) return true;
        for (int i = 0; i < pauses; i++)
            hpi_pause();
    }
    return false;
}

/* A worker without a block spins for about as long as a wake-up takes, then parks. False: finished.
 */
HPI_APART static bool seek(hpi_worker *worker) {
    hpt_run *run = worker->run;
    int64_t  until_ns = 0;
    if (hpi_meter_is_open(&worker->meter)) hpi_meter_idle(&worker->meter, hpi_run_now(run));
    while (!spin(worker)) {
        int64_t now_ns = hpi_now_ns();
        if (until_ns == 0) until_ns = now_ns + hpi_spin_ns(run);
        if (now_ns < until_ns) continue;
        park(run);
        until_ns = 0;
    }
    return worker->block != NULL;
}

void hpi_coordinate_left(hpt_run *run) {
    atomic_thread_fence(memory_order_seq_cst); /* pairs with give_turn() */
    if (!take_turn(run)) return;
    hpi_lost_settle(run);
    coordinate(run, NULL, NULL);
}

/* False: the run is over, or the worker is none of it any more. */
static bool step(hpi_worker *worker) {
    if (!worker->block && !seek(worker)) return false;
    hpi_block *block = worker->block;
    if (!worker->has_left) hpi_evaluate(worker, block);
    worker->has_left = false;
    if (worker->grip.is_lost) return false;
    hand_in(worker, block);
    return true;
}

bool hpi_work_step(void *context, uint32_t worker) {
    hpt_run *run = context;
    hpi_worker_enter(&run->workers[worker]);
    bool is_going_on = step(&run->workers[worker]);
    hpi_worker_leave(&run->workers[worker]);
    return is_going_on;
}

void hpi_work(void *context, uint32_t worker) {
    hpt_run    *run = context;
    hpi_worker *mine = &run->workers[worker];
    hpi_worker_enter(mine);
    while (step(mine))
        continue;
    hpi_worker_leave(mine);
    if (mine->grip.is_lost) hpi_run_release(run);
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
