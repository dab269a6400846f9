/* SPDX-License-Identifier: BSD-3-Clause */
/* What a dispatcher thread does: merge facts into the observers' buffers, give each observer a
 * batch, sleep.
 */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "observe/dispatcher.h"

/* Seats. */

/* Under the lock. Behind those that are there already: a fact may be on its way round. */
void hpi_lane_list_held(hpi_lane *lane) {
    hpi_seat **end = &lane->seats;
    while (*end)
        end = &(*end)->next;
    *end = lane->coming;
    lane->coming = NULL;
    for (hpi_seat *seat = *end; seat; seat = seat->next)
        if (seat->class && seat->class->tick_ms)
            seat->tick_due_ns = hpi_now_ns() + seat->class->tick_ms * HPI_NS_PER_MS;
    lane->generation = lane->dispatch->generation;
}

void hpi_lane_list(hpi_lane *lane) {
    hpi_lock_take(&lane->dispatch->lock);
    hpi_lane_list_held(lane);
    hpi_lock_give(&lane->dispatch->lock);
}

/* May its function be called? Then it counts as running, and detach() waits. */
static bool enter(hpi_seat *seat) {
    hpi_lock *lock = &seat->lane->dispatch->lock;
    hpi_lock_take(lock);
    bool may = !hpi_seat_is_leaving(seat) && !hpi_seat_is_lost(seat);
    if (may) seat->is_running = true;
    hpi_lock_give(lock);
    return may;
}

static void leave(hpi_seat *seat) {
    hpi_lock *lock = &seat->lane->dispatch->lock;
    hpi_lock_take(lock);
    seat->is_running = false;
    hpi_lock_give(lock);
}

void hpi_lane_bury(hpi_lane *lane, const hpi_seat *seat) {
    hpi_dispatch *dispatch = lane->dispatch;
    bool          is_quiet = hpi_seat_lost(seat) == 0 && seat->failure_count == 0;
    if (!hpi_seat_is_lost(seat) && is_quiet) return;
    if (dispatch->epitaph_count == HPI_WARNINGS_MAX) {
        dispatch->epitaphs_left_out++;
        return;
    }
    hpi_epitaph *epitaph = &dispatch->epitaphs[dispatch->epitaph_count++];
    hpi_cut(epitaph->name, sizeof epitaph->name, seat->name);
    epitaph->lost = hpi_seat_lost(seat);
    epitaph->failure_count = seat->failure_count;
    epitaph->fate = seat->fate;
    memcpy(epitaph->first_failure, seat->first_failure, sizeof epitaph->first_failure);
    memcpy(epitaph->last_failure, seat->last_failure, sizeof epitaph->last_failure);
}

static void count_failures(hpi_seat *seat, uint64_t before) {
    atomic_fetch_add_explicit(&seat->lane->dispatch->failures, seat->failure_count - before,
                              memory_order_relaxed);
}

/* Under the lock: whether nobody has closed it or is about to. Of one that is lost some function is
 * running still, and close() is not called. */
static bool may_close(hpi_seat *seat) {
    if (seat->is_closed) return false;
    if (hpi_seat_is_lost(seat)) return true;
    if (seat->is_running) return false;
    seat->is_running = true; /* its close() may detach others, who must not close it */
    return true;
}

void hpi_lane_close(hpi_driver *driver, hpi_seat *seat) {
    hpi_lane     *lane = driver->lane;
    hpi_dispatch *dispatch = lane->dispatch;
    uint64_t      failures = seat->failure_count;
    hpi_lock_take(&dispatch->lock);
    bool is_first = may_close(seat);
    hpi_lock_give(&dispatch->lock);
    if (!is_first) return;
    hpi_lane_count_lost(lane);
    if (!hpi_seat_is_lost(seat)) {
        hpi_seat_close(seat);
        if (hpi_driver_is_lost(driver)) return;
        count_failures(seat, failures);
    }
    hpi_lock_take(&dispatch->lock);
    hpi_lane_bury(lane, seat);
    seat->is_running = false;
    seat->is_closed = true;
    hpi_lock_wake_all(&dispatch->lock);
    hpi_lock_give(&dispatch->lock);
}

/* Close those that leave, and forget those that are closed. Not while a function of an observer of
 * this lane is on the stack. */
