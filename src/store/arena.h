/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_ARENA_H
#define HPI_STORE_ARENA_H

/* Memory that only grows and is freed as one: for what is read once and kept. Nothing moves. Start
 * from zero. One thread at a time. */

#include <stddef.h>

typedef struct hpi_arena_chunk hpi_arena_chunk;

typedef struct hpi_arena {
    hpi_arena_chunk *last;
    size_t           bytes; /* handed out */
} hpi_arena;

/* Aligned for any type of 8 bytes, not zeroed; NULL: out of memory. */
void *hpi_arena_take(hpi_arena *arena, size_t bytes);

/* A copy; NULL: out of memory. */
void *hpi_arena_copy(hpi_arena *arena, const void *from, size_t bytes);
char *hpi_arena_text(hpi_arena *arena, const char *text);

/* Back to an earlier state, of which a copy was made: what was taken since is gone. */
void hpi_arena_rewind(hpi_arena *arena, const hpi_arena_chunk *last, size_t bytes);
void hpi_arena_fini(hpi_arena *arena);

#endif
