/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_kernel.h"

#include <math.h>
#include <string.h>

enum { LANES = HPI_GP_LANES };

/* ---- exp ---- */

/* 2^k exp(r), |r| <= log(2) / 2, with the Taylor series: 6e-15 is left of it. No branch and no
 * call, so that loops around it become vector instructions. */
static inline double exp_below(double x) {
    x = x > -700 ? x : -700;
    double shifted = x * 1.44269504088896341 + 0x1.8p52; /* rounds to an integer, lowest bits */
    double whole = shifted - 0x1.8p52;
    double r = (x - whole * 0x1.62e42fee00000p-1) - whole * 0x1.a39ef35793c76p-33;
    double p = 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    uint64_t bits, power;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &p, sizeof bits);
    bits += power << 52;
    memcpy(&p, &bits, sizeof p);
    return p;
}

double hpi_gp_exp(double x) {
    return exp_below(x);
}

/* ---- distances ---- */

static void add_number(const double *restrict x, double at, double sharp, size_t count,
                       double *restrict r2) {
    for (size_t i = 0; i < count; i++)
        r2[i] += sharp * ((x[i] - at) * (x[i] - at));
}

static void add_list(const double *restrict x, double at, double sharp, size_t count,
                     double *restrict r2) {
    for (size_t i = 0; i < count; i++)
        r2[i] += x[i] != at ? sharp : 0;
}

void hpi_gp_distances(const hpi_gp_points *points, size_t count, const double *sharp,
                      const double *x, double *r2_out) {
    memset(r2_out, 0, count * sizeof *r2_out);
    for (size_t j = 0; j < points->dim_count; j++)
        (j < points->number_count ? add_number : add_list)(points->x + j * points->room, x[j],
                                                           sharp[j], count, r2_out);
}

static void add_number_lanes(const double *restrict x, const double *restrict at, double sharp,
                             size_t count, double *restrict r2) {
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < LANES; p++)
            r2[i * LANES + p] += sharp * ((x[i] - at[p]) * (x[i] - at[p]));
}

static void add_list_lanes(const double *restrict x, const double *restrict at, double sharp,
                           size_t count, double *restrict r2) {
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < LANES; p++)
            r2[i * LANES + p] += x[i] != at[p] ? sharp : 0;
}

void hpi_gp_distances_lanes(const hpi_gp_points *points, size_t count, const double *sharp,
                            const double *x, double *r2_out) {
    memset(r2_out, 0, count * LANES * sizeof *r2_out);
    for (size_t j = 0; j < points->dim_count; j++)
        (j < points->number_count ? add_number_lanes : add_list_lanes)(
            points->x + j * points->room, x + j * LANES, sharp[j], count, r2_out);
}

/* ---- covariance ---- */

static void fill(double *to, double value, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = value;
}

static void add_product(const double *restrict x, double centre, double factor, size_t count,
                        double *restrict to) {
    for (size_t i = 0; i < count; i++)
        to[i] += factor * (x[i] - centre);
}

static void add_product_lanes(const double *restrict x, double       centre,
                              const double *restrict factors, size_t count, double *restrict to) {
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < LANES; p++)
            to[i * LANES + p] += factors[p] * (x[i] - centre);
}

void hpi_gp_products(const hpi_gp_points *points, size_t count, const hpi_gp_theta *theta,
                     const double *x, double *products_out) {
    fill(products_out, 1, count);
    for (size_t j = 0; j < points->number_count; j++)
        add_product(points->x + j * points->room, theta->centre[j],
                    theta->reach * (x[j] - theta->centre[j]), count, products_out);
}

void hpi_gp_products_lanes(const hpi_gp_points *points, size_t count, const hpi_gp_theta *theta,
                           const double *x, double *products_out) {
    double factors[LANES];
    fill(products_out, 1, count * LANES);
    for (size_t j = 0; j < points->number_count; j++) {
        for (size_t p = 0; p < LANES; p++)
            factors[p] = theta->reach * (x[j * LANES + p] - theta->centre[j]);
        add_product_lanes(points->x + j * points->room, theta->centre[j], factors, count,
                          products_out);
    }
}

void hpi_gp_add_squares(double *restrict k, double factor, const double *restrict products,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        k[i] += factor * (products[i] * products[i]);
}

void hpi_gp_matern(double signal, double *r2, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double r = sqrt(5 * r2[i]);
        r2[i] = signal * ((1 + r + 5.0 / 3 * r2[i]) * exp_below(-r));
    }
}

