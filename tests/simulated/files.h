/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_FILES_H
#define HPT_SIMULATED_FILES_H

/* Files of the simulated machine, in the place of the system's calls (--wrap): those in /sim are on
 * the disk of platter.h, some of /proc are made up, and there are no others. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct files_faults {
    double share;    /* of the calls that change something fail, or do less than they were asked */
    size_t from, to; /* ... from that call on, and before that one                               */
    size_t off_at;   /* the power goes off at that call, and all fail from then on; 0: never     */
} files_faults;

void   files_reset(uint64_t seed); /* an empty disk that works */
void   files_set(const files_faults *faults);
bool   files_are_off(void);
size_t files_calls(void); /* that change something, since the last files_set() */
size_t files_failed(void);

/* The process has gone. is_power: and so has what was not synced; else the system has kept it. */
void files_back_on(bool is_power);

#endif
