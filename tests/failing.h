/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_FAILING_H
#define HPT_TESTS_FAILING_H

/* Every public call, with every allocation failing in turn. An allocator that counts, fails on
 * request, and fills what it gives and takes with junk:
 *
 *     static bool try_print(void *user) {  // true when the call worked, false when it said ENOMEM
 *         ...
 *     }
 *     failing_everywhere(try_print, &input);
 *
 * The function under test makes everything it needs, and frees everything it made. Threads: the
 * allocator may be called from any; failing_*() from one. */

#include <stdbool.h>
#include <stddef.h>

/* Put the allocator in place of the library's; it works until told otherwise. */
void failing_install(void);

/* Take it out again; fails the test when blocks are still in use (it was leaked). */
void failing_remove(void);

/* Let the allocation after `count` more fail (0 = the next): that one alone, or all from then on.
 */
void failing_after(size_t count, bool is_for_ever);

/* Work again, and say whether an allocation has failed since failing_after(). */
bool failing_stop(void);

/* How many allocations (new blocks and resizes) there were since failing_install(). */
size_t failing_allocations(void);

/* How many blocks, and bytes, are in use now. */
size_t failing_live(void);
size_t failing_live_bytes(void);

/* The whole battery: `attempt` with its n-th allocation failing, for n = 0, 1, 2, ... until it gets
 * by without one, first alone and then for ever. Asserts that it returns false exactly when an
 * allocation failed, and that it leaks nothing. Where repetitions are scaled down, not every n is
 * tried. Returns the allocations of a good attempt. */
size_t failing_everywhere(bool (*attempt)(void *user), void *user);

/* The same for an attempt that may do well without some of its memory. */
size_t failing_tolerated(bool (*attempt)(void *user), void *user);

#endif
