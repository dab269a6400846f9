/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/json_scan.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

void hpi_json_line_col(const char *text, size_t at, uint32_t *line_out, uint32_t *col_out) {
    uint32_t line = 1, col = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            line++;
            col = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            col++;
        }
    }
    *line_out = line;
    *col_out = col;
}

static uint32_t line_of(const hpi_json_scan *scan, size_t at) {
    uint32_t line, col;
    hpi_json_line_col(scan->text, at, &line, &col);
    return line;
}

static uint32_t col_of(const hpi_json_scan *scan, size_t at) {
    uint32_t line, col;
    hpi_json_line_col(scan->text, at, &line, &col);
    return col;
}

/* Counting lines costs time, so it happens only in case of a failure. */
#define FAIL_AT(scan, place, status, ...)                                                          \
    hpi_fail_at((scan)->err, status, line_of(scan, place), col_of(scan, place), __VA_ARGS__)

/* The character at a place, or NUL at the end (a NUL inside the text is refused all the same). */
static char peek(const hpi_json_scan *scan, size_t at) {
    if (at >= scan->bytes) return '\0';
    return scan->text[at];
}

/* "expected ',' or '}', found 'x'" */
static hpt_status unexpected(const hpi_json_scan *scan, const char *wanted) {
    size_t left = scan->bytes - scan->at;
    size_t bytes = hpi_utf8_bytes(scan->text + scan->at, left < 4 ? left : 4);
    char   found[8] = { 0 }, shown[8];
    if (left == 0)
        return FAIL_AT(scan, scan->at, HPT_EPARSE, "expected %s, but the text ends", wanted);
    memcpy(found, scan->text + scan->at, bytes);
    return FAIL_AT(scan, scan->at, HPT_EPARSE, "expected %s, found '%s'", wanted,
                   found[0] ? hpi_quote(shown, sizeof shown, found) : "?");
}

static void skip_spaces(hpi_json_scan *scan) {
    for (;; scan->at++) {
        char c = peek(scan, scan->at);
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    }
}

static hpt_status note_place(hpi_json_scan *scan) {
    if (scan->place_count == scan->place_room) {
        size_t    room = scan->place_room ? 2 * scan->place_room : 64;
        uint32_t *places = hpi_resize(scan->places, room, sizeof *places);
        if (!places)
            return hpi_fail(scan->err, HPT_ENOMEM, "out of memory for %zu bytes of JSON",
                            scan->bytes);
        scan->places = places;
        scan->place_room = room;
    }
    scan->places[scan->place_count++] = (uint32_t)scan->at;
    return HPT_OK;
}

/* ---- texts ---- */

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const hpi_json_scan *scan, size_t at) {
    int32_t code = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = peek(scan, i);
        int  digit = c >= '0' && c <= '9'   ? c - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                            : -1;
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_escape(const hpi_json_scan *scan, size_t at, char letter) {
    return peek(scan, at) == '\\' && peek(scan, at + 1) == letter;
}

/* \uXXXX, or a pair of them above U+FFFF. */
static hpt_status scan_code(hpi_json_scan *scan) {
    int32_t code = hex4(scan, scan->at + 2);
    if (code < 0) return FAIL_AT(scan, scan->at, HPT_EPARSE, "\\u needs four hexadecimal digits");
    if (code == 0)
        return FAIL_AT(scan, scan->at, HPT_EPARSE, "\\u0000 cannot be part of a text here");
    if (code < 0xD800 || code > 0xDFFF) {
        scan->at += 6;
        return HPT_OK;
    }
    int32_t low = is_escape(scan, scan->at + 6, 'u') ? hex4(scan, scan->at + 8) : -1;
    if (code > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return FAIL_AT(scan, scan->at, HPT_EPARSE, "half of a surrogate pair is no character");
    scan->at += 12;
    return HPT_OK;
}

static hpt_status scan_escape(hpi_json_scan *scan) {
    char letter = peek(scan, scan->at + 1);
    if (letter == 'u') return scan_code(scan);
    if (letter == '\0' || !strchr("\"\\/bfnrt", letter))
        return FAIL_AT(scan, scan->at, HPT_EPARSE,
                       "no such escape in JSON: a backslash stands "
                       "before \" \\ / b f n r t or u");
    scan->at += 2;
    return HPT_OK;
}

static hpt_status scan_text(hpi_json_scan *scan) {
    size_t start = scan->at++;
    while (peek(scan, scan->at) != '"') {
        unsigned char c = (unsigned char)peek(scan, scan->at);
        if (scan->at == scan->bytes)
            return FAIL_AT(scan, start, HPT_EPARSE, "the text that starts here does not end");
        if (c < 0x20)
            return FAIL_AT(scan, scan->at, HPT_EPARSE,
                           "a control character inside a text must be written \\u%04x", c);
        if (c == '\\') {
            hpt_status status = scan_escape(scan);
            if (status != HPT_OK) return status;
            continue;
        }
        size_t bytes = hpi_utf8_bytes(scan->text + scan->at, scan->bytes - scan->at);
        if (bytes == 0) return FAIL_AT(scan, scan->at, HPT_EPARSE, "byte 0x%02x is not UTF-8", c);
        scan->at += bytes;
    }
    scan->at++;
    return HPT_OK;
}

/* ---- numbers and words ---- */

static size_t scan_digits(hpi_json_scan *scan) {
    size_t start = scan->at;
    while (peek(scan, scan->at) >= '0' && peek(scan, scan->at) <= '9')
        scan->at++;
    return scan->at - start;
}

size_t hpi_json_number_bytes(const char *text) {
    return strspn(text, "+-.0123456789eE");
}

/* What would glue to a number or a word: 0x10, 01, truely. */
static bool is_glued(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("._+-", c));
}

static hpt_status refuse_token(hpi_json_scan *scan, size_t start, const char *problem) {
    char   token[32] = { 0 };
    size_t bytes = 0;
    while (bytes < sizeof token - 1 && is_glued(peek(scan, start + bytes))) {
        token[bytes] = peek(scan, start + bytes);
        bytes++;
    }
    return FAIL_AT(scan, start, HPT_EPARSE, "%s%s %s", token,
                   bytes == sizeof token - 1 ? "..." : "", problem);
}

static hpt_status scan_number(hpi_json_scan *scan) {
    size_t start = scan->at;
    scan->at += peek(scan, scan->at) == '-';
    bool has_zero = peek(scan, scan->at) == '0'; /* no digit may follow it */
    scan->at += has_zero;
    bool is_good = has_zero || scan_digits(scan) > 0;
    if (is_good && peek(scan, scan->at) == '.') {
        scan->at++;
        is_good = scan_digits(scan) > 0;
    }
    if (is_good && (peek(scan, scan->at) == 'e' || peek(scan, scan->at) == 'E')) {
        scan->at++;
        scan->at += peek(scan, scan->at) == '-' || peek(scan, scan->at) == '+';
        is_good = scan_digits(scan) > 0;
    }
    if (!is_good || is_glued(peek(scan, scan->at)))
        return refuse_token(scan, start, "is not a number in JSON");
    double real;
    if (scan->at - start > HPI_NUMBER_BYTES_MAX)
        return refuse_token(scan, start, "is a number of more than 1024 characters");
    if (!hpi_read_real(scan->text + start, scan->at - start, &real))
        return refuse_token(scan, start, "is above the largest double, 1.8e308");
    return HPT_OK;
}

static hpt_status scan_word(hpi_json_scan *scan) {
    static const char *const words[] = { "null", "true", "false" };
    size_t                   start = scan->at;
    while (is_glued(peek(scan, scan->at)))
        scan->at++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t bytes = strlen(words[i]);
        if (scan->at - start == bytes && memcmp(scan->text + start, words[i], bytes) == 0)
            return HPT_OK;
    }
    if (scan->at > start)
        return refuse_token(scan, start, "is not a value (a text stands in double quotes)");
    return unexpected(scan, "a value");
}