static void sweep(hpi_driver *driver) {
    hpi_lane  *lane = driver->lane;
    hpi_seat **at = &lane->seats;
    while (*at) {
        hpi_seat *seat = *at;
        if (!hpi_seat_is_leaving(seat)) {
            at = &seat->next;
            continue;
        }
        hpi_lane_close(driver, seat);
        if (hpi_driver_is_lost(driver)) return;
        *at = seat->next;
        hpi_lock_take(&lane->dispatch->lock);
        bool is_mine = hpi_seat_disown(seat);
        hpi_lock_give(&lane->dispatch->lock);
        if (is_mine) hpi_seat_destroy(seat);
    }
}

static void notice_changes(hpi_driver *driver) {
    /* Acquire: pairs with the release in attach.c. What changes after this raises it again. */
    atomic_bool *is_changed = &driver->lane->is_changed;
    if (!atomic_exchange_explicit(is_changed, false, memory_order_acq_rel)) return;
    hpi_lane_list(driver->lane);
    sweep(driver);
}

/* What was pushed before it was raised is seen by the round that begins now; what comes after this
 * raises it again. */
static void notice_hurry(hpi_lane *lane) {
    if (!atomic_load_explicit(&lane->is_hurried, memory_order_relaxed)) return;
    atomic_exchange_explicit(&lane->is_hurried, false, memory_order_acq_rel);
    lane->was_hurried = true;
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        seat->tick_due_ns = 0; /* there may be nothing to hand over, and something to do */
}

/* Turns. In each of them an observer may not return: then the driver is lost, the lane is
 * another's, and nothing of either is to be touched any more. */

static hpi_dispatch_phase phase_of(const hpi_lane *lane) {
    /* Acquire: pairs with the release in finish() and destroy(); what was pushed before is seen. */
    return (hpi_dispatch_phase)atomic_load_explicit(&lane->dispatch->phase, memory_order_acquire);
}

/* Nobody waits for ever for an observer that would rather lose: see HPI_END_NS. */
static bool is_end_limited(const hpi_lane *lane) {
    return !lane->is_block && phase_of(lane) != HPI_DISPATCH_OPEN;
}

/* Everything there is, up to the fixed bound. Near the end of a limited time as much as it would
 * take at the pace of the last call, so that one call does not go far beyond. */
static uint32_t batch_room(const hpi_seat *seat, bool is_limited) {
    if (!is_limited || seat->event_ns <= 0) return HPI_BATCH_EVENTS;
    int64_t fits = (HPI_END_NS - seat->end_ns) / seat->event_ns;
    return fits < 1 ? 1 : fits < HPI_BATCH_EVENTS ? (uint32_t)fits : HPI_BATCH_EVENTS;
}

/* One call with the driver's batch. Moves the time on. False: it has not returned in time. */
static bool call(hpi_driver *driver, hpi_seat *seat, int64_t *now_ns) {
    uint64_t failures = seat->failure_count;
    uint32_t count = driver->batch.count;
    hpi_seat_events(seat, driver->batch.events, count);
    if (hpi_driver_is_lost(driver)) return false;
    count_failures(seat, failures);
    int64_t took_ns = hpi_now_ns() - *now_ns;
    seat->event_ns = took_ns / count;
    *now_ns += took_ns;
    return true;
}

/* One call with what is buffered. */
static bool deliver(hpi_driver *driver, hpi_seat *seat, int64_t *now_ns) {
    hpi_batch *batch = &driver->batch;
    bool       is_limited = is_end_limited(driver->lane);
    int64_t    start_ns = *now_ns;
    batch->event_room = batch_room(seat, is_limited);
    hpi_backlog_view(&seat->backlog, &driver->lane->dispatch->unpacking, batch);
    if (!call(driver, seat, now_ns)) return false;
    hpi_backlog_drop(&seat->backlog, batch);
    if (is_limited) seat->end_ns += *now_ns - start_ns;
    return true;
}

/* The run is over and its time is up: what it has not got is lost, FINISHED excepted. */
static void give_up(hpi_lane *lane, hpi_seat *seat) {
    uint32_t count = seat->backlog.count;
    hpi_backlog_clear(&seat->backlog);
    seat->lost_here += count;
    atomic_fetch_add_explicit(&lane->dispatch->lost, count, memory_order_relaxed);
}

static void tick(hpi_driver *driver, hpi_seat *seat, int64_t now_ns) {
    const hpt_observer_class *class = seat->class;
    uint64_t  failures = seat->failure_count;
    hpt_stats stats;
    if (!class->tick || !class->tick_ms || now_ns < seat->tick_due_ns) return;
    seat->tick_due_ns = now_ns + class->tick_ms * HPI_NS_PER_MS;
    if (!enter(seat)) return;
    hpi_lane_stats(seat->lane, &stats);
    hpi_seat_tick(seat, &stats);
    if (hpi_driver_is_lost(driver)) return;
    count_failures(seat, failures);
    leave(seat);
}

