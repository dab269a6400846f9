/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

enum { FINDING_BYTES = 400, WHAT_BYTES = 240, STUDIES_MAX = 4096 };

/* A look at one file, through a connection of its own: what is selected in the other one stays. */
typedef struct looking {
    hpi_sqlite *file;
    void (*say)(void *, const char *);
    void           *user;
    char            study[64]; /* for sentences */
    hpi_record_room room;
    uint64_t        told_next;
} looking;

static void say(looking *at, const char *format, ...) HPT_PRINTF(2, 3);

static void say(looking *at, const char *format, ...) {
    char    text[FINDING_BYTES];
    va_list arguments;
    va_start(arguments, format);
    hpi_format(text, sizeof text, format, arguments);
    va_end(arguments);
    at->say(at->user, text);
}

/* Each row of a query; a damaged page ends it, and is a finding. */
static hpt_status for_each(looking *at, const char *sql, bool is_of_study,
                           hpt_status (*take)(looking *, sqlite3_stmt *, hpt_err *), hpt_err *err) {
    sqlite3_stmt *rows = NULL;
    hpt_status    status = HPT_OK;
    int           code = sqlite3_prepare_v2(at->file->db, sql, -1, &rows, NULL);
    if (code == SQLITE_OK && is_of_study) sqlite3_bind_int64(rows, 1, at->file->study_id);
    while (code == SQLITE_OK && status == HPT_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        status = take(at, rows, err);
        code = SQLITE_OK;
    }
    if (status == HPT_OK && code != SQLITE_DONE) {
        hpt_err why = { 0 };
        status = hpi_sqlite_fail(at->file, code, "read", &why);
        if (status == HPT_EPARSE) {
            say(at, "%s", why.text);
            status = HPT_OK;
        } else {
            hpi_fail(err, status, "%s", why.text);
        }
    }
    sqlite3_finalize(rows);
    return status;
}

/* ------------------------------------------------------------------------------------ structure */

static hpt_status take_integrity(looking *at, sqlite3_stmt *row, hpt_err *err) {
    (void)err;
    const char *text = hpi_sqlite_column(row, 0, NULL);
    if (strcmp(text, "ok") != 0) say(at, "the database is damaged: %s", text);
    return HPT_OK;
}

static hpt_status take_reference(looking *at, sqlite3_stmt *row, hpt_err *err) {
    char table[64];
    (void)err;
    hpi_quote(table, sizeof table, hpi_sqlite_column(row, 0, NULL));
    say(at, "row %lld of the table %s belongs to nothing", (long long)sqlite3_column_int64(row, 1),
        table);
    return HPT_OK;
}

static hpt_status take_orphans(looking *at, sqlite3_stmt *row, hpt_err *err) {
    (void)err;
    long long count = (long long)sqlite3_column_int64(row, 0);
    if (count) say(at, "%lld records of hpt belong to no trial", count);
    return HPT_OK;
}

static hpt_status check_structure(looking *at, hpt_err *err) {
    static const char orphans[] = "SELECT count(*) FROM hpt_trials AS h WHERE NOT EXISTS "
                                  "(SELECT 1 FROM trials AS t WHERE t.trial_id = h.trial_id)";
    hpt_status        status = for_each(at, "PRAGMA integrity_check", false, take_integrity, err);
    if (status == HPT_OK)
        status = for_each(at, "PRAGMA foreign_key_check", false, take_reference, err);
    if (status == HPT_OK && at->file->has_records)
        status = for_each(at, orphans, false, take_orphans, err);
    return status;
}

/* --------------------------------------------------------------------------------------- trials */

/* A record by itself, against its row, against Optuna's rows. */
static hpt_status take_record(looking *at, sqlite3_stmt *row, hpt_err *err) {
    uint64_t    number = (uint64_t)sqlite3_column_int64(row, 1);
    bool        is_told = sqlite3_column_type(row, 2) == SQLITE_INTEGER;
    uint64_t    told = is_told ? (uint64_t)sqlite3_column_int64(row, 2) : HPI_UNKNOWN;
    const void *bytes = sqlite3_column_blob(row, 3);
    char        what[WHAT_BYTES];
    hpi_record  record;
    hpt_err     why = { 0 };
    hpt_status  status = hpi_record_decode(bytes ? bytes : "", (size_t)sqlite3_column_bytes(row, 3),
                                          at->file->dims, &at->room, &record, &why);
    if (is_told && told != at->told_next)
        say(at, "study \"%s\": ends from %" PRIu64 " to %" PRIu64 " are not there once each",
            at->study, at->told_next, told);
    if (is_told) at->told_next = told + 1;
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "%s", why.text);
    if (status == HPT_OK && (record.number != number || record.order != told)) {
        status = HPT_EPARSE;
        hpi_fail(&why, status, "its record is of trial %" PRIu64, record.number);
    }
    if (status != HPT_OK) {
        say(at, "study \"%s\": trial %" PRIu64 " is damaged: %s", at->study, number, why.text);
        return HPT_OK;
    }
    record.id = (uint64_t)sqlite3_column_int64(row, 0);
    status = hpi_sqlite_compare(at->file, &record, what, sizeof what, err);
    if (status == HPT_OK && what[0])
        say(at, "study \"%s\": trial %" PRIu64 " is another in Optuna's tables: %s", at->study,
            number, what);
    if (status == HPT_OK)
        status = hpi_sqlite_judge_reports(at->file, record.id, false, what, sizeof what, err);
    if (status == HPT_OK && what[0])
        say(at, "study \"%s\": trial %" PRIu64 ": %s", at->study, number, what);
    return status;
}

