/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools that evaluate elsewhere: in place of the user's objective stands one that gives the trial
 * to the pool. What stands in front of it (guard.c, goals.c, repeat.c) stays here. */
#include "base/err.h"
#include "run/run.h"

_Static_assert((int)HPI_TRIAL_NOTE_BYTES - (int)HPI_NOTE_VALUES_BYTES <= (int)HPI_POOL_NOTE_BYTES,
               "pools have room for what a trial may say");

static hpt_status elsewhere(hpt_trial *trial, void *user, double *values_out) {
    hpt_run *run = user;
    return run->pool.class->evaluate(&run->pool, trial, values_out);
}

/* The user's own, which each of those in front has passed on to the one behind it. */
static void replace_innermost(hpt_run *run) {
    hpt_objective *objective = &run->objective;
    void         **user = &run->user;
    if (run->repeated) {
        objective = &run->repeated;
        user = &run->repeated_user;
    } else if (run->measured) {
        objective = &run->measured;
        user = &run->measured_user;
    } else if (run->guarded) {
        objective = &run->guarded;
        user = &run->guarded_user;
    }
    run->pool.objective = *objective;
    run->pool.user = *user;
    *objective = elsewhere;
    *user = run;
}

hpt_status hpi_isolate(hpt_run *run, hpt_err *err) {
    hpi_pool *pool = &run->pool;
    if (!run->objective) return HPT_OK; /* a study: its callers evaluate */
    if (pool->class->evaluate) {
        pool->dims = run->dims;
        pool->goal_count = run->plan.goal_count;
        pool->grace_s = run->plan.options.grace_s;
        pool->cancels = &run->cancels;
        replace_innermost(run);
    }
    return pool->class->prepare ? pool->class->prepare(pool, err) : HPT_OK;
}
