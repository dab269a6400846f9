/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/cma.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "strategy/approx.h"

/* No step is so long or so short that squares of it leave the range of doubles. */
static const double sigma_min = 1e-100, sigma_max = 1e10;

/* ---- Triangles, column by column: what the compiler can vectorise without reordering sums ---- */

static size_t cells(const hpi_cma *cma) {
    return cma->is_separable ? cma->d : cma->d * cma->d;
}

static double diagonal(const hpi_cma *cma, const double *triangle, size_t j) {
    return triangle[cma->is_separable ? j : j * cma->d + j];
}

/* to[i] += factor * column[i] for i >= first. */
static void add_column(double *restrict to, double factor, const double *restrict column,
                       size_t first, size_t d) {
    for (size_t i = first; i < d; i++)
        to[i] += factor * column[i];
}

/* y = L z. */
static void multiply(const hpi_cma *cma, const double *z, double *y_out) {
    size_t d = cma->d;
    if (cma->is_separable) {
        for (size_t j = 0; j < d; j++)
            y_out[j] = cma->factor[j] * z[j];
        return;
    }
    memset(y_out, 0, d * sizeof *y_out);
    for (size_t j = 0; j < d; j++)
        add_column(y_out, z[j], cma->factor + j * d, j, d);
}

/* L z = y, in place. */
static void solve(const hpi_cma *cma, double *y) {
    size_t d = cma->d;
    for (size_t j = 0; j < d; j++) {
        y[j] /= diagonal(cma, cma->factor, j);
        if (!cma->is_separable) add_column(y, -y[j], cma->factor + j * d, j + 1, d);
    }
}

/* C += weight * y y'. */
static void add_outer(hpi_cma *cma, double weight, const double *y) {
    size_t d = cma->d;
    for (size_t j = 0; j < d; j++)
        if (cma->is_separable)
            cma->covariance[j] += weight * y[j] * y[j];
        else
            add_column(cma->covariance + j * d, weight * y[j], y, j, d);
}

static double square(const double *v, size_t d) {
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += v[j] * v[j];
    return sum;
}

/* C = L L'. False: C is not positive definite to the accuracy of doubles; L is then spoilt. */
static bool factorise(hpi_cma *cma) {
    size_t d = cma->d;
    double least = 0;
    for (size_t j = 0; j < d; j++)
        least = fmax(least, diagonal(cma, cma->covariance, j));
    least *= 1e-16;
    for (size_t j = 0; j < d; j++) {
        double *column = cma->factor + (cma->is_separable ? j : j * d);
        size_t  length = cma->is_separable ? 1 : d - j, at = cma->is_separable ? 0 : j;
        memcpy(column + at, cma->covariance + (column - cma->factor) + at, length * sizeof *column);
        for (size_t k = 0; k < j && !cma->is_separable; k++)
            add_column(column, -cma->factor[k * d + j], cma->factor + k * d, j, d);
        double pivot = column[at];
        if (!(pivot > least) || !isfinite(pivot)) return false;
        double root = sqrt(pivot);
        for (size_t i = at; i < at + length; i++)
            column[i] /= root;
    }
    return true;
}

static void set_identity(hpi_cma *cma) {
    memset(cma->covariance, 0, cells(cma) * sizeof(double));
    memset(cma->factor, 0, cells(cma) * sizeof(double));
    for (size_t j = 0; j < cma->d; j++) {
        size_t at = cma->is_separable ? j : j * cma->d + j;
        cma->covariance[at] = cma->factor[at] = 1;
    }
}

/* ---- The parameters of the strategy: table 1 ---- */

static double sum_of(const double *values, size_t first, size_t end) {
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += values[i];
    return sum;
}

static double effective(const double *weights, size_t first, size_t end) {
    double sum = sum_of(weights, first, end), squares = 0;
    for (size_t i = first; i < end; i++)
        squares += weights[i] * weights[i];
    return squares > 0 ? sum * sum / squares : 0;
}

