/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of facts. Within a stream it is the ring's. Between streams a fact waits for the facts
 * that its mark names, and here is why a look at the other ring is enough. Who made the mark got it
 * by a hand-over from the other stream's producer, so every fact below the mark was pushed (or was
 * lost, or was not wanted) before ours was. Having seen ours, we see them: what is not in the other
 * ring now will never come, and the fact at its front tells by its own number whether it is below
 * the mark. So a lost fact cannot hold anything up, and nobody counts deliveries.
 *
 * A trial whose worker was written off begins again, and may end, in another stream. What the first
 * one said of it comes before that: see take_written_off(). */
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "observe/dispatcher.h"

/* Whether a fact has to wait until there is room for it. */
static bool is_full(const hpi_seat *seat, const hpi_packed *head, uint32_t cell_count) {
    bool is_for_it = hpi_seat_wants(seat, head) && !hpi_seat_is_lost(seat);
    return is_for_it && !hpi_backlog_has_room(&seat->backlog, cell_count);
}

/* Whether every seat that waits rather than loses has room. */
static bool may_take(const hpi_lane *lane, const hpi_packed *head, uint32_t cell_count) {
    if (!lane->is_block) return true;
    for (const hpi_seat *seat = lane->seats; seat; seat = seat->next)
        if (is_full(seat, head, cell_count)) return false;
    return true;
}

static void lose(hpi_lane *lane, hpi_seat *seat) {
    seat->lost_here++;
    atomic_fetch_add_explicit(&lane->dispatch->lost, 1, memory_order_relaxed);
}

static void put(hpi_lane *lane, hpi_seat *seat, const hpi_cell *cells, uint32_t cell_count) {
    if (seat->receiver) {
        if (!hpi_receiver_put(seat->receiver, cells, cell_count)) lose(lane, seat);
    } else if (hpi_backlog_has_room(&seat->backlog, cell_count)) {
        hpi_backlog_put(&seat->backlog, cells, cell_count);
    } else {
        lose(lane, seat);
    }
}

/* Hand round the fact at the front of a stream. False: it must wait until an observer has room. */
static bool take(hpi_lane *lane, uint32_t stream, const hpi_cell *cells) {
    const hpi_packed *head = hpi_packed_of(cells);
    uint32_t          cell_count = hpi_packed_cells(head, lane->dispatch->unpacking.dims);
    /* Pushed after an observer came that we have not heard of: it is the first that is for it. */
    if ((int32_t)(head->generation - lane->generation) > 0) hpi_lane_list(lane);
    if (!may_take(lane, head, cell_count)) return false;
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        if (hpi_seat_wants(seat, head)) put(lane, seat, cells, cell_count);
    hpi_facts_drop_sc(lane->facts[stream]);
    if (lane->quota > 0) lane->quota--;
    lane->taken++;
    return true;
}

/* The fact at the front of a stream, if it is below a mark. */
static const hpi_cell *peek_below(const hpi_lane *lane, uint32_t stream, uint64_t mark) {
    const hpi_cell *cells = hpi_facts_peek_sc(lane->facts[stream], lane->scratch);
    return cells && hpi_packed_number(hpi_packed_of(cells)) < mark ? cells : NULL;
}

/* Everything of a worker's stream below a mark of the coordinator's. No look at what these facts
 * wait for: it is in stream 0 before the fact that brought us here. */
static bool take_worker_below(hpi_lane *lane, uint32_t stream, uint64_t mark) {
    const hpi_cell *cells;
    while ((cells = peek_below(lane, stream, mark)))
        if (!take(lane, stream, cells)) return false;
    return true;
}

/* What is left in a stream of a worker that was written off, as far as it waits for nothing at or
 * behind `mark` of the coordinator's stream. */
static bool take_rest(hpi_lane *lane, uint32_t stream, uint64_t mark, bool *is_all) {
    hpi_fact_stream *from = &lane->dispatch->streams[stream];
    uint64_t         end = atomic_load_explicit(&from->lost_below, memory_order_relaxed);
    const hpi_cell  *cells;
    while ((cells = peek_below(lane, stream, end)) && hpi_packed_of(cells)->after <= mark)
        if (!take(lane, stream, cells)) return false;
    if (cells) *is_all = false;
    return true;
}

/* Before a fact that comes after everything below `mark` of the coordinator's stream. Most runs
 * write nobody off: a load and a comparison. */
