/* SPDX-License-Identifier: BSD-3-Clause */

/* A space from JSON. What is wrong with a parameter is said by the functions that build it; here
 * it gets its place in the text. */

#include "base/json.h"
#include "base/file.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a parameter's object may hold, and for which kinds. */
enum { FOR_REAL = 1, FOR_INT = 2, FOR_LIST = 4, FOR_CONSTANT = 8 };

typedef enum key { KIND, MIN, MAX, LOG, STEP, DEFAULT, VALUES, VALUE, CONDITION, KEY_COUNT } key;

/* clang-format off */
static const struct {
    const char *name;
    unsigned    kinds;
} keys[KEY_COUNT] = {
    [KIND]    = { "kind",    FOR_REAL | FOR_INT | FOR_LIST | FOR_CONSTANT },
    [MIN]     = { "min",     FOR_REAL | FOR_INT },
    [MAX]     = { "max",     FOR_REAL | FOR_INT },
    [LOG]     = { "log",     FOR_REAL | FOR_INT },
    [STEP]    = { "step",    FOR_REAL | FOR_INT },
    [DEFAULT] = { "default", FOR_REAL | FOR_INT | FOR_LIST },
    [VALUES]  = { "values",  FOR_LIST },
    [VALUE]   = { "value",   FOR_CONSTANT },
    [CONDITION] = { "condition", FOR_REAL | FOR_INT | FOR_LIST },
};

/* The first name of a kind is the one that is written. */
static const struct {
    const char *name;
    hpt_kind    kind;
    unsigned    mask;
} kinds[] = {
    { "real",             HPT_KIND_REAL,        FOR_REAL },
    { "int",              HPT_KIND_INT,         FOR_INT },
    { "categorical",      HPT_KIND_CATEGORICAL, FOR_LIST },
    { "ordinal",          HPT_KIND_ORDINAL,     FOR_LIST },
    { "constant",         HPT_KIND_CONSTANT,    FOR_CONSTANT },
    { "continuous_float", HPT_KIND_REAL,        FOR_REAL },
    { "continuous_int",   HPT_KIND_INT,         FOR_INT },
};
/* clang-format on */

enum { KIND_COUNT = sizeof kinds / sizeof *kinds, KIND_COUNT_WRITTEN = 5 };

typedef struct reader {
    hpi_json  *json;
    hpt_space *space;
    hpt_err   *err;
} reader;

/* One parameter while it is read. */
typedef struct entry {
    const char          *name;
    const hpi_json_node *node, *found[KEY_COUNT];
    hpt_param            handle;
} entry;

static const char *key_at(const void *context, size_t index) {
    (void)context;
    return index < KEY_COUNT ? keys[index].name : NULL;
}

static const char *kind_at(const void *context, size_t index) {
    return index < *(const size_t *)context ? kinds[index].name : NULL;
}

const char *hpi_kind_name(hpt_kind kind) {
    size_t i = 0;
    while (kinds[i].kind != kind)
        i++;
    return kinds[i].name;
}

/* ---- failing with a place ---- */

/* A sentence about a parameter, in two halves, at a value in the text. */
static hpt_status refuse(const reader *r, const entry *e, const hpi_json_node *node,
                         const char *what, const char *hint) {
    uint32_t line, col;
    char     label[HPI_LABEL_BYTES];
    hpi_json_place(r->json, node, &line, &col);
    return hpi_fail_at(r->err, HPT_EINVAL, line, col, "parameter \"%s\": %s%s",
                       hpi_label(label, e->name), what, hint);
}

static hpt_status refuse_type(const reader *r, const entry *e, const hpi_json_node *node, key k,
                              const char *wanted) {
    char what[96];
    snprintf(what, sizeof what, "\"%s\" is %s, not ", keys[k].name,
             hpi_json_type_text(hpi_json_type_of(node)));
    return refuse(r, e, node, what, wanted);
}

/* An unknown key or kind, with what it may have been meant to be. A key is shown where it stands,
 * a kind where its value does. */
static hpt_status refuse_name(const reader *r, const entry *e, const hpi_json_node *node,
                              const char *kind) {
    uint32_t    line, col;
    char        label[HPI_LABEL_BYTES], shown[HPI_LABEL_BYTES];
    const char *name = kind ? kind : hpi_json_key(node);
    if (kind)
        hpi_json_place(r->json, node, &line, &col);
    else
        hpi_json_key_place(r->json, node, &line, &col);
    hpi_fail_at(r->err, HPT_EINVAL, line, col, "parameter \"%s\": there is no %s \"%s\"",
                hpi_label(label, e->name), kind ? "kind" : "key", hpi_label(shown, name));
    /* An older name may be the closest, but is not offered. */
    size_t count = KIND_COUNT;
    if (!hpi_closest(name, kind_at, &count)) count = KIND_COUNT_WRITTEN;
    hpi_suggest(r->err, name, kind ? kind_at : key_at, &count);
    return HPT_EINVAL;
}

