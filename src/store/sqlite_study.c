/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/distribution.h"

static const char head_key[] = "hpt:study", names_key[] = "study:metric_names";

/* -------------------------------------------------------------------------------------- studies */

hpt_status hpi_sqlite_studies(hpi_backend *backend, bool (*each)(void *, const hpi_study_row *),
                              void *user, hpt_err *err) {
    static const char sql[] =
        "SELECT study_name, (SELECT count(*) FROM trials AS t WHERE t.study_id = s.study_id) "
        "FROM studies AS s ORDER BY study_id";
    hpi_sqlite   *file = (hpi_sqlite *)backend;
    sqlite3_stmt *statement = NULL;
    if (!file->has_schema) return HPT_OK;
    hpt_status status = hpi_sqlite_flush(file, err);
    if (status != HPT_OK) return status;
    int  code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);
    bool goes_on = code == SQLITE_OK;
    while (goes_on && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        hpi_study_row row = { .name = hpi_sqlite_column(statement, 0, NULL),
                              .trial_count = (uint64_t)sqlite3_column_int64(statement, 1) };
        goes_on = each(user, &row);
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_finalize(statement);
    return status;
}

/* ------------------------------------------------------------------------------------ selecting */

static void drop_space(hpi_sqlite *file) {
    for (uint32_t i = 0; file->distributions && i < file->dims; i++)
        hpi_free(file->distributions[i]);
    hpi_free(file->distributions);
    hpt_space_destroy(file->space);
    file->distributions = NULL;
    file->space = NULL;
    file->dims = 0;
}

void hpi_sqlite_forget(hpi_sqlite *file) {
    hpi_sqlite_foreign_fini(file);
    hpi_sqlite_batch_fini(file); /* its room is by the space */
    drop_space(file);
    file->study_id = 0;
    file->is_selected = false;
    file->is_ours = false;
    file->number_max = file->number_seen_id = -1;
}

/* A space of its own, and what stands in each trial for each of its parameters. */
static hpt_status keep_space(hpi_sqlite *file, const hpt_space *space, hpt_err *err) {
    drop_space(file);
    size_t     count = hpt_space_count(space);
    hpt_status status = count ? hpi_space_copy(space, &file->space, err) : HPT_OK;
    if (status != HPT_OK) return status;
    if (!file->space && !(file->space = hpt_space_create()))
        return hpi_fail(err, HPT_ENOMEM, "out of memory");
    file->distributions = hpi_alloc(count ? count : 1, sizeof *file->distributions);
    if (!file->distributions) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    file->dims = (uint32_t)count;
    for (uint32_t i = 0; i < file->dims; i++) {
        hpi_writer writer = { 0 };
        hpi_distribution_write(&writer, file->space, i);
        if (writer.failed) return hpi_fail(err, HPT_ENOMEM, "out of memory");
        file->distributions[i] = writer.text;
    }
    return HPT_OK;
}

static hpt_status find_study(hpi_sqlite *file, const char *name, int64_t *id_out, hpt_err *err) {
    char       shown[64];
    hpt_status status = HPT_OK;
    hpi_quote(shown, sizeof shown, name);
    if (!file->has_schema)
        return hpi_fail(err, HPT_EABSENT, "\"%s\" has no study \"%s\"", file->shown, shown);
    sqlite3_stmt *find = NULL;
    status = hpi_sqlite_statement(file, HPI_SQL_STUDY_FIND, &find, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW)
        *id_out = sqlite3_column_int64(find, 0);
    else if (code == SQLITE_DONE)
        status = hpi_fail(err, HPT_EABSENT, "\"%s\" has no study \"%s\"", file->shown, shown);
    else
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(find);
    return status;
}

