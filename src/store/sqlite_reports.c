/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports. Optuna's table has one value for each step: the first goal's. With several goals all of
 * them are in a table of ours as well, which then is what counts:
 *
 *     report   the values, 8 bytes each, and the CRC-32C of trial_id, step and these, 4 bytes;
 *              all little endian
 *
 * Who says the first value only, of a step of which all are known, says nothing. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"

enum { WORD = 8, CRC = 4, REPORT_BYTES_MAX = HPI_HEAD_GOALS_MAX * WORD + CRC };

/* clang-format off */
static const char all_sql[] =
    "SELECT i.intermediate_value, i.intermediate_value_type, i.step, i.trial_id FROM trials AS t "
    "JOIN trial_intermediate_values AS i ON i.trial_id = t.trial_id WHERE t.study_id = ?1 "
    "AND t.trial_id >= ?2 ORDER BY t.trial_id, i.step";
/* clang-format on */

/* -------------------------------------------------------------------------------------- values */

static bool has_several(const hpi_sqlite *file) {
    return file->is_ours && file->goal_count > 1;
}

static void put_word(unsigned char *at, uint64_t word, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(word >> 8 * i);
}

static uint64_t get_word(const unsigned char *at, int bytes) {
    uint64_t word = 0;
    for (int i = bytes; i-- > 0;)
        word = word << 8 | at[i];
    return word;
}

static uint32_t sum_of(int64_t id, int64_t step, const unsigned char *values, size_t bytes) {
    unsigned char place[2 * WORD];
    put_word(place, (uint64_t)id, WORD);
    put_word(place + WORD, (uint64_t)step, WORD);
    return hpi_crc32c(hpi_crc32c(0, place, sizeof place), values, bytes);
}

static size_t encode(int64_t id, int64_t step, const double *values, uint32_t count,
                     unsigned char *bytes_out) {
    size_t used = (size_t)count * WORD;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, &values[i], sizeof word);
        put_word(bytes_out + (size_t)i * WORD, word, WORD);
    }
    put_word(bytes_out + used, sum_of(id, step, bytes_out, used), CRC);
    return used + CRC;
}

static bool decode(int64_t id, int64_t step, const unsigned char *bytes, size_t count,
                   uint32_t goal_count, double *values_out) {
    size_t used = (size_t)goal_count * WORD;
    if (count != used + CRC || get_word(bytes + used, CRC) != sum_of(id, step, bytes, used))
        return false;
    for (uint32_t i = 0; i < goal_count; i++) {
        uint64_t word = get_word(bytes + (size_t)i * WORD, WORD);
        memcpy(&values_out[i], &word, sizeof word);
    }
    return true;
}

/* -------------------------------------------------------------------------------------- putting */

static hpt_status put_first(hpi_sqlite *file, int64_t id, int64_t step, double value,
                            hpt_err *err) {
    sqlite3_stmt *put = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_REPORT, &put, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(put, 1, id);
    sqlite3_bind_int64(put, 2, step);
    hpi_sqlite_bind_value(put, 3, value);
    return hpi_sqlite_run(file, put, "written", err);
}

/* A study of one goal never needs the table, nor does one of an earlier hpt have it. */
static hpt_status ready_reports(hpi_sqlite *file, hpt_err *err) {
    if (file->has_reports) return HPT_OK;
    hpt_status status = hpi_sqlite_reports_make(file, err);
    file->has_reports = status == HPT_OK;
    return status;
}

static hpt_status put_whole(hpi_sqlite *file, int64_t id, int64_t step, const double *values,
                            hpt_err *err) {
    unsigned char bytes[REPORT_BYTES_MAX];
    sqlite3_stmt *put = NULL;
    hpt_status    status = ready_reports(file, err);
    if (status == HPT_OK) status = hpi_sqlite_statement(file, HPI_SQL_REPORT_WHOLE, &put, err);
    if (status != HPT_OK) return status;
    size_t count = encode(id, step, values, file->goal_count, bytes);
    sqlite3_bind_int64(put, 1, id);
    sqlite3_bind_int64(put, 2, step);
    sqlite3_bind_blob64(put, 3, bytes, count, SQLITE_STATIC);
    return hpi_sqlite_run(file, put, "written", err);
}

