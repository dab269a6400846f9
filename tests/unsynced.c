/* SPDX-License-Identifier: BSD-3-Clause */
#include "unsynced.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

void content_resize(content *it, size_t size) {
    if (size > it->room) {
        it->room = 2 * size + 64;
        it->bytes = realloc(it->bytes, it->room);
        if (!it->bytes) abort();
    }
    if (size > it->size) memset(it->bytes + it->size, 0, size - it->size);
    it->size = size;
}

void content_put(content *it, size_t at, const void *bytes, size_t count) {
    if (at + count > it->size) content_resize(it, at + count);
    if (count) memcpy(it->bytes + at, bytes, count);
}

void content_copy(content *to, const content *from) {
    content_resize(to, from->size);
    content_put(to, 0, from->bytes, from->size);
}

void unsynced_note(unsynced *it, size_t at, const void *bytes, size_t count) {
    if (it->count == it->room) {
        it->room = 2 * it->room + 16;
        it->list = realloc(it->list, it->room * sizeof *it->list);
        if (!it->list) abort();
    }
    change *fresh = &it->list[it->count++];
    *fresh = (change){ .at = at, .count = count };
    if (!bytes) return;
    fresh->bytes = malloc(count + 1);
    if (!fresh->bytes) abort();
    memcpy(fresh->bytes, bytes, count);
}

void unsynced_forget(unsynced *it) {
    for (size_t i = 0; i < it->count; i++)
        free(it->list[i].bytes);
    it->count = 0;
}

size_t change_in_sector(const change *write, size_t from) {
    size_t part = SECTOR - (write->at + from) % SECTOR, left = write->count - from;
    return part < left ? part : left;
}
