/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_model.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { LANES = HPI_GP_LANES, ROOM_FIRST = 16 };

/* Below this share of the signal a variance is rounding. */
static const double variance_least = 1e-12;

/* ---- room ---- */

bool hpi_gp_model_init(hpi_gp_model *model, size_t dim_count, size_t number_count) {
    *model = (hpi_gp_model){ .points = { .dim_count = dim_count, .number_count = number_count },
                             .theta = { .signal = 1, .noise = 1e-4 } };
    model->theta.sharp = hpi_alloc(2 * dim_count + 1, sizeof(double));
    model->theta.centre = model->theta.sharp ? model->theta.sharp + dim_count : NULL;
    model->x = hpi_alloc((dim_count + 1) * (LANES + 1), sizeof(double));
    for (size_t j = 0; model->theta.sharp && j < dim_count; j++)
        model->theta.sharp[j] = 1;
    return model->theta.sharp && model->x;
}

static void free_arrays(hpi_gp_model *model) {
    hpi_free(model->points.x);
    hpi_free(model->y);
    hpi_free(model->inverse);
    hpi_free(model->alpha);
    hpi_free(model->memory);
}

void hpi_gp_model_fini(hpi_gp_model *model) {
    free_arrays(model);
    hpi_free(model->theta.sharp);
    hpi_free(model->x);
    *model = (hpi_gp_model){ 0 };
}

static void move_in(hpi_gp_model *to, const hpi_gp_model *from) {
    size_t count = from->points.count;
    for (size_t j = 0; j < from->points.dim_count; j++)
        memcpy(to->points.x + j * to->points.room, from->points.x + j * from->points.room,
               count * sizeof(double));
    for (size_t i = 0; i < count; i++)
        memcpy(to->inverse + i * to->points.room, from->inverse + i * from->points.room,
               (i + 1) * sizeof(double));
    memcpy(to->y, from->y, count * sizeof(double));
    memcpy(to->alpha, from->alpha, count * sizeof(double));
}

bool hpi_gp_reserve(hpi_gp_model *model, size_t count) {
    if (count <= model->points.room) return true;
    hpi_gp_model larger = *model;
    size_t       room = model->points.room ? model->points.room : ROOM_FIRST;
    while (room < count)
        room += (room / 2 + 7) / 8 * 8;
    larger.points.room = room;
    larger.points.x = hpi_alloc(room * (model->points.dim_count + 1), sizeof(double));
    larger.y = hpi_alloc(room, sizeof(double));
    larger.inverse = hpi_alloc(room * room, sizeof(double));
    larger.alpha = hpi_alloc(room, sizeof(double));
    larger.memory = hpi_alloc(room * (4 + 2 * LANES), sizeof(double));
    if (!larger.points.x || !larger.y || !larger.inverse || !larger.alpha || !larger.memory) {
        free_arrays(&larger);
        return false;
    }
    if (model->points.count > 0) move_in(&larger, model);
    free_arrays(model);
    *model = larger;
    return true;
}

/* ---- observations ---- */

static double *row_of(const hpi_gp_model *model, size_t i) {
    return model->inverse + i * model->points.room;
}

void hpi_gp_point(const hpi_gp_model *model, size_t index, double *x_out) {
    for (size_t j = 0; j < model->points.dim_count; j++)
        x_out[j] = model->points.x[j * model->points.room + index];
}

/* v = inverse * k, for the first `count` rows. */
static void multiply(const hpi_gp_model *model, const double *k, size_t count, double *v_out) {
    for (size_t i = 0; i < count; i++)
        v_out[i] = hpi_gp_dot(row_of(model, i), k, i + 1);
}

/* to = inverse' * v. */
static void multiply_back(const hpi_gp_model *model, const double *v, size_t count,
                          double *to_out) {
    memset(to_out, 0, count * sizeof *to_out);
    hpi_gp_add_rows(to_out, v, model->inverse, model->points.room, count);
}

