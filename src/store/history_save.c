/* SPDX-License-Identifier: BSD-3-Clause */
/* A history as a study of another file, or of another form. What hpt wrote stays hpt's, bit for
 * bit, and can be resumed there; what another tool wrote stays that tool's, with the union of
 * ranges as the range of each of its trials. */
#include <inttypes.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/history.h"
#include "store/writer.h"

/* Trials of a commit: a journal holds it in memory. */
enum { COMMIT_TRIALS = 16384, WAIT_MS = 10000 };

typedef struct saving {
    const hpt_history *history;
    hpi_backend       *backend;
    size_t             saved_count; /* committed */
    hpt_err           *err;
} saving;

static hpt_status put_row(saving *it, const hpi_row *row) {
    const hpi_backend_class *class = it->backend->class;
    hpi_record record;
    uint64_t   id = 0;
    hpi_history_unpack(row, &record);
    record.id = 0;
    hpt_status status = class->put(it->backend, &record, &id, it->err);
    for (uint32_t i = 0; i < row->report_count && status == HPT_OK; i++)
        status = class->put_report(it->backend, id, row->reports[i].step, row->reports[i].values,
                                   it->err);
    return status;
}

/* Durable at the end: what comes before then is as well. */
static hpt_status put_some(saving *it, size_t count) {
    const hpi_backend_class *class = it->backend->class;
    const hpi_row_list *rows = &it->history->rows;
    hpt_status          status = class->begin(it->backend, WAIT_MS, it->err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < count && status == HPT_OK; i++)
        status = put_row(it, &rows->rows[it->saved_count + i]);
    if (status != HPT_OK) {
        class->rollback(it->backend);
        return status;
    }
    status = class->commit(it->backend, it->saved_count + count == rows->count, it->err);
    if (status == HPT_OK) it->saved_count += count;
    return status;
}

static hpt_status put_all(saving *it) {
    size_t     count = it->history->rows.count;
    hpt_status status = HPT_OK;
    while (it->saved_count < count && status == HPT_OK) {
        size_t left = count - it->saved_count;
        status = put_some(it, left < COMMIT_TRIALS ? left : COMMIT_TRIALS);
    }
    return status;
}

static hpt_status put_attr(saving *it, const char *key, const char *json) {
    return json ? it->backend->class->attr_put(it->backend, true, key, json, it->err) : HPT_OK;
}

/* How long its runs took, which their time budget counts; and what another tool calls its goals. */
static hpt_status put_attrs(saving *it) {
    const hpi_study_entry *entry = &it->history->entry;
    hpt_status             status = put_attr(it, HPI_WALL_KEY, entry->wall_json);
    return status == HPT_OK ? put_attr(it, HPI_GOAL_NAMES_KEY, entry->names_json) : status;
}

static hpt_status make_study(saving *it, const hpi_head *head) {
    const hpi_backend_class *class = it->backend->class;
    hpt_status status = class->begin(it->backend, WAIT_MS, it->err);
    if (status != HPT_OK) return status;
    status = class->create(it->backend, head, it->err);
    if (status == HPT_OK) status = put_attrs(it);
    if (status == HPT_OK) return class->commit(it->backend, it->history->rows.count == 0, it->err);
    class->rollback(it->backend);
    return status;
}

/* A study that is half there says so: there is no taking it back, since others may have seen it. */
static hpt_status say_how_far(const saving *it, const char *name, const hpt_err *why) {
    char shown[48];
    hpi_quote(shown, sizeof shown, name);
    return hpi_fail(it->err, why->code, "study \"%s\" has only %zu of %zu trials: %s", shown,
                    it->saved_count, it->history->rows.count, why->text);
}

static hpt_status save(saving *it, const char *study_name, hpt_err *err) {
    hpi_head head = it->history->entry.head; /* borrowed, but for the name */
    hpt_err  why = { 0 };
    if (study_name) head.name = (char *)(uintptr_t)study_name;
    it->err = err;
    hpt_status status = make_study(it, &head);
    if (status != HPT_OK) return status;
    it->err = &why;
    status = put_all(it);
    it->err = err;
    why.code = status;
    return status == HPT_OK ? HPT_OK : say_how_far(it, head.name, &why);
}

static hpt_status check_save(const hpt_history *history, const char *path, const char *study_name,
                             hpt_err *err) {
    char        shown[64];
    const char *problem =
        study_name ? hpi_name_problem(study_name, HPI_STUDY_NAME_BYTES - 1) : NULL;
    if (!history || !path)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", history ? "path" : "history");
    if (!problem) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "study_name \"%s\" %s",
                    hpi_quote(shown, sizeof shown, study_name), problem);
}

hpt_status hpt_history_save(const hpt_history *history, const char *path, const char *study_name,
                            hpt_err *err) {
    const hpi_backend_class *class = NULL;
    saving     it = { .history = history };
    hpt_status status = check_save(history, path, study_name, err);
    if (status == HPT_OK) status = hpi_backend_find(path, &class, err);
    if (status == HPT_OK) status = class->open(path, HPI_OPEN_CREATE, &it.backend, err);
    if (status != HPT_OK) return status;
    status = save(&it, study_name, err);
    class->close(it.backend);
    return status;
}
