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
    model->theta.sharp = hpi_alloc(dim_count + 1, sizeof(double));
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
    larger.memory = hpi_alloc(room * (3 + LANES), sizeof(double));
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

/* Row i of the inverse factor, from the covariances with the observations before it: with l =
 * inverse k the factor's new row is (l, pivot), so that of its inverse is (-l' inverse, 1) / pivot.
 */
static void factorise_row(hpi_gp_model *model, size_t i) {
    double  room = model->theta.signal + model->theta.noise, pivot;
    double *k = model->memory, *l = k + model->points.room, *row = row_of(model, i);
    hpi_gp_point(model, i, model->x);
    hpi_gp_distances(&model->points, i, model->theta.sharp, model->x, k);
    hpi_gp_matern(model->theta.signal, k, i);
    multiply(model, k, i, l);
    pivot = room - hpi_gp_dot(l, l, i);
    double least = 0.1 * model->theta.noise + variance_least * model->theta.signal;
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

/* ---- predictions ---- */

static double positive(const hpi_gp_model *model, double explained) {
    return fmax(model->theta.signal - explained, variance_least * model->theta.signal);
}

hpi_gp_belief hpi_gp_predict(const hpi_gp_model *model, const double *x) {
    size_t  count = model->points.count;
    double *k = model->memory, *v = k + model->points.room;
    hpi_gp_distances(&model->points, count, model->theta.sharp, x, k);
    hpi_gp_matern(model->theta.signal, k, count);
    multiply(model, k, count, v);
    return (hpi_gp_belief){ .mean = hpi_gp_dot(k, model->alpha, count),
                            .variance = positive(model, hpi_gp_dot(v, v, count)) };
}

/* With w = covariances^-1 k: the mean's slope is sum alpha_i dk_i, the variance's -2 sum w_i dk_i.
 */
hpi_gp_belief hpi_gp_predict_slope(const hpi_gp_model *model, const double *x, double *mean_slope,
                                   double *variance_slope) {
    size_t        count = model->points.count, room = model->points.room;
    double       *k = model->memory, *v = k + room, *slope = v + room, *w = k;
    hpi_gp_belief belief;
    hpi_gp_distances(&model->points, count, model->theta.sharp, x, k);
    hpi_gp_matern_slope(model->theta.signal, k, slope, count);
    multiply(model, k, count, v);
    belief.mean = hpi_gp_dot(k, model->alpha, count);
    belief.variance = positive(model, hpi_gp_dot(v, v, count));
    multiply_back(model, v, count, w);
    for (size_t i = 0; i < count; i++) {
        w[i] *= slope[i];
        slope[i] *= model->alpha[i];
    }
    double sum_w = 0, sum_a = 0;
    for (size_t i = 0; i < count; i++)
        sum_w += w[i], sum_a += slope[i];
    for (size_t j = 0; j < model->points.dim_count; j++) {
        const double *at = model->points.x + j * room;
        double        twice = j < model->points.number_count ? 2 * model->theta.sharp[j] : 0;
        mean_slope[j] = twice * (x[j] * sum_a - hpi_gp_dot(slope, at, count));
        variance_slope[j] = -2 * twice * (x[j] * sum_w - hpi_gp_dot(w, at, count));
    }
    return belief;
}

void hpi_gp_predict_lanes(const hpi_gp_model *model, const double *x, double *means_out,
                          double *variances_out) {
    size_t  count = model->points.count;
    double *k = model->memory + 3 * model->points.room;
    hpi_gp_distances_lanes(&model->points, count, model->theta.sharp, x, k);
    hpi_gp_matern(model->theta.signal, k, count * LANES);
    hpi_gp_dot_lanes(model->alpha, k, count, means_out);
    hpi_gp_squares_lanes(model->inverse, model->points.room, k, count, variances_out);
    for (size_t p = 0; p < LANES; p++)
        variances_out[p] = positive(model, variances_out[p]);
}
