/* SPDX-License-Identifier: BSD-3-Clause */

/* What can be counted: the numbers of a parameter's values, and the grid a step makes. */

#include "space/param.h"

#include <math.h>

/* How near to a step counts as on it, in steps: far above rounding, far below any meaning. */
static const double step_tolerance = 1e-9;

/* Below this, base + k * stride is exact in a double whatever the signs. */
static const double decimal_max = 0x1p52;

/* Look for a power of ten that makes min and step whole numbers. */
static void find_decimals(param *p) {
    double largest = fmax(fabs(p->min.real), fabs(p->max.real));
    p->scale = 0;
    for (double scale = 1; largest * scale <= decimal_max; scale *= 10) {
        double base = round(p->min.real * scale);
        double stride = round(p->step.real * scale);
        if (base / scale == p->min.real && stride / scale == p->step.real) {
            p->base = base;
            p->stride = stride;
            p->scale = scale;
            return;
        }
    }
}

/* min + k * step, rounded once: fma also keeps k * step from overflowing. */
static double grid(const param *p, uint64_t k) {
    if (p->scale > 0) return (p->base + (double)k * p->stride) / p->scale;
    return fma((double)k, p->step.real, p->min.real);
}

/* How many steps from min to a value; both may lie 2e308 apart. */
static double steps_to(const param *p, double real) {
    double width = real - p->min.real;
    if (isfinite(width)) return width / p->step.real;
    return (real / 2 - p->min.real / 2) / p->step.real * 2;
}

const char *hpi_range_step_problem(const param *p) {
    if (p->kind == HPT_KIND_INT) {
        uint64_t width = (uint64_t)p->max.integer - (uint64_t)p->min.integer;
        if (p->step.integer <= 0) return "is not above 0";
        return (uint64_t)p->step.integer > width ? "is larger than the range" : NULL;
    }
    double step = p->step.real;
    double largest = fmax(fabs(p->min.real), fabs(p->max.real));
    if (!isfinite(step) || step <= 0) return isfinite(step) ? "is not above 0" : "is not finite";
    if (steps_to(p, p->max.real) + step_tolerance < 1) return "is larger than the range";
    /* Two units in the last place, so that rounding never makes neighbours equal. It also keeps
     * the number of steps below 2^53. */
    if (step < 2 * (largest - nextafter(largest, 0)))
        return "is so small that doubles cannot tell the values apart";
    return NULL;
}

/* The quotient is rounded, by whole steps when there are very many: the grid itself decides. */
static void measure_steps(param *p) {
    find_decimals(p);
    double   max = p->max.real, tolerance = step_tolerance * p->step.real;
    uint64_t last = (uint64_t)steps_to(p, max);
    while (grid(p, last + 1) - max <= tolerance)
        last++;
    while (last > 0 && grid(p, last) - max > tolerance)
        last--;
    p->last = last;
    p->max.real = fmin(max, grid(p, last));
}

static void measure_real(param *p) {
    if (p->has_step)
        measure_steps(p);
    else
        p->last = p->min.real < p->max.real ? HPI_UNCOUNTED : 0;
    p->low = p->is_log ? log(p->min.real) : p->min.real;
    p->width = (p->is_log ? log(p->max.real) : p->max.real) - p->low;
}

/* In the logarithm an integer is the cell half a unit around it: then 1 to 8 meets 1 as often as
 * rounding a real between 0.5 and 8.5 does. */
static void measure_int(param *p) {
    uint64_t step = (uint64_t)p->step.integer;
    p->last = ((uint64_t)p->max.integer - (uint64_t)p->min.integer) / step;
    p->max.integer = hpi_from_bits((uint64_t)p->min.integer + p->last * step);
    if (p->is_log) {
        p->low = (double)p->min.integer - 0.5;
        p->width = log1p(((double)p->last + 1) / p->low);
    }
}

void hpi_range_measure(param *p) {
    if (p->kind == HPT_KIND_REAL)
        measure_real(p);
    else
        measure_int(p);
    p->is_linear = hpi_is_continuous(p) && !p->is_log && isfinite(p->width);
}

static double step_value(const param *p, uint64_t k) {
    return k >= p->last ? p->max.real : grid(p, k);
}

/* Rounding may put the quotient one off; the nearest of three is right. */
static uint64_t step_index(const param *p, double real) {
    double   steps = round(steps_to(p, real));
    uint64_t k = !(steps > 0) ? 0 : steps >= (double)p->last ? p->last : (uint64_t)steps;
    uint64_t nearest = k;
    if (k > 0 && fabs(step_value(p, k - 1) - real) < fabs(step_value(p, nearest) - real))
        nearest = k - 1;
    if (k < p->last && fabs(step_value(p, k + 1) - real) < fabs(step_value(p, nearest) - real))
        nearest = k + 1;
    return nearest;
}

hpt_coord hpi_param_choice(const param *p, uint64_t index) {
    hpt_coord coord = { .integer = 0 };
    uint64_t  k = index < p->last ? index : p->last;
    if (p->kind == HPT_KIND_REAL)
        coord.real = p->has_step ? step_value(p, k) : p->min.real;
    else if (p->kind == HPT_KIND_INT)
        coord.integer = hpi_from_bits((uint64_t)p->min.integer + k * (uint64_t)p->step.integer);
    else
        coord.integer = (int64_t)k;
    return coord;
}

uint64_t hpi_param_index(const param *p, hpt_coord coord) {
    if (p->kind == HPT_KIND_REAL) return p->has_step ? step_index(p, coord.real) : 0;
    int64_t first = p->kind == HPT_KIND_INT ? p->min.integer : 0;
    if (coord.integer <= first) return 0;
    uint64_t step = p->kind == HPT_KIND_INT ? (uint64_t)p->step.integer : 1;
    uint64_t k = ((uint64_t)coord.integer - (uint64_t)first) / step;
    return k < p->last ? k : p->last;
}