/* What the space has remembered, with a place. */
static hpt_status pass_on(const reader *r, const hpi_json_node *node) {
    uint32_t line, col;
    hpi_json_place(r->json, node, &line, &col);
    return hpi_fail_at(r->err, r->space->error.code, line, col, "%s", r->space->error.text);
}

/* ---- the parts of a parameter ---- */

static hpt_status collect(const reader *r, entry *e) {
    for (const hpi_json_node *n = hpi_json_first(e->node); n; n = hpi_json_next(n)) {
        const char *name = hpi_json_key(n);
        size_t      k = 0;
        while (k < KEY_COUNT && strcmp(keys[k].name, name) != 0)
            k++;
        if (k == KEY_COUNT) return refuse_name(r, e, n, NULL);
        e->found[k] = n;
    }
    return HPT_OK;
}

static hpt_status read_kind(const reader *r, const entry *e, size_t *row_out) {
    const hpi_json_node *node = e->found[KIND];
    if (!node) return refuse(r, e, e->node, "\"kind\" is missing", " (\"real\", \"int\", ...)");
    if (hpi_json_type_of(node) != HPI_JSON_TEXT)
        return refuse_type(r, e, node, KIND, "a text such as \"real\"");
    const char *name = hpi_json_scalar(node).as.text;
    for (size_t row = 0; row < KIND_COUNT; row++) {
        if (strcmp(kinds[row].name, name) == 0) {
            *row_out = row;
            return HPT_OK;
        }
    }
    return refuse_name(r, e, node, name);
}

static hpt_status check_keys(const reader *r, const entry *e, size_t row) {
    for (size_t k = 0; k < KEY_COUNT; k++) {
        if (!e->found[k] || (keys[k].kinds & kinds[row].mask)) continue;
        char what[64];
        snprintf(what, sizeof what, "\"%s\" does not go with kind ", keys[k].name);
        return refuse(r, e, e->found[k], what, kinds[row].name);
    }
    return HPT_OK;
}

static hpt_status need(const reader *r, const entry *e, key k) {
    char what[32];
    snprintf(what, sizeof what, "\"%s\" is missing", keys[k].name);
    return e->found[k] ? HPT_OK : refuse(r, e, e->node, what, "");
}

/* "1e3, written as a real: write 1000", as far as a double says for sure which integer that is. */
static hpt_status refuse_real(const reader *r, const entry *e, key k) {
    char   what[HPI_SHOWN_BYTES + 32], shown[HPI_SHOWN_BYTES], hint[HPI_SHOWN_BYTES + 32];
    double real = hpi_json_scalar(e->found[k]).as.real;
    hpi_json_show_number(shown, sizeof shown, e->found[k]);
    snprintf(what, sizeof what, "\"%s\" is %s, ", keys[k].name, shown);
    if (fabs(real) >= 0x1p53)
        snprintf(hint, sizeof hint, "not an integer of 64 bits");
    else if (real != trunc(real))
        snprintf(hint, sizeof hint, "not an integer");
    else
        snprintf(hint, sizeof hint, "written as a real: write %" PRId64, (int64_t)real);
    return refuse(r, e, e->found[k], what, hint);
}

/* A bound or a step, in the type of the range. */
static hpt_status read_number(const reader *r, const entry *e, key k, bool is_real,
                              hpt_value *value_out) {
    hpt_status status = need(r, e, k);
    if (status != HPT_OK) return status;
    const hpi_json_node *node = e->found[k];
    if (hpi_json_type_of(node) != HPI_JSON_NUMBER)
        return refuse_type(r, e, node, k, is_real ? "a number" : "an integer");
    hpt_value value = hpi_json_scalar(node);
    if (is_real && value.type == HPT_TYPE_INT) value = hpt_real((double)value.as.integer);
    if (!is_real && value.type != HPT_TYPE_INT) return refuse_real(r, e, k);
    *value_out = value;
    return HPT_OK;
}

static hpt_status read_log(const reader *r, const entry *e) {
    const hpi_json_node *node = e->found[LOG];
    if (!node) return HPT_OK;
    if (hpi_json_type_of(node) != HPI_JSON_BOOL)
        return refuse_type(r, e, node, LOG, "true or false");
    if (hpi_json_scalar(node).as.boolean && hpt_space_set_log(r->space, e->handle) != HPT_OK)
        return pass_on(r, node);
    return HPT_OK;
}

static hpt_status read_step(const reader *r, const entry *e, bool is_real) {
    hpt_value step;
    if (!e->found[STEP]) return HPT_OK;
    hpt_status status = read_number(r, e, STEP, is_real, &step);
    if (status == HPT_OK && hpt_space_set_step(r->space, e->handle, step) != HPT_OK)
        status = pass_on(r, e->found[STEP]);
    return status;
}

