/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_FIXTURE_H
#define HPT_TESTS_FIXTURE_H

/* What every test includes first: cmocka, with the headers it forgets to include, and helpers that
 * more than one test needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* How many times to repeat something: `count`, or the HPT_TEST_PERCENT per cent of it that the
 * environment asks for (fewer under valgrind, more overnight), at least 1. Threads: any. */
size_t fixture_scaled(size_t count);

/* How far apart to pick some of many: `apart` at 100 per cent, else further or nearer, at least 1.
 */
size_t fixture_apart(size_t apart);

/* A new folder "<where>/<name>XXXXXX" into `out`, which has room for 64 bytes: in memory where
 * there is such a place, since most tests only wait for a disk. False: it cannot be made. */
bool fixture_folder(char *out, const char *name);

/* First in a test whose searches are long and show no more than short ones where repetitions are
 * scaled down: it is left out there. */
#define SKIP_WHERE_SCALED_DOWN()                                                                   \
    do {                                                                                           \
        if (fixture_scaled(100) < 100) skip();                                                     \
    } while (0)

/* Valgrind or qemu-user runs the test (HPT_TEST_EMULATED): they have signal handlers, descriptors,
 * stacks and exit codes of their own, and a process of theirs takes its time to hear a signal. */
bool fixture_is_emulated(void);

/* First in a test of what an emulator does otherwise. */
#define SKIP_WHERE_EMULATED()                                                                      \
    do {                                                                                           \
        if (fixture_is_emulated()) skip();                                                         \
    } while (0)

/* Zeroed memory that is shared with processes that are forked later; never freed. */
void *fixture_shared(size_t bytes);

/* Write a file below a folder, and make the folders above it. */
void fixture_put(const char *folder, const char *path, const char *text);

#endif
