/* SPDX-License-Identifier: BSD-3-Clause */

/* The writing half of pyjson.h. */

#include "base/real.h"
#include "store/pyjson.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLAIN_MIN = -4, PLAIN_MAX = 16, TEXT_BYTES = 32 };

static char *put(char *at, const char *text, int count) {
    memcpy(at, text, (size_t)count);
    return at + count;
}

static char *put_zeros(char *at, int count) {
    return count > 0 ? put(at, "0000000000000000", count) : at;
}

static char *put_plain(char *at, const hpi_decimal *decimal) {
    int point = decimal->point, before = decimal->count < point ? decimal->count : point;
    if (point <= 0) {
        at = put_zeros(put(at, "0.", 2), -point);
        return put(at, decimal->digits, decimal->count);
    }
    at = put(at, decimal->digits, before);
    at = put_zeros(at, point - before);
    if (before == decimal->count) return put(at, ".0", 2);
    *at++ = '.';
    return put(at, decimal->digits + before, decimal->count - before);
}

static char *put_power(char *at, const hpi_decimal *decimal) {
    int power = decimal->point - 1;
    *at++ = decimal->digits[0];
    if (decimal->count > 1) *at++ = '.';
    at = put(at, decimal->digits + 1, decimal->count - 1);
    return at + snprintf(at, 6, "e%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
}

/* repr() has powers of ten below 1e-4 and from 1e16 on. */
void hpi_py_write_real(hpi_writer *writer, double real) {
    hpi_decimal decimal;
    char        text[TEXT_BYTES], *at = text;
    if (!isfinite(real)) {
        hpi_write(writer, isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (signbit(real)) *at++ = '-';
    if (real == 0) {
        at = put(at, "0.0", 3);
    } else {
        hpi_decimal_of(fabs(real), &decimal);
        bool is_plain = decimal.point > PLAIN_MIN && decimal.point <= PLAIN_MAX;
        at = is_plain ? put_plain(at, &decimal) : put_power(at, &decimal);
    }
    hpi_write_bytes(writer, text, (size_t)(at - text));
}

void hpi_py_write_value(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_REAL)
        hpi_py_write_real(writer, value.as.real);
    else
        hpi_write_json_value(writer, value);
}
