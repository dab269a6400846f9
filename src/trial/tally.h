/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_TALLY_H
#define HPI_TRIAL_TALLY_H

/* What can be said of a study from one look at each trial, in any order of looking. One thread at a
 * time. */

#include "trial/row.h"

enum { HPI_TALLY_GOALS_MAX = 8 };

typedef struct hpi_tally {
    const hpt_goal *goals;
    uint32_t        goal_count;
    uint64_t        trial_count;
    uint64_t        state_count[HPT_TRIAL_STATE_COUNT];
    bool            has_best;
    uint64_t        best_trial;
    double          best[HPI_TALLY_GOALS_MAX]; /* its values */
    int64_t         first_ns, last_ns;         /* the first start, the last end; HPT_TIME_NONE */
} hpi_tally;

/* `goals` are borrowed as long as it is used. */
void hpi_tally_init(hpi_tally *tally, const hpt_goal *goals, uint32_t goal_count);
void hpi_tally_add(hpi_tally *tally, const hpt_record *record);

/* As strcmp(): goal by goal, the better values first. The first of all is on the front. */
int hpi_values_compare(const hpt_goal *goals, uint32_t goal_count, const double *a,
                       const double *b);

#endif
