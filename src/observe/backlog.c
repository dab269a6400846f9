/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/backlog.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Cells for count_max facts with a point and a few notes, within the bound, but at least for some
 * of the largest: whatever arrives at an empty backlog fits. */
static uint32_t cells_needed(uint32_t count_max, uint32_t dims) {
    uint64_t largest = hpi_fact_cells_max(dims);
    uint64_t usual = hpi_point_cells(dims, 0) + HPI_BACKLOG_NOTE_CELLS;
    uint64_t cells = count_max * usual + largest; /* one may not fit before the end, and wraps */
    uint64_t least = largest * HPI_INTAKE_LARGEST;
    if (cells > HPI_BACKLOG_CELLS_MAX) cells = HPI_BACKLOG_CELLS_MAX;
    return (uint32_t)(cells > least ? cells : least);
}

bool hpi_backlog_init(hpi_backlog *backlog, uint32_t count_max, uint32_t dims) {
    uint32_t room = cells_needed(count_max, dims);
    /* Not zeroed: pages nobody needs are never touched. */
    *backlog = (hpi_backlog){ .cells = hpi_alloc_room(room, sizeof(hpi_cell)),
                              .room = room,
                              .wrap = room,
                              .count_max = count_max,
                              .dims = dims };
    return backlog->cells != NULL;
}

void hpi_backlog_fini(hpi_backlog *backlog) {
    hpi_free(backlog->cells);
    *backlog = (hpi_backlog){ 0 };
}

void hpi_backlog_clear(hpi_backlog *backlog) {
    backlog->count = 0;
    backlog->first = 0;
    backlog->end = 0;
    backlog->wrap = backlog->room;
}

/* Where a fact of so many cells would start; `room` when it does not fit. Never fills up to
 * `first`, so that first == end means empty. */
static uint32_t place(const hpi_backlog *backlog, uint32_t cell_count) {
    if (backlog->count == 0) return 0;
    if (backlog->end < backlog->first)
        return backlog->first - backlog->end > cell_count ? backlog->end : backlog->room;
    if (backlog->room - backlog->end >= cell_count) return backlog->end;
    return backlog->first > cell_count ? 0 : backlog->room;
}

void hpi_backlog_shut(hpi_backlog *backlog) {
    backlog->count_max = 0;
}

bool hpi_backlog_has_room(const hpi_backlog *backlog, uint32_t cell_count) {
    return backlog->count < backlog->count_max && place(backlog, cell_count) < backlog->room;
}

void hpi_backlog_put(hpi_backlog *backlog, const hpi_cell *cells, uint32_t cell_count) {
    uint32_t at = place(backlog, cell_count);
    HPI_ASSERT(backlog->count < backlog->count_max);
    HPI_ASSERT(cell_count <= backlog->room && at <= backlog->room - cell_count);
    if (backlog->count == 0) {
        backlog->first = 0;
        backlog->wrap = backlog->room;
    } else if (at == 0) {
        backlog->wrap = backlog->end;
    }
    memcpy(backlog->cells + at, cells, cell_count * sizeof *cells);
    backlog->end = at + cell_count;
    backlog->count++;
}

void hpi_backlog_view(const hpi_backlog *backlog, const hpi_unpacking *unpacking,
                      hpi_batch *batch) {
    uint32_t at = backlog->first;
    uint32_t attr_count = 0;
    uint32_t most = backlog->count < batch->event_room ? backlog->count : batch->event_room;
    batch->count = 0;
    while (batch->count < most) {
        if (at == backlog->wrap) at = 0;
        const hpi_cell *cells = backlog->cells + at;
        uint32_t        got = hpi_unpack(cells, unpacking, &batch->events[batch->count],
                                         batch->attrs + attr_count, batch->attr_room - attr_count);
        if (got > batch->attr_room - attr_count) break;
        attr_count += got;
        at += hpi_packed_cells(hpi_packed_of(cells), backlog->dims);
        batch->count++;
    }
    batch->next = at;
    HPI_ASSERT(batch->count > 0 || backlog->count == 0); /* one event's attributes always fit */
}

void hpi_backlog_drop(hpi_backlog *backlog, const hpi_batch *batch) {
    HPI_ASSERT(batch->count <= backlog->count);
    bool has_wrapped = batch->next < backlog->first;
    bool is_at_wrap = batch->next == backlog->wrap;
    backlog->count -= batch->count;
    backlog->first = is_at_wrap ? 0 : batch->next;
    if (has_wrapped || is_at_wrap) backlog->wrap = backlog->room;
}
