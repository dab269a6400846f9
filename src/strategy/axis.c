/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/axis.h"

#include <math.h>

#include "base/err.h"
#include "base/text.h"

/* Two neighbours among 2^32 points differ by at least 2^-32 of the range, far more than the 2^-52
 * that doubles lose: all points are different. */
static const uint64_t log_points_max = UINT64_C(1) << 32;

/* First value from which the logarithm takes over, and the distance of the next one, when `taken`
 * integers in a row come first. */
static double first_gap(const hpi_axis *axis, uint64_t taken) {
    double first = (double)axis->of.integer.min + (double)taken;
    double rest = (double)(axis->of.integer.span - taken);
    return first * expm1(log1p(rest / first) / (double)(axis->size - 1 - taken));
}

/* The fewest integers in a row after which the rest of a geometric sequence has gaps of 1 and more,
 * so that all are different when rounded. A longer row makes the gaps larger: bisection works; and
 * one gap is always large enough, because not every integer of the range is taken. */
static uint64_t consecutive_count(const hpi_axis *axis) {
    uint64_t low = 0, high = axis->size - 2;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (first_gap(axis, middle) >= 1 + 1e-9)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static hpt_status init_integer(hpi_axis *axis, const hpt_param_info *info, uint64_t points,
                               hpt_err *err) {
    axis->kind = info->is_log ? HPI_AXIS_INTEGER_LOG : HPI_AXIS_INTEGER;
    axis->size = points;
    axis->of.integer.min = info->min.as.integer;
    axis->of.integer.span = (uint64_t)info->max.as.integer - (uint64_t)info->min.as.integer;
    if (!info->is_log) return HPT_OK;
    if (points > log_points_max)
        return hpi_fail(err, HPT_ELIMIT,
                        "grid: %llu points are more than the 2^32 that a "
                        "logarithmic range of integers can have",
                        (unsigned long long)points);
    if (points > 1) axis->of.integer.consecutive = consecutive_count(axis);
    return HPT_OK;
}

static hpt_status init_real(hpi_axis *axis, const hpt_param_info *info, uint64_t points,
                            hpt_err *err) {
    char quoted[64];
    if (points == 0)
        return hpi_fail(err, HPT_EINVAL,
                        "grid: parameter \"%s\" is a range without a step: say how many points, "
                        "as in grid:points=9",
                        hpi_quote(quoted, sizeof quoted, info->name));
    axis->kind = info->is_log ? HPI_AXIS_REAL_LOG : HPI_AXIS_REAL;
    axis->size = points;
    axis->of.real.min = info->min.as.real;
    axis->of.real.max = info->max.as.real;
    return HPT_OK;
}

hpt_status hpi_axis_init(hpi_axis *axis, const hpt_space *space, hpt_param param, uint64_t points,
                         hpt_err *err) {
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_status     status = hpt_space_info(space, param, &info, err);
    if (status != HPT_OK) return status;
    uint64_t choices = hpt_space_choices(space, param);
    *axis = (hpi_axis){ .kind = HPI_AXIS_CHOICES, .size = choices };
    if (choices == 0) return init_real(axis, &info, points, err);
    bool is_range = info.kind == HPT_KIND_INT && !info.has_step;
    if (is_range && points > 0 && points < choices) return init_integer(axis, &info, points, err);
    return HPT_OK;
}

/* index / (size - 1); the middle for a single point. */
static double position(const hpi_axis *axis, uint64_t index) {
    return axis->size > 1 ? (double)index / (double)(axis->size - 1) : 0.5;
}

static double clamp(double x, double min, double max) {
    return x < min ? min : x > max ? max : x;
}

/* One division, last: so 0.1 to 0.5 in five points goes through 0.3, not 0.30000000000000004. */
static double real_value(const hpi_axis *axis, uint64_t index) {
    double min = axis->of.real.min, max = axis->of.real.max;
    double at = position(axis, index), gaps = axis->size > 1 ? (double)(axis->size - 1) : 2;
    double up = axis->size > 1 ? (double)index : 1;
    double value = (min * (gaps - up) + max * up) / gaps;
    if (!isfinite(value)) value = min * (1 - at) + max * at;
    return clamp(value, min, max);
}

/* Powers of 10 rather than of e: people write 1e-4 and 1e-1 and expect 0.001 in between. */
static double real_log_value(const hpi_axis *axis, uint64_t index) {
    double min = axis->of.real.min, max = axis->of.real.max;
    double low = log10(min), high = log10(max);
    if (axis->size > 1 && index == 0) return min;
    if (axis->size > 1 && index == axis->size - 1) return max;
    return clamp(pow(10, low + (high - low) * position(axis, index)), min, max);
}

/* a * b / divisor rounded down, for a, b <= divisor < 2^53, where the product may need 106 bits.
 * The quotient of doubles is off by a few at most; the remainder, known modulo 2^64, corrects it.
 */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t divisor) {
    uint64_t quotient = (uint64_t)((double)a * (double)b / (double)divisor);
    int64_t  rest = (int64_t)(a * b - quotient * divisor);
    for (; rest < 0; rest += (int64_t)divisor)
        quotient--;
    for (; rest >= (int64_t)divisor; rest -= (int64_t)divisor)
        quotient++;
    return quotient;
}

static uint64_t integer_offset(const hpi_axis *axis, uint64_t index) {
    uint64_t span = axis->of.integer.span, gaps = axis->size - 1;
    if (gaps == 0) return span / 2;
    return span / gaps * index + scale(span % gaps, index, gaps);
}

static uint64_t integer_log_offset(const hpi_axis *axis, uint64_t index) {
    uint64_t span = axis->of.integer.span, taken = axis->of.integer.consecutive;
    if (axis->size > 1 && index <= taken) return index;
    if (axis->size > 1 && index == axis->size - 1) return span;
    double first = (double)axis->of.integer.min + (double)taken;
    double rest = (double)(span - taken);
    double at = axis->size > 1 ? (double)(index - taken) / (double)(axis->size - 1 - taken) : 0.5;
    double offset = round(first * expm1(log1p(rest / first) * at));
    return offset >= rest ? span : taken + (uint64_t)offset;
}

/* Unsigned: a range may be wider than INT64_MAX. */
static int64_t integer_at(const hpi_axis *axis, uint64_t offset) {
    return (int64_t)((uint64_t)axis->of.integer.min + offset);
}

hpt_coord hpi_axis_value(const hpi_axis *axis, const hpt_space *space, hpt_param param,
                         uint64_t index) {
    HPI_ASSERT(index < axis->size);
    hpt_coord value = { 0 };
    switch (axis->kind) {
    case HPI_AXIS_CHOICES:
        return hpt_space_choice(space, param, index);
    case HPI_AXIS_REAL:
        value.real = real_value(axis, index);
        break;
    case HPI_AXIS_REAL_LOG:
        value.real = real_log_value(axis, index);
        break;
    case HPI_AXIS_INTEGER:
        value.integer = integer_at(axis, integer_offset(axis, index));
        break;
    case HPI_AXIS_INTEGER_LOG:
        value.integer = integer_at(axis, integer_log_offset(axis, index));
        break;
    }
    return value;
}
