/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/tally.h"

#include <string.h>

int hpi_values_compare(const hpt_goal *goals, uint32_t goal_count, const double *a,
                       const double *b) {
    for (uint32_t i = 0; i < goal_count; i++) {
        double loss_a = hpi_loss(&goals[i], a[i]), loss_b = hpi_loss(&goals[i], b[i]);
        if (loss_a != loss_b) return loss_a < loss_b ? -1 : 1;
    }
    return 0;
}

void hpi_tally_init(hpi_tally *tally, const hpt_goal *goals, uint32_t goal_count) {
    *tally = (hpi_tally){
        .goals = goals,
        .goal_count = goal_count,
        .first_ns = HPT_TIME_NONE,
        .last_ns = HPT_TIME_NONE,
    };
}

static void note_times(hpi_tally *tally, const hpt_record *record) {
    int64_t start = record->start_ns, end = record->end_ns;
    if (start != HPT_TIME_NONE && (tally->first_ns == HPT_TIME_NONE || start < tally->first_ns))
        tally->first_ns = start;
    /* HPT_TIME_NONE is below every time. */
    if (end > tally->last_ns) tally->last_ns = end;
}

static void note_best(hpi_tally *tally, const hpt_record *record) {
    if (!hpi_record_may_win(record, tally->goal_count)) return;
    if (tally->has_best) {
        int order =
            hpi_values_compare(tally->goals, tally->goal_count, record->values, tally->best);
        if (order > 0 || (order == 0 && record->number >= tally->best_trial)) return;
    }
    tally->has_best = true;
    tally->best_trial = record->number;
    memcpy(tally->best, record->values, tally->goal_count * sizeof *tally->best);
}

void hpi_tally_add(hpi_tally *tally, const hpt_record *record) {
    tally->trial_count++;
    tally->state_count[record->state]++;
    note_times(tally, record);
    note_best(tally, record);
}
