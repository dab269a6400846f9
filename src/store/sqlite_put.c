/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "space/space.h"
#include "store/distribution.h"
#include "store/optuna.h"

static const char constraints_key[] = "constraints", reason_key[] = "hpt:reason",
                  state_key[] = "hpt:state";

enum { KEY_BYTES = 320 };

static hpt_status clear(hpi_sqlite *file, hpi_sqlite_text text, int64_t id, hpt_err *err) {
    sqlite3_stmt *statement = NULL;
    hpt_status    status = hpi_sqlite_statement(file, text, &statement, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(statement, 1, id);
    return hpi_sqlite_run(file, statement, "written", err);
}

/* ----------------------------------------------------------------------------------- parameters */

static void bind_param(const hpi_sqlite *file, sqlite3_stmt *statement, int column,
                       const hpi_record *record, hpt_param param) {
    sqlite3_bind_text(statement, column, hpi_space_name(file->space, param), -1, SQLITE_STATIC);
    sqlite3_bind_double(statement, column + 1,
                        hpi_distribution_number(file->space, param, record->point[param]));
    sqlite3_bind_text(statement, column + 2, file->distributions[param], -1, SQLITE_STATIC);
}

static hpt_param next_param(const hpi_sqlite *file, const hpi_record *record, hpt_param param) {
    if (!record->given && !hpi_space_has_conditions(file->space)) return param;
    while (param < file->dims && !hpi_optuna_has_param(file->space, record, param))
        param++;
    return param;
}

static hpt_status put_params(hpi_sqlite *file, int64_t id, const hpi_record *record, hpt_err *err) {
    hpt_status status = HPT_OK;
    hpt_param  param = 0;
    for (; status == HPT_OK && (param = next_param(file, record, param)) < file->dims; param++) {
        sqlite3_stmt *put = NULL;
        status = hpi_sqlite_statement(file, HPI_SQL_NEW_PARAM, &put, err);
        if (status != HPT_OK) return status;
        sqlite3_bind_int64(put, 1, id);
        bind_param(file, put, 2, record, param);
        status = hpi_sqlite_run(file, put, "written", err);
    }
    return status;
}

/* --------------------------------------------------------------------------------------- values */

static hpt_status put_values(hpi_sqlite *file, int64_t id, const hpi_record *record, hpt_err *err) {
    hpt_status    status = HPT_OK;
    const double *values;
    uint32_t      count = hpi_optuna_values(record, file->goal_count, &values);
    for (uint32_t i = 0; i < count && status == HPT_OK; i++) {
        sqlite3_stmt *put = NULL;
        if (isnan(values[i])) continue; /* Optuna has no such values */
        status = hpi_sqlite_statement(file, HPI_SQL_NEW_VALUE, &put, err);
        if (status != HPT_OK) break;
        sqlite3_bind_int64(put, 1, id);
        sqlite3_bind_int64(put, 2, i);
        hpi_sqlite_bind_value(put, 3, values[i]);
        status = hpi_sqlite_run(file, put, "written", err);
    }
    return status;
}

/* ----------------------------------------------------------------------------------- attributes */

static hpt_status put_attr(hpi_sqlite *file, hpi_sqlite_text text, int64_t id, const char *key,
                           hpi_writer *json, hpt_err *err) {
    sqlite3_stmt *put = NULL;
    hpt_status    status = json->failed ? hpi_fail(err, HPT_ENOMEM, "out of memory")
                                        : hpi_sqlite_statement(file, text, &put, err);
    if (status == HPT_OK) {
        sqlite3_bind_int64(put, 1, id);
        sqlite3_bind_text(put, 2, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(put, 3, json->text, (int)json->bytes, SQLITE_STATIC);
        status = hpi_sqlite_run(file, put, "written", err);
    }
    hpi_writer_fini(json);
    return status;
}

static hpt_status put_user_value(hpi_sqlite *file, int64_t id, const char *key, hpt_value value,
                                 hpt_err *err) {
    hpi_writer json = { 0 };
    hpi_py_write_value(&json, value);
    return put_attr(file, HPI_SQL_TRIAL_ATTR_USER, id, key, &json, err);
}

static hpt_status put_constraints(hpi_sqlite *file, int64_t id, const hpi_record *record,
                                  hpt_err *err) {
    hpi_writer json = { 0 };
    hpi_optuna_write_constraints(&json, record->constraints, record->constraint_count);
    hpt_status status = put_attr(file, HPI_SQL_TRIAL_ATTR_SYSTEM, id, constraints_key, &json, err);
    for (uint32_t i = 0; i < record->constraint_count && status == HPT_OK; i++) {
        char key[KEY_BYTES];
        sqlite3_snprintf(sizeof key, key, "%s:%s", constraints_key, record->constraints[i].name);
        hpi_py_write_real(&json, record->constraints[i].value.as.real);
        status = put_attr(file, HPI_SQL_TRIAL_ATTR_SYSTEM, id, key, &json, err);
    }
    return status;
}

static hpt_status put_attrs(hpi_sqlite *file, int64_t id, const hpi_record *record, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (uint32_t i = 0; i < record->attr_count && status == HPT_OK; i++)
        status = put_user_value(file, id, record->attrs[i].name, record->attrs[i].value, err);
    if (status == HPT_OK && record->constraint_count)
        status = put_constraints(file, id, record, err);
    if (hpi_record_is_foreign(record)) return status; /* what hpt makes of it is not said */
    if (status == HPT_OK && record->reason[0])
        status = put_user_value(file, id, reason_key, hpt_text(record->reason), err);
    if (status == HPT_OK && hpi_optuna_state_is_coarse(record->state))
        status =
            put_user_value(file, id, state_key, hpt_text(hpt_trial_state_text(record->state)), err);
    return status;
}

static hpt_status clear_attr(hpi_sqlite *file, hpi_sqlite_text text, int64_t id, const char *key,
                             hpt_err *err) {
    sqlite3_stmt *statement = NULL;
    hpt_status    status = hpi_sqlite_statement(file, text, &statement, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC);
    return hpi_sqlite_run(file, statement, "written", err);
}

/* Those that the record before had. Others' stay: notes that a dashboard made. */
static hpt_status clear_attrs(hpi_sqlite *file, int64_t id, const hpi_record *old, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (uint32_t i = 0; i < old->attr_count && status == HPT_OK; i++)
        status = clear_attr(file, HPI_SQL_TRIAL_ATTR_USER_CLEAR, id, old->attrs[i].name, err);
    for (uint32_t i = 0; i < old->constraint_count && status == HPT_OK; i++) {
        char key[KEY_BYTES];
        sqlite3_snprintf(sizeof key, key, "%s:%s", constraints_key, old->constraints[i].name);
        status = clear_attr(file, HPI_SQL_TRIAL_ATTR_SYSTEM_CLEAR, id, key, err);
    }
    if (status == HPT_OK && old->constraint_count)
        status = clear_attr(file, HPI_SQL_TRIAL_ATTR_SYSTEM_CLEAR, id, constraints_key, err);
    if (status == HPT_OK && old->reason[0])
        status = clear_attr(file, HPI_SQL_TRIAL_ATTR_USER_CLEAR, id, reason_key, err);
    if (status == HPT_OK && hpi_optuna_state_is_coarse(old->state))
        status = clear_attr(file, HPI_SQL_TRIAL_ATTR_USER_CLEAR, id, state_key, err);
    return status;
}

/* ---------------------------------------------------------------------------------------- trials
 */

static void bind_time(sqlite3_stmt *statement, int column, int64_t wall_ns,
                      char text[HPI_OPTUNA_TIME_BYTES]) {
    if (wall_ns == HPI_NO_TIME) {
        sqlite3_bind_null(statement, column);
        return;
    }
    hpi_optuna_print_time(text, wall_ns);
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

/* The row in Optuna's table; *id 0: a new one. */
static hpt_status put_row(hpi_sqlite *file, const hpi_record *record, int64_t *id, hpt_err *err) {
    char          start[HPI_OPTUNA_TIME_BYTES], end[HPI_OPTUNA_TIME_BYTES];
    bool          is_new = *id == 0, has_ended = record->state != HPT_TRIAL_RUNNING;
    sqlite3_stmt *put = NULL;
    hpt_status    status =
        hpi_sqlite_statement(file, is_new ? HPI_SQL_TRIAL_NEW : HPI_SQL_TRIAL_CHANGE, &put, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(put, 1, (int64_t)record->number);
    sqlite3_bind_int64(put, 2, file->study_id);
    sqlite3_bind_text(put, 3, hpi_optuna_state(record), -1, SQLITE_STATIC);
    bind_time(put, 4, record->start_wall_ns, start);
    bind_time(put, 5, has_ended ? record->end_wall_ns : HPI_NO_TIME, end);
    if (!is_new) sqlite3_bind_int64(put, 6, *id);
    status = hpi_sqlite_run(file, put, "written", err);
    if (status != HPT_OK) return status;
    if (is_new)
        *id = sqlite3_last_insert_rowid(file->db);
    else if (sqlite3_changes(file->db) != 1)
        return hpi_fail(err, HPT_EPARSE, "\"%s\" has lost trial %" PRIu64, file->shown,
                        record->number);
    return HPT_OK;
}

static hpt_status put_record(hpi_sqlite *file, const hpi_record *record, int64_t id, bool is_new,
                             hpt_err *err) {
    sqlite3_stmt *put = NULL;
    hpt_status    status = hpi_record_encode(record, file->dims, &file->bytes, err);
    if (status == HPT_OK)
        status = hpi_sqlite_statement(file, is_new ? HPI_SQL_NEW_RECORD : HPI_SQL_RECORD_CHANGE,
                                      &put, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(put, 1, id);
    sqlite3_bind_int64(put, 2, file->study_id);
    sqlite3_bind_int64(put, 3, (int64_t)record->number);
    if (record->order == HPI_UNKNOWN)
        sqlite3_bind_null(put, 4);
    else
        sqlite3_bind_int64(put, 4, (int64_t)record->order);
    sqlite3_bind_blob64(put, 5, file->bytes.at, file->bytes.used, SQLITE_STATIC);
    return hpi_sqlite_run(file, put, "written", err);
}

static hpt_status put_new(hpi_sqlite *file, const hpi_record *record, int64_t *id, hpt_err *err) {
    hpt_status status;
    if (hpi_sqlite_may_wait(file, record)) {
        status = hpi_sqlite_wait(file, record, id, err);
        return status == HPT_OK ? put_attrs(file, *id, record, err) : status;
    }
    status = hpi_sqlite_flush(file, err);
    hpi_sqlite_batch_drop(file); /* SQLite gives the next id */
    if (status == HPT_OK) status = put_row(file, record, id, err);
    if (status == HPT_OK) status = put_params(file, *id, record, err);
    if (status == HPT_OK) status = put_values(file, *id, record, err);
    if (status == HPT_OK) status = put_attrs(file, *id, record, err);
    if (hpi_record_is_foreign(record)) return status;
    return status == HPT_OK ? put_record(file, record, *id, true, err) : status;
}

/* The record that a trial has so far; HPT_EABSENT when it has none that can be read. */
static hpt_status get_old(hpi_sqlite *file, int64_t id, hpi_record *old_out, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_RECORD_GET, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, id);
    int code = sqlite3_step(get);
    if (code == SQLITE_ROW && sqlite3_column_int64(get, 0) == file->study_id) {
        const void *bytes = sqlite3_column_blob(get, 3);
        status = hpi_record_decode(bytes ? bytes : "", (size_t)sqlite3_column_bytes(get, 3),
                                   file->dims, &file->old_room, old_out, NULL);
        if (status == HPT_ENOMEM)
            hpi_fail(err, status, "out of memory");
        else if (status != HPT_OK)
            status = HPT_EABSENT;
    } else if (code == SQLITE_ROW || code == SQLITE_DONE) {
        status = HPT_EABSENT;
    } else {
        status = hpi_sqlite_fail(file, code, "read", err);
    }
    sqlite3_reset(get);
    return status;
}

static bool same_params(const hpi_sqlite *file, const hpi_record *a, const hpi_record *b) {
    if ((a->given != NULL) != (b->given != NULL)) return false;
    if (a->given && memcmp(a->given, b->given, file->dims * sizeof *a->given) != 0) return false;
    return memcmp(a->point, b->point, file->dims * sizeof *a->point) == 0;
}

/* Optuna's rows of a trial that has some. What is as it was is left alone. */
static hpt_status change_rows(hpi_sqlite *file, const hpi_record *record, const hpi_record *old,
                              int64_t id, hpt_err *err) {
    hpt_status status = put_row(file, record, &id, err);
    if (status == HPT_OK && old) status = clear_attrs(file, id, old, err);
    if (status == HPT_OK && !(old && same_params(file, record, old))) {
        status = clear(file, HPI_SQL_PARAM_CLEAR, id, err);
        if (status == HPT_OK) status = put_params(file, id, record, err);
    }
    if (status == HPT_OK && (!old || old->value_count))
        status = clear(file, HPI_SQL_VALUE_CLEAR, id, err);
    if (status == HPT_OK) status = put_values(file, id, record, err);
    return status == HPT_OK ? put_attrs(file, id, record, err) : status;
}

static hpt_status put_old(hpi_sqlite *file, const hpi_record *record, int64_t id, hpt_err *err) {
    hpi_record old;
    hpt_status status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK) status = get_old(file, id, &old, err);
    if (status != HPT_OK && status != HPT_EABSENT) return status;
    status = change_rows(file, record, status == HPT_OK ? &old : NULL, id, err);
    return status == HPT_OK ? put_record(file, record, id, false, err) : status;
}

static hpt_status ready_records(hpi_sqlite *file, hpt_err *err) {
    if (file->has_records) return HPT_OK;
    file->has_made = true;
    hpt_status status = hpi_sqlite_records_make(file, err);
    file->has_records = status == HPT_OK;
    return status;
}

hpt_status hpi_sqlite_put(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                          hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    int64_t     id = (int64_t)record->id;
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_may_write(file, err);
    if (status != HPT_OK) return status;
    status = ready_records(file, err);
    if (status == HPT_OK)
        status = id ? put_old(file, record, id, err) : put_new(file, record, &id, err);
    if (status != HPT_OK) return hpi_sqlite_broken(file, status);
    file->has_changed = true;
    if (id_out) *id_out = (uint64_t)id;
    return HPT_OK;
}

/* The row may be gone, or another study's: then it is made under the same id. */
static hpt_status restore_row(hpi_sqlite *file, int64_t id, hpt_err *err) {
    char *sql = sqlite3_mprintf("INSERT INTO trials (trial_id, study_id, state) VALUES "
                                "(%lld, %lld, 'RUNNING') ON CONFLICT (trial_id) "
                                "DO UPDATE SET study_id = excluded.study_id",
                                (long long)id, (long long)file->study_id);
    if (!sql) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    hpt_status status = hpi_sqlite_run_text(file, sql, "written", err);
    sqlite3_free(sql);
    return status;
}

hpt_status hpi_sqlite_mend(hpi_backend *backend, const hpi_record *record, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    int64_t     id = (int64_t)record->id;
    char        nothing[1];
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_may_write(file, err);
    if (status != HPT_OK) return status;
    status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK) status = restore_row(file, id, err);
    if (status == HPT_OK) status = change_rows(file, record, NULL, id, err);
    if (status == HPT_OK)
        status = hpi_sqlite_judge_reports(file, record->id, true, nothing, sizeof nothing, err);
    return hpi_sqlite_broken(file, status);
}
