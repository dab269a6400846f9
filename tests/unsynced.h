/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_UNSYNCED_H
#define HPT_TESTS_UNSYNCED_H

/* Content in memory, and what was written to it and has not been synced. What the two disks of the
 * tests, the one under SQLite (disk.h) and the one under the simulated machine
 * (simulated/platter.h), have in common; which of it a loss of power leaves is each one's own. */

#include <stdbool.h>
#include <stddef.h>

/* Bytes that grow; zeroes where nothing was written. Zeroed: empty. */
typedef struct content {
    unsigned char *bytes;
    size_t         size, room;
} content;

/* A write, or (bytes NULL) a change of size. */
typedef struct change {
    unsigned char *bytes;
    size_t         at, count;
    bool           is_doomed; /* a sync that failed has dropped it */
} change;

/* In the order in which they were made. Zeroed: none. */
typedef struct unsynced {
    change *list;
    size_t  count, room;
} unsynced;

void content_resize(content *it, size_t size);
void content_put(content *it, size_t at, const void *bytes, size_t count);
void content_copy(content *to, const content *from);

/* bytes NULL: the size is now *at*. */
void unsynced_note(unsynced *it, size_t at, const void *bytes, size_t count);
void unsynced_forget(unsynced *it);

/* How many bytes of a write, counted from its byte number *from*, are in the same sector: that much
 * arrives, or does not, as a whole. */
size_t change_in_sector(const change *write, size_t from);

#endif
