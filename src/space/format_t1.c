/* SPDX-License-Identifier: BSD-3-Clause */

/* T1 1.0.0, what auto-tuners take in (github.com/odgaard/TuningSchema, Kernel Tuner's
 * schema/T1/1.0.0): a kernel, and the space of its parameters. Every parameter is a list; the rules
 * are expressions of Python, which are hpt's. The kernel is not ours. */

#include "base/mem.h"
#include "base/text.h"
#include "space/format.h"
#include "space/param.h"
#include "space/pylist.h"
#include "space/t1_print.h"

#include <stdio.h>
#include <string.h>

static const char *const types[] = { "int", "uint", "float", "bool", "string" };
typedef enum type { INT, UINT, FLOAT, BOOL, STRING, TYPE_COUNT } type;

typedef struct tuned {
    const char          *name, *kind; /* kind: NULL when it is not said */
    const hpi_json_node *node, *values, *initial;
    type                 type;
    char                 what[HPI_LABEL_BYTES + 24]; /* for sentences */
} tuned;

/* ---- values ---- */

/* A value as its parameter's type has it; false: it is of another. */
static bool is_of_type(hpt_value *value, type t) {
    bool is_int = value->type == HPT_TYPE_INT;
    switch (t) {
    case INT:
        return is_int;
    case UINT:
        return is_int && value->as.integer >= 0;
    case FLOAT:
        if (is_int) *value = hpt_real((double)value->as.integer);
        return value->type == HPT_TYPE_REAL;
    case BOOL:
        if (is_int && (value->as.integer == 0 || value->as.integer == 1))
            *value = hpt_bool(value->as.integer == 1);
        return value->type == HPT_TYPE_BOOL;
    default:
        return value->type == HPT_TYPE_TEXT;
    }
}

static hpt_status convert(const hpi_import *import, const tuned *t, const hpi_json_node *node,
                          hpt_value *value) {
    char      shown[HPI_SHOWN_BYTES];
    hpt_value was = *value;
    if (is_of_type(value, t->type)) return HPT_OK;
    return hpi_import_refuse(import, node, "%s: %s is no value of type \"%s\"", t->what,
                             hpi_show_value(shown, was), types[t->type]);
}

static double number_of(hpt_value value) {
    return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
}

/* Numbers that only rise, or only fall, have an order that means something. */
hpt_kind hpi_t1_kind(const hpt_value *values, size_t count) {
    bool rises = count > 1, falls = count > 1;
    if (count == 1) return HPT_KIND_CONSTANT;
    for (size_t i = 0; i < count; i++) {
        if (values[i].type != HPT_TYPE_INT && values[i].type != HPT_TYPE_REAL)
            return HPT_KIND_CATEGORICAL;
        if (i == 0) continue;
        rises = rises && number_of(values[i - 1]) < number_of(values[i]);
        falls = falls && number_of(values[i - 1]) > number_of(values[i]);
    }
    return rises || falls ? HPT_KIND_ORDINAL : HPT_KIND_CATEGORICAL;
}

/* ---- a parameter ---- */

static hpt_status add_list(hpi_import *import, const tuned *t, const hpi_pylist *list,
                           hpt_param *handle_out) {
    hpt_kind   kind = HPT_KIND_CATEGORICAL;
    hpt_space *space = import->space;
    for (size_t i = 0; i < list->count; i++) {
        hpt_status status = convert(import, t, t->values, &list->values[i]);
        if (status != HPT_OK) return status;
    }
    kind = hpi_t1_kind(list->values, list->count);
    if (t->kind) kind = *t->kind == 'o' ? HPT_KIND_ORDINAL : HPT_KIND_CATEGORICAL;
    if (kind == HPT_KIND_CONSTANT)
        *handle_out = hpt_space_add_constant(space, t->name, list->values[0]);
    else if (kind == HPT_KIND_ORDINAL)
        *handle_out = hpt_space_add_ordinal(space, t->name, list->values, list->count);
    else
        *handle_out = hpt_space_add_categorical(space, t->name, list->values, list->count);
    return HPT_OK;
}

