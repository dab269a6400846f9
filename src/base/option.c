/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/option.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { SPEC_BYTES_MAX = 65535, WORD_BYTES = 72 };

/* One "key=value" where it stands in the text. */
typedef struct setting {
    const char *key, *value;
    size_t      key_bytes, value_bytes; /* of a quoted value: what is between the quotes */
    bool        is_quoted;
} setting;

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_spaces(const char *at) {
    while (is_space(*at))
        at++;
    return at;
}

/* The length of `bytes` bytes without spaces at their end. */
static size_t trimmed(const char *text, size_t bytes) {
    while (bytes > 0 && is_space(text[bytes - 1]))
        bytes--;
    return bytes;
}

/* Columns count characters. What was cut apart by a NUL still counts as one each. */
static uint32_t column_of(const hpi_spec *spec, const char *at) {
    uint32_t col = 1;
    for (const char *c = spec->storage; c < at; c++)
        col += ((unsigned char)*c & 0xC0) != 0x80;
    return col;
}

#define FAIL_AT(spec, at, err, status, ...)                                                        \
    hpi_fail_at(err, status, 1, column_of(spec, at), __VA_ARGS__)

/* A piece of the text as it stands in a sentence, or as a key to look up. Returns out. */
static char *word(char out[WORD_BYTES], const char *text, size_t bytes) {
    char cut[WORD_BYTES];
    if (bytes > sizeof cut - 1) bytes = sizeof cut - 1;
    memcpy(cut, text, bytes);
    cut[bytes] = '\0';
    return hpi_quote(out, WORD_BYTES, cut);
}

/* ---- the grammar ---- */

/* From behind the opening quote to the closing one. */
static hpt_status read_quoted(const hpi_spec *spec, const char **at, setting *out, hpt_err *err) {
    const char *start = *at + 1;
    const char *end = start;
    for (; *end != '"'; end++) {
        if (*end == '\\' && end[1] != '"' && end[1] != '\\')
            return FAIL_AT(spec, end, err, HPT_EPARSE,
                           "inside quotes a backslash stands before \" or \\ only");
        if (*end == '\\') end++;
        if (*end == '\0')
            return FAIL_AT(spec, *at, err, HPT_EPARSE, "the quote that starts here does not end");
    }
    out->value = start;
    out->value_bytes = (size_t)(end - start);
    out->is_quoted = true;
    *at = end + 1;
    return HPT_OK;
}

static hpt_status read_plain(const hpi_spec *spec, const char **at, setting *out, hpt_err *err) {
    size_t      bytes = strcspn(*at, ",");
    const char *quote = memchr(*at, '"', bytes);
    if (quote)
        return FAIL_AT(spec, quote, err, HPT_EPARSE,
                       "a quote may stand only at the start of a value");
    out->value = *at;
    out->value_bytes = trimmed(*at, bytes);
    out->is_quoted = false;
    *at += bytes;
    return HPT_OK;
}

/* Read one setting and the comma behind it; *at then stands at the next one or at the end. */
static hpt_status read_setting(const hpi_spec *spec, const char **at, setting *out, hpt_err *err) {
    char shown[WORD_BYTES];
    out->key = skip_spaces(*at);
    size_t bytes = strcspn(out->key, "=,\"");
    out->key_bytes = trimmed(out->key, bytes);
    if (out->key_bytes == 0)
        return FAIL_AT(spec, out->key, err, HPT_EPARSE,
                       "an option's name is missing (name:key=value,...)");
    if (out->key[bytes] != '=')
        return FAIL_AT(spec, out->key, err, HPT_EPARSE,
                       "option \"%s\" has no value (name:key=value,...)",
                       word(shown, out->key, out->key_bytes));
    *at = skip_spaces(out->key + bytes + 1);
    hpt_status status =
        **at == '"' ? read_quoted(spec, at, out, err) : read_plain(spec, at, out, err);
    if (status != HPT_OK) return status;
    *at = skip_spaces(*at);
    if (**at != ',' && **at != '\0')
        return FAIL_AT(spec, *at, err, HPT_EPARSE,
                       "expected ',' or the end after the value of \"%s\"",
                       word(shown, out->key, out->key_bytes));
    if (**at == ',' && *skip_spaces(*at + 1) == '\0')
        return FAIL_AT(spec, *at, err, HPT_EPARSE, "an option is missing after the last ','");
    *at += **at == ',';
    return HPT_OK;
}

