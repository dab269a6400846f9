/* SPDX-License-Identifier: BSD-3-Clause */
/* Intermediate values come by the backend's ids, which rise with numbers in most files. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "store/history_read.h"

typedef struct reading {
    hpi_arena *arena;
    hpi_row  **by_id;
    uint64_t   first_id, last_id; /* of rows that have any */
    size_t     count, at;         /* rows before this one have lower ids */
    uint64_t   id;                /* of the trial that what is held is of */
    hpi_row   *row;               /* that one; NULL: it is none that is wanted */
    uint32_t   goal_count;
    int64_t   *steps; /* of that row, and goal_count values for each */
    double    *values;
    size_t     held_count, held_room, value_count;
    hpt_status status;
} reading;

static int compare_ids(const void *a, const void *b) {
    uint64_t left = ((const hpi_row *)a)->id, right = ((const hpi_row *)b)->id;
    return (left > right) - (left < right);
}

static bool sort_rows(reading *all, hpi_row *rows, size_t count) {
    bool is_sorted = true;
    all->by_id = hpi_alloc_room(count, 2 * sizeof *all->by_id);
    if (!all->by_id) return false;
    all->count = count;
    for (size_t i = 0; i < count; i++) {
        all->by_id[i] = &rows[i];
        is_sorted = is_sorted && (i == 0 || rows[i - 1].id <= rows[i].id);
    }
    if (!is_sorted)
        hpi_sort((const void **)all->by_id, (const void **)all->by_id + count, count, compare_ids);
    return true;
}

/* A trial that says it has none may be one that is evaluated again: what is there is of the first
 * time.
 */
static hpi_row *find_row(reading *all, uint64_t id) {
    while (all->at < all->count && all->by_id[all->at]->id < id)
        all->at++;
    /* A trial that ended between two looks was read twice: the later row counts. */
    while (all->at + 1 < all->count && all->by_id[all->at + 1]->id == id)
        all->at++;
    hpi_row *row = all->at < all->count ? all->by_id[all->at] : NULL;
    return row && row->id == id && row->record.has_report ? row : NULL;
}

static bool grow(reading *all) {
    size_t   room = all->held_room ? 2 * all->held_room : 64;
    int64_t *steps = hpi_resize(all->steps, room, sizeof *steps);
    if (steps) all->steps = steps;
    double *values = hpi_resize(all->values, room, all->goal_count * sizeof *values);
    if (values) all->values = values;
    if (!steps || !values) return false;
    all->held_room = room;
    return true;
}

static bool hold(reading *all, int64_t step, const double *values) {
    if (all->held_count == all->held_room && !grow(all)) return false;
    memcpy(all->values + all->held_count * all->goal_count, values,
           all->goal_count * sizeof *values);
    all->steps[all->held_count++] = step;
    return true;
}

/* Those that are held belong to their row. */
static bool give(reading *all) {
    size_t count = all->held_count, row = all->goal_count * sizeof(double);
    if (!all->row || count == 0) return true;
    double     *values = hpi_arena_copy(all->arena, all->values, count * row);
    hpt_report *reports = hpi_arena_take(all->arena, count * sizeof *reports);
    if (!values || !reports) return false;
    for (size_t i = 0; i < count; i++) {
        const double *own = values + i * all->goal_count;
        reports[i] = (hpt_report){ .step = all->steps[i], .value = own[0], .values = own };
    }
    all->row->reports = reports;
    all->row->report_count = (uint32_t)count;
    return true;
}

static bool take_one(void *user, uint64_t id, int64_t step, const double *values) {
    reading *all = user;
    if (id > all->last_id) return false; /* none of these rows comes any more */
    if (!all->row || all->id != id) {
        if (!give(all)) {
            all->status = HPT_ENOMEM;
            return false;
        }
        all->held_count = 0;
        all->id = id;
        all->row = find_row(all, id);
    }
    if (!all->row) return true;
    all->value_count += all->goal_count;
    if (all->value_count > HPI_HISTORY_REPORTS_MAX)
        all->status = HPT_ELIMIT;
    else if (!hold(all, step, values))
        all->status = HPT_ENOMEM;
    return all->status == HPT_OK;
}

static hpt_status scan(reading *all, hpi_backend *backend, hpt_err *err) {
    const hpi_backend_class *class = backend->class;
    hpt_status status = class->scan_reports_from
                            ? class->scan_reports_from(backend, all->first_id, take_one, all, err)
                            : class->scan_reports(backend, take_one, all, err);
    if (status != HPT_OK) return status;
    if (all->status == HPT_OK && !give(all)) all->status = HPT_ENOMEM;
    if (all->status == HPT_ELIMIT)
        return hpi_fail(err, HPT_ELIMIT, "the study has more than %d intermediate values",
                        HPI_HISTORY_REPORTS_MAX);
    if (all->status != HPT_OK)
        return hpi_fail(err, all->status, "out of memory for intermediate values");
    return HPT_OK;
}

hpt_status hpi_history_read_reports(hpt_history *history, hpi_row *rows, size_t count,
                                    hpt_err *err) {
    reading    all = { .arena = &history->arena, .goal_count = history->entry.head.goal_count };
    hpt_status status;
    all.first_id = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].record.has_report) continue;
        all.first_id = rows[i].id < all.first_id ? rows[i].id : all.first_id;
        all.last_id = rows[i].id > all.last_id ? rows[i].id : all.last_id;
    }
    if (all.first_id == UINT64_MAX) return HPT_OK;
    if (sort_rows(&all, rows, count))
        status = scan(&all, history->backend, err);
    else
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for intermediate values");
    hpi_free(all.steps);
    hpi_free(all.values);
    hpi_free(all.by_id);
    return status;
}
