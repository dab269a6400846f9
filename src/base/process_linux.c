/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* madvise, MADV_WIPEONFORK */
#include "base/process.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK (-1) /* no such advice: each call asks the system */
#endif

typedef atomic_uint_fast64_t number;

static _Atomic(number *) page; /* where the number is: 0 in a fork */

static void make_page(void) {
    size_t  bytes = (size_t)sysconf(_SC_PAGESIZE);
    number *none = NULL;
    void   *made = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) return;
    if (madvise(made, bytes, MADV_WIPEONFORK) != 0 ||
        !atomic_compare_exchange_strong(&page, &none, made))
        munmap(made, bytes);
}

static uint64_t find_out(void) {
    if (!atomic_load(&page)) make_page();
    number  *where = atomic_load(&page);
    uint64_t self = (uint64_t)getpid();
    if (where) atomic_store_explicit(where, self, memory_order_relaxed);
    return self;
}

uint64_t hpi_process(void) {
    number  *where = atomic_load_explicit(&page, memory_order_acquire);
    uint64_t self = where ? atomic_load_explicit(where, memory_order_relaxed) : 0;
    return self ? self : find_out();
}

void hpi_process_end_fork(uint64_t self) {
    if (hpi_process() != self) _exit(EXIT_FAILURE);
}

bool hpi_process_next(const char **list, int *pid_out) {
    char *end;
    long  pid = strtol(*list, &end, 10);
    if (end == *list || *end != ' ') return false;
    *pid_out = (int)pid;
    *list = end;
    return true;
}

uint32_t hpi_process_threads(void) {
    static const char key[] = "\nThreads:";
    char              text[4096];
    if (!hpi_read_start("/proc/self/status", text, sizeof text)) return 0;
    const char *at = strstr(text, key);
    return at ? (uint32_t)strtoul(at + sizeof key - 1, NULL, 10) : 0;
}