static hpt_status check_grammar(const hpi_spec *spec, hpt_err *err) {
    setting found;
    for (const char *at = skip_spaces(spec->settings); *at;) {
        hpt_status status = read_setting(spec, &at, &found, err);
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

/* Two copies: the text, cut apart, and room for the texts of TEXT options without their quotes and
 * backslashes. */
hpt_status hpi_spec_init(hpi_spec *spec, const char *text, hpt_err *err) {
    *spec = (hpi_spec){ 0 };
    if (!text) return hpi_fail(err, HPT_EINVAL, "the name is NULL");
    size_t bytes = strnlen(text, SPEC_BYTES_MAX + 1);
    if (bytes > SPEC_BYTES_MAX || !hpi_is_utf8(text, bytes))
        return hpi_fail_at(err, HPT_EPARSE, 1, 1, "a name with options %s",
                           bytes > SPEC_BYTES_MAX ? "is above 65535 bytes" : "is not UTF-8");
    char *storage = hpi_alloc(bytes + 1, 2);
    if (!storage) return hpi_fail(err, HPT_ENOMEM, "out of memory for a name of %zu bytes", bytes);
    memcpy(storage, text, bytes);
    spec->storage = storage;
    spec->name = storage + (skip_spaces(storage) - storage);
    size_t     name_bytes = strcspn(spec->name, ":");
    bool       has_settings = spec->name[name_bytes] == ':';
    hpt_status status = HPT_OK;
    spec->settings = spec->name + name_bytes + has_settings;
    spec->name[trimmed(spec->name, name_bytes)] = '\0';
    if (spec->name[0] == '\0')
        status =
            FAIL_AT(spec, spec->name, err, HPT_EPARSE, "the name is missing (name:key=value,...)");
    if (status == HPT_OK) status = check_grammar(spec, err);
    if (status != HPT_OK) hpi_spec_fini(spec);
    return status;
}

hpt_status hpi_spec_of(hpi_spec *spec, const char *what, const char *text, hpt_err *err) {
    hpt_err    why = { 0 };
    hpt_status status = hpi_spec_init(spec, text, &why);
    if (status != HPT_OK)
        return hpi_fail_at(err, status, why.line, why.col, "%s: %s", what, why.text);
    const char *comma = strchr(spec->name, ',');
    if (!comma) return HPT_OK;
    status = FAIL_AT(spec, comma, err, HPT_EPARSE,
                     "%s: options begin behind a colon, not a comma (name:key=value,...)", what);
    hpi_spec_fini(spec);
    return status;
}

void hpi_spec_fini(hpi_spec *spec) {
    hpi_free(spec->storage);
    *spec = (hpi_spec){ 0 };
}

/* ---- the rows ---- */

/* What the functions below share: whose option it is, and where to say so. */
typedef struct filler {
    const hpi_spec   *spec;
    const char       *what;
    const hpt_option *rows;
    char             *state;
    char             *room; /* where the next TEXT value goes */
    hpt_err          *err;
} filler;

static void set_default(const hpt_option *row, void *member) {
    switch (row->type) {
    case HPT_OPTION_BOOL:
        *(bool *)member = row->initial != 0;
        break;
    case HPT_OPTION_INT:
        *(int64_t *)member = row->initial < 0x1p63 ? (int64_t)row->initial : INT64_MAX;
        break;
    case HPT_OPTION_REAL:
        *(double *)member = row->initial;
        break;
    case HPT_OPTION_TEXT:
        *(const char **)member = row->text;
        break;
    case HPT_OPTION_CHOICE:
        *(int32_t *)member = (int32_t)row->initial;
        break;
    }
}

/* A sentence about an option's value: "strategy "grid": option "points" is "x", not a number". */
static hpt_status refuse(const filler *f, const setting *s, const char *problem) {
    char name[WORD_BYTES], key[WORD_BYTES], value[WORD_BYTES];
    return FAIL_AT(f->spec, s->value, f->err, HPT_EINVAL, "%s \"%s\": option \"%s\" is \"%s\", %s",
                   f->what, hpi_quote(name, sizeof name, f->spec->name),
                   word(key, s->key, s->key_bytes), word(value, s->value, s->value_bytes), problem);
}

static hpt_status refuse_range(const filler *f, const setting *s, const hpt_option *row) {
    char name[WORD_BYTES], key[WORD_BYTES], value[WORD_BYTES];
    char min[HPI_SHOWN_BYTES], max[HPI_SHOWN_BYTES];
    hpi_show_value(min, hpt_real(row->min));
    hpi_show_value(max, hpt_real(row->max));
    return FAIL_AT(f->spec, s->value, f->err, HPT_EINVAL,
                   "%s \"%s\": option \"%s\" is %s, but must be %s to %s", f->what,
                   hpi_quote(name, sizeof name, f->spec->name), word(key, s->key, s->key_bytes),
                   word(value, s->value, s->value_bytes), min, max);
}

static bool is_word(const setting *s, const char *text, size_t bytes) {
    return s->value_bytes == bytes && memcmp(s->value, text, bytes) == 0;
}

static hpt_status fill_bool(const filler *f, const setting *s, bool *member) {
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(s, words[i], strlen(words[i]))) {
            *member = i % 2 == 1;
            return HPT_OK;
        }
    }
    return refuse(f, s, "not yes or no");
}

