/* SPDX-License-Identifier: BSD-3-Clause */

/* irace's parameters.txt (irace's user guide, "Target algorithm parameters"; R/readParameters.R):
 *
 *     name "switch" type (domain) [| condition]       type: c, o, i, r, i,log, r,log
 *     [forbidden]                                     one expression of R per line
 *     [global]                                        digits = 4
 *
 * A "#" begins a comment, also in quotes. The switch is for who runs the program, not for a space.
 */

#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/format.h"
#include "space/irace.h"
#include "space/param.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef enum section { PARAMETERS, FORBIDDEN, GLOBAL } section;

typedef struct reader {
    hpi_irace       file;
    hpi_irace_text *forbidden;
    uint32_t        forbidden_count, forbidden_room;
    section         section;
    const char     *line; /* ends with NUL */
    uint32_t        line_number;
} reader;

/* ---- failing ---- */

hpt_status hpi_irace_refuse(const hpi_irace *file, hpt_status status, const char *line,
                            uint32_t line_number, const char *at, const char *format, ...) {
    char     text[sizeof file->err->text];
    uint32_t col = 1;
    va_list  arguments;
    va_start(arguments, format);
    hpi_format(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *c = line; c < at; c++)
        col += ((unsigned char)c[1] & 0xC0) != 0x80;
    return hpi_fail_at(file->err, status, line_number, col, "%s", text);
}

#define REFUSE(r, at, ...)                                                                         \
    hpi_irace_refuse(&(r)->file, HPT_EPARSE, (r)->line, (r)->line_number, at, __VA_ARGS__)

static hpt_status out_of_memory(const hpi_irace *file) {
    return hpi_fail(file->err, HPT_ENOMEM, "out of memory for a parameter file");
}

/* ---- the parts of a line ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

static bool is_name_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || (unsigned char)c >= 0x80;
}

static hpt_status read_name(const reader *r, const char **at, hpi_irace_param *p) {
    const char *begin = *at;
    char        label[HPI_LABEL_BYTES];
    while (is_name_char(**at))
        ++*at;
    if (*at == begin || !is_blank(**at))
        return REFUSE(r, *at,
                      "a parameter's name is of letters, digits, \".\" and \"_\", and a "
                      "blank follows it");
    p->name = hpi_copy_bytes(begin, (size_t)(*at - begin));
    if (!p->name) return out_of_memory(&r->file);
    if (hpt_space_find(r->file.names, p->name) != HPT_PARAM_NONE)
        return REFUSE(r, begin, "parameter \"%s\" is there twice", hpi_label(label, p->name));
    if (hpt_space_add_constant(r->file.names, p->name, hpt_null()) == HPT_PARAM_NONE)
        return hpi_irace_refuse(&r->file, r->file.names->error.code, r->line, r->line_number, begin,
                                "%s", r->file.names->error.text);
    *at = skip_blanks(*at);
    return HPT_OK;
}

static hpt_status read_switch(const reader *r, const char **at, const hpi_irace_param *p) {
    char        label[HPI_LABEL_BYTES];
    const char *end = **at == '"' ? strchr(*at + 1, '"') : NULL;
    if (!end)
        return REFUSE(r, *at, "parameter \"%s\": there should be its switch, in double quotes",
                      hpi_label(label, p->name));
    *at = skip_blanks(end + 1);
    return HPT_OK;
}

static const char *const types[] = { "c", "o", "i", "r", "i,log", "r,log" };

static const char *type_at(const void *context, size_t index) {
    (void)context;
    return index < sizeof types / sizeof *types ? types[index] : NULL;
}

static hpt_status read_type(const reader *r, const char **at, hpi_irace_param *p) {
    char   label[HPI_LABEL_BYTES], shown[16], type[16];
    size_t bytes = strcspn(*at, " \t("), kept = bytes < sizeof type ? bytes : sizeof type - 1;
    memcpy(type, *at, kept);
    type[kept] = '\0';
    for (size_t i = 0; type_at(NULL, i); i++) {
        if (strcmp(types[i], type) != 0) continue;
        p->type = type[0];
        p->is_log = type[1] != '\0';
        *at = skip_blanks(*at + bytes);
        return HPT_OK;
    }
    REFUSE(r, *at, "parameter \"%s\": there is no type \"%s\"", hpi_label(label, p->name),
           hpi_quote(shown, sizeof shown, type));
    hpi_suggest(r->file.err, NULL, type_at, NULL);
    return HPT_EPARSE;
}

/* From "(" to the last ")" before a "|". */
static hpt_status read_domain(const reader *r, const char **at, hpi_irace_param *p) {
    char        label[HPI_LABEL_BYTES];
    const char *end = *at + strcspn(*at, "|"), *close = end;
    while (close > *at && *close != ')')
        close--;
    if (**at != '(' || close == *at)
        return REFUSE(r, *at, "parameter \"%s\": there should be its values, in brackets",
                      hpi_label(label, p->name));
    p->domain = (hpi_irace_stretch){ *at + 1, (size_t)(close - *at - 1) };
    *at = skip_blanks(close + 1);
    return HPT_OK;
}

