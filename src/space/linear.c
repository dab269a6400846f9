/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/linear.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "space/param.h"

hpt_status hpi_linear_init(hpi_linear *linear, const hpt_space *space, hpt_err *err) {
    size_t count = space->count;
    *linear = (hpi_linear){ 0 };
    for (size_t j = 0; j < count; j++)
        if (!space->params[j].is_linear) return HPT_OK;
    linear->low = hpi_alloc(count, 4 * sizeof *linear->low);
    if (!linear->low) return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu ranges", count);
    linear->width = linear->low + count;
    linear->min = linear->width + count;
    linear->max = linear->min + count;
    linear->count = count;
    for (size_t j = 0; j < count; j++) {
        const param *p = &space->params[j];
        linear->low[j] = p->low;
        linear->width[j] = p->width;
        linear->min[j] = p->min.real;
        linear->max[j] = p->max.real;
    }
    return HPT_OK;
}

void hpi_linear_fini(hpi_linear *linear) {
    hpi_free(linear->low);
    *linear = (hpi_linear){ 0 };
}

static double from_bits(uint64_t bits) {
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

/* (double)fraction * 2^-64, rounded once: there is no vector instruction for that before AVX-512.
 * Each half becomes the last digits of a power of two; both are exact, and so is the difference
 * that takes the powers away again. */
static double unit_of(uint64_t fraction) {
    double upper = from_bits(fraction >> 32 | UINT64_C(0x4530000000000000)); /* 2^84 + upper 2^32 */
    double lower = from_bits((fraction & UINT32_MAX) | UINT64_C(0x4330000000000000)); /* 2^52 + */
    return ((upper - 0x1.00000001p84) + lower) * 0x1p-64;
}

void hpi_linear_at(const hpi_linear *linear, size_t first, size_t count,
                   const uint64_t *restrict fractions, hpt_coord *restrict coords_out) {
    const double *low = linear->low + first, *width = linear->width + first;
    const double *min = linear->min + first, *max = linear->max + first;
    HPI_ASSERT(first + count <= linear->count);
    for (size_t i = 0; i < count; i++) {
        double unit = unit_of(fractions[i]), real = low[i] + unit * width[i];
        real = real < min[i] ? min[i] : real;
        real = real > max[i] ? max[i] : real;
        coords_out[i].real = unit < 1 ? real : max[i]; /* even if low + width is a little less */
    }
}