/* An integer may be written 1e6 as well, as long as a double holds it exactly. */
static bool read_whole(const setting *s, int64_t *integer_out) {
    double real;
    if (hpi_read_int(s->value, s->value_bytes, integer_out)) return true;
    if (!hpi_read_real(s->value, s->value_bytes, &real) || real < -0x1p53 || real > 0x1p53)
        return false;
    *integer_out = (int64_t)real;
    return (double)*integer_out == real;
}

static hpt_status fill_int(const filler *f, const setting *s, const hpt_option *row,
                           int64_t *member) {
    int64_t integer;
    if (!read_whole(s, &integer)) return refuse(f, s, "not an integer of 64 bits");
    if ((double)integer < row->min || (double)integer > row->max) return refuse_range(f, s, row);
    *member = integer;
    return HPT_OK;
}

static hpt_status fill_real(const filler *f, const setting *s, const hpt_option *row,
                            double *member) {
    double real;
    if (!hpi_read_real(s->value, s->value_bytes, &real)) return refuse(f, s, "not a finite number");
    if (real < row->min || real > row->max) return refuse_range(f, s, row);
    *member = real;
    return HPT_OK;
}

static void fill_text(filler *f, const setting *s, const char **member) {
    *member = f->room;
    for (size_t i = 0; i < s->value_bytes; i++) {
        if (s->is_quoted && s->value[i] == '\\') i++;
        *f->room++ = s->value[i];
    }
    *f->room++ = '\0';
}

static hpt_status fill_choice(const filler *f, const setting *s, const hpt_option *row,
                              int32_t *member) {
    const char *at = row->text;
    for (int32_t index = 0;; index++) {
        size_t bytes = strcspn(at, "|");
        if (is_word(s, at, bytes)) {
            *member = index;
            return HPT_OK;
        }
        if (at[bytes] == '\0') break;
        at += bytes + 1;
    }
    char problem[WORD_BYTES + 16] = "not one of ";
    hpi_quote(problem + strlen(problem), WORD_BYTES, row->text);
    return refuse(f, s, problem);
}

static const char *row_name(const void *context, size_t index) {
    const hpt_option *rows = context;
    return rows ? rows[index].name : NULL;
}

static hpt_status refuse_unknown(const filler *f, const setting *s) {
    char name[WORD_BYTES], key[WORD_BYTES];
    hpi_quote(name, sizeof name, f->spec->name);
    word(key, s->key, s->key_bytes);
    /* "csv:path=a,jsonl:path=b": observers are what lists are made of. */
    if (memchr(s->key, ':', s->key_bytes) && strcmp(f->what, "observer") == 0)
        return FAIL_AT(f->spec, s->key, f->err, HPT_EINVAL,
                       "%s \"%s\" has no option \"%s\"; observers are separated by semicolons",
                       f->what, name, key);
    FAIL_AT(f->spec, s->key, f->err, HPT_EINVAL, "%s \"%s\" has no option \"%s\"", f->what, name,
            key);
    hpi_suggest(f->err, key, row_name, f->rows);
    return HPT_EINVAL;
}

static const hpt_option *find_row(const filler *f, const setting *s) {
    for (const hpt_option *row = f->rows; row && row->name; row++) {
        if (strlen(row->name) == s->key_bytes && memcmp(row->name, s->key, s->key_bytes) == 0)
            return row;
    }
    return NULL;
}