static bool is_scalar(const hpi_json_node *node) {
    hpi_json_type type = hpi_json_type_of(node);
    return type != HPI_JSON_ARRAY && type != HPI_JSON_OBJECT;
}

static hpt_status read_default(const reader *r, const entry *e) {
    const hpi_json_node *node = e->found[DEFAULT];
    if (!node) return HPT_OK;
    if (!is_scalar(node)) return refuse_type(r, e, node, DEFAULT, "one value");
    if (hpt_space_set_default(r->space, e->handle, hpi_json_scalar(node)) != HPT_OK)
        return pass_on(r, node);
    return HPT_OK;
}

/* ---- kinds ---- */

static hpt_status read_range(const reader *r, entry *e, bool is_real) {
    hpt_value  min = hpt_null(), max = hpt_null();
    hpt_status status = read_number(r, e, MIN, is_real, &min);
    if (status == HPT_OK) status = read_number(r, e, MAX, is_real, &max);
    if (status != HPT_OK) return status;
    if (is_real)
        e->handle = hpt_space_add_real(r->space, e->name, min.as.real, max.as.real);
    else
        e->handle = hpt_space_add_int(r->space, e->name, min.as.integer, max.as.integer);
    if (e->handle == HPT_PARAM_NONE) return pass_on(r, e->node);
    status = read_log(r, e);
    return status == HPT_OK ? read_step(r, e, is_real) : status;
}

static hpt_status fill_values(const reader *r, const entry *e, hpt_value *values) {
    for (const hpi_json_node *n = hpi_json_first(e->found[VALUES]); n; n = hpi_json_next(n)) {
        if (!is_scalar(n))
            return refuse(r, e, n, "a list holds texts, numbers, true, false and null, not ",
                          hpi_json_type_text(hpi_json_type_of(n)));
        *values++ = hpi_json_scalar(n);
    }
    return HPT_OK;
}

static hpt_status read_list(const reader *r, entry *e, hpt_kind kind) {
    const hpi_json_node *node = e->found[VALUES];
    hpt_status           status = need(r, e, VALUES);
    if (status != HPT_OK) return status;
    if (hpi_json_type_of(node) != HPI_JSON_ARRAY) return refuse_type(r, e, node, VALUES, "a list");
    size_t count = 0;
    for (const hpi_json_node *n = hpi_json_first(node); n; n = hpi_json_next(n))
        count++;
    hpt_value *values = hpi_alloc(count, sizeof *values);
    if (!values)
        return hpi_fail(r->err, HPT_ENOMEM, "out of memory for a list of %zu values", count);
    status = fill_values(r, e, values);
    if (status == HPT_OK) {
        e->handle = kind == HPT_KIND_ORDINAL
                        ? hpt_space_add_ordinal(r->space, e->name, values, count)
                        : hpt_space_add_categorical(r->space, e->name, values, count);
        status = e->handle == HPT_PARAM_NONE ? pass_on(r, node) : HPT_OK;
    }
    hpi_free(values);
    return status;
}

static hpt_status read_constant(const reader *r, entry *e) {
    const hpi_json_node *node = e->found[VALUE];
    hpt_status           status = need(r, e, VALUE);
    if (status != HPT_OK) return status;
    if (!is_scalar(node)) return refuse_type(r, e, node, VALUE, "one value");
    e->handle = hpt_space_add_constant(r->space, e->name, hpi_json_scalar(node));
    return e->handle == HPT_PARAM_NONE ? pass_on(r, node) : HPT_OK;
}

static hpt_status read_by_kind(const reader *r, entry *e, hpt_kind kind) {
    switch (kind) {
    case HPT_KIND_REAL:
    case HPT_KIND_INT:
        return read_range(r, e, kind == HPT_KIND_REAL);
    case HPT_KIND_CATEGORICAL:
    case HPT_KIND_ORDINAL:
        return read_list(r, e, kind);
    case HPT_KIND_CONSTANT:
        return read_constant(r, e);
    }
    return HPT_EBUG;
}

static hpt_status read_param(const reader *r, const hpi_json_node *node) {
    entry  e = { .name = hpi_json_key(node), .node = node, .handle = HPT_PARAM_NONE };
    size_t row = 0;
    if (hpi_json_type_of(node) != HPI_JSON_OBJECT)
        return refuse(r, &e, node, hpi_json_type_text(hpi_json_type_of(node)),
                      " is not a parameter such as {\"kind\": \"real\", \"min\": 0, \"max\": 1}");
    hpt_status status = collect(r, &e);
    if (status == HPT_OK) status = read_kind(r, &e, &row);
    if (status == HPT_OK) status = check_keys(r, &e, row);
    if (status == HPT_OK) status = read_by_kind(r, &e, kinds[row].kind);
    return status == HPT_OK ? read_default(r, &e) : status;
}

