/* SPDX-License-Identifier: BSD-3-Clause */
/* feedback > DISPATCH > lane: the producers' side, and the beginning and the end. */
#include "observe/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "observe/dispatcher.h"

/* Beginning. */

static hpt_status make_memory(hpi_dispatch *dispatch, hpt_err *err) {
    uint32_t dims = dispatch->unpacking.dims;
    dispatch->streams =
        hpi_alloc_aligned(1 + (size_t)dispatch->setup.worker_count, sizeof(hpi_fact_stream));
    dispatch->finished_point = hpi_alloc(dims ? dims : 1, sizeof(hpt_coord));
    dispatch->epitaphs = hpi_alloc_room(HPI_WARNINGS_MAX, sizeof *dispatch->epitaphs);
    if (!dispatch->streams || !dispatch->finished_point || !dispatch->epitaphs)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the dispatcher");
    return hpi_tether_create(dispatch, &dispatch->tether, err);
}

static void free_memory(hpi_dispatch *dispatch) {
    hpi_free_aligned(dispatch->streams);
    hpi_free(dispatch->epitaphs);
    hpi_free(dispatch->finished_point);
    hpi_free_aligned(dispatch);
}

hpt_status hpi_dispatch_create(const hpi_dispatch_setup *setup, hpi_dispatch **dispatch_out,
                               hpt_err *err) {
    hpi_dispatch *dispatch = hpi_alloc_aligned(1, sizeof *dispatch);
    if (!dispatch) return hpi_fail(err, HPT_ENOMEM, "out of memory for the dispatcher");
    dispatch->setup = *setup;
    dispatch->id_next = 1;
    dispatch->seat_max = HPI_SEATS_MAX;
    atomic_init(&dispatch->owners, 1);
    atomic_init(&dispatch->look_ns, INT64_MAX);
    dispatch->unpacking = (hpi_unpacking){
        .space = setup->space,
        .dims = (uint32_t)hpt_space_count(setup->space),
        .wall_base_ns = hpi_wall_ns() - (hpi_now_ns() - setup->start_ns),
    };
    hpt_status status = hpi_lock_init(&dispatch->lock, err);
    if (status != HPT_OK) goto no_lock;
    status = make_memory(dispatch, err);
    if (status != HPT_OK) goto no_memory;
    *dispatch_out = dispatch;
    return HPT_OK;

no_memory:
    hpi_lock_fini(&dispatch->lock);
no_lock:
    free_memory(dispatch);
    return status;
}

/* Producers. */

enum { ALL_BITS = 0xFFFFFF, STORE_BITS = 0xFF << 8 * HPI_LANE_STORE };
_Static_assert((int)HPI_LANE_COUNT == 3, "these are all lanes");

const atomic_uint_fast64_t *hpi_dispatch_wants_word(const hpi_dispatch *dispatch) {
    return &dispatch->wants;
}

bool hpi_dispatch_wants(const hpi_dispatch *dispatch, uint32_t kinds) {
    return hpi_wants(&dispatch->wants, kinds);
}

uint64_t hpi_dispatch_mark(const hpi_dispatch *dispatch, uint32_t stream) {
    HPI_ASSERT(stream <= dispatch->setup.worker_count);
    return dispatch->streams[stream].count;
}

void hpi_dispatch_write_off(hpi_dispatch *dispatch, uint32_t stream) {
    HPI_ASSERT(stream <= dispatch->setup.worker_count);
    hpi_fact_stream *it = &dispatch->streams[stream];
    /* Relaxed: the count behind it is what lanes look at. */
    atomic_store_explicit(&it->lost_below, it->count, memory_order_relaxed);
    /* Release: pairs with the load in merge.c. Whoever pushes anything of that trial from here on
     * has it from us. */
    atomic_fetch_add_explicit(&dispatch->write_offs, 1, memory_order_release);
}

static void push(hpi_lane *lane, uint32_t stream, const hpi_fact *fact,
                 const hpi_postmark *postmark) {
    hpi_facts *facts = lane->facts[stream];
    while (!hpi_facts_push_sp(facts, fact, postmark)) {
        hpi_want want = { fact->kind, 1, hpi_fact_cells(fact, facts->dims) };
        if (!hpi_lane_find_room(lane, facts, &want)) return;
    }
    if (hpi_facts_is_due_sp(facts)) hpi_lane_wake(lane);
}

