/* SPDX-License-Identifier: BSD-3-Clause */

/* A space as T1. What it cannot say is refused: ranges of reals, logarithmic ranges, parameters
 * that are not always active, lists of mixed types, checks in C. */

#include "space/t1_print.h"

#include "base/text.h"
#include "space/param.h"
#include "space/rule.h"
#include "space/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what T1 cannot say ---- */

static hpt_status refuse(const param *p, hpt_err *err, const char *what) {
    char label[HPI_LABEL_BYTES];
    return hpi_fail(err, HPT_EINVAL, "parameter \"%s\": %s", hpi_label(label, p->name), what);
}

/* The type that all values have, or NULL. */
static const char *type_of(const param *p) {
    static const char *const names[] = { [HPT_TYPE_BOOL] = "bool",
                                         [HPT_TYPE_INT] = "int",
                                         [HPT_TYPE_REAL] = "float",
                                         [HPT_TYPE_TEXT] = "string" };
    if (hpi_is_range(p)) return "int";
    for (uint32_t i = 1; i < p->value_count; i++)
        if (p->values[i].type != p->values[0].type) return NULL;
    return names[p->values[0].type];
}

static hpt_status check_param(const param *p, hpt_err *err) {
    if (p->has_condition)
        return refuse(p, err, "a condition; in T1 every parameter is always active");
    if (p->kind == HPT_KIND_REAL)
        return refuse(p, err, "a range of reals; T1 has lists of values (make it an ordinal)");
    if (p->is_log) return refuse(p, err, "a logarithmic range; T1 has lists of values");
    if (p->kind == HPT_KIND_INT && p->max.integer == INT64_MAX)
        return refuse(p, err, "max is 9223372036854775807, and range() ends one above it");
    if (!hpi_is_range(p) && !type_of(p))
        return refuse(p, err, "values of several types, or null; a list of T1 has one type");
    return HPT_OK;
}

/* ---- parameters ---- */

/* As Python writes it. */
static void write_python(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_BOOL)
        hpi_write(writer, value.as.boolean ? "True" : "False");
    else
        hpi_write_literal(writer, value);
}

static void write_values(hpi_writer *writer, const param *p) {
    char range[96], step[32] = "";
    if (p->kind == HPT_KIND_INT) {
        if (p->has_step) snprintf(step, sizeof step, ", %" PRId64, p->step.integer);
        snprintf(range, sizeof range, "list(range(%" PRId64 ", %" PRId64 "%s))", p->min.integer,
                 p->max.integer + 1, step);
        hpi_write(writer, range);
        return;
    }
    for (uint32_t i = 0; i < p->value_count; i++) {
        hpi_write(writer, i ? ", " : "[");
        write_python(writer, p->values[i]);
    }
    hpi_write(writer, "]");
}

/* The text of a list, as a JSON text. */
static void write_quoted_values(hpi_writer *writer, const param *p) {
    hpi_writer values = { 0 };
    write_values(&values, p);
    if (values.failed)
        writer->failed = true;
    else
        hpi_write_json_text(writer, values.text);
    hpi_writer_fini(&values);
}

static void write_param(hpi_writer *writer, const param *p) {
    hpi_write(writer, "{\"Name\": ");
    hpi_write_json_text(writer, p->name);
    hpi_write(writer, ", \"Type\": \"");
    hpi_write(writer, type_of(p));
    hpi_write(writer, "\", \"Values\": ");
    write_quoted_values(writer, p);
    if (!hpi_is_range(p) && hpi_t1_kind(p->values, p->value_count) != p->kind) {
        hpi_write(writer, ", \"Kind\": \"");
        hpi_write(writer, hpi_kind_name(p->kind));
        hpi_write(writer, "\"");
    }
    if (p->has_default) {
        hpi_write(writer, ", \"Default\": ");
        hpi_write_json_value(writer, hpi_param_value(p, p->initial));
    }
    hpi_write(writer, "}");
}

/* ---- conditions ---- */

/* A backslash before any other character than these is hpt's: Python would keep it, or make it a
 * control character. */
static void write_python_text(hpi_writer *writer, const hpi_token *token) {
    const char *end = token->at + token->bytes;
    for (const char *c = token->at; c < end; c++) {
        if (*c == '\\') {
            c++;
            if (strchr("\\'\"", *c)) hpi_write(writer, "\\");
        }
        hpi_write_bytes(writer, c, 1);
    }
}

/* What is a name to us, and a word of Python's own. */
static const char *const keywords[] = {
    "as",      "assert", "async",    "await",  "break",  "class",  "continue",
    "def",     "del",    "elif",     "else",   "except", "for",    "from",
    "finally", "global", "if",       "import", "is",     "lambda", "pass",
    "raise",   "return", "nonlocal", "try",    "while",  "with",   "yield",
};

static bool is_among(const hpi_token *token, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (hpi_token_is(token, words[i])) return true;
    return false;
}

static hpt_status check_name(const hpi_token *token, hpt_err *err) {
    static const char *const functions[] = { "ceil", "floor" };
    char                     label[HPI_LABEL_BYTES], name[HPI_NAME_BYTES_MAX + 1] = "";
    hpi_token                next = hpi_scan(token->at + token->bytes);
    bool                     is_call = hpi_token_is(&next, "(");
    if (is_call && is_among(token, functions, 2))
        return hpi_fail(err, HPT_EINVAL,
                        "a constraint calls ceil() or floor(), which Python has not built in: "
                        "write -(-x // 1) or x // 1");
    if (is_call || (token->inner == token->at && !memchr(token->at, '.', token->bytes) &&
                    !is_among(token, keywords, sizeof keywords / sizeof *keywords)))
        return HPT_OK;
    memcpy(name, token->inner,
           token->inner_bytes < sizeof name ? token->inner_bytes : sizeof name - 1);
    return hpi_fail(err, HPT_EINVAL,
                    "a constraint reads parameter \"%s\", which is no name in Python",
                    hpi_label(label, name));
}

