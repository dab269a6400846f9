/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/pyjson.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* ---- the check ---- */

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* Past the closing quote of a text that begins at `at`; NULL when it does not end or has a control
 * character or an escape that is none. */
static const char *check_text(const char *at, const char *end) {
    for (at++; at < end; at++) {
        if (*at == '"') return at + 1;
        if ((unsigned char)*at < 0x20) return NULL;
        if (*at != '\\') continue;
        if (++at == end) return NULL;
        if (*at != 'u') {
            if (*at == '\0' || !strchr("\"\\/bfnrt", *at)) return NULL;
            continue;
        }
        for (int i = 0; i < 4; i++)
            if (++at >= end || *at == '\0' || !strchr("0123456789abcdefABCDEF", *at)) return NULL;
    }
    return NULL;
}

static const char *check_digits(const char *at, const char *end) {
    const char *start = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at > start ? at : NULL;
}

static const char *check_word(const char *at, const char *end, const char *word) {
    size_t bytes = strlen(word);
    return (size_t)(end - at) >= bytes && memcmp(at, word, bytes) == 0 ? at + bytes : NULL;
}

static const char *check_number(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    if (at < end && *at == 'I') return check_word(at, end, "Infinity");
    const char *first = at;
    at = check_digits(at, end);
    if (!at || (*first == '0' && at > first + 1)) return NULL;
    if (at < end && *at == '.') at = check_digits(at + 1, end);
    if (at && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        at = check_digits(at, end);
    }
    return at;
}

static const char *check_scalar(const char *at, const char *end) {
    switch (*at) {
    case '"':
        return check_text(at, end);
    case 't':
        return check_word(at, end, "true");
    case 'f':
        return check_word(at, end, "false");
    case 'n':
        return check_word(at, end, "null");
    case 'N':
        return check_word(at, end, "NaN");
    default:
        return check_number(at, end);
    }
}

/* What may follow an opening bracket or a comma of an object: a key and its colon. */
static const char *check_key(const char *at, const char *end) {
    at = skip_space(at, end);
    if (at == end || *at != '"') return NULL;
    at = check_text(at, end);
    if (!at) return NULL;
    at = skip_space(at, end);
    return at < end && *at == ':' ? at + 1 : NULL;
}

/* After a value: commas and closing brackets, until another value must come or all are closed.
 * Returns where, with *depth what is open. */
static const char *check_after(const char *at, const char *end, const char *closers, int *depth) {
    while (*depth > 0) {
        at = skip_space(at, end);
        if (at == end) return NULL;
        char closer = closers[*depth - 1];
        if (*at == ',') return closer == '}' ? check_key(at + 1, end) : at + 1;
        if (*at != closer) return NULL;
        at++;
        (*depth)--;
    }
    return at;
}

/* One value, nested ones by a list of the brackets that are open. Past it, or NULL. */
static const char *check_value(const char *at, const char *end) {
    char closers[DEPTH_MAX];
    int  depth = 0;
    do {
        at = skip_space(at, end);
        if (at == end) return NULL;
        if (*at == '{' || *at == '[') {
            if (depth == DEPTH_MAX) return NULL;
            char closer = *at == '{' ? '}' : ']';
            closers[depth++] = closer;
            const char *inside = skip_space(at + 1, end);
            bool        is_empty = inside < end && *inside == closer;
            if (!is_empty) {
                at = closer == '}' ? check_key(inside, end) : inside;
                if (!at) return NULL;
                continue;
            }
            depth--;
            at = inside + 1;
        } else {
            at = check_scalar(at, end);
            if (!at) return NULL;
        }
        at = check_after(at, end, closers, &depth);
        if (!at) return NULL;
    } while (depth > 0);
    return at;
}

/* Whether all bytes are below 0x80, eight at a time: nearly every line is. */
static bool is_ascii(const char *text, size_t bytes) {
    uint64_t seen = 0;
    size_t   i = 0;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, 8);
        seen |= word;
    }
    for (; i < bytes; i++)
        seen |= (unsigned char)text[i];
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

bool hpi_py_check(const char *text, size_t bytes, hpi_slice *value_out) {
    const char *end = text + bytes, *start = skip_space(text, end);
    if (start == end || (!is_ascii(text, bytes) && !hpi_is_utf8(text, bytes))) return false;
    const char *past = check_value(start, end);
    if (!past || skip_space(past, end) != end) return false;
    *value_out = (hpi_slice){ start, (size_t)(past - start) };
    return true;
}

/* ---- looking into what was checked ---- */

/* Past a value that is known to be sound: only quotes and brackets count. */
static const char *past_text(const char *at) {
    for (at++; *at != '"'; at++)
        if (*at == '\\') at++;
    return at + 1;
}