static hpt_status read_condition(const reader *r, const char *at, hpi_irace_param *p) {
    char label[HPI_LABEL_BYTES];
    if (!*at) return HPT_OK;
    if (*at != '|')
        return REFUSE(r, at, "parameter \"%s\": there should be \"|\" before a condition",
                      hpi_label(label, p->name));
    at = skip_blanks(at + 1);
    if (!*at)
        return REFUSE(r, at, "parameter \"%s\": there should be a condition behind \"|\"",
                      hpi_label(label, p->name));
    p->condition = (hpi_irace_stretch){ at, strlen(at) };
    p->is_conditional = true;
    return HPT_OK;
}

/* ---- lines ---- */

static hpt_status read_parameter(reader *r) {
    hpi_irace  *file = &r->file;
    const char *at = skip_blanks(r->line);
    if (file->count == file->room) {
        uint32_t         room = file->room ? 2 * file->room : 16;
        hpi_irace_param *params = hpi_resize(file->params, room, sizeof *params);
        if (!params) return out_of_memory(file);
        file->params = params;
        file->room = room;
    }
    hpi_irace_param *p = &file->params[file->count++]; /* `names` has a limit */
    *p = (hpi_irace_param){ .line = r->line, .line_number = r->line_number };
    hpt_status status = read_name(r, &at, p);
    if (status == HPT_OK) status = read_switch(r, &at, p);
    if (status == HPT_OK) status = read_type(r, &at, p);
    if (status == HPT_OK) status = read_domain(r, &at, p);
    return status == HPT_OK ? read_condition(r, at, p) : status;
}

static hpt_status read_forbidden(reader *r) {
    const char *at = skip_blanks(r->line);
    if (r->forbidden_count == r->forbidden_room) {
        uint32_t        room = r->forbidden_room ? 2 * r->forbidden_room : 16;
        hpi_irace_text *all = hpi_resize(r->forbidden, room, sizeof *all);
        if (!all) return out_of_memory(&r->file);
        r->forbidden = all;
        r->forbidden_room = room;
    }
    r->forbidden[r->forbidden_count++] =
        (hpi_irace_text){ r->line, r->line_number, { at, strlen(at) } };
    return HPT_OK;
}

static hpt_status read_global(reader *r) {
    const char *at = skip_blanks(r->line), *begin = at;
    int64_t     digits;
    bool        is_digits = strncmp(at, "digits", 6) == 0;
    if (is_digits) at = skip_blanks(at + 6);
    if (!is_digits || *at != '=')
        return REFUSE(r, begin, "behind [global] only \"digits = number\" is read");
    at = skip_blanks(at + 1);
    if (!hpi_read_int(at, strlen(at), &digits) || digits < 1 || digits > 15)
        return REFUSE(r, at, "digits is a number from 1 to 15");
    r->file.digits = (uint32_t)digits;
    return HPT_OK;
}

static hpt_status read_section(reader *r, const char *at) {
    bool is_forbidden = strncmp(at, "[forbidden]", 11) == 0;
    if (!is_forbidden && strncmp(at, "[global]", 8) != 0)
        return REFUSE(r, at, "there is no such section; there are: [forbidden], [global]");
    at = skip_blanks(at + (is_forbidden ? 11 : 8));
    if (*at) return REFUSE(r, at, "there should be nothing behind the name of a section");
    r->section = is_forbidden ? FORBIDDEN : GLOBAL;
    return HPT_OK;
}