/* -------------------------------------------------------------------------------------- reading */

static hpt_status damaged(const hpi_sqlite *file, int64_t id, int64_t step, const char *what,
                          hpt_err *err) {
    return hpi_fail(err, HPT_EPARSE,
                    "\"%s\" is damaged: the intermediate value of trial id %" PRId64
                    " at step %" PRId64 " %s",
                    file->shown, id, step, what);
}

/* What a walk needs: whoever writes may have made our table since the file was opened. */
static hpt_status look_for_reports(hpi_sqlite *file, bool *has_out, hpt_err *err) {
    static const char sql[] =
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'hpt_reports'";
    sqlite3_stmt *find = NULL;
    *has_out = false;
    if (!has_several(file)) return HPT_OK;
    int code = sqlite3_prepare_v2(file->db, sql, -1, &find, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(find);
    *has_out = code == SQLITE_ROW;
    sqlite3_finalize(find);
    if (code == SQLITE_ROW || code == SQLITE_DONE) return HPT_OK;
    return hpi_sqlite_fail(file, code, "read", err);
}

/* All values of a report, if we have them. */
static hpt_status get_whole(hpi_sqlite *file, int64_t id, int64_t step, double *values,
                            hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_REPORT_GET, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, id);
    sqlite3_bind_int64(get, 2, step);
    int         code = sqlite3_step(get);
    const void *bytes = code == SQLITE_ROW ? sqlite3_column_blob(get, 0) : NULL;
    size_t      count = bytes ? (size_t)sqlite3_column_bytes(get, 0) : 0;
    if (code == SQLITE_ROW && !decode(id, step, bytes, count, file->goal_count, values))
        status = damaged(file, id, step, "has a wrong checksum", err);
    else if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(get);
    return status;
}

/* Putting, where that is news. */

static bool is_whole(const hpi_sqlite *file, const double *values) {
    bool has_all = true;
    for (uint32_t i = 1; i < file->goal_count; i++)
        has_all = has_all && !isnan(values[i]);
    return has_all;
}

static hpt_status is_said(hpi_sqlite *file, int64_t id, int64_t step, const double *values,
                          bool *is_said_out, hpt_err *err) {
    double known[HPI_HEAD_GOALS_MAX] = { NAN, NAN };
    *is_said_out = false;
    if (!has_several(file) || is_whole(file, values)) return HPT_OK;
    hpt_status status = ready_reports(file, err);
    if (status != HPT_OK) return status;
    hpt_err why = { 0 };
    status = get_whole(file, id, step, known, &why);
    *is_said_out = status == HPT_OK && is_whole(file, known);
    /* One that is damaged says nothing, and is replaced; one that cannot be read may be whole. */
    return status == HPT_OK || status == HPT_EPARSE ? HPT_OK
                                                    : hpi_fail(err, status, "%s", why.text);
}

hpt_status hpi_sqlite_put_report(hpi_backend *backend, uint64_t id, int64_t step,
                                 const double *values, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    bool        was_said = false;
    hpt_status  status = hpi_sqlite_may_write(file, err);
    if (status == HPT_OK) status = is_said(file, (int64_t)id, step, values, &was_said, err);
    if (status == HPT_OK && was_said) return HPT_OK;
    if (status == HPT_OK) status = put_first(file, (int64_t)id, step, values[0], err);
    if (status == HPT_OK && has_several(file))
        status = put_whole(file, (int64_t)id, step, values, err);
    return hpi_sqlite_broken(file, status);
}

