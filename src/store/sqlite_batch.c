/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that are new in the transaction that is open wait here, and go into the file table by
 * table, several rows to a statement: that takes two thirds of what a trial at a time takes. Who
 * reads the tables, or changes a trial, flushes first. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"
#include "store/distribution.h"
#include "store/optuna.h"

enum { TRIALS_MAX = 256, NUMBERS_MAX = 16384 };

static const int64_t id_max = INT64_MAX / 2; /* far beyond what anybody counts up to */

/* A row of trials and one of hpt_trials. */
struct hpi_sqlite_new {
    int64_t     id;
    uint64_t    number, order;
    const char *state;
    char        start[HPI_OPTUNA_TIME_BYTES], end[HPI_OPTUNA_TIME_BYTES]; /* "": unknown */
    size_t      at, bytes;                                                /* of the record */
};

struct hpi_sqlite_result {
    int64_t  id;
    uint32_t objective;
    double   value;
};

/* ---------------------------------------------------------------------------------------- rows */

static void bind_time(sqlite3_stmt *put, int column, const char *text) {
    if (*text)
        sqlite3_bind_text(put, column, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(put, column);
}

static void bind_trial(const hpi_sqlite *file, sqlite3_stmt *put, int column, size_t row) {
    const hpi_sqlite_new *it = &file->batch.news[row];
    sqlite3_bind_int64(put, column, it->id);
    sqlite3_bind_int64(put, column + 1, (int64_t)it->number);
    sqlite3_bind_int64(put, column + 2, file->study_id);
    sqlite3_bind_text(put, column + 3, it->state, -1, SQLITE_STATIC);
    bind_time(put, column + 4, it->start);
    bind_time(put, column + 5, it->end);
}

static void bind_param(const hpi_sqlite *file, sqlite3_stmt *put, int column, size_t row) {
    const hpi_sqlite_batch *batch = &file->batch;
    hpt_param               param = (hpt_param)(row % file->dims);
    sqlite3_bind_int64(put, column, batch->news[row / file->dims].id);
    sqlite3_bind_text(put, column + 1, hpi_space_name(file->space, param), -1, SQLITE_STATIC);
    sqlite3_bind_double(put, column + 2, batch->numbers[row]);
    sqlite3_bind_text(put, column + 3, file->distributions[param], -1, SQLITE_STATIC);
}

static void bind_result(const hpi_sqlite *file, sqlite3_stmt *put, int column, size_t row) {
    const hpi_sqlite_result *it = &file->batch.results[row];
    sqlite3_bind_int64(put, column, it->id);
    sqlite3_bind_int64(put, column + 1, it->objective);
    hpi_sqlite_bind_value(put, column + 2, it->value);
}

static void bind_record(const hpi_sqlite *file, sqlite3_stmt *put, int column, size_t row) {
    const hpi_sqlite_new *it = &file->batch.news[row];
    sqlite3_bind_int64(put, column, it->id);
    sqlite3_bind_int64(put, column + 1, file->study_id);
    sqlite3_bind_int64(put, column + 2, (int64_t)it->number);
    if (it->order == HPI_UNKNOWN)
        sqlite3_bind_null(put, column + 3);
    else
        sqlite3_bind_int64(put, column + 3, (int64_t)it->order);
    sqlite3_bind_blob64(put, column + 4, file->batch.records.text + it->at, it->bytes,
                        SQLITE_STATIC);
}

typedef struct table {
    hpi_sqlite_text one, many;
    int             columns;
    void (*bind)(const hpi_sqlite *file, sqlite3_stmt *put, int column, size_t row);
} table;

static const table trials = { HPI_SQL_NEW_TRIAL, HPI_SQL_NEW_TRIALS, 6, bind_trial },
                   params = { HPI_SQL_NEW_PARAM, HPI_SQL_NEW_PARAMS, 4, bind_param },
                   results = { HPI_SQL_NEW_VALUE, HPI_SQL_NEW_VALUES, 4, bind_result },
                   records = { HPI_SQL_NEW_RECORD, HPI_SQL_NEW_RECORDS, 5, bind_record };

static hpt_status put_rows(hpi_sqlite *file, const table *into, size_t count, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (size_t row = 0; row < count && status == HPT_OK;) {
        bool          is_many = count - row >= HPI_SQLITE_ROWS;
        int           rows = is_many ? HPI_SQLITE_ROWS : 1;
        sqlite3_stmt *put = NULL;
        status = hpi_sqlite_statement(file, is_many ? into->many : into->one, &put, err);
        if (status != HPT_OK) return status;
        for (int i = 0; i < rows; i++, row++)
            into->bind(file, put, 1 + i * into->columns, row);
        status = hpi_sqlite_run(file, put, "written", err);
    }
    return status;
}

/* --------------------------------------------------------------------------------------- waiting
 */

static void empty(hpi_sqlite_batch *batch) {
    batch->count = batch->result_count = batch->records.bytes = 0;
}

void hpi_sqlite_batch_drop(hpi_sqlite *file) {
    empty(&file->batch);
    file->batch.id_next = 0;
}

void hpi_sqlite_batch_fini(hpi_sqlite *file) {
    hpi_free(file->batch.news);
    hpi_free(file->batch.numbers);
    hpi_free(file->batch.results);
    hpi_writer_fini(&file->batch.records);
    file->batch = (hpi_sqlite_batch){ 0 };
}

hpt_status hpi_sqlite_flush(hpi_sqlite *file, hpt_err *err) {
    hpi_sqlite_batch *batch = &file->batch;
    if (batch->count == 0) return HPT_OK;
    hpt_status status = put_rows(file, &trials, batch->count, err);
    if (status == HPT_OK) status = put_rows(file, &params, batch->count * file->dims, err);
    if (status == HPT_OK) status = put_rows(file, &results, batch->result_count, err);
    if (status == HPT_OK) status = put_rows(file, &records, batch->count, err);
    empty(batch);
    return hpi_sqlite_broken(file, status);
}

/* Nobody else makes trials while the transaction is open. */
static hpt_status find_id_next(hpi_sqlite *file, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_ID_MAX, &get, err);
    if (status != HPT_OK) return status;
    int     code = sqlite3_step(get);
    int64_t max = code == SQLITE_ROW ? sqlite3_column_int64(get, 0) : 0;
    if (code != SQLITE_ROW)
        status = hpi_sqlite_fail(file, code, "read", err);
    else if (max > id_max)
        status = hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: a trial_id is %" PRId64, file->shown,
                          max);
    else
        file->batch.id_next = max > 0 ? max + 1 : 1;
    sqlite3_reset(get);
    return status;
}

