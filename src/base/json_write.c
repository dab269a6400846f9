/* SPDX-License-Identifier: BSD-3-Clause */

/* The writing half of json.h. */

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool has_room(hpi_writer *writer, size_t bytes) {
    if (writer->failed || bytes >= SIZE_MAX / 4 - writer->bytes) {
        writer->failed = true;
        return false;
    }
    if (writer->bytes + bytes < writer->room) return true;
    size_t room = 2 * (writer->bytes + bytes) + 64;
    char  *text = hpi_resize(writer->text, room, 1);
    if (!text) {
        writer->failed = true;
        return false;
    }
    writer->text = text;
    writer->room = room;
    return true;
}

void hpi_write_bytes(hpi_writer *writer, const char *text, size_t bytes) {
    if (!has_room(writer, bytes)) return;
    if (bytes > 0) memcpy(writer->text + writer->bytes, text, bytes);
    writer->bytes += bytes;
    writer->text[writer->bytes] = '\0';
}

void hpi_write(hpi_writer *writer, const char *text) {
    hpi_write_bytes(writer, text, strlen(text));
}

/* How a character is escaped, or NULL when it stands for itself. C1 controls and DEL need no
 * escape in JSON, but a terminal that shows the text would act on them. */
static const char *escape_of(char out[8], const char *character, size_t bytes) {
    unsigned char     c = (unsigned char)character[0];
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char       *found = c ? strchr(plain, c) : NULL;
    if (bytes == 0)
        return "\\ufffd"; /* not UTF-8, which what comes from the library's own input never is */
    if (found)
        snprintf(out, 8, "\\%c", letters[found - plain]);
    else if (c < 0x20 || c == 0x7F)
        snprintf(out, 8, "\\u%04x", c);
    else if (c == 0xC2 && (unsigned char)character[1] < 0xA0)
        snprintf(out, 8, "\\u%04x", (unsigned char)character[1]);
    else
        return NULL;
    return out;
}

void hpi_write_json_text(hpi_writer *writer, const char *text) {
    size_t bytes = strlen(text), copied = 0, step = 0;
    hpi_write(writer, "\"");
    for (size_t at = 0; at < bytes; at += step ? step : 1) {
        char escape[8];
        step = hpi_utf8_bytes(text + at, bytes - at);
        const char *written = escape_of(escape, text + at, step);
        if (!written) continue;
        hpi_write_bytes(writer, text + copied, at - copied);
        hpi_write(writer, written);
        copied = at + (step ? step : 1);
    }
    hpi_write_bytes(writer, text + copied, bytes - copied);
    hpi_write(writer, "\"");
}

void hpi_write_json_key(hpi_writer *writer, const char *name) {
    hpi_write(writer, ",\"");
    hpi_write(writer, name);
    hpi_write(writer, "\":");
}

void hpi_write_json_member(hpi_writer *writer, const char *name, const char *text) {
    hpi_write_json_key(writer, name);
    hpi_write_json_text(writer, text ? text : "");
}

static void write_digits(hpi_writer *writer, uint64_t magnitude, bool is_negative) {
    char  out[24];
    char *end = out + sizeof out, *at = end;
    do
        *--at = (char)('0' + magnitude % 10);
    while ((magnitude /= 10) > 0);
    if (is_negative) *--at = '-';
    hpi_write_bytes(writer, at, (size_t)(end - at));
}

void hpi_write_uint(hpi_writer *writer, uint64_t integer) {
    write_digits(writer, integer, false);
}

void hpi_write_int(hpi_writer *writer, int64_t integer) {
    bool is_negative = integer < 0;
    write_digits(writer, is_negative ? 0 - (uint64_t)integer : (uint64_t)integer, is_negative);
}

void hpi_write_real(hpi_writer *writer, double real) {
    char out[HPI_REAL_BYTES];
    if (isfinite(real))
        hpi_write_bytes(writer, out, hpi_print_real(out, real));
    else
        hpi_write(writer, "null");
}

/* A real without point and exponent would be read back as an integer, and -0 as 0. */
static void write_typed_real(hpi_writer *writer, double real) {
    char out[HPI_REAL_BYTES];
    hpi_write_real(writer, real);
    if (!isfinite(real)) return;
    hpi_print_real(out, real);
    if (!strpbrk(out, ".e")) hpi_write(writer, ".0");
}

void hpi_write_json_value(hpi_writer *writer, hpt_value value) {
    switch (value.type) {
    case HPT_TYPE_NULL:
        hpi_write(writer, "null");
        break;
    case HPT_TYPE_BOOL:
        hpi_write(writer, value.as.boolean ? "true" : "false");
        break;
    case HPT_TYPE_INT:
        hpi_write_int(writer, value.as.integer);
        break;
    case HPT_TYPE_REAL:
        write_typed_real(writer, value.as.real);
        break;
    case HPT_TYPE_TEXT:
        hpi_write_json_text(writer, value.as.text);
        break;
    }
}

void hpi_writer_fini(hpi_writer *writer) {
    hpi_free(writer->text);
    *writer = (hpi_writer){ 0 };
}
