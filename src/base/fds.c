/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/fds.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/thread.h"

/* What is noted is a bit of a number, so that it takes no memory that might not be there. A system
 * gives the lowest number that is free: beyond these there is none before a process has a million
 * descriptors, which is as many as Linux allows unless told otherwise. */
enum { FDS_MAX = 1 << 20, WORD_BITS = 64, WORDS = FDS_MAX / WORD_BITS };

static atomic_uint_fast64_t ours[WORDS];

/* Of this process: threads between a begin and its end, and forks. A program may fork while another
 * of its threads is in the midst of that: in the copy, where nobody ends it, the number of the
 * process is another one, and it begins anew. */
static atomic_uint_fast64_t changing; /* process, forks, threads */

enum { THREAD = 1, FORK = 1 << 16, THREADS = FORK - 1, PROCESS_SHIFT = 32 };
static const uint64_t FORKS = UINT32_MAX - THREADS;

/* Nobody waits for longer: what a host has asked for at each fork may wait for what the waiting
 * thread holds. What is copied then is a descriptor too many. */
static const int64_t patience_ns = 5 * HPI_NS_PER_S;

static const char *const suffixes[HPI_DATABASE_FILES] = { "", "-wal", "-shm", "-journal" };

static atomic_uint_fast64_t holder; /* of the list, within a call only: a process, or 0 */
static hpi_database        *databases, *given_up;

static uint64_t nobody(void) {
    return hpi_process() << PROCESS_SHIFT;
}

static bool is_of_us(uint64_t word) {
    return word >> PROCESS_SHIFT == nobody() >> PROCESS_SHIFT;
}

/* The first one in a process, which may be a fork that the program has made: that has closed what
 * it liked, and the numbers are of other files. So none of them is ours any more. */
static void begin_anew(uint64_t word) {
    if (!atomic_compare_exchange_strong(&changing, &word, nobody() | FORK)) return;
    for (size_t i = 0; i < WORDS; i++)
        if (atomic_load_explicit(&ours[i], memory_order_relaxed) != 0)
            atomic_store_explicit(&ours[i], 0, memory_order_relaxed);
    atomic_store(&changing, nobody());
}

/* Adds once nobody forks. */
static void enter(uint64_t more) {
    int64_t until_ns = hpi_now_ns() + patience_ns;
    for (;;) {
        uint64_t word = atomic_load(&changing);
        if (!is_of_us(word))
            begin_anew(word);
        else if ((word & FORKS) && hpi_now_ns() < until_ns)
            hpi_thread_yield();
        else if (atomic_compare_exchange_weak(&changing, &word, word + more))
            return;
    }
}

void hpi_fds_begin(void) {
    enter(THREAD);
}

void hpi_fds_end(void) {
    atomic_fetch_sub(&changing, THREAD);
}

void hpi_fds_copy_begin(void) {
    enter(FORK);
    int64_t until_ns = hpi_now_ns() + patience_ns;
    while ((atomic_load(&changing) & THREADS) && hpi_now_ns() < until_ns)
        hpi_thread_yield();
}

void hpi_fds_copy_end(void) {
    atomic_fetch_sub(&changing, FORK);
}

/* Descriptors. */

static atomic_uint_fast64_t *word_of(int fd) {
    return fd >= 0 && fd < FDS_MAX ? &ours[fd / WORD_BITS] : NULL;
}

static uint_fast64_t bit_of(int fd) {
    return UINT64_C(1) << (fd % WORD_BITS);
}

/* Relaxed, here and below: a number has one owner, and a fork is ordered by begin and end. */
void hpi_fds_note(int fd) {
    atomic_uint_fast64_t *word = word_of(fd);
    if (word) atomic_fetch_or_explicit(word, bit_of(fd), memory_order_relaxed);
}

/* Beyond the numbers that can be noted: it was, as it were. */
static bool forget(int fd) {
    atomic_uint_fast64_t *word = word_of(fd);
    if (!word) return true;
    return atomic_fetch_and_explicit(word, ~bit_of(fd), memory_order_relaxed) & bit_of(fd);
}

int hpi_fds_open(const char *path, int flags) {
    hpi_fds_begin();
    int fd = open(path, flags, 0666);
    hpi_fds_note(fd);
    hpi_fds_end();
    return fd;
}

int hpi_fds_close(int fd) {
    hpi_fds_begin();
    int result = forget(fd) ? close(fd) : 0;
    hpi_fds_end();
    return result;
}

void hpi_fds_give_up(void) {
    for (int first = 0; first < FDS_MAX; first += WORD_BITS) {
        uint_fast64_t word = atomic_exchange_explicit(word_of(first), 0, memory_order_relaxed);
        for (int fd = first; word != 0; fd++, word >>= 1)
            if (word & 1) close(fd);
    }
}

/* Databases. */

/* One whose process is another was copied with it. */
static void lock(void) {
    uint64_t self = hpi_process(), before = 0;
    while (!atomic_compare_exchange_weak(&holder, &before, self)) {
        if (before != self) continue;
        hpi_thread_yield();
        before = 0;
    }
}

static void unlock(void) {
    atomic_store(&holder, 0);
}

static void look_at(hpi_database *entry, size_t which) {
    char        path[PATH_MAX + 16];
    struct stat about;
    int         bytes = snprintf(path, sizeof path, "%s%s", entry->path, suffixes[which]);
    if (bytes < 0 || (size_t)bytes >= sizeof path || stat(path, &about) != 0) return;
    entry->devices[which] = about.st_dev;
    entry->inodes[which] = about.st_ino;
}

void hpi_database_enter(hpi_database *entry, const char *path) {
    *entry = (hpi_database){ .path = path, .is_entered = true };
    look_at(entry, 0); /* now: a file may be renamed while it is open */
    lock();
    entry->next = databases;
    databases = entry;
    unlock();
}

void hpi_database_leave(hpi_database *entry) {
    if (!entry->is_entered) return;
    hpi_fds_begin();
    lock();
    hpi_database **at = &databases;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    unlock();
    hpi_fds_end();
    entry->is_entered = false;
}

bool hpi_databases_look(void) {
    for (hpi_database *entry = databases; entry; entry = entry->next)
        for (size_t i = 1; i < HPI_DATABASE_FILES; i++)
            look_at(entry, i);
    return databases != NULL;
}

static bool has(const hpi_database *entry, const struct stat *file) {
    for (; entry; entry = entry->next)
        for (size_t i = 0; i < HPI_DATABASE_FILES; i++)
            if (entry->inodes[i] == file->st_ino && entry->devices[i] == file->st_dev) return true;
    return false;
}

bool hpi_databases_have(const struct stat *file) {
    return has(databases, file);
}

bool hpi_databases_had(const struct stat *file) {
    return has(given_up, file);
}

/* Whose the entries are goes on in the process that was copied: here nobody frees them. */
void hpi_databases_give_up(void) {
    while (databases) {
        hpi_database *entry = databases;
        databases = entry->next;
        entry->next = given_up;
        entry->is_entered = false;
        given_up = entry;
    }
}