/* The report in a row: value, type, step, trial_id. */
static hpt_status read_report(hpi_sqlite *file, sqlite3_stmt *row, bool has_reports,
                              double values_out[HPI_HEAD_GOALS_MAX], hpt_err *err) {
    int64_t step = sqlite3_column_int64(row, 2), id = sqlite3_column_int64(row, 3);
    for (uint32_t i = 0; i < HPI_HEAD_GOALS_MAX; i++)
        values_out[i] = NAN;
    if (!hpi_sqlite_value(row, 0, values_out)) return damaged(file, id, step, "is no number", err);
    return has_reports ? get_whole(file, id, step, values_out, err) : HPT_OK;
}

hpt_status hpi_sqlite_scan_reports_from(hpi_backend *backend, uint64_t from, hpi_report_taker each,
                                        void *user, hpt_err *err) {
    hpi_sqlite   *file = (hpi_sqlite *)backend;
    sqlite3_stmt *row = NULL;
    bool          goes_on = true, has_reports = false;
    int           code = SQLITE_DONE;
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK) status = look_for_reports(file, &has_reports, err);
    if (status == HPT_OK) status = hpi_sqlite_prepare(file, all_sql, from, &row, err);
    while (status == HPT_OK && goes_on && (code = sqlite3_step(row)) == SQLITE_ROW) {
        double values[HPI_HEAD_GOALS_MAX];
        status = read_report(file, row, has_reports, values, err);
        if (status == HPT_OK)
            goes_on = each(user, (uint64_t)sqlite3_column_int64(row, 3),
                           sqlite3_column_int64(row, 2), values);
    }
    if (status == HPT_OK) status = hpi_sqlite_end_of_walk(file, code, err);
    sqlite3_finalize(row);
    return status;
}

hpt_status hpi_sqlite_scan_reports(hpi_backend *backend, hpi_report_taker each, void *user,
                                   hpt_err *err) {
    return hpi_sqlite_scan_reports_from(backend, 0, each, user, err);
}

/* ------------------------------------------------------------------------------ as they come */

/* SQLite gives the id of the last row again when that row was deleted: what came next would lie
 * before the place, or at it. */
static hpt_status check_place(hpi_sqlite *file, hpi_news_place *place, hpt_err *err) {
    sqlite3_stmt *find = NULL;
    if (place->row == 0) return HPT_OK;
    hpt_status status = hpi_sqlite_statement(file, HPI_SQL_REPORT_PLACE, &find, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(find, 1, (int64_t)place->id);
    sqlite3_bind_int64(find, 2, place->step);
    sqlite3_bind_int64(find, 3, (int64_t)place->row);
    int code = sqlite3_step(find);
    if (code == SQLITE_DONE)
        *place = (hpi_news_place){ 0 };
    else if (code != SQLITE_ROW)
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(find);
    return status;
}

/* The news in a row: value, type, step, trial_id, number, id. */
static hpt_status take_news(sqlite3_stmt *row, const double *values, hpi_report_taker each,
                            void *user, hpi_news_place *place, hpt_err *err) {
    int64_t step = sqlite3_column_int64(row, 2);
    if (!each(user, (uint64_t)sqlite3_column_int64(row, 4), step, values))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for intermediate values");
    *place = (hpi_news_place){ .row = (uint64_t)sqlite3_column_int64(row, 5),
                               .id = (uint64_t)sqlite3_column_int64(row, 3),
                               .step = step };
    return HPT_OK;
}

hpt_status hpi_sqlite_scan_news(hpi_backend *backend, uint64_t told_from, hpi_news_place *place,
                                hpi_report_taker each, void *user, hpt_err *err) {
    hpi_sqlite   *file = (hpi_sqlite *)backend;
    sqlite3_stmt *row = NULL;
    bool          has_reports = false;
    int           code = SQLITE_DONE;
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK) status = look_for_reports(file, &has_reports, err);
    if (status == HPT_OK) status = check_place(file, place, err);
    if (status == HPT_OK)
        status = hpi_sqlite_statement(
            file, place->row == 0 ? HPI_SQL_REPORTS_FIRST : HPI_SQL_REPORTS_SINCE, &row, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(row, 1, file->study_id);
    sqlite3_bind_int64(row, 2, (int64_t)told_from);
    sqlite3_bind_int64(row, 3, (int64_t)place->row);
    while (status == HPT_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        double values[HPI_HEAD_GOALS_MAX];
        status = read_report(file, row, has_reports, values, err);
        if (status == HPT_OK) status = take_news(row, values, each, user, place, err);
    }
    if (status == HPT_OK) status = hpi_sqlite_end_of_walk(file, code, err);
    sqlite3_reset(row);
    return status;
}

hpt_status hpi_sqlite_news_end(hpi_backend *backend, hpi_news_place *place_out, hpt_err *err) {
    hpi_sqlite   *file = (hpi_sqlite *)backend;
    sqlite3_stmt *last = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_REPORTS_LAST, &last, err);
    if (status != HPT_OK) return status;
    int code = sqlite3_step(last);
    if (code == SQLITE_ROW)
        *place_out = (hpi_news_place){ .row = (uint64_t)sqlite3_column_int64(last, 0),
                                       .id = (uint64_t)sqlite3_column_int64(last, 1),
                                       .step = sqlite3_column_int64(last, 2) };
    else if (code == SQLITE_DONE)
        *place_out = (hpi_news_place){ 0 };
    else
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(last);
    return status;
}

