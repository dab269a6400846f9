/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "report/report.h"
#include "trial/tally.h"

#define NS_PER_S 1e9

/* Numbers of one kind, in order of the trials. */
typedef struct column {
    double      *numbers;
    const void **items; /* for sorting, twice as many */
    size_t       count;
} column;

typedef struct summary {
    double min, max, mean, median;
} summary;

static int compare_numbers(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int compare_workers(const void *a, const void *b) {
    uint32_t left = ((const hpi_row *)a)->record.worker,
             right = ((const hpi_row *)b)->record.worker;
    return (left > right) - (left < right);
}

static double number_at(const column *of, size_t index) {
    return *(const double *)of->items[index];
}

/* A mean of numbers near the largest double is finite too. */
static double mean_of(const column *of) {
    double mean = 0, sum = 0, count = (double)of->count;
    for (size_t i = 0; i < of->count; i++) {
        sum += of->numbers[i];
        mean += of->numbers[i] / count;
    }
    return isfinite(sum) ? sum / count : mean;
}

static double median_of(const column *of) {
    double upper = number_at(of, of->count / 2);
    if (of->count % 2 == 1) return upper;
    double lower = number_at(of, of->count / 2 - 1);
    return lower == upper ? upper : lower / 2 + upper / 2;
}

static summary summarise(const column *of) {
    if (of->count == 0) return (summary){ NAN, NAN, NAN, NAN };
    for (size_t i = 0; i < of->count; i++)
        of->items[i] = &of->numbers[i];
    hpi_sort(of->items, of->items + of->count, of->count, compare_numbers);
    return (summary){ number_at(of, 0), number_at(of, of->count - 1), mean_of(of), median_of(of) };
}

static void state_values(const hpi_table *table, column *room, hpt_history_stats *stats) {
    room->count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const hpt_record *record = &table->rows[i].record;
        if (record->state == HPT_TRIAL_COMPLETE && record->value_count > 0 &&
            !isnan(record->values[0]))
            room->numbers[room->count++] = record->values[0];
    }
    summary of = summarise(room);
    stats->value_min = of.min;
    stats->value_max = of.max;
    stats->value_mean = of.mean;
    stats->value_median = of.median;
}

static void state_durations(const hpi_table *table, column *room, hpt_history_stats *stats) {
    double sum = 0;
    room->count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const hpt_record *record = &table->rows[i].record;
        if (!hpi_record_has_ended(record) || record->duration_ns < 0) continue;
        double seconds = (double)record->duration_ns / NS_PER_S;
        room->numbers[room->count++] = seconds;
        sum += seconds;
    }
    summary of = summarise(room);
    stats->duration_s_min = of.min;
    stats->duration_s_max = of.max;
    stats->duration_s_mean = of.mean;
    stats->duration_s_median = of.median;
    stats->duration_s_sum = room->count > 0 ? sum : NAN;
}

/* Clocks may run backwards, and a file may say anything: as doubles no difference overflows. */
static void state_span(const hpi_tally *tally, hpt_history_stats *stats) {
    stats->span_s = NAN;
    if (tally->first_ns != HPT_TIME_NONE && tally->last_ns != HPT_TIME_NONE)
        stats->span_s =
            tally->last_ns > tally->first_ns
                ? (double)((uint64_t)tally->last_ns - (uint64_t)tally->first_ns) / NS_PER_S
                : 0;
    stats->parallelism = stats->span_s > 0 ? stats->duration_s_sum / stats->span_s : NAN;
}

static uint32_t count_workers(const hpi_table *table, const column *room) {
    uint32_t count = 0;
    size_t   known = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].record.worker != UINT32_MAX) room->items[known++] = &table->rows[i];
    hpi_sort(room->items, room->items + known, known, compare_workers);
    for (size_t i = 0; i < known; i++)
        count += i == 0 || compare_workers(room->items[i - 1], room->items[i]) != 0;
    return count;
}

static uint64_t count_stale(const hpi_table *table) {
    size_t   best = hpi_report_best(table);
    uint64_t count = 0;
    for (size_t i = best == SIZE_MAX ? 0 : best + 1; i < table->count; i++)
        count += hpi_record_has_ended(&table->rows[i].record);
    return count;
}

static void fill(const hpi_table *table, column *room, hpt_history_stats *stats) {
    hpi_tally tally;
    hpi_tally_init(&tally, table->goals, table->goal_count);
    for (size_t i = 0; i < table->count; i++)
        hpi_tally_add(&tally, &table->rows[i].record);
    memcpy(stats->state_count, tally.state_count, sizeof stats->state_count);
    state_values(table, room, stats);
    state_durations(table, room, stats);
    state_span(&tally, stats);
    stats->worker_count = count_workers(table, room);
    stats->stale_count = count_stale(table);
}

hpt_status hpi_report_stats(const hpi_table *table, hpt_history_stats *stats_out, hpt_err *err) {
    column     room = { .numbers = hpi_alloc_room(table->count, sizeof(double)),
                        .items = hpi_alloc_room(table->count, 2 * sizeof(void *)) };
    hpt_status status = HPT_OK;
    if (room.numbers && room.items)
        fill(table, &room, stats_out);
    else
        status =
            hpi_fail(err, HPT_ENOMEM, "out of memory for statistics of %zu trials", table->count);
    hpi_free(room.items);
    hpi_free(room.numbers);
    return status;
}