static hpt_status fill(filler *f, const setting *s, const hpt_option *row) {
    void *member = f->state + row->offset;
    switch (row->type) {
    case HPT_OPTION_BOOL:
        return fill_bool(f, s, member);
    case HPT_OPTION_INT:
        return fill_int(f, s, row, member);
    case HPT_OPTION_REAL:
        return fill_real(f, s, row, member);
    case HPT_OPTION_TEXT:
        fill_text(f, s, member);
        return HPT_OK;
    case HPT_OPTION_CHOICE:
        return fill_choice(f, s, row, member);
    }
    return hpi_fail(f->err, HPT_EBUG, "option \"%s\" has no type", row->name);
}

/* Whether a key was met before `end`. At most one more setting than there are rows gets here. */
static bool is_repeated(const filler *f, const setting *s) {
    setting earlier;
    for (const char *at = skip_spaces(f->spec->settings); at < s->key;) {
        hpt_status status = read_setting(f->spec, &at, &earlier, NULL);
        HPI_ASSERT(status == HPT_OK); /* hpi_spec_init() went over it */
        if (status != HPT_OK || earlier.key == s->key) return false;
        if (earlier.key_bytes == s->key_bytes && memcmp(earlier.key, s->key, s->key_bytes) == 0)
            return true;
    }
    return false;
}

static hpt_status apply_setting(filler *f, const setting *s) {
    const hpt_option *row = find_row(f, s);
    if (!row) return refuse_unknown(f, s);
    if (is_repeated(f, s)) return refuse(f, s, "but it was given before");
    return fill(f, s, row);
}

hpt_status hpi_spec_apply(hpi_spec *spec, const char *what, const hpt_option *rows, void *state,
                          hpt_err *err) {
    size_t  text_bytes = (size_t)(spec->settings - spec->storage) + strlen(spec->settings);
    filler  f = { spec, what, rows, state, spec->storage + text_bytes + 1, err };
    setting found;
    for (const hpt_option *row = rows; row && row->name; row++)
        set_default(row, f.state + row->offset);
    for (const char *at = skip_spaces(spec->settings); *at;) {
        hpt_status status = read_setting(spec, &at, &found, err);
        if (status == HPT_OK) status = apply_setting(&f, &found);
        if (status != HPT_OK) return status;
    }
    return HPT_OK;
}

/* ---- lists of specs ---- */

/* Up to a semicolon outside quotes, or the end. */
static size_t item_bytes(const char *list) {
    bool   is_quoted = false;
    size_t i = 0;
    for (; list[i] && (is_quoted || list[i] != ';'); i++) {
        if (list[i] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && list[i] == '\\' && list[i + 1])
            i++;
    }
    return i;
}

hpt_status hpi_spec_next(const char **list, const char **place_out, char **item_out, hpt_err *err) {
    const char *at = *list;
    while (is_space(*at) || *at == ';')
        at++;
    char  *item = NULL;
    size_t bytes = item_bytes(at);
    if (bytes > 0) {
        item = hpi_copy_bytes(at, trimmed(at, bytes));
        if (!item) return hpi_fail(err, HPT_ENOMEM, "out of memory for a name of %zu bytes", bytes);
    }
    *list = at + bytes;
    *place_out = at;
    *item_out = item;
    return HPT_OK;
}

/* ---- classes from outside ---- */

bool hpi_is_plugin_name(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t            bytes = name ? strlen(name) : 0;
    return bytes >= 1 && bytes <= HPI_PLUGIN_NAME_BYTES && strspn(name, allowed) == bytes;
}

static size_t option_bytes(hpt_option_type type) {
    switch (type) {
    case HPT_OPTION_BOOL:
        return sizeof(bool);
    case HPT_OPTION_INT:
        return sizeof(int64_t);
    case HPT_OPTION_REAL:
        return sizeof(double);
    case HPT_OPTION_TEXT:
        return sizeof(const char *);
    case HPT_OPTION_CHOICE:
        return sizeof(int32_t);
    }
    return SIZE_MAX;
}

bool hpi_options_fit(const hpt_option *rows, size_t state_size) {
    for (const hpt_option *row = rows; row && row->name; row++) {
        size_t bytes = option_bytes(row->type);
        if (!hpi_is_plugin_name(row->name)) return false;
        if (bytes > state_size || row->offset > state_size - bytes) return false;
        if (row->type == HPT_OPTION_CHOICE && !row->text) return false;
    }
    return true;
}
