/* SPDX-License-Identifier: BSD-3-Clause */
/* A study, a log and a table are mostly doubles, so this is in the way of all that is written. */
#include "base/real.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { RAW_BYTES = 48, POWER_MAX = 27, SHIFT_MAX = 58, FAR_UNITS = 12 };

static const uint64_t least = UINT64_C(10000000000000000); /* of 17 digits */

static const uint64_t powers_of_5[POWER_MAX + 1] = {
    UINT64_C(1),
    UINT64_C(5),
    UINT64_C(25),
    UINT64_C(125),
    UINT64_C(625),
    UINT64_C(3125),
    UINT64_C(15625),
    UINT64_C(78125),
    UINT64_C(390625),
    UINT64_C(1953125),
    UINT64_C(9765625),
    UINT64_C(48828125),
    UINT64_C(244140625),
    UINT64_C(1220703125),
    UINT64_C(6103515625),
    UINT64_C(30517578125),
    UINT64_C(152587890625),
    UINT64_C(762939453125),
    UINT64_C(3814697265625),
    UINT64_C(19073486328125),
    UINT64_C(95367431640625),
    UINT64_C(476837158203125),
    UINT64_C(2384185791015625),
    UINT64_C(11920928955078125),
    UINT64_C(59604644775390625),
    UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625),
    UINT64_C(7450580596923828125),
};

static void strip_zeros(hpi_decimal *out) {
    while (out->count > 1 && out->digits[out->count - 1] == '0')
        out->count--;
    out->digits[out->count] = '\0';
}

/* ---- in integers: where 17 digits before the point are one product of two words ---- */

/* real * 10^power = whole + part / 2^shift, which has 17 digits before the point. Half of the
 * distance to the next double, times 2^shift, is gap / 2. */
typedef struct scaled {
    uint64_t whole, part, gap;
    int      power, shift;
} scaled;

static void multiply(uint64_t a, uint64_t b, uint64_t *high_out, uint64_t *low_out) {
    uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & UINT32_MAX);
    *high_out = a1 * b1 + (middle >> 32) + (other >> 32);
    *low_out = other << 32 | (a0 * b0 & UINT32_MAX);
}

static bool scale_by(uint64_t mantissa, int exponent, int power, scaled *out) {
    uint64_t high, low;
    int      shift = -exponent - power;
    if (power < 1 || power > POWER_MAX || shift < 1 || shift > SHIFT_MAX) return false;
    multiply(mantissa, powers_of_5[power], &high, &low);
    *out = (scaled){ .whole = high << (64 - shift) | low >> shift,
                     .part = low & ((UINT64_C(1) << shift) - 1),
                     .gap = powers_of_5[power],
                     .power = power,
                     .shift = shift };
    return true;
}

/* False: it is too small or too large. A power of 2 is left out as well: the next double below it
 * is nearer than the one above. */
static bool scale(double real, scaled *out) {
    int      exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(real, &exponent), DBL_MANT_DIG);
    if (mantissa == UINT64_C(1) << (DBL_MANT_DIG - 1)) return false;
    /* floor(log10(real)), or one less: then there are 18 digits. */
    int decimal = (int)floor((exponent - 1) * 0.30102999566398120);
    int power = HPI_DECIMAL_DIGITS - 1 - decimal;
    exponent -= DBL_MANT_DIG;
    return scale_by(mantissa, exponent, power, out) &&
           (out->whole < 10 * least || scale_by(mantissa, exponent, power - 1, out));
}

/* The nearest multiple of `unit`, 100 or 10; of two, the even one, as printf() has it. */
static uint64_t round_to(const scaled *it, uint64_t unit) {
    uint64_t rest = it->whole % unit, lower = it->whole - rest;
    bool     is_odd = lower / unit % 2 == 1;
    bool     is_upper = 2 * rest > unit || (2 * rest == unit && (it->part > 0 || is_odd));
    return is_upper ? lower + unit : lower;
}

static uint64_t round_to_1(const scaled *it) {
    uint64_t half = UINT64_C(1) << (it->shift - 1);
    bool     is_odd = it->whole % 2 == 1;
    return it->whole + (it->part > half || (it->part == half && is_odd));
}

/* Whether no other double is as near. `gap` is odd, so the middle between two is no candidate. */
static bool reads_back(const scaled *it, uint64_t candidate) {
    bool     is_upper = candidate > it->whole;
    uint64_t units = is_upper ? candidate - it->whole : it->whole - candidate;
    if (units > FAR_UNITS) return false; /* a gap is at most 23 units */
    uint64_t distance = units << it->shift;
    distance = is_upper ? distance - it->part : distance + it->part;
    return 2 * distance < it->gap;
}

static void write_digits(uint64_t number, int power, hpi_decimal *out) {
    out->count = HPI_DECIMAL_DIGITS;
    out->point = HPI_DECIMAL_DIGITS - power;
    if (number == 10 * least) number = least, out->point++;
    for (int i = HPI_DECIMAL_DIGITS; i-- > 0; number /= 10)
        out->digits[i] = (char)('0' + number % 10);
    strip_zeros(out);
}

static bool find_in_integers(double real, hpi_decimal *out) {
    scaled it;
    if (!scale(real, &it)) return false;
    uint64_t number = round_to(&it, 100);
    out->precision = DBL_DIG;
    if (!reads_back(&it, number)) {
        number = round_to(&it, 10);
        out->precision = DBL_DIG + 1;
    }
    if (!reads_back(&it, number)) {
        number = round_to_1(&it);
        out->precision = DBL_DECIMAL_DIG;
    }
    write_digits(number, it.power, out);
    return true;
}

/* ---- by the C library: any ---- */

static void find_by_trying(double real, hpi_decimal *out) {
    char raw[RAW_BYTES];
    /* 15 digits survive a double, so a shorter text is found at 15; below the normal range not. */
    for (int digits = real < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(raw, sizeof raw, "%.*e", digits - 1, real);
        out->precision = digits;
        if (strtod(raw, NULL) == real) break;
    }
    const char *at = raw;
    for (out->count = 0; *at != 'e'; at++) /* the point may be any bytes */
        if (*at >= '0' && *at <= '9') out->digits[out->count++] = *at;
    out->point = (int)strtol(at + 1, NULL, 10) + 1;
    strip_zeros(out);
}

void hpi_decimal_of(double real, hpi_decimal *out) {
    HPI_ASSERT(isfinite(real) && real > 0);
    if (!find_in_integers(real, out)) find_by_trying(real, out);
}