/* Batches until there is nothing left, or until others of the lane have waited long enough. Whether
 * there was anything: then there is room for what may have waited for it. */
static bool give_turn(hpi_driver *driver, hpi_seat *seat) {
    hpi_lane *lane = driver->lane;
    if (seat->receiver || hpi_seat_is_lost(seat)) return false;
    bool    had_some = seat->backlog.count > 0;
    int64_t start_ns = hpi_now_ns();
    int64_t now_ns = start_ns;
    if (seat->end_ns >= HPI_END_NS) give_up(lane, seat);
    while (seat->backlog.count > 0 && now_ns - start_ns < HPI_SEAT_TURN_NS) {
        if (!enter(seat)) return true; /* it leaves, and nothing has to wait for it any more */
        if (!deliver(driver, seat, &now_ns)) return true;
        leave(seat);
        if (seat->end_ns >= HPI_END_NS) give_up(lane, seat);
    }
    tick(driver, seat, now_ns);
    return had_some;
}

/* Whether the lane's only observer may get facts without the detour of its buffer: whatever that
 * gives it, and whatever it loses, must be the same as with it. */
static bool is_straight(const hpi_lane *lane, const hpi_seat *seat) {
    if (!seat || seat->next || seat->receiver || seat->backlog.count > 0) return false;
    if (hpi_seat_is_lost(seat)) return false;
    bool may_lose = !lane->is_block && seat->backlog.count_max < HPI_MERGE_FACTS;
    return !may_lose && !is_end_limited(lane);
}

/* Batches straight from the intake. Returns how many facts were taken. */
static uint32_t go_straight(hpi_driver *driver) {
    hpi_lane  *lane = driver->lane;
    hpi_seat  *seat = lane->seats;
    hpi_batch *batch = &driver->batch;
    uint32_t   taken = 0, some;
    if (!is_straight(lane, seat)) return 0;
    batch->event_room = HPI_BATCH_EVENTS;
    int64_t start_ns = hpi_now_ns(), now_ns = start_ns;
    while (now_ns - start_ns < HPI_SEAT_TURN_NS && (some = hpi_lane_view(lane, seat, batch)) > 0) {
        taken += some;
        if (batch->count == 0) continue;
        if (!enter(seat)) break;
        seat->straight_count = batch->count;
        if (!call(driver, seat, &now_ns)) break;
        seat->straight_count = 0;
        leave(seat);
    }
    return taken;
}

/* Whether there may be more to do at once. */
static bool go_round(hpi_driver *driver) {
    hpi_lane *lane = driver->lane;
    notice_changes(driver);
    if (hpi_driver_is_lost(driver)) return false;
    notice_hurry(lane);
    hpi_lane_count_lost(lane);
    uint32_t taken = go_straight(driver);
    bool     has_more = false;
    if (hpi_driver_is_lost(driver)) return false;
    if (taken == 0) taken = hpi_lane_merge(lane);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        if (give_turn(driver, seat)) has_more = true;
        if (hpi_driver_is_lost(driver)) return false;
        if (seat->next) /* a slow one must not fill the intake for the others */
            taken += hpi_lane_merge(lane);
    }
    return has_more || taken > 0;
}

static int64_t wake_time(const hpi_lane *lane) {
    int64_t now_ns = hpi_now_ns();
    int64_t until_ns = now_ns + HPI_LANE_SLEEP_NS;
    if (!lane->seats) return INT64_MAX; /* nobody watches: whoever attaches wakes us */
    for (const hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        if (seat->receiver || !seat->class->tick || !seat->class->tick_ms) continue;
        if (seat->tick_due_ns < until_ns) until_ns = seat->tick_due_ns;
    }
    return until_ns > now_ns ? until_ns : now_ns;
}

/* A producer that misses is_asleep leaves us asleep for at most HPI_LANE_SLEEP_NS; changes of seats
 * and phase, and hurry, are waited for without that limit, and so are looked at between prepare and
 * sleep. */
