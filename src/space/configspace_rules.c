/* SPDX-License-Identifier: BSD-3-Clause */

/* ConfigSpace's conditions and forbidden clauses as expressions. A condition is a condition; what
 * is forbidden becomes a constraint "not (...)". Both take an inactive parameter as we do: a
 * comparison with it does not hold, so what it activates is inactive, and it forbids nothing. */

#include "base/mem.h"
#include "base/text.h"
#include "space/configspace.h"
#include "space/param.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
typedef enum op { EQ, NE, LT, LE, GT, GE, IN, AND, OR } op;

static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=", "in", " and ", " or " };

static const char *const condition_types[] = { "EQ", "NEQ", "LT", "GT", "IN", "AND", "OR" };
static const op          condition_ops[] =   {  EQ,   NE,    LT,   GT,   IN,   AND,   OR };

/* "RELATION" is the older form, whose operator is beside it. */
static const char *const forbidden_types[] = {
    "EQUALS", "IN", "AND", "OR", "CLAUSE_LT", "CLAUSE_LE", "CLAUSE_GT", "CLAUSE_GE",
    "RELATION_LT", "RELATION_LE", "RELATION_EQ", "RELATION_GT", "RELATION_GE", "RELATION",
};
static const op forbidden_ops[] = { EQ, IN, AND, OR, LT, LE, GT, GE, LT, LE, EQ, GT, GE, EQ };
enum { FIRST_RELATION = 8, OLDER_RELATION = 13 };

static const char *const lambdas[] = { "LT", "EQ", "GT", "LESS", "EQUALS", "GREATER", "LESSEQUAL", "GREATEREQUAL" };
static const op          lambda_ops[] = {  LT,   EQ,   GT,   LT,     EQ,       GT,        LE,          GE };
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What is being translated. */
typedef struct rule {
    const hpi_import    *import;
    hpi_writer           writer; /* the expression so far                   */
    const hpi_json_node *child;  /* conditions: whose, as the outermost says */
    char                 what[40];
} rule;

/* ---- parts ---- */

