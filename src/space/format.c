/* SPDX-License-Identifier: BSD-3-Clause */

/* The table of formats, and telling them apart. */

#include "space/format.h"

#include "base/file.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"

#include <string.h>

static hpt_status write_own(const hpt_space *space, const hpi_json_node *around, hpi_writer *writer,
                            hpt_err *err) {
    char *text = NULL;
    if (around)
        return hpi_fail(err, HPT_EINVAL, "in the format \"hpt\" nothing stands around a space");
    hpt_status status = hpt_space_print(space, &text, err);
    if (status != HPT_OK) return status;
    hpi_write(writer, text);
    hpt_free(text);
    return HPT_OK;
}

static const hpi_format_class own = {
    .info = { .name = "hpt", .summary = "hpt's own JSON", .can_read = true, .can_write = true },
    .read = hpt_space_parse,
    .write = write_own
};

#define FORMAT(row) extern const hpi_format_class hpi_##row;
#include "space/rows.h"
#undef FORMAT

static const hpi_format_class *const formats[] = {
    &own,
#define FORMAT(row) &hpi_##row,
#include "space/rows.h"
#undef FORMAT
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const hpt_format *hpt_format_at(size_t index) {
    return index < FORMAT_COUNT ? &formats[index]->info : NULL;
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    return index < FORMAT_COUNT ? formats[index]->info.name : NULL;
}

static const hpi_format_class *find(const char *name, hpt_err *err) {
    char label[HPI_LABEL_BYTES];
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i]->info.name, name) == 0) return formats[i];
    hpi_fail(err, HPT_EABSENT, "there is no format \"%s\"", hpi_label(label, name));
    hpi_suggest(err, name, name_at, NULL);
    return NULL;
}

/* ---- telling by content ---- */

/* The formats in JSON differ in what their first level holds, and no space of hpt can have it: a
 * parameter is an object with a kind. */
static const char *name_of_json(const hpi_json_node *root) {
    if (hpi_json_type_of(root) != HPI_JSON_OBJECT) return "hpt";
    const hpi_json_node *t1 = hpi_json_member(root, "ConfigurationSpace");
    const hpi_json_node *configspace = hpi_json_member(root, "hyperparameters");
    if (hpi_json_member(t1, "TuningParameters")) return "t1";
    return configspace && hpi_json_type_of(configspace) == HPI_JSON_ARRAY ? "configspace" : "hpt";
}

static hpt_status tell(const char *text, size_t bytes, const char **name_out, hpt_err *err) {
    hpi_json *json;
    size_t    at = 0;
    while (at < bytes && strchr(" \t\r\n", text[at]) && text[at])
        at++;
    *name_out = "irace";
    if (at < bytes && text[at] != '{' && text[at] != '[') return HPT_OK;
    hpt_status status = hpi_json_parse(text, bytes, &json, err);
    if (status != HPT_OK) return status;
    *name_out = name_of_json(hpi_json_root(json));
    hpi_json_destroy(json);
    return HPT_OK;
}

/* ---- the public functions ---- */

hpt_status hpt_space_parse_as(const char *text, size_t bytes, const char *format,
                              hpt_space **space_out, hpt_err *err) {
    if (!text || !space_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", text ? "space_out" : "text");
    if (!format) {
        hpt_status status = tell(text, bytes, &format, err);
        if (status != HPT_OK) return status;
    }
    const hpi_format_class *found = find(format, err);
    return found ? found->read(text, bytes, space_out, err) : HPT_EABSENT;
}

hpt_status hpt_space_load_as(const char *path, const char *format, hpt_space **space_out,
                             hpt_err *err) {
    char  *text;
    size_t bytes;
    if (!path || !space_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", path ? "space_out" : "path");
    if (format && !find(format, err)) return HPT_EABSENT;
    hpt_status status = hpi_read_file(path, HPI_JSON_BYTES_MAX, &text, &bytes, err);
    if (status != HPT_OK) return status;
    status = hpt_space_parse_as(text, bytes, format, space_out, err);
    hpi_free(text);
    return status;
}

static hpt_status print(const hpi_format_class *format, const hpt_space *space,
                        const hpi_json_node *around, char **text_out, hpt_err *err) {
    hpi_writer writer = { 0 };
    hpt_status status = format->write(space, around, &writer, err);
    if (status == HPT_OK && writer.failed)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for the text of %zu parameters",
                          hpt_space_count(space));
    if (status == HPT_OK)
        *text_out = writer.text;
    else
        hpi_writer_fini(&writer);
    return status;
}

static hpt_status print_around(const hpi_format_class *format, const hpt_space *space,
                               const char *around, char **text_out, hpt_err *err) {
    hpi_json  *json;
    hpt_status status = hpi_json_parse(around, strlen(around), &json, err);
    if (status != HPT_OK) return status;
    hpi_json_type type = hpi_json_type_of(hpi_json_root(json));
    status =
        type == HPI_JSON_OBJECT
            ? print(format, space, hpi_json_root(json), text_out, err)
            : hpi_fail_at(err, HPT_EINVAL, 1, 1, "what stands around a space is an object, not %s",
                          hpi_json_type_text(type));
    hpi_json_destroy(json);
    return status;
}

hpt_status hpt_space_print_as(const hpt_space *space, const char *format, const char *around,
                              char **text_out, hpt_err *err) {
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    if (!format || !text_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", format ? "text_out" : "format");
    const hpi_format_class *found = find(format, err);
    if (!found) return HPT_EABSENT;
    if (!found->write)
        return hpi_fail(err, HPT_EINVAL, "the format \"%s\" is read, but not written", format);
    return around ? print_around(found, space, around, text_out, err)
                  : print(found, space, NULL, text_out, err);
}
