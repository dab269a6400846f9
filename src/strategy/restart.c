/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/restart.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "strategy/approx.h"

static const double tol_fun = 1e-12;      /* TolFunHist, times the spread if that is small  */
static const double tol_x = 1e-11;        /* TolX, times sigma_first                        */
static const double tol_up = 1e3;         /* TolXUp, the same                               */
static const double condition_max = 1e14; /* ConditionCov                                   */

/* How far lambda may grow: memory is lambda * d numbers, and a generation should end some day. */
enum { GROWTH_MAX = 512, NUMBERS_MAX = 1 << 22 };

static size_t history_length(size_t d, size_t lambda) {
    return 10 + (30 * d + lambda - 1) / lambda;
}

static void begin(hpi_restart *restart, size_t d, size_t lambda, double sigma) {
    double n = (double)d + 3;
    restart->lambda = lambda < 4 ? 4 : lambda > restart->lambda_max ? restart->lambda_max : lambda;
    restart->sigma = sigma;
    restart->generation = restart->best_count = 0;
    restart->generation_max = (size_t)(100 + 150 * n * n / sqrt((double)restart->lambda));
    restart->best_room = history_length(d, restart->lambda);
}

hpt_status hpi_restart_init(hpi_restart *restart, hpi_restarts kind, size_t d, size_t lambda,
                            double sigma, hpt_err *err) {
    *restart = (hpi_restart){
        .kind = kind, .lambda_first = lambda, .sigma_first = sigma, .large_lambda = lambda
    };
    restart->lambda_max =
        NUMBERS_MAX / (d + 1) / GROWTH_MAX > lambda ? lambda * GROWTH_MAX : NUMBERS_MAX / (d + 1);
    if (restart->lambda_max < lambda) restart->lambda_max = lambda;
    restart->bests = hpi_alloc(history_length(d, 4), sizeof *restart->bests); /* the longest */
    if (!restart->bests) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    begin(restart, d, lambda, sigma);
    return HPT_OK;
}

void hpi_restart_fini(hpi_restart *restart) {
    hpi_free(restart->bests);
    *restart = (hpi_restart){ 0 };
}

/* TolFunHist: the best losses of the latest generations and all of this one are as good as equal. A
 * history without any loss counts as equal too. */
static bool is_flat(const hpi_restart *restart, double best, double worst) {
    double least = best, most = worst;
    if (restart->best_count < restart->best_room) return false;
    for (size_t i = 0; i < restart->best_room; i++) {
        least = fmin(least, restart->bests[i]);
        most = fmax(most, restart->bests[i]);
    }
    return least == most || most - least < tol_fun * fmin(1, restart->spread);
}

/* Losses of 1e-20 are no flatter than those of 1: pycma's limit is absolute, this one is not where
 * all losses are nearly the same. */
static void measure_spread(hpi_restart *restart, double best, double worst) {
    if (worst < INFINITY) restart->spread = fmax(restart->spread, worst - best);
}

/* TolX and TolXUp. */
static bool is_out_of_scale(const hpi_restart *restart, const hpi_cma *cma) {
    double most = 0;
    for (size_t j = 0; j < cma->d; j++)
        most = fmax(most, fmax(hpi_cma_deviation(cma, j),
                               cma->sigma * cma->scale[j] * fabs(cma->path_c[j])));
    if (cma->d == 0) return false;
    return most < tol_x * restart->sigma_first || cma->sigma > tol_up * restart->sigma;
}

bool hpi_restart_is_due(hpi_restart *restart, const hpi_cma *cma, double best, double worst) {
    measure_spread(restart, best, worst);
    restart->spent[restart->is_large] += restart->lambda;
    restart->bests[restart->generation % restart->best_room] = best;
    restart->best_count += restart->best_count < restart->best_room;
    restart->generation++;
    if (restart->kind == HPI_RESTARTS_NONE) return false;
    if (restart->generation >= restart->generation_max) return true;
    if (is_flat(restart, best, worst) || is_out_of_scale(restart, cma)) return true;
    if (cma->is_singular || hpi_cma_condition(cma) > condition_max) return true;
    return cma->d > 0 && hpi_cma_has_no_effect(cma, restart->generation % cma->d);
}

/* lambda doubles. */
static void begin_large(hpi_restart *restart, size_t d) {
    size_t lambda = 2 * restart->large_lambda;
    restart->large_lambda = lambda < restart->lambda_max ? lambda : restart->lambda_max;
    restart->is_large = true;
    begin(restart, d, restart->large_lambda, restart->sigma_first);
}

/* lambda between its first value and half of the largest, mostly near the first; sigma mostly
 * small. No longer than half of what the large runs took. */
static void begin_small(hpi_restart *restart, size_t d, const double units[2]) {
    double first = (double)restart->lambda_first, large = (double)restart->large_lambda;
    double lambda = first * hpi_power(large / first, units[0] * units[0]);
    restart->is_large = false;
    begin(restart, d, (size_t)lambda, restart->sigma_first * hpi_power(0.01, units[1]));
    size_t most = (size_t)(restart->spent[true] / (2 * restart->lambda));
    if (restart->generation_max > most) restart->generation_max = most > 1 ? most : 1;
}

void hpi_restart_next(hpi_restart *restart, size_t d, const double units[2]) {
    bool is_small_turn =
        restart->kind == HPI_RESTARTS_BIPOP && restart->spent[false] < restart->spent[true];
    restart->run++;
    if (is_small_turn)
        begin_small(restart, d, units);
    else
        begin_large(restart, d);
}