static const char *past_value(const char *at, const char *end) {
    int depth = 0;
    if (*at == '"') return past_text(at);
    if (*at != '{' && *at != '[') {
        while (at < end && !strchr(",]} \t\r\n", *at))
            at++;
        return at;
    }
    do {
        if (*at == '"') {
            at = past_text(at);
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        at++;
    } while (depth > 0);
    return at;
}

hpi_json_type hpi_py_type(hpi_slice value) {
    switch (value.at ? *value.at : 'n') {
    case 'n':
        return HPI_JSON_NULL;
    case 't':
    case 'f':
        return HPI_JSON_BOOL;
    case '"':
        return HPI_JSON_TEXT;
    case '[':
        return HPI_JSON_ARRAY;
    case '{':
        return HPI_JSON_OBJECT;
    default:
        return HPI_JSON_NUMBER;
    }
}

/* The next piece of what is inside brackets. The first call steps over the opening one, so a rest
 * that begins with `open` is one that nothing was taken from: no piece's rest does, for it begins
 * with a comma or the closing bracket. */
static bool next_piece(hpi_slice *rest, char open, const char **at_out) {
    if (!rest->at || rest->bytes == 0) return false;
    const char *at = rest->at, *end = rest->at + rest->bytes;
    if (*at != open && *at != ',') return false;
    at = skip_space(at + 1, end);
    if (at == end || *at == '}' || *at == ']') return false;
    *at_out = at;
    return true;
}

static void take_value(hpi_slice *rest, const char *at, hpi_slice *value_out) {
    const char *end = rest->at + rest->bytes, *past = past_value(at, end);
    *value_out = (hpi_slice){ at, (size_t)(past - at) };
    past = skip_space(past, end);
    *rest = (hpi_slice){ past, (size_t)(end - past) };
}

bool hpi_py_member(hpi_slice *rest, hpi_slice *key_out, hpi_slice *value_out) {
    const char *at;
    if (!next_piece(rest, '{', &at)) return false;
    const char *end = rest->at + rest->bytes, *past = past_text(at);
    *key_out = (hpi_slice){ at, (size_t)(past - at) };
    at = skip_space(past, end) + 1; /* the colon */
    take_value(rest, skip_space(at, end), value_out);
    return true;
}

bool hpi_py_item(hpi_slice *rest, hpi_slice *value_out) {
    const char *at;
    if (!next_piece(rest, '[', &at)) return false;
    take_value(rest, at, value_out);
    return true;
}

bool hpi_py_is(hpi_slice text, const char *plain) {
    size_t bytes = strlen(plain);
    return text.at && text.bytes == bytes + 2 && text.at[0] == '"' &&
           memcmp(text.at + 1, plain, bytes) == 0;
}

hpi_slice hpi_py_find(hpi_slice object, const char *name) {
    hpi_slice key, value, found = { 0 };
    while (hpi_py_member(&object, &key, &value))
        if (hpi_py_is(key, name)) found = value;
    return found;
}

/* ---- scalars ---- */

bool hpi_py_real(hpi_slice value, double *real_out) {
    if (!value.at || hpi_py_type(value) != HPI_JSON_NUMBER) return false;
    bool is_negative = value.at[0] == '-';
    if (value.at[0] == 'N') {
        *real_out = NAN;
        return true;
    }
    if (value.at[is_negative] != 'I' && hpi_read_real(value.at, value.bytes, real_out)) return true;
    *real_out = is_negative ? -INFINITY : INFINITY; /* as Python reads 1e999 */
    return value.bytes <= HPI_NUMBER_BYTES_MAX;
}

bool hpi_py_int(hpi_slice value, int64_t *integer_out) {
    double real;
    if (!value.at || hpi_py_type(value) != HPI_JSON_NUMBER) return false;
    if (hpi_read_int(value.at, value.bytes, integer_out)) return true;
    if (!hpi_py_real(value, &real) || !(real >= -0x1p53 && real <= 0x1p53) || real != floor(real))
        return false;
    *integer_out = (int64_t)real;
    return true;
}

static uint32_t read_hex(const char *at) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static void write_character(hpi_writer *into, uint32_t code) {
    char   out[4];
    size_t bytes = 0;
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
    if (code < 0x80) {
        out[bytes++] = (char)code;
    } else {
        int follow = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        out[bytes++] = (char)((0xF0U << (3 - follow)) | (code >> (6 * follow)));
        while (follow-- > 0)
            out[bytes++] = (char)(0x80U | ((code >> (6 * follow)) & 0x3FU));
    }
    hpi_write_bytes(into, out, bytes);
}

/* An escape, with `at` behind its backslash. Returns where it ends. */
static const char *write_escape(hpi_writer *into, const char *at) {
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    if (*at != 'u') {
        const char *letter = strchr(letters, *at);
        hpi_write_bytes(into, letter ? &meant[letter - letters] : at, 1);
        return at + 1;
    }
    uint32_t code = read_hex(at + 1);
    at += 5;
    if (code >= 0xD800 && code < 0xDC00 && at[0] == '\\' && at[1] == 'u') {
        uint32_t low = read_hex(at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
    }
    write_character(into, code);
    return at;
}

bool hpi_py_text(hpi_slice value, hpi_writer *into) {
    if (!value.at || value.at[0] != '"') return false;
    const char *at = value.at + 1, *end = value.at + value.bytes - 1;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        const char *stop = escape ? escape : end;
        hpi_write_bytes(into, at, (size_t)(stop - at));
        at = escape ? write_escape(into, escape + 1) : end;
    }
    hpi_write_bytes(into, "", 0); /* so that an empty one has its end too */
    return true;
}

bool hpi_py_scalar(hpi_slice value, hpi_writer *texts, hpt_value *value_out, size_t *text_at_out) {
    int64_t integer;
    double  real;
    switch (hpi_py_type(value)) {
    case HPI_JSON_NULL:
        *value_out = hpt_null();
        return true;
    case HPI_JSON_BOOL:
        *value_out = hpt_bool(value.at[0] == 't');
        return true;
    case HPI_JSON_NUMBER:
        if (hpi_read_int(value.at, value.bytes, &integer))
            *value_out = hpt_int(integer);
        else if (hpi_py_real(value, &real))
            *value_out = hpt_real(real);
        else
            return false;
        return true;
    case HPI_JSON_TEXT:
        *text_at_out = texts->bytes;
        *value_out = hpt_null();
        value_out->type = HPT_TYPE_TEXT;
        value_out->as.text = NULL;
        hpi_py_text(value, texts);
        hpi_write_bytes(texts, "", 1);
        return true;
    case HPI_JSON_ARRAY:
    case HPI_JSON_OBJECT:
        break;
    }
    return false;
}
