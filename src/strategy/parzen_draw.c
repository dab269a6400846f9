/* SPDX-License-Identifier: BSD-3-Clause */

/* Drawing from the mixture: many points at once, one axis after the other, so that the inverse of
 * the normal distribution is a loop of vector instructions. */

#include <math.h>

#include "strategy/approx.h"
#include "strategy/parzen.h"

uint32_t hpi_parzen_pick(const hpi_parzen *parzen, double u) {
    double left = u * parzen->weight_sum;
    for (uint32_t i = 0; i < parzen->used; i++) {
        left -= (double)parzen->weight[i];
        if (left < 0) return i;
    }
    return parzen->used;
}

static double draw_listed(const hpi_parzen *parzen, uint32_t slot, size_t axis, double u) {
    double choices = parzen->rule->axes[axis].choices, each = hpi_parzen_smoothing(parzen);
    if (slot < parzen->used) {
        double left = u * (1 + choices * each) - 1;
        if (left < 0 || each == 0) return (double)parzen->mean[axis * parzen->room + slot];
        u = left / (choices * each);
    }
    return fmin(floor(u * choices), choices - 1);
}

/* Where the truncated kernel's share p lies in the whole one; to `room` its mean and sigma. */
static void gather(const hpi_parzen *parzen, size_t axis, const uint32_t *slots, size_t count,
                   float *p, float *room) {
    static const float below_prior = 0.308537539F, within_prior = 0.382924923F;
    size_t             row = axis * parzen->room;
    float             *mean = room, *sigma = room + count;
    for (size_t i = 0; i < count; i++) {
        bool   is_prior = slots[i] == parzen->used;
        size_t at = row + slots[i];
        mean[i] = is_prior ? 0.5F : parzen->mean[at];
        sigma[i] = is_prior ? 1 : 0.707106781F / parzen->sharp[at];
        p[i] = is_prior ? below_prior + p[i] * within_prior
                        : parzen->below[at] + p[i] * parzen->within[at];
    }
}

/* Rounding may put p above 1, and x out of the range. */
static void place(float *restrict x, const float *restrict mean, const float *restrict sigma,
                  float focus, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float p = x[i] < 0.99999994F ? x[i] : 0.99999994F;
        float at = mean[i] + focus * sigma[i] * hpi_normal_quantile_f(p);
        at = at > 0 ? at : 0;
        x[i] = at < 1 ? at : 1;
    }
}

void hpi_parzen_draw(const hpi_parzen *parzen, size_t axis, const uint32_t *slots, size_t count,
                     float *x, float *room) {
    if (parzen->rule->axes[axis].kind == HPI_PARZEN_LIST) {
        for (size_t i = 0; i < count; i++)
            x[i] = (float)draw_listed(parzen, slots[i], axis, (double)x[i]);
        return;
    }
    gather(parzen, axis, slots, count, x, room);
    place(x, room, room + count, (float)parzen->rule->focus, count);
}