/* The variance at a point before anything is known; `product`: of the trend, if wanted. */
static double prior_at(const hpi_gp_model *model, const double *x, double *product_out) {
    const hpi_gp_theta *theta = &model->theta;
    double              product = 1;
    for (size_t j = 0; theta->trend > 0 && j < model->points.number_count; j++)
        product += theta->reach * ((x[j] - theta->centre[j]) * (x[j] - theta->centre[j]));
    if (product_out) *product_out = product;
    return theta->signal + theta->trend * (product * product);
}

/* With the first `count` observations. */
static void covary(const hpi_gp_model *model, const double *x, size_t count, double *k_out) {
    double *products = model->memory + 3 * model->points.room;
    hpi_gp_distances(&model->points, count, model->theta.sharp, x, k_out);
    hpi_gp_matern(model->theta.signal, k_out, count);
    if (!(model->theta.trend > 0)) return;
    hpi_gp_products(&model->points, count, &model->theta, x, products);
    hpi_gp_add_squares(k_out, model->theta.trend, products, count);
}

/* Row i of the inverse factor, from the covariances with the observations before it: with l =
 * inverse k the factor's new row is (l, pivot), so that of its inverse is (-l' inverse, 1) / pivot.
 */
static void factorise_row(hpi_gp_model *model, size_t i) {
    double *k = model->memory, *l = k + model->points.room, *row = row_of(model, i);
    hpi_gp_point(model, i, model->x);
    covary(model, model->x, i, k);
    multiply(model, k, i, l);
    double prior = prior_at(model, model->x, NULL);
    double pivot = prior + model->theta.noise - hpi_gp_dot(l, l, i);
    double least = 0.1 * model->theta.noise + variance_least * prior;
    if (!(pivot >= least)) {
        model->repaired++;
        pivot = least;
    }
    multiply_back(model, l, i, row);
    double scale = 1 / sqrt(pivot);
    for (size_t j = 0; j < i; j++)
        row[j] *= -scale;
    row[i] = scale;
}

void hpi_gp_append(hpi_gp_model *model, const double *x, double y) {
    size_t i = model->points.count++;
    for (size_t j = 0; j < model->points.dim_count; j++)
        model->points.x[j * model->points.room + i] = x[j];
    model->y[i] = y;
    model->alpha[i] = 0;
    factorise_row(model, i);
}

void hpi_gp_truncate(hpi_gp_model *model, size_t count) {
    for (size_t i = count; i < model->points.count; i++)
        memset(row_of(model, i), 0, (i + 1) * sizeof(double));
    if (count < model->points.count) model->points.count = count;
}

void hpi_gp_factorise(hpi_gp_model *model) {
    model->repaired = 0;
    for (size_t i = 0; i < model->points.count; i++)
        factorise_row(model, i);
}

void hpi_gp_solve(hpi_gp_model *model) {
    double *v = model->memory;
    multiply(model, model->y, model->points.count, v);
    multiply_back(model, v, model->points.count, model->alpha);
}

/* The inverse's diagonal says how far an observation is its own doing (Rasmussen, Williams, 2006,
 * equation 5.12). */
hpi_gp_belief hpi_gp_without(const hpi_gp_model *model, size_t index) {
    double sum = 0;
    for (size_t i = index; i < model->points.count; i++)
        sum += row_of(model, i)[index] * row_of(model, i)[index];
    return (hpi_gp_belief){ .mean = model->y[index] - model->alpha[index] / sum,
                            .variance = 1 / sum };
}

/* ---- predictions ---- */

static double positive(double prior, double explained) {
    return fmax(prior - explained, variance_least * prior);
}

hpi_gp_belief hpi_gp_predict(const hpi_gp_model *model, const double *x) {
    size_t  count = model->points.count;
    double *k = model->memory, *v = k + model->points.room;
    covary(model, x, count, k);
    multiply(model, k, count, v);
    return (hpi_gp_belief){ .mean = hpi_gp_dot(k, model->alpha, count),
                            .variance =
                                positive(prior_at(model, x, NULL), hpi_gp_dot(v, v, count)) };
}

