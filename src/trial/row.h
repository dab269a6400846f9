/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_ROW_H
#define HPI_TRIAL_ROW_H

/* Trials of a study as they lie in memory, for whoever looks at all of them. Nothing here owns what
 * it points to. Any number of threads may read. */

#include <math.h>

#include "hpt/history.h"

typedef struct hpi_row {
    hpt_record        record;
    uint64_t          id;    /* the backend's */
    uint64_t          asked; /* as in hpi_record */
    const hpt_coord  *point; /* one coordinate per parameter */
    const bool       *given; /* which of them the trial has, and has active; NULL = all */
    const hpt_report *reports;
    uint32_t          report_count; /* by rising step */
    bool              is_partial;   /* the backend said which parameters it has: another tool's */
} hpi_row;

typedef struct hpi_table {
    const hpt_space *space; /* NULL or empty: nothing was ever drawn */
    const hpt_goal  *goals;
    uint32_t         goal_count;
    const hpi_row   *rows; /* by rising number */
    size_t           count;
} hpi_table;

static inline bool hpi_row_has(const hpi_row *row, hpt_param param) {
    return !row->given || row->given[param];
}

/* Smaller is better, for every goal. */
static inline double hpi_loss(const hpt_goal *goal, double value) {
    return goal->direction == HPT_MAXIMISE ? -value : value;
}

static inline bool hpi_record_has_ended(const hpt_record *record) {
    return record->state != HPT_TRIAL_RUNNING;
}

/* Whether it may be the best: COMPLETE, no value NaN, and no constraint broken, which another
 * tool's COMPLETE trials may have. Infinite values are values. */
static inline bool hpi_record_may_win(const hpt_record *record, uint32_t goal_count) {
    if (record->state != HPT_TRIAL_COMPLETE || record->value_count < goal_count) return false;
    for (uint32_t i = 0; i < goal_count; i++)
        if (isnan(record->values[i])) return false;
    for (uint32_t i = 0; i < record->constraint_count; i++) {
        hpt_value value = record->constraints[i].value;
        if (value.type == HPT_TYPE_REAL && !(value.as.real <= 0)) return false;
        if (value.type == HPT_TYPE_INT && value.as.integer > 0) return false;
    }
    return true;
}

#endif