static bool take_written_off(hpi_lane *lane, uint64_t mark) {
    /* Acquire: pairs with the release in dispatch.c. Who pushed a fact of the trial's next attempt
     * knew of the write-off, so we do. */
    uint32_t count = atomic_load_explicit(&lane->dispatch->write_offs, memory_order_acquire);
    bool     is_all = true;
    if (count == lane->write_offs) return true;
    for (uint32_t stream = 1; stream < lane->stream_count; stream++)
        if (!take_rest(lane, stream, mark, &is_all)) return false;
    if (is_all) lane->write_offs = count;
    return true;
}

/* Workers that share one thread, as simulated ones do, share one stream. */
static uint32_t stream_of(const hpi_lane *lane, const hpi_packed *head) {
    return lane->stream_count == 2 ? 1 : 1 + (uint32_t)head->worker;
}

/* The next fact of the coordinator's, and what it waits for. */
static bool take_coordinator(hpi_lane *lane, const hpi_cell *cells) {
    const hpi_packed *head = hpi_packed_of(cells);
    uint32_t          stream = stream_of(lane, head);
    bool              is_end = hpi_packed_kind(head) == HPT_EVENT_TRIAL_ENDED;
    bool              waits = is_end && stream < lane->stream_count;
    if (is_end && !take_written_off(lane, hpi_packed_number(head))) return false;
    if (waits && !take_worker_below(lane, stream, head->after)) return false;
    return take(lane, 0, cells);
}

static bool take_coordinator_below(hpi_lane *lane, uint64_t mark) {
    const hpi_cell *cells;
    while ((cells = peek_below(lane, 0, mark)))
        if (!take_coordinator(lane, cells)) return false;
    return true;
}

/* A stream's facts, as far as the quota goes. */
static bool take_stream(hpi_lane *lane, uint32_t stream) {
    const hpi_cell *cells;
    while (lane->quota > 0 && (cells = hpi_facts_peek_sc(lane->facts[stream], lane->scratch))) {
        if (stream == 0) {
            if (!take_coordinator(lane, cells)) return false;
            continue;
        }
        uint64_t mark = hpi_packed_of(cells)->after;
        uint64_t number = hpi_packed_number(hpi_packed_of(cells));
        if (!take_coordinator_below(lane, mark) || !take_written_off(lane, mark)) return false;
        /* Look again: ours may have been written off, and taken, and what is at the front now has
         * a mark of its own. */
        cells = hpi_facts_peek_sc(lane->facts[stream], lane->scratch);
        if (!cells || hpi_packed_number(hpi_packed_of(cells)) != number) continue;
        if (!take(lane, stream, cells)) return false;
    }
    return true;
}

/* Workers take turns at being first, so that none starves when there is more than the quota. */
static void take_workers(hpi_lane *lane) {
    uint32_t worker_count = lane->stream_count - 1;
    for (uint32_t i = 0; i < worker_count; i++) {
        uint32_t worker = (lane->first_worker + i) % worker_count;
        if (!take_stream(lane, 1 + worker)) return;
        if (lane->quota > 0) continue;
        lane->first_worker = worker + 1;
        return;
    }
}

static void wake_producers(hpi_lane *lane) {
    if (lane->is_block) hpi_park_wake(&lane->room, UINT_MAX);
}

uint32_t hpi_lane_merge(hpi_lane *lane) {
    uint32_t before = lane->taken;
    lane->quota = HPI_MERGE_FACTS / 2;
    bool is_stuck = !take_stream(lane, 0);
    lane->quota += HPI_MERGE_FACTS / 2;
    if (!is_stuck) take_workers(lane);
    uint32_t taken = lane->taken - before;
    if (taken > 0) wake_producers(lane);
    return taken;
}

/* The short way: one observer that keeps up, and facts of the coordinator's only. They are in order
 * already, and need nobody's judgement one by one: they are copied to the front of its buffer,
 * which is empty, and given at once. (Events must not point into the ring: who does not return
 * keeps what they point to, and the run needs the ring.) When the intake fills because it is slow,
 * it gets the buffer that it was promised. */

/* After a look at stream 0: then no fact seen there waits for one of a worker's. */
static bool are_workers_silent(const hpi_lane *lane) {
    for (uint32_t stream = 1; stream < lane->stream_count; stream++)
        if (hpi_facts_peek_sc(lane->facts[stream], lane->scratch)) return false;
    return true;
}

/* Where a batch is while it is made. */
typedef struct view {
    const hpi_unpacking *unpacking;
    hpt_event           *event, *end;
    hpt_attr            *attrs;
    uint32_t             attr_room;
    hpi_cell            *cells, *cells_end;
} view;

