/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/front.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

hpt_status hpi_fronts_init(hpi_fronts *fronts, size_t goal_count, size_t room, hpt_err *err) {
    *fronts = (hpi_fronts){ .goal_count = goal_count, .room = room };
    fronts->losses = hpi_alloc(room, goal_count * sizeof *fronts->losses);
    fronts->violations = hpi_alloc(room, sizeof *fronts->violations);
    fronts->ranks = hpi_alloc(room, sizeof *fronts->ranks);
    fronts->order = hpi_alloc(room, sizeof *fronts->order);
    fronts->starts = hpi_alloc(room + 1, sizeof *fronts->starts);
    fronts->sorted = hpi_alloc(room, goal_count * sizeof *fronts->sorted);
    if (!fronts->losses || !fronts->violations || !fronts->ranks || !fronts->order ||
        !fronts->starts || !fronts->sorted) {
        hpi_fronts_fini(fronts);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu individuals", room);
    }
    for (size_t i = 0; i < room; i++)
        fronts->order[i] = (uint32_t)i;
    return HPT_OK;
}

void hpi_fronts_fini(hpi_fronts *fronts) {
    hpi_free(fronts->losses);
    hpi_free(fronts->violations);
    hpi_free(fronts->ranks);
    hpi_free(fronts->order);
    hpi_free(fronts->starts);
    hpi_free(fronts->sorted);
    *fronts = (hpi_fronts){ 0 };
}

bool hpi_dominates(const hpi_fronts *fronts, uint32_t a, uint32_t b) {
    size_t        goals = fronts->goal_count;
    const double *x = fronts->losses + a * goals, *y = fronts->losses + b * goals;
    double        broken = fronts->violations[a];
    bool          is_better = false;
    if (broken != fronts->violations[b]) return broken < fronts->violations[b];
    if (broken > 0) return false;
    for (size_t goal = 0; goal < goals; goal++) {
        if (x[goal] > y[goal]) return false;
        is_better |= x[goal] < y[goal];
    }
    return is_better;
}

/* ---- By each goal ---- */

