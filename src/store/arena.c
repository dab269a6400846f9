/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* The first chunk is small, for small studies; from then on half as much again as there is, up to a
 * size at which what the last one wastes does not matter. */
enum { CHUNK_FIRST = 8 << 10, CHUNK_MAX = 1 << 20, ALIGNMENT = 8 };

struct hpi_arena_chunk {
    hpi_arena_chunk *before;
    size_t           before_bytes; /* of the arena, when this one was made */
    size_t           room;
    uint64_t         memory[];
};

static hpi_arena_chunk *add_chunk(hpi_arena *arena, size_t bytes) {
    size_t room = arena->bytes / 2;
    room = room < CHUNK_FIRST ? CHUNK_FIRST : room > CHUNK_MAX ? CHUNK_MAX : room;
    if (room < bytes) room = bytes;
    if (room > SIZE_MAX - sizeof(hpi_arena_chunk)) return NULL;
    hpi_arena_chunk *chunk = hpi_alloc_room(sizeof *chunk + room, 1);
    if (!chunk) return NULL;
    *chunk = (hpi_arena_chunk){ .before = arena->last, .before_bytes = arena->bytes, .room = room };
    arena->last = chunk;
    return chunk;
}

void *hpi_arena_take(hpi_arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX - ALIGNMENT) return NULL;
    hpi_arena_chunk *chunk = arena->last;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!chunk || bytes > chunk->room - (arena->bytes - chunk->before_bytes))
        chunk = add_chunk(arena, bytes);
    if (!chunk) return NULL;
    void *memory = (char *)chunk->memory + (arena->bytes - chunk->before_bytes);
    arena->bytes += bytes;
    return memory;
}

void *hpi_arena_copy(hpi_arena *arena, const void *from, size_t bytes) {
    void *memory = hpi_arena_take(arena, bytes);
    return memory && bytes > 0 ? memcpy(memory, from, bytes) : memory;
}

char *hpi_arena_text(hpi_arena *arena, const char *text) {
    return hpi_arena_copy(arena, text, strlen(text) + 1);
}

void hpi_arena_rewind(hpi_arena *arena, const hpi_arena_chunk *last, size_t bytes) {
    while (arena->last != last) {
        hpi_arena_chunk *chunk = arena->last;
        arena->last = chunk->before;
        hpi_free(chunk);
    }
    arena->bytes = bytes;
}

void hpi_arena_fini(hpi_arena *arena) {
    hpi_arena_rewind(arena, NULL, 0);
}