static hpt_status read_goal(const hpi_sqlite *file, const char *direction, hpi_head *head,
                            hpt_err *err) {
    char shown[32];
    if (head->goal_count == sizeof head->goals / sizeof *head->goals)
        return hpi_fail(err, HPT_ELIMIT, "a study of \"%s\" has more than 8 goals", file->shown);
    hpt_goal *goal = &head->goals[head->goal_count++];
    goal->reference = NAN;
    if (strcmp(direction, "MAXIMIZE") == 0)
        goal->direction = HPT_MAXIMISE;
    else if (strcmp(direction, "MINIMIZE") == 0 || strcmp(direction, "NOT_SET") == 0)
        goal->direction = HPT_MINIMISE;
    else
        return hpi_fail(err, HPT_EPARSE, "a study of \"%s\" has the direction \"%s\"", file->shown,
                        hpi_quote(shown, sizeof shown, direction));
    return HPT_OK;
}

static hpt_status read_goals(hpi_sqlite *file, hpi_head *head, hpt_err *err) {
    static const char sql[] =
        "SELECT direction FROM study_directions WHERE study_id = ?1 ORDER BY objective";
    sqlite3_stmt *statement = NULL;
    hpt_status    status = HPT_OK;
    int           code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) sqlite3_bind_int64(statement, 1, file->study_id);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && status == HPT_OK; code = sqlite3_step(statement))
        status = read_goal(file, hpi_sqlite_column(statement, 0, NULL), head, err);
    if (status == HPT_OK && code != SQLITE_DONE) status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_finalize(statement);
    if (status == HPT_OK && head->goal_count == 0)
        status = hpi_fail(err, HPT_EPARSE, "a study of \"%s\" has no direction", file->shown);
    return status;
}

/* What Optuna's users called the values; else what hpt calls them. */
static hpt_status name_goals(hpi_sqlite *file, hpi_head *head, hpt_err *err) {
    char                *json = NULL;
    hpi_json            *document = NULL;
    const hpi_json_node *at = NULL;
    hpt_status           status = hpi_sqlite_attr_get(&file->base, true, names_key, &json, NULL);
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "out of memory");
    if (status == HPT_OK && hpi_json_parse(json, strlen(json), &document, NULL) == HPT_OK &&
        hpi_json_type_of(hpi_json_root(document)) == HPI_JSON_ARRAY)
        at = hpi_json_first(hpi_json_root(document));
    status = HPT_OK;
    for (uint32_t i = 0; i < head->goal_count && status == HPT_OK; i++) {
        static const char *const plain[] = { "value",   "value_1", "value_2", "value_3",
                                             "value_4", "value_5", "value_6", "value_7" };
        const char              *name = plain[i];
        if (at && hpi_json_type_of(at) == HPI_JSON_TEXT) name = hpi_json_scalar(at).as.text;
        if (hpi_name_problem(name, 255)) name = plain[i];
        head->goals[i].name = hpi_copy_text(name);
        if (!head->goals[i].name) status = hpi_fail(err, HPT_ENOMEM, "out of memory");
        if (at) at = hpi_json_next(at);
    }
    hpi_json_destroy(document);
    hpi_free(json);
    return status;
}

static hpt_status fill_foreign(hpi_sqlite *file, hpi_head *head, hpt_err *err) {
    hpt_status status = name_goals(file, head, err);
    if (status == HPT_OK && !head->strategy && !(head->strategy = hpi_copy_text("")))
        status = hpi_fail(err, HPT_ENOMEM, "out of memory");
    if (status == HPT_OK && !head->version && !(head->version = hpi_copy_text("")))
        status = hpi_fail(err, HPT_ENOMEM, "out of memory");
    if (status != HPT_OK) return status;
    head->window = 0;
    head->repeat_count = 1;
    return hpi_sqlite_foreign_space(file, &head->space, err);
}

/* A study without a head is Optuna's, unless it has records of ours: then the head is lost.
 * HPT_EABSENT: it has none. */
