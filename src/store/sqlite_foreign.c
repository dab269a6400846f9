/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that Optuna wrote: put together from its tables. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/distribution.h"
#include "store/optuna.h"

enum { VALUES_MAX = 8, NAME_BYTES = 32 };

/* An attribute whose texts are places in the arena, which moves while it grows. */
typedef struct item {
    size_t    name_at, text_at;
    hpt_value value;
} item;

typedef struct items {
    item  *list;
    size_t count, room;
} items;

/* The distribution that a parameter had last, mostly the one it has next. */
typedef struct drawn {
    hpi_distribution from;
    char            *json;
} drawn;

struct hpi_sqlite_foreign {
    uint32_t   dims;
    drawn     *drawn; /* one for each parameter */
    hpt_coord *point;
    bool      *given;
    double     values[VALUES_MAX];
    items      attrs, constraints;
    hpt_attr  *list; /* attributes, constraints behind them */
    size_t     list_room;
    char      *texts;
    size_t     text_used, text_room;
};

void hpi_sqlite_foreign_fini(hpi_sqlite *file) {
    hpi_sqlite_foreign *all = file->foreign;
    if (!all) return;
    for (uint32_t i = 0; all->drawn && i < all->dims; i++) {
        hpi_distribution_fini(&all->drawn[i].from);
        hpi_free(all->drawn[i].json);
    }
    hpi_free(all->drawn);
    hpi_free(all->point);
    hpi_free(all->given);
    hpi_free(all->attrs.list);
    hpi_free(all->constraints.list);
    hpi_free(all->list);
    hpi_free(all->texts);
    hpi_free(all);
    file->foreign = NULL;
}

static hpt_status ready(hpi_sqlite *file, hpt_err *err) {
    if (file->foreign) return HPT_OK;
    hpi_sqlite_foreign *all = file->foreign = hpi_alloc(1, sizeof *all);
    if (!all) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    size_t room = file->dims ? file->dims : 1;
    all->dims = file->dims;
    all->drawn = hpi_alloc(room, sizeof *all->drawn);
    all->point = hpi_alloc(room, sizeof *all->point);
    all->given = hpi_alloc(room, sizeof *all->given);
    if (all->drawn && all->point && all->given) return HPT_OK;
    hpi_sqlite_foreign_fini(file);
    return hpi_fail(err, HPT_ENOMEM, "out of memory");
}

/* What is being read: rows of one table for one trial. */
typedef struct reading {
    hpi_sqlite         *file;
    hpi_sqlite_foreign *all;
    hpi_record         *record;
    hpt_err            *err;
} reading;

static hpt_status damaged(const reading *at, hpt_status status, const char *what) {
    return hpi_fail(at->err, status, "\"%s\": trial %" PRIu64 ": %s", at->file->shown,
                    at->record->number, what);
}

static hpt_status for_each_row(reading *at, hpi_sqlite_text text, int64_t id,
                               hpt_status (*take)(reading *, sqlite3_stmt *)) {
    sqlite3_stmt *rows = NULL;
    hpt_status    status = hpi_sqlite_statement(at->file, text, &rows, at->err);
    if (status != HPT_OK) return status;
    int code;
    sqlite3_bind_int64(rows, 1, id);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && status == HPT_OK)
        status = take(at, rows);
    if (status == HPT_OK && code != SQLITE_DONE)
        status = hpi_sqlite_fail(at->file, code, "read", at->err);
    sqlite3_reset(rows);
    return status;
}

/* ----------------------------------------------------------------------------------- parameters */

static hpt_status read_drawn(drawn *into, const char *json, hpt_err *err) {
    if (into->json && strcmp(into->json, json) == 0) return HPT_OK;
    char *copy = hpi_copy_text(json);
    hpi_free(into->json);
    into->json = NULL;
    if (!copy) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    hpt_status status = hpi_distribution_read(json, strlen(json), &into->from, err);
    if (status == HPT_OK)
        into->json = copy;
    else
        hpi_free(copy);
    return status;
}

/* A list's values and a range's numbers, whatever kind the space has for them. */
static bool find_coord(const hpt_space *space, hpt_param param, const hpi_distribution *from,
                       double number, hpt_coord *coord_out) {
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_value      value;
    if (!hpi_distribution_value(from, number, &value)) return false;
    if (hpt_space_info(space, param, &info, NULL) != HPT_OK) return false;
    if (info.kind == HPT_KIND_REAL && value.type == HPT_TYPE_INT)
        value = hpt_real((double)value.as.integer);
    return hpt_space_coord(space, param, value, coord_out, NULL) == HPT_OK;
}