/* Counting down gives the same values. */
static hpt_status add_range(hpi_import *import, const tuned *t, const hpi_pylist *list,
                            hpt_param *handle_out) {
    uint64_t   reach = (list->span - 1) * (uint64_t)list->step;
    int64_t    last = hpi_from_bits((uint64_t)list->first + reach);
    int64_t    min = list->step > 0 ? list->first : last, max = list->step > 0 ? last : list->first;
    uint64_t   step = list->step > 0 ? (uint64_t)list->step : -(uint64_t)list->step;
    hpt_value  least = hpt_int(min);
    hpt_status status = convert(import, t, t->values, &least);
    if (status != HPT_OK) return status;
    *handle_out = hpt_space_add_int(import->space, t->name, min, max);
    if (*handle_out != HPT_PARAM_NONE && list->has_step && list->span > 1)
        hpt_space_set_step(import->space, *handle_out, hpt_int(hpi_from_bits(step)));
    return HPT_OK;
}

/* Files write a value, and for constants also a list of it. A constant has no default to set, and
 * files give one that its list does not hold; tuners do not look at it. */
static hpt_status set_default(const hpi_import *import, const tuned *t, hpt_param handle) {
    const hpi_json_node *node = t->initial;
    if (!node || hpi_space_kind(import->space, handle) == HPT_KIND_CONSTANT) return HPT_OK;
    hpi_json_type is = hpi_json_type_of(node);
    if (is == HPI_JSON_ARRAY || is == HPI_JSON_OBJECT)
        return hpi_import_refuse(import, node, "%s: \"Default\" is %s, not one value", t->what,
                                 hpi_json_type_text(is));
    hpt_value  value = hpi_json_scalar(node);
    hpt_status status = convert(import, t, node, &value);
    if (status != HPT_OK) return status;
    status = hpt_space_set_default(import->space, handle, value);
    return status == HPT_OK ? HPT_OK : hpi_import_pass_on(import, node, false);
}

static hpt_status add_values(hpi_import *import, const tuned *t) {
    hpi_pylist list;
    hpt_param  handle = HPT_PARAM_NONE;
    hpt_status status = hpi_pylist_read(&list, import, t->values, t->what);
    bool       is_list = t->kind || (t->type != INT && t->type != UINT);
    if (status == HPT_OK && is_list) status = hpi_pylist_expand(&list, import, t->values, t->what);
    if (status == HPT_OK)
        status = list.is_range ? add_range(import, t, &list, &handle)
                               : add_list(import, t, &list, &handle);
    hpi_pylist_fini(&list);
    if (status != HPT_OK) return status;
    if (import->space->error.code != HPT_OK) return hpi_import_pass_on(import, t->node, false);
    return set_default(import, t, handle);
}

static hpt_status read_type(const hpi_import *import, tuned *t) {
    const char          *name;
    const hpi_json_node *node = hpi_json_member(t->node, "Type");
    hpt_status           status = hpi_import_text(import, t->node, "Type", t->what, &name);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        t->type = (type)i;
        if (strcmp(types[i], name) == 0) return HPT_OK;
    }
    return hpi_import_unknown(import, node, "there is no type", name, types, TYPE_COUNT);
}

/* A member of our own: which kind a list is, where that does not follow from its values. Others
 * skip it. */
static hpt_status read_kind(const hpi_import *import, tuned *t) {
    static const char *const kinds[] = { "categorical", "ordinal" };
    const hpi_json_node     *node = hpi_json_member(t->node, "Kind");
    if (!node) return HPT_OK;
    hpt_status status = hpi_import_text(import, t->node, "Kind", t->what, &t->kind);
    if (status != HPT_OK || strcmp(t->kind, kinds[0]) == 0 || strcmp(t->kind, kinds[1]) == 0)
        return status;
    return hpi_import_unknown(import, node, "there is no kind of list", t->kind, kinds, 2);
}

