/* SPDX-License-Identifier: BSD-3-Clause */
/* dispatch > lane > LOST: observers that do not return.
 *
 * Nothing can be done to a thread that is in somebody else's code, so the lane goes on without it.
 * While a function of an observer runs, between hpi_driver_begin_call() and hpi_driver_end_call(),
 * the driver's thread touches nothing of ours but its batch, and both take the lock: so whoever
 * finds a call there while holding the lock has the lane to himself. He marks the observer as lost
 * and hands the lane to another driver, with all who sit there. The thread finds that out when its
 * call ends, calls nobody any more, and drops its share of what it has used.
 *
 * An observer that is lost keeps its seat, and its buffer, in which its events lie, takes nothing
 * any more: so what it does not get is counted where all losses are. */
#include "base/clock.h"
#include "observe/dispatcher.h"

/* The driver's thread. */

void hpi_driver_resume_call(hpi_driver *driver) {
    driver->called_ns = hpi_now_ns();
    driver->suspected_ns = 0;
}

hpi_call hpi_driver_begin_call(hpi_seat *seat) {
    hpi_lane *lane = seat->lane;
    hpi_lock_take(&lane->dispatch->lock);
    hpi_driver *driver = lane->driver;
    hpi_call    call = { driver, driver->called };
    driver->called = seat;
    hpi_driver_resume_call(driver);
    hpi_lock_give(&lane->dispatch->lock);
    return call;
}

bool hpi_driver_end_call(hpi_call call) {
    hpi_lock *lock = &call.driver->lane->dispatch->lock;
    hpi_lock_take(lock);
    call.driver->called = call.outer;
    call.driver->called_ns = 0; /* inside another call detach() sets it when that goes on */
    hpi_lock_give(lock);
    return !hpi_driver_is_lost(call.driver);
}

/* One owner less of each. */
static void let_go(hpi_dispatch *dispatch, hpi_seat *first, hpi_seat *(*next)(hpi_seat *seat)) {
    while (first) {
        hpi_seat *seat = first;
        first = next(seat);
        hpi_lock_take(&dispatch->lock);
        bool is_last = hpi_seat_disown(seat);
        hpi_lock_give(&dispatch->lock);
        if (is_last) hpi_seat_destroy(seat);
    }
}

static hpi_seat *next_stranded(hpi_seat *seat) {
    return seat->next_stranded;
}

static hpi_seat *next_listed(hpi_seat *seat) {
    return seat->next;
}

static void strike_off(hpi_dispatch *dispatch, const hpi_driver *driver) {
    hpi_driver **at = &dispatch->lost_drivers;
    hpi_lock_take(&dispatch->lock);
    while (*at != driver)
        at = &(*at)->next;
    *at = driver->next;
    atomic_fetch_sub_explicit(&dispatch->lost_count, 1, memory_order_relaxed);
    hpi_lock_give(&dispatch->lock);
}

void hpi_driver_forsake(hpi_driver *driver) {
    hpi_lane          *lane = driver->lane;
    hpi_dispatch      *dispatch = lane->dispatch;
    hpi_dispatch_setup setup = dispatch->setup;
    strike_off(dispatch, driver);
    let_go(dispatch, driver->stranded, next_stranded);
    if (driver->is_last) {
        hpi_seat *seats = lane->seats;
        lane->seats = NULL;
        let_go(dispatch, seats, next_listed);
    }
    hpi_driver_destroy(driver);
    hpi_dispatch_release(dispatch);
    if (setup.release) setup.release(setup.run);
}

/* Giving up, under the lock. */

static void lose(hpi_lane *lane, hpi_seat *seat, hpi_fate fate) {
    uint32_t count = seat->backlog.count + seat->straight_count;
    seat->fate = fate;
    seat->lost_here += count;
    atomic_fetch_add_explicit(&lane->dispatch->lost, count, memory_order_relaxed);
    hpi_backlog_shut(&seat->backlog);
    if (fate == HPI_FATE_LOST)
        atomic_fetch_add_explicit(&lane->dispatch->failures, 1, memory_order_relaxed);
}

/* The observer that was called, and those in whose functions it was: they may have detached it. */
static void lose_stranded(hpi_driver *driver) {
    for (hpi_seat *seat = driver->lane->seats; seat; seat = seat->next) {
        if (!seat->is_running || hpi_seat_is_lost(seat)) continue;
        lose(driver->lane, seat, seat == driver->called ? HPI_FATE_LOST : HPI_FATE_ORPHAN);
        seat->owners++; /* the thread */
        seat->next_stranded = driver->stranded;
        driver->stranded = seat;
    }
}

/* The thread is left to itself, and is an owner of whatever it may touch when it returns. */
static void leave_behind(hpi_driver *driver) {
    hpi_dispatch *dispatch = driver->lane->dispatch;
    lose_stranded(driver);
    atomic_store_explicit(&driver->is_lost, true, memory_order_relaxed); /* the lock orders it */
    driver->next = dispatch->lost_drivers;
    dispatch->lost_drivers = driver;
    atomic_fetch_add_explicit(&dispatch->lost_count, 1, memory_order_relaxed);
    /* Release: who finds that he is not the lane's any more finds that there is a list. */
    atomic_store_explicit(&driver->lane->mark, 0, memory_order_release);
    /* Relaxed: the caller is an owner, so it cannot go away. */
    atomic_fetch_add_explicit(&dispatch->owners, 1, memory_order_relaxed);
    if (dispatch->setup.hold) dispatch->setup.hold(dispatch->setup.run);
    hpi_thread_detach(&driver->thread);
}