/* A parameter that the space does not have, or whose value does not lie in it, is one that the
 * trial lacks: the study is ours, and Optuna was given other ranges. */
static hpt_status take_param(reading *at, sqlite3_stmt *row) {
    hpi_sqlite_foreign *all = at->all;
    bool                has_name = false, has_json = false;
    const char         *name = hpi_sqlite_column(row, 0, &has_name);
    const char         *json = hpi_sqlite_column(row, 2, &has_json);
    int                 type = sqlite3_column_type(row, 1);
    hpt_err             why = { 0 };
    if (!has_name || !has_json || (type != SQLITE_FLOAT && type != SQLITE_INTEGER))
        return damaged(at, HPT_EPARSE, "a parameter of it has no name, value or distribution");
    hpt_param param = hpt_space_find(at->file->space, name);
    if (param == HPT_PARAM_NONE) return HPT_OK;
    hpt_status status = read_drawn(&all->drawn[param], json, &why);
    if (status != HPT_OK) return damaged(at, status, why.text);
    all->given[param] = find_coord(at->file->space, param, &all->drawn[param].from,
                                   sqlite3_column_double(row, 1), &all->point[param]);
    return HPT_OK;
}

/* What is not given rests where an inactive parameter does. */
static void rest(const hpi_sqlite *file, hpi_sqlite_foreign *all) {
    for (hpt_param param = 0; param < file->dims; param++) {
        hpt_param_info info = { .struct_size = sizeof info };
        all->given[param] = false;
        all->point[param].integer = 0;
        if (hpt_space_info(file->space, param, &info, NULL) != HPT_OK) continue;
        if (info.kind == HPT_KIND_REAL) all->point[param].real = info.min.as.real;
        if (info.kind == HPT_KIND_INT) all->point[param].integer = info.min.as.integer;
    }
}

/* --------------------------------------------------------------------------------------- values */

static hpt_status take_value(reading *at, sqlite3_stmt *row) {
    hpi_record *record = at->record;
    if (record->value_count == at->file->goal_count || record->value_count == VALUES_MAX ||
        sqlite3_column_int64(row, 2) != record->value_count)
        return damaged(at, HPT_EPARSE, "it has values of other goals than the study");
    double *value = &at->all->values[record->value_count++];
    if (!hpi_sqlite_value(row, 0, value) || isnan(*value))
        return damaged(at, HPT_EPARSE, "a value of it is no number");
    return HPT_OK;
}

static hpt_status take_report(reading *at, sqlite3_stmt *row) {
    at->record->has_report = true;
    at->record->last_step = sqlite3_column_int64(row, 2);
    if (!hpi_sqlite_value(row, 0, &at->record->last_value))
        return damaged(at, HPT_EPARSE, "an intermediate value of it is no number");
    return HPT_OK;
}

/* ----------------------------------------------------------------------------------- attributes */

static hpt_status keep_text(reading *at, const char *text, size_t *place_out) {
    hpi_sqlite_foreign *all = at->all;
    size_t              bytes = strlen(text) + 1;
    if (all->text_room - all->text_used < bytes) {
        size_t room = 2 * all->text_room + bytes + 256;
        char  *texts = hpi_resize(all->texts, room, 1);
        if (!texts) return hpi_fail(at->err, HPT_ENOMEM, "out of memory");
        all->texts = texts;
        all->text_room = room;
    }
    memcpy(all->texts + all->text_used, text, bytes);
    *place_out = all->text_used;
    all->text_used += bytes;
    return HPT_OK;
}

static hpt_status keep_item(reading *at, items *into, const char *name, hpt_value value) {
    if (into->count == into->room) {
        size_t room = 2 * into->room + 8;
        item  *list = hpi_resize(into->list, room, sizeof *list);
        if (!list) return hpi_fail(at->err, HPT_ENOMEM, "out of memory");
        into->list = list;
        into->room = room;
    }
    item      *fresh = &into->list[into->count];
    hpt_status status = keep_text(at, name, &fresh->name_at);
    if (status == HPT_OK && value.type == HPT_TYPE_TEXT)
        status = keep_text(at, value.as.text, &fresh->text_at);
    fresh->value = value;
    into->count += status == HPT_OK;
    return status;
}

