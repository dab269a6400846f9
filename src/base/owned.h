/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_OWNED_H
#define HPI_BASE_OWNED_H

/* Files that a part of this process has for itself, so that no other part opens them: a study that
 * an observer wrote into would be damaged, and to close any descriptor of a database takes its
 * locks from whoever holds them (POSIX's rule). Any thread. */

#include <stdbool.h>
#include <sys/types.h>

/* An entry belongs to whoever enters it, until it leaves. */
typedef struct hpi_owned {
    struct hpi_owned *next;
    dev_t             device;
    ino_t             inode;
    bool              is_entered;
} hpi_owned;

void hpi_owned_enter(hpi_owned *entry, const char *path); /* nothing happens if it is not there */
void hpi_owned_leave(hpi_owned *entry);                   /* nor if it was never entered        */

/* Whether the file of that path, by whatever name, is one of them. Does not open it. */
bool hpi_owned_has(const char *path);

#endif
