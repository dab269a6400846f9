/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* clang-format off */
#define IS_FOREIGN "NOT EXISTS (SELECT 1 FROM hpt_trials AS h " \
                   "WHERE h.trial_id = t.trial_id AND h.study_id = t.study_id)"

static const char told_sql[] =
    "SELECT trial_id, number, told, record FROM hpt_trials "
    "WHERE study_id = ?1 AND told >= ?2 ORDER BY told";

/* Identities in the order in which the trials are wanted. Those of a study that is not ours have no
 * records, whatever stands in our table. */
static const char all_sql[] =
    "SELECT trial_id, number FROM trials WHERE study_id = ?1 AND number >= ?2 ORDER BY number, trial_id";
/* Where a trial is if none before it was left out; and where it is else. */
static const char expected_sql[] =
    "SELECT trial_id, number FROM trials WHERE trial_id = ?2 + "
    "(SELECT min(trial_id) FROM trials WHERE study_id = ?1) AND study_id = ?1 AND number = ?2";
static const char number_sql[] =
    "SELECT trial_id, number FROM trials WHERE study_id = ?1 AND number = ?2 ORDER BY trial_id";
static const char ended_sql[] =
    "SELECT trial_id, number FROM trials WHERE study_id = ?1 "
    "AND state NOT IN ('RUNNING', 'WAITING') ORDER BY number, trial_id";
static const char open_sql[] =
    "SELECT trial_id, number FROM trials WHERE study_id = ?1 "
    "AND state IN ('RUNNING', 'WAITING') ORDER BY number, trial_id";
static const char foreign_ended_sql[] =
    "SELECT trial_id, number FROM trials AS t WHERE study_id = ?1 "
    "AND state NOT IN ('RUNNING', 'WAITING') AND " IS_FOREIGN " ORDER BY number, trial_id";
static const char mixed_open_sql[] =
    "SELECT trial_id, number FROM hpt_trials WHERE study_id = ?1 AND told IS NULL "
    "UNION ALL SELECT trial_id, number FROM trials AS t WHERE study_id = ?1 "
    "AND state IN ('RUNNING', 'WAITING') AND " IS_FOREIGN " ORDER BY 2, 1";
static const char counts_sql[] =
    "SELECT (SELECT count(*) FROM trials WHERE study_id = ?1), "
    "(SELECT count(*) FROM hpt_trials WHERE study_id = ?1)";
/* clang-format on */

/* One walk over trials. */
typedef struct walking {
    hpi_sqlite *file;
    bool (*each)(void *, const hpi_record *);
    void           *user;
    hpi_record_room room; /* its own: `each` may put trials */
    uint64_t        told_count, told_next;
    uint64_t        number_next; /* of ours */
    bool            has_ours, has_stopped;
} walking;

hpt_status hpi_sqlite_snapshot(hpi_sqlite *file, bool *is_begun_out, hpt_err *err) {
    sqlite3_stmt *statement = NULL;
    *is_begun_out = false;
    if (!sqlite3_get_autocommit(file->db)) return hpi_sqlite_flush(file, err);
    hpt_status status = hpi_sqlite_statement(file, HPI_SQL_BEGIN_READ, &statement, err);
    if (status == HPT_OK) status = hpi_sqlite_run(file, statement, "read", err);
    *is_begun_out = status == HPT_OK;
    return status;
}

void hpi_sqlite_snapshot_end(hpi_sqlite *file, bool is_begun) {
    if (is_begun) sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
}

hpt_status hpi_sqlite_prepare(hpi_sqlite *file, const char *sql, uint64_t from, sqlite3_stmt **out,
                              hpt_err *err) {
    int code = sqlite3_prepare_v2(file->db, sql, -1, out, NULL);
    if (code != SQLITE_OK) return hpi_sqlite_fail(file, code, "read", err);
    sqlite3_bind_int64(*out, 1, file->study_id);
    if (sqlite3_bind_parameter_count(*out) > 1)
        sqlite3_bind_int64(*out, 2, from > INT64_MAX ? INT64_MAX : (int64_t)from);
    return HPT_OK;
}

static hpt_status damaged(const hpi_sqlite *file, uint64_t number, const char *what, hpt_err *err) {
    return hpi_fail(err, HPT_EPARSE, "\"%s\": trial %" PRIu64 " is damaged: %s", file->shown,
                    number, what);
}

/* -------------------------------------------------------------------------------------- records */

