/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_MODEL_H
#define HPI_STRATEGY_GP_MODEL_H

/* A Gaussian process with mean 0 and what was observed of it (Rasmussen, Williams, "Gaussian
 * Processes for Machine Learning", 2006, algorithm 2.1 with the inverse of the factor).
 * Observations are appended one by one, each in O(n^2), and the last ones are taken back for
 * nothing. One thread at a time. */

#include "strategy/gp_kernel.h"

typedef struct hpi_gp_model {
    hpi_gp_points points;
    hpi_gp_theta  theta;
    double       *y;       /* observed                                                 */
    double       *inverse; /* of the covariances' Cholesky factor: row by row, as wide as
                              there is room, zeros above the diagonal                  */
    double  *alpha;        /* covariances^-1 y, after hpi_gp_solve()                   */
    double  *memory;       /* `room` each: three for work; and LANES times as many     */
    double  *x;            /* of one point, and LANES of them                          */
    uint64_t repaired;     /* observations that were too close to be told apart       */
} hpi_gp_model;

/* Fails only for want of memory; fini is called all the same. */
bool hpi_gp_model_init(hpi_gp_model *model, size_t dim_count, size_t number_count);
void hpi_gp_model_fini(hpi_gp_model *model);

/* Room for `count` observations in all. False: out of memory, and all is as it was. */
bool hpi_gp_reserve(hpi_gp_model *model, size_t count);

/* One more observation; there is room. If it cannot be told from the others, as after rounding,
 * more noise is assumed for it. */
void hpi_gp_append(hpi_gp_model *model, const double *x, double y);

/* Only the first `count` from now on. */
void hpi_gp_truncate(hpi_gp_model *model, size_t count);

/* All covariances anew, after theta has changed. */
void hpi_gp_factorise(hpi_gp_model *model);

/* After y or the observations have changed. */
void hpi_gp_solve(hpi_gp_model *model);

void hpi_gp_point(const hpi_gp_model *model, size_t index, double *x_out);

/* Mean, variance (without noise; above 0) and their gradients. */
typedef struct hpi_gp_belief {
    double mean, variance;
} hpi_gp_belief;

/* What all the other observations say of one, after solve; the variance is with its noise. */
hpi_gp_belief hpi_gp_without(const hpi_gp_model *model, size_t index);

hpi_gp_belief hpi_gp_predict(const hpi_gp_model *model, const double *x);
hpi_gp_belief hpi_gp_predict_slope(const hpi_gp_model *model, const double *x, double *mean_slope,
                                   double *variance_slope);

/* For HPI_GP_LANES points: dimension j of point p at x[j * LANES + p]. */
void hpi_gp_predict_lanes(const hpi_gp_model *model, const double *x, double *means_out,
                          double *variances_out);

#endif
