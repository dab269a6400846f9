/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_FIBER_H
#define HPT_SIMULATED_FIBER_H

/* Stacks that a thread changes between. What a real thread has of its own a fiber has too: errno
 * and the program's thread-local variables. */

#include <stdbool.h>
#include <stddef.h>

/* Number `fiber` begins in `body` when it is first changed to. It must not return. */
void sim_fiber_make(int fiber, void (*body)(void));

/* From one to another; -1 is the stack that the program began on. Returns when somebody changes
 * back. is_last: nobody will. */
void sim_fiber_change(int from, int to, bool is_last);
void sim_fiber_arrived(void); /* first of all in `body` */

/* Where the stack of a fiber is. */
void *sim_fiber_stack(int fiber, size_t *bytes_out);

/* Whether it lies on the stack of a fiber. */
bool sim_is_on_stack(const volatile void *address);

#endif