/* The record in a row of ours: number, told, record from `column` on. */
static hpt_status decode(walking *scan, sqlite3_stmt *row, int column, int64_t id,
                         hpi_record *record_out, hpt_err *err) {
    hpi_sqlite *file = scan->file;
    uint64_t    number = (uint64_t)sqlite3_column_int64(row, column);
    bool        is_told = sqlite3_column_type(row, column + 1) == SQLITE_INTEGER;
    uint64_t    told = is_told ? (uint64_t)sqlite3_column_int64(row, column + 1) : HPI_UNKNOWN;
    const void *bytes = sqlite3_column_blob(row, column + 2);
    size_t      count = (size_t)sqlite3_column_bytes(row, column + 2);
    hpt_err     why = { 0 };
    hpt_status  status =
        hpi_record_decode(bytes ? bytes : "", count, file->dims, &scan->room, record_out, &why);
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "%s", why.text);
    if (status != HPT_OK) return damaged(file, number, why.text, err);
    if (record_out->number != number)
        return damaged(file, number, "its record is another trial's", err);
    if (record_out->order != told) return damaged(file, number, "it is out of order", err);
    record_out->id = (uint64_t)id;
    return HPT_OK;
}

hpt_status hpi_sqlite_end_of_walk(const hpi_sqlite *file, int code, hpt_err *err) {
    return code == SQLITE_DONE || code == SQLITE_ROW ? HPT_OK
                                                     : hpi_sqlite_fail(file, code, "read", err);
}

static hpt_status next_told(walking *scan, sqlite3_stmt *row, hpi_record *record, hpt_err *err) {
    hpt_status status = decode(scan, row, 1, sqlite3_column_int64(row, 0), record, err);
    if (status != HPT_OK) return status;
    if (record->order != scan->told_next)
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: end %" PRIu64 " is missing",
                        scan->file->shown, scan->told_next);
    scan->told_next++;
    return HPT_OK;
}

/* All that is read comes from our table, so this is as fast as it can be. */
static hpt_status walk_told(walking *scan, uint64_t from, hpt_err *err) {
    hpi_sqlite   *file = scan->file;
    sqlite3_stmt *row = NULL;
    hpt_status    status = hpi_sqlite_prepare(file, told_sql, from, &row, err);
    int           code = SQLITE_DONE;
    scan->told_next = from;
    while (status == HPT_OK && !scan->has_stopped && (code = sqlite3_step(row)) == SQLITE_ROW) {
        hpi_record record;
        status = next_told(scan, row, &record, err);
        if (status == HPT_OK) scan->has_stopped = !scan->each(scan->user, &record);
    }
    if (status == HPT_OK) status = hpi_sqlite_end_of_walk(file, code, err);
    sqlite3_finalize(row);
    if (status != HPT_OK || scan->has_stopped) return status;
    if (scan->told_next < scan->told_count)
        return hpi_fail(err, HPT_EPARSE,
                        "\"%s\" is damaged: of %" PRIu64 " ends those from %" PRIu64
                        " on are missing",
                        file->shown, scan->told_count, scan->told_next);
    return HPT_OK;
}

/* ------------------------------------------------------------------------------ by their numbers
 */

/* HPT_EABSENT: it has none of ours. */
static hpt_status get_record(walking *scan, int64_t id, hpi_record *record_out, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    if (!scan->has_ours) return HPT_EABSENT;
    hpt_status status = hpi_sqlite_statement(scan->file, HPI_SQL_RECORD_GET, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, id);
    int code = sqlite3_step(get);
    if (code == SQLITE_DONE ||
        (code == SQLITE_ROW && sqlite3_column_int64(get, 0) != scan->file->study_id))
        status = HPT_EABSENT;
    else if (code != SQLITE_ROW)
        status = hpi_sqlite_fail(scan->file, code, "read", err);
    else
        status = decode(scan, get, 1, id, record_out, err);
    sqlite3_reset(get);
    return status;
}

static hpt_status get_trial(walking *scan, sqlite3_stmt *row, hpi_record *record, hpt_err *err) {
    int64_t id = sqlite3_column_int64(row, 0), number = sqlite3_column_int64(row, 1);
    if (sqlite3_column_type(row, 1) != SQLITE_INTEGER || number < 0)
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: trial %" PRId64 " has no number",
                        scan->file->shown, id);
    hpt_status status = get_record(scan, id, record, err);
    if (status == HPT_EABSENT)
        return hpi_sqlite_foreign_get(scan->file, id, (uint64_t)number, record, err);
    if (status == HPT_OK && record->number != (uint64_t)number)
        return damaged(scan->file, record->number, "Optuna's table gives it another number", err);
    if (status != HPT_OK) return status;
    /* With the right count of ends that differ none can be missing. */
    if (record->number < scan->number_next)
        return damaged(scan->file, record->number, "it is there twice", err);
    scan->number_next = record->number + 1;
    if (record->order != HPI_UNKNOWN) scan->told_next++;
    return HPT_OK;
}

