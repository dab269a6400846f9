/* SPDX-License-Identifier: BSD-3-Clause */
/* A dispatcher thread: merge facts into the observers' buffers, give each observer a batch, sleep.
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
    bool may = !hpi_seat_is_leaving(seat);
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

void hpi_lane_bury(hpi_lane *lane, const hpi_seat *seat, hpi_fate fate) {
    hpi_dispatch *dispatch = lane->dispatch;
    bool          is_quiet = hpi_seat_lost(seat) == 0 && seat->failure_count == 0;
    if (fate == HPI_FATE_CLOSED && is_quiet) return;
    if (dispatch->epitaph_count == HPI_WARNINGS_MAX) {
        dispatch->epitaphs_left_out++;
        return;
    }
    hpi_epitaph *epitaph = &dispatch->epitaphs[dispatch->epitaph_count++];
    hpi_cut(epitaph->name, sizeof epitaph->name, seat->name);
    epitaph->lost = hpi_seat_lost(seat);
    epitaph->failure_count = seat->failure_count;
    epitaph->fate = fate;
    memcpy(epitaph->first_failure, seat->first_failure, sizeof epitaph->first_failure);
    memcpy(epitaph->last_failure, seat->last_failure, sizeof epitaph->last_failure);
}

static void count_failures(hpi_seat *seat, uint64_t before) {
    atomic_fetch_add_explicit(&seat->lane->dispatch->failures, seat->failure_count - before,
                              memory_order_relaxed);
}

void hpi_lane_close(hpi_lane *lane, hpi_seat *seat) {
    hpi_dispatch *dispatch = lane->dispatch;
    uint64_t      failures = seat->failure_count;
    hpi_lock_take(&dispatch->lock);
    bool is_first = !seat->is_closed && !seat->is_running;
    if (is_first)
        seat->is_running = true; /* its close() may detach others, who must not close it */
    hpi_lock_give(&dispatch->lock);
    if (!is_first) return;
    if (!hpi_lane_is_lost(lane)) {
        hpi_lane_count_lost(lane);
        hpi_seat_close(seat);
        count_failures(seat, failures);
    }

    hpi_lock_take(&dispatch->lock);
    if (!hpi_lane_is_lost(lane)) hpi_lane_bury(lane, seat, HPI_FATE_CLOSED);
    seat->is_running = false;
    seat->is_closed = true;
    hpi_lock_wake_all(&dispatch->lock);
    hpi_lock_give(&dispatch->lock);
}

/* Close those that leave, and forget those that are closed. Not while a function of an observer of
 * this lane is on the stack. */
static void sweep(hpi_lane *lane) {
    hpi_seat **at = &lane->seats;
    while (*at) {
        hpi_seat *seat = *at;
        if (!hpi_seat_is_leaving(seat)) {
            at = &seat->next;
            continue;
        }
        hpi_lane_close(lane, seat);
        *at = seat->next;
        hpi_lock_take(&lane->dispatch->lock);
        bool is_mine = hpi_seat_disown(seat);
        hpi_lock_give(&lane->dispatch->lock);
        if (is_mine) hpi_seat_destroy(seat);
    }
}

