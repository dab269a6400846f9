/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials whose numbers were given out by an earlier run of the study and that have not ended: they
 * are evaluated again, with the same number and point, before anything new is asked for. While
 * there are any, in_flight_max is 0, so that whoever would ask looks here. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/run.h"

enum { ROOM_FIRST = 64 };

static bool reserve(hpi_owed *owed, uint32_t dims) {
    if (owed->count < owed->room) return true;
    size_t room = owed->room ? 2 * owed->room : ROOM_FIRST;
    if (!hpi_resize_array(&owed->numbers, room, sizeof *owed->numbers)) return false;
    if (!hpi_resize_array(&owed->points, room * dims, sizeof *owed->points)) return false;
    owed->room = room;
    return true;
}

/* The first whose number is not below this one. */
static size_t place_of(const hpi_owed *owed, uint64_t number) {
    size_t low = 0, high = owed->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (owed->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool hpi_owed_add(hpi_owed *owed, uint64_t number, const hpt_coord *point, uint32_t dims) {
    if (!reserve(owed, dims)) return false;
    size_t at = place_of(owed, number), behind = owed->count - at;
    memmove(owed->numbers + at + 1, owed->numbers + at, behind * sizeof *owed->numbers);
    memmove(owed->points + (at + 1) * dims, owed->points + at * dims,
            behind * dims * sizeof *owed->points);
    owed->numbers[at] = number;
    memcpy(owed->points + at * dims, point, dims * sizeof *point);
    owed->count++;
    return true;
}

hpt_coord *hpi_owed_point(const hpi_owed *owed, uint64_t number, uint32_t dims) {
    size_t at = place_of(owed, number);
    bool   is_there = at < owed->count && owed->numbers[at] == number;
    return is_there ? owed->points + at * dims : NULL;
}

void hpi_owed_remove(hpi_owed *owed, uint64_t number, uint32_t dims) {
    size_t at = place_of(owed, number);
    if (at == owed->count || owed->numbers[at] != number) return;
    size_t behind = --owed->count - at;
    memmove(owed->numbers + at, owed->numbers + at + 1, behind * sizeof *owed->numbers);
    memmove(owed->points + at * dims, owed->points + (at + 1) * dims,
            behind * dims * sizeof *owed->points);
}

void hpi_owed_cut(hpi_owed *owed, uint64_t number) {
    owed->count = place_of(owed, number);
    if (owed->next > owed->count) owed->next = owed->count;
}

void hpi_owed_fini(hpi_owed *owed) {
    hpi_free(owed->numbers);
    hpi_free(owed->points);
    *owed = (hpi_owed){ 0 };
}

/* Handing them out. */

/* How many of them have numbers that follow each other. */
static uint32_t consecutive(const hpi_owed *owed, uint32_t most) {
    const uint64_t *first = owed->numbers + owed->next;
    uint32_t        count = 1;
    while (count < most && owed->next + count < owed->count && first[count] == *first + count)
        count++;
    return count;
}

/* The file knows them already; others have not heard of them in this run. */
static void show(hpt_run *run, const hpi_block *block) {
    for (uint32_t i = 0; i < block->count; i++)
        hpi_show_created(run, HPI_LANES_WATCHING, block->first + i,
                         block->points + (size_t)i * run->dims);
}

hpi_block *hpi_owed_take(hpt_run *run, uint32_t most) {
    if (run->keep && run->keep->is_shared) return hpi_share_take(run, most);
    if (!hpi_owes(run->keep)) return NULL;
    hpi_block *block = hpi_block_take(&run->blocks);
    if (!block) return NULL;
    hpi_owed *owed = &run->keep->owed;
    block->first = owed->numbers[owed->next];
    block->count = consecutive(owed, most < block->room ? most : block->room);
    memcpy(block->points, owed->points + owed->next * run->dims,
           (size_t)block->count * run->dims * sizeof *block->points);
    show(run, block);
    block->mark = hpi_dispatch_mark(run->dispatch, 0);
    owed->next += block->count;
    if (!hpi_owes(run->keep) && run->plan.options.window == 0) run->turn.in_flight_max = UINT64_MAX;
    return block;
}

/* A window begins when all before it are told. */
void hpi_owed_told(hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    if (run->keep->is_shared || hpi_owes(run->keep) || turn->told < turn->asked) return;
    run->turn.in_flight_max = run->plan.options.window > 0 ? run->plan.options.window : UINT64_MAX;
}
