/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_SYSTEM_H
#define HPT_SIMULATED_SYSTEM_H

#include <stdint.h>

/* As new, with so many processors. */
void system_reset(uint64_t seed, unsigned cpus);

/* The process has died, and another one goes on. */
void system_new_process(void);
long system_pid(void);

#endif
