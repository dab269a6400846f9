/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_ALLOC_H
#define HPT_SIMULATED_ALLOC_H

#include <stddef.h>
#include <stdint.h>

void alloc_install(void); /* once */

/* As new: from call number `first_failure` on so many fail. */
void alloc_reset(uint64_t seed, double failure_share, size_t first_failure);

size_t alloc_live(void);     /* blocks that nobody has given back */
size_t alloc_failures(void); /* since the reset */

#endif