static void notice_changes(hpi_lane *lane) {
    /* Acquire: pairs with the release in attach.c. What changes after this raises it again. */
    if (!atomic_exchange_explicit(&lane->is_changed, false, memory_order_acq_rel)) return;
    hpi_lane_list(lane);
    sweep(lane);
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

/* Turns. */

static hpi_phase phase_of(const hpi_lane *lane) {
    /* Acquire: pairs with the release in finish() and destroy(); what was pushed before is seen. */
    return (hpi_phase)atomic_load_explicit(&lane->dispatch->phase, memory_order_acquire);
}

/* Nobody waits for ever for an observer that would rather lose: see HPI_END_NS. */
static bool is_end_limited(const hpi_lane *lane) {
    return !lane->is_block && phase_of(lane) != HPI_PHASE_OPEN;
}

/* Everything there is, up to the fixed bound. Near the end of a limited time as much as it would
 * take at the pace of the last call, so that one call does not go far beyond. */
static uint32_t batch_room(const hpi_seat *seat, bool is_limited) {
    if (!is_limited || seat->event_ns <= 0) return HPI_BATCH_EVENTS;
    int64_t fits = (HPI_END_NS - seat->end_ns) / seat->event_ns;
    return fits < 1 ? 1 : fits < HPI_BATCH_EVENTS ? (uint32_t)fits : HPI_BATCH_EVENTS;
}

/* One call with the lane's batch. Takes and returns the time. */
static int64_t call(hpi_lane *lane, hpi_seat *seat, int64_t now_ns) {
    uint64_t failures = seat->failure_count;
    hpi_seat_events(seat, lane->batch.events, lane->batch.count);
    count_failures(seat, failures);
    int64_t took_ns = hpi_now_ns() - now_ns;
    seat->event_ns = took_ns / lane->batch.count;
    return now_ns + took_ns;
}

/* One call with what is buffered. */
static int64_t deliver(hpi_lane *lane, hpi_seat *seat, int64_t now_ns) {
    hpi_batch *batch = &lane->batch;
    bool       is_limited = is_end_limited(lane);
    batch->event_room = batch_room(seat, is_limited);
    hpi_backlog_view(&seat->backlog, &lane->dispatch->unpacking, batch);
    int64_t end_ns = call(lane, seat, now_ns);
    hpi_backlog_drop(&seat->backlog, batch);
    if (is_limited) seat->end_ns += end_ns - now_ns;
    return end_ns;
}

/* The run is over and its time is up: what it has not got is lost, FINISHED excepted. */
static void give_up(hpi_lane *lane, hpi_seat *seat) {
    uint32_t count = seat->backlog.count;
    hpi_backlog_clear(&seat->backlog);
    seat->lost_here += count;
    atomic_fetch_add_explicit(&lane->dispatch->lost, count, memory_order_relaxed);
}

static void tick(hpi_seat *seat, int64_t now_ns) {
    const hpt_observer_class *class = seat->class;
    uint64_t  failures = seat->failure_count;
    hpt_stats stats;
    if (!class->tick || !class->tick_ms || now_ns < seat->tick_due_ns) return;
    seat->tick_due_ns = now_ns + class->tick_ms * HPI_NS_PER_MS;
    if (!enter(seat)) return;
    hpi_lane_stats(seat->lane, &stats);
    hpi_seat_tick(seat, &stats);
    count_failures(seat, failures);
    leave(seat);
}

/* Batches until there is nothing left, or until others of the lane have waited long enough. Whether
 * there was anything: then there is room for what may have waited for it. */
static bool give_turn(hpi_lane *lane, hpi_seat *seat) {
    if (seat->receiver) return false;
    bool    had_some = seat->backlog.count > 0;
    int64_t start_ns = hpi_now_ns();
    int64_t now_ns = start_ns;
    if (seat->end_ns >= HPI_END_NS) give_up(lane, seat);
    while (seat->backlog.count > 0 && now_ns - start_ns < HPI_SEAT_TURN_NS) {
        if (!enter(seat)) return true; /* it leaves, and nothing has to wait for it any more */
        now_ns = deliver(lane, seat, now_ns);
        leave(seat);
        if (hpi_lane_is_lost(lane)) return true; /* what it has was counted as lost */
        if (seat->end_ns >= HPI_END_NS) give_up(lane, seat);
    }
    tick(seat, now_ns);
    return had_some;
}

/* Whether the lane's only observer may get facts without the detour of its buffer: whatever that
 * gives it, and whatever it loses, must be the same as with it. */
static bool is_straight(const hpi_lane *lane, const hpi_seat *seat) {
    if (!seat || seat->next || seat->receiver || seat->backlog.count > 0) return false;
    bool may_lose = !lane->is_block && seat->backlog.count_max < HPI_MERGE_FACTS;
    return !may_lose && !is_end_limited(lane);
}

/* Batches straight from the intake. Returns how many facts were taken. */
static uint32_t go_straight(hpi_lane *lane) {
    hpi_seat *seat = lane->seats;
    uint32_t  taken = 0, some;
    if (!is_straight(lane, seat)) return 0;
    lane->batch.event_room = HPI_BATCH_EVENTS;
    int64_t start_ns = hpi_now_ns(), now_ns = start_ns;
    while (now_ns - start_ns < HPI_SEAT_TURN_NS && (some = hpi_lane_view(lane, seat)) > 0) {
        if (lane->batch.count > 0) {
            if (!enter(seat)) break;
            now_ns = call(lane, seat, now_ns);
            leave(seat);
            if (hpi_lane_is_lost(lane)) break;
        }
        hpi_lane_release(lane);
        taken += some;
    }
    return taken;
}

/* Whether there may be more to do at once. */
static bool go_round(hpi_lane *lane) {
    notice_changes(lane);
    notice_hurry(lane);
    hpi_lane_count_lost(lane);
    uint32_t taken = go_straight(lane);
    bool     has_more = false;
    if (taken == 0) taken = hpi_lane_merge(lane);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        if (give_turn(lane, seat)) has_more = true;
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
    if (is_called || phase_of(lane) != HPI_PHASE_OPEN) {
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

static void deliver_finished(hpi_lane *lane) {
    hpt_stats stats;
    hpt_event event;
    hpi_lane_finished(lane, &stats, &event);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next) {
        uint64_t failures = seat->failure_count;
        if (!(seat->kinds & HPT_EVENT_FINISHED) || !enter(seat)) continue;
        if (seat->receiver)
            hpi_receiver_finish(seat->receiver, &event);
        else
            hpi_seat_events(seat, &event, 1);
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
static void close_all(hpi_lane *lane) {
    hpi_lock_take(&lane->dispatch->lock);
    hpi_lane_leave(lane);
    hpi_lock_give(&lane->dispatch->lock);
    sweep(lane);
}

static void end(hpi_lane *lane, hpi_phase phase) {
    hpi_dispatch *dispatch = lane->dispatch;
    if (!hpi_lane_is_lost(lane)) {
        hpi_lane_count_lost(lane);
        if (phase == HPI_PHASE_FINISHED) deliver_finished(lane);
    }
    close_all(lane);
    if (hpi_lane_is_lost(lane)) {
        hpi_lane_forsake(lane);
        return;
    }
    hpi_lock_take(&dispatch->lock);
    lane->has_ended = true;
    bool is_last = --dispatch->lanes_left == 0;
    hpi_lock_give(&dispatch->lock);
    /* From here on nothing but this call: whoever it tells may be destroying us, and joins. */
    if (is_last && phase == HPI_PHASE_FINISHED && dispatch->done)
        dispatch->done(dispatch->done_context);
}

static void *lane_main(void *user) {
    hpi_lane *lane = user;
    for (;;) {
        hpi_phase phase = phase_of(lane); /* before the round that finds nothing left */
        if (!hpi_lane_is_lost(lane) && go_round(lane)) continue;
        if (phase != HPI_PHASE_OPEN || hpi_lane_is_lost(lane)) {
            notice_changes(lane);
            end(lane, phase);
            return NULL;
        }
        if (!is_hurried_again(lane)) lane_sleep(lane);
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
    lane->batch.events = hpi_alloc(HPI_BATCH_EVENTS, sizeof(hpt_event));
    lane->batch.attrs = hpi_alloc(HPI_BATCH_ATTRS, sizeof(hpt_attr));
    lane->batch.attr_room = HPI_BATCH_ATTRS;
    if (!lane->facts || !lane->scratch || !lane->batch.events || !lane->batch.attrs) return false;
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
    hpi_free(lane->batch.events);
    hpi_free(lane->batch.attrs);
    hpi_free_aligned(lane);
}

hpt_status hpi_lane_create(hpi_dispatch *dispatch, uint32_t index, hpi_lane **lane_out,
                           hpt_err *err) {
    const char *name = index == HPI_LANE_STORE ? "hpt-store" : "hpt-dispatch";
    hpi_lane   *lane = hpi_alloc_aligned(1, sizeof *lane);
    hpt_status  status = HPT_ENOMEM;
    if (!lane) return hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher");
    lane->dispatch = dispatch;
    lane->index = index;
    lane->is_block = index != HPI_LANE_DROP;
    if (!make_memory(lane, index, dispatch->setup.worker_count, dispatch->unpacking.dims)) {
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher's buffers");
        goto no_memory;
    }
    if ((status = hpi_park_init(&lane->work, err)) != HPT_OK) goto no_memory;
    if ((status = hpi_park_init(&lane->room, err)) != HPT_OK) goto no_room;
    status = hpi_thread_start(&lane->thread, name, lane_main, lane, err);
    if (status != HPT_OK) goto no_thread;
    *lane_out = lane;
    return HPT_OK;

no_thread:
    hpi_park_fini(&lane->room);
no_room:
    hpi_park_fini(&lane->work);
no_memory:
    free_memory(lane);
    return status;
}

void hpi_lane_join(hpi_lane *lane) {
    if (lane && !hpi_lane_is_lost(lane)) hpi_thread_join(&lane->thread);
}

void hpi_lane_destroy(hpi_lane *lane) {
    if (!lane) return;
    hpi_park_fini(&lane->room);
    hpi_park_fini(&lane->work);
    free_memory(lane);
}
