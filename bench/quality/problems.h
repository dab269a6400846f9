/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_PROBLEMS_H
#define HPT_BENCH_QUALITY_PROBLEMS_H

/* What the 24 functions are not: mixed, conditional, noisy and constrained search spaces, and
 * several goals. Each with its optimum or front, which problems.c proves in a sentence. */

#include <hpt/hpt.h>

enum { PROBLEM_GOALS_MAX = 3, PROBLEM_TRIALS_MAX = 1000 };

/* What is true of a point, whatever is observed of it. */
typedef struct problem_truth {
    double values[PROBLEM_GOALS_MAX]; /* one per goal, each at least 0 and to be minimised  */
    double noise;                     /* what the observed value has on top of the first     */
    double broken;                    /* a constraint on results, above 0: by so much; NaN: none */
} problem_truth;

typedef struct quality_problem {
    const char *name;
    const char *about;
    hpt_space *(*space)(void);
    void (*evaluate)(hpt_trial *trial, problem_truth *out);
    double   optimum; /* one goal: the least value; several: the volume that the front dominates */
    uint32_t goal_count;                    /* 1 to PROBLEM_GOALS_MAX */
    double   references[PROBLEM_GOALS_MAX]; /* several goals: up to where the volume is measured */
} quality_problem;

extern const quality_problem quality_problems[];
extern const size_t          quality_problem_count;

/* One search of a problem. */
typedef struct problem_run {
    const quality_problem *problem;
    int                    count;           /* evaluations that count so far     */
    double                 observed, truth; /* one goal: of the best as observed */
    double                 values[PROBLEM_TRIALS_MAX][PROBLEM_GOALS_MAX]; /* several goals */
} problem_run;

void problem_restart(problem_run *it, const quality_problem *problem);

/* An hpt_objective; `user` is the run. What breaks a constraint has values, and does not count. */
hpt_status problem_evaluate(hpt_trial *trial, void *user, double *values_out);

/* How far from the optimum it is: one goal: the true value of what was observed as best, minus the
 * optimum; several: the volume that is still missing. INFINITY without any. */
double problem_score(void *user);

#endif
