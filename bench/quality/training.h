/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_TRAINING_H
#define HPT_BENCH_QUALITY_TRAINING_H

/* One search by ask and tell in which trials report after each epoch and may be pruned, and what it
 * had found after each epoch that was spent. Trials in flight are trained in turn, an epoch each,
 * as workers of one speed would do it: so it is the same on every machine. */

#include "learning.h"

enum { TRAINING_PENDING_MAX = 64 };

typedef struct training {
    const learning_problem *problem;
    const char             *strategy, *pruner; /* with their options */
    uint64_t                seed;
    int                     pending; /* trials in flight, 1 to TRAINING_PENDING_MAX */
    int                     epochs;  /* to be spent in all, by all trials           */
} training;

typedef struct training_counts {
    int begun, whole, pruned; /* trials; those that the end of the budget cut off are in neither */
} training_counts;

/* found_out[e]: the truth of the best trial, as observed, of those whose training was whole after e
 * epochs of all trials together; INFINITY before the first. It has epochs + 1 entries. A strategy
 * or a pruner that does not work ends the program with its sentence. */
void training_run(const training *it, double *found_out, training_counts *counts_out);

enum { TRAINING_BEST = 5 };

/* Spearman's rank correlation of what is observed after e epochs with the truth, over points drawn
 * at random: how much an early look tells. From 1 to the problem's epochs. */
typedef struct training_correlations {
    double all[LEARNING_EPOCHS_MAX + 1];
    double best[LEARNING_EPOCHS_MAX + 1]; /* of the best one in TRAINING_BEST, which are what a
                                             search has to tell apart before long */
} training_correlations;

void training_correlate(const learning_problem *problem, int points, training_correlations *out);

#endif