static void push_ends(hpi_lane *lane, const hpi_ends *ends, uint32_t from, uint32_t count,
                      const hpi_postmark *postmark) {
    hpi_facts *facts = lane->facts[0];
    while (!hpi_facts_push_ends_sp(facts, ends, from, count, postmark)) {
        hpi_want want = { HPT_EVENT_TRIAL_ENDED, count, hpi_ends_cells(count, facts->dims) };
        if (!hpi_lane_find_room(lane, facts, &want)) return;
    }
    if (hpi_facts_is_due_sp(facts)) hpi_lane_wake(lane);
}

/* Acquire: pairs with the release in hpi_dispatch_publish_wants(); the lanes are whole. */
static uint64_t wants_now(const hpi_dispatch *dispatch) {
    return atomic_load_explicit(&((hpi_dispatch *)(uintptr_t)dispatch)->wants,
                                memory_order_acquire);
}

/* Time does not go back within a stream, although results of several workers are told in whatever
 * order they come. `time_ns`: of the first of `count` facts; `last_ns`: of the last. */
static hpi_postmark mark(hpi_fact_stream *stream, uint32_t count, int64_t time_ns, int64_t last_ns,
                         uint64_t wants) {
    hpi_postmark postmark = { .number = stream->count,
                              .time_ns = time_ns > stream->time_ns ? time_ns : stream->time_ns,
                              .generation = (uint32_t)(wants >> 32) };
    stream->count += count;
    stream->time_ns = last_ns > postmark.time_ns ? last_ns : postmark.time_ns;
    return postmark;
}

/* The bits of some lanes in the word of wants. */
static uint64_t bits_of(uint32_t lanes) {
    uint64_t bits = 0;
    for (uint32_t lane = 0; lane < HPI_LANE_COUNT; lane++)
        if (lanes >> lane & 1) bits |= UINT64_C(0xFF) << 8 * lane;
    return bits;
}

/* As mark(), for a fact that is not everybody's: the clock of the others stands still. */
static hpi_postmark mark_aside(hpi_fact_stream *stream, uint32_t count, int64_t time_ns,
                               uint64_t wants) {
    hpi_postmark postmark = { .number = stream->count,
                              .time_ns = time_ns,
                              .generation = (uint32_t)(wants >> 32) };
    stream->count += count;
    return postmark;
}

/* `bits`: those of the lanes that it is for. */
static inline void push_where(hpi_dispatch *dispatch, uint64_t bits, uint32_t stream,
                              const hpi_fact *fact) {
    HPI_ASSERT(stream <= dispatch->setup.worker_count);
    HPI_ASSERT(fact->kind != HPT_EVENT_FINISHED);
    uint64_t wants = wants_now(dispatch);
    uint64_t left = wants & fact->kind * (uint64_t)HPI_WANTS_EACH & bits;
    if (left == 0) return;
    hpi_fact_stream *from = &dispatch->streams[stream];
    hpi_postmark     postmark = bits == STORE_BITS ? mark_aside(from, 1, fact->time_ns, wants)
                                                   : mark(from, 1, fact->time_ns, fact->time_ns, wants);
    for (uint32_t lane = 0; left; lane++, left >>= 8)
        if (left & fact->kind) push(hpi_dispatch_lane(dispatch, lane), stream, fact, &postmark);
}

void hpi_dispatch_push(hpi_dispatch *dispatch, uint32_t stream, const hpi_fact *fact) {
    push_where(dispatch, ALL_BITS, stream, fact);
}

void hpi_dispatch_push_to(hpi_dispatch *dispatch, uint32_t lanes, uint32_t stream,
                          const hpi_fact *fact) {
    push_where(dispatch, bits_of(lanes), stream, fact);
}

static int64_t end_ns(const hpi_ends *ends, uint32_t index) {
    size_t at = index * ends->stride / sizeof(int64_t);
    return ends->start_ns[at] + ends->duration_ns[at];
}

/* In a large space a header each is nothing beside the points. */
static void push_singly(hpi_dispatch *dispatch, uint64_t bits, const hpi_ends *ends) {
    for (uint32_t i = 0; i < ends->count; i++) {
        size_t   at = i * ends->stride / sizeof(int64_t);
        hpi_fact fact = { .kind = HPT_EVENT_TRIAL_ENDED,
                          .state = HPT_TRIAL_COMPLETE,
                          .worker = ends->worker,
                          .trial = ends->first + i,
                          .after = ends->after,
                          .time_ns = end_ns(ends, i),
                          .start_ns = ends->start_ns[at],
                          .duration_ns = ends->duration_ns[at],
                          .value = ends->values[i],
                          .point = ends->points + (size_t)i * dispatch->unpacking.dims };
        push_where(dispatch, bits, 0, &fact);
    }
}

