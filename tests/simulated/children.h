/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_CHILDREN_H
#define HPT_SIMULATED_CHILDREN_H

/* Worker processes of the simulated machine, in the place of pool/child_linux.c and what belongs to
 * it: each is a fiber that works on a copy of what the host had, as far as it writes to it, and
 * dies when it is told to, by itself or at any point by somebody else's hand. */

#include <stdbool.h>
#include <stdint.h>

typedef struct children_faults {
    double start_failure_share; /* a child that cannot be made     */
    double kill_share;          /* of points of a child at which somebody kills it */
    double server_death_share;  /* of starts at which the fork server dies        */
    double deaf_share;          /* of children that SIGTERM does not kill         */
} children_faults;

void children_reset(uint64_t seed, const children_faults *faults);

/* In a child: die of a signal, or with an exit code if it is 0. Does nothing elsewhere: false. */
bool children_die(int signal, int code);
bool children_is_child(void);

#endif
