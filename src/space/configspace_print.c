/* SPDX-License-Identifier: BSD-3-Clause */

/* A space as ConfigSpace's JSON, format 0.4. What it cannot say is refused: steps, ranges of one
 * value, computing with several parameters, checks in C. */

#include "base/text.h"
#include "space/clause.h"
#include "space/configspace.h"
#include "space/param.h"
#include "space/rule.h"

#include <string.h>

static hpt_status refuse(const param *p, hpt_err *err, const char *what) {
    char label[HPI_LABEL_BYTES];
    return hpi_fail(err, HPT_EINVAL, "parameter \"%s\": %s", hpi_label(label, p->name), what);
}

static hpt_status check_param(const param *p, hpt_err *err) {
    if (p->has_step)
        return refuse(p, err, "a step; ConfigSpace's ranges have none (make it an ordinal)");
    if (hpi_is_range(p) && p->last == 0)
        return refuse(p, err, "a range of one value; ConfigSpace has none (make it a constant)");
    return HPT_OK;
}

/* ---- parameters ---- */

static void write_value(hpi_writer *writer, const char *key, hpt_value value) {
    hpi_write(writer, ", \"");
    hpi_write(writer, key);
    hpi_write(writer, "\": ");
    hpi_write_json_value(writer, value);
}

static void write_list(hpi_writer *writer, const char *key, const param *p) {
    hpi_write(writer, ", \"");
    hpi_write(writer, key);
    hpi_write(writer, "\": [");
    for (uint32_t i = 0; i < p->value_count; i++) {
        hpi_write(writer, i ? ", " : "");
        hpi_write_json_value(writer, p->values[i]);
    }
    hpi_write(writer, "]");
}

static void write_param(hpi_writer *writer, const param *p) {
    static const char *const types[] = { [HPT_KIND_REAL] = "uniform_float",
                                         [HPT_KIND_INT] = "uniform_int",
                                         [HPT_KIND_CATEGORICAL] = "categorical",
                                         [HPT_KIND_ORDINAL] = "ordinal",
                                         [HPT_KIND_CONSTANT] = "constant" };
    hpi_write(writer, "{\"type\": \"");
    hpi_write(writer, types[p->kind]);
    hpi_write(writer, "\"");
    write_value(writer, "name", hpt_text(p->name));
    if (hpi_is_range(p)) {
        write_value(writer, "lower", hpi_param_value(p, p->min));
        write_value(writer, "upper", hpi_param_value(p, p->max));
        write_value(writer, "log", hpt_bool(p->is_log));
    } else if (p->kind == HPT_KIND_CONSTANT) {
        write_value(writer, "value", p->values[0]);
    } else {
        write_list(writer, p->kind == HPT_KIND_ORDINAL ? "sequence" : "choices", p);
    }
    if (p->kind == HPT_KIND_CATEGORICAL) write_value(writer, "weights", hpt_null());
    if (p->has_default) write_value(writer, "default_value", hpi_param_value(p, p->initial));
    write_value(writer, "meta", hpt_null());
    hpi_write(writer, "}");
}

/* ---- the whole ---- */

static hpt_status write_params(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    hpi_write(writer, " \"hyperparameters\": [");
    for (uint32_t i = 0; i < space->count; i++) {
        hpt_status status = check_param(&space->params[i], err);
        if (status != HPT_OK) return status;
        hpi_write(writer, i ? ",\n    " : "\n    ");
        write_param(writer, &space->params[i]);
    }
    hpi_write(writer, "],\n");
    return HPT_OK;
}

static hpt_status write_conditions(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    hpt_status status = HPT_OK;
    bool       is_first = true;
    hpi_write(writer, " \"conditions\": [");
    for (uint32_t i = 0; i < space->count && status == HPT_OK; i++) {
        const param *p = &space->params[i];
        if (!p->has_condition) continue;
        hpi_write(writer, is_first ? "\n    " : ",\n    ");
        is_first = false;
        status = hpi_clause_write(writer, space, &space->rules->conditions[p->condition - 1].expr,
                                  p->name, err);
    }
    hpi_write(writer, "],\n");
    return status;
}

static hpt_status write_forbiddens(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    const rules *all = space->rules;
    hpt_status   status = HPT_OK;
    hpi_write(writer, " \"forbiddens\": [");
    for (uint32_t i = 0; all && i < all->constraint_count && status == HPT_OK; i++) {
        hpi_write(writer, i ? ",\n    " : "\n    ");
        status = hpi_clause_write(writer, space, &all->constraints[i], NULL, err);
    }
    hpi_write(writer, "],\n");
    return status;
}

/* The members around the space: all but those that are written here. */
static void write_around(hpi_writer *writer, const hpi_json_node *around) {
    static const char *const ours[] = { "hyperparameters", "conditions", "forbiddens",
                                        "format_version", "json_format_version" };
    bool                     is_named = around && hpi_json_member(around, "name");
    hpi_write(writer, is_named ? "{" : "{\"name\": null,\n");
    bool is_first = is_named;
    for (const hpi_json_node *n = around ? hpi_json_first(around) : NULL; n; n = hpi_json_next(n)) {
        size_t i = 0;
        while (i < sizeof ours / sizeof *ours && strcmp(ours[i], hpi_json_key(n)) != 0)
            i++;
        if (i < sizeof ours / sizeof *ours) continue;
        hpi_write(writer, is_first ? "" : " ");
        is_first = false;
        hpi_write_json_text(writer, hpi_json_key(n));
        hpi_write(writer, ": ");
        hpi_write_json_node(writer, n);
        hpi_write(writer, ",\n");
    }
}

hpt_status hpi_configspace_print(const hpt_space *space, const hpi_json_node *around,
                                 hpi_writer *writer, hpt_err *err) {
    if (space->rules && space->rules->check_count > 0)
        return hpi_fail(
            err, HPT_EINVAL,
            "the space has a check, which is C code, and cannot be written as ConfigSpace");
    write_around(writer, around);
    hpt_status status = write_params(writer, space, err);
    if (status == HPT_OK) status = write_conditions(writer, space, err);
    if (status == HPT_OK) status = write_forbiddens(writer, space, err);
    hpi_write(writer, " \"format_version\": 0.4}\n");
    return status;
}