/* Equations 50 to 53: the negative ones add up to the least of three limits. */
static void scale_weights(hpi_cma *cma, double mu_eff_negative, double d) {
    double positive = sum_of(cma->weights, 0, cma->mu);
    double negative = -sum_of(cma->weights, cma->mu, cma->lambda);
    double limit = 1 + cma->c_1 / cma->c_mu;
    limit = fmin(limit, 1 + 2 * mu_eff_negative / (cma->mu_eff + 2));
    limit = fmin(limit, (1 - cma->c_1 - cma->c_mu) / (d * cma->c_mu));
    if (!cma->is_active || !(limit > 0)) limit = 0;
    for (size_t i = 0; i < cma->lambda; i++)
        cma->weights[i] *= i < cma->mu ? 1 / positive : negative > 0 ? limit / negative : 0;
}

/* `dimensions` counts what else is searched too: with few numbers and many categories the rates
 * would be too large otherwise. */
static void set_parameters(hpi_cma *cma, size_t lambda, size_t dimensions) {
    double d = dimensions > 0 ? (double)dimensions : 1;
    cma->lambda = lambda;
    cma->mu = lambda / 2;
    for (size_t i = 0; i < lambda; i++) /* (49) */
        cma->weights[i] = hpi_log(((double)lambda + 1) / 2) - hpi_log((double)i + 1);
    double mu_eff = cma->mu_eff = effective(cma->weights, 0, cma->mu);
    cma->c_sigma = (mu_eff + 2) / (d + mu_eff + 5); /* (55) */
    cma->d_sigma = 1 + 2 * fmax(0, sqrt((mu_eff - 1) / (d + 1)) - 1) + cma->c_sigma;
    cma->c_c = (4 + mu_eff / d) / (d + 4 + 2 * mu_eff / d);                          /* (56) */
    cma->c_1 = 2 / ((d + 1.3) * (d + 1.3) + mu_eff);                                 /* (57) */
    cma->c_mu = 2 * (0.25 + mu_eff + 1 / mu_eff - 2) / ((d + 2) * (d + 2) + mu_eff); /* (58) */
    if (cma->is_separable) { /* Ros and Hansen 2008, equation 3 */
        cma->c_1 *= (d + 2) / 3;
        cma->c_mu *= (d + 2) / 3;
    }
    cma->c_1 = fmin(cma->c_1, 1);
    cma->c_mu = fmin(cma->c_mu, 1 - cma->c_1);
    scale_weights(cma, effective(cma->weights, cma->mu, lambda), d);
    d = (double)cma->d;
    cma->chi = cma->d ? sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d)) : 1;
}

/* ---- Life ---- */

hpt_status hpi_cma_init(hpi_cma *cma, size_t d, bool is_separable, bool is_active, hpt_err *err) {
    *cma = (hpi_cma){ .d = d, .is_separable = is_separable, .is_active = is_active };
    if (is_separable || d <= SIZE_MAX / sizeof(double) / (d + 1)) {
        size_t room = 2 * cells(cma) + 7 * d + 1;
        cma->mean = hpi_alloc_room(room, sizeof *cma->mean);
    }
    if (!cma->mean) return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu dimensions", d);
    cma->scale = cma->mean + d;
    cma->path_sigma = cma->scale + d;
    cma->path_c = cma->path_sigma + d;
    cma->scratch = cma->path_c + d;
    cma->covariance = cma->scratch + 3 * d;
    cma->factor = cma->covariance + cells(cma);
    return HPT_OK;
}

void hpi_cma_fini(hpi_cma *cma) {
    hpi_free(cma->mean);
    hpi_free(cma->weights);
    *cma = (hpi_cma){ 0 };
}

bool hpi_cma_resize(hpi_cma *cma, size_t lambda, size_t dimensions) {
    double *memory = hpi_alloc_room(lambda, (cma->d + 3) * sizeof(double));
    if (!memory) return false;
    hpi_free(cma->weights);
    cma->weights = memory;
    cma->learning = memory + lambda;
    cma->steps = memory + 3 * lambda;
    set_parameters(cma, lambda, dimensions);
    return true;
}

void hpi_cma_start(hpi_cma *cma, const double *mean, double sigma) {
    cma->sigma = sigma;
    cma->generation = 0;
    cma->is_singular = false;
    for (size_t j = 0; j < cma->d; j++) {
        cma->mean[j] = mean[j];
        cma->scale[j] = 1;
        cma->path_sigma[j] = cma->path_c[j] = 0;
    }
    set_identity(cma);
}

