/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether Optuna's rows of a trial say what its record says. What others have added is theirs. */
#include "store/sqlite.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "store/distribution.h"
#include "store/optuna.h"

static bool same_time(sqlite3_stmt *row, int column, int64_t wall_ns) {
    char text[HPI_OPTUNA_TIME_BYTES];
    if (wall_ns == HPI_NO_TIME) return sqlite3_column_type(row, column) == SQLITE_NULL;
    hpi_optuna_print_time(text, wall_ns);
    return strcmp(text, hpi_sqlite_column(row, column, NULL)) == 0;
}

/* What differs in the trial's row; NULL: nothing. */
static const char *compare_row(const hpi_sqlite *file, sqlite3_stmt *row,
                               const hpi_record *record) {
    bool has_ended = record->state != HPT_TRIAL_RUNNING;
    if (sqlite3_column_int64(row, 3) != file->study_id) return "study";
    if (sqlite3_column_int64(row, 4) != (int64_t)record->number) return "number";
    if (strcmp(hpi_sqlite_column(row, 0, NULL), hpi_optuna_state(record)) != 0) return "state";
    if (!same_time(row, 1, record->start_wall_ns)) return "start";
    if (!same_time(row, 2, has_ended ? record->end_wall_ns : HPI_NO_TIME)) return "end";
    return NULL;
}

static bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* Row by row, not by coordinates: Optuna's numbers are doubles, and an integer that does not fit
 * one may be none there. */
static bool is_same_param(const hpi_sqlite *file, sqlite3_stmt *row, const hpi_record *ours) {
    hpt_param param = hpt_space_find(file->space, hpi_sqlite_column(row, 0, NULL));
    return param != HPT_PARAM_NONE && hpi_optuna_has_param(file->space, ours, param) &&
           sqlite3_column_double(row, 1) ==
               hpi_distribution_number(file->space, param, ours->point[param]);
}

static hpt_status compare_params(hpi_sqlite *file, const hpi_record *ours, bool *is_same_out,
                                 hpt_err *err) {
    sqlite3_stmt *rows = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_FOREIGN_PARAMS, &rows, err);
    if (status != HPT_OK) return status;
    uint32_t wanted = 0, found = 0;
    int      code;
    for (hpt_param param = 0; param < file->dims; param++)
        wanted += hpi_optuna_has_param(file->space, ours, param);
    sqlite3_bind_int64(rows, 1, (int64_t)ours->id);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && is_same_param(file, rows, ours))
        found++;
    *is_same_out = code == SQLITE_DONE && found == wanted;
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(rows);
    return status;
}

static bool same_values(const hpi_record *ours, uint32_t goal_count, const hpi_record *theirs) {
    const double *values;
    uint32_t      count = hpi_optuna_values(ours, goal_count, &values);
    if (count != theirs->value_count) return false;
    for (uint32_t i = 0; i < count; i++)
        if (values[i] != theirs->values[i]) return false;
    return true;
}

static bool same_attr(const hpt_attr *a, const hpt_attr *b) {
    if (strcmp(a->name, b->name) != 0) return false;
    if (a->value.type == HPT_TYPE_REAL && b->value.type == HPT_TYPE_REAL)
        return same_number(a->value.as.real, b->value.as.real);
    return hpt_value_equal(a->value, b->value);
}

static bool has_all(const hpt_attr *wanted, uint32_t wanted_count, const hpt_attr *list,
                    uint32_t count) {
    for (uint32_t i = 0; i < wanted_count; i++) {
        uint32_t at = 0;
        while (at < count && !same_attr(&wanted[i], &list[at]))
            at++;
        if (at == count) return false;
    }
    return true;
}

static const char *compare_rest(const hpi_sqlite *file, const hpi_record *ours,
                                const hpi_record *theirs) {
    if (!same_values(ours, file->goal_count, theirs)) return "values";
    if (!has_all(ours->attrs, ours->attr_count, theirs->attrs, theirs->attr_count))
        return "attributes";
    if (!has_all(ours->constraints, ours->constraint_count, theirs->constraints,
                 theirs->constraint_count))
        return "constraints";
    return NULL;
}

hpt_status hpi_sqlite_compare(hpi_sqlite *file, const hpi_record *record, char *what_out,
                              size_t bytes, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpi_record    theirs;
    hpt_err       why = { 0 };
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_FOREIGN_TRIAL, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, (int64_t)record->id);
    int         code = sqlite3_step(get);
    const char *what = "row is missing";
    if (code == SQLITE_ROW) what = compare_row(file, get, record);
    sqlite3_reset(get);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return hpi_sqlite_fail(file, code, "read", err);
    what_out[0] = '\0';
    if (what) {
        hpi_cut(what_out, bytes, what);
        return HPT_OK;
    }
    status = hpi_sqlite_foreign_get(file, (int64_t)record->id, record->number, &theirs, &why);
    if (status == HPT_EPARSE) {
        hpi_cut(what_out, bytes, why.text);
        return HPT_OK;
    }
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    bool is_same = false;
    status = compare_params(file, record, &is_same, err);
    if (status != HPT_OK) return status;
    what = is_same ? compare_rest(file, record, &theirs) : "parameters";
    hpi_cut(what_out, bytes, what ? what : "");
    return HPT_OK;
}