static hpt_status take_foreign(looking *at, sqlite3_stmt *row, hpt_err *err) {
    hpi_record record;
    hpt_err    why = { 0 };
    hpt_status status =
        hpi_sqlite_foreign_get(at->file, sqlite3_column_int64(row, 0),
                               (uint64_t)sqlite3_column_int64(row, 1), &record, &why);
    if (status == HPT_OK) return HPT_OK;
    if (status != HPT_EPARSE) return hpi_fail(err, status, "%s", why.text);
    say(at, "study \"%s\": %s", at->study, why.text);
    return HPT_OK;
}

static hpt_status take_number(looking *at, sqlite3_stmt *row, hpt_err *err) {
    (void)err;
    long long count = (long long)sqlite3_column_int64(row, 0);
    if (count)
        say(at, "study \"%s\": %lld trials have the number of another one", at->study, count);
    return HPT_OK;
}

static hpt_status check_counts(looking *at, hpt_err *err) {
    uint64_t   told = 0, next = 0;
    hpt_err    why = { 0 };
    hpt_status status = hpi_sqlite_counts_get(at->file, &told, &next, &why);
    if (status == HPT_EPARSE) {
        say(at, "study \"%s\": %s", at->study, why.text);
        return HPT_OK;
    }
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    if (at->told_next != told)
        say(at, "study \"%s\": %" PRIu64 " trials ended, and the last of them is %" PRIu64,
            at->study, told, at->told_next);
    return HPT_OK;
}

static hpt_status check_ours(looking *at, hpt_err *err) {
    static const char told[] = "SELECT trial_id, number, told, record FROM hpt_trials "
                               "WHERE study_id = ?1 ORDER BY told, number";
    static const char foreign[] =
        "SELECT trial_id, number FROM trials AS t WHERE study_id = ?1 AND NOT EXISTS (SELECT 1 "
        "FROM hpt_trials AS h WHERE h.trial_id = t.trial_id AND h.study_id = t.study_id)";
    hpt_status status = for_each(at, told, true, take_record, err);
    if (status == HPT_OK) status = check_counts(at, err);
    return status == HPT_OK ? for_each(at, foreign, true, take_foreign, err) : status;
}

static hpt_status check_trials(looking *at, hpt_err *err) {
    static const char foreign[] = "SELECT trial_id, number FROM trials WHERE study_id = ?1";
    static const char numbers[] =
        "SELECT count(*) - count(DISTINCT number) FROM trials WHERE study_id = ?1";
    bool       has_ours = at->file->is_ours && at->file->has_records;
    hpt_status status =
        has_ours ? check_ours(at, err) : for_each(at, foreign, true, take_foreign, err);
    if (status == HPT_OK && at->file->is_ours && !has_ours) status = check_counts(at, err);
    return status == HPT_OK ? for_each(at, numbers, true, take_number, err) : status;
}

/* -------------------------------------------------------------------------------------- studies */

typedef struct names {
    char  *list[STUDIES_MAX];
    size_t count;
    bool   is_out_of_memory;
} names;

static bool take_name(void *user, const hpi_study_row *row) {
    names *all = user;
    if (all->count == STUDIES_MAX) return false;
    char *copy = hpi_copy_text(row->name);
    all->is_out_of_memory = !copy;
    if (copy) all->list[all->count++] = copy;
    return copy != NULL;
}

static hpt_status check_study(looking *at, const char *name, hpt_err *err) {
    hpi_head   head = { 0 };
    hpt_err    why = { 0 };
    hpt_status status = hpi_sqlite_select(&at->file->base, name, &head, &why);
    hpi_quote(at->study, sizeof at->study, name);
    if (status == HPT_ENOMEM || status == HPT_EIO) return hpi_fail(err, status, "%s", why.text);
    if (status != HPT_OK) {
        say(at, "study \"%s\": %s", at->study, why.text);
        return HPT_OK;
    }
    hpi_head_fini(&head);
    at->told_next = 0;
    return check_trials(at, err);
}

static hpt_status check_studies(looking *at, hpt_err *err) {
    names *all = hpi_alloc(1, sizeof *all);
    if (!all) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    hpt_err    why = { 0 };
    hpt_status status = hpi_sqlite_studies(&at->file->base, take_name, all, &why);
    if (status == HPT_EPARSE) say(at, "%s", why.text);
    if (status != HPT_OK && status != HPT_EPARSE) hpi_fail(err, status, "%s", why.text);
    if (status == HPT_EPARSE) status = HPT_OK;
    if (all->is_out_of_memory) status = hpi_fail(err, HPT_ENOMEM, "out of memory");
    if (all->count == STUDIES_MAX) say(at, "only the first %d studies were looked at", STUDIES_MAX);
    for (size_t i = 0; i < all->count; i++) {
        if (status == HPT_OK) status = check_study(at, all->list[i], err);
        hpi_free(all->list[i]);
    }
    hpi_free(all);
    return status;
}

hpt_status hpi_sqlite_check(hpi_backend *backend, void (*say_it)(void *, const char *), void *user,
                            hpt_err *err) {
    const hpi_sqlite *file = (const hpi_sqlite *)backend;
    hpi_backend      *look = NULL;
    bool              is_begun = false;
    if (!file->has_schema) return HPT_OK;
    hpt_status status = hpi_sqlite_open(file->path, HPI_OPEN_READ, &look, err);
    if (status != HPT_OK) return status;
    looking at = { .file = (hpi_sqlite *)look, .say = say_it, .user = user };
    status = hpi_sqlite_snapshot(at.file, &is_begun, err);
    if (status == HPT_OK) status = check_structure(&at, err);
    if (status == HPT_OK) status = check_studies(&at, err);
    hpi_sqlite_snapshot_end(at.file, is_begun);
    hpi_record_room_fini(&at.room);
    hpi_sqlite_close(look);
    return status;
}
