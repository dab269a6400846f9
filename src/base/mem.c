/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/mem.h"

#include "base/err.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The user's allocator; without members, the C library's. Changed only while nobody is inside the
 * library, so it needs no lock. */
static hpt_allocator hook;

/* Blocks handed out and not given back: as long as there are any, the hook must stay. Relaxed: a
 * counter that orders nothing; a caller who may change the hook has synchronised already. */
static atomic_size_t live_count;

enum { ALIGNMENT = 128 };

/* A failing product gives 0, which is never a size of ours. */
static size_t product(size_t count, size_t item_bytes) {
    if (item_bytes != 0 && count > SIZE_MAX / item_bytes) return 0;
    size_t bytes = count * item_bytes;
    return bytes == 0 ? 1 : bytes; /* so that NULL always means "out of memory" */
}

static void *allocate(size_t bytes) {
    return hook.allocate ? hook.allocate(bytes, hook.user) : malloc(bytes);
}

/* calloc rather than malloc and memset: fresh pages from the system are zero already. */
static void *allocate_zeroed(size_t bytes) {
    if (!hook.allocate) return calloc(1, bytes);
    void *memory = allocate(bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

static void *count_live(void *memory) {
    if (memory) atomic_fetch_add_explicit(&live_count, 1, memory_order_relaxed);
    return memory;
}

void *hpi_alloc(size_t count, size_t item_bytes) {
    size_t bytes = product(count, item_bytes);
    return count_live(bytes ? allocate_zeroed(bytes) : NULL);
}

void *hpi_alloc_room(size_t count, size_t item_bytes) {
    size_t bytes = product(count, item_bytes);
    return count_live(bytes ? allocate(bytes) : NULL);
}

void *hpi_resize(void *memory, size_t count, size_t item_bytes) {
    size_t bytes = product(count, item_bytes);
    if (!memory || bytes == 0) return bytes ? hpi_alloc(bytes, 1) : NULL;
    return hook.resize ? hook.resize(memory, bytes, hook.user) : realloc(memory, bytes);
}

void hpi_free(void *memory) {
    if (!memory) return;
    size_t live = atomic_fetch_sub_explicit(&live_count, 1, memory_order_relaxed);
    HPI_ASSERT(live > 0);
    (void)live;
    if (hook.release)
        hook.release(memory, hook.user);
    else
        free(memory);
}

/* The block starts with slack; the address to give back lies just below the aligned one. */
static void *allocate_aligned(size_t bytes, void *(*from)(size_t count, size_t item_bytes)) {
    size_t slack = ALIGNMENT + sizeof(void *);
    if (bytes == 0 || bytes > SIZE_MAX - slack) return NULL;
    char *block = from(bytes + slack, 1);
    if (!block) return NULL;
    char *first = block + sizeof(void *);
    char *aligned = first + (ALIGNMENT - (uintptr_t)first % ALIGNMENT) % ALIGNMENT;
    memcpy(aligned - sizeof block, &block, sizeof block);
    return aligned;
}

void *hpi_alloc_aligned(size_t count, size_t item_bytes) {
    return allocate_aligned(product(count, item_bytes), hpi_alloc);
}

void *hpi_alloc_aligned_room(size_t count, size_t item_bytes) {
    return allocate_aligned(product(count, item_bytes), hpi_alloc_room);
}

void hpi_free_aligned(void *memory) {
    if (!memory) return;
    char *block;
    memcpy(&block, (char *)memory - sizeof block, sizeof block);
    hpi_free(block);
}

char *hpi_copy_bytes(const char *text, size_t bytes) {
    char *copy = bytes < SIZE_MAX ? hpi_alloc(bytes + 1, 1) : NULL;
    if (copy && bytes > 0) memcpy(copy, text, bytes);
    return copy;
}

bool hpi_resize_array(void *array, size_t count, size_t item_bytes) {
    void *old, *now;
    memcpy(&old, array, sizeof old); /* which may be a pointer of any type */
    now = hpi_resize(old, count, item_bytes);
    if (now) memcpy(array, &now, sizeof now);
    return now != NULL;
}

char *hpi_copy_text(const char *text) {
    return hpi_copy_bytes(text, strlen(text));
}

hpt_status hpt_allocator_set(const hpt_allocator *allocator) {
    if (allocator && (!allocator->allocate || !allocator->resize || !allocator->release))
        return HPT_EINVAL;
    if (atomic_load_explicit(&live_count, memory_order_relaxed) > 0) return HPT_EBUSY;
    hook = allocator ? *allocator : (hpt_allocator){ 0 };
    return HPT_OK;
}

void hpt_free(void *memory) {
    hpi_free(memory);
}
