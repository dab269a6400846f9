/* SPDX-License-Identifier: BSD-3-Clause */
/* How many trials there are to be. SQLite does not notice when a page of a table is lost together
 * with what points to it, so each commit says how many ends and numbers there are. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

static const char counts_key[] = "hpt:counts";

static uint32_t sum_of(int64_t study_id, uint64_t told, uint64_t next) {
    unsigned char bytes[24];
    uint64_t      numbers[3] = { (uint64_t)study_id, told, next };
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(numbers[i / 8] >> (i % 8 * 8));
    return hpi_crc32c(0, bytes, sizeof bytes);
}

/* Only what has come since the last time is looked at. */
static hpt_status find_number_next(hpi_sqlite *file, uint64_t *next_out, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = hpi_sqlite_statement(file, HPI_SQL_NUMBER_MAX, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, file->study_id);
    sqlite3_bind_int64(get, 2, file->number_seen_id);
    int code = sqlite3_step(get);
    if (code != SQLITE_ROW) {
        status = hpi_sqlite_fail(file, code, "read", err);
    } else if (sqlite3_column_type(get, 1) == SQLITE_INTEGER) {
        int64_t max = sqlite3_column_int64(get, 0);
        if (max > file->number_max) file->number_max = max;
        file->number_seen_id = sqlite3_column_int64(get, 1);
    }
    sqlite3_reset(get);
    if (status != HPT_OK) return status;
    if (file->number_max == INT64_MAX)
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: a trial's number is %" PRId64,
                        file->shown, file->number_max);
    *next_out = (uint64_t)(file->number_max + 1);
    return HPT_OK;
}

static hpt_status find_told_max(hpi_sqlite *file, uint64_t *told_out, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = HPT_OK;
    *told_out = 0;
    if (!file->has_records || !file->is_ours) return HPT_OK;
    status = hpi_sqlite_statement(file, HPI_SQL_TOLD_MAX, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, file->study_id);
    int code = sqlite3_step(get);
    if (code != SQLITE_ROW)
        status = hpi_sqlite_fail(file, code, "read", err);
    else if (sqlite3_column_type(get, 0) == SQLITE_INTEGER)
        *told_out = (uint64_t)sqlite3_column_int64(get, 0) + 1;
    sqlite3_reset(get);
    return status;
}

hpt_status hpi_sqlite_counts_put(hpi_sqlite *file, hpt_err *err) {
    uint64_t   told = 0, next = 0;
    char       json[96];
    hpt_status status = find_told_max(file, &told, err);
    if (status == HPT_OK) status = find_number_next(file, &next, err);
    if (status != HPT_OK) return status;
    snprintf(json, sizeof json,
             "{\"told\": %" PRIu64 ", \"next\": %" PRIu64 ", \"crc\": %" PRIu32 "}", told, next,
             sum_of(file->study_id, told, next));
    return hpi_sqlite_attr_put(&file->base, true, counts_key, json, err);
}

/* HPT_ENOMEM; HPT_EPARSE: they are not what was written. */
static hpt_status read_counts(const hpi_sqlite *file, const char *json, uint64_t *told_out,
                              uint64_t *next_out) {
    hpi_json  *document = NULL;
    uint64_t   sum = 0;
    hpt_status status = hpi_json_parse(json, strlen(json), &document, NULL);
    if (status != HPT_OK) return status == HPT_ENOMEM ? status : HPT_EPARSE;
    const hpi_json_node *root = hpi_json_root(document);
    bool                 is_read = hpi_json_member_uint(root, "told", told_out) &&
                   hpi_json_member_uint(root, "next", next_out) &&
                   hpi_json_member_uint(root, "crc", &sum);
    hpi_json_destroy(document);
    return is_read && sum == sum_of(file->study_id, *told_out, *next_out) ? HPT_OK : HPT_EPARSE;
}

hpt_status hpi_sqlite_counts_get(hpi_sqlite *file, uint64_t *told_out, uint64_t *next_out,
                                 hpt_err *err) {
    char   *json = NULL;
    hpt_err why = { 0 };
    /* What is not committed is not counted yet. */
    if (!file->is_ours || file->has_changed) {
        hpt_status status = find_number_next(file, next_out, err);
        return status == HPT_OK ? find_told_max(file, told_out, err) : status;
    }
    *told_out = *next_out = 0;
    hpt_status status = hpi_sqlite_attr_get(&file->base, true, counts_key, &json, &why);
    if (status == HPT_EABSENT) {
        status = find_told_max(file, told_out, err);
        if (status != HPT_OK || *told_out == 0) return status;
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: it has lost how many trials there are",
                        file->shown);
    }
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    status = read_counts(file, json, told_out, next_out);
    hpi_free(json);
    if (status == HPT_OK && *told_out && !file->has_records)
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is damaged: the table of hpt's records is lost",
                        file->shown);
    if (status == HPT_OK) return HPT_OK;
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "out of memory");
    return hpi_fail(err, HPT_EPARSE,
                    "\"%s\" is damaged: what it says of how many trials there are is not what was "
                    "written",
                    file->shown);
}

hpt_status hpi_sqlite_counts(hpi_backend *backend, uint64_t *number_next_out, uint64_t *told_out,
                             hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    uint64_t    told = 0, next = 0, found = 0;
    bool        is_begun = false;
    HPI_ASSERT(file->is_selected);
    hpt_status status = hpi_sqlite_snapshot(file, &is_begun, err);
    if (status == HPT_OK) status = hpi_sqlite_counts_get(file, &told, &next, err);
    if (status == HPT_OK) status = find_number_next(file, &found, err); /* also of others */
    hpi_sqlite_snapshot_end(file, is_begun);
    if (status != HPT_OK) return status;
    *number_next_out = next > found ? next : found;
    *told_out = told;
    return HPT_OK;
}
