/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_KILL_H
#define HPT_TESTS_KILL_H

/* Runs with a study file in child processes, to be killed. The process that starts them must never
 * have had threads. */

#include "fixture.h"

#include <stdatomic.h>

#include <hpt/hpt.h>

enum { KILL_TRIALS = 40, KILL_PATH_BYTES = 128 };

typedef struct plan {
    const char *suffix, *strategy;
    uint32_t    workers, window;
    hpt_sync    sync;
    uint32_t    interval_ms; /* group */
    uint32_t    goals;
    const char *pruner; /* NULL: nobody is stopped early */
} plan;

/* What a child has been told was kept; shared with it. */
typedef struct acknowledged {
    atomic_uint state[KILL_TRIALS]; /* 0: nothing yet; else 1 + hpt_trial_state */
    double      value[KILL_TRIALS]; /* written before the state                 */
    atomic_bool has_returned;       /* hpt_parallel_run() */
} acknowledged;

acknowledged *kill_shared(void);
void          kill_shared_free(acknowledged *acks);
void          kill_forget(acknowledged *acks);

void kill_path(char *out, const char *folder, const char *stem, const char *suffix);
void kill_remove(const char *path);

/* A run that is left alone, into a new file. How long it took. */
uint64_t kill_whole(const plan *it, const char *path, acknowledged *acks);

/* A run that is killed after so long; whether it got through before. */
bool kill_run(const plan *it, const char *path, acknowledged *acks, uint64_t after_us);

/* Asserts that the file is sound and has every acknowledged trial once, as it was told. */
void kill_judge(const plan *it, const char *path, const acknowledged *acks);

/* Asserts that two files of a run that has ended have the same trials: told in the same order with
 * a window. */
void kill_compare(const plan *it, const char *whole, const char *killed);

#endif
