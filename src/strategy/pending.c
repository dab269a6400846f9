/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/pending.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { ROOM_AT_FIRST = 16 }; /* a power of two; at most half of it is used */

/* Fibonacci hashing: consecutive numbers spread over the whole table. */
static size_t home(const hpi_pending *pending, uint64_t number) {
    return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (pending->room - 1);
}

/* The slot of a number, or the free one where it would go. */
static size_t slot_of(const hpi_pending *pending, uint64_t number) {
    size_t slot = home(pending, number);
    while (pending->keys[slot] != 0 && pending->keys[slot] != number + 1)
        slot = (slot + 1) & (pending->room - 1);
    return slot;
}

static double *values_of(const hpi_pending *pending, size_t slot) {
    return pending->values + slot * pending->width;
}

static bool make_room(hpi_pending *pending, size_t room) {
    hpi_pending larger = { .width = pending->width, .room = room, .count = pending->count };
    larger.keys = hpi_alloc(room, sizeof *larger.keys);
    larger.values = hpi_alloc_room(room * (larger.width + 1), sizeof *larger.values);
    if (!larger.keys || !larger.values) {
        hpi_pending_fini(&larger);
        return false;
    }
    for (size_t slot = 0; slot < pending->room; slot++) {
        if (pending->keys[slot] == 0) continue;
        size_t to = slot_of(&larger, pending->keys[slot] - 1);
        larger.keys[to] = pending->keys[slot];
        memcpy(values_of(&larger, to), values_of(pending, slot), larger.width * sizeof(double));
    }
    hpi_pending_fini(pending);
    *pending = larger;
    return true;
}

hpt_status hpi_pending_init(hpi_pending *pending, size_t width, hpt_err *err) {
    *pending = (hpi_pending){ .width = width };
    if (make_room(pending, ROOM_AT_FIRST)) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for the trials in flight");
}

void hpi_pending_fini(hpi_pending *pending) {
    hpi_free(pending->keys);
    hpi_free(pending->values);
    *pending = (hpi_pending){ 0 };
}

double *hpi_pending_add(hpi_pending *pending, uint64_t number) {
    if (2 * (pending->count + 1) > pending->room && !make_room(pending, 2 * pending->room))
        return NULL;
    size_t slot = slot_of(pending, number);
    pending->count += pending->keys[slot] == 0;
    pending->keys[slot] = number + 1;
    return values_of(pending, slot);
}

/* Close the gap: a key moves into it if a search for that key would pass there. */
static void forget(hpi_pending *pending, size_t gap) {
    size_t mask = pending->room - 1;
    for (size_t slot = (gap + 1) & mask; pending->keys[slot] != 0; slot = (slot + 1) & mask) {
        size_t from = home(pending, pending->keys[slot] - 1);
        if (((slot - from) & mask) < ((slot - gap) & mask)) continue;
        pending->keys[gap] = pending->keys[slot];
        memcpy(values_of(pending, gap), values_of(pending, slot), pending->width * sizeof(double));
        gap = slot;
    }
    pending->keys[gap] = 0;
    pending->count--;
}

bool hpi_pending_take(hpi_pending *pending, uint64_t number, double *values_out) {
    size_t slot = slot_of(pending, number);
    if (pending->keys[slot] == 0) return false;
    memcpy(values_out, values_of(pending, slot), pending->width * sizeof(double));
    forget(pending, slot);
    return true;
}
