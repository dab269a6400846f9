/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_THREADS_H
#define HPT_SIMULATED_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* As new: so often a thread cannot be made, and a wait on a condition ends for no reason. */
void     threads_reset(uint64_t seed, double create_failure_share, double false_wake_share);
unsigned threads_created(void); /* since then */

/* scheduler.c's, for threads. */
bool sim_has_ended(int fiber);
void sim_detach(int fiber); /* nobody will await it */
void sim_set_user(int fiber, void *user);

#endif
