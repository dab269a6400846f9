/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_SEARCH_H
#define HPT_BENCH_QUALITY_SEARCH_H

/* One search by ask and tell, and what it had found after each budget. */

#include <hpt/hpt.h>

enum { QUALITY_BUDGETS_MAX = 12, QUALITY_PENDING_MAX = 64 };

typedef struct quality_search {
    const hpt_space *space;
    hpt_objective    objective; /* what is not HPT_OK fails the trial, or makes it INFEASIBLE */
    void            *user;
    double (*score)(void *user); /* how good it is so far; NULL: the best value */
    uint32_t    goal_count;      /* 0 = 1, at most 8; all of them to be minimised */
    const char *strategy;        /* with its options */
    uint64_t    seed;
    int         pending; /* trials in flight, 1 to QUALITY_PENDING_MAX; the oldest is told first */
    int         budget_count;
    int         budgets[QUALITY_BUDGETS_MAX]; /* rising; the last is the study's */
} quality_search;

/* The best value or the score after each budget, INFINITY where nothing had completed; how many
 * trials the study says had broken a declared constraint, evaluated or not. A strategy that does
 * not work ends the program with its sentence. */
void quality_search_run(const quality_search *it, double *best_out, uint64_t *forbidden_out);

/* Whether the strategy can do it at all; one that searches for one goal cannot for several. */
bool quality_search_fits(const quality_search *it);

/* [-5, 5]^dim, [low, high]^dim; destroy it. */
hpt_space *quality_cube(int dim);
hpt_space *quality_cube_of(int dim, double low, double high);

#endif