static hpt_status walk(walking *scan, const char *sql, uint64_t from, hpt_err *err) {
    sqlite3_stmt *row = NULL;
    hpt_status    status = hpi_sqlite_prepare(scan->file, sql, from, &row, err);
    int           code = SQLITE_DONE;
    while (status == HPT_OK && !scan->has_stopped && (code = sqlite3_step(row)) == SQLITE_ROW) {
        hpi_record record;
        status = get_trial(scan, row, &record, err);
        if (status == HPT_OK) scan->has_stopped = !scan->each(scan->user, &record);
    }
    if (status == HPT_OK) status = hpi_sqlite_end_of_walk(scan->file, code, err);
    sqlite3_finalize(row);
    return status;
}

static hpt_status walk_all(walking *scan, uint64_t from, hpt_err *err) {
    hpt_status status = walk(scan, all_sql, from, err);
    if (status != HPT_OK || scan->has_stopped || from > 0 || !scan->has_ours) return status;
    if (scan->told_next == scan->told_count) return HPT_OK;
    return hpi_fail(err, HPT_EPARSE,
                    "\"%s\" is damaged: it has %" PRIu64 " of the %" PRIu64 " trials that ended",
                    scan->file->shown, scan->told_next, scan->told_count);
}

/* To look for trials of others costs more than to see that there are none. */
static hpt_status has_foreign(hpi_sqlite *file, bool *has_out, hpt_err *err) {
    sqlite3_stmt *row = NULL;
    hpt_status    status = hpi_sqlite_prepare(file, counts_sql, 0, &row, err);
    if (status != HPT_OK) return status;
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW)
        *has_out = sqlite3_column_int64(row, 0) != sqlite3_column_int64(row, 1);
    else
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_finalize(row);
    return status;
}

static hpt_status walk_ended(walking *scan, uint64_t from, hpt_err *err) {
    bool has_others = true;
    if (!scan->has_ours) return from ? HPT_OK : walk(scan, ended_sql, 0, err);
    hpt_status status = has_foreign(scan->file, &has_others, err);
    if (status == HPT_OK && has_others && from == 0) status = walk(scan, foreign_ended_sql, 0, err);
    return status == HPT_OK && !scan->has_stopped ? walk_told(scan, from, err) : status;
}

hpt_status hpi_sqlite_scan(hpi_backend *backend, int what, uint64_t from,
                           bool (*each)(void *, const hpi_record *), void *user, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    walking     scan = { .file = file, .each = each, .user = user };
    uint64_t    next = 0;
    bool        is_begun = false;
    HPI_ASSERT(file->is_selected);
    scan.has_ours = file->is_ours && file->has_records;
    hpt_status status = hpi_sqlite_snapshot(file, &is_begun, err);
    if (status == HPT_OK) status = hpi_sqlite_counts_get(file, &scan.told_count, &next, err);
    if (status == HPT_OK && what == HPI_SCAN_TOLD)
        status = walk_ended(&scan, from, err);
    else if (status == HPT_OK && what == HPI_SCAN_OPEN)
        status = walk(&scan, scan.has_ours ? mixed_open_sql : open_sql, 0, err);
    else if (status == HPT_OK)
        status = walk_all(&scan, from, err);
    hpi_sqlite_snapshot_end(file, is_begun);
    hpi_record_room_fini(&scan.room);
    return status;
}

typedef struct finding {
    void (*each)(void *, const hpi_record *);
    void *user;
} finding;

static bool find_one(void *user, const hpi_record *record) {
    const finding *it = user;
    it->each(it->user, record);
    return false;
}

hpt_status hpi_sqlite_find(hpi_backend *backend, uint64_t                  number,
                           void (*each)(void *, const hpi_record *), void *user, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    finding     it = { each, user };
    walking     scan = { .file = file, .each = find_one, .user = &it };
    bool        is_begun = false;
    HPI_ASSERT(file->is_selected);
    scan.has_ours = file->is_ours && file->has_records;
    hpt_status status = hpi_sqlite_snapshot(file, &is_begun, err);
    if (status == HPT_OK) status = walk(&scan, expected_sql, number, err);
    if (status == HPT_OK && !scan.has_stopped) status = walk(&scan, number_sql, number, err);
    hpi_sqlite_snapshot_end(file, is_begun);
    hpi_record_room_fini(&scan.room);
    return status;
}
