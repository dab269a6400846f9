/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CPUS_H
#define HPI_BASE_CPUS_H

/* How many cores the process may use, and where threads go. One file per platform. Any thread. */

#include <stdbool.h>
#include <stdint.h>

/* Cores in the affinity mask, and no more than the cgroup's quota rounded up, along the path up. At
 * least 1. Costs some file reads on Linux: once per run. */
uint32_t hpi_cpus_count(void);

/* The quota's part of it, with the files' places given so that a test can make its own: the least
 * quota on the path that `membership` (/proc/self/cgroup) names below `root` (/sys/fs/cgroup), in
 * whole cores, rounded up; UINT32_MAX when there is none. */
uint32_t hpi_cpus_quota(const char *membership, const char *root);

/* Bind the calling thread to the k-th core (modulo their number) of the process's mask. False when
 * the system cannot. */
bool hpi_cpus_pin_self(uint32_t k);

/* Move the calling thread to the k-th core, then allow all again: kernels that pack new threads on
 * the core of their creator leave the others idle for milliseconds (docs/rationale.md). */
void hpi_cpus_spread_self(uint32_t k);

/* Name the calling thread, as debuggers and top show it. At most 15 bytes count. */
void hpi_cpus_name_self(const char *name);

#endif