static void lane_sleep(hpi_lane *lane) {
    int64_t  until_ns = wake_time(lane);
    uint64_t ticket = hpi_park_prepare(&lane->work);
    bool     is_called = atomic_load_explicit(&lane->is_changed, memory_order_relaxed) ||
                     atomic_load_explicit(&lane->is_hurried, memory_order_relaxed);
    if (is_called || phase_of(lane) != HPI_DISPATCH_OPEN) {
        hpi_park_cancel(&lane->work);
        return;
    }
    atomic_store_explicit(&lane->is_asleep, true, memory_order_relaxed); /* a hint only */
    hpi_park_sleep(&lane->work, ticket, until_ns);
    atomic_store_explicit(&lane->is_asleep, false, memory_order_relaxed);
}

/* Who hurried it once waits for what it did, and then mostly hurries it again: to be asleep by then
 * would cost him a wake-up more. To yield, not to pause: he may be waiting for this very CPU. */
static bool is_hurried_again(hpi_lane *lane) {
    if (!lane->was_hurried) return false;
    lane->was_hurried = false;
    for (int i = 0; i < HPI_HURRY_LOOKS; i++) {
        if (atomic_load_explicit(&lane->is_hurried, memory_order_relaxed)) return true;
        hpi_thread_yield();
    }
    return false;
}

/* The end. */

void hpi_lane_stats(const hpi_lane *lane, hpt_stats *stats_out) {
    const hpi_dispatch_setup *setup = &lane->dispatch->setup;
    *stats_out = (hpt_stats){ .struct_size = sizeof *stats_out };
    if (setup->stats) setup->stats(setup->run, stats_out);
}

void hpi_lane_finished(const hpi_lane *lane, hpt_stats *stats_out, hpt_event *event_out) {
    const hpi_dispatch *dispatch = lane->dispatch;
    const hpi_fact     *fact = &dispatch->finished;
    hpi_lane_stats(lane, stats_out);
    *event_out = (hpt_event){ .kind = HPT_EVENT_FINISHED,
                              .trial = fact->trial,
                              .time_ns = fact->time_ns,
                              .wall_ns = dispatch->unpacking.wall_base_ns + fact->time_ns,
                              .value = fact->value,
                              .start_ns = -1,
                              .duration_ns = fact->duration_ns,
                              .space = dispatch->unpacking.space,
                              .point = fact->point,
                              .reason = dispatch->stop_text,
                              .stats = stats_out };
}

/* To those that a driver which was lost in the middle of it has not told. */
static void deliver_finished(hpi_driver *driver) {
    hpi_lane *lane = driver->lane;
    hpt_stats stats;
    hpt_event event;
    hpi_lane_finished(lane, &stats, &event);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        uint64_t failures = seat->failure_count;
        if (!(seat->kinds & HPT_EVENT_FINISHED) || seat->is_told || !enter(seat)) continue;
        seat->is_told = true;
        if (seat->receiver)
            hpi_receiver_finish(seat->receiver, &event);
        else
            hpi_seat_events(seat, &event, 1);
        if (hpi_driver_is_lost(driver)) return;
        count_failures(seat, failures);
        leave(seat);
    }
}

void hpi_lane_leave(hpi_lane *lane) {
    hpi_dispatch *dispatch = lane->dispatch;
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        atomic_store_explicit(&seat->is_leaving, true, memory_order_relaxed);
    for (uint32_t i = 0; i <= HPI_SEATS_MAX; i++) {
        hpi_seat *seat = dispatch->seats[i];
        if (!seat || seat->lane != lane) continue;
        dispatch->seats[i] = NULL;
        dispatch->seat_count--;
    }
    hpi_dispatch_publish_wants(dispatch);
}

/* Nobody attaches any more: every seat is listed. Those that still wait for a seat to close own it
 * until they have seen that. */
static void close_all(hpi_driver *driver) {
    hpi_lane *lane = driver->lane;
    hpi_lock_take(&lane->dispatch->lock);
    hpi_lane_leave(lane);
    hpi_lock_give(&lane->dispatch->lock);
    sweep(driver);
}

/* False: somebody does not return. */
static bool end(hpi_driver *driver, hpi_dispatch_phase phase) {
    hpi_lane     *lane = driver->lane;
    hpi_dispatch *dispatch = lane->dispatch;
    hpi_lane_count_lost(lane);
    if (phase == HPI_DISPATCH_FINISHED) deliver_finished(driver);
    if (!hpi_driver_is_lost(driver)) close_all(driver);
    if (hpi_driver_is_lost(driver)) return false;
    hpi_lock_take(&dispatch->lock);
    lane->has_ended = true;
    bool is_last = --dispatch->lanes_left == 0;
    hpi_lock_give(&dispatch->lock);
    /* From here on nothing but this call: whoever it tells may be destroying us, and joins. */
    if (is_last && phase == HPI_DISPATCH_FINISHED && dispatch->done)
        dispatch->done(dispatch->done_context);
    return true;
}

