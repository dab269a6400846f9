/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials on their way into the file. Those that are done are used again, with what they have
 * reserved, so that nothing is allocated once there are as many as there ever are at a time. */
#include <string.h>

#include "base/mem.h"
#include "store/writer.h"

enum { ROOM_FIRST = 64 };

/* Numbers follow one another: without mixing they would be one long run of entries, and each
 * removal would walk through all of it. */
static size_t slot_of(const hpi_kept_set *set, uint64_t number) {
    uint64_t mixed = number * UINT64_C(0x9E3779B97F4A7C15); /* Knuth: 2^64 / the golden ratio */
    return (size_t)(mixed >> 32) & (set->room - 1);
}

hpi_kept *hpi_kept_find(const hpi_kept_set *set, uint64_t number) {
    if (set->room == 0) return NULL;
    size_t at = slot_of(set, number);
    while (set->map[at] && set->map[at]->number != number)
        at = (at + 1) & (set->room - 1);
    return set->map[at];
}

static void insert(hpi_kept_set *set, hpi_kept *kept) {
    size_t at = slot_of(set, kept->number);
    while (set->map[at])
        at = (at + 1) & (set->room - 1);
    set->map[at] = kept;
}

static bool grow(hpi_kept_set *set) {
    hpi_kept_set larger = *set;
    larger.room = set->room ? 2 * set->room : ROOM_FIRST;
    larger.map = hpi_alloc(larger.room, sizeof(hpi_kept *));
    if (!larger.map) return false;
    for (size_t i = 0; i < set->room; i++)
        if (set->map[i]) insert(&larger, set->map[i]);
    hpi_free(set->map);
    *set = larger;
    return true;
}

hpi_kept *hpi_kept_add(hpi_kept_set *set, uint64_t number) {
    if (2 * (set->count + 1) > set->room && !grow(set)) return NULL;
    hpi_kept *kept = set->free ? set->free : hpi_alloc(1, sizeof *kept);
    if (!kept) return NULL;
    if (kept == set->free) set->free = kept->next;
    *kept = (hpi_kept){ .number = number,
                        .asked = HPI_UNKNOWN,
                        .order = HPI_UNKNOWN,
                        .gap = HPI_UNKNOWN,
                        .bytes = { .at = kept->bytes.at, .room = kept->bytes.room },
                        .reports = { .steps = kept->reports.steps,
                                     .values = kept->reports.values,
                                     .room = kept->reports.room } };
    insert(set, kept);
    set->count++;
    return kept;
}

void hpi_kept_list(hpi_kept_set *set, hpi_kept *kept) {
    if (kept->is_listed) return;
    kept->is_listed = true;
    kept->next = NULL;
    if (set->last)
        set->last->next = kept;
    else
        set->first = kept;
    set->last = kept;
}

/* Close the gap: whoever was pushed on by an entry that goes moves back. */
static void unmap(hpi_kept_set *set, const hpi_kept *kept) {
    size_t mask = set->room - 1, hole = slot_of(set, kept->number);
    while (set->map[hole] != kept)
        hole = (hole + 1) & mask;
    for (size_t at = (hole + 1) & mask; set->map[at]; at = (at + 1) & mask) {
        size_t home = slot_of(set, set->map[at]->number);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* its home lies behind the hole */
        set->map[hole] = set->map[at];
        hole = at;
    }
    set->map[hole] = NULL;
}

void hpi_kept_remove(hpi_kept_set *set, hpi_kept *kept) {
    unmap(set, kept);
    set->count--;
    kept->next = set->free;
    set->free = kept;
}

static bool grow_reports(hpi_kept_reports *reports, uint32_t goal_count) {
    uint32_t room = reports->room ? 2 * reports->room : 8;
    int64_t *steps = hpi_resize(reports->steps, room, sizeof *steps);
    if (steps) reports->steps = steps;
    double *values = steps ? hpi_resize(reports->values, room, goal_count * sizeof *values) : NULL;
    if (!values) return false;
    reports->values = values;
    reports->room = room;
    return true;
}

bool hpi_kept_report_add(hpi_kept *kept, uint32_t goal_count, int64_t step, const double *values) {
    hpi_kept_reports *reports = &kept->reports;
    if (reports->count == reports->room && !grow_reports(reports, goal_count)) return false;
    memcpy(reports->values + (size_t)reports->count * goal_count, values,
           goal_count * sizeof *values);
    reports->steps[reports->count++] = step;
    return true;
}

static void destroy(hpi_kept *kept) {
    hpi_bytes_fini(&kept->bytes);
    hpi_free(kept->reports.steps);
    hpi_free(kept->reports.values);
    hpi_free(kept);
}

void hpi_kept_set_fini(hpi_kept_set *set) {
    for (size_t i = 0; i < set->room; i++)
        if (set->map[i]) destroy(set->map[i]);
    for (hpi_kept *kept = set->free, *next; kept; kept = next) {
        next = kept->next;
        destroy(kept);
    }
    hpi_free(set->map);
    *set = (hpi_kept_set){ 0 };
}