static hpt_status read_parameter(hpi_import *import, const hpi_json_node *node, size_t index) {
    char  label[HPI_LABEL_BYTES];
    tuned t = { .node = node, .initial = NULL };
    snprintf(t.what, sizeof t.what, "TuningParameters[%zu]", index);
    if (hpi_json_type_of(node) != HPI_JSON_OBJECT)
        return hpi_import_refuse(import, node, "%s is %s, not an object", t.what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    hpt_status status = hpi_import_text(import, node, "Name", t.what, &t.name);
    if (status != HPT_OK) return status;
    snprintf(t.what, sizeof t.what, "parameter \"%s\"", hpi_label(label, t.name));
    t.initial = hpi_json_member(node, "Default");
    status = read_type(import, &t);
    if (status == HPT_OK) status = read_kind(import, &t);
    if (status == HPT_OK)
        status = hpi_import_need(import, node, "Values", HPI_JSON_TEXT, t.what, &t.values);
    return status == HPT_OK ? add_values(import, &t) : status;
}

/* ---- the whole ---- */

/* What the expression reads is said by the expression; the list beside it is only checked for being
 * one, since files name more in it, or leave it out. */
static hpt_status read_condition(const hpi_import *import, const hpi_json_node *node,
                                 size_t index) {
    char                 what[40];
    const hpi_json_node *expression, *params;
    snprintf(what, sizeof what, "Conditions[%zu]", index);
    if (hpi_json_type_of(node) != HPI_JSON_OBJECT)
        return hpi_import_refuse(import, node, "%s is %s, not an object", what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    hpt_status status =
        hpi_import_need(import, node, "Expression", HPI_JSON_TEXT, what, &expression);
    if (status == HPT_OK && hpi_json_member(node, "Parameters"))
        status = hpi_import_need(import, node, "Parameters", HPI_JSON_ARRAY, what, &params);
    if (status != HPT_OK) return status;
    status = hpt_space_add_constraint(import->space, hpi_json_scalar(expression).as.text);
    return status == HPT_OK ? HPT_OK : hpi_import_pass_on(import, expression, true);
}

static hpt_status fill(hpi_import *import) {
    const hpi_json_node *root = hpi_json_root(import->json), *outer, *list, *rules;
    size_t               index = 0;
    if (hpi_json_type_of(root) != HPI_JSON_OBJECT)
        return hpi_import_refuse(import, root, "a T1 file is an object, not %s",
                                 hpi_json_type_text(hpi_json_type_of(root)));
    hpt_status status =
        hpi_import_need(import, root, "ConfigurationSpace", HPI_JSON_OBJECT, "a T1 file", &outer);
    if (status == HPT_OK)
        status = hpi_import_need(import, outer, "TuningParameters", HPI_JSON_ARRAY,
                                 "ConfigurationSpace", &list);
    if (status != HPT_OK) return status;
    for (const hpi_json_node *n = hpi_json_first(list); n && status == HPT_OK; n = hpi_json_next(n))
        status = read_parameter(import, n, index++);
    if (status != HPT_OK || !hpi_json_member(outer, "Conditions")) return status;
    status =
        hpi_import_need(import, outer, "Conditions", HPI_JSON_ARRAY, "ConfigurationSpace", &rules);
    index = 0;
    for (const hpi_json_node *n = status == HPT_OK ? hpi_json_first(rules) : NULL;
         n && status == HPT_OK; n = hpi_json_next(n))
        status = read_condition(import, n, index++);
    return status;
}

static hpt_status read_t1(const char *text, size_t bytes, hpt_space **space_out, hpt_err *err) {
    return hpi_import_json(text, bytes, fill, space_out, err);
}

const hpi_format_class hpi_format_t1 = {
    .info = { .name = "t1",
              .summary = "T1 1.0.0 of the auto-tuning community: Kernel Tuner, BAT",
              .can_read = true,
              .can_write = true },
    .read = read_t1,
    .write = hpi_t1_print,
};