/* How many of the members have a smaller loss, or with `is_after` no larger one. */
static size_t place_in(const hpi_fronts *fronts, size_t goal, double loss, bool is_after) {
    const uint32_t *sorted = fronts->sorted + goal * fronts->room;
    size_t          low = 0, high = fronts->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        double there = fronts->losses[sorted[middle] * fronts->goal_count + goal];
        if (there < loss || (is_after && there <= loss))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void sort_in(hpi_fronts *fronts, uint32_t slot) {
    for (size_t goal = 0; goal < fronts->goal_count; goal++) {
        uint32_t *sorted = fronts->sorted + goal * fronts->room;
        double    loss = fronts->losses[slot * fronts->goal_count + goal];
        size_t    at = place_in(fronts, goal, loss, true);
        memmove(sorted + at + 1, sorted + at, (fronts->count - at) * sizeof *sorted);
        sorted[at] = slot;
    }
}

static void sort_out(hpi_fronts *fronts, uint32_t slot) {
    for (size_t goal = 0; goal < fronts->goal_count; goal++) {
        uint32_t *sorted = fronts->sorted + goal * fronts->room;
        double    loss = fronts->losses[slot * fronts->goal_count + goal];
        size_t    at = place_in(fronts, goal, loss, false);
        while (sorted[at] != slot)
            at++;
        memmove(sorted + at, sorted + at + 1, (fronts->count - at - 1) * sizeof *sorted);
    }
}

/* ---- Fronts ---- */

static bool is_dominated(const hpi_fronts *fronts, size_t from, size_t to, uint32_t slot) {
    for (size_t i = from; i < to; i++)
        if (hpi_dominates(fronts, fronts->order[i], slot)) return true;
    return false;
}

/* The first front of which nobody dominates it: whoever is dominated by one of a front is so by one
 * of each front before. */
static size_t rank_of(const hpi_fronts *fronts, uint32_t slot) {
    size_t low = 0, high = fronts->front_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_dominated(fronts, fronts->starts[middle], fronts->starts[middle + 1], slot))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void swap(uint32_t *a, uint32_t *b) {
    uint32_t held = *a;
    *a = *b;
    *b = held;
}

/* `count` newcomers stand at the head of a front: whom they dominate there goes to the head of the
 * next front. Returns how many went. */
static size_t push_down(hpi_fronts *fronts, size_t rank, size_t count) {
    size_t first = fronts->starts[rank], end = fronts->starts[rank + 1];
    for (size_t i = first + count; i < end;) {
        uint32_t slot = fronts->order[i];
        if (is_dominated(fronts, first, first + count, slot)) {
            fronts->ranks[slot]++;
            swap(&fronts->order[i], &fronts->order[--end]);
        } else {
            i++;
        }
    }
    size_t moved = fronts->starts[rank + 1] - end;
    if (moved > 0 && rank + 1 == fronts->front_count)
        fronts->starts[++fronts->front_count] = (uint32_t)fronts->count;
    fronts->starts[rank + 1] = (uint32_t)end;
    return moved;
}

uint32_t hpi_fronts_free(const hpi_fronts *fronts) {
    HPI_ASSERT(fronts->count < fronts->room);
    return fronts->order[fronts->count];
}

uint32_t hpi_fronts_add(hpi_fronts *fronts) {
    uint32_t slot = hpi_fronts_free(fronts);
    size_t   rank = rank_of(fronts, slot), first = fronts->starts[rank];
    sort_in(fronts, slot);
    memmove(fronts->order + first + 1, fronts->order + first,
            (fronts->count - first) * sizeof *fronts->order);
    fronts->order[first] = slot;
    fronts->ranks[slot] = (uint32_t)rank;
    fronts->count++;
    if (rank == fronts->front_count) fronts->starts[++fronts->front_count] = (uint32_t)first;
    for (size_t next = rank + 1; next <= fronts->front_count; next++)
        fronts->starts[next]++;
    for (size_t moved = 1; moved > 0 && rank < fronts->front_count; rank++)
        moved = push_down(fronts, rank, moved);
    return slot;
}

void hpi_fronts_drop(hpi_fronts *fronts, uint32_t slot) {
    size_t at = fronts->starts[fronts->front_count - 1];
    HPI_ASSERT(fronts->ranks[slot] + 1 == fronts->front_count);
    sort_out(fronts, slot);
    while (fronts->order[at] != slot)
        at++;
    swap(&fronts->order[at], &fronts->order[--fronts->count]);
    fronts->starts[fronts->front_count] = (uint32_t)fronts->count;
    if (fronts->starts[fronts->front_count - 1] == fronts->count) fronts->front_count--;
}

const uint32_t *hpi_fronts_last(const hpi_fronts *fronts, size_t *count_out) {
    size_t first = fronts->starts[fronts->front_count - 1];
    *count_out = fronts->count - first;
    return fronts->order + first;
}

/* ---- Crowding ---- */

/* In the order of one goal: the sum of both gaps as a part of the whole range. Halves, because the
 * difference of two doubles may be none. */
static void add_gaps(const hpi_fronts *fronts, size_t goal, double *distances) {
    const uint32_t *sorted = fronts->sorted + goal * fronts->room;
    uint32_t        last = (uint32_t)fronts->front_count - 1, held[2] = { 0 };
    size_t          seen = 0;
    double          from = 0, to = 0, values[2] = { 0 };
    for (size_t i = 0; i < fronts->count; i++) {
        if (fronts->ranks[sorted[i]] != last) continue;
        to = fronts->losses[sorted[i] * fronts->goal_count + goal] / 2;
        from = seen++ ? from : to;
    }
    double range = to > from ? to - from : INFINITY;
    seen = 0;
    for (size_t i = 0; i < fronts->count; i++) {
        uint32_t slot = sorted[i];
        if (fronts->ranks[slot] != last) continue;
        double value = fronts->losses[slot * fronts->goal_count + goal] / 2;
        if (seen++ == 0) distances[slot] = INFINITY;
        if (seen > 2) distances[held[1]] += (value - values[0]) / range;
        held[0] = held[1], held[1] = slot;
        values[0] = values[1], values[1] = value;
    }
    distances[held[1]] = INFINITY;
}

void hpi_fronts_crowding(const hpi_fronts *fronts, double *distances_out) {
    size_t          count;
    const uint32_t *members = hpi_fronts_last(fronts, &count);
    for (size_t i = 0; i < count; i++)
        distances_out[members[i]] = 0;
    if (fronts->violations[members[0]] > 0) return;
    for (size_t goal = 0; goal < fronts->goal_count; goal++)
        add_gaps(fronts, goal, distances_out);
}
