/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"

#include "base/err.h"
#include "base/real.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RADIX_BYTES = 8,
    EXPONENT_BYTES = 6,
    CLOSEST_BYTES = 64,
    SUGGEST_SPARE = 24, /* of hpt_err.text, for "point 12: " or " (it is the default)" */
    SUGGEST_LEAST = 32  /* below that a suggestion would be all dots                    */
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char *hpi_put_digits(char *at, int64_t number, int digits) {
    for (int i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

/* [count] digits, of which `point` stand before the point; none of them are zeros at the ends. */
static char *put_plain(char *at, const hpi_decimal *decimal) {
    int zeros = decimal->point < 0 ? -decimal->point : 0;
    if (decimal->point <= 0) *at++ = '0', *at++ = '.';
    for (int i = 0; i < zeros; i++)
        *at++ = '0';
    for (int i = 0; i < decimal->count || i < decimal->point; i++) {
        if (i > 0 && i == decimal->point) *at++ = '.';
        *at = '0';
        if (i < decimal->count) *at = decimal->digits[i];
        at++;
    }
    return at;
}

/* As "%g" has it but for the exponent, which goes without '+' and zeros before it. */
size_t hpi_print_real(char out[HPI_REAL_BYTES], double real) {
    hpi_decimal decimal;
    char       *at = out;
    HPI_ASSERT(isfinite(real));
    if (signbit(real)) *at++ = '-';
    if (real == 0) {
        *at++ = '0', *at = '\0';
        return (size_t)(at - out);
    }
    hpi_decimal_of(fabs(real), &decimal);
    int exponent = decimal.point - 1;
    if (exponent >= -4 && exponent < decimal.precision) {
        at = put_plain(at, &decimal);
        *at = '\0';
        return (size_t)(at - out);
    }
    *at++ = decimal.digits[0];
    if (decimal.count > 1) *at++ = '.';
    memcpy(at, decimal.digits + 1, (size_t)decimal.count - 1);
    at += decimal.count - 1;
    return (size_t)(at - out) + (size_t)snprintf(at, EXPONENT_BYTES, "e%d", exponent);
}

/* The locale's decimal point. localeconv() would race with another thread's. */
static size_t locale_radix(char out[RADIX_BYTES]) {
    char printed[RADIX_BYTES + 2];
    int  length = snprintf(printed, sizeof printed, "%.1f", 0.5);
    if (length < 3 || (size_t)length >= sizeof printed) return 0;
    memcpy(out, printed + 1, (size_t)length - 2);
    return (size_t)length - 2;
}

static size_t skip_digits(const char *text, size_t bytes, size_t at) {
    while (at < bytes && is_digit(text[at]))
        at++;
    return at;
}

static size_t skip_sign(const char *text, size_t bytes) {
    return bytes > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. */
static bool is_decimal(const char *text, size_t bytes) {
    size_t start = skip_sign(text, bytes);
    size_t at = skip_digits(text, bytes, start);
    size_t digits = at - start;
    if (at < bytes && text[at] == '.') {
        size_t end = skip_digits(text, bytes, at + 1);
        digits += end - (at + 1);
        at = end;
    }
    if (digits > 0 && at < bytes && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += skip_sign(text + at, bytes - at);
        size_t end = skip_digits(text, bytes, at);
        return end > at && end == bytes;
    }
    return digits > 0 && at == bytes;
}

bool hpi_read_real(const char *text, size_t bytes, double *real_out) {
    if (bytes > HPI_NUMBER_BYTES_MAX || !is_decimal(text, bytes)) return false;
    char        local[HPI_NUMBER_BYTES_MAX + RADIX_BYTES + 1];
    const char *point = memchr(text, '.', bytes);
    size_t      before = point ? (size_t)(point - text) : bytes;
    size_t      length = before;
    memcpy(local, text, before);
    if (point) {
        length += locale_radix(local + length);
        memcpy(local + length, point + 1, bytes - before - 1);
        length += bytes - before - 1;
    }
    local[length] = '\0';
    char  *end;
    double real = strtod(local, &end);
    if (end != local + length || !isfinite(real)) return false;
    *real_out = real;
    return true;
}

bool hpi_read_int(const char *text, size_t bytes, int64_t *integer_out) {
    size_t start = skip_sign(text, bytes);
    if (start == bytes || skip_digits(text, bytes, start) != bytes) return false;
    bool    negative = start == 1 && text[0] == '-';
    int64_t integer = 0; /* kept negative: that side reaches further */
    for (size_t i = start; i < bytes; i++) {
        int digit = text[i] - '0';
        if (integer < (INT64_MIN + digit) / 10) return false;
        integer = integer * 10 - digit;
    }
    if (!negative && integer == INT64_MIN) return false;
    *integer_out = negative ? integer : -integer;
    return true;
}

static bool is_continuation(const char *text, size_t bytes, size_t at) {
    return at < bytes && ((unsigned char)text[at] & 0xC0) == 0x80;
}

/* After RFC 3629, table in section 4: only the second byte has limits that depend on the first. */
size_t hpi_utf8_bytes(const char *text, size_t bytes) {
    if (bytes == 0) return 0;
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4 || !is_continuation(text, bytes, 1)) return 0;
    unsigned char second = (unsigned char)text[1];
    if (lead < 0xE0) return 2;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F) ||
        !is_continuation(text, bytes, 2))
        return 0;
    if (lead < 0xF0) return 3;
    return is_continuation(text, bytes, 3) ? 4 : 0;
}

