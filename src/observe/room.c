/* SPDX-License-Identifier: BSD-3-Clause */
/* dispatch > ROOM > lane: what a producer does for a lane that does not keep up. Seldom, and so not
 * in the way of hpi_dispatch_push(). */
#include "base/clock.h"
#include "observe/dispatcher.h"

/* A hint that may be late: a dispatcher that nobody wakes wakes by itself soon. */
void hpi_lane_wake(hpi_lane *lane) {
    if (!atomic_load_explicit(&lane->is_asleep, memory_order_relaxed)) return;
    /* The exchange picks one producer to pay for the wake-up. */
    if (atomic_exchange_explicit(&lane->is_asleep, false, memory_order_relaxed))
        hpi_park_wake(&lane->work, 1);
}

/* The run waits for a `block` observer. */
static void wait_for_room(hpi_lane *lane, hpi_facts *facts, uint32_t cell_count) {
    for (int i = 0; i < HPI_ROOM_SPINS; i++) {
        if (hpi_facts_has_room_sp(facts, cell_count)) return;
        hpi_lane_wake(lane);
        hpi_pause();
    }
    for (;;) {
        uint64_t ticket = hpi_park_prepare(&lane->room);
        if (hpi_facts_has_room_sp(facts, cell_count)) {
            hpi_park_cancel(&lane->room);
            return;
        }
        hpi_park_wake(&lane->work, 1);
        /* Not for ever: the lane may have been just before its own sleep and missed the wake-up,
         * or be in an observer that does not return. */
        hpi_park_sleep(&lane->room, ticket, hpi_now_ns() + HPI_ROOM_SLEEP_NS);
        hpi_dispatch_glance(lane->dispatch, hpi_now_ns());
    }
}

bool hpi_lane_find_room(hpi_lane *lane, hpi_facts *facts, const hpi_want *want) {
    if (lane->is_block) {
        wait_for_room(lane, facts, want->cell_count);
        return true;
    }
    hpi_facts_lose_sp(facts, want->kind, want->fact_count);
    /* Release: pairs with the exchange in hpi_lane_count_lost(). */
    atomic_store_explicit(&lane->has_lost, true, memory_order_release);
    hpi_lane_wake(lane);
    return false;
}