/* ---- structure ---- */

static hpt_status scan_value(hpi_json_scan *scan, int depth);

static hpt_status scan_member(hpi_json_scan *scan, int depth) {
    skip_spaces(scan);
    if (peek(scan, scan->at) != '"') return unexpected(scan, "a name in double quotes");
    hpt_status status = note_place(scan);
    if (status == HPT_OK) status = scan_text(scan);
    if (status != HPT_OK) return status;
    skip_spaces(scan);
    if (peek(scan, scan->at) != ':') return unexpected(scan, "':'");
    scan->at++;
    return scan_value(scan, depth);
}

/* An object or an array, from its opening bracket. */
static hpt_status scan_children(hpi_json_scan *scan, char closing, int depth) {
    size_t start = scan->at++;
    if (depth > HPI_JSON_DEPTH_MAX)
        return FAIL_AT(scan, start, HPT_ELIMIT, "JSON nested more than %d deep",
                       HPI_JSON_DEPTH_MAX);
    skip_spaces(scan);
    if (peek(scan, scan->at) == closing) {
        scan->at++;
        return HPT_OK;
    }
    for (;;) {
        hpt_status status = closing == '}' ? scan_member(scan, depth) : scan_value(scan, depth);
        if (status != HPT_OK) return status;
        skip_spaces(scan);
        char c = peek(scan, scan->at);
        if (c != ',' && c != closing)
            return unexpected(scan, closing == '}' ? "',' or '}'" : "',' or ']'");
        scan->at++;
        if (c == closing) return HPT_OK;
    }
}

static hpt_status scan_value(hpi_json_scan *scan, int depth) {
    skip_spaces(scan);
    if (scan->value_count++ == HPI_JSON_VALUE_COUNT_MAX)
        return FAIL_AT(scan, scan->at, HPT_ELIMIT, "more than %d values in one JSON text",
                       HPI_JSON_VALUE_COUNT_MAX);
    hpt_status status = note_place(scan);
    if (status != HPT_OK) return status;
    char c = peek(scan, scan->at);
    if (c == '{' || c == '[') return scan_children(scan, c == '{' ? '}' : ']', depth + 1);
    if (c == '"') return scan_text(scan);
    if (c == '-' || (c >= '0' && c <= '9')) return scan_number(scan);
    return scan_word(scan);
}

hpt_status hpi_json_scan_text(hpi_json_scan *scan, const char *text, size_t bytes, hpt_err *err) {
    *scan = (hpi_json_scan){ .text = text, .bytes = bytes, .err = err };
    if (!text) return hpi_fail(err, HPT_EINVAL, "the JSON text is NULL");
    if (bytes > HPI_JSON_BYTES_MAX)
        return hpi_fail(err, HPT_ELIMIT, "%zu bytes of JSON are above the limit of 64 MiB", bytes);
    hpt_status status = scan_value(scan, 0);
    if (status != HPT_OK) return status;
    skip_spaces(scan);
    return scan->at == bytes ? HPT_OK : unexpected(scan, "the end of the text");
}
