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
        hpi_alloc_aligned(1 + (size_t)dispatch->setup.worker_count, sizeof(hpi_stream));
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

/* A hint that may be late: a dispatcher that nobody wakes wakes by itself soon. */
static void wake_if_asleep(hpi_lane *lane) {
    if (!atomic_load_explicit(&lane->is_asleep, memory_order_relaxed)) return;
    /* The exchange picks one producer to pay for the wake-up. */
    if (atomic_exchange_explicit(&lane->is_asleep, false, memory_order_relaxed))
        hpi_park_wake(&lane->work, 1);
}

/* The run waits for a `block` observer. */
static void wait_for_room(hpi_lane *lane, hpi_facts *facts, uint32_t cell_count) {
    for (int i = 0; i < HPI_ROOM_SPINS; i++) {
        if (hpi_facts_has_room_sp(facts, cell_count)) return;
        wake_if_asleep(lane);
        hpi_pause();
    }
    for (;;) {
        uint64_t ticket = hpi_park_prepare(&lane->room);
        if (hpi_facts_has_room_sp(facts, cell_count)) {
            hpi_park_cancel(&lane->room);
            return;
        }
        hpi_park_wake(&lane->work, 1);
        /* Not for ever: the lane may have been just before its own sleep and missed the wake-up. */
        hpi_park_sleep(&lane->room, ticket, hpi_now_ns() + HPI_LANE_SLEEP_NS);
    }
}

static void push(hpi_lane *lane, uint32_t stream, const hpi_packed *head, const hpi_fact *fact) {
    hpi_facts *facts = lane->facts[stream];
    while (!hpi_facts_push_sp(facts, head, fact)) {
        if (!lane->is_block) {
            hpi_facts_lose_sp(facts, fact->kind);
            /* Release: pairs with the exchange in hpi_lane_count_lost(). */
            atomic_store_explicit(&lane->has_lost, true, memory_order_release);
            wake_if_asleep(lane);
            return;
        }
        wait_for_room(lane, facts, hpi_packed_cells(head, lane->dispatch->unpacking.dims));
    }
    if (hpi_facts_is_quarter_sp(facts)) wake_if_asleep(lane);
}

void hpi_dispatch_push(hpi_dispatch *dispatch, uint32_t stream, const hpi_fact *fact) {
    HPI_ASSERT(stream <= dispatch->setup.worker_count);
    HPI_ASSERT(fact->kind != HPT_EVENT_FINISHED);
    /* Acquire: pairs with the release in hpi_dispatch_publish_wants(); the lane is whole. */
    uint64_t wants = atomic_load_explicit(&dispatch->wants, memory_order_acquire);
    if (((wants | wants >> 8) & fact->kind) == 0) return;
    hpi_packed head;
    hpi_pack(&head, fact, dispatch->streams[stream].count++, (uint32_t)(wants >> 32));
    if (wants & fact->kind) push(hpi_dispatch_lane(dispatch, HPI_LANE_BLOCK), stream, &head, fact);
    if (wants >> 8 & fact->kind)
        push(hpi_dispatch_lane(dispatch, HPI_LANE_DROP), stream, &head, fact);
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
static bool end(hpi_dispatch *dispatch, hpi_phase phase) {
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
    HPI_ASSERT(atomic_load(&dispatch->phase) == HPI_PHASE_OPEN);
    keep_finished(dispatch, fact, reason);
    dispatch->done = done;
    dispatch->done_context = context;
    bool has_lanes = end(dispatch, HPI_PHASE_FINISHED);
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
    if (atomic_load_explicit(&dispatch->phase, memory_order_relaxed) == HPI_PHASE_OPEN) {
        end(dispatch, HPI_PHASE_ABANDONED);
        wake_lanes(dispatch);
    }
    hpi_lock_give(&dispatch->lock);
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
    if (index < dispatch->epitaph_count)
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
        if (lane && hpi_thread_is_self(&lane->thread)) return true;
    }
    return false;
}
