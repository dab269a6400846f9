/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_CANDIDATE_H
#define HPI_STRATEGY_CANDIDATE_H

/* A point that was evaluated, as the models of evolution strategies see it. One thread at a time.
 */

#include <math.h>

#include "hpt/extend.h"

/* What came of an evaluation. Trials that were stopped stand between the feasible ones and those
 * that broke a constraint, as if they had broken one by next to nothing. */
typedef struct hpi_worth {
    double violation; /* 0: feasible; INFINITY: nothing to learn from                */
    double loss;      /* INFINITY: it has none                                       */
} hpi_worth;

/* Violations of trials that were stopped: below the last of these, which those have that never
 * reported; the farther one came the less. The first is that of one that came as far as it could:
 * it was stopped by a bound. */
static const double hpi_stopped_least = 1e-280, hpi_stopped_most = 1e-250;

typedef struct hpi_candidate {
    hpi_worth worth;
    bool      is_late;  /* not drawn from the distribution as it is now                */
    bool      has_step; /* `step` is set                                               */
    double   *step;     /* from the mean it was drawn around, in deviations then       */
    double   *x;        /* the numbers, before bounds                                  */
    uint32_t *choices;  /* one for each category                                       */
} hpi_candidate;

/* Of two feasible ones the loss decides, of two others how far they are from feasible; a feasible
 * one is better than any other (Deb, Computer Methods in Applied Mechanics and Engineering 186,
 * 2000, section 3). */
static inline bool hpi_worth_is_better(hpi_worth a, hpi_worth b) {
    return a.violation != b.violation ? a.violation < b.violation : a.loss < b.loss;
}

static inline bool hpi_worth_is_known(hpi_worth worth) {
    return worth.violation < INFINITY;
}

static inline hpi_worth hpi_worth_of_loss(double loss) {
    bool is_good = loss < INFINITY;
    return (hpi_worth){ .violation = is_good ? 0 : INFINITY, .loss = is_good ? loss : INFINITY };
}

static inline bool hpi_worth_was_stopped(hpi_worth worth) {
    return worth.violation > 0 && worth.violation <= hpi_stopped_most;
}

/* Of one goal. */
static inline hpi_worth hpi_worth_of_stopped(const hpt_outcome *outcome) {
    double step = outcome->last_step > 0 ? (double)outcome->last_step : 0;
    if (!isnan(outcome->bound))
        return (hpi_worth){ .violation = hpi_stopped_least, .loss = outcome->bound };
    if (!outcome->has_report || !outcome->last_losses || isnan(outcome->last_losses[0]))
        return (hpi_worth){ .violation = hpi_stopped_most, .loss = 0 };
    return (hpi_worth){ .violation = hpi_stopped_most / (2 + step),
                        .loss = outcome->last_losses[0] };
}

/* It says nothing: it was cancelled, or failed by no fault of its point. */
static inline bool hpi_outcome_is_void(const hpt_outcome *outcome) {
    bool has_failed = outcome->state == HPT_TRIAL_FAILED || outcome->state == HPT_TRIAL_TIMEOUT ||
                      outcome->state == HPT_TRIAL_CRASHED;
    return outcome->state == HPT_TRIAL_CANCELLED || (has_failed && !outcome->is_failure);
}

static inline hpi_worth hpi_worth_of(const hpt_outcome *outcome) {
    hpi_worth worth = hpi_worth_of_loss(INFINITY);
    if (outcome->state == HPT_TRIAL_COMPLETE) return hpi_worth_of_loss(outcome->loss);
    if (outcome->state == HPT_TRIAL_PRUNED) return hpi_worth_of_stopped(outcome);
    if (outcome->state == HPT_TRIAL_INFEASIBLE && outcome->violation > 0)
        worth.violation = outcome->violation;
    return worth;
}

/* What tells two worths apart where they are compared as numbers. */
static inline double hpi_worth_level(hpi_worth worth) {
    return worth.violation > hpi_stopped_most ? worth.violation : worth.loss;
}

#endif
