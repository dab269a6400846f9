/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <string.h>

/* clang-format off */
#define PARAM_HEAD "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES "
#define TRIAL_HEAD "INSERT INTO trials (trial_id, number, study_id, state, datetime_start, datetime_complete) VALUES "
#define VALUE_HEAD "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES "
#define RECORD_HEAD "INSERT INTO hpt_trials (trial_id, study_id, number, told, record) VALUES "

/* HPI_SQLITE_ROWS of them. */
#define ROWS_5(row) row ", " row ", " row ", " row ", " row
#define ROWS(row) ROWS_5(row) ", " ROWS_5(row) ", " ROWS_5(row) ", " ROWS_5(row)
#define ROW_4 "(?, ?, ?, ?)"
#define ROW_5 "(?, ?, ?, ?, ?)"
#define ROW_6 "(?, ?, ?, ?, ?, ?)"

#define NEWS_HEAD "SELECT i.intermediate_value, i.intermediate_value_type, i.step, i.trial_id, " \
                  "t.number, i.trial_intermediate_value_id "

static const char *const texts[HPI_SQL_COUNT] = {
    [HPI_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [HPI_SQL_BEGIN_READ] = "BEGIN",
    [HPI_SQL_COMMIT] = "COMMIT",
    [HPI_SQL_ROLLBACK] = "ROLLBACK",
    [HPI_SQL_STUDY_FIND] = "SELECT study_id FROM studies WHERE study_name = ?1",
    [HPI_SQL_ATTR_GET_USER] =
        "SELECT value_json FROM study_user_attributes WHERE study_id = ?1 AND \"key\" = ?2",
    [HPI_SQL_ATTR_GET_SYSTEM] =
        "SELECT value_json FROM study_system_attributes WHERE study_id = ?1 AND \"key\" = ?2",
    [HPI_SQL_ATTR_PUT_USER] =
        "INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
    [HPI_SQL_ATTR_PUT_SYSTEM] =
        "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
    [HPI_SQL_NEW_TRIAL] = TRIAL_HEAD ROW_6,
    [HPI_SQL_NEW_TRIALS] = TRIAL_HEAD ROWS(ROW_6),
    [HPI_SQL_NEW_PARAM] = PARAM_HEAD ROW_4,
    [HPI_SQL_NEW_PARAMS] = PARAM_HEAD ROWS(ROW_4),
    [HPI_SQL_NEW_VALUE] = VALUE_HEAD ROW_4,
    [HPI_SQL_NEW_VALUES] = VALUE_HEAD ROWS(ROW_4),
    [HPI_SQL_NEW_RECORD] = RECORD_HEAD ROW_5,
    [HPI_SQL_NEW_RECORDS] = RECORD_HEAD ROWS(ROW_5),
    [HPI_SQL_ID_MAX] = "SELECT max(trial_id) FROM trials",
    [HPI_SQL_TRIAL_NEW] =
        "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) "
        "VALUES (?1, ?2, ?3, ?4, ?5)",
    [HPI_SQL_TRIAL_CHANGE] =
        "UPDATE trials SET number = ?1, state = ?3, datetime_start = ?4, datetime_complete = ?5 "
        "WHERE trial_id = ?6 AND study_id = ?2",
    [HPI_SQL_RECORD_CHANGE] =
        "INSERT INTO hpt_trials (trial_id, study_id, number, told, record) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (trial_id) DO UPDATE SET study_id = excluded.study_id, "
        "number = excluded.number, told = excluded.told, record = excluded.record",
    [HPI_SQL_RECORD_GET] =
        "SELECT study_id, number, told, record FROM hpt_trials WHERE trial_id = ?1",
    [HPI_SQL_RECORD_ANY] = "SELECT trial_id FROM hpt_trials WHERE study_id = ?1 LIMIT 1",
    [HPI_SQL_PARAM_CLEAR] = "DELETE FROM trial_params WHERE trial_id = ?1",
    [HPI_SQL_VALUE_CLEAR] = "DELETE FROM trial_values WHERE trial_id = ?1",
    [HPI_SQL_TRIAL_ATTR_USER] =
        "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
    [HPI_SQL_TRIAL_ATTR_SYSTEM] =
        "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
    [HPI_SQL_TRIAL_ATTR_USER_CLEAR] =
        "DELETE FROM trial_user_attributes WHERE trial_id = ?1 AND \"key\" = ?2",
    [HPI_SQL_TRIAL_ATTR_SYSTEM_CLEAR] =
        "DELETE FROM trial_system_attributes WHERE trial_id = ?1 AND \"key\" = ?2",
    /* Replaced, not changed: a step that is reported again has a new id, so that whoever asks for
     * what has come since hears of it. */
    [HPI_SQL_REPORT] =
        "INSERT OR REPLACE INTO trial_intermediate_values "
        "(trial_id, step, intermediate_value, intermediate_value_type) VALUES (?1, ?2, ?3, ?4)",
    [HPI_SQL_REPORT_WHOLE] =
        "INSERT OR REPLACE INTO hpt_reports (trial_id, step, report) VALUES (?1, ?2, ?3)",
    [HPI_SQL_REPORT_GET] = "SELECT report FROM hpt_reports WHERE trial_id = ?1 AND step = ?2",
    [HPI_SQL_REPORTS_OF] =
        "SELECT r.step, r.report, i.intermediate_value, i.intermediate_value_type, i.step "
        "FROM hpt_reports AS r LEFT JOIN trial_intermediate_values AS i "
        "ON i.trial_id = r.trial_id AND i.step = r.step WHERE r.trial_id = ?1 ORDER BY r.step",
    /* CROSS: from the few trials to their reports. */
    [HPI_SQL_REPORTS_FIRST] = NEWS_HEAD
        "FROM hpt_trials AS t CROSS JOIN trial_intermediate_values AS i ON i.trial_id = t.trial_id "
        "WHERE t.study_id = ?1 AND (t.told IS NULL OR t.told >= ?2) AND i.trial_intermediate_value_id > ?3 "
        "ORDER BY i.trial_intermediate_value_id",
    /* ... and the other way round. */
    [HPI_SQL_REPORTS_SINCE] = NEWS_HEAD
        "FROM trial_intermediate_values AS i CROSS JOIN hpt_trials AS t ON t.trial_id = i.trial_id "
        "WHERE t.study_id = ?1 AND (t.told IS NULL OR t.told >= ?2) AND i.trial_intermediate_value_id > ?3 "
        "ORDER BY i.trial_intermediate_value_id",
    [HPI_SQL_REPORTS_LAST] =
        "SELECT trial_intermediate_value_id, trial_id, step FROM trial_intermediate_values "
        "ORDER BY trial_intermediate_value_id DESC LIMIT 1",
    /* There, or reported again since. */
    [HPI_SQL_REPORT_PLACE] = "SELECT 1 FROM trial_intermediate_values WHERE trial_id = ?1 AND "
                             "step = ?2 AND trial_intermediate_value_id >= ?3",
    [HPI_SQL_FOREIGN_TRIAL] =
        "SELECT state, datetime_start, datetime_complete, study_id, number FROM trials WHERE trial_id = ?1",
    [HPI_SQL_FOREIGN_PARAMS] =
        "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?1 "
        "ORDER BY param_id",
    [HPI_SQL_FOREIGN_VALUES] =
        "SELECT value, value_type, objective FROM trial_values WHERE trial_id = ?1 ORDER BY objective",
    [HPI_SQL_FOREIGN_ATTRS_USER] =
        "SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id = ?1 "
        "ORDER BY trial_user_attribute_id",
    [HPI_SQL_FOREIGN_ATTRS_SYSTEM] =
        "SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id = ?1 "
        "ORDER BY trial_system_attribute_id",
    [HPI_SQL_FOREIGN_LAST_REPORT] =
        "SELECT intermediate_value, intermediate_value_type, step FROM trial_intermediate_values "
        "WHERE trial_id = ?1 ORDER BY step DESC LIMIT 1",
    [HPI_SQL_NUMBER_MAX] =
        "SELECT max(number), max(trial_id) FROM trials WHERE study_id = ?1 AND trial_id > ?2",
    [HPI_SQL_TOLD_MAX] = "SELECT max(told) FROM hpt_trials WHERE study_id = ?1",
};
/* clang-format on */

_Static_assert(HPI_SQLITE_ROWS == 20, "ROWS() has four times five");

hpt_status hpi_sqlite_statement(hpi_sqlite *file, hpi_sqlite_text text, sqlite3_stmt **out,
                                hpt_err *err) {
    sqlite3_stmt **at = &file->statements[text];
    int            code = SQLITE_OK;
    if (!*at)
        code = sqlite3_prepare_v3(file->db, texts[text], -1, SQLITE_PREPARE_PERSISTENT, at, NULL);
    if (code != SQLITE_OK) return hpi_sqlite_fail(file, code, "read", err);
    *out = *at;
    return HPT_OK;
}

void hpi_sqlite_statements_fini(hpi_sqlite *file) {
    for (size_t i = 0; i < HPI_SQL_COUNT; i++)
        sqlite3_finalize(file->statements[i]);
    memset(file->statements, 0, sizeof file->statements);
}

hpt_status hpi_sqlite_run(hpi_sqlite *file, sqlite3_stmt *statement, const char *what,
                          hpt_err *err) {
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        hpt_status status = hpi_sqlite_fail(file, code, what, err);
        sqlite3_reset(statement);
        return status;
    }
    sqlite3_reset(statement);
    return HPT_OK;
}

hpt_status hpi_sqlite_run_text(hpi_sqlite *file, const char *sql, const char *what, hpt_err *err) {
    int code = sqlite3_exec(file->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HPT_OK : hpi_sqlite_fail(file, code, what, err);
}

const char *hpi_sqlite_column(sqlite3_stmt *statement, int column, bool *is_text_out) {
    bool        is_text = sqlite3_column_type(statement, column) == SQLITE_TEXT;
    const char *text = is_text ? (const char *)sqlite3_column_text(statement, column) : NULL;
    if (text && strlen(text) != (size_t)sqlite3_column_bytes(statement, column)) text = NULL;
    if (is_text_out) *is_text_out = text != NULL;
    return text ? text : "";
}
