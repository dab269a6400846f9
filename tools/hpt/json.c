/* SPDX-License-Identifier: BSD-3-Clause */

/* The JSON of output.h. */

#include "output.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "words.h"

static void begin_value(output *out) {
    if (out->needs_comma) put(out, ",");
    out->needs_comma = true;
}

void json_open(output *out, const char *bracket) {
    begin_value(out);
    put(out, bracket);
    out->needs_comma = false;
}

void json_close(output *out, const char *bracket) {
    put(out, bracket);
    out->needs_comma = true;
}

/* How a character is escaped, or NULL when it stands for itself. C1 controls and DEL need no
 * escape in JSON, but a terminal that shows the text would act on them. */
static const char *escape_of(char out[8], const char *character, size_t bytes) {
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt",
                      digits[] = "0123456789abcdef";
    unsigned char c = (unsigned char)character[0];
    if (bytes == 0) return "\\ufffd"; /* not UTF-8 */
    const char *found = strchr(plain, c);
    memcpy(out, "\\u0000", 7);
    if (found) {
        out[1] = letters[found - plain];
        out[2] = '\0';
        return out;
    }
    if (c == 0xC2 && (unsigned char)character[1] < 0xA0) c = (unsigned char)character[1];
    if (c >= 0x20 && c < 0x7F) return NULL;
    if (c >= 0xA0) return NULL;
    out[4] = digits[c >> 4];
    out[5] = digits[c & 15];
    return out;
}

static void put_text(output *out, const char *text) {
    size_t left = strlen(text);
    put(out, "\"");
    while (left > 0) {
        char        escape[8];
        size_t      bytes = character_bytes(text, left), step = bytes ? bytes : 1;
        const char *written = escape_of(escape, text, bytes);
        if (written)
            put(out, written);
        else
            put_bytes(out, text, step);
        text += step;
        left -= step;
    }
    put(out, "\"");
}

void json_line(output *out) {
    put(out, out->needs_comma ? ",\n" : "\n");
    out->needs_comma = false;
}

void json_key(output *out, const char *key) {
    begin_value(out);
    put_text(out, key);
    put(out, ":");
    out->needs_comma = false;
}

void json_text(output *out, const char *text) {
    begin_value(out);
    put_text(out, text);
}

void json_raw(output *out, const char *json) {
    begin_value(out);
    put(out, json);
}

/* A real without point and exponent would be read back as an integer, and -0 as 0. */
void json_real(output *out, double real) {
    output text = { .fd = -1 };
    put_exact(&text, real);
    if (!isfinite(real)) {
        json_text(out, text.text);
    } else {
        if (!strpbrk(text.text, ".e")) put(&text, ".0");
        json_raw(out, text.text);
    }
    output_free(&text);
}

void json_int(output *out, int64_t integer) {
    begin_value(out);
    putf(out, "%" PRId64, integer);
}

void json_uint(output *out, uint64_t integer) {
    begin_value(out);
    putf(out, "%" PRIu64, integer);
}

void json_bool(output *out, bool boolean) {
    json_raw(out, boolean ? "true" : "false");
}

void json_null(output *out) {
    json_raw(out, "null");
}

void json_value(output *out, hpt_value value) {
    switch (value.type) {
    case HPT_TYPE_NULL:
        json_null(out);
        break;
    case HPT_TYPE_BOOL:
        json_bool(out, value.as.boolean);
        break;
    case HPT_TYPE_INT:
        json_int(out, value.as.integer);
        break;
    case HPT_TYPE_REAL:
        json_real(out, value.as.real);
        break;
    case HPT_TYPE_TEXT:
        json_text(out, value.as.text);
        break;
    }
}

void json_utc(output *out, int64_t wall_ns) {
    if (wall_ns == INT64_MIN) {
        json_null(out);
        return;
    }
    json_raw(out, "\"");
    put_utc(out, wall_ns);
    put(out, "\"");
}

void json_seconds(output *out, int64_t ns) {
    if (ns < 0) {
        json_null(out);
        return;
    }
    begin_value(out);
    put_seconds(out, ns);
}
