/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/curve.h"

#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 16 };

void hpi_curve_fini(hpi_curve *curve) {
    hpi_free(curve->steps);
    hpi_free(curve->losses);
    *curve = (hpi_curve){ 0 };
}

size_t hpi_curve_below(const hpi_curve *curve, int64_t step) {
    size_t low = 0, high = curve->count;
    if (high > 0 && curve->steps[high - 1] < step) return high; /* as nearly always */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (curve->steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool reserve(hpi_curve *curve, uint32_t goal_count) {
    if (curve->count < curve->room) return true;
    size_t room = curve->room ? 2 * curve->room : ROOM_FIRST, row = goal_count * sizeof(double);
    if (!hpi_resize_array(&curve->steps, room, sizeof *curve->steps)) return false;
    if (!hpi_resize_array(&curve->losses, room, row)) return false;
    curve->room = room;
    return true;
}

bool hpi_curve_put(hpi_curve *curve, uint32_t goal_count, int64_t step, const double *losses) {
    size_t at = hpi_curve_below(curve, step), row = goal_count * sizeof *losses;
    bool   is_new = at == curve->count || curve->steps[at] != step;
    if (is_new) {
        if (at == HPI_CURVE_MAX) return false;
        if (curve->count == HPI_CURVE_MAX) curve->count--;
        if (!reserve(curve, goal_count)) return false;
        size_t behind = curve->count++ - at;
        memmove(curve->steps + at + 1, curve->steps + at, behind * sizeof *curve->steps);
        memmove(curve->losses + (at + 1) * goal_count, curve->losses + at * goal_count,
                behind * row);
        curve->steps[at] = step;
    }
    memcpy(curve->losses + at * goal_count, losses, row);
    return true;
}

void hpi_curve_drop(hpi_curve *curve, uint32_t goal_count, size_t place) {
    size_t row = goal_count * sizeof *curve->losses, behind = --curve->count - place;
    memmove(curve->steps + place, curve->steps + place + 1, behind * sizeof *curve->steps);
    memmove(curve->losses + place * goal_count, curve->losses + (place + 1) * goal_count,
            behind * row);
}
