/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems without masks and quotas that we know of: as many CPUs as are online, and threads go
 * where they like. */
#include "base/cpus.h"

#include <math.h>
#include <unistd.h>

#include "base/topology.h"

bool hpi_cpus_mask(hpi_cpu_mask *mask_out) {
    (void)mask_out;
    return false;
}

bool hpi_cpus_bind(const hpi_cpu_mask *mask) {
    (void)mask;
    return false;
}

uint32_t hpi_cpus_here(void) {
    return UINT32_MAX;
}

uint32_t hpi_cpus_online(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}

void hpi_cpus_name_self(const char *name) {
    (void)name;
}

double hpi_cpus_quota(const char *membership, const char *root) {
    (void)membership, (void)root;
    return INFINITY;
}

void hpi_topology_sysfs(hpi_topology *topology, const char *root) {
    (void)topology, (void)root;
}
