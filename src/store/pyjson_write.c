/* SPDX-License-Identifier: BSD-3-Clause */

/* The writing half of pyjson.h. */

#include "base/text.h"
#include "store/pyjson.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The digits of a printed number without sign, point and zeros at the ends. Returns where the point
 * is behind the first of them: 0.0012 has "12" and -2, 120 has "12" and 3. */
static int digits_of(const char *printed, size_t bytes, char *digits) {
    int    point = 0, exponent = 0;
    size_t count = 0;
    bool   is_past_point = false;
    for (size_t i = 0; i < bytes; i++) {
        char c = printed[i];
        if (c == 'e') {
            int64_t power = 0;
            (void)hpi_read_int(printed + i + 1, bytes - i - 1, &power);
            exponent = (int)power;
            break;
        }
        if (c == '.') is_past_point = true;
        if (c < '0' || c > '9') continue;
        if (count > 0 || c != '0') digits[count++] = c;
        if (is_past_point ? count == 0 : count > 0) point += is_past_point ? -1 : 1;
    }
    while (count > 0 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return point + exponent;
}

static void write_plain(hpi_writer *writer, const char *digits, int point) {
    int count = (int)strlen(digits);
    if (point <= 0) hpi_write(writer, "0.");
    for (int i = point; i < 0; i++)
        hpi_write(writer, "0");
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && i > 0) hpi_write(writer, ".");
        hpi_write_bytes(writer, i < count ? digits + i : "0", 1);
    }
    if (point >= count) hpi_write(writer, ".0");
}

static void write_power(hpi_writer *writer, const char *digits, int power) {
    char text[16];
    hpi_write_bytes(writer, digits, 1);
    if (digits[1]) {
        hpi_write(writer, ".");
        hpi_write(writer, digits + 1);
    }
    snprintf(text, sizeof text, "e%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
    hpi_write(writer, text);
}

/* repr() has powers of ten below 1e-4 and from 1e16 on. */
void hpi_py_write_real(hpi_writer *writer, double real) {
    char printed[HPI_REAL_BYTES], digits[HPI_REAL_BYTES];
    if (!isfinite(real)) {
        hpi_write(writer, isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (signbit(real)) hpi_write(writer, "-");
    if (real == 0) {
        hpi_write(writer, "0.0");
        return;
    }
    int point = digits_of(printed, hpi_print_real(printed, fabs(real)), digits);
    if (point > -4 && point <= 16)
        write_plain(writer, digits, point);
    else
        write_power(writer, digits, point - 1);
}

void hpi_py_write_value(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_REAL)
        hpi_py_write_real(writer, value.as.real);
    else
        hpi_write_json_value(writer, value);
}
