/* SPDX-License-Identifier: BSD-3-Clause */

/* A space as JSON that reads back as the very same space. */

#include "base/json.h"
#include "space/param.h"
#include "space/rule.h"

static void write_member(hpi_writer *writer, const char *key, hpt_value value) {
    hpi_write(writer, ", \"");
    hpi_write(writer, key);
    hpi_write(writer, "\": ");
    hpi_write_json_value(writer, value);
}

static void write_values(hpi_writer *writer, const param *p) {
    hpi_write(writer, ", \"values\": [");
    for (uint32_t i = 0; i < p->value_count; i++) {
        hpi_write(writer, i ? ", " : "");
        hpi_write_json_value(writer, p->values[i]);
    }
    hpi_write(writer, "]");
}

static void write_param(hpi_writer *writer, const param *p, const char *active_if) {
    hpi_write_json_text(writer, p->name);
    hpi_write(writer, ": {\"kind\": \"");
    hpi_write(writer, hpi_kind_name(p->kind));
    hpi_write(writer, "\"");
    if (hpi_is_range(p)) {
        write_member(writer, "min", hpi_param_value(p, p->min));
        write_member(writer, "max", hpi_param_value(p, p->max));
    } else if (p->kind == HPT_KIND_CONSTANT) {
        write_member(writer, "value", p->values[0]);
    } else {
        write_values(writer, p);
    }
    if (p->is_log) write_member(writer, "log", hpt_bool(true));
    if (p->has_step) write_member(writer, "step", hpi_param_value(p, p->step));
    if (p->has_default) write_member(writer, "default", hpi_param_value(p, p->initial));
    if (p->has_condition) write_member(writer, "condition", hpt_text(active_if));
    hpi_write(writer, "}");
}

static void write_constraints(hpi_writer *writer, const hpt_space *space) {
    const char *text;
    for (uint32_t i = 0; (text = hpi_space_constraint(space, i)); i++) {
        hpi_write(writer, i ? ",\n    " : ",\n \"constraints\": [\n    ");
        hpi_write_json_text(writer, text);
    }
    if (hpi_space_constraint(space, 0)) hpi_write(writer, "]");
}

/* What JSON cannot say: C code, and two members of one name. */
static hpt_status check_printable(const hpt_space *space, hpt_err *err) {
    if (space->rules && space->rules->check_count > 0)
        return hpi_fail(err, HPT_EINVAL,
                        "the space has a check, which is C code, and cannot be written as JSON");
    if (hpi_space_constraint(space, 0) && hpt_space_find(space, "constraints") != HPT_PARAM_NONE)
        return hpi_fail(
            err, HPT_EINVAL,
            "a space with constraints and a parameter \"constraints\" cannot be written "
            "as JSON");
    return HPT_OK;
}

hpt_status hpt_space_print(const hpt_space *space, char **json_out, hpt_err *err) {
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    if (!json_out) return hpi_fail(err, HPT_EINVAL, "json_out is NULL");
    status = check_printable(space, err);
    if (status != HPT_OK) return status;
    hpi_writer writer = { 0 };
    for (uint32_t i = 0; i < space->count; i++) {
        hpi_write(&writer, i ? ",\n " : "{");
        write_param(&writer, &space->params[i], hpi_space_condition(space, i));
    }
    write_constraints(&writer, space);
    hpi_write(&writer, "}\n");
    if (writer.failed) {
        hpi_writer_fini(&writer);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the text of %u parameters",
                        (unsigned)space->count);
    }
    *json_out = writer.text;
    return HPT_OK;
}