/* Append one fact, or as many of several ends as fit. Returns how many; 0 when none fits. */
static uint32_t append(view *it, const hpi_cell *facts, uint32_t index) {
    uint32_t cell_count = hpi_packed_cells(hpi_packed_of(facts), it->unpacking->dims);
    if (it->cells_end - it->cells < cell_count) return 0;
    const hpi_cell   *cells = memcpy(it->cells, facts, cell_count * sizeof *facts);
    const hpi_packed *head = hpi_packed_of(cells);
    it->cells += cell_count;
    if (hpi_packed_is_ends(head)) {
        uint32_t left = hpi_packed_count(head) - index, room = (uint32_t)(it->end - it->event);
        uint32_t count = left < room ? left : room;
        for (uint32_t i = 0; i < count; i++)
            hpi_unpack_end(cells, index + i, it->unpacking, it->event++);
        return count;
    }
    uint32_t got = hpi_unpack(cells, it->unpacking, it->event, it->attrs, it->attr_room);
    if (got > it->attr_room) return 0;
    it->attrs += got;
    it->attr_room -= got;
    it->event++;
    return 1;
}

uint32_t hpi_lane_view(hpi_lane *lane, hpi_seat *seat, hpi_batch *batch) {
    hpi_facts      *facts = lane->facts[0];
    hpi_cell       *room = seat->backlog.cells;
    hpi_fact_place  place = hpi_facts_look_sc(facts);
    const hpi_cell *cells = hpi_facts_see_sc(facts, &place.at);
    view            it = { .unpacking = &lane->dispatch->unpacking,
                           .event = batch->events,
                           .end = batch->events + batch->event_room,
                           .attrs = batch->attrs,
                           .attr_room = batch->attr_room,
                           .cells = room,
                           .cells_end = room + seat->backlog.room };
    uint32_t        taken = 0;
    bool            is_slow = seat->event_ns > HPI_SLOW_EVENT_NS && hpi_facts_is_filling_sc(facts);
    HPI_ASSERT(seat->backlog.count == 0);
    if (!cells || is_slow || !are_workers_silent(lane)) return 0;
    while (cells && it.event < it.end) {
        const hpi_packed *head = hpi_packed_of(cells);
        uint32_t          count = hpi_packed_count(head) - place.index;
        if ((int32_t)(head->generation - lane->generation) > 0) break; /* somebody has come */
        if (hpi_seat_wants(seat, head)) count = append(&it, cells, place.index);
        if (count == 0) break;
        taken += count;
        place.index += count;
        if (place.index < hpi_packed_count(head)) break;
        place = (hpi_fact_place){ .at = place.at + hpi_packed_cells(head, it.unpacking->dims) };
        cells = hpi_facts_see_sc(facts, &place.at);
    }
    batch->count = (uint32_t)(it.event - batch->events);
    hpi_facts_release_sc(facts, place);
    if (taken > 0) wake_producers(lane);
    return taken;
}

/* Losses. */

void hpi_lane_lost(const hpi_lane *lane, uint64_t lost_out[HPI_KIND_COUNT]) {
    for (uint32_t kind = 0; kind < HPI_KIND_COUNT; kind++) {
        lost_out[kind] = 0;
        for (uint32_t stream = 0; stream < lane->stream_count; stream++)
            lost_out[kind] += hpi_facts_lost(lane->facts[stream], kind);
    }
}

static void count_lost(hpi_lane *lane, hpi_seat *seat, const uint64_t lost[HPI_KIND_COUNT]) {
    uint64_t sum = 0;
    for (uint32_t kind = 0; kind < HPI_KIND_COUNT; kind++)
        if (seat->kinds >> kind & 1) sum += lost[kind] - seat->lost_before[kind];
    uint64_t more = sum - seat->lost_at_intake;
    if (more == 0) return;
    seat->lost_at_intake = sum;
    if (seat->receiver) hpi_receiver_miss(seat->receiver, more);
    atomic_fetch_add_explicit(&lane->dispatch->lost, more, memory_order_relaxed);
}

void hpi_lane_count_lost(hpi_lane *lane) {
    /* Acquire: pairs with the release in hpi_dispatch_push(); the counts behind the flag are seen.
     * A loss after the exchange raises the flag again. */
    if (!atomic_exchange_explicit(&lane->has_lost, false, memory_order_acq_rel)) return;
    uint64_t lost[HPI_KIND_COUNT];
    hpi_lane_lost(lane, lost);
    for (hpi_seat *seat = lane->seats; seat; seat = seat->next)
        count_lost(lane, seat, lost);
}
