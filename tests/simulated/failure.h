/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_FAILURE_H
#define HPT_SIMULATED_FAILURE_H

#include <stdint.h>

/* What runs now, for the report: the seed, how many came before it, and what is played. */
void failure_is_of(const char *program, uint64_t seed, uint64_t before);
void failure_scene(const char *text);

/* Crashes are reported as failures are. */
void failure_catch(void);

#endif