static hpt_status judge_headless(hpi_sqlite *file, hpt_err *err) {
    sqlite3_stmt *get = NULL;
    hpt_status    status = HPT_EABSENT;
    if (!file->has_records) return status;
    status = hpi_sqlite_statement(file, HPI_SQL_RECORD_ANY, &get, err);
    if (status != HPT_OK) return status;
    sqlite3_bind_int64(get, 1, file->study_id);
    int code = sqlite3_step(get);
    if (code == SQLITE_DONE)
        status = HPT_EABSENT;
    else if (code == SQLITE_ROW)
        status = hpi_fail(err, HPT_EPARSE, "what the study is has been lost");
    else
        status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_reset(get);
    return status;
}

static hpt_status read_head(hpi_sqlite *file, const char *name, hpi_head *head, hpt_err *err) {
    char      *json = NULL;
    hpt_err    why = { 0 };
    hpt_status status = HPT_OK;
    head->name = hpi_copy_text(name);
    if (!head->name) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    status = read_goals(file, head, err);
    if (status != HPT_OK) return status;
    status = hpi_sqlite_attr_get(&file->base, true, head_key, &json, &why);
    if (status == HPT_EABSENT) status = judge_headless(file, &why);
    if (status == HPT_EABSENT) return fill_foreign(file, head, err);
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    head->is_ours = true;
    status = hpi_head_parse(json, head, &why); /* first: a newer one is to be called that */
    if (status == HPT_OK) status = hpi_sqlite_check_sum(file, json, &why);
    hpi_free(json);
    if (status == HPT_OK) return HPT_OK;
    return hpi_fail(err, status, "\"%s\": %s", file->shown, why.text);
}

hpt_status hpi_sqlite_select(hpi_backend *backend, const char *name, hpi_head *head_out,
                             hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    hpi_head    head = { 0 };
    int64_t     id = 0;
    hpt_status  status = hpi_sqlite_flush(file, err);
    if (status == HPT_OK) status = find_study(file, name, &id, err);
    if (status != HPT_OK) return status;
    hpi_sqlite_forget(file);
    file->study_id = id;
    file->is_selected = true;
    status = read_head(file, name, &head, err);
    if (status == HPT_OK) status = keep_space(file, head.space, err);
    if (status != HPT_OK) {
        hpi_sqlite_forget(file);
        hpi_head_fini(&head);
        return status;
    }
    file->is_ours = head.is_ours;
    file->goal_count = head.goal_count;
    *head_out = head;
    return HPT_OK;
}

/* ------------------------------------------------------------------------------------- creating */

static hpt_status insert_study(hpi_sqlite *file, const char *name, hpt_err *err) {
    sqlite3_stmt *statement = NULL;
    hpt_status    status = HPT_OK;
    int code = sqlite3_prepare_v2(file->db, "INSERT INTO studies (study_name) VALUES (?1)", -1,
                                  &statement, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE) status = hpi_sqlite_fail(file, code, "written", err);
    sqlite3_finalize(statement);
    file->study_id = sqlite3_last_insert_rowid(file->db);
    file->is_selected = true;
    return status;
}

static hpt_status insert_goals(hpi_sqlite *file, const hpi_head *head, hpt_err *err) {
    sqlite3_stmt *statement = NULL;
    hpt_status    status = HPT_OK;
    int           code = sqlite3_prepare_v2(
                  file->db,
                  "INSERT INTO study_directions (direction, study_id, objective) VALUES (?1, ?2, ?3)", -1,
                  &statement, NULL);
    if (code != SQLITE_OK) status = hpi_sqlite_fail(file, code, "written", err);
    for (uint32_t i = 0; i < head->goal_count && status == HPT_OK; i++) {
        bool is_max = head->goals[i].direction == HPT_MAXIMISE;
        sqlite3_bind_text(statement, 1, is_max ? "MAXIMIZE" : "MINIMIZE", -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, file->study_id);
        sqlite3_bind_int64(statement, 3, i);
        status = hpi_sqlite_run(file, statement, "written", err);
    }
    sqlite3_finalize(statement);
    return status;
}

