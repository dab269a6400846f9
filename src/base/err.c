/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/err.h"

#include "hpt/extend.h"

#include <stdio.h>
#include <string.h>

/* The length of out[0..length) without a last character that was cut in the middle. */
static size_t whole_characters(const char *out, size_t length) {
    size_t start = length;
    while (start > 0 && ((unsigned char)out[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0) return 0;
    unsigned char lead = (unsigned char)out[start - 1];
    size_t        needed = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return length - (start - 1) < needed ? start - 1 : length;
}

size_t hpi_format(char *out, size_t bytes, const char *format, va_list arguments) {
    HPI_ASSERT(bytes > 0);
    int length = vsnprintf(out, bytes, format, arguments);
    if (length < 0) {
        out[0] = '\0';
        return 0;
    }
    if ((size_t)length < bytes) return (size_t)length;
    size_t kept = whole_characters(out, bytes - 1);
    out[kept] = '\0';
    return kept;
}

void hpi_cut(char *out, size_t bytes, const char *text) {
    HPI_ASSERT(bytes > 0);
    size_t length = strlen(text);
    if (length >= bytes) length = whole_characters(text, bytes - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}

/* Formatted aside first: a sentence may quote the text of the very error it replaces. */
HPT_PRINTF(3, 0)
static hpt_status fill(hpt_err *err, hpt_status status, const char *format, va_list arguments) {
    hpt_err fresh = { .code = status };
    if (err) {
        hpi_format(fresh.text, sizeof fresh.text, format, arguments);
        *err = fresh;
    }
    return status;
}

hpt_status hpi_fail(hpt_err *err, hpt_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(err, status, format, arguments);
    va_end(arguments);
    return status;
}

hpt_status hpi_fail_at(hpt_err *err, hpt_status status, uint32_t line, uint32_t col,
                       const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(err, status, format, arguments);
    va_end(arguments);
    if (err) {
        err->line = line;
        err->col = col;
    }
    return status;
}

hpt_status hpt_error(hpt_err *err, hpt_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(err, status, format, arguments);
    va_end(arguments);
    return status;
}

void hpi_error_words(char *out, size_t bytes, int error) {
    if (strerror_r(error, out, bytes) != 0) out[0] = '\0';
}
