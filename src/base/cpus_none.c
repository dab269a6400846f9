/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/cpus.h"

#include <unistd.h>

/* Systems without masks that we know of: as many as are online, and threads go where they like. */
uint32_t hpi_cpus_count(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}

uint32_t hpi_cpus_quota(const char *membership, const char *root) {
    (void)membership, (void)root;
    return UINT32_MAX;
}

bool hpi_cpus_pin_self(uint32_t k) {
    (void)k;
    return false;
}

void hpi_cpus_spread_self(uint32_t k) {
    (void)k;
}

void hpi_cpus_name_self(const char *name) {
    (void)name;
}
