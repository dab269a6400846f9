/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_MEM_H
#define HPI_BASE_MEM_H

/* The one way to memory in hpt, so that one hook can replace it and make it fail. Any thread. */

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory for `count` items, or NULL when it is out or the product overflows. */
void *hpi_alloc(size_t count, size_t item_bytes);

/* As hpi_alloc(), but with whatever is in the memory: for room that is written before it is read.
 * To zero 100 KiB takes as long as a short run, and touches pages that may never be needed. */
void *hpi_alloc_room(size_t count, size_t item_bytes);

/* As hpi_alloc(), at an address that is a multiple of 128: two cache lines, so that neither false
 * sharing nor the adjacent-line prefetcher couples two threads. Free it with hpi_free_aligned(). */
void *hpi_alloc_aligned(size_t count, size_t item_bytes);
void *hpi_alloc_aligned_room(size_t count, size_t item_bytes);
void  hpi_free_aligned(void *memory);

/* Grow or shrink; the old memory stays valid when NULL is returned. New bytes are not zeroed. */
void *hpi_resize(void *memory, size_t count, size_t item_bytes);

/* The same of the array at *array, any pointer to a pointer; false: out of memory, and it stays. */
bool hpi_resize_array(void *array, size_t count, size_t item_bytes);

/* A copy of a text, or of its first `bytes` bytes plus a NUL. */
char *hpi_copy_text(const char *text);
char *hpi_copy_bytes(const char *text, size_t bytes);

/* Give back. NULL is fine. */
void hpi_free(void *memory);

#endif
