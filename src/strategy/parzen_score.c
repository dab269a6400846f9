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

/* A cell narrower than this is a point: its mass would be the difference of nearly equal numbers.
 * Kernels and prior all leave out the same factor, so nothing else changes. */
static const float cell_min = 1e-5F;

/* Least mass and probability that count: exp(-80) of anything else's. */
static const float mass_min = 1e-35F;

static const float sqrt_2 = 1.41421356F;

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

/* base has -log(sigma) for a density; a mass has none. */
static void add_cell(const float *restrict mean, const float *restrict sharp, float low, float high,
                     size_t count, float *restrict acc) {
    for (size_t i = 0; i < count; i++) {
        float narrow = sharp[i] * sqrt_2;
        float mass = hpi_normal_mass_f((low - mean[i]) * narrow, (high - mean[i]) * narrow);
        mass = mass > mass_min ? mass : mass_min;
        acc[i] += hpi_log_f(mass / narrow);
    }
}

static void add_listed(const float *restrict mean, float x, float hit, float miss, size_t count,
                       float *restrict acc) {
    for (size_t i = 0; i < count; i++)
        acc[i] += mean[i] == x ? hit : miss;
}

static void add_axis(const hpi_parzen *parzen, size_t axis, const hpi_parzen_points *points,
                     size_t point, float *acc) {
    const hpi_parzen_axis *it = &parzen->rule->axes[axis];
    const float           *mean = parzen->mean + axis * parzen->room;
    const float           *sharp = parzen->sharp + axis * parzen->room;
    size_t                 at = axis * points->count + point, count = rounded_up(parzen->used);
    float                  x = points->x[at], low = points->low[at], high = points->high[at];
    if (it->kind == HPI_PARZEN_LIST) {
        double each = hpi_parzen_smoothing(parzen), all = 1 + it->choices * each;
        double miss = fmax(each / all, (double)mass_min);
        add_listed(mean, x, (float)hpi_log((1 + each) / all), (float)hpi_log(miss), count, acc);
    } else if (it->kind == HPI_PARZEN_CELLS && high - low >= cell_min) {
        add_cell(mean, sharp, low, high, count, acc);
    } else {
        add_real(mean, sharp, x, count, acc);
    }
}

/* The same of the prior. */
static double prior_axis(const hpi_parzen *parzen, size_t axis, const hpi_parzen_points *points,
                         size_t point) {
    static const float     log_within = -0.959916366F; /* log(0.38292492) */
    const hpi_parzen_axis *it = &parzen->rule->axes[axis];
    size_t                 at = axis * points->count + point;
    float                  x = points->x[at], low = points->low[at], high = points->high[at];
    if (it->kind == HPI_PARZEN_LIST) return -hpi_log(it->choices);
    if (it->kind == HPI_PARZEN_CELLS && high - low >= cell_min)
        return (double)(hpi_log_f(hpi_normal_mass_f(low - 0.5F, high - 0.5F)) - log_within);
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
    float  top = largest(acc, acc + count, count, weight > 0 ? (float)log_prior : -1e30F);
    weigh_parts(acc, parzen->weight, top, count);
    double sum = (double)sum_of(acc, count) + weight * hpi_exp(log_prior - (double)top);
    return top + (float)hpi_log(fmax(sum, 1e-300) / parzen->weight_sum);
}

static float score_point(const hpi_parzen *parzen, const hpi_parzen_points *points, size_t point,
                         float *acc) {
    const hpi_parzen_rule *rule = parzen->rule;
    size_t                 count = rounded_up(parzen->used), axis = 0;
    double                 log_prior = 0;
    memcpy(acc, parzen->log_scale, count * sizeof *acc);
    while (axis < rule->axis_count) {
        size_t at = axis * points->count + point, row = axis * parzen->room, run = 0;
        while (run < 4 && axis + run < rule->axis_count &&
               rule->axes[axis + run].kind == HPI_PARZEN_REAL)
            log_prior += prior_axis(parzen, axis + run++, points, point);
        if (run == 4) {
            const float x[4] = { points->x[at], points->x[at + points->count],
                                 points->x[at + 2 * points->count],
                                 points->x[at + 3 * points->count] };
            add_four_reals(parzen->mean + row, parzen->sharp + row, parzen->room, x, count, acc);
            axis += 4;
            continue;
        }
        if (run == 0) log_prior += prior_axis(parzen, axis + run++, points, point);
        for (; run > 0; run--)
            add_axis(parzen, axis++, points, point, acc);
    }
    return log_mixture(parzen, acc, log_prior);
}

size_t hpi_parzen_score_room(const hpi_parzen *parzen) {
    return (size_t)parzen->room * 3 + 64; /* the kernels' parts, and halves of them */
}

float hpi_parzen_score(const hpi_parzen *parzen, const hpi_parzen_points *points, size_t point,
                       float *room) {
    return score_point(parzen, points, point, room);
}

float hpi_parzen_score_least(const hpi_parzen *parzen, const hpi_parzen_points *points,
                             size_t point) {
    double log_prior = 0, weight = parzen->count ? parzen->rule->prior_weight : 1;
    if (weight <= 0) return -INFINITY;
    for (size_t axis = 0; axis < parzen->rule->axis_count; axis++)
        log_prior += prior_axis(parzen, axis, points, point);
    return (float)(log_prior + hpi_log(weight / parzen->weight_sum)) - 1e-3F;
}

void hpi_parzen_score_axis(const hpi_parzen *parzen, size_t axis, const hpi_parzen_points *points,
                           float *room, float *scores_out) {
    size_t       count = rounded_up(parzen->used);
    const float *log_norm = parzen->log_norm + axis * parzen->room;
    for (size_t point = 0; point < points->count; point++) {
        for (size_t i = 0; i < count; i++)
            room[i] = log_norm[i];
        add_axis(parzen, axis, points, point, room);
        scores_out[point] = log_mixture(parzen, room, prior_axis(parzen, axis, points, point));
    }
}