/* A list or an object is kept as its JSON. */
static hpt_status take_attr(reading *at, sqlite3_stmt *row) {
    const char *name = hpi_sqlite_column(row, 0, NULL), *json = hpi_sqlite_column(row, 1, NULL);
    hpi_slice   slice;
    hpi_writer  texts = { 0 };
    hpt_value   value = hpt_text(json);
    size_t      text_at = 0;
    if (hpi_py_check(json, strlen(json), &slice) &&
        hpi_py_scalar(slice, &texts, &value, &text_at) && value.type == HPT_TYPE_TEXT)
        value.as.text = texts.text ? texts.text + text_at : "";
    hpt_status status = texts.failed ? hpi_fail(at->err, HPT_ENOMEM, "out of memory")
                                     : keep_item(at, &at->all->attrs, name, value);
    hpi_writer_fini(&texts);
    return status;
}

static hpt_status take_constraint_list(reading *at, const char *json) {
    hpi_slice rest, one;
    if (!hpi_py_check(json, strlen(json), &rest) || hpi_py_type(rest) != HPI_JSON_ARRAY)
        return damaged(at, HPT_EPARSE, "its constraints are no list");
    for (size_t index = 0; hpi_py_item(&rest, &one); index++) {
        char   name[NAME_BYTES];
        double real = 0;
        if (!hpi_py_real(one, &real))
            return damaged(at, HPT_EPARSE, "its constraints are no list of numbers");
        sqlite3_snprintf(sizeof name, name, "%llu", (unsigned long long)index);
        hpt_status status = keep_item(at, &at->all->constraints, name, hpt_real(real));
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

static hpt_status take_constraint_listed(reading *at, sqlite3_stmt *row) {
    const char *key = hpi_sqlite_column(row, 0, NULL);
    if (strcmp(key, "constraints") != 0) return HPT_OK;
    return take_constraint_list(at, hpi_sqlite_column(row, 1, NULL));
}

static hpt_status take_constraint_named(reading *at, sqlite3_stmt *row) {
    static const char prefix[] = "constraints:";
    const char       *key = hpi_sqlite_column(row, 0, NULL);
    const char       *json = hpi_sqlite_column(row, 1, NULL);
    double            real = 0;
    hpi_slice         slice;
    if (strncmp(key, prefix, sizeof prefix - 1) != 0) return HPT_OK;
    if (!hpi_py_check(json, strlen(json), &slice) || !hpi_py_real(slice, &real))
        return damaged(at, HPT_EPARSE, "a constraint of it is no number");
    return keep_item(at, &at->all->constraints, key + sizeof prefix - 1, hpt_real(real));
}

static hpt_attr *place_items(const hpi_sqlite_foreign *all, const items *from, hpt_attr *into) {
    for (size_t i = 0; i < from->count; i++, into++) {
        into->name = all->texts + from->list[i].name_at;
        into->value = from->list[i].value;
        if (into->value.type == HPT_TYPE_TEXT)
            into->value.as.text = all->texts + from->list[i].text_at;
    }
    return into;
}

static hpt_status place_attrs(reading *at) {
    hpi_sqlite_foreign *all = at->all;
    size_t              count = all->attrs.count + all->constraints.count;
    if (count > all->list_room) {
        hpt_attr *list = hpi_resize(all->list, 2 * count, sizeof *list);
        if (!list) return hpi_fail(at->err, HPT_ENOMEM, "out of memory");
        all->list = list;
        all->list_room = 2 * count;
    }
    at->record->attrs = all->list;
    at->record->attr_count = (uint32_t)all->attrs.count;
    if (count == 0) return HPT_OK;
    at->record->constraints = place_items(all, &all->attrs, all->list);
    at->record->constraint_count = (uint32_t)all->constraints.count;
    place_items(all, &all->constraints, all->list + all->attrs.count);
    return HPT_OK;
}

static hpt_status read_attrs(reading *at, int64_t id) {
    at->all->attrs.count = at->all->constraints.count = at->all->text_used = 0;
    hpt_status status = for_each_row(at, HPI_SQL_FOREIGN_ATTRS_USER, id, take_attr);
    /* Optuna 5 names them; 4 has a list. Where both are there, they are the same. */
    if (status == HPT_OK)
        status = for_each_row(at, HPI_SQL_FOREIGN_ATTRS_SYSTEM, id, take_constraint_named);
    if (status == HPT_OK && at->all->constraints.count == 0)
        status = for_each_row(at, HPI_SQL_FOREIGN_ATTRS_SYSTEM, id, take_constraint_listed);
    return status == HPT_OK ? place_attrs(at) : status;
}

/* ---------------------------------------------------------------------------------------- trials
 */

static hpt_status take_trial(reading *at, sqlite3_stmt *row) {
    hpi_record *record = at->record;
    if (!hpi_optuna_state_of(hpi_sqlite_column(row, 0, NULL), &record->state))
        return damaged(at, HPT_EPARSE, "it is in a state that Optuna does not have");
    record->start_wall_ns = hpi_optuna_read_time(hpi_sqlite_column(row, 1, NULL));
    record->end_wall_ns = hpi_optuna_read_time(hpi_sqlite_column(row, 2, NULL));
    if (record->start_wall_ns != HPI_NO_TIME && record->end_wall_ns >= record->start_wall_ns)
        record->duration_ns = record->end_wall_ns - record->start_wall_ns;
    return HPT_OK;
}

/* Optuna lets the constraints tell. */
static void judge(hpi_record *record) {
    if (record->state != HPT_TRIAL_COMPLETE) return;
    for (uint32_t i = 0; i < record->constraint_count; i++)
        if (!(record->constraints[i].value.as.real <= 0)) record->state = HPT_TRIAL_INFEASIBLE;
}

hpt_status hpi_sqlite_foreign_get(hpi_sqlite *file, int64_t id, uint64_t number,
                                  hpi_record *record_out, hpt_err *err) {
    hpt_status status = ready(file, err);
    if (status != HPT_OK) return status;
    hpi_record record = { .id = (uint64_t)id,
                          .number = number,
                          .order = HPI_UNKNOWN,
                          .asked = HPI_UNKNOWN,
                          .worker = UINT32_MAX,
                          .duration_ns = -1,
                          .reason = "",
                          .point = file->foreign->point,
                          .given = file->foreign->given,
                          .values = file->foreign->values };
    reading    at = { file, file->foreign, &record, err };
    rest(file, file->foreign);
    status = for_each_row(&at, HPI_SQL_FOREIGN_TRIAL, id, take_trial);
    if (status == HPT_OK) status = for_each_row(&at, HPI_SQL_FOREIGN_PARAMS, id, take_param);
    if (status == HPT_OK) status = for_each_row(&at, HPI_SQL_FOREIGN_VALUES, id, take_value);
    if (status == HPT_OK) status = for_each_row(&at, HPI_SQL_FOREIGN_LAST_REPORT, id, take_report);
    if (status == HPT_OK) status = read_attrs(&at, id);
    if (status != HPT_OK) return status;
    if (record.value_count != file->goal_count &&
        (record.value_count || record.state == HPT_TRIAL_COMPLETE))
        return damaged(&at, HPT_EPARSE, "a value of it is missing");
    judge(&record);
    *record_out = record;
    return HPT_OK;
}

/* ---------------------------------------------------------------------------------------- space */

static hpt_status add_params(hpi_sqlite *file, sqlite3_stmt *rows, hpi_union *all, hpt_err *err) {
    hpt_status status = HPT_OK;
    hpt_err    why = { 0 };
    int        code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && status == HPT_OK) {
        const char *json = hpi_sqlite_column(rows, 1, NULL);
        status = hpi_union_add(all, hpi_sqlite_column(rows, 0, NULL), json, strlen(json),
                               sqlite3_column_double(rows, 2), &why);
    }
    if (status != HPT_OK) return hpi_fail(err, status, "\"%s\": %s", file->shown, why.text);
    return code == SQLITE_DONE ? HPT_OK : hpi_sqlite_fail(file, code, "read", err);
}

static hpt_status read_union(hpi_sqlite *file, hpi_union *all, hpt_err *err) {
    static const char sql[] = "SELECT p.param_name, p.distribution_json, p.param_value "
                              "FROM trials AS t JOIN trial_params AS p ON p.trial_id = t.trial_id "
                              "WHERE t.study_id = ?1 ORDER BY t.trial_id, p.param_id";
    sqlite3_stmt     *rows = NULL;
    int               code = sqlite3_prepare_v2(file->db, sql, -1, &rows, NULL);
    if (code != SQLITE_OK) return hpi_sqlite_fail(file, code, "read", err);
    sqlite3_bind_int64(rows, 1, file->study_id);
    hpt_status status = add_params(file, rows, all, err);
    sqlite3_finalize(rows);
    return status;
}

hpt_status hpi_sqlite_foreign_space(hpi_sqlite *file, hpt_space **space_out, hpt_err *err) {
    hpt_err    why = { 0 };
    hpi_union *all = hpi_union_create();
    if (!all) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    hpt_status status = read_union(file, all, err);
    if (status == HPT_OK) {
        status = hpi_union_space(all, space_out, &why);
        if (status != HPT_OK) hpi_fail(err, status, "\"%s\": %s", file->shown, why.text);
    }
    hpi_union_destroy(all);
    return status;
}
