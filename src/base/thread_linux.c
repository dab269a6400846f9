/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* pthread_attr_setaffinity_np, pthread_tryjoin_np, sched_getaffinity */
#include "base/thread.h"

#include <sched.h>
#include <string.h>

/* 20 to 40 us where nobody else wants the CPU; a wake-up takes as long. */
enum { JOIN_LOOKS = 100 };

/* To yield, not to pause: the thread that ends may be waiting for this very CPU. */
void hpi_thread_join_soon(hpi_thread *thread) {
    for (int i = 0; i < JOIN_LOOKS; i++) {
        if (pthread_tryjoin_np(thread->id, NULL) == 0) return;
        sched_yield();
    }
    hpi_thread_join(thread);
}

static cpu_set_t *set_of(hpi_affinity *affinity) {
    return (cpu_set_t *)(void *)affinity->mask;
}

static size_t only(hpi_affinity *one, int cpu) {
    memset(one->mask, 0, sizeof one->mask);
    one->bytes = sizeof one->mask;
    if (cpu >= 0) CPU_SET_S((size_t)cpu, one->bytes, set_of(one));
    return one->bytes;
}

/* Without the words at the end in which no CPU is. */
static size_t used_bytes(const unsigned long *words, size_t count) {
    while (count > 0 && words[count - 1] == 0)
        count--;
    return count * sizeof *words;
}

bool hpi_thread_bind(pthread_attr_t *attributes, int cpu) {
    hpi_affinity one;
    size_t       bytes = only(&one, cpu);
    return pthread_attr_setaffinity_np(attributes, bytes, set_of(&one)) == 0;
}

void hpi_affinity_get(hpi_affinity *own_out) {
    bool is_known = sched_getaffinity(0, sizeof own_out->mask, set_of(own_out)) == 0;
    own_out->bytes = is_known ? used_bytes(own_out->mask, HPI_AFFINITY_WORDS) : 0;
}

void hpi_affinity_set(const hpi_affinity *own) {
    if (own->bytes > 0)
        sched_setaffinity(0, own->bytes, (const cpu_set_t *)(const void *)own->mask);
}

void hpi_affinity_bind(int cpu) {
    hpi_affinity one;
    only(&one, cpu);
    if (cpu != HPI_CPU_ANY) hpi_affinity_set(&one);
}

static bool has(const hpi_affinity *of, int cpu) {
    size_t byte = (size_t)cpu / 8; /* as CPU_ISSET_S(), which wants what it only reads writable */
    return byte < of->bytes &&
           CPU_ISSET_S((size_t)cpu, of->bytes, set_of((hpi_affinity *)(uintptr_t)of));
}

int hpi_affinity_cpu(const hpi_affinity *of, uint32_t k) {
    uint32_t count = 0, seen = 0;
    int      room = (int)of->bytes * 8;
    for (int cpu = 0; cpu < room; cpu++)
        count += has(of, cpu);
    for (int cpu = 0; cpu < room; cpu++)
        if (has(of, cpu) && seen++ == k % count) return cpu;
    return HPI_CPU_ANY;
}

uint32_t hpi_affinity_index(const hpi_affinity *of, int cpu) {
    uint32_t k = 0;
    for (int before = 0; before < cpu; before++)
        k += has(of, before);
    return cpu >= 0 && has(of, cpu) ? k : 0;
}

int hpi_cpu_here(void) {
    return sched_getcpu(); /* -1 is HPI_CPU_ANY */
}