void hpi_cma_sample(const hpi_cma *cma, const double *z, double *x_out) {
    multiply(cma, z, x_out);
    for (size_t j = 0; j < cma->d; j++)
        x_out[j] = cma->mean[j] + cma->sigma * cma->scale[j] * x_out[j];
}

void hpi_cma_step(const hpi_cma *cma, const double *x, double *y_out) {
    for (size_t j = 0; j < cma->d; j++)
        y_out[j] = (x[j] - cma->mean[j]) / (cma->sigma * cma->scale[j]);
}

/* ---- Learning ---- */

/* Step i of the generation, y = (x - mean) / (sigma scale), and its squared Mahalanobis length. A
 * late one is shortened to what the distribution could have given (Hansen, "Injecting external
 * solutions into CMA-ES", INRIA RR-7748, 2011, equation 3). */
static double measure_step(hpi_cma *cma, size_t i, const hpi_candidate *candidate) {
    size_t  d = cma->d;
    double *y = cma->steps + i * d, *z = cma->scratch;
    hpi_cma_step(cma, candidate->x, y);
    memcpy(z, y, d * sizeof *z);
    solve(cma, z);
    double length2 = square(z, d), longest = sqrt((double)d) + 2 * (double)d / ((double)d + 2);
    if (!candidate->is_late || !(length2 > longest * longest)) return length2;
    double shorter = longest / sqrt(length2);
    for (size_t j = 0; j < d; j++)
        y[j] *= shorter;
    return longest * longest;
}

/* Equations 42 and 43: the paths. True: the length of path_sigma is not extreme (h_sigma). */
static bool follow_paths(hpi_cma *cma, const double *y_mean) {
    size_t d = cma->d;
    double cs = cma->c_sigma, cc = cma->c_c, *z_mean = cma->scratch;
    memcpy(z_mean, y_mean, d * sizeof *z_mean);
    solve(cma, z_mean);
    double gain = sqrt(cs * (2 - cs) * cma->mu_eff);
    for (size_t j = 0; j < d; j++)
        cma->path_sigma[j] = (1 - cs) * cma->path_sigma[j] + gain * z_mean[j];
    double started = 1 - hpi_power(1 - cs, 2 * (double)cma->generation);
    double length = sqrt(square(cma->path_sigma, d) / started);
    bool   is_usual = length < (1.4 + 2 / ((double)d + 1)) * cma->chi;
    gain = is_usual ? sqrt(cc * (2 - cc) * cma->mu_eff) : 0;
    for (size_t j = 0; j < d; j++)
        cma->path_c[j] = (1 - cc) * cma->path_c[j] + gain * y_mean[j];
    return is_usual;
}

/* Equation 47; `weights` as used, lengths2 the squared lengths of the steps. */
static void adapt_covariance(hpi_cma *cma, const double *weights, const double *lengths2,
                             bool is_usual) {
    size_t d = cma->d, count = cma->lambda;
    double lost = is_usual ? 0 : cma->c_c * (2 - cma->c_c);
    double keep = 1 + cma->c_1 * lost - cma->c_1 - cma->c_mu * sum_of(weights, 0, count);
    for (size_t i = 0; i < cells(cma); i++)
        cma->covariance[i] *= keep;
    add_outer(cma, cma->c_1, cma->path_c);
    for (size_t i = 0; i < count; i++) {
        double weight = weights[i];
        if (weight < 0) weight *= (double)d / (lengths2[i] + 1e-300); /* (46) */
        if (weight != 0) add_outer(cma, cma->c_mu * weight, cma->steps + i * d);
    }
    if (factorise(cma)) return;
    cma->is_singular = true;
    set_identity(cma);
    memset(cma->path_c, 0, d * sizeof(double));
}

size_t hpi_cma_weights(const hpi_cma *cma, size_t good, double *weights_out) {
    size_t mu = good < cma->mu ? good : cma->mu;
    double positive = sum_of(cma->weights, 0, mu);
    for (size_t i = 0; i < mu; i++)
        weights_out[i] = cma->weights[i] / positive;
    return mu;
}