/* All of it at once: there are bounds. */
static hpt_status reserve(hpi_sqlite *file, hpt_err *err) {
    hpi_sqlite_batch *batch = &file->batch;
    if (batch->news) return HPT_OK;
    size_t room = NUMBERS_MAX / (file->dims ? file->dims : 1);
    batch->room = room < 1 ? 1 : room < TRIALS_MAX ? room : TRIALS_MAX;
    batch->news = hpi_alloc_room(batch->room, sizeof *batch->news);
    batch->numbers = hpi_alloc_room(batch->room * file->dims + 1, sizeof *batch->numbers);
    batch->results = hpi_alloc_room(batch->room * HPI_SQLITE_GOALS_MAX, sizeof *batch->results);
    if (batch->news && batch->numbers && batch->results) return HPT_OK;
    hpi_sqlite_batch_fini(file);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for what a commit writes");
}

static void print_time(char out[HPI_OPTUNA_TIME_BYTES], int64_t wall_ns) {
    if (wall_ns == HPI_NO_TIME)
        *out = '\0';
    else
        hpi_optuna_print_time(out, wall_ns);
}

static void add_results(hpi_sqlite *file, const hpi_record *record, int64_t id) {
    const double *values;
    uint32_t      count = hpi_optuna_values(record, file->goal_count, &values);
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i])) /* Optuna has no such values */
            file->batch.results[file->batch.result_count++] =
                (hpi_sqlite_result){ id, i, values[i] };
}

static hpt_status add(hpi_sqlite *file, const hpi_record *record, hpt_err *err) {
    hpi_sqlite_batch *batch = &file->batch;
    hpi_sqlite_new   *fresh = &batch->news[batch->count];
    hpt_status        status = hpi_record_encode(record, file->dims, &file->bytes, err);
    if (status != HPT_OK) return status;
    *fresh = (hpi_sqlite_new){ .id = batch->id_next,
                               .number = record->number,
                               .order = record->order,
                               .state = hpi_optuna_state(record),
                               .at = batch->records.bytes,
                               .bytes = file->bytes.used };
    bool has_ended = record->state != HPT_TRIAL_RUNNING;
    print_time(fresh->start, record->start_wall_ns);
    print_time(fresh->end, has_ended ? record->end_wall_ns : HPI_NO_TIME);
    hpi_write_bytes(&batch->records, (const char *)file->bytes.at, file->bytes.used);
    if (batch->records.failed) {
        hpi_writer_fini(&batch->records);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for what a commit writes");
    }
    for (uint32_t i = 0; i < file->dims; i++)
        batch->numbers[batch->count * file->dims + i] =
            hpi_distribution_number(file->space, i, record->point[i]);
    add_results(file, record, fresh->id);
    batch->count++;
    batch->id_next++;
    return HPT_OK;
}

bool hpi_sqlite_may_wait(const hpi_sqlite *file, const hpi_record *record) {
    return !record->given && !hpi_space_has_conditions(file->space) &&
           record->value_count <= HPI_SQLITE_GOALS_MAX;
}

hpt_status hpi_sqlite_wait(hpi_sqlite *file, const hpi_record *record, int64_t *id_out,
                           hpt_err *err) {
    hpi_sqlite_batch *batch = &file->batch;
    hpt_status        status = reserve(file, err);
    if (status == HPT_OK && batch->count == batch->room) status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK && batch->id_next == 0) status = find_id_next(file, err);
    if (status == HPT_OK) status = add(file, record, err);
    if (status == HPT_OK) *id_out = batch->id_next - 1;
    return status;
}