void hpi_gp_matern_slope(double signal, double *restrict r2, double *restrict slope_out,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        double r = sqrt(5 * r2[i]), e = signal * exp_below(-r);
        slope_out[i] = -5.0 / 6 * (1 + r) * e;
        r2[i] = (1 + r + 5.0 / 3 * r2[i]) * e;
    }
}

/* ---- sums ---- */

/* Two numbers that are worked on at once, by themselves: what all processors of today can do. The
 * compiler does not keep arrays of sums in registers, but these it does. */
typedef double pair __attribute__((vector_size(16)));

static inline pair load(const double *at) {
    pair loaded;
    memcpy(&loaded, at, sizeof loaded);
    return loaded;
}

double hpi_gp_dot(const double *a, const double *b, size_t count) {
    pair   s0 = { 0 }, s1 = s0, s2 = s0, s3 = s0;
    double rest = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        s0 += load(a + i) * load(b + i), s1 += load(a + i + 2) * load(b + i + 2);
        s2 += load(a + i + 4) * load(b + i + 4), s3 += load(a + i + 6) * load(b + i + 6);
    }
    for (; i < count; i++)
        rest += a[i] * b[i];
    s0 = (s0 + s1) + (s2 + s3);
    return (s0[0] + s0[1]) + rest;
}

void hpi_gp_add(double *restrict to, double factor, const double *restrict row, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] += factor * row[i];
}

static void add_four(double *restrict to, const double *restrict factors,
                     const double *restrict rows, size_t stride, size_t count) {
    const double *restrict a = rows, *restrict b = a + stride, *restrict c = b + stride;
    const double *restrict d = c + stride;
    for (size_t i = 0; i < count; i++)
        to[i] += (factors[0] * a[i] + factors[1] * b[i]) + (factors[2] * c[i] + factors[3] * d[i]);
}

/* Four rows at a time, because then `to` is read and written a quarter as often. Above the diagonal
 * the triangle is zero. */
void hpi_gp_add_rows(double *to, const double *factors, const double *triangle, size_t stride,
                     size_t count) {
    size_t k = 0;
    for (; k + 4 <= count; k += 4)
        add_four(to, factors + k, triangle + k * stride, stride, k + 4);
    for (; k < count; k++)
        hpi_gp_add(to, factors[k], triangle + k * stride, k + 1);
}

void hpi_gp_add_columns(double *to, const double *factors, const double *rows, size_t stride,
                        size_t count, size_t width) {
    size_t k = 0;
    for (; k + 4 <= count; k += 4)
        add_four(to, factors + k, rows + k * stride, stride, width);
    for (; k < count; k++)
        hpi_gp_add(to, factors[k], rows + k * stride, width);
}

/* ---- eight points at a time ---- */

void hpi_gp_dot_lanes(const double *a, const double *k, size_t count, double *sums_out) {
    pair s0 = { 0 }, s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < count; i++, k += LANES) {
        pair factor = { a[i], a[i] };
        s0 += factor * load(k), s1 += factor * load(k + 2);
        s2 += factor * load(k + 4), s3 += factor * load(k + 6);
    }
    const pair sums[] = { s0, s1, s2, s3 };
    memcpy(sums_out, sums, sizeof sums);
}

/* total += (row . k)^2 for a row of the triangle, and for the next one if there is one; behind a
 * row's end there are zeros. */
static void add_squares(const double *restrict row, const double *restrict next, bool has_next,
                        const double *restrict k, size_t count, double *restrict total) {
    pair a0 = { 0 }, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (size_t j = 0; j < count; j++, k += LANES) {
        pair k0 = load(k), k1 = load(k + 2), k2 = load(k + 4), k3 = load(k + 6);
        pair a = { row[j], row[j] }, b = { next[j], next[j] };
        a0 += a * k0, a1 += a * k1, a2 += a * k2, a3 += a * k3;
        b0 += b * k0, b1 += b * k1, b2 += b * k2, b3 += b * k3;
    }
    double     second = has_next ? 1 : 0;
    const pair sums[] = { a0 * a0 + second * (b0 * b0), a1 * a1 + second * (b1 * b1),
                          a2 * a2 + second * (b2 * b2), a3 * a3 + second * (b3 * b3) };
    for (size_t p = 0; p < LANES; p++)
        total[p] += sums[p / 2][p % 2];
}

void hpi_gp_squares_lanes(const double *triangle, size_t stride, const double *k, size_t count,
                          double *sums_out) {
    memset(sums_out, 0, LANES * sizeof *sums_out);
    for (size_t i = 0; i < count; i += 2) {
        const double *row = triangle + i * stride;
        bool          has_next = i + 1 < count;
        add_squares(row, has_next ? row + stride : row, has_next, k, has_next ? i + 2 : i + 1,
                    sums_out);
    }
}
