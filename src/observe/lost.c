/* SPDX-License-Identifier: BSD-3-Clause */
/* dispatch > lane > LOST: observers that do not return when the run is over.
 *
 * Nothing can be done to a thread that is in somebody else's code, so the end goes on without it:
 * its lane is given up with all who sit there. While a function of an observer runs, between
 * hpi_lane_begin_call() and hpi_lane_end_call(), the lane's thread touches nothing of ours, and
 * both take the lock: so whoever finds a call there while holding the lock has the lane to himself.
 * He counts what nobody will get, tells the receivers, and leaves the lane lost. The thread finds
 * that out when its call ends, calls nobody any more, and drops its share of the dispatcher's
 * memory. */
#include "base/clock.h"
#include "observe/dispatcher.h"

/* The lane's thread. */

hpi_seat *hpi_lane_begin_call(hpi_seat *seat) {
    hpi_lane *lane = seat->lane;
    hpi_lock_take(&lane->dispatch->lock);
    hpi_seat *outer = lane->called;
    lane->called = seat;
    lane->called_ns = hpi_now_ns();
    hpi_lock_give(&lane->dispatch->lock);
    return outer;
}

bool hpi_lane_end_call(hpi_seat *seat, hpi_seat *outer) {
    hpi_lane *lane = seat->lane;
    hpi_lock_take(&lane->dispatch->lock);
    lane->called = outer;
    lane->called_ns = 0; /* inside another call detach() sets it when that goes on */
    hpi_lock_give(&lane->dispatch->lock);
    return !hpi_lane_is_lost(lane);
}

void hpi_lane_forsake(hpi_lane *lane) {
    hpi_dispatch_setup setup = lane->dispatch->setup;
    hpi_dispatch_release(lane->dispatch);
    if (setup.release) setup.release(setup.run);
}

/* Giving up, under the lock. */

/* What is left at the intake goes to the receivers, and is lost for everybody else. Of the memory
 * that the events of the call lie in nothing is written: there is no producer any more, and a
 * buffer that is shut takes nothing. */
static void empty(hpi_lane *lane) {
    hpi_lane_list_held(lane);
    hpi_lane_count_lost(lane);
    lane->is_block = false; /* it loses rather than waits */
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        if (!seat->receiver) hpi_backlog_shut(&seat->backlog);
    while (hpi_lane_merge(lane) > 0)
        continue;
}

static void account(hpi_lane *lane, hpi_seat *seat) {
    hpi_fate fate = seat == lane->called ? HPI_FATE_LOST : HPI_FATE_ORPHAN;
    if (seat->is_closed) return;
    if (seat->receiver) {
        hpi_lane_bury(lane, seat, HPI_FATE_CLOSED);
        return;
    }
    seat->lost_here += seat->backlog.count;
    atomic_fetch_add_explicit(&lane->dispatch->lost, seat->backlog.count, memory_order_relaxed);
    hpi_lane_bury(lane, seat, fate);
    if (fate == HPI_FATE_LOST)
        atomic_fetch_add_explicit(&lane->dispatch->failures, 1, memory_order_relaxed);
}

static void tell_receivers(const hpi_lane *lane) {
    hpt_stats stats;
    hpt_event event;
    hpi_lane_finished(lane, &stats, &event);
    for (const hpi_seat *seat = lane->seats; seat; seat = seat->next)
        if (seat->receiver && seat->kinds & HPT_EVENT_FINISHED && !hpi_seat_is_leaving(seat))
            hpi_receiver_finish(seat->receiver, &event);
}

static void give_up(hpi_lane *lane) {
    hpi_dispatch *dispatch = lane->dispatch;
    empty(lane);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        account(lane, seat);
    tell_receivers(lane);
    hpi_lane_leave(lane);
    atomic_store_explicit(&lane->is_lost, true, memory_order_relaxed); /* the lock orders it */
    /* Relaxed: the caller is an owner, so it cannot go away. */
    atomic_fetch_add_explicit(&dispatch->owners, 1, memory_order_relaxed);
    if (dispatch->setup.hold) dispatch->setup.hold(dispatch->setup.run);
    hpi_thread_detach(&lane->thread);
    hpi_lock_wake_all(&dispatch->lock); /* who waits for one of its seats to close */
}

/* When a lane is to be given up, or looked at again. */
static int64_t due_ns(const hpi_lane *lane, int64_t now_ns) {
    const hpi_dispatch *dispatch = lane->dispatch;
    int64_t             since_ns = lane->called_ns ? lane->called_ns : now_ns;
    if (since_ns < dispatch->finished_ns) since_ns = dispatch->finished_ns;
    int64_t patience_ns = dispatch->setup.patience_ns;
    return patience_ns < INT64_MAX - since_ns ? since_ns + patience_ns : INT64_MAX;
}

/* Under the lock. Returns when to look again. */
static int64_t look(hpi_dispatch *dispatch, int64_t now_ns, bool *is_last_out) {
    int64_t look_ns = INT64_MAX;
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++) {
        hpi_lane *lane = hpi_dispatch_lane(dispatch, i);
        if (!lane || i == HPI_LANE_STORE || lane->has_ended || hpi_lane_is_lost(lane)) continue;
        int64_t until_ns = due_ns(lane, now_ns);
        if (until_ns <= now_ns) {
            give_up(lane);
            *is_last_out = --dispatch->lanes_left == 0;
        } else if (until_ns < look_ns) {
            look_ns = until_ns;
        }
    }
    return look_ns;
}

int64_t hpi_dispatch_expire(hpi_dispatch *dispatch, int64_t now_ns) {
    bool is_last = false;
    if (dispatch->setup.patience_ns <= 0) return INT64_MAX;
    hpi_lock_take(&dispatch->lock);
    int     phase = atomic_load_explicit(&dispatch->phase, memory_order_relaxed);
    int64_t look_ns = now_ns + HPI_LANE_SLEEP_NS; /* about to be FINISHED */
    if (phase == HPI_PHASE_FINISHED) look_ns = look(dispatch, now_ns, &is_last);
    void (*done)(void *context) = dispatch->done;
    void *context = dispatch->done_context;
    hpi_lock_give(&dispatch->lock);
    /* From here on nothing but this call, as at the end of a lane. */
    if (is_last && done) done(context);
    return look_ns;
}