/* Names that Python can read, and constants by Python's names: all else of an expression is
 * Python's already. */
static hpt_status write_token(hpi_writer *writer, const hpi_token *token, hpt_err *err) {
    static const char *const ours[] = { "true", "false", "null" };
    static const char *const pythons[] = { "True", "False", "None" };
    for (size_t i = 0; i < 3; i++) {
        if (token->kind != HPI_TOKEN_NAME || !hpi_token_is(token, ours[i])) continue;
        hpi_write(writer, pythons[i]);
        return HPT_OK;
    }
    if (token->kind == HPI_TOKEN_TEXT)
        write_python_text(writer, token);
    else
        hpi_write_bytes(writer, token->at, token->bytes);
    return token->kind == HPI_TOKEN_NAME ? check_name(token, err) : HPT_OK;
}

static hpt_status write_expression(hpi_writer *writer, const char *text, hpt_err *err) {
    hpi_writer  python = { 0 };
    hpt_status  status = HPT_OK;
    const char *behind = text; /* the last token */
    for (hpi_token t = hpi_scan(text); t.kind != HPI_TOKEN_END && status == HPT_OK;
         t = hpi_scan(behind)) {
        hpi_write_bytes(&python, behind, (size_t)(t.at - behind));
        status = write_token(&python, &t, err);
        behind = t.at + t.bytes;
    }
    writer->failed = writer->failed || python.failed;
    if (status == HPT_OK && !python.failed) hpi_write_json_text(writer, python.text);
    hpi_writer_fini(&python);
    return status;
}

static hpt_status write_conditions(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    const rules *all = space->rules;
    hpt_status   status = HPT_OK;
    hpi_write(writer, ",\n  \"Conditions\": [");
    for (uint32_t i = 0; all && i < all->constraint_count && status == HPT_OK; i++) {
        const hpi_expr *expr = &all->constraints[i];
        hpi_write(writer, i ? ",\n    {\"Parameters\": [" : "\n    {\"Parameters\": [");
        for (uint32_t j = 0; j < expr->param_count; j++) {
            hpi_write(writer, j ? ", " : "");
            hpi_write_json_text(writer, space->params[expr->params[j]].name);
        }
        hpi_write(writer, "], \"Expression\": ");
        status = write_expression(writer, expr->text, err);
        hpi_write(writer, "}");
    }
    hpi_write(writer, "]");
    return status;
}

/* ---- the whole ---- */

static hpt_status write_space(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    hpi_write(writer, "\"ConfigurationSpace\": {\n  \"TuningParameters\": [");
    for (uint32_t i = 0; i < space->count; i++) {
        hpt_status status = check_param(&space->params[i], err);
        if (status != HPT_OK) return status;
        hpi_write(writer, i ? ",\n    " : "\n    ");
        write_param(writer, &space->params[i]);
    }
    hpi_write(writer, "]");
    hpt_status status = write_conditions(writer, space, err);
    hpi_write(writer, "}");
    return status;
}

/* The schema demands a kernel, and these of it. */
static const char least_kernel[] =
    "{\"Language\": \"OpenCL\", \"KernelName\": \"\", \"KernelFile\": \"\", "
    "\"GlobalSize\": {\"X\": \"1\"}, \"LocalSize\": {\"X\": \"1\"}}";

static hpt_status check_kernel(const hpi_json_node *kernel, hpt_err *err) {
    static const char *const needed[] = { "Language", "KernelName", "KernelFile", "GlobalSize",
                                          "LocalSize" };
    if (hpi_json_type_of(kernel) != HPI_JSON_OBJECT)
        return hpi_fail(err, HPT_EINVAL, "\"KernelSpecification\" is %s, not an object",
                        hpi_json_type_text(hpi_json_type_of(kernel)));
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!hpi_json_member(kernel, needed[i]))
            return hpi_fail(err, HPT_EINVAL, "\"KernelSpecification\" has no \"%s\"", needed[i]);
    return HPT_OK;
}

hpt_status hpi_t1_print(const hpt_space *space, const hpi_json_node *around, hpi_writer *writer,
                        hpt_err *err) {
    const hpi_json_node *kernel = around ? hpi_json_member(around, "KernelSpecification") : NULL;
    if (space->rules && space->rules->check_count > 0)
        return hpi_fail(err, HPT_EINVAL,
                        "the space has a check, which is C code, and cannot be written as T1");
    hpt_status status = kernel ? check_kernel(kernel, err) : HPT_OK;
    if (status != HPT_OK) return status;
    hpi_write(writer, "{");
    status = write_space(writer, space, err);
    for (const hpi_json_node *n = around ? hpi_json_first(around) : NULL; n; n = hpi_json_next(n)) {
        if (strcmp(hpi_json_key(n), "ConfigurationSpace") == 0) continue;
        hpi_write(writer, ",\n ");
        hpi_write_json_text(writer, hpi_json_key(n));
        hpi_write(writer, ": ");
        hpi_write_json_node(writer, n);
    }
    if (!kernel) {
        hpi_write(writer, ",\n \"KernelSpecification\": ");
        hpi_write(writer, least_kernel);
    }
    hpi_write(writer, "}\n");
    return status;
}