static hpt_status write_names(hpi_sqlite *file, const hpi_head *head, hpt_err *err) {
    hpi_writer writer = { 0 };
    for (uint32_t i = 0; i < head->goal_count; i++) {
        if (!head->goals[i].name) return HPT_OK;
        hpi_write(&writer, i ? ", " : "[");
        hpi_write_json_text(&writer, head->goals[i].name);
    }
    hpi_write(&writer, "]");
    hpt_status status = writer.failed
                            ? hpi_fail(err, HPT_ENOMEM, "out of memory")
                            : hpi_sqlite_attr_put(&file->base, true, names_key, writer.text, err);
    hpi_writer_fini(&writer);
    return status;
}

static hpt_status write_head(hpi_sqlite *file, const hpi_head *head, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpi_head_print(head, &json, err);
    if (status != HPT_OK) return status;
    status = hpi_sqlite_attr_put(&file->base, true, head_key, json, err);
    hpi_free(json);
    return status;
}

/* What a study that is gone may have left, in a file from which somebody took our trigger. */
static hpt_status clear_records(hpi_sqlite *file, hpt_err *err) {
    char *sql =
        sqlite3_mprintf("DELETE FROM hpt_trials WHERE study_id = %lld", (long long)file->study_id);
    if (!sql) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    hpt_status status = hpi_sqlite_run_text(file, sql, "written", err);
    sqlite3_free(sql);
    return status;
}

static hpt_status create_study(hpi_sqlite *file, const hpi_head *head, hpt_err *err) {
    hpt_status status = HPT_OK;
    if (!file->has_schema) status = hpi_sqlite_schema_make(file, err);
    if (status == HPT_OK) status = hpi_sqlite_records_make(file, err);
    if (status != HPT_OK) return status;
    file->has_schema = file->has_records = true;
    file->is_ours = head->is_ours;
    file->goal_count = head->goal_count;
    status = insert_study(file, head->name, err);
    if (status == HPT_OK) status = clear_records(file, err);
    if (status == HPT_OK) status = insert_goals(file, head, err);
    if (status == HPT_OK && head->is_ours) status = write_names(file, head, err);
    if (status == HPT_OK && head->is_ours) status = write_head(file, head, err);
    return status == HPT_OK ? keep_space(file, head->space, err) : status;
}

hpt_status hpi_sqlite_create(hpi_backend *backend, const hpi_head *head, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    char        shown[64];
    int64_t     id = 0;
    hpt_status  status = hpi_sqlite_may_write(file, err);
    if (status == HPT_OK) status = hpi_sqlite_flush(file, err);
    if (status != HPT_OK) return status;
    if (file->has_schema) {
        hpt_err why = { 0 };
        status = find_study(file, head->name, &id, &why);
        if (status == HPT_OK)
            return hpi_fail(err, HPT_EBUSY, "\"%s\" already has a study \"%s\"", file->shown,
                            hpi_quote(shown, sizeof shown, head->name));
        if (status != HPT_EABSENT) return hpi_fail(err, status, "%s", why.text);
    }
    hpi_sqlite_forget(file);
    file->is_new = file->has_made = true;
    return hpi_sqlite_broken(file, create_study(file, head, err));
}

hpt_status hpi_sqlite_remove(hpi_backend *backend, hpt_err *err) {
    static const char *const tables[] = { "study_directions", "study_user_attributes",
                                          "study_system_attributes", "studies" };
    hpi_sqlite              *file = (hpi_sqlite *)backend;
    hpt_status               status = hpi_sqlite_may_write(file, err);
    if (status == HPT_OK) status = hpi_sqlite_flush(file, err);
    for (size_t i = 0; status == HPT_OK && i < sizeof tables / sizeof *tables; i++) {
        char *sql = sqlite3_mprintf("DELETE FROM %s WHERE study_id = %lld", tables[i],
                                    (long long)file->study_id);
        if (!sql) return hpi_fail(err, HPT_ENOMEM, "out of memory");
        status = hpi_sqlite_run_text(file, sql, "written", err);
        sqlite3_free(sql);
    }
    if (status == HPT_OK) hpi_sqlite_forget(file);
    return hpi_sqlite_broken(file, status);
}