/* ---- the whole ---- */

/* A member that is a list; a parameter is an object, so one of this name may be there as well. */
static bool is_constraints(const hpi_json_node *node) {
    return hpi_json_type_of(node) == HPI_JSON_ARRAY &&
           strcmp(hpi_json_key(node), "constraints") == 0;
}

/* What the space has remembered about an expression: its place is one behind the opening quote. */
static hpt_status pass_on_expr(const reader *r, const hpi_json_node *node) {
    const hpt_err *error = &r->space->error;
    hpt_status     status = pass_on(r, node);
    if (r->err && error->line == 1) r->err->col += error->col;
    return status;
}

/* To find a place takes as long as the text before it: only for an error. */
static hpt_status refuse_constraint(const reader *r, const hpi_json_node *node) {
    uint32_t line, col;
    hpi_json_place(r->json, node, &line, &col);
    return hpi_fail_at(r->err, HPT_EINVAL, line, col,
                       "a constraint is a text such as \"a * b <= 1024\", not %s",
                       hpi_json_type_text(hpi_json_type_of(node)));
}

static hpt_status read_constraints(const reader *r, const hpi_json_node *list) {
    for (const hpi_json_node *n = hpi_json_first(list); n; n = hpi_json_next(n)) {
        if (hpi_json_type_of(n) != HPI_JSON_TEXT) return refuse_constraint(r, n);
        if (hpt_space_add_constraint(r->space, hpi_json_scalar(n).as.text) != HPT_OK)
            return pass_on_expr(r, n);
    }
    return HPT_OK;
}

static hpt_status read_condition(const reader *r, const hpi_json_node *node) {
    entry e = { .name = hpi_json_key(node), .node = node };
    for (const hpi_json_node *n = hpi_json_first(node); n; n = hpi_json_next(n)) {
        if (strcmp(hpi_json_key(n), keys[CONDITION].name) != 0) continue;
        if (hpi_json_type_of(n) != HPI_JSON_TEXT)
            return refuse_type(r, &e, n, CONDITION, "a text such as \"solver == 'sgd'\"");
        hpt_param handle = hpt_space_find(r->space, e.name);
        if (hpt_space_set_condition(r->space, handle, hpi_json_scalar(n).as.text) != HPT_OK)
            return pass_on_expr(r, n);
    }
    return HPT_OK;
}

/* Parameters first: a rule may read one that is written after it. */
static hpt_status read_rules(const reader *r, const hpi_json_node *root) {
    hpt_status status = HPT_OK;
    for (const hpi_json_node *n = hpi_json_first(root); n && status == HPT_OK; n = hpi_json_next(n))
        status = is_constraints(n) ? read_constraints(r, n) : read_condition(r, n);
    return status;
}

static hpt_status read_space(const reader *r) {
    const hpi_json_node *root = hpi_json_root(r->json);
    hpi_json_type        type = hpi_json_type_of(root);
    if (type != HPI_JSON_OBJECT)
        return hpi_fail_at(r->err, HPT_EINVAL, 1, 1,
                           "a space is an object with one member per parameter, not %s",
                           hpi_json_type_text(type));
    for (const hpi_json_node *node = hpi_json_first(root); node; node = hpi_json_next(node)) {
        hpt_status status = is_constraints(node) ? HPT_OK : read_param(r, node);
        if (status != HPT_OK) return status;
    }
    hpt_status status = read_rules(r, root);
    return status == HPT_OK ? hpt_space_check(r->space, r->err) : status;
}

hpt_status hpt_space_parse(const char *json, size_t bytes, hpt_space **space_out, hpt_err *err) {
    reader r = { .err = err };
    if (!space_out) return hpi_fail(err, HPT_EINVAL, "space_out is NULL");
    hpt_status status = hpi_json_parse(json, bytes, &r.json, err);
    if (status != HPT_OK) return status;
    r.space = hpt_space_create();
    status =
        r.space ? read_space(&r) : hpi_fail(err, HPT_ENOMEM, "out of memory for a search space");
    hpi_json_destroy(r.json);
    if (status == HPT_OK)
        *space_out = r.space;
    else
        hpt_space_destroy(r.space);
    return status;
}

hpt_status hpt_space_load(const char *path, hpt_space **space_out, hpt_err *err) {
    char  *text;
    size_t bytes;
    if (!path || !space_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", path ? "space_out" : "path");
    hpt_status status = hpi_read_file(path, HPI_JSON_BYTES_MAX, &text, &bytes, err);
    if (status != HPT_OK) return status;
    status = hpt_space_parse(text, bytes, space_out, err);
    hpi_free(text);
    return status;
}