static inline void push_ends_where(hpi_dispatch *dispatch, uint64_t bits, const hpi_ends *ends) {
    uint32_t count, most = hpi_ends_max(dispatch->unpacking.dims);
    HPI_ASSERT(ends->stride % sizeof(int64_t) == 0);
    if (most < 2) {
        push_singly(dispatch, bits, ends);
        return;
    }
    for (uint32_t from = 0; from < ends->count; from += count) {
        uint64_t wants = wants_now(dispatch);
        count = ends->count - from < most ? ends->count - from : most;
        uint64_t left = wants & HPT_EVENT_TRIAL_ENDED * (uint64_t)HPI_WANTS_EACH & bits;
        if (left == 0) continue;
        hpi_postmark postmark =
            bits == STORE_BITS ? mark_aside(&dispatch->streams[0], count, end_ns(ends, from), wants)
                               : mark(&dispatch->streams[0], count, end_ns(ends, from),
                                      end_ns(ends, from + count - 1), wants);
        for (uint32_t lane = 0; left; lane++, left >>= 8)
            if (left & HPT_EVENT_TRIAL_ENDED)
                push_ends(hpi_dispatch_lane(dispatch, lane), ends, from, count, &postmark);
    }
}

void hpi_dispatch_push_ends(hpi_dispatch *dispatch, const hpi_ends *ends) {
    push_ends_where(dispatch, ALL_BITS, ends);
}

void hpi_dispatch_push_ends_to(hpi_dispatch *dispatch, uint32_t lanes, const hpi_ends *ends) {
    push_ends_where(dispatch, bits_of(lanes), ends);
}

void hpi_dispatch_hurry_store(hpi_dispatch *dispatch) {
    hpi_lane *lane = hpi_dispatch_lane(dispatch, HPI_LANE_STORE);
    if (!lane) return;
    /* Release: pairs with the exchange in lane.c, behind which the facts are seen. The wake-up has
     * a full fence of its own: either it finds the lane asleep, or the lane finds the flag. */
    atomic_store_explicit(&lane->is_hurried, true, memory_order_release);
    hpi_park_wake(&lane->work, 1);
}

/* The end. */

bool hpi_seat_disown(hpi_seat *seat) {
    HPI_ASSERT(seat->owners > 0);
    return --seat->owners == 0;
}

static uint32_t lane_count(const hpi_dispatch *dispatch) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++)
        count += hpi_dispatch_lane(dispatch, i) != NULL;
    return count;
}

/* Under the lock. Returns whether there is anybody to tell. */
static bool end(hpi_dispatch *dispatch, hpi_dispatch_phase phase) {
    dispatch->lanes_left = lane_count(dispatch);
    /* Release: pairs with the load in lane.c; the lane sees every fact and the last one. */
    atomic_store_explicit(&dispatch->phase, phase, memory_order_release);
    return dispatch->lanes_left > 0;
}

static void wake_lanes(hpi_dispatch *dispatch) {
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++) {
        hpi_lane *lane = hpi_dispatch_lane(dispatch, i);
        if (lane) hpi_park_wake(&lane->work, 1);
    }
}

static void keep_finished(hpi_dispatch *dispatch, const hpi_fact *fact, const char *reason) {
    dispatch->finished = *fact;
    if (fact->point) {
        memcpy(dispatch->finished_point, fact->point,
               dispatch->unpacking.dims * sizeof *fact->point);
        dispatch->finished.point = dispatch->finished_point;
    }
    hpi_cut(dispatch->stop_text, sizeof dispatch->stop_text, reason ? reason : "");
}

void hpi_dispatch_finish(hpi_dispatch *dispatch, const hpi_fact *fact, const char *reason,
                         void (*done)(void *context), void *context) {
    hpi_lock_take(&dispatch->lock);
    HPI_ASSERT(atomic_load(&dispatch->phase) == HPI_DISPATCH_OPEN);
    keep_finished(dispatch, fact, reason);
    dispatch->done = done;
    dispatch->done_context = context;
    bool has_lanes = end(dispatch, HPI_DISPATCH_FINISHED);
    /* Still under the lock: a lane takes it once more before it calls done(), after which nothing
     * here may be touched. */
    if (has_lanes) wake_lanes(dispatch);
    hpi_lock_give(&dispatch->lock);
    if (!has_lanes && done) done(context);
}