bool hpi_is_utf8(const char *text, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        size_t step = hpi_utf8_bytes(text + at, bytes - at);
        if (step == 0) return false;
        at += step;
    }
    return true;
}

void hpi_make_utf8(char *text) {
    for (size_t left = strlen(text); left > 0;) {
        size_t step = hpi_utf8_bytes(text, left);
        if (step == 0) *text = '?';
        if (step == 0) step = 1;
        text += step;
        left -= step;
    }
}

/* C0, DEL and C1: a terminal acts on all of them. */
static bool is_control(const char *character) {
    unsigned char lead = (unsigned char)character[0];
    return lead < 0x20 || lead == 0x7F || (lead == 0xC2 && (unsigned char)character[1] < 0xA0);
}

const char *hpi_name_problem(const char *name, size_t bytes_max) {
    if (!name) return "is NULL";
    size_t bytes = strnlen(name, bytes_max + 1);
    if (bytes == 0) return "is empty";
    if (bytes > bytes_max) return "is too long";
    if (!hpi_is_utf8(name, bytes)) return "is not UTF-8";
    for (size_t at = 0; at < bytes; at += hpi_utf8_bytes(name + at, bytes - at)) {
        if (is_control(name + at)) return "has a control character";
    }
    return NULL;
}

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static bool is_same(char a, char b) {
    return lower(a) == lower(b);
}

/* Optimal string alignment: Levenshtein's distance in which two swapped neighbours, the commonest
 * slip of all, count one. Both are at most CLOSEST_BYTES long. */
static unsigned distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    unsigned rows[3][CLOSEST_BYTES + 1];
    for (size_t j = 0; j <= b_bytes; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_bytes; i++) {
        unsigned       *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_bytes; j++) {
            unsigned replaced = above[j - 1] + !is_same(a[i - 1], b[j - 1]);
            row[j] = least(replaced, 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], 1 + second[j - 2]);
        }
    }
    return rows[a_bytes % 3][b_bytes];
}

