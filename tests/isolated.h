/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_ISOLATED_H
#define HPT_TESTS_ISOLATED_H

/* Runs in worker processes, and what must hold after each of them, whatever has happened in it: no
 * process, thread or descriptor is left, and the host's signals are as they were. The program makes
 * itself the parent of all orphans, so that none can hide. */

#include "runs.h"

/* A sanitizer takes more addresses than any limit leaves, and needs descriptors of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

/* How a trial ended. */
typedef struct isolated_end {
    hpt_trial_state state;
    double          value, bound; /* bound: of the attribute; 0 if there is none */
    char            reason[256];
    char            output[8192]; /* attribute crash_output; "" if there is none */
} isolated_end;

/* For cmocka: before and after each test. */
int isolated_setup(void **state);
int isolated_teardown(void **state);

#define isolated_test(f) cmocka_unit_test_setup_teardown(f, isolated_setup, isolated_teardown)

/* Once, in main(): orphans become children of the program. */
void isolated_begin(void);

hpt_options isolated_options(uint32_t workers, uint64_t trials);

/* A run; how each of its trials ended, by number: `count` of them, which are all. */
hpt_result *isolated_run(hpt_objective objective, void *user, hpt_options options,
                         isolated_end *ends_out, size_t count);

/* A run of one trial. */
isolated_end isolated_once(hpt_objective objective, void *user, hpt_options options);

/* Asserts that a trial of the objective ends so, with these words in its reason, and that the
 * trials beside it complete. The objective is called for trial number 1 of 4; `user` is its. */
isolated_end isolated_assert_dies(hpt_objective objective, void *user, hpt_options options,
                                  hpt_trial_state state, const char *words);

/* The only child of a process, or the one after so many others; 0: there is none. The fork server
 * is the host's child, and the worker processes are its. */
int isolated_child(int of, int index);

/* Wait for all that became children of this one, for some seconds; asserts that they all end. */
void isolated_reap(void);

#endif
