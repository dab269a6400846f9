/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_TRIAL_H
#define HPI_TRIAL_TRIAL_H

/* The trial an objective holds in its hands. A worker has one and uses it again for each of its
 * trials; only the thread that evaluates touches it. */

#include "base/cancel.h"
#include "base/clock.h"
#include "hpt/trial.h"
#include "trial/note.h"

struct hpt_trial {
    /* Of this trial. */
    const hpt_coord *point;
    uint64_t         number;
    hpi_notes        notes;
    int64_t          deadline_ns;  /* INT64_MAX = none                                  */
    bool             was_stopped;  /* should_stop() has been true                       */
    bool             was_late;     /* ... because of deadline_ns                        */
    bool             read_wrongly; /* a parameter that is not there, or of another type */
    bool             has_report;
    hpt_status       said; /* hpt_trial_fail(), infeasible() or prune(); else HPT_OK */
    int64_t          last_step;
    double           last_value;
    bool             has_spent;  /* hpt_trial_spend() was called: simulated trials only     */
    int64_t          spent_ns;   /* ... for so long in all                                  */
    double           pace;       /* how many times slower than others its worker is         */
    uint64_t         refused_by; /* 1 + the number of the trial that `refused` is about */

    /* The same for every trial of a worker. */
    const hpt_space   *space;
    const uint8_t     *kinds; /* hpt_kind of each parameter, beside each other */
    uint32_t           dims;
    uint32_t           worker;
    uint64_t           seed;
    hpt_run           *run;
    const hpi_cancels *cancels;       /* who may ask it to stop                     */
    const hpi_clock   *clock;         /* the run's; NULL: the real one              */
    int64_t            run_until_ns;  /* the wall limit of the run; INT64_MAX = none */
    void (*report)(hpt_trial *trial); /* tells observers of last_step and last_value; or NULL */
    void *reporter;                   /* for `report`                                         */

    /* The last call that was refused, in trial refused_by - 1: its status and why. Objectives tend
     * to return that status, and then this is the reason. Marked with the trial's number so that
     * nothing needs to be cleared for the next one. */
    hpt_err refused;
};

/* The time where the objective is: of the run's clock, and in a simulation what it has spent since.
 */
static inline int64_t hpi_trial_now(const hpt_trial *trial) {
    return hpi_clock_now(trial->clock) + trial->spent_ns;
}

/* How a trial ended: what its objective said, weighed by the rules of the contract. May set the
 * reason. `took_ns` < 0: not measured (then there is no time limit). */
hpt_trial_state hpi_trial_judge(hpt_trial *trial, hpt_status status, double value, int64_t took_ns,
                                int64_t limit_ns);

#endif