const char *hpi_closest(const char *name, hpi_names *at, const void *context) {
    const char *best = NULL;
    unsigned    best_distance = UINT32_MAX;
    size_t      bytes = strnlen(name, CLOSEST_BYTES + 1);
    const char *candidate;
    for (size_t i = 0; bytes <= CLOSEST_BYTES && (candidate = at(context, i)) != NULL; i++) {
        size_t   candidate_bytes = strnlen(candidate, CLOSEST_BYTES + 1);
        size_t   longer = bytes > candidate_bytes ? bytes : candidate_bytes;
        size_t   shorter = bytes + candidate_bytes - longer;
        unsigned near = (unsigned)(longer / 3);
        if (longer > CLOSEST_BYTES || longer - shorter > near) continue;
        unsigned d = distance(name, bytes, candidate, candidate_bytes);
        if (d <= near && d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

/* "; there are: a, b, c" from `length` on, or "a, b, ..." when they do not all fit into `room`
 * bytes. */
static void append_list(char *out, size_t length, size_t room, hpi_names *at, const void *context) {
    static const char more[] = ", ...";
    const char       *candidate, *first = at(context, 1) ? "; there are: " : "; there is only: ";
    length += (size_t)snprintf(out + length, room - length, "%s", first);
    for (size_t i = 0; (candidate = at(context, i)) != NULL; i++) {
        char   shown[CLOSEST_BYTES];
        size_t bytes = strlen(hpi_quote(shown, sizeof shown, candidate));
        if (length + 2 + bytes + sizeof more > room) {
            strcpy(out + length, i ? more : "...");
            return;
        }
        length += (size_t)snprintf(out + length, room - length, "%s%s", i ? ", " : "", shown);
    }
}

void hpi_suggest(hpt_err *err, const char *name, hpi_names *at, const void *context) {
    static const char before[] = "; closest match: \"";
    if (!err) return;
    char        shown[CLOSEST_BYTES + 8];
    const char *closest = name ? hpi_closest(name, at, context) : NULL;
    size_t      length = strlen(err->text), room = sizeof err->text - SUGGEST_SPARE;
    if (length + SUGGEST_LEAST > room) return;
    size_t left = room - length - sizeof before;
    if (closest)
        snprintf(err->text + length, room - length, "%s%s\"", before,
                 hpi_quote(shown, left < sizeof shown ? left : sizeof shown, closest));
    else if (at(context, 0))
        append_list(err->text, length, room, at, context);
    else
        strcpy(err->text + length, "; there are none");
}

char *hpi_quote(char *out, size_t out_bytes, const char *text) {
    static const char dots[] = "...";
    HPI_ASSERT(out_bytes >= 8);
    size_t bytes = text ? strlen(text) : 0;
    size_t length = 0, cut = 0; /* cut: the last length after which the dots still fit */
    for (size_t at = 0; at < bytes;) {
        size_t step = hpi_utf8_bytes(text + at, bytes - at);
        bool   is_shown = step > 0 && !is_control(text + at);
        size_t needed = is_shown ? step : 1;
        if (length + sizeof dots <= out_bytes) cut = length;
        if (length + needed >= out_bytes) {
            memcpy(out + cut, dots, sizeof dots);
            return out;
        }
        if (is_shown)
            memcpy(out + length, text + at, step);
        else
            out[length] = '?';
        length += needed;
        at += step > 0 ? step : 1;
    }
    out[length] = '\0';
    return out;
}

static void show_real(char out[HPI_SHOWN_BYTES], double real) {
    if (isfinite(real))
        hpi_print_real(out, real);
    else
        strcpy(out, isnan(real) ? "NaN" : real > 0 ? "inf" : "-inf");
}

char *hpi_show_value(char out[HPI_SHOWN_BYTES], hpt_value value) {
    char quoted[HPI_SHOWN_BYTES - 2];
    switch (value.type) {
    case HPT_TYPE_BOOL:
        return strcpy(out, value.as.boolean ? "true" : "false");
    case HPT_TYPE_INT:
        snprintf(out, HPI_SHOWN_BYTES, "%" PRId64, value.as.integer);
        return out;
    case HPT_TYPE_REAL:
        show_real(out, value.as.real);
        return out;
    case HPT_TYPE_TEXT:
        hpi_quote(quoted, sizeof quoted, value.as.text);
        snprintf(out, HPI_SHOWN_BYTES, "\"%s\"", quoted);
        return out;
    case HPT_TYPE_NULL:
        break;
    }
    return strcpy(out, "null");
}
