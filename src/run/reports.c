/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/reports.h"

#include "base/mem.h"

/* As many as a worker may be ahead of who decides. */
enum { ROOM = 256 };

bool hpi_reports_init(hpi_reports *it, uint32_t goal_count) {
    it->slot_bytes = (uint32_t)(sizeof(hpi_report) + goal_count * sizeof(double));
    it->slots = hpi_alloc_room(ROOM, it->slot_bytes);
    atomic_init(&it->put, 0);
    atomic_init(&it->taken, 0);
    atomic_init(&it->pruned, 0);
    return it->slots != NULL;
}

void hpi_reports_fini(hpi_reports *it) {
    hpi_free(it->slots);
}

static hpi_report *slot_of(const hpi_reports *it, uint64_t index) {
    return (void *)(it->slots + index % ROOM * it->slot_bytes);
}

hpi_report *hpi_reports_begin(hpi_reports *it) {
    uint64_t put = atomic_load_explicit(&it->put, memory_order_relaxed); /* our own */
    if (put - it->taken_seen == ROOM) {
        /* Acquire: pairs with drop: who took them has read them. */
        it->taken_seen = atomic_load_explicit(&it->taken, memory_order_acquire);
        if (put - it->taken_seen == ROOM) return NULL;
    }
    return slot_of(it, put);
}

void hpi_reports_done(hpi_reports *it) {
    uint64_t put = atomic_load_explicit(&it->put, memory_order_relaxed);
    /* Release: pairs with first: who sees the count sees the report. */
    atomic_store_explicit(&it->put, put + 1, memory_order_release);
}

/* Relaxed: a hint. */
bool hpi_reports_are_there(const hpi_reports *it) {
    return atomic_load_explicit(&it->put, memory_order_relaxed) !=
           atomic_load_explicit(&it->taken, memory_order_relaxed);
}

const hpi_report *hpi_reports_first(const hpi_reports *it) {
    uint64_t taken = atomic_load_explicit(&it->taken, memory_order_relaxed);
    uint64_t put = atomic_load_explicit(&it->put, memory_order_acquire);
    return taken == put ? NULL : slot_of(it, taken);
}

void hpi_reports_drop(hpi_reports *it) {
    uint64_t taken = atomic_load_explicit(&it->taken, memory_order_relaxed);
    atomic_store_explicit(&it->taken, taken + 1, memory_order_release);
}
