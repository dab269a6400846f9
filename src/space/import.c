/* SPDX-License-Identifier: BSD-3-Clause */

/* What the readers and writers of foreign formats share. */

#include "base/mem.h"
#include "base/text.h"
#include "space/format.h"
#include "space/param.h"
#include "space/scan.h"

#include <stdarg.h>
#include <string.h>

/* ---- reading ---- */

hpt_status hpi_import_json(const char *text, size_t bytes, hpt_status fill(hpi_import *import),
                           hpt_space **space_out, hpt_err *err) {
    hpi_json  *json;
    hpt_status status = hpi_json_parse(text, bytes, &json, err);
    if (status != HPT_OK) return status;
    hpi_import import = { .json = json, .space = hpt_space_create(), .err = err };
    status = import.space ? fill(&import)
                          : hpi_fail(err, HPT_ENOMEM, "out of memory for a search space");
    if (status == HPT_OK) status = hpt_space_check(import.space, err);
    hpi_json_destroy(json);
    if (status == HPT_OK)
        *space_out = import.space;
    else
        hpt_space_destroy(import.space);
    return status;
}

hpt_status hpi_import_refuse(const hpi_import *import, const hpi_json_node *node,
                             const char *format, ...) {
    char     text[sizeof import->err->text];
    uint32_t line, col;
    va_list  arguments;
    va_start(arguments, format);
    hpi_format(text, sizeof text, format, arguments);
    va_end(arguments);
    hpi_json_place(import->json, node, &line, &col);
    return hpi_fail_at(import->err, HPT_EINVAL, line, col, "%s", text);
}

hpt_status hpi_import_pass_on(const hpi_import *import, const hpi_json_node *node, bool of_expr) {
    const hpt_err *error = &import->space->error;
    uint32_t       line, col;
    hpi_json_place(import->json, node, &line, &col);
    if (of_expr && error->line == 1) col += error->col; /* behind the opening quote */
    return hpi_fail_at(import->err, error->code, line, col, "%s", error->text);
}

hpt_status hpi_import_need(const hpi_import *import, const hpi_json_node *object, const char *key,
                           hpi_json_type type, const char *what, const hpi_json_node **node_out) {
    const hpi_json_node *node = hpi_json_member(object, key);
    if (!node) return hpi_import_refuse(import, object, "%s: \"%s\" is missing", what, key);
    hpi_json_type is = hpi_json_type_of(node);
    if (is != type)
        return hpi_import_refuse(import, node, "%s: \"%s\" is %s, not %s", what, key,
                                 hpi_json_type_text(is), hpi_json_type_text(type));
    *node_out = node;
    return HPT_OK;
}

hpt_status hpi_import_text(const hpi_import *import, const hpi_json_node *object, const char *key,
                           const char *what, const char **text_out) {
    const hpi_json_node *node;
    hpt_status           status = hpi_import_need(import, object, key, HPI_JSON_TEXT, what, &node);
    if (status == HPT_OK) *text_out = hpi_json_scalar(node).as.text;
    return status;
}

hpt_status hpi_import_values(const hpi_import *import, const hpi_json_node *list, const char *what,
                             hpt_value **values_out, size_t *count_out) {
    size_t count = 0, room = 0;
    for (const hpi_json_node *n = hpi_json_first(list); n; n = hpi_json_next(n), room++) {
        hpi_json_type type = hpi_json_type_of(n);
        if (type == HPI_JSON_ARRAY || type == HPI_JSON_OBJECT)
            return hpi_import_refuse(import, n, "%s: a value is %s, not a text or number", what,
                                     hpi_json_type_text(type));
    }
    hpt_value *values = hpi_alloc_room(room + 1, sizeof *values);
    if (!values)
        return hpi_fail(import->err, HPT_ENOMEM, "out of memory for a list of %zu values", room);
    for (const hpi_json_node *n = hpi_json_first(list); n; n = hpi_json_next(n))
        values[count++] = hpi_json_scalar(n);
    *values_out = values;
    *count_out = count;
    return HPT_OK;
}

typedef struct names {
    const char *const *names;
    size_t             count;
} names;

static const char *name_at(const void *context, size_t index) {
    const names *all = context;
    return index < all->count ? all->names[index] : NULL;
}

hpt_status hpi_import_unknown(const hpi_import *import, const hpi_json_node *node,
                              const char *sentence, const char *name, const char *const *known,
                              size_t count) {
    char  label[HPI_LABEL_BYTES];
    names all = { known, count };
    hpi_import_refuse(import, node, "%s \"%s\"", sentence, hpi_label(label, name));
    hpi_suggest(import->err, name, name_at, &all);
    return HPT_EINVAL;
}

/* ---- writing ---- */

void hpi_write_json_node(hpi_writer *writer, const hpi_json_node *node) {
    hpi_json_type type = hpi_json_type_of(node);
    bool          is_object = type == HPI_JSON_OBJECT;
    if (!is_object && type != HPI_JSON_ARRAY) {
        hpi_write_json_value(writer, hpi_json_scalar(node));
        return;
    }
    hpi_write(writer, is_object ? "{" : "[");
    for (const hpi_json_node *n = hpi_json_first(node); n; n = hpi_json_next(n)) {
        if (n != hpi_json_first(node)) hpi_write(writer, ", ");
        if (is_object) {
            hpi_write_json_text(writer, hpi_json_key(n));
            hpi_write(writer, ": ");
        }
        hpi_write_json_node(writer, n); /* the parser bounds the depth */
    }
    hpi_write(writer, is_object ? "}" : "]");
}

bool hpi_can_name(const char *name) {
    return !strchr(name, '`');
}

/* A name is plain when the scanner takes it whole for a name, and it is no constant's. */
static bool is_plain(const char *name) {
    static const char *const constants[] = { "true", "True", "false", "False", "null", "None" };
    hpi_token                token = hpi_scan(name);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(name, constants[i]) == 0) return false;
    return token.kind == HPI_TOKEN_NAME && token.inner == name && name[token.bytes] == '\0';
}

void hpi_write_name(hpi_writer *writer, const char *name) {
    const char *quote = is_plain(name) ? "" : "`";
    hpi_write(writer, quote);
    hpi_write(writer, name);
    hpi_write(writer, quote);
}

static void write_text(hpi_writer *writer, const char *text) {
    hpi_write(writer, "'");
    for (; *text; text++) {
        if (*text == '\\' || *text == '\'') hpi_write(writer, "\\");
        hpi_write_bytes(writer, text, 1);
    }
    hpi_write(writer, "'");
}

void hpi_write_literal(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_TEXT)
        write_text(writer, value.as.text);
    else
        hpi_write_json_value(writer, value);
}
