/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_region.h"

#include <math.h>

#include "strategy/approx.h"
#include "strategy/gp_warp.h"

/* In TuRBO the side starts at 0.8, and it takes 3 successes and d failures to change it: for
 * thousands of trials. With some dozens these left less error (docs/strategies.md). */
static const double side_first = 0.4, side_most = 1, side_least = 1e-7;
enum { SUCCESSES = 2, FAILURES = 3 };

void hpi_gp_region_adapt(hpi_gp_region *region, const hpi_gp_trials *trials) {
    double best = trials->loss[trials->best];
    if (region->side <= 0) {
        region->side = side_first;
    } else if (best < region->best) {
        region->failures = 0;
        if (++region->successes == SUCCESSES) {
            region->side = fmin(2 * region->side, side_most);
            region->successes = 0;
        }
    } else {
        region->successes = 0;
        if (++region->failures == FAILURES) {
            region->side = fmax(region->side / 2, side_least);
            region->failures = 0;
        }
    }
    region->best = best;
}

static double distance(const hpi_gp_trials *trials, size_t number_count, size_t a, size_t b) {
    size_t        d = trials->width;
    const double *x = trials->x + a * d, *y = trials->x + b * d;
    double        sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += j < number_count ? (x[j] - y[j]) * (x[j] - y[j]) : x[j] != y[j] ? 1 : 0;
    return sum;
}

size_t hpi_gp_region_choose(const hpi_gp_trials *trials, size_t number_count, size_t most,
                            double *room, size_t *chosen_out) {
    size_t  count = trials->count, kept = 0;
    double *sorted = room, *distances = room + count, limit = (double)INFINITY;
    for (size_t i = 0; i < count; i++)
        sorted[i] = distances[i] = distance(trials, number_count, i, trials->best);
    if (count > most) limit = hpi_gp_select(sorted, count, most - 1);
    for (size_t i = count; i-- > 0 && kept < most;) /* of those equally far the newest ones */
        if (distances[i] <= limit) chosen_out[kept++] = i;
    for (size_t i = 0; i < kept / 2; i++) {
        size_t held = chosen_out[i];
        chosen_out[i] = chosen_out[kept - 1 - i];
        chosen_out[kept - 1 - i] = held;
    }
    return kept;
}

void hpi_gp_region_aim(const hpi_gp_trials *trials, const size_t *chosen, size_t count,
                       hpi_gp_model *model) {
    size_t        d = model->points.number_count, width = trials->width;
    const double *centre = trials->x + trials->best * width;
    double        mean = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < d; j++) {
            double off = trials->x[chosen[i] * width + j] - centre[j];
            mean += off * off / (double)count;
        }
    for (size_t j = 0; j < d; j++)
        model->theta.centre[j] = centre[j];
    model->theta.reach = mean > 1e-30 ? 1 / mean : 1;
}

void hpi_gp_region_box(const hpi_gp_region *region, const hpi_gp_model *model, const double *centre,
                       double *low_out, double *high_out) {
    size_t        d = model->points.number_count;
    const double *sharp = model->theta.sharp;
    double        mean = 0;
    for (size_t j = 0; j < d; j++)
        mean += hpi_log(sharp[j]) / (double)d;
    for (size_t j = 0; j < d; j++) {
        double half = 0.5 * region->side * hpi_exp(0.5 * (mean - hpi_log(sharp[j])));
        low_out[j] = fmax(0, centre[j] - half);
        high_out[j] = fmin(1, centre[j] + half);
    }
}
