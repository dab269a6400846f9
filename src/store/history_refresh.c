/* SPDX-License-Identifier: BSD-3-Clause */
/* What has been written since. Only trials change that had not ended, or were CANCELLED (a resumed
 * run evaluates those again), and some that become CANCELLED after all. All of these are among
 * those that are open now or have been told since; where other tools write, among those from the
 * first on that might have ended. They are read aside, and take their places when all of it has
 * been read: so a failure leaves the history as it was.
 *
 * A study of which more has changed (a wider space, trials of another tool among ours) is read
 * anew; so is one of which much memory is taken by rows that were replaced. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sort.h"
#include "store/history_read.h"

enum { WASTE_MIN = 1 << 20 };

typedef struct refreshing {
    hpt_history *history;
    hpi_row_list fresh;       /* in the order of reading; a number again: the later one counts */
    bool        *is_known;    /* by row: nothing of it needs to be read any more */
    uint64_t     trial_count; /* in the file, before anything was read */
    hpt_status   status;
    hpt_err     *err;
    bool         is_other; /* more has changed than can be read by itself */
} refreshing;

/* ---- reading ---- */

static bool may_change(const hpi_row *row) {
    return row->record.state == HPT_TRIAL_RUNNING || row->record.state == HPT_TRIAL_CANCELLED;
}

static bool take(refreshing *it, const hpi_record *record, size_t at) {
    if (at != SIZE_MAX) it->is_known[at] = true;
    it->status = hpi_row_list_add(&it->fresh, it->history, record, it->err);
    return it->status == HPT_OK;
}

static bool take_open(void *user, const hpi_record *record) {
    refreshing *it = user;
    size_t      at = hpi_history_find(it->history, record->number);
    if (at == SIZE_MAX || !hpi_history_is_as(&it->history->rows.rows[at], record))
        return take(it, record, at);
    it->is_known[at] = true;
    return true;
}

static bool take_told(void *user, const hpi_record *record) {
    refreshing *it = user;
    return take(it, record, hpi_history_find(it->history, record->number));
}

/* Those of other tools that have not ended may be found here only. */
static bool take_ended(void *user, const hpi_record *record) {
    refreshing *it = user;
    size_t      at = hpi_history_find(it->history, record->number);
    if (at != SIZE_MAX && (it->is_known[at] || !may_change(&it->history->rows.rows[at])))
        return true;
    return take_open(user, record);
}

static hpt_status scan(refreshing *it, int what, uint64_t from,
                       bool (*each)(void *, const hpi_record *)) {
    hpi_backend *backend = it->history->backend;
    hpt_status   status = backend->class->scan(backend, what, from, each, it, it->err);
    return status == HPT_OK ? it->status : status;
}

/* How many ends are known that still count; UINT64_MAX: other tools have written too. */
static uint64_t count_told(const refreshing *it) {
    const hpi_row_list *rows = &it->history->rows;
    uint64_t            told = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].is_partial) return UINT64_MAX;
        told += !it->is_known[i] && !may_change(&rows->rows[i]);
    }
    return told;
}

/* The first number that is not known to be as it was. */
static uint64_t first_unknown(const refreshing *it) {
    const hpi_row_list *rows = &it->history->rows;
    for (size_t i = 0; i < rows->count; i++)
        if (!it->is_known[i] && may_change(&rows->rows[i])) return rows->rows[i].record.number;
    return rows->count > 0 ? rows->rows[rows->count - 1].record.number + 1 : 0;
}

static bool is_any_missing(const refreshing *it) {
    const hpi_row_list *rows = &it->history->rows;
    for (size_t i = 0; i < rows->count; i++)
        if (!it->is_known[i] && may_change(&rows->rows[i])) return true;
    return false;
}

static bool count_trials(void *user, const hpi_study_row *row) {
    refreshing *it = user;
    if (strcmp(row->name, it->history->entry.head.name) != 0) return true;
    it->trial_count = row->trial_count;
    return false;
}

static hpt_status read_fresh(refreshing *it) {
    hpt_history *history = it->history;
    hpi_backend *backend = history->backend;
    hpt_status   status = backend->class->studies(backend, count_trials, it, it->err);
    if (status == HPT_OK) status = scan(it, HPI_SCAN_OPEN, 0, take_open);
    if (status != HPT_OK) return status;
    uint64_t told = history->entry.head.is_ours ? count_told(it) : UINT64_MAX;
    if (told != UINT64_MAX)
        status = scan(it, HPI_SCAN_TOLD, told, take_told);
    else
        status = scan(it, HPI_SCAN_ALL, first_unknown(it), take_ended);
    it->is_other = it->is_other || is_any_missing(it);
    if (status != HPT_OK || it->is_other) return status;
    return hpi_history_read_reports(history, it->fresh.rows, it->fresh.count, it->err);
}

/* ---- taking their places ---- */

static int compare_numbers(const void *a, const void *b) {
    uint64_t left = ((const hpi_row *)a)->record.number;
    uint64_t right = ((const hpi_row *)b)->record.number;
    return (left > right) - (left < right);
}

/* By number, each once. `items` has room for twice as many. Returns how many. */
static size_t order_fresh(refreshing *it, const void **items) {
    size_t count = it->fresh.count, kept = 0;
    for (size_t i = 0; i < count; i++)
        items[i] = &it->fresh.rows[i];
    hpi_sort(items, items + count, count, compare_numbers);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || compare_numbers(items[i], items[i + 1]) != 0)
            items[kept++] = items[i];
    return kept;
}

