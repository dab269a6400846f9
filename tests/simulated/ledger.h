/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_LEDGER_H
#define HPT_SIMULATED_LEDGER_H

/* What is known of a run from outside the library: what the objective was called with and what it
 * answered, what the strategy was asked and told, what observers saw. The rules are checked as it
 * is written, and once more at the end. */

#include <hpt/extend.h>
#include <hpt/hpt.h>

#include "scenario.h"

enum { LEDGER_DIMS = 3, LEDGER_TRIALS = SCENARIO_TRIALS_MAX + 200 };

typedef struct ledger_trial {
    unsigned        calls;     /* of the objective                         */
    unsigned        inside;    /* ... now                                  */
    bool            was_asked; /* of the teacher                          */
    uint32_t        attempt;   /* the last that began: one whose worker was lost may end later */
    hpt_status      answer;    /* of that one */
    double          value;
    hpt_trial_state told;  /* to the teacher; RUNNING: not yet         */
    uint64_t        order; /* ... as the so manieth                    */
    double          told_value;
    hpt_coord       told_point[LEDGER_DIMS];
    hpt_coord       point[LEDGER_DIMS];
    bool            is_promised; /* told when its result had to be on the disk */
} ledger_trial;

/* What earlier lives of the process were promised. */
typedef struct ledger_kept {
    hpt_trial_state state; /* RUNNING: nothing */
    double          value;
    hpt_coord       point[LEDGER_DIMS];
} ledger_kept;

typedef struct ledger {
    const scenario *scene;
    hpt_cancel      cancel;
    hpt_run        *run; /* NULL: hpt_parallel_run() has it          */
    hpt_study      *study;
    bool            is_over;    /* the call that ran it has returned        */
    bool            has_result; /* it came to an end of its own         */
    bool            was_cancelled;
    unsigned        inside_teacher; /* threads                            */
    uint64_t        asked_next, asked, told;
    uint64_t        seen_told; /* of the last statistics                  */
    uint64_t        inside_objective;
    unsigned        life;     /* of the process, from 0                   */
    bool         is_replayed; /* the strategy was told of earlier lives as if they were its own  */
    bool         is_blind;    /* ... or as of what is none of its asking  */
    ledger_trial trials[LEDGER_TRIALS];
    ledger_kept  kept[LEDGER_TRIALS];
    uint64_t     inside_of[SIM_FIBERS_MAX]; /* the trial that a fiber is at, plus one */
} ledger;

/* The one of the run that is played: strategies have no way to be told. */
extern ledger *ledger_open;

ledger_trial *ledger_of(uint64_t number);

/* A fiber will not come back from the objective it is in, if it is in one. */
void ledger_leave(int fiber);

/* subject.c: an objective, and the same for a trial of a study. */
hpt_status subject(hpt_trial *trial, void *user, double *value_out);
hpt_space *subject_space(void);
double     subject_value(const scenario *scene, const hpt_coord *point);

/* teacher.c: a strategy that learns, and keeps books. */
extern const hpt_strategy_class teacher;

/* oracle.c */
void oracle_stats(const hpt_stats *stats);    /* of a run that goes on    */
void oracle_result(const hpt_result *result); /* of one that is over      */
void oracle_file(const char *path);           /* the process has died, and the file is looked at */
void oracle_same(const ledger *it, const ledger *reference);
void oracle_over(void); /* whatever became of it    */

#endif
