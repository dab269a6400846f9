/* SPDX-License-Identifier: BSD-3-Clause */

/* A study file in the form of Optuna's journal: lines that are only appended, under Optuna's lock,
 * so that it serves where a database may not be trusted with locks. docs/study.md says more. */

#include "store/journal.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static bool journal_is_mine(const unsigned char *start, size_t count) {
    static const char op_code[] = "{\"op_code\":";
    size_t            bytes = sizeof op_code - 1 < count ? sizeof op_code - 1 : count;
    return count > 0 && memcmp(start, op_code, bytes) == 0;
}

static void journal_close(hpi_backend *backend) {
    hpi_journal *journal = (hpi_journal *)backend;
    if (!journal) return;
    hpi_journal_rollback(backend);
    hpi_journal_unchoose(journal);
    hpi_journal_tx_fini(&journal->tx);
    hpi_journal_lock_fini(&journal->lock);
    hpi_journal_state_fini(&journal->state);
    hpi_journal_file_close(&journal->file);
    hpi_foreign_fini(&journal->foreign);
    hpi_record_room_fini(&journal->room);
    hpi_bytes_fini(&journal->bytes);
    hpi_writer_fini(&journal->text);
    hpi_free(journal->place_of);
    hpi_free(journal->id_of);
    hpi_free(journal);
}

/* Nothing of what is no journal is touched: at least one line must be an operation, or all of it
 * must be the beginning of one. */
static hpt_status look(hpi_journal *journal, hpt_err *err) {
    hpi_slice  start;
    uint64_t   size;
    hpt_status status = hpi_journal_file_size(&journal->file, &size, err);
    if (status != HPT_OK || size == 0) return status;
    status = hpi_journal_file_line(&journal->file, 0, size, &start, err);
    /* A hole where the first commit was to be written is cut off as any other. */
    bool is_hole = status == HPT_OK && start.at[0] == '\0';
    if (status != HPT_OK || is_hole ||
        journal_is_mine((const unsigned char *)start.at, start.bytes))
        return status;
    return hpi_fail(err, HPT_EPARSE, "\"%s\" is no journal: it does not begin with an operation",
                    journal->file.shown);
}

static hpt_status journal_open(const char *path, hpi_open_mode mode, hpi_backend **backend_out,
                               hpt_err *err) {
    hpi_journal *journal = hpi_alloc(1, sizeof *journal);
    if (!journal) return hpi_fail(err, HPT_ENOMEM, "out of memory for a journal");
    journal->base.class = &hpi_backend_journal;
    journal->mode = mode;
    hpt_status status = hpi_journal_file_open(path, mode, &journal->file, err);
    if (status == HPT_OK) status = look(journal, err);
    if (status == HPT_OK) status = hpi_journal_lock_init(&journal->lock, journal->file.path, err);
    if (status != HPT_OK) {
        journal_close(&journal->base);
        return status;
    }
    /* What is wrong with its lines is said by whoever asks for them; the check says all of it. */
    (void)hpi_journal_sync(journal, NULL);
    *backend_out = &journal->base;
    return HPT_OK;
}

static hpt_status journal_studies(hpi_backend *backend, bool (*each)(void *, const hpi_study_row *),
                                  void *user, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    hpt_status   status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    for (size_t i = 0; status == HPT_OK && i < journal->state.study_count; i++) {
        const hpi_journal_study *study = &journal->state.studies[i];
        hpi_study_row            row = { study->name, study->trial_count };
        if (!study->is_deleted && !each(user, &row)) break;
    }
    return status;
}

static const char *attr_that_waits(const hpi_journal *journal, bool is_system, const char *key) {
    for (size_t i = journal->tx.put_count; i-- > 0;) {
        const hpi_journal_attr *attr = &journal->tx.puts[i];
        if (attr->is_system == is_system && strcmp(attr->key, key) == 0) return attr->json;
    }
    return NULL;
}

static hpt_status journal_attr_get(hpi_backend *backend, bool is_system, const char *key,
                                   char **json_out, hpt_err *err) {
    hpi_journal       *journal = (hpi_journal *)backend;
    hpi_journal_study *study;
    hpt_status         status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_chosen(journal, &study, err);
    if (status != HPT_OK) return status;
    const char *json = attr_that_waits(journal, is_system, key);
    if (!json && study) json = hpi_journal_attr_find(study, is_system, key);
    if (!json) return hpi_fail(err, HPT_EABSENT, "the study has no attribute \"%s\"", key);
    char *copy = hpi_copy_text(json);
    if (!copy) return hpi_fail(err, HPT_ENOMEM, "out of memory for an attribute");
    *json_out = copy;
    return HPT_OK;
}

static hpt_status journal_counts(hpi_backend *backend, uint64_t *number_next_out,
                                 uint64_t *told_out, hpt_err *err) {
    hpi_journal       *journal = (hpi_journal *)backend;
    hpi_journal_study *study;
    hpt_status         status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_chosen(journal, &study, err);
    if (status != HPT_OK) return status;
    *number_next_out = study ? study->number_next : 0;
    *told_out = study ? study->told_count : 0;
    return HPT_OK;
}

const hpi_backend_class hpi_backend_journal = {
    .name = "journal",
    .suffix = ".journal",
    .is_mine = journal_is_mine,
    .open = journal_open,
    .close = journal_close,
    .studies = journal_studies,
    .select = hpi_journal_select,
    .create = hpi_journal_create,
    .remove = hpi_journal_remove,
    .begin = hpi_journal_begin,
    .commit = hpi_journal_commit,
    .rollback = hpi_journal_rollback,
    .attr_get = journal_attr_get,
    .attr_put = hpi_journal_attr_put,
    .put = hpi_journal_put,
    .put_report = hpi_journal_put_report,
    .scan = hpi_journal_scan,
    .find = hpi_journal_find,
    .scan_reports = hpi_journal_scan_reports,
    .scan_reports_from = hpi_journal_scan_reports_from,
    .counts = journal_counts,
    .check = hpi_journal_check,
};
