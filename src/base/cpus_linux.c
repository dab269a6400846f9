/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* sched_getcpu, pthread_setname_np, SYS_sched_getaffinity */
#include "base/cpus.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The system call and not the library's function: it says how many bytes the kernel's masks have,
 * so that nobody has to clear and count all that a mask has room for. */
bool hpi_cpus_mask(hpi_cpu_mask *mask_out) {
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask_out->words, mask_out->words);
    if (bytes <= 0) return false;
    mask_out->bytes = (uint32_t)bytes;
    return true;
}

bool hpi_cpus_bind(const hpi_cpu_mask *mask) {
    return syscall(SYS_sched_setaffinity, 0, (size_t)mask->bytes, mask->words) == 0;
}

uint32_t hpi_cpus_here(void) {
    int cpu = sched_getcpu();
    return cpu < 0 ? UINT32_MAX : (uint32_t)cpu;
}

uint32_t hpi_cpus_online(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}

void hpi_cpus_name_self(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
