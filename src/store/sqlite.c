/* SPDX-License-Identifier: BSD-3-Clause */
/* The study file as an SQLite database: Optuna's tables, and one of ours beside them. */
#include "store/sqlite.h"

#include <string.h>

#include "base/err.h"

static bool is_mine(const unsigned char *start, size_t count) {
    static const char magic[] = "SQLite format 3";
    return count >= sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

/* -------------------------------------------------------------------------------- transactions */

hpt_status hpi_sqlite_may_write(const hpi_sqlite *file, hpt_err *err) {
    HPI_ASSERT(file->mode != HPI_OPEN_READ);
    /* SQLite rolls back by itself after some failures: what came then would be kept one by one. */
    if (file->is_broken || sqlite3_get_autocommit(file->db))
        return hpi_fail(err, HPT_EIO, "\"%s\": an earlier failure has ended the transaction",
                        file->shown);
    return HPT_OK;
}

hpt_status hpi_sqlite_broken(hpi_sqlite *file, hpt_status status) {
    if (status == HPT_OK) return status;
    file->is_broken = true;
    hpi_sqlite_batch_drop(file); /* SQLite may have rolled back: nothing may go in by itself */
    return status;
}

/* What is written into a file that nobody can find any more is lost, and SQLite does not mind. */
static hpt_status check_there(const hpi_sqlite *file, hpt_err *err) {
    int has_moved = 0;
    int code = sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (code != SQLITE_OK || !has_moved) return HPT_OK;
    return hpi_fail(err, HPT_EIO, "\"%s\" is not there any more: somebody removed or replaced it",
                    file->shown);
}

static hpt_status begin(hpi_backend *backend, uint32_t wait_ms, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    HPI_ASSERT(sqlite3_get_autocommit(file->db));
    sqlite3_busy_timeout(file->db, wait_ms < INT32_MAX ? (int)wait_ms : INT32_MAX);
    hpt_status status = hpi_sqlite_tune(file, err);
    if (status != HPT_OK) return status;
    sqlite3_stmt *statement = NULL;
    status = hpi_sqlite_statement(file, HPI_SQL_BEGIN, &statement, err);
    if (status == HPT_OK) status = hpi_sqlite_run(file, statement, "written", err);
    if (status != HPT_OK) return status;
    file->is_broken = file->is_new = file->has_made = file->has_changed = false;
    hpi_sqlite_batch_drop(file);
    /* Somebody may have made the tables since the file was opened. */
    if (!file->has_records) status = hpi_sqlite_schema_check(file, err);
    if (status == HPT_OK) status = check_there(file, err);
    if (status != HPT_OK) sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Back to what the file says. A study that was made is gone again, and so are its tables. */
static void rollback(hpi_backend *backend) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    if (!sqlite3_get_autocommit(file->db)) sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    hpi_sqlite_batch_drop(file);
    if (file->is_new) hpi_sqlite_forget(file);
    if (file->has_made) {
        file->has_schema = file->has_records = false;
        hpi_sqlite_schema_check(file, NULL);
    }
    file->has_reports = false;
    file->number_max = file->number_seen_id = -1;
    file->is_broken = file->is_new = file->has_made = file->has_changed = false;
}

static hpt_status keep(hpi_sqlite *file, hpt_err *err) {
    hpt_status status = hpi_sqlite_may_write(file, err);
    if (status == HPT_OK) status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK && file->has_changed) status = hpi_sqlite_counts_put(file, err);
    if (status != HPT_OK) return status;
    sqlite3_stmt *statement = NULL;
    status = hpi_sqlite_statement(file, HPI_SQL_COMMIT, &statement, err);
    return status == HPT_OK ? hpi_sqlite_run(file, statement, "written", err) : status;
}

static hpt_status commit(hpi_backend *backend, bool is_durable, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    /* SQLite decides before a transaction whether it will be synced, so all of them are. */
    hpt_status status = keep(file, err);
    if (status != HPT_OK) {
        rollback(backend);
        return status;
    }
    file->is_new = file->has_made = file->has_changed = false;
    if (is_durable && backend->is_safe) backend->is_safe(backend->is_safe_user);
    hpi_sqlite_bring_in_log(file);
    return HPT_OK;
}

const hpi_backend_class hpi_backend_sqlite = {
    .name = "sqlite",
    .suffix = ".db",
    .may_share = true,
    .is_mine = is_mine,
    .open = hpi_sqlite_open,
    .close = hpi_sqlite_close,
    .studies = hpi_sqlite_studies,
    .select = hpi_sqlite_select,
    .create = hpi_sqlite_create,
    .remove = hpi_sqlite_remove,
    .make_alone = hpi_sqlite_make_alone,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .attr_get = hpi_sqlite_attr_get,
    .attr_put = hpi_sqlite_attr_put,
    .put = hpi_sqlite_put,
    .put_report = hpi_sqlite_put_report,
    .scan = hpi_sqlite_scan,
    .find = hpi_sqlite_find,
    .scan_reports = hpi_sqlite_scan_reports,
    .scan_reports_from = hpi_sqlite_scan_reports_from,
    .scan_news = hpi_sqlite_scan_news,
    .news_end = hpi_sqlite_news_end,
    .counts = hpi_sqlite_counts,
    .check = hpi_sqlite_check,
    .mend = hpi_sqlite_mend,
};
