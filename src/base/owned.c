/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/owned.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/thread.h"

/* Entered and left once per run, so a spin will do. */
static atomic_flag is_busy = ATOMIC_FLAG_INIT;
static hpi_owned  *entries;

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&is_busy, memory_order_acquire)) /* with unlock() */
        hpi_thread_yield();
}

static void unlock(void) {
    atomic_flag_clear_explicit(&is_busy, memory_order_release); /* pairs with lock() */
}

void hpi_owned_enter(hpi_owned *entry, const char *path) {
    struct stat about;
    if (entry->is_entered || stat(path, &about) != 0) return;
    *entry = (hpi_owned){ .device = about.st_dev, .inode = about.st_ino, .is_entered = true };
    lock();
    entry->next = entries;
    entries = entry;
    unlock();
}

void hpi_owned_leave(hpi_owned *entry) {
    if (!entry->is_entered) return;
    lock();
    hpi_owned **at = &entries;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    unlock();
    entry->is_entered = false;
}

bool hpi_owned_has(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0) return false;
    lock();
    const hpi_owned *entry = entries;
    while (entry && !(entry->device == about.st_dev && entry->inode == about.st_ino))
        entry = entry->next;
    unlock();
    return entry != NULL;
}