/* Equation 44, and hope where a generation is flat: longer steps. */
static void adapt_sigma(hpi_cma *cma, bool is_flat) {
    double length = sqrt(square(cma->path_sigma, cma->d)), rate = cma->c_sigma / cma->d_sigma;
    double change = fmin(1, rate * (length / cma->chi - 1));
    if (is_flat) change = 0.2 + rate; /* as c-cmaes does */
    cma->sigma = fmin(sigma_max, fmax(sigma_min, cma->sigma * hpi_exp(change)));
}

/* By how much the mean step would be longer if each late candidate counted as a step from the mean
 * that it was drawn around. Where the mean has moved on since, the good ones of the late lie about
 * where it is now: seen from there the search stands still, and sigma shrinks, although each of
 * them was a step in the same direction. */
static void measure_delay(hpi_cma *cma, const hpi_candidate *const *ranked, const double *weights,
                          double *delay_out) {
    size_t d = cma->d;
    memset(delay_out, 0, d * sizeof *delay_out);
    for (size_t i = 0; i < cma->lambda; i++) {
        if (!(weights[i] > 0) || !ranked[i]->is_late || !ranked[i]->has_step) continue;
        add_column(delay_out, weights[i], ranked[i]->step, 0, d);
        add_column(delay_out, -weights[i], cma->steps + i * d, 0, d);
    }
}

/* How much of the delay is made up for, in the paths and in the mean. With 8 trials in flight on
 * BBOB (6 instances, 5 and 10 dimensions, 10 to 50 trials for each) none of it left 1.3 to 1.8
 * times the error, and all of it 1.0 to 1.6 times; in the first generations all of it is best. */
static const double delay_in_paths = 0.5, delay_in_mean = 0.7;

void hpi_cma_learn(hpi_cma *cma, const hpi_candidate *const *ranked, size_t good) {
    size_t d = cma->d, lambda = cma->lambda;
    cma->generation++;
    if (good == 0 || d == 0) return;
    double *weights = cma->learning, *lengths2 = weights + lambda, *y_mean = cma->scratch + d;
    double *delay = y_mean + d;
    for (size_t i = hpi_cma_weights(cma, good, weights); i < lambda; i++)
        weights[i] = fmin(cma->weights[i], 0);
    memset(y_mean, 0, d * sizeof *y_mean);
    for (size_t i = 0; i < lambda; i++) {
        lengths2[i] = measure_step(cma, i, ranked[i]);
        if (weights[i] > 0) add_column(y_mean, weights[i], cma->steps + i * d, 0, d);
    }
    measure_delay(cma, ranked, weights, delay);
    double in_mean = fmin(1, delay_in_mean + 1 / (double)cma->generation) - delay_in_paths;
    add_column(y_mean, delay_in_paths, delay, 0, d);
    bool is_usual = follow_paths(cma, y_mean);
    for (size_t j = 0; j < d; j++) /* (41) */
        cma->mean[j] += cma->sigma * cma->scale[j] * (y_mean[j] + in_mean * delay[j]);
    adapt_covariance(cma, weights, lengths2, is_usual);
    adapt_sigma(cma,
                !hpi_worth_is_better(ranked[0]->worth, ranked[(7 * lambda + 9) / 10 - 1]->worth));
}

/* ---- Looking at it ---- */

double hpi_cma_deviation(const hpi_cma *cma, size_t j) {
    return cma->sigma * cma->scale[j] * sqrt(diagonal(cma, cma->covariance, j));
}

double hpi_cma_condition(const hpi_cma *cma) {
    double least = INFINITY, most = 0;
    for (size_t j = 0; j < cma->d; j++) {
        double root = diagonal(cma, cma->factor, j);
        least = fmin(least, root);
        most = fmax(most, root);
    }
    return cma->d > 0 ? (most / least) * (most / least) : 1;
}

bool hpi_cma_has_no_effect(const hpi_cma *cma, size_t axis) {
    const double *column = cma->factor + axis * cma->d;
    bool          moves = cma->is_separable;
    for (size_t j = 0; j < cma->d; j++) {
        double mean = cma->mean[j];
        if (mean == mean + 0.2 * hpi_cma_deviation(cma, j)) return true;
        if (cma->is_separable || j < axis) continue;
        if (mean != mean + 0.1 * cma->sigma * cma->scale[j] * column[j]) moves = true;
    }
    return !moves;
}
