/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_KERNEL_H
#define HPI_STRATEGY_GP_KERNEL_H

/* The covariance of a Gaussian process, and the loops over its matrices: Matern 5/2 with a length
 * scale for each dimension, in which two different choices of a list are 1 apart (Hamming).
 * Rasmussen, Williams, "Gaussian Processes for Machine Learning", 2006, equations 4.17 and 5.
 *
 * Every sum has a fixed order and all is made of + - * / and sqrt: the same bits on every machine
 * with IEEE 754 arithmetic. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Points, dimension by dimension: coordinate j of point i at x[j * room + i]. Dimensions from
 * `number_count` on are lists: their coordinate is the index of the choice. */
typedef struct hpi_gp_points {
    size_t  dim_count, number_count;
    size_t  count, room;
    double *x;
} hpi_gp_points;

typedef struct hpi_gp_theta {
    double *sharp;  /* for each dimension: 1 / length scale^2  */
    double *centre; /* of the trend, for each number           */
    double  reach;  /* of the trend: 1 / how far it goes^2     */
    double  trend;  /* variance of the trend; 0 = none         */
    double  signal; /* variance of the process                 */
    double  noise;  /* variance of the noise                   */
} hpi_gp_theta;

enum { HPI_GP_LANES = 8 }; /* points that are looked at together */

/* exp(x) for x <= 0, relative error below 1e-14. */
double hpi_gp_exp(double x);

/* Weighted squared distances of a point to the first `count` points. */
void hpi_gp_distances(const hpi_gp_points *points, size_t count, const double *sharp,
                      const double *x, double *r2_out);

/* The same for HPI_GP_LANES points: dimension j of point p at x[j * LANES + p], the distance to
 * point i at r2_out[i * LANES + p]. */
void hpi_gp_distances_lanes(const hpi_gp_points *points, size_t count, const double *sharp,
                            const double *x, double *r2_out);

/* 1 + reach * sum of (x - centre) (point - centre) over the numbers: trend times its square is the
 * covariance of quadratic functions with random coefficients. `room`: dimensions. */
void hpi_gp_products(const hpi_gp_points *points, size_t count, const hpi_gp_theta *theta,
                     const double *x, double *products_out);
void hpi_gp_products_lanes(const hpi_gp_points *points, size_t count, const hpi_gp_theta *theta,
                           const double *x, double *products_out);

/* k += factor * products^2. */
void hpi_gp_add_squares(double *k, double factor, const double *products, size_t count);

/* signal * Matern(r2), in place. */
void hpi_gp_matern(double signal, double *r2, size_t count);

/* The same, and its derivative by r2. */
void hpi_gp_matern_slope(double signal, double *r2, double *slope_out, size_t count);

double hpi_gp_dot(const double *a, const double *b, size_t count);

/* to += factor * row. */
void hpi_gp_add(double *to, double factor, const double *row, size_t count);

/* to += sum over k < count of factors[k] * row k of the triangle, which has k + 1 entries. */
void hpi_gp_add_rows(double *to, const double *factors, const double *triangle, size_t stride,
                     size_t count);

/* The same for rows of which all have the first `width` entries. */
void hpi_gp_add_columns(double *to, const double *factors, const double *rows, size_t stride,
                        size_t count, size_t width);

/* For each lane: sum over rows i < count of (row i of the triangle times k)^2, where k[j * LANES +
 * p]. */
void hpi_gp_squares_lanes(const double *triangle, size_t stride, const double *k, size_t count,
                          double *sums_out);

/* For each lane: sum of a[i] * k[i * LANES + p]. */
void hpi_gp_dot_lanes(const double *a, const double *k, size_t count, double *sums_out);

/* Of a budget of work, the share for one trial when there are so many: a model of few needs little.
 */
static inline double hpi_gp_share(size_t trials) {
    return trials < 180 ? ((double)trials + 20) / 200 : 1;
}

#endif
