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
    struct hpt_trial_head head; /* the point and the number are of this trial */

    /* Of this trial. */
    bool     is_marked; /* some of what follows is not as hpi_trial_clear() left it */
    uint32_t repeat;    /* the call of the objective; 0 when it is not called */

    /* Cleared only when it was marked: most trials leave all of it alone. */
    bool       was_stopped;  /* should_stop() has been true                       */
    bool       was_late;     /* ... because of deadline_ns                        */
    bool       read_wrongly; /* a parameter that is not there, or of another type */
    bool       has_report;
    bool       has_spent; /* hpt_trial_spend() was called: simulated trials only     */
    hpt_status said;      /* hpt_trial_fail(), infeasible() or prune(); else HPT_OK  */
    hpi_notes  notes;     /* bytes and room are given by who evaluates               */

    int64_t  deadline_ns; /* INT64_MAX = none                                       */
    int64_t  last_step;   /* if has_report                                          */
    double   last_value;  /* likewise                                               */
    int64_t  spent_ns;    /* in all, by hpt_trial_spend()                           */
    double   pace;        /* how many times slower than others its worker is        */
    uint64_t refused_by;  /* 1 + the number of the trial that `refused` is about    */

    /* The same for every trial of a worker. */
    const hpt_space   *space;
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

/* Ready for the next trial, which writes its notes there. */
static inline void hpi_trial_clear(hpt_trial *trial, unsigned char *notes, uint32_t room) {
    trial->is_marked = false;
    trial->was_stopped = false;
    trial->was_late = false;
    trial->read_wrongly = false;
    trial->has_report = false;
    trial->has_spent = false;
    trial->spent_ns = 0;
    trial->said = HPT_OK;
    trial->notes = (hpi_notes){ .bytes = notes, .room = room };
}

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
