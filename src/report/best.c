/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/report.h"
#include "trial/tally.h"

size_t hpi_report_best(const hpi_table *table) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < table->count; i++) {
        const hpt_record *record = &table->rows[i].record;
        if (!hpi_record_may_win(record, table->goal_count)) continue;
        if (best == SIZE_MAX || hpi_values_compare(table->goals, table->goal_count, record->values,
                                                   table->rows[best].record.values) < 0)
            best = i;
    }
    return best;
}

void hpi_report_best_so_far(const hpi_table *table, uint32_t goal, double *best_out) {
    const hpt_goal *aim = &table->goals[goal];
    double          best = NAN;
    for (size_t i = 0; i < table->count; i++) {
        const hpt_record *record = &table->rows[i].record;
        if (hpi_record_may_win(record, table->goal_count) &&
            !(hpi_loss(aim, best) <= hpi_loss(aim, record->values[goal])))
            best = record->values[goal];
        best_out[i] = best;
    }
}