static hpt_status find_type(const rule *r, const hpi_json_node *node, const char *key,
                            const char *const *types, size_t count, size_t *row_out) {
    const char *type, *sentence = "there is no type";
    hpt_status  status = HPT_OK;
    if (hpi_json_type_of(node) != HPI_JSON_OBJECT)
        return hpi_import_refuse(r->import, node, "%s is %s, not an object", r->what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    status = hpi_import_text(r->import, node, key, r->what, &type);
    for (size_t i = 0; i < count && status == HPT_OK; i++) {
        if (strcmp(types[i], type) != 0) continue;
        *row_out = i;
        return HPT_OK;
    }
    return status != HPT_OK ? status
                            : hpi_import_unknown(r->import, hpi_json_member(node, key), sentence,
                                                 type, types, count);
}

static hpt_status find_param(const rule *r, const hpi_json_node *node, const char *key,
                             hpt_param *handle_out) {
    const char *name;
    char        label[HPI_LABEL_BYTES];
    hpt_status  status = hpi_import_text(r->import, node, key, r->what, &name);
    if (status != HPT_OK) return status;
    *handle_out = hpt_space_find(r->import->space, name);
    if (*handle_out == HPT_PARAM_NONE) {
        hpi_import_refuse(r->import, hpi_json_member(node, key),
                          "%s: there is no hyperparameter \"%s\"", r->what, hpi_label(label, name));
        hpi_space_suggest(r->import->space, name, r->import->err);
        return HPT_EINVAL;
    }
    if (hpi_can_name(name)) return HPT_OK;
    return hpi_import_refuse(r->import, node,
                             "%s: no expression can name \"%s\", which has a backquote", r->what,
                             hpi_label(label, name));
}

/* A value that the parameter can take, with its coordinate. */
static hpt_status read_value(const rule *r, hpt_param handle, const hpi_json_node *node,
                             hpt_value *value_out, hpt_coord *coord_out) {
    hpt_err      err = { 0 };
    const param *p = &r->import->space->params[handle];
    if (hpi_json_type_of(node) == HPI_JSON_ARRAY || hpi_json_type_of(node) == HPI_JSON_OBJECT)
        return hpi_import_refuse(r->import, node, "%s: a value is %s", r->what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    *value_out = hpi_json_scalar(node);
    if (hpi_is_range(p)) *value_out = hpi_configspace_number(*value_out, p->kind == HPT_KIND_REAL);
    if (p->kind == HPT_KIND_CONSTANT && hpt_value_equal(*value_out, p->values[0])) return HPT_OK;
    if (hpt_space_coord(r->import->space, handle, *value_out, coord_out, &err) == HPT_OK)
        return HPT_OK;
    return hpi_import_refuse(r->import, node, "%s: %s", r->what, err.text);
}

static void write_sign(rule *r, op o) {
    hpi_write(&r->writer, " ");
    hpi_write(&r->writer, signs[o]);
    hpi_write(&r->writer, " ");
}

/* Values number `from` to `to - 1` of a list. */
static void write_some(rule *r, const param *p, int64_t from, int64_t to) {
    if (from >= to) {
        hpi_write(&r->writer, "false");
        return;
    }
    hpi_write_name(&r->writer, p->name);
    hpi_write(&r->writer, " in [");
    for (int64_t i = from; i < to; i++) {
        hpi_write(&r->writer, i > from ? ", " : "");
        hpi_write_literal(&r->writer, p->values[i]);
    }
    hpi_write(&r->writer, "]");
}

/* The order of an ordinal is that of its sequence, so "less" is a list of what stands before. */
static hpt_status write_ordered(rule *r, hpt_param handle, op o, const hpi_json_node *node,
                                hpt_coord coord) {
    const param *p = &r->import->space->params[handle];
    char         label[HPI_LABEL_BYTES];
    int64_t      at = coord.integer, count = p->value_count;
    if (p->kind != HPT_KIND_ORDINAL)
        return hpi_import_refuse(r->import, node, "%s: \"%s\" is %s and has no order", r->what,
                                 hpi_label(label, p->name), hpi_kind_name(p->kind));
    if (o == LT || o == LE)
        write_some(r, p, 0, o == LT ? at : at + 1);
    else
        write_some(r, p, o == GT ? at + 1 : at, count);
    return HPT_OK;
}

/* A parameter against a value. */
static hpt_status write_comparison(rule *r, const hpi_json_node *node, const char *key, op o) {
    hpt_param            handle;
    hpt_value            value;
    hpt_coord            coord = { .integer = 0 };
    const hpi_json_node *given = hpi_json_member(node, "value");
    hpt_status           status = find_param(r, node, key, &handle);
    if (status == HPT_OK && !given)
        status = hpi_import_refuse(r->import, node, "%s: \"value\" is missing", r->what);
    if (status == HPT_OK) status = read_value(r, handle, given, &value, &coord);
    if (status != HPT_OK) return status;
    const param *p = &r->import->space->params[handle];
    if (o != EQ && o != NE && !hpi_is_range(p)) return write_ordered(r, handle, o, node, coord);
    hpi_write_name(&r->writer, p->name);
    write_sign(r, o);
    hpi_write_literal(&r->writer, value);
    return HPT_OK;
}

static hpt_status write_membership(rule *r, const hpi_json_node *node, const char *key) {
    hpt_param            handle;
    hpt_value            value;
    hpt_coord            coord;
    const hpi_json_node *list;
    hpt_status           status = find_param(r, node, key, &handle);
    if (status == HPT_OK)
        status = hpi_import_need(r->import, node, "values", HPI_JSON_ARRAY, r->what, &list);
    if (status != HPT_OK) return status;
    if (!hpi_json_first(list))
        return hpi_import_refuse(r->import, list, "%s: \"values\" is empty", r->what);
    hpi_write_name(&r->writer, hpi_space_name(r->import->space, handle));
    hpi_write(&r->writer, " in [");
    for (const hpi_json_node *n = hpi_json_first(list); n && status == HPT_OK;
         n = hpi_json_next(n)) {
        status = read_value(r, handle, n, &value, &coord);
        hpi_write(&r->writer, n != hpi_json_first(list) ? ", " : "");
        if (status == HPT_OK) hpi_write_literal(&r->writer, value);
    }
    hpi_write(&r->writer, "]");
    return status;
}

/* Two parameters. */
static hpt_status write_relation(rule *r, const hpi_json_node *node, op o) {
    hpt_param  left, right;
    hpt_status status = find_param(r, node, "left", &left);
    if (status == HPT_OK) status = find_param(r, node, "right", &right);
    if (status != HPT_OK) return status;
    hpi_write_name(&r->writer, hpi_space_name(r->import->space, left));
    write_sign(r, o);
    hpi_write_name(&r->writer, hpi_space_name(r->import->space, right));
    return HPT_OK;
}

typedef hpt_status translate(rule *r, const hpi_json_node *node, bool is_inner);

/* Depth is bounded by that of JSON. */
static hpt_status write_joined(rule *r, const hpi_json_node *node, const char *key, op o,
                               translate *part) {
    const hpi_json_node *list;
    hpt_status status = hpi_import_need(r->import, node, key, HPI_JSON_ARRAY, r->what, &list);
    if (status != HPT_OK) return status;
    if (!hpi_json_first(list))
        return hpi_import_refuse(r->import, list, "%s: \"%s\" is empty", r->what, key);
    for (const hpi_json_node *n = hpi_json_first(list); n && status == HPT_OK;
         n = hpi_json_next(n)) {
        if (n != hpi_json_first(list)) hpi_write(&r->writer, signs[o]);
        status = part(r, n, true);
    }
    return status;
}

/* ---- conditions ---- */

/* Every part names the child again; another one would be another condition. */
static hpt_status check_child(const rule *r, const hpi_json_node *node) {
    const char *child;
    char        label[HPI_LABEL_BYTES];
    hpt_status  status = hpi_import_text(r->import, node, "child", r->what, &child);
    if (status != HPT_OK || strcmp(child, hpi_json_scalar(r->child).as.text) == 0) return status;
    return hpi_import_refuse(r->import, hpi_json_member(node, "child"),
                             "%s: \"%s\" is not the child of the whole condition", r->what,
                             hpi_label(label, child));
}

static hpt_status write_condition(rule *r, const hpi_json_node *node, bool is_inner) {
    size_t     row = 0;
    hpt_status status = find_type(r, node, "type", condition_types, COUNT(condition_types), &row);
    if (status == HPT_OK) status = check_child(r, node);
    if (status != HPT_OK) return status;
    op   o = condition_ops[row];
    bool is_joined = o == AND || o == OR;
    if (is_joined && is_inner) hpi_write(&r->writer, "(");
    if (is_joined)
        status = write_joined(r, node, "conditions", o, write_condition);
    else if (o == IN)
        status = write_membership(r, node, "parent");
    else
        status = write_comparison(r, node, "parent", o);
    if (is_joined && is_inner) hpi_write(&r->writer, ")");
    return status;
}

/* A condition and its place among those of the same child: all of them must hold. */
typedef struct claim {
    const hpi_json_node *node;
    size_t               index, next; /* next: that of the same child, plus 1 */
} claim;

static hpt_status set_condition(const hpi_import *import, hpt_param handle, const claim *claims,
                                size_t first) {
    rule       r = { .import = import };
    hpt_status status = HPT_OK;
    bool       is_only = claims[first - 1].next == 0;
    for (size_t at = first; at && status == HPT_OK; at = claims[at - 1].next) {
        const claim *c = &claims[at - 1];
        snprintf(r.what, sizeof r.what, "conditions[%zu]", c->index);
        r.child = hpi_json_member(c->node, "child");
        if (r.writer.bytes > 0) hpi_write(&r.writer, " and ");
        status = write_condition(&r, c->node, !is_only);
    }
    if (status == HPT_OK && r.writer.failed)
        status = hpi_fail(import->err, HPT_ENOMEM, "out of memory for a condition");
    if (status == HPT_OK && hpt_space_set_condition(import->space, handle, r.writer.text) != HPT_OK)
        status = hpi_import_pass_on(import, claims[first - 1].node, false);
    hpi_writer_fini(&r.writer);
    return status;
}

/* first[], last[]: of each child, plus 1. */
static hpt_status sort_out(const hpi_import *import, const hpi_json_node *list, claim *claims,
                           size_t *first, size_t *last) {
    size_t index = 0;
    for (const hpi_json_node *n = hpi_json_first(list); n; n = hpi_json_next(n), index++) {
        rule      r = { .import = import };
        hpt_param handle = HPT_PARAM_NONE;
        size_t    row;
        snprintf(r.what, sizeof r.what, "conditions[%zu]", index);
        hpt_status status = find_type(&r, n, "type", condition_types, COUNT(condition_types), &row);
        if (status == HPT_OK) status = find_param(&r, n, "child", &handle);
        if (status != HPT_OK) return status;
        claims[index] = (claim){ n, index, 0 };
        if (last[handle])
            claims[last[handle] - 1].next = index + 1;
        else
            first[handle] = index + 1;
        last[handle] = index + 1;
    }
    return HPT_OK;
}

hpt_status hpi_configspace_conditions(const hpi_import *import, const hpi_json_node *list) {
    size_t count = 1, param_count = hpt_space_count(import->space);
    for (const hpi_json_node *n = hpi_json_first(list); n; n = hpi_json_next(n))
        count++;
    claim     *claims = hpi_alloc(count, sizeof *claims);
    size_t    *ends = hpi_alloc(2 * param_count + 1, sizeof *ends);
    hpt_status status = claims && ends
                            ? sort_out(import, list, claims, ends, ends + param_count)
                            : hpi_fail(import->err, HPT_ENOMEM, "out of memory for the conditions");
    for (hpt_param p = 0; p < param_count && status == HPT_OK; p++)
        if (ends[p]) status = set_condition(import, p, claims, ends[p]);
    hpi_free(claims);
    hpi_free(ends);
    return status;
}

/* ---- forbidden clauses ---- */

static hpt_status write_forbidden(rule *r, const hpi_json_node *node, bool is_inner) {
    size_t     row = 0, lambda = 0;
    hpt_status status = find_type(r, node, "type", forbidden_types, COUNT(forbidden_types), &row);
    if (status == HPT_OK && row == OLDER_RELATION)
        status = find_type(r, node, "lambda", lambdas, COUNT(lambdas), &lambda);
    if (status != HPT_OK) return status;
    op   o = row == OLDER_RELATION ? lambda_ops[lambda] : forbidden_ops[row];
    bool is_joined = o == AND || o == OR;
    if (is_joined && is_inner) hpi_write(&r->writer, "(");
    if (is_joined)
        status = write_joined(r, node, "clauses", o, write_forbidden);
    else if (row >= FIRST_RELATION)
        status = write_relation(r, node, o);
    else if (o == IN)
        status = write_membership(r, node, "name");
    else
        status = write_comparison(r, node, "name", o);
    if (is_joined && is_inner) hpi_write(&r->writer, ")");
    return status;
}

hpt_status hpi_configspace_forbiddens(const hpi_import *import, const hpi_json_node *list) {
    hpt_status status = HPT_OK;
    size_t     index = 0;
    for (const hpi_json_node *n = hpi_json_first(list); n && status == HPT_OK;
         n = hpi_json_next(n)) {
        rule r = { .import = import };
        snprintf(r.what, sizeof r.what, "forbiddens[%zu]", index++);
        hpi_write(&r.writer, "not (");
        status = write_forbidden(&r, n, false);
        hpi_write(&r.writer, ")");
        if (status == HPT_OK && r.writer.failed)
            status = hpi_fail(import->err, HPT_ENOMEM, "out of memory for a constraint");
        if (status == HPT_OK && hpt_space_add_constraint(import->space, r.writer.text) != HPT_OK)
            status = hpi_import_pass_on(import, n, false);
        hpi_writer_fini(&r.writer);
    }
    return status;
}
