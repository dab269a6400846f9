/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_TRIAL_H
#define HPI_TRIAL_TRIAL_H

/* The trial an objective holds in its hands. A worker has one and uses it again for each of its
 * trials; only the thread that evaluates touches it. */

#include <stdarg.h>
#include <stdatomic.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "hpt/trial.h"
#include "trial/note.h"

/* The most a trial may come to and still beat the best, which only falls. Written by the holder of
 * the turn, read by any thread, and through shared memory by worker processes. */
typedef struct hpi_caps {
    atomic_int_fast64_t  time_ns;    /* HPT_CAP_TIME: since it began; INT64_MAX: no limit yet    */
    atomic_uint_fast64_t value_bits; /* HPT_CAP_REPORT: the bits of a double; INFINITY likewise  */
} hpi_caps;

/* Who has a trial that somebody else may end: the lower bits of a word. The upper ones count the
 * trials of its worker, so that who has looked at one cannot end the next. */
typedef enum hpi_phase {
    HPI_PHASE_OWN,     /* no objective has it                                               */
    HPI_PHASE_RUNNING, /* the objective has it                                              */
    HPI_PHASE_BUSY,    /* ... and is in a function of hpt's: it cannot be ended just now     */
    HPI_PHASE_LOST     /* it was ended without its objective, which may come back or not     */
} hpi_phase;

enum { HPI_PHASE_MASK = 3 };

struct hpt_trial {
    struct hpt_trial_head head; /* the point and the number are of this trial */

    /* Of this trial. */
    bool     is_marked; /* some of what follows is not as hpi_trial_clear() left it */
    uint32_t repeat;    /* the call of the objective; 0 when it is not called */
    uint32_t attempt;   /* how often it has failed already: hpt_failure.retry_count */
    int64_t  start_ns;  /* when it began; only with a limit or a cap of time */
    int64_t  failed_ns; /* what earlier attempts took, where time is measured */
    int64_t  waited_ns; /* what this one took before the objective was called: not its time */

    /* Cleared only when it was marked: most trials leave all of it alone. */
    bool       was_stopped;  /* should_stop() has been true                       */
    bool       was_late;     /* ... because of deadline_ns                        */
    bool       read_wrongly; /* a parameter that is not there, or of another type */
    bool       has_report;
    bool       has_spent;  /* hpt_trial_spend() was called: simulated trials only     */
    bool       was_pruned; /* ... because the pruner said so                       */
    bool       was_capped; /* ... because it cannot beat the best: hpt_options.cap */
    hpt_status said;       /* hpt_trial_fail(), infeasible() or prune(); else HPT_OK  */
    hpt_trial_state
              ended; /* how the pool says it ended, with its reason; RUNNING: it does not say */
    hpi_notes notes; /* bytes and room are given by who evaluates               */

    int64_t  deadline_ns; /* INT64_MAX = none                                       */
    int64_t  last_step;   /* if has_report                                          */
    double   last_value;  /* likewise                                               */
    int64_t  spent_ns;    /* in all, by hpt_trial_spend()                           */
    double   pace;        /* how many times slower than others its worker is        */
    double   bound;       /* if it was_capped: its value would be at least that      */
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
    void    *reporter;                /* for `report`                                         */
    uint32_t goal_count;              /* values of a trial                                    */

    /* What other threads, or the keeper of its process, say to it. NULL: nobody does. */
    const atomic_uint_fast64_t *pruned; /* 1 + the number of a trial that is hopeless          */
    const atomic_int_fast64_t  *stops;  /* when the run wants it to end, if `cancels` is a copy */
    const hpi_caps             *caps;   /* what the best of the run allows a trial             */
    atomic_uint_fast64_t       *phase;  /* of a worker that may be written off: hpi_phase  */
    /* Takes the report that was just made to who decides: true = hopeless. False as well when that
     * will be known later, and `pruned` says so. NULL: nobody decides. `values`: `count` of them,
     * one for each goal, or the first only. */
    bool (*decide)(hpt_trial *trial, const double *values, uint32_t count);
    void       *decider; /* for `decide`                                          */
    const char *pruner;  /* the name of who decides, for the reason; NULL: nobody */

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
    trial->was_pruned = false;
    trial->was_capped = false;
    trial->said = HPT_OK;
    trial->ended = HPT_TRIAL_RUNNING;
    trial->notes = (hpi_notes){ .bytes = notes, .room = room };
}

/* Around all that touches more than the trial itself, and what is told of a trial that is lost: its
 * reports and notes. enter: false when it is lost, and then the run may be gone. */
bool hpi_phase_enter(atomic_uint_fast64_t *phase);
void hpi_phase_leave(atomic_uint_fast64_t *phase);

static inline bool hpi_trial_enter(hpt_trial *trial) {
    return !trial->phase || hpi_phase_enter(trial->phase);
}

static inline void hpi_trial_leave(hpt_trial *trial) {
    if (trial->phase) hpi_phase_leave(trial->phase);
}

/* No trial has a best to beat yet. */
void   hpi_caps_init(hpi_caps *caps);
void   hpi_caps_set(hpi_caps *caps, int64_t time_ns, double value);
double hpi_caps_value(const hpi_caps *caps);

/* The time where the objective is: of the run's clock, and in a simulation what it has spent since.
 */
static inline int64_t hpi_trial_now(const hpt_trial *trial) {
    return hpi_clock_now(trial->clock) + trial->spent_ns;
}

/* Why, of a trial that was_capped, and what its value would be at least. */
void hpi_trial_say_capped(hpt_trial *trial);
/* A report reaches observers and whoever decides on it; `values` are good. For the objective's
 * thread and for who evaluates in its place. True: the trial is hopeless. */
bool hpi_trial_take_report(hpt_trial *trial, int64_t step, const double *values, uint32_t count);

/* Whether it is known to be hopeless, as of now. */
bool hpi_trial_is_pruned(hpt_trial *trial);

/* Why it did not complete, unless it was said before that it reads what is not there. */
void hpi_trial_explain(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);
void hpi_trial_explain_with(hpt_trial *trial, const char *format, va_list arguments)
    HPT_PRINTF(2, 0);

/* How a trial ended: what its objective said, weighed by the rules of the contract. May set the
 * reason. `took_ns` < 0: not measured (then there is no time limit). */
hpt_trial_state hpi_trial_judge(hpt_trial *trial, hpt_status status, double value, int64_t took_ns,
                                int64_t limit_ns);

#endif
