/* SPDX-License-Identifier: BSD-3-Clause */
/* A history from its beginning. */
#include "store/history_read.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/process.h"

/* ---- rows ---- */

bool hpi_row_list_reserve(hpi_row_list *list, size_t count) {
    size_t room = list->room ? 2 * list->room : 64;
    if (count <= list->room) return true;
    if (room < count) room = count;
    hpi_row *rows = hpi_resize(list->rows, room, sizeof *rows);
    if (!rows) return false;
    list->rows = rows;
    list->room = room;
    return true;
}

static hpt_status check_count(const hpt_history *history, size_t count, hpt_err *err) {
    size_t dims = hpt_space_count(history->entry.head.space);
    if (count < HPI_HISTORY_VALUES_MAX / (dims + 1)) return HPT_OK;
    return hpi_fail(err, HPT_ELIMIT,
                    "the study has more than %d values of parameters: %zu trials of %zu",
                    HPI_HISTORY_VALUES_MAX, count, dims);
}

hpt_status hpi_row_list_add(hpi_row_list *list, hpt_history *history, const hpi_record *record,
                            hpt_err *err) {
    hpt_status status = check_count(history, list->count, err);
    if (status != HPT_OK) return status;
    if (!hpi_row_list_reserve(list, list->count + 1))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu trials", list->count + 1);
    status = hpi_history_pack(history, record, &list->rows[list->count], err);
    if (status == HPT_OK) list->count++;
    return status;
}

typedef struct reading {
    hpt_history  *history;
    hpi_row_list *into;
    hpt_status    status;
    hpt_err      *err;
} reading;

static bool read_one(void *user, const hpi_record *record) {
    reading            *all = user;
    const hpi_row_list *into = all->into;
    if (into->count > 0 && record->number <= into->rows[into->count - 1].record.number)
        all->status = hpi_fail(all->err, HPT_EPARSE, "trial %" PRIu64 " comes after trial %" PRIu64,
                               record->number, into->rows[into->count - 1].record.number);
    else
        all->status = hpi_row_list_add(all->into, all->history, record, all->err);
    return all->status == HPT_OK;
}

hpt_status hpi_history_read_from(hpt_history *history, uint64_t number, hpi_row_list *into,
                                 hpt_err *err) {
    reading      all = { .history = history, .into = into, .err = err };
    hpi_backend *backend = history->backend;
    hpt_status   status = backend->class->scan(backend, HPI_SCAN_ALL, number, read_one, &all, err);
    return status == HPT_OK ? all.status : status;
}

size_t hpi_history_find(const hpt_history *history, uint64_t number) {
    size_t low = 0, high = history->rows.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->rows.rows[middle].record.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < history->rows.count && history->rows.rows[low].record.number == number;
    return is_there ? low : SIZE_MAX;
}

void hpi_history_count(hpt_history *history) {
    hpi_tally       tally;
    const hpi_head *head = &history->entry.head;
    hpi_tally_init(&tally, head->goals, head->goal_count);
    for (size_t i = 0; i < history->rows.count; i++)
        hpi_tally_add(&tally, &history->rows.rows[i].record);
    hpi_study_entry_count(&history->entry, &tally);
    hpi_study_entry_settle(&history->entry);
}

/* ---- the whole ---- */

static hpt_status read_space_text(hpt_history *history, hpt_err *err) {
    if (hpt_space_count(history->entry.head.space) == 0) return HPT_OK;
    return hpt_space_print(history->entry.head.space, &history->space_text, err);
}

hpt_status hpi_history_read(hpt_history *history, const char *name, hpt_err *err) {
    hpt_status status = hpi_study_entry_select(&history->entry, history->backend, name, err);
    if (status == HPT_OK) status = read_space_text(history, err);
    if (status == HPT_OK) status = hpi_history_read_from(history, 0, &history->rows, err);
    if (status == HPT_OK)
        status = hpi_history_read_reports(history, history->rows.rows, history->rows.count, err);
    if (status == HPT_OK) hpi_history_count(history);
    return status;
}

void hpi_history_forget(hpt_history *history) {
    hpi_study_entry_fini(&history->entry);
    hpt_free(history->space_text);
    hpi_arena_fini(&history->arena);
    hpi_free(history->rows.rows);
}

static hpt_status choose_and_read(hpt_history *history, const char *path, const char *study_name,
                                  hpt_err *err) {
    hpi_study_names names;
    const char     *name = NULL;
    hpt_status      status = hpi_study_names_read(&names, history->backend, err);
    if (status != HPT_OK) return status;
    status = hpi_study_names_choose(&names, path, study_name, &name, err);
    if (status == HPT_OK) status = hpi_history_read(history, name, err);
    hpi_study_names_fini(&names);
    return status;
}

hpt_status hpi_history_open(hpi_backend *backend, const char *path, const char *study_name,
                            hpt_history **history_out, hpt_err *err) {
    hpt_history *history = hpi_alloc(1, sizeof *history);
    if (!history) {
        backend->class->close(backend);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a history");
    }
    history->backend = backend;
    history->process = hpi_process();
    hpt_status status = choose_and_read(history, path, study_name, err);
    if (status != HPT_OK) {
        hpt_history_destroy(history);
        return status;
    }
    *history_out = history;
    return HPT_OK;
}

hpt_status hpt_history_load(const char *path, const char *study_name, hpt_history **history_out,
                            hpt_err *err) {
    hpi_backend *backend = NULL;
    if (!history_out) return hpi_fail(err, HPT_EINVAL, "history_out is NULL");
    hpt_status status = hpi_history_backend(path, &backend, err);
    return status == HPT_OK ? hpi_history_open(backend, path, study_name, history_out, err)
                            : status;
}

void hpt_history_destroy(hpt_history *history) {
    if (!history) return;
    /* A fork has nothing of the file to close, and may have nothing of it at all. */
    if (history->process == hpi_process()) history->backend->class->close(history->backend);
    hpi_history_forget(history);
    hpi_free(history);
}