/* False: there is no other thread to be had now. */
static bool replace(hpi_lane *lane) {
    hpi_driver *other = NULL;
    if (hpi_driver_create(lane, &other, NULL) != HPT_OK) return false; /* it waits for the lock */
    hpi_lane_list_held(lane);
    leave_behind(lane->driver);
    lane->driver = other;
    /* The one that was lost may have been on its way to close those that leave. Relaxed: the other
     * driver's look comes after the lock. */
    atomic_store_explicit(&lane->is_changed, true, memory_order_relaxed);
    hpi_lock_wake_all(&lane->dispatch->lock); /* who waits for one of its seats to close */
    return true;
}

/* The run is over, and cannot wait for another thread: the whole lane is given up. What is left at
 * the intake goes to the receivers, and is lost for everybody else. Of the memory that the events
 * of the call lie in nothing is written: there is no producer any more, and a buffer that is shut
 * takes nothing. */

static void empty(hpi_lane *lane) {
    hpi_lane_count_lost(lane);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        if (!seat->receiver && !hpi_seat_is_lost(seat)) lose(lane, seat, HPI_FATE_ORPHAN);
    while (hpi_lane_merge(lane) > 0)
        continue;
}

static void close_quietly(hpi_lane *lane) {
    hpt_stats stats;
    hpt_event event;
    hpi_lane_finished(lane, &stats, &event);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        if (seat->receiver && seat->kinds & HPT_EVENT_FINISHED && !hpi_seat_is_leaving(seat))
            hpi_receiver_finish(seat->receiver, &event);
        if (!seat->is_closed) hpi_lane_bury(lane, seat);
        seat->is_closed = true;
    }
}

static void desert(hpi_lane *lane) {
    hpi_lane_list_held(lane);
    leave_behind(lane->driver);
    lane->driver->is_last = true;
    lane->driver = NULL;
    empty(lane);
    close_quietly(lane);
    hpi_lane_leave(lane);
    lane->has_ended = true;
    lane->dispatch->lanes_left--;
    hpi_lock_wake_all(&lane->dispatch->lock);
}

/* Looking, under the lock. */

/* When a driver is to be given up, or looked at again. A call that is too long is looked at twice:
 * who was stopped by a signal, or slept with the machine, has not had the time that has passed. */
static int64_t due_ns(hpi_driver *driver, int64_t patience_ns, int64_t now_ns) {
    int64_t until_ns = hpi_later_ns(driver->called_ns ? driver->called_ns : now_ns, patience_ns);
    if (until_ns > now_ns) return until_ns;
    if (driver->suspected_ns == 0) driver->suspected_ns = now_ns;
    return hpi_later_ns(driver->suspected_ns, HPI_SUSPECT_NS);
}

static bool is_watched(const hpi_lane *lane) {
    return lane && lane->index != HPI_LANE_STORE && !lane->has_ended && lane->driver;
}

static int64_t look(hpi_dispatch *dispatch, int64_t now_ns, bool may_desert) {
    int64_t look_ns = INT64_MAX, patience_ns = dispatch->setup.patience_ns;
    for (uint32_t i = 0; i < HPI_LANE_COUNT && patience_ns > 0; i++) {
        hpi_lane *lane = hpi_dispatch_lane(dispatch, i);
        if (!is_watched(lane)) continue;
        int64_t until_ns = due_ns(lane->driver, patience_ns, now_ns);
        if (until_ns <= now_ns) {
            bool is_replaced = replace(lane);
            if (!is_replaced && may_desert) desert(lane);
            until_ns = hpi_later_ns(now_ns, is_replaced ? patience_ns : HPI_SUSPECT_NS);
        }
        if (until_ns < look_ns) look_ns = until_ns;
    }
    /* Relaxed: a hint for hpi_dispatch_glance(). */
    atomic_store_explicit(&dispatch->look_ns, look_ns, memory_order_relaxed);
    return look_ns;
}

int64_t hpi_dispatch_look(hpi_dispatch *dispatch, int64_t now_ns) {
    return look(dispatch, now_ns, false);
}

void hpi_dispatch_glance(hpi_dispatch *dispatch, int64_t now_ns) {
    if (now_ns < atomic_load_explicit(&dispatch->look_ns, memory_order_relaxed)) return;
    hpi_lock_take(&dispatch->lock);
    look(dispatch, now_ns, false);
    hpi_lock_give(&dispatch->lock);
}

int64_t hpi_dispatch_expire(hpi_dispatch *dispatch, int64_t now_ns) {
    hpi_lock_take(&dispatch->lock);
    int     phase = atomic_load_explicit(&dispatch->phase, memory_order_relaxed);
    bool    is_over = phase == HPI_DISPATCH_FINISHED;
    bool    has_lanes = is_over && dispatch->lanes_left > 0;
    int64_t look_ns = look(dispatch, now_ns, is_over);
    bool    is_last = has_lanes && dispatch->lanes_left == 0;
    void (*done)(void *context) = dispatch->done;
    void *context = dispatch->done_context;
    hpi_lock_give(&dispatch->lock);
    /* From here on nothing but this call, as at the end of a lane. */
    if (is_last && done) done(context);
    return look_ns;
}
