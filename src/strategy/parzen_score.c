/* SPDX-License-Identifier: BSD-3-Clause */

/* The density. The loops over kernels are where the time goes: arrays
 * without holes, lengths that are multiples of LANES, no calls, no branches, no reductions but into
 * LANES sums, so that a compiler makes vector instructions of them without leave to reorder. */

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "strategy/approx.h"
#include "strategy/parzen.h"

enum { LANES = 8 };

/* The least probability that counts: exp(-80). */
static const double share_min = 1e-35;

/* ---- one axis of all kernels at one point: acc[i] += log of its part ---- */

static uint32_t rounded_up(uint32_t used) {
    return (used + LANES - 1) / LANES * LANES;
}

static void add_real(const float *restrict mean, const float *restrict sharp, float x, size_t count,
                     float *restrict acc) {
    for (size_t i = 0; i < count; i++) {
        float t = (x - mean[i]) * sharp[i];
        acc[i] -= t * t;
    }
}

/* Four axes at once: acc is loaded and stored once. */
static void add_four_reals(const float *restrict mean, const float *restrict sharp, size_t stride,
                           const float x[4], size_t count, float *restrict acc) {
    const float *restrict m1 = mean + stride, *restrict m2 = m1 + stride,
                          *restrict m3 = m2 + stride;
    const float *restrict s1 = sharp + stride, *restrict s2 = s1 + stride,
                          *restrict s3 = s2 + stride;
    float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    for (size_t i = 0; i < count; i++) {
        float t0 = (x0 - mean[i]) * sharp[i], t1 = (x1 - m1[i]) * s1[i];
        float t2 = (x2 - m2[i]) * s2[i], t3 = (x3 - m3[i]) * s3[i];
        acc[i] -= (t0 * t0 + t1 * t1) + (t2 * t2 + t3 * t3);
    }
}

static void add_listed(const float *restrict mean, float x, float hit, float miss, size_t count,
                       float *restrict acc) {
    for (size_t i = 0; i < count; i++)
        acc[i] += mean[i] == x ? hit : miss;
}

static void add_axis(const hpi_parzen *parzen, size_t axis, float x, float *acc) {
    const hpi_parzen_axis *it = &parzen->rule->axes[axis];
    const float           *mean = parzen->mean + axis * parzen->room;
    size_t                 count = rounded_up(parzen->used);
    if (it->kind == HPI_PARZEN_LIST) {
        double each = hpi_parzen_smoothing(parzen), all = 1 + it->choices * each;
        double miss = fmax(each / all, share_min);
        add_listed(mean, x, (float)hpi_log((1 + each) / all), (float)hpi_log(miss), count, acc);
    } else {
        add_real(mean, parzen->sharp + axis * parzen->room, x, count, acc);
    }
}

/* The same of the prior. */
static double prior_axis(const hpi_parzen *parzen, size_t axis, float x) {
    static const float     log_within = -0.959916366F; /* log(0.38292492) */
    const hpi_parzen_axis *it = &parzen->rule->axes[axis];
    if (it->kind == HPI_PARZEN_LIST) return -it->log_choices;
    return (double)(-0.5F * (x - 0.5F) * (x - 0.5F) - log_within);
}

/* ---- summing up ---- */

/* Fold the second half of an array onto the first until LANES are left: unlike a sum in order, it
 * can be done LANES at a time, and it loses fewer digits. */
static size_t folded(size_t count) {
    return (count / 2 + LANES - 1) / LANES * LANES;
}

static void add_half(float *restrict low, const float *restrict high, size_t count) {
    for (size_t i = 0; i < count; i++)
        low[i] += high[i];
}

static void keep_larger(float *restrict out, const float *restrict a, const float *restrict b,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = a[i] > b[i] ? a[i] : b[i];
}

static float sum_of(float *values, size_t count) {
    for (size_t half; count > LANES; count = half) {
        half = folded(count);
        add_half(values, values + half, count - half);
    }
    for (size_t i = 1; i < count; i++)
        values[0] += values[i];
    return count ? values[0] : 0;
}

