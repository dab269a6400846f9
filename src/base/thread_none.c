/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems without CPU numbers: threads run where they run. */
#include "base/thread.h"

void hpi_thread_join_soon(hpi_thread *thread) {
    hpi_thread_join(thread);
}

bool hpi_thread_bind(pthread_attr_t *attributes, int cpu) {
    (void)attributes, (void)cpu;
    return false;
}

void hpi_affinity_get(hpi_affinity *own_out) {
    own_out->bytes = 0;
}

void hpi_affinity_set(const hpi_affinity *own) {
    (void)own;
}

void hpi_affinity_bind(int cpu) {
    (void)cpu;
}

int hpi_affinity_cpu(const hpi_affinity *of, uint32_t k) {
    (void)of, (void)k;
    return HPI_CPU_ANY;
}

uint32_t hpi_affinity_index(const hpi_affinity *of, int cpu) {
    (void)of, (void)cpu;
    return 0;
}

int hpi_cpu_here(void) {
    return HPI_CPU_ANY;
}
