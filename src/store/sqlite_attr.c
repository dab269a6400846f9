/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of the study that is selected. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

static const char head_key[] = "hpt:study", sum_key[] = "hpt:sum";

static hpt_status get_attr(hpi_sqlite *file, bool is_system, const char *key, char **json_out,
                           hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = hpi_sqlite_statement(
           file, is_system ? HPI_SQL_ATTR_GET_SYSTEM : HPI_SQL_ATTR_GET_USER, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, file->study_id);
    sqlite3_bind_text(get, 2, key, -1, SQLITE_STATIC);
    int code = sqlite3_step(get);
    if (code == SQLITE_ROW) {
        char *copy = hpi_copy_text(hpi_sqlite_column(get, 0, NULL));
        if (copy)
            *json_out = copy;
        else
            status = hpi_fail(err, HPT_ENOMEM, "out of memory");
    } else if (code == SQLITE_DONE) {
        char shown[64];
        status = hpi_fail(err, HPT_EABSENT, "the study has no attribute \"%s\"",
                          hpi_quote(shown, sizeof shown, key));
    } else {
        status = hpi_sqlite_fail(file, code, "read", err);
    }
    sqlite3_reset(get);
    return status;
}

hpt_status hpi_sqlite_attr_get(hpi_backend *backend, bool is_system, const char *key,
                               char **json_out, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    HPI_ASSERT(file->is_selected);
    return get_attr(file, is_system, key, json_out, err);
}

static hpt_status put_attr(hpi_sqlite *file, bool is_system, const char *key, const char *json,
                           hpt_err *err) {
    sqlite3_stmt *put = NULL;
    hpt_status    status = hpi_sqlite_statement(
           file, is_system ? HPI_SQL_ATTR_PUT_SYSTEM : HPI_SQL_ATTR_PUT_USER, &put, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(put, 1, file->study_id);
    sqlite3_bind_text(put, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, json, -1, SQLITE_STATIC);
    return hpi_sqlite_run(file, put, "written", err);
}

/* The head says what every coordinate means, and SQLite would not notice that a letter of it is
 * another: its checksum goes with it. */
static void print_sum(char out[16], const char *json) {
    snprintf(out, 16, "%" PRIu32, hpi_crc32c(0, json, strlen(json)));
}

hpt_status hpi_sqlite_attr_put(hpi_backend *backend, bool is_system, const char *key,
                               const char *json, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    char        sum[16];
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_may_write(file, err);
    if (status != HPT_OK) return status;
    status = put_attr(file, is_system, key, json, err);
    if (status == HPT_OK && is_system && strcmp(key, head_key) == 0) {
        print_sum(sum, json);
        status = put_attr(file, true, sum_key, sum, err);
    }
    return hpi_sqlite_broken(file, status);
}

hpt_status hpi_sqlite_check_sum(hpi_sqlite *file, const char *json, hpt_err *err) {
    char      *found = NULL, wanted[16];
    hpt_status status = get_attr(file, true, sum_key, &found, err);
    if (status != HPT_OK && status != HPT_EABSENT) return status;
    print_sum(wanted, json);
    bool is_same = found && strcmp(found, wanted) == 0;
    hpi_free(found);
    if (is_same) return HPT_OK;
    return hpi_fail(err, HPT_EPARSE, "what the study is has been changed, or is damaged");
}
