/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_HOST_H
#define HPT_TESTS_HOST_H

/* What a program that uses hpt has and is, beside its memory: noted before, compared afterwards.
 * Nothing of it may have changed, and nothing may be left. */

#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { HOST_SIGNALS = 65, HOST_LIMITS = 16 };

typedef struct host {
    struct sigaction actions[HOST_SIGNALS];
    sigset_t         mask;
    int              rounding;
    bool             flushes; /* the numbers below the least normal one to zero */
    char             locale[256];
    char             folder[4096];
    mode_t           umask;
    struct rlimit    limits[HOST_LIMITS];
    size_t           threads, files;
    size_t           helpers; /* processes of a sanitizer, which have descriptors as well */
} host;

/* It has no child processes before, and so is to have none afterwards. */
void host_note(host *it);

/* Waits for threads that were joined a moment ago. */
void host_assert_unchanged(const host *before);

/* Asserts that the process has no child, running or dead. A sanitizer's helpers are no children,
 * here and below: they come at any time, and stay. */
void host_assert_no_child(void);
bool host_has_child(void);

/* Whether a process is a sanitizer's. */
bool host_is_helper(int pid);

/* Asserts that of a folder's entries exactly these are left: a list that ends with NULL. */
void host_assert_holds(const char *folder, const char *const *names);

#endif