/* slopes_out[j] = sum over i of factors[i] dMatern(x, point i) / dx_j; factors are times slope. */
static void differentiate(const hpi_gp_model *model, const double *x, const double *factors,
                          double *slopes_out) {
    const hpi_gp_points *points = &model->points;
    double               sum = 0;
    for (size_t i = 0; i < points->count; i++)
        sum += factors[i];
    for (size_t j = 0; j < points->dim_count; j++) {
        double twice = j < points->number_count ? 2 * model->theta.sharp[j] : 0;
        slopes_out[j] =
            twice * (x[j] * sum - hpi_gp_dot(factors, points->x + j * points->room, points->count));
    }
}

/* The trend's part: sum of factors[i] products[i] 2 trend reach (point - centre). */
static void differentiate_trend(const hpi_gp_model *model, const double *factors, double *slopes) {
    const hpi_gp_points *points = &model->points;
    double               sum = 0;
    for (size_t i = 0; i < points->count; i++)
        sum += factors[i];
    for (size_t j = 0; j < points->number_count; j++)
        slopes[j] += 2 * model->theta.trend * model->theta.reach *
                     (hpi_gp_dot(factors, points->x + j * points->room, points->count) -
                      model->theta.centre[j] * sum);
}

static void multiply_each(const double *a, const double *b, size_t count, double *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = a[i] * b[i];
}

/* With w = covariances^-1 k: the mean's slope is sum alpha_i dk_i, the variance's dk(x, x) - 2 sum
 * w_i dk_i. */
hpi_gp_belief hpi_gp_predict_slope(const hpi_gp_model *model, const double *x, double *mean_slope,
                                   double *variance_slope) {
    const hpi_gp_theta *theta = &model->theta;
    size_t              count = model->points.count, room = model->points.room;
    double *k = model->memory, *v = k + room, *slope = v + room, *products = slope + room, *w = k;
    double  product, prior = prior_at(model, x, &product);
    hpi_gp_belief belief;
    hpi_gp_distances(&model->points, count, theta->sharp, x, k);
    hpi_gp_matern_slope(theta->signal, k, slope, count);
    if (theta->trend > 0) {
        hpi_gp_products(&model->points, count, theta, x, products);
        hpi_gp_add_squares(k, theta->trend, products, count);
    }
    multiply(model, k, count, v);
    belief.mean = hpi_gp_dot(k, model->alpha, count);
    belief.variance = positive(prior, hpi_gp_dot(v, v, count));
    multiply_back(model, v, count, w);
    multiply_each(w, slope, count, v);
    differentiate(model, x, v, variance_slope);
    multiply_each(model->alpha, slope, count, v);
    differentiate(model, x, v, mean_slope);
    if (theta->trend > 0) {
        multiply_each(w, products, count, v);
        differentiate_trend(model, v, variance_slope);
        multiply_each(model->alpha, products, count, v);
        differentiate_trend(model, v, mean_slope);
    }
    for (size_t j = 0; j < model->points.dim_count; j++)
        variance_slope[j] *= -2;
    for (size_t j = 0; theta->trend > 0 && j < model->points.number_count; j++)
        variance_slope[j] += 4 * theta->trend * product * theta->reach * (x[j] - theta->centre[j]);
    return belief;
}

void hpi_gp_predict_lanes(const hpi_gp_model *model, const double *x, double *means_out,
                          double *variances_out) {
    size_t  count = model->points.count, dims = model->points.dim_count;
    double *k = model->memory + 4 * model->points.room, *products = k + LANES * model->points.room;
    hpi_gp_distances_lanes(&model->points, count, model->theta.sharp, x, k);
    hpi_gp_matern(model->theta.signal, k, count * LANES);
    if (model->theta.trend > 0) {
        hpi_gp_products_lanes(&model->points, count, &model->theta, x, products);
        hpi_gp_add_squares(k, model->theta.trend, products, count * LANES);
    }
    hpi_gp_dot_lanes(model->alpha, k, count, means_out);
    hpi_gp_squares_lanes(model->inverse, model->points.room, k, count, variances_out);
    for (size_t p = 0; p < LANES; p++) {
        for (size_t j = 0; j < dims; j++)
            model->x[j] = x[j * LANES + p];
        variances_out[p] = positive(prior_at(model, model->x, NULL), variances_out[p]);
    }
}
