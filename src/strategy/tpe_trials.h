/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_TPE_TRIALS_H
#define HPI_STRATEGY_TPE_TRIALS_H

/* The trials of a search, parted into the good ones and the rest: each part is a Parzen estimator.
 * A trial that is not told yet belongs to the rest (constant liar). One thread at a time. */

#include "strategy/parzen.h"
#include "strategy/tpe_front.h"

/* Where a trial stands. Its order: the key, then the number. With several goals a complete one has
 * the front that it was in last, and nothing while it is good: tpe_front.h. */
typedef struct hpi_tpe_key {
    uint8_t class; /* complete, pruned with a report, pruned without, infeasible */
    double first, second;
} hpi_tpe_key;

typedef enum hpi_tpe_part {
    HPI_TPE_PENDING,
    HPI_TPE_GOOD,
    HPI_TPE_REST,
    HPI_TPE_FAILED, /* to be avoided                                            */
    HPI_TPE_WORSE,  /* than the best: it was stopped for that, and is never good */
    HPI_TPE_LOST
} hpi_tpe_part;

typedef struct hpi_tpe_trials {
    double       gamma;         /* good ones: this share, rounded up,  */
    size_t       good_max;      /* but no more than this               */
    bool         is_maximising; /* so reports are the better the higher they are */
    size_t       goal_count; /* more than one: good complete trials are in `front`, not in `good` */
    size_t       axis_count;
    size_t       count, room; /* trials that are known: 0, 1, ... as they became so */
    size_t       told;        /* of them with a key, failed or worse          */
    double       best;        /* the least loss, if has_best: of one goal     */
    bool         has_best;
    size_t       pending;
    size_t       pruned;       /* of `told`                                       */
    double       pruned_steps; /* how far they came, together                     */
    double       furthest;     /* ... and how far the furthest of all came        */
    float       *x;            /* per trial as hpi_parzen_add() takes it: 2 * axis_count */
    hpi_tpe_key *keys;
    uint8_t     *parts; /* hpi_tpe_part */
    uint32_t    *good;  /* sorted, best first */
    size_t       good_count;
    hpi_tpe_front front;
    double       *losses; /* of several goals, for each trial */
    uint32_t     *heap;   /* of the rest that was told, best on top */
    size_t        heap_count;
    hpi_parzen    good_density, rest_density;
    hpi_parzen    failed_density; /* of points to be avoided, which are of the rest, too */
    size_t        failed;
} hpi_tpe_trials;

/* gamma, good_max, is_maximising, goal_count are set before. */
hpt_status hpi_tpe_trials_init(hpi_tpe_trials *trials, const hpi_parzen_rule *rule, hpt_err *err);
void       hpi_tpe_trials_fini(hpi_tpe_trials *trials);

/* Make room for one more trial, so that whatever is told of it needs none. False: out of memory. */
bool hpi_tpe_trials_reserve(hpi_tpe_trials *trials);

/* The next trial, after reserve; x as for hpi_parzen_add(). Returns which it is. */
uint32_t hpi_tpe_trials_add(hpi_tpe_trials *trials, const float *x);

/* Its end; once for each. */
void hpi_tpe_trials_tell(hpi_tpe_trials *trials, uint32_t trial, const hpt_outcome *outcome);

/* The logarithm of the chance that a candidate does not fail, from the logarithms of the densities
 * there. */
float hpi_tpe_log_chance(const hpi_tpe_trials *trials, float good, float rest, float failed);

/* Whether a trial that ended so says nothing. */
bool hpi_tpe_is_lost(const hpt_outcome *outcome);

#endif