void hpi_dispatch_destroy(hpi_dispatch *dispatch) {
    if (!dispatch) return;
    hpi_tether_cut(dispatch->tether);
    hpi_lock_take(&dispatch->lock);
    if (atomic_load_explicit(&dispatch->phase, memory_order_relaxed) == HPI_DISPATCH_OPEN) {
        end(dispatch, HPI_DISPATCH_ABANDONED);
        wake_lanes(dispatch);
    }
    hpi_lock_give(&dispatch->lock);
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++)
        hpi_lane_join(hpi_dispatch_lane(dispatch, i));
    hpi_dispatch_release(dispatch);
}

void hpi_dispatch_release(hpi_dispatch *dispatch) {
    /* Both: what other owners did happens before the last one frees. */
    if (atomic_fetch_sub_explicit(&dispatch->owners, 1, memory_order_acq_rel) != 1) return;
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++)
        hpi_lane_destroy(hpi_dispatch_lane(dispatch, i));
    hpi_lock_fini(&dispatch->lock);
    free_memory(dispatch);
}

/* Accounts. */

void hpi_dispatch_totals(const hpi_dispatch *dispatch, uint64_t *lost_out, uint64_t *failures_out) {
    hpi_dispatch *own = (hpi_dispatch *)(uintptr_t)dispatch;
    /* Relaxed: numbers for people. */
    *lost_out = atomic_load_explicit(&own->lost, memory_order_relaxed);
    *failures_out = atomic_load_explicit(&own->failures, memory_order_relaxed);
}

static void say_lost(const hpi_dispatch *dispatch, const hpi_epitaph *epitaph, char *text_out,
                     size_t bytes) {
    double             limit_s = (double)dispatch->setup.patience_ns * 1e-9;
    unsigned long long lost = epitaph->lost;
    const char        *plural = lost == 1 ? " was" : "s were";
    if (epitaph->fate == HPI_FATE_LOST)
        snprintf(text_out, bytes,
                 "observer %s did not return within %.3g s: it was given up, and %llu event%s not "
                 "delivered. What it uses must stay until it has returned",
                 epitaph->name, limit_s, lost, plural);
    else
        snprintf(text_out, bytes,
                 "observer %s shared the thread of one that did not return, and no other was to be "
                 "had: it was not closed, and %llu event%s not delivered",
                 epitaph->name, lost, plural);
}

static void say(const hpi_epitaph *epitaph, char *text_out, size_t bytes) {
    char lost[128] = "", failed[64] = "";
    bool has_other =
        *epitaph->last_failure && strcmp(epitaph->first_failure, epitaph->last_failure) != 0;
    if (epitaph->lost)
        snprintf(lost, sizeof lost,
                 " lost %llu event%s (policy block loses none, a larger buffer_count fewer)%s",
                 (unsigned long long)epitaph->lost, epitaph->lost == 1 ? "" : "s",
                 epitaph->failure_count ? " and" : "");
    if (epitaph->failure_count == 1)
        snprintf(failed, sizeof failed, " failed: ");
    else if (epitaph->failure_count > 1)
        snprintf(failed, sizeof failed,
                 " failed %llu times: ", (unsigned long long)epitaph->failure_count);
    snprintf(text_out, bytes, "observer %s%s%s%s%s%s", epitaph->name, lost, failed,
             epitaph->first_failure, has_other ? "; last: " : "",
             has_other ? epitaph->last_failure : "");
}

bool hpi_dispatch_warning(hpi_dispatch *dispatch, size_t index, char *text_out, size_t bytes) {
    bool has_one = true;
    hpi_lock_take(&dispatch->lock);
    if (index < dispatch->epitaph_count && dispatch->epitaphs[index].fate != HPI_FATE_CLOSED)
        say_lost(dispatch, &dispatch->epitaphs[index], text_out, bytes);
    else if (index < dispatch->epitaph_count)
        say(&dispatch->epitaphs[index], text_out, bytes);
    else if (index == dispatch->epitaph_count && dispatch->epitaphs_left_out)
        snprintf(text_out, bytes, "%llu more observers lost events or failed",
                 (unsigned long long)dispatch->epitaphs_left_out);
    else
        has_one = false;
    hpi_lock_give(&dispatch->lock);
    return has_one;
}

bool hpi_dispatch_is_own_thread(const hpi_dispatch *dispatch) {
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++) {
        const hpi_lane *lane = hpi_dispatch_lane(dispatch, i);
        if (lane && hpi_driver_is_self(lane)) return true;
    }
    return hpi_driver_was_here(dispatch);
}