/* From the end, so that each row moves once at most, and those before the first new one never. */
static void merge(hpi_row_list *rows, const void *const *items, size_t count) {
    size_t from = rows->count, to = rows->count + count;
    rows->count = to;
    while (count > 0) {
        const hpi_row *next = items[count - 1];
        if (from > 0 && rows->rows[from - 1].record.number > next->record.number)
            rows->rows[--to] = rows->rows[--from];
        else
            rows->rows[--to] = *next, count--;
    }
}

/* Those that are there already are replaced; returns how many are not. */
static size_t replace(hpt_history *history, const void **items, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const hpi_row *row = items[i];
        size_t         at = hpi_history_find(history, row->record.number);
        if (at == SIZE_MAX)
            items[kept++] = items[i];
        else
            history->rows.rows[at] = *row;
    }
    return kept;
}

static hpt_status put_in_place(refreshing *it, const void **items) {
    hpt_history *history = it->history;
    size_t       count = order_fresh(it, items), added = 0;
    for (size_t i = 0; i < count; i++)
        added += hpi_history_find(history, ((const hpi_row *)items[i])->record.number) == SIZE_MAX;
    it->is_other = history->rows.count + added < it->trial_count;
    if (it->is_other) return HPT_OK;
    if (!hpi_row_list_reserve(&history->rows, history->rows.count + added))
        return hpi_fail(it->err, HPT_ENOMEM, "out of memory for what is new in a study");
    merge(&history->rows, items, replace(history, items, count));
    return HPT_OK;
}

static hpt_status read_and_place(refreshing *it) {
    it->is_known = hpi_alloc(it->history->rows.count, sizeof *it->is_known);
    if (!it->is_known)
        return hpi_fail(it->err, HPT_ENOMEM, "out of memory for what is new in a study");
    hpt_status status = read_fresh(it);
    if (status != HPT_OK || it->is_other) return status;
    const void **items = hpi_alloc_room(it->fresh.count, 2 * sizeof *items);
    if (!items) return hpi_fail(it->err, HPT_ENOMEM, "out of memory for what is new in a study");
    status = put_in_place(it, items);
    hpi_free(items);
    return status;
}

/* *is_other_out: it must be read anew. */
static hpt_status refresh_rows(hpt_history *history, bool *is_other_out, hpt_err *err) {
    refreshing it = { .history = history, .err = err };
    hpi_arena  before = history->arena;
    size_t     count = history->rows.count;
    hpt_status status = read_and_place(&it);
    size_t     replaced = it.fresh.count - (history->rows.count - count);
    if (status != HPT_OK || it.is_other)
        hpi_arena_rewind(&history->arena, before.last, before.bytes);
    else if (it.fresh.count > 0)
        history->wasted_bytes += (history->arena.bytes - before.bytes) / it.fresh.count * replaced;
    *is_other_out = it.is_other;
    hpi_free(it.is_known);
    hpi_free(it.fresh.rows);
    return status;
}

/* Into another one, which then takes its place. */
static hpt_status read_anew(hpt_history *history, hpt_err *err) {
    hpt_history other = { .backend = history->backend, .process = history->process };
    hpt_status  status = hpi_history_read(&other, history->entry.head.name, err);
    if (status != HPT_OK) {
        hpi_history_forget(&other);
        return status;
    }
    hpi_history_forget(history);
    *history = other;
    hpi_study_entry_settle(&history->entry);
    return HPT_OK;
}

static hpt_status has_same_space(const hpt_history *history, const hpt_space *space,
                                 bool *is_same_out, hpt_err *err) {
    char      *text = NULL;
    hpt_status status = HPT_OK;
    if (hpt_space_count(space) > 0) status = hpt_space_print(space, &text, err);
    if (status != HPT_OK) return status;
    const char *is = history->space_text ? history->space_text : "";
    *is_same_out = strcmp(is, text ? text : "") == 0;
    hpt_free(text);
    return HPT_OK;
}

/* Texts of parameters are those of the space that is there: it stays. */
static void take_entry(hpt_history *history, hpi_study_entry *entry) {
    hpt_space *space = history->entry.head.space;
    history->entry.head.space = entry->head.space;
    entry->head.space = space;
    hpi_study_entry_fini(&history->entry);
    history->entry = *entry;
}

hpt_status hpt_history_refresh(hpt_history *history, hpt_err *err) {
    hpi_study_entry entry;
    bool            is_same = false, is_other = true;
    if (!history) return hpi_fail(err, HPT_EINVAL, "history is NULL");
    if (history->process != hpi_process())
        return hpi_fail(err, HPT_EFORKED,
                        "the history belongs to another process, of which this one is a fork");
    hpt_status status =
        hpi_study_entry_select(&entry, history->backend, history->entry.head.name, err);
    if (status != HPT_OK) return status;
    status = has_same_space(history, entry.head.space, &is_same, err);
    bool is_wasteful = history->wasted_bytes > WASTE_MIN + history->arena.bytes / 2;
    if (status == HPT_OK && is_same && !is_wasteful) status = refresh_rows(history, &is_other, err);
    if (status != HPT_OK || is_other) {
        hpi_study_entry_fini(&entry);
        return status == HPT_OK ? read_anew(history, err) : status;
    }
    take_entry(history, &entry);
    hpi_history_count(history);
    return HPT_OK;
}
