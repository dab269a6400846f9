/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_warp.h"

#include <math.h>

#include "strategy/approx.h"

double hpi_gp_select(double *values, size_t count, size_t rank) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        double pivot = values[low + (high - low) / 2];
        size_t i = low, j = high - 1;
        for (;; i++, j--) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j) break;
            double held = values[i];
            values[i] = values[j];
            values[j] = held;
        }
        size_t cut = j + 1; /* up to j all are at most the pivot, from there on at least */
        if (rank < cut)
            high = cut < high ? cut : high - 1;
        else
            low = cut;
    }
    return values[low];
}

static bool is_complete(const hpi_gp_trials *trials, size_t trial) {
    return trials->end[trial] == HPI_GP_COMPLETE;
}

/* Gaps to the least loss; the sum of log(dgap / dloss) is returned. So that squares do not
 * overflow, what is huge is scaled down. */
static double find_gaps(const hpi_gp_trials *trials, const size_t *chosen, size_t count,
                        double *gaps_out) {
    double least = (double)INFINITY, most = -(double)INFINITY;
    for (size_t i = 0; i < count; i++)
        if (is_complete(trials, chosen[i])) {
            least = fmin(least, trials->loss[chosen[i]]);
            most = fmax(most, trials->loss[chosen[i]]);
        }
    double scale = fmax(fabs(least), fabs(most)) > 1e100 ? 1e-220 : 1;
    for (size_t i = 0; i < count; i++) {
        double loss = trials->end[chosen[i]] == HPI_GP_FAILED ? most : trials->loss[chosen[i]];
        gaps_out[i] = fmin(fmax(loss * scale - least * scale, 0), most * scale - least * scale);
    }
    return scale < 1 ? hpi_log(scale) : 0;
}

static void standardise(double *y, size_t count, double *scale_out) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < count; i++)
        mean += y[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        y[i] -= mean;
        square += y[i] * y[i] / (double)count;
    }
    double scale = square > 0 ? 1 / sqrt(square) : 1;
    for (size_t i = 0; i < count; i++)
        y[i] *= scale;
    *scale_out = scale;
}

double hpi_gp_warp(const hpi_gp_trials *trials, const size_t *chosen, size_t count, double bend,
                   double *y_out, double *room) {
    double slopes = find_gaps(trials, chosen, count, y_out) * (double)count, scale;
    for (size_t i = 0; i < count; i++)
        room[i] = y_out[i];
    double c = count > 0 && bend < INFINITY ? bend * hpi_gp_select(room, count, count / 2) : 0;
    for (size_t i = 0; c > 0 && i < count; i++) {
        slopes -= hpi_log(c + y_out[i]);
        y_out[i] = hpi_log(1 + y_out[i] / c);
    }
    standardise(y_out, count, &scale);
    return slopes + (double)count * hpi_log(scale);
}
