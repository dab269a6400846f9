/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_SHARING_H
#define HPT_TESTS_SHARING_H

/* Processes that join one study file, and count what they evaluate in memory that they share. The
 * process that starts them must never have had threads. */

#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <hpt/hpt.h>

enum { SHARING_NUMBERS = 600, SHARING_MEMBERS = 3, SHARING_PATH_BYTES = 128 };

typedef struct sharing_counts {
    atomic_uint evaluated[SHARING_NUMBERS]; /* by number               */
    atomic_uint at[SHARING_NUMBERS];        /* by the value of "count" */
    atomic_uint member[SHARING_MEMBERS];    /* by who                  */
    double      best[SHARING_MEMBERS];
    atomic_bool has_begun[SHARING_MEMBERS];
} sharing_counts;

typedef struct sharing_setup {
    hpt_options options;
    const char *rule;
    unsigned    members;
    unsigned    pause_us;
    hpt_stop    stop; /* that all of them end with */
    unsigned    index;
    bool        is_finite;
    bool        waits; /* trials from number 10 on: until all members have begun one */
} sharing_setup;

/* Of one test. */
extern sharing_counts *sharing_seen;
extern char            sharing_path[SHARING_PATH_BYTES];

int  sharing_begin(void **state);
int  sharing_end(void **state);
void sharing_remove_files(void);
void sharing_pause_us(unsigned us);

/* Some members with two workers each, and so many trials for all. */
sharing_setup sharing_setup_of(uint64_t trials, const char *strategy);
hpt_space    *sharing_make_space(const sharing_setup *it);

/* In this process: 0 if it ends as it should. In one of its own. */
int   sharing_run_member(const sharing_setup *it);
pid_t sharing_start(const sharing_setup *it, unsigned index);
void  sharing_assert_ends_well(pid_t child);
void  sharing_run_all(const sharing_setup *it);
/* A test in a process of its own, which says NEED(). */
void sharing_apart(void (*test)(void));

/* Until a member has evaluated so many. Stopped, but not in the middle of a transaction, which
 * would keep the file from all others. */
void sharing_wait_for(unsigned member, unsigned count);
void sharing_stop_harmlessly(pid_t victim, unsigned other);

/* Every number has one end in a file that is sound; and was evaluated once. */
void sharing_judge_file(uint64_t trials);
void sharing_assert_once(uint64_t trials);

/* cmocka's own would jump out of the child. */
#define NEED(truth)                                                                                \
    do {                                                                                           \
        if (truth) break;                                                                          \
        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #truth);                        \
        _exit(1);                                                                                  \
    } while (0)

#endif