static float largest(const float *values, float *room, size_t count, float start) {
    for (size_t half; count > LANES; count = half) {
        half = folded(count);
        keep_larger(room, values, values + half, count - half);
        for (size_t i = count - half; i < half; i++)
            room[i] = values[i];
        values = room;
        room += half;
    }
    for (size_t i = 0; i < count; i++)
        start = values[i] > start ? values[i] : start;
    return start;
}

static void weigh_parts(float *restrict acc, const float *restrict weight, float top,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        acc[i] = weight[i] * hpi_exp_f(acc[i] - top);
}

/* log(sum of weight * exp(acc), prior included, / sum of weights) */
static float log_mixture(const hpi_parzen *parzen, float *acc, double log_prior) {
    size_t count = rounded_up(parzen->used);
    double weight = parzen->count ? parzen->rule->prior_weight : 1;
    float  top = largest(acc, acc + count, count, weight > 0 ? (float)log_prior : HPI_PARZEN_NEVER);
    weigh_parts(acc, parzen->weight, top, count);
    double sum = (double)sum_of(acc, count) + weight * hpi_exp(log_prior - (double)top);
    return top + (float)hpi_log(fmax(sum, 1e-300) / parzen->weight_sum);
}

/* How many axes from this one on are computed alike, four at most. */
static size_t run_of(const hpi_parzen_rule *rule, size_t axis) {
    size_t run = 0;
    while (run < 4 && axis + run < rule->axis_count &&
           rule->axes[axis + run].kind != HPI_PARZEN_LIST)
        run++;
    return run;
}

size_t hpi_parzen_score_room(const hpi_parzen *parzen) {
    return (size_t)parzen->room * 3 + 64; /* the kernels' parts, and halves of them */
}

static double log_of_prior(const hpi_parzen *parzen, const hpi_parzen_points *points,
                           size_t point) {
    double sum = 0;
    for (size_t axis = 0; axis < parzen->rule->axis_count; axis++)
        sum += prior_axis(parzen, axis, points->x[axis * points->count + point]);
    return sum;
}

float hpi_parzen_score(const hpi_parzen *parzen, const hpi_parzen_points *points, size_t point,
                       float *room) {
    const hpi_parzen_rule *rule = parzen->rule;
    size_t                 count = rounded_up(parzen->used), stride = points->count, run;
    memcpy(room, parzen->log_scale, count * sizeof *room);
    for (size_t axis = 0; axis < rule->axis_count; axis += run) {
        const float *x = points->x + axis * stride + point;
        size_t       row = axis * parzen->room;
        run = run_of(rule, axis);
        if (run == 4) {
            const float four[4] = { x[0], x[stride], x[2 * stride], x[3 * stride] };
            add_four_reals(parzen->mean + row, parzen->sharp + row, parzen->room, four, count,
                           room);
        } else {
            run = 1;
            add_axis(parzen, axis, *x, room);
        }
    }
    return log_mixture(parzen, room, log_of_prior(parzen, points, point));
}

float hpi_parzen_score_least(const hpi_parzen *parzen, const hpi_parzen_points *points,
                             size_t point) {
    double weight = parzen->count ? parzen->rule->prior_weight : 1;
    if (weight <= 0) return -INFINITY;
    double share = hpi_log(weight / parzen->weight_sum);
    return (float)(log_of_prior(parzen, points, point) + share) - 1e-3F;
}

/* Of kernels; what is none must not be the largest, or all others are lost beside it. */
static void start_parts(const float *restrict log_norm, const float *restrict weight, size_t count,
                        float *restrict out) {
    for (size_t i = 0; i < count; i++)
        out[i] = weight[i] > 0 ? log_norm[i] : HPI_PARZEN_NEVER;
}

void hpi_parzen_score_axis(const hpi_parzen *parzen, size_t axis, const hpi_parzen_points *points,
                           float *room, float *scores_out) {
    size_t       count = rounded_up(parzen->used);
    const float *log_norm = parzen->log_norm + axis * parzen->room;
    for (size_t point = 0; point < points->count; point++) {
        float x = points->x[axis * points->count + point];
        start_parts(log_norm, parzen->weight, count, room);
        add_axis(parzen, axis, x, room);
        scores_out[point] = log_mixture(parzen, room, prior_axis(parzen, axis, x));
    }
}
