/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/block.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"

enum { LINE = 128 };

static size_t lines(size_t bytes) {
    return (bytes + LINE - 1) / LINE * LINE;
}

/* One trial can always write its notes; with more trials there is room for one more's after the
 * moment at which the block is handed in early. */
static size_t note_bytes(uint32_t room) {
    return room == 1 ? HPI_TRIAL_NOTE_BYTES : HPI_BLOCK_NOTE_BYTES;
}

/* What one block needs beside its header. The headers of all blocks stand together, so that blocks
 * that are never used are never touched: a large window costs what is in flight. Their notes, large
 * and seldom used, stand behind all the rest for the same reason. */
typedef struct layout {
    size_t values, states, points, details, notes;
} layout;

static layout plan(uint32_t room, uint32_t dims) {
    return (layout){ .values = lines(room * sizeof(double)),
                     .states = lines(room * sizeof(uint8_t)),
                     .points = lines((size_t)room * dims * sizeof(hpt_coord)),
                     .details = lines(room * sizeof(hpi_detail)),
                     .notes = lines(note_bytes(room)) };
}

static size_t body_bytes(layout part) {
    return part.values + part.states + part.points + part.details;
}

static void place(hpi_block *block, unsigned char *at, unsigned char *notes, layout part,
                  uint32_t room) {
    block->room = room;
    block->values = (double *)(void *)at;
    block->states = at += part.values;
    block->points = (hpt_coord *)(void *)(at += part.states);
    block->details = (hpi_detail *)(void *)(at += part.points);
    block->notes = notes;
}

hpt_status hpi_blocks_init(hpi_blocks *blocks, uint32_t count, uint32_t room, uint32_t dims,
                           hpt_err *err) {
    layout part = plan(room, dims);
    size_t header = lines(sizeof(hpi_block)), body = body_bytes(part);
    size_t bytes = header + body + part.notes;
    blocks->memory = hpi_alloc_aligned_room(count, bytes);
    if (!blocks->memory)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u blocks of %zu bytes",
                        (unsigned)count, bytes);
    memset(blocks->memory, 0, count * header);
    unsigned char *bodies = blocks->memory + count * header, *notes = bodies + count * body;
    blocks->count = count;
    for (uint32_t i = count; i-- > 0;) { /* the first block ends on top of the stack */
        hpi_block *block = (hpi_block *)(void *)(blocks->memory + i * header);
        place(block, bodies + i * body, notes + i * part.notes, part, room);
        hpi_block_give(blocks, block);
    }
    return HPT_OK;
}

void hpi_blocks_fini(hpi_blocks *blocks) {
    hpi_free_aligned(blocks->memory);
    *blocks = (hpi_blocks){ 0 };
}

hpi_block *hpi_block_take(hpi_blocks *blocks) {
    hpi_block *block = blocks->free;
    if (!block) return NULL;
    blocks->free = block->next;
    block->next = NULL;
    block->count = 0;
    block->shift = block->mask = 0;
    block->done = 0;
    block->told = 0;
    block->shown = 0;
    block->back = 0;
    block->notes_used = 0;
    block->has_points = true;
    block->keeps_points = false;
    block->made = 0;
    block->has_details = false;
    block->is_kept = false;
    block->is_plain = false;
    return block;
}

void hpi_block_give(hpi_blocks *blocks, hpi_block *block) {
    block->next = blocks->free;
    blocks->free = block;
}
