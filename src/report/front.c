/* SPDX-License-Identifier: BSD-3-Clause */

/* Trials in order of their values, goal by goal: then only an earlier one can be better than or
 * equal to another, so that who comes in once is never put out. With two goals the last member is
 * the best of all before it in the second, and the only one to look at. */

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "report/report.h"
#include "trial/tally.h"

typedef struct entry {
    const hpi_table *table;
    size_t           index;
} entry;

static const double *values_of(const hpi_table *table, size_t index) {
    return table->rows[index].record.values;
}

static int compare(const void *a, const void *b) {
    const entry     *left = a, *right = b;
    const hpi_table *table = left->table;
    return hpi_values_compare(table->goals, table->goal_count, values_of(table, left->index),
                              values_of(table, right->index));
}

static bool is_at_least_as_good(const hpi_table *table, size_t a, size_t b) {
    const double *left = values_of(table, a), *right = values_of(table, b);
    for (uint32_t i = 0; i < table->goal_count; i++)
        if (hpi_loss(&table->goals[i], left[i]) > hpi_loss(&table->goals[i], right[i]))
            return false;
    return true;
}

/* `members` are those before it. */
static bool is_beaten(const hpi_table *table, size_t index, const size_t *members, size_t count) {
    size_t least = table->goal_count <= 2 && count > 0 ? count - 1 : 0;
    for (size_t i = count; i-- > least;)
        if (is_at_least_as_good(table, members[i], index)) return true;
    return false;
}

static size_t gather(const hpi_table *table, entry *entries, const void **items) {
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (!hpi_record_may_win(&table->rows[i].record, table->goal_count)) continue;
        entries[count] = (entry){ table, i };
        items[count] = &entries[count];
        count++;
    }
    return count;
}

hpt_status hpi_report_front(const hpi_table *table, size_t *indices_out, size_t *count_out,
                            hpt_err *err) {
    entry       *entries = hpi_alloc_room(table->count, sizeof *entries);
    const void **items = hpi_alloc_room(table->count, 2 * sizeof *items);
    hpt_status   status = HPT_OK;
    if (entries && items) {
        size_t candidate_count = gather(table, entries, items), count = 0;
        hpi_sort(items, items + table->count, candidate_count, compare);
        for (size_t i = 0; i < candidate_count; i++) {
            size_t index = ((const entry *)items[i])->index;
            if (!is_beaten(table, index, indices_out, count)) indices_out[count++] = index;
        }
        *count_out = count;
    } else {
        status =
            hpi_fail(err, HPT_ENOMEM, "out of memory for the front of %zu trials", table->count);
    }
    hpi_free(items);
    hpi_free(entries);
    return status;
}