bool hpi_lane_drive(hpi_driver *driver) {
    for (;;) {
        /* Before the round that finds nothing left. */
        hpi_dispatch_phase phase = phase_of(driver->lane);
        bool               has_more = go_round(driver);
        if (hpi_driver_is_lost(driver)) return false;
        if (has_more) continue;
        if (phase == HPI_DISPATCH_OPEN) {
            if (!is_hurried_again(driver->lane)) lane_sleep(driver->lane);
            continue;
        }
        notice_changes(driver);
        return !hpi_driver_is_lost(driver) && end(driver, phase);
    }
}

/* Making one. */

static uint32_t worker_cells(uint32_t worker_count) {
    uint32_t share = HPI_INTAKE_WORKERS_CELLS / (worker_count ? worker_count : 1);
    if (share > HPI_INTAKE_WORKER_CELLS) share = HPI_INTAKE_WORKER_CELLS;
    return share > HPI_INTAKE_WORKER_CELLS_MIN ? share : HPI_INTAKE_WORKER_CELLS_MIN;
}

static uint32_t coordinator_cells(uint32_t index, uint32_t dims) {
    uint32_t largest = hpi_fact_cells_max(dims) * HPI_INTAKE_LARGEST;
    uint32_t usual = index == HPI_LANE_STORE ? HPI_INTAKE_STORE_CELLS : HPI_INTAKE_CELLS;
    return largest > usual ? largest : usual;
}

static bool make_memory(hpi_lane *lane, uint32_t index, uint32_t worker_count, uint32_t dims) {
    lane->stream_count = 1 + worker_count;
    lane->facts = hpi_alloc(lane->stream_count, sizeof(hpi_facts *));
    lane->scratch = hpi_alloc_room(hpi_point_cells(dims, 0), sizeof(hpi_cell));
    if (!lane->facts || !lane->scratch) return false;
    for (uint32_t stream = 0; stream < lane->stream_count; stream++) {
        uint32_t cells = stream == 0 ? coordinator_cells(index, dims) : worker_cells(worker_count);
        lane->facts[stream] = hpi_facts_create(cells, dims);
        if (!lane->facts[stream]) return false;
    }
    return true;
}

static void free_memory(hpi_lane *lane) {
    for (uint32_t stream = 0; lane->facts && stream < lane->stream_count; stream++)
        hpi_facts_destroy(lane->facts[stream]);
    hpi_free(lane->facts);
    hpi_free(lane->scratch);
    hpi_free_aligned(lane);
}

hpt_status hpi_lane_create(hpi_dispatch *dispatch, uint32_t index, hpi_lane **lane_out,
                           hpt_err *err) {
    hpi_lane  *lane = hpi_alloc_aligned(1, sizeof *lane);
    hpt_status status = HPT_ENOMEM;
    if (!lane) return hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher");
    lane->dispatch = dispatch;
    lane->index = index;
    lane->is_block = index != HPI_LANE_DROP;
    if (!hpi_cpus_mask(&lane->cpus)) lane->cpus.bytes = 0;
    if (!make_memory(lane, index, dispatch->setup.worker_count, dispatch->unpacking.dims)) {
        hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher's buffers");
        goto no_memory;
    }
    if ((status = hpi_park_init(&lane->work, err)) != HPT_OK) goto no_memory;
    if ((status = hpi_park_init(&lane->room, err)) != HPT_OK) goto no_room;
    status = hpi_driver_create(lane, &lane->driver, err);
    if (status != HPT_OK) goto no_driver;
    *lane_out = lane;
    return HPT_OK;

no_driver:
    hpi_park_fini(&lane->room);
no_room:
    hpi_park_fini(&lane->work);
no_memory:
    free_memory(lane);
    return status;
}

void hpi_lane_join(hpi_lane *lane) {
    if (lane && lane->driver) hpi_thread_join(&lane->driver->thread);
}

void hpi_lane_destroy(hpi_lane *lane) {
    if (!lane) return;
    hpi_driver_destroy(lane->driver);
    hpi_park_fini(&lane->room);
    hpi_park_fini(&lane->work);
    free_memory(lane);
}