/* Cut off a comment and the blanks before it. */
static void cut(char *line) {
    size_t bytes = strcspn(line, "#");
    while (bytes > 0 && (is_blank(line[bytes - 1]) || line[bytes - 1] == '\r'))
        bytes--;
    line[bytes] = '\0';
}

static hpt_status read_line(reader *r, char *line) {
    cut(line);
    r->line = line;
    r->line_number++;
    const char *at = skip_blanks(line);
    if (!*at) return HPT_OK;
    if (*at == '[') return read_section(r, at);
    return r->section == PARAMETERS  ? read_parameter(r)
           : r->section == FORBIDDEN ? read_forbidden(r)
                                     : read_global(r);
}

static hpt_status read_lines(reader *r, char *text, size_t bytes) {
    hpt_status status = HPT_OK;
    char      *end = text + bytes;
    for (char *line = text; line < end && status == HPT_OK;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        *stop = '\0';
        if (strlen(line) != (size_t)(stop - line)) {
            r->line = line;
            r->line_number++;
            return REFUSE(r, line + strlen(line), "a NUL byte is no part of a text");
        }
        status = read_line(r, line);
        line = stop + 1;
    }
    if (status == HPT_OK && r->file.count == 0)
        return hpi_fail(r->file.err, HPT_EINVAL, "the file has no parameter");
    return status;
}

/* ---- the whole ---- */

static hpt_status add_all(const reader *r, bool *is_conditional) {
    const hpi_irace *file = &r->file;
    hpt_status       status = HPT_OK;
    for (uint32_t i = 0; i < file->count && status == HPT_OK; i++) {
        is_conditional[i] = file->params[i].is_conditional;
        status = hpi_irace_add(file, &file->params[i]);
    }
    if (status == HPT_OK) status = hpi_irace_add_rules(file, is_conditional);
    for (uint32_t i = 0; i < r->forbidden_count && status == HPT_OK; i++)
        status = hpi_irace_forbid(file, &r->forbidden[i], is_conditional);
    return status;
}

static hpt_status read_file(reader *r, char *text, size_t bytes) {
    hpi_irace *file = &r->file;
    file->space = hpt_space_create();
    file->names = hpt_space_create();
    file->ranges = hpt_space_create();
    if (!file->space || !file->names || !file->ranges) return out_of_memory(file);
    hpt_status status = read_lines(r, text, bytes);
    if (status == HPT_OK) status = hpi_irace_resolve(file);
    if (status != HPT_OK) return status;
    bool *is_conditional = hpi_alloc(file->count, sizeof *is_conditional);
    status = is_conditional ? add_all(r, is_conditional) : out_of_memory(file);
    hpi_free(is_conditional);
    return status;
}

static void fini(reader *r) {
    for (uint32_t i = 0; i < r->file.count; i++) {
        hpi_free(r->file.params[i].name);
        hpi_free(r->file.params[i].rules[0]);
        hpi_free(r->file.params[i].rules[1]);
        hpi_free(r->file.params[i].presence);
    }
    hpi_free(r->file.params);
    hpi_free(r->forbidden);
    hpt_space_destroy(r->file.names);
    hpt_space_destroy(r->file.ranges);
}

static hpt_status read_irace(const char *text, size_t bytes, hpt_space **space_out, hpt_err *err) {
    reader r = { .file = { .err = err } };
    if (bytes > HPI_JSON_BYTES_MAX)
        return hpi_fail(err, HPT_ELIMIT, "the text has %zu bytes, the limit is %d", bytes,
                        HPI_JSON_BYTES_MAX);
    if (!hpi_is_utf8(text, bytes)) return hpi_fail(err, HPT_EPARSE, "the text is not UTF-8");
    char      *copy = hpi_copy_bytes(text, bytes);
    hpt_status status = copy ? read_file(&r, copy, bytes) : out_of_memory(&r.file);
    fini(&r);
    hpi_free(copy);
    if (status == HPT_OK)
        *space_out = r.file.space;
    else
        hpt_space_destroy(r.file.space);
    return status;
}

const hpi_format_class hpi_format_irace = {
    .info = { .name = "irace",
              .summary = "the parameters.txt of irace",
              .can_read = true,
              .can_write = false },
    .read = read_irace,
    .write = NULL,
};
