/* SPDX-License-Identifier: BSD-3-Clause */

/* Between the unit cube and coordinates. A fraction is a 64-bit fixed-point number: it reaches
 * every integer of every range, which a double's 53 bits do not. */

#include "space/param.h"

#include <math.h>

/* The upper half of a 64 x 64 bit product, without the types C11 has not got. With one of the
 * factors a random word it is a uniform number below the other, biased by less than 2^-64 times
 * it. */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t a_low = (uint32_t)a, a_high = a >> 32;
    uint64_t b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32);
    uint64_t other = a_low * b_high + (uint32_t)middle;
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

/* t in [0, 1]; both ends come out exactly, and nothing between them leaves the range. */
static double real_at(const param *p, double t) {
    if (t <= 0) return p->min.real;
    if (t >= 1) return p->max.real;
    double real;
    if (p->is_log)
        real = exp(p->low + t * p->width);
    else if (isfinite(p->width))
        real = p->low + t * p->width;
    else
        real = p->min.real * (1 - t) + p->max.real * t;
    return real < p->min.real ? p->min.real : real > p->max.real ? p->max.real : real;
}

/* The integer whose cell in the logarithm holds t: with low = min - 0.5, the cells are those of
 * low * exp(t * width). It is computed as a distance from min, because a double that holds an
 * integer near 2^63 has no room for halves, nor for the integer. */
static hpt_coord log_int_at(const param *p, double t) {
    double distance = floor(p->low * expm1(t * p->width));
    if (t <= 0) return p->min;
    if (t >= 1 || distance >= (double)p->last) /* so it is below 2^63 hereafter */
        return p->max;
    return hpi_param_choice(p, (uint64_t)distance);
}

/* 2^64 - 1 becomes 1: rounding to a double is what makes the last fraction reach max. Both halves
 * are exact, so the sum is rounded once, as (double)fraction is; but that branches on the upper bit
 * (before AVX-512), which is random: half of the branches are mispredicted. */
static double unit_of(uint64_t fraction) {
    double upper = (double)(uint32_t)(fraction >> 32), lower = (double)(uint32_t)fraction;
    return (upper * 0x1p32 + lower) * 0x1p-64;
}

/* From here on a fraction rounds to 1, which is max even if low + width is a little less. */
#define FRACTION_OF_MAX (UINT64_MAX - 1023)

static hpt_coord countable_at(const param *p, uint64_t fraction) {
    if (p->is_log && p->last > 0) /* one real alone may be logarithmic too */
        return log_int_at(p, unit_of(fraction));
    bool is_all = p->last == UINT64_MAX; /* 2^64 values */
    return hpi_param_choice(p, is_all ? fraction : multiply_high(fraction, p->last + 1));
}

hpt_coord hpt_space_at_fraction(const hpt_space *space, hpt_param handle, uint64_t fraction) {
    const param *p = hpi_param_at(space, handle);
    if (!p) return (hpt_coord){ .integer = 0 };
    if (hpi_is_continuous(p)) return (hpt_coord){ .real = real_at(p, unit_of(fraction)) };
    return countable_at(p, fraction);
}

/* The most common kind of range without a call, and without a branch that could be mispredicted. */
static double linear_at(const param *p, uint64_t fraction) {
    double real = p->low + unit_of(fraction) * p->width;
    real = real < p->min.real ? p->min.real : real;
    return real > p->max.real ? p->max.real : real;
}

void hpi_space_at_fractions(const hpt_space *space, hpt_param first, size_t count,
                            const uint64_t *fractions, hpt_coord *coords_out) {
    HPI_ASSERT(first + count <= space->count);
    for (size_t i = 0; i < count; i++) {
        const param *p = &space->params[first + i];
        if (p->is_linear && fractions[i] < FRACTION_OF_MAX)
            coords_out[i].real = linear_at(p, fractions[i]);
        else
            coords_out[i] = hpt_space_at_fraction(space, (hpt_param)(first + i), fractions[i]);
    }
}

hpt_coord hpt_space_from_unit(const hpt_space *space, hpt_param handle, double unit) {
    const param *p = hpi_param_at(space, handle);
    double       t = unit > 0 ? fmin(unit, 1) : 0; /* NaN too */
    if (p && hpi_is_continuous(p)) return (hpt_coord){ .real = real_at(p, t) };
    return hpt_space_at_fraction(space, handle, t < 1 ? (uint64_t)(t * 0x1p64) : UINT64_MAX);
}

static double clamp_unit(double t) {
    return t > 0 ? fmin(t, 1) : 0;
}

static double real_unit(const param *p, double real) {
    if (p->is_log) return clamp_unit((log(real) - p->low) / p->width);
    if (isfinite(p->width)) return clamp_unit((real - p->low) / p->width);
    return clamp_unit((real / 2 - p->min.real / 2) / (p->max.real / 2 - p->min.real / 2));
}

/* Where the cell of value number `index` begins; the one of number last + 1 would begin at 1. */
static double cell_start(const param *p, double index) {
    double t = p->is_log ? log1p(index / p->low) / p->width : index / ((double)p->last + 1);
    return clamp_unit(t);
}

static double log_int_unit(const param *p, uint64_t distance) {
    double below = log1p((double)distance / p->low);
    double above = log1p(((double)distance + 1) / p->low);
    return clamp_unit((below + above) / 2 / p->width);
}

void hpi_space_cell(const hpt_space *space, hpt_param handle, hpt_coord coord, double *low_out,
                    double *high_out) {
    HPI_ASSERT(handle < space->count);
    const param *p = &space->params[handle];
    double       index = (double)hpi_param_index(p, coord);
    *low_out = p->last > 0 ? cell_start(p, index) : 0;
    *high_out = p->last > 0 ? cell_start(p, index + 1) : 1;
}

double hpt_space_to_unit(const hpt_space *space, hpt_param handle, hpt_coord coord) {
    const param *p = hpi_param_at(space, handle);
    if (!p) return 0;
    if (hpi_is_continuous(p)) return real_unit(p, coord.real);
    if (p->last == 0) return 0.5;
    if (p->is_log) return log_int_unit(p, hpi_param_index(p, coord));
    return clamp_unit(((double)hpi_param_index(p, coord) + 0.5) / ((double)p->last + 1));
}

/* ---- counting ---- */

uint64_t hpt_space_choices(const hpt_space *space, hpt_param handle) {
    const param *p = hpi_param_at(space, handle);
    if (!p || hpi_is_continuous(p)) return 0;
    return p->last == UINT64_MAX ? UINT64_MAX : p->last + 1;
}

hpt_coord hpt_space_choice(const hpt_space *space, hpt_param handle, uint64_t index) {
    const param *p = hpi_param_at(space, handle);
    if (!p) return (hpt_coord){ .integer = 0 };
    return hpi_is_continuous(p) ? p->min : hpi_param_choice(p, index);
}

uint64_t hpi_space_index(const hpt_space *space, hpt_param handle, hpt_coord coord) {
    HPI_ASSERT(handle < space->count);
    return hpi_param_index(&space->params[handle], coord);
}

double hpt_space_size(const hpt_space *space) {
    double size = space && space->count > 0 ? 1 : 0;
    for (hpt_param i = 0; space && i < space->count; i++) {
        const param *p = &space->params[i];
        size *= hpi_is_continuous(p) ? INFINITY : (double)p->last + 1;
    }
    return size;
}