/* ----------------------------------------------------------------------- Optuna's against ours */

/* A row of ours beside Optuna's: step, report; value, type, step. What is wrong, as the end of a
 * sentence; NULL: nothing. */
static const char *compare(const hpi_sqlite *file, sqlite3_stmt *row, int64_t id,
                           double ours_out[HPI_HEAD_GOALS_MAX], bool *is_ours_bad_out) {
    const void *bytes = sqlite3_column_blob(row, 1);
    size_t      count = bytes ? (size_t)sqlite3_column_bytes(row, 1) : 0;
    double      theirs = 0;
    *is_ours_bad_out =
        !decode(id, sqlite3_column_int64(row, 0), bytes, count, file->goal_count, ours_out);
    if (*is_ours_bad_out) return "has a wrong checksum";
    if (sqlite3_column_type(row, 4) == SQLITE_NULL) return "is missing in Optuna's table";
    bool is_same = hpi_sqlite_value(row, 2, &theirs) &&
                   (theirs == ours_out[0] || (isnan(theirs) && isnan(ours_out[0])));
    return is_same ? NULL : "is another in Optuna's table";
}

hpt_status hpi_sqlite_judge_reports(hpi_sqlite *file, uint64_t id, bool is_mending, char *what_out,
                                    size_t bytes, hpt_err *err) {
    sqlite3_stmt *row = NULL;
    bool          has_reports = false;
    int           code = SQLITE_DONE;
    *what_out = '\0';
    hpt_status status = look_for_reports(file, &has_reports, err);
    if (status != HPT_OK || !has_reports) return status;
    status = hpi_sqlite_statement(file, HPI_SQL_REPORTS_OF, &row, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(row, 1, (int64_t)id);
    while (status == HPT_OK && !*what_out && (code = sqlite3_step(row)) == SQLITE_ROW) {
        double      values[HPI_HEAD_GOALS_MAX];
        int64_t     step = sqlite3_column_int64(row, 0);
        bool        is_lost = false;
        const char *what = compare(file, row, (int64_t)id, values, &is_lost);
        if (what && is_mending && !is_lost)
            status = put_first(file, (int64_t)id, step, values[0], err);
        else if (what && !is_mending)
            sqlite3_snprintf((int)bytes, what_out, "the intermediate value at step %lld %s",
                             (long long)step, what);
    }
    if (status == HPT_OK) status = hpi_sqlite_end_of_walk(file, code, err);
    sqlite3_reset(row);
    return status;
}
