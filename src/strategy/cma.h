/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_CMA_H
#define HPI_STRATEGY_CMA_H

/* The normal distribution of a CMA-ES, and how it learns from a ranked generation. Equation numbers
 * are those of Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772, 2023).
 *
 * x = mean + sigma * scale * y with y ~ N(0, C); `scale` is the diagonal matrix A of the margin
 * (margin.h), all ones without. Instead of the symmetric root of C the Cholesky factor L of C = L
 * L' is used, as by Krause, Arbones and Igel (NIPS 2016): it costs d^3 / 6 once a generation
 * instead of an eigen-decomposition, and gives the same bits on every machine. The separable
 * variant is that of Ros and Hansen (PPSN 2008). One thread at a time. */

#include "hpt/base.h"
#include "strategy/candidate.h"

#include <stddef.h>

typedef struct hpi_cma {
    size_t d;            /* dimensions, may be 0                                       */
    bool   is_separable; /* C and L are diagonals: d numbers each                      */
    bool   is_active;    /* negative weights                                           */

    /* What follows from d and lambda: equations 49 to 58. */
    size_t  lambda, mu;
    double *weights; /* lambda of them, falling; the first mu add up to 1          */
    double  mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi;

    double  sigma;
    double *mean, *scale, *path_sigma, *path_c;
    double *covariance, *factor; /* lower triangles, column by column, d * d            */
    double *steps;               /* of a generation: lambda * d                         */
    double *learning;            /* weights as used and squared lengths: 2 lambda       */
    double *scratch;             /* 3 d                                                 */
    size_t  generation;          /* since the start                                     */
    bool    is_singular;         /* C had to be reset: not positive definite            */
} hpi_cma;

/* Fails only with HPT_ENOMEM. hpi_cma_start() makes it ready. */
hpt_status hpi_cma_init(hpi_cma *cma, size_t d, bool is_separable, bool is_active, hpt_err *err);
void       hpi_cma_fini(hpi_cma *cma);

/* Another population size, at least 2. False: out of memory, and nothing changed. */
bool hpi_cma_resize(hpi_cma *cma, size_t lambda, size_t dimensions);

/* Begin anew around `mean`, with C = identity. */
void hpi_cma_start(hpi_cma *cma, const double *mean, double sigma);

/* x = mean + sigma * scale * (L z). */
void hpi_cma_sample(const hpi_cma *cma, const double *z, double *x_out);

/* y = (x - mean) / (sigma * scale). */
void hpi_cma_step(const hpi_cma *cma, const double *x, double *y_out);

/* Learn from lambda candidates, best first; the first `good` of them have a loss, and only these
 * may have a positive weight. Nothing is learnt when `good` is 0. */
void hpi_cma_learn(hpi_cma *cma, const hpi_candidate *const *ranked, size_t good);

/* The weights of the first `good` candidates; of them only positive ones, which add up to 1.
 * Returns how many there are. */
size_t hpi_cma_weights(const hpi_cma *cma, size_t good, double *weights_out);

/* sigma * scale * sqrt(C_jj): the standard deviation of coordinate j. */
double hpi_cma_deviation(const hpi_cma *cma, size_t j);

/* (largest / smallest diagonal of L)^2: no more than the condition number of C, and all of it for
 * the separable variant. */
double hpi_cma_condition(const hpi_cma *cma);

/* Whether a tenth of a deviation along column `axis` of L, or a fifth along some coordinate, leaves
 * the mean as it is: nothing can be learnt any more. */
bool hpi_cma_has_no_effect(const hpi_cma *cma, size_t axis);

#endif
