/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/margin.h"

#include <math.h>

#include "strategy/normal.h"

/* The first or last cell, or one of two (section 4.2, equation 20): the mean may not go farther
 * from the threshold than so that beyond it lies alpha. */
static void keep_near(hpi_cma *cma, size_t j, double threshold, double alpha) {
    double reach = hpi_normal_quantile(1 - alpha) * hpi_cma_deviation(cma, j);
    double away = cma->mean[j] - threshold;
    if (fabs(away) > reach) cma->mean[j] = threshold + copysign(reach, away);
}

/* A cell between others (equations 21 to 27): at least alpha / 2 on either side. */
static void keep_between(hpi_cma *cma, size_t j, double low, double high, double alpha) {
    double deviation = hpi_cma_deviation(cma, j), half = alpha / 2;
    double below = hpi_normal_above((cma->mean[j] - low) / deviation);
    double above = hpi_normal_above((high - cma->mean[j]) / deviation);
    if (below >= half && above >= half) return;
    double inside = fmax(0, 1 - below - above);
    double p = fmax(half, below), q = fmax(half, above);
    double surplus = 1 - p - q - inside, room = p + inside + q - 3 * half;
    double p_new = p + surplus * (p - half) / room, q_new = q + surplus * (q - half) / room;
    double p_reach = hpi_normal_quantile(1 - p_new), q_reach = hpi_normal_quantile(1 - q_new);
    double sum = p_reach + q_reach, unit = deviation / cma->scale[j];
    if (!(sum > 1e-9) || !(unit > 0) || !isfinite(1 / unit)) return;
    cma->mean[j] = (low * q_reach + high * p_reach) / sum;
    cma->scale[j] = (high - low) / (unit * sum);
}

void hpi_margin_keep(hpi_cma *cma, const hpi_searched *searched, double alpha) {
    for (size_t j = 0; j < searched->number_count; j++) {
        double low, high;
        if (!searched->numbers[j].has_cells) continue;
        hpi_searched_cell(searched, j, cma->mean[j], &low, &high);
        if (low <= 0)
            keep_near(cma, j, high, alpha);
        else if (high >= 1)
            keep_near(cma, j, low, alpha);
        else
            keep_between(cma, j, low, high, alpha);
    }
}
