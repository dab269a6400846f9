/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_fit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "strategy/approx.h"
#include "strategy/climb.h"

/* With more dimensions than this all numbers share one length scale, and all lists: there is not
 * enough to be learnt about each. */
enum { ARD_MAX = 40 };

bool hpi_gp_fit_init(hpi_gp_fit *fit, size_t dim_count, size_t number_count) {
    bool   has_both = number_count > 0 && number_count < dim_count;
    size_t groups = dim_count <= ARD_MAX ? dim_count : has_both ? 2 : 1;
    size_t width = groups + 3;
    *fit = (hpi_gp_fit){ .group_count = groups, .noise_least = 1e-6 };
    fit->groups = hpi_alloc(dim_count + 1, sizeof *fit->groups);
    fit->low = hpi_alloc(4 * width, sizeof(double));
    fit->room = hpi_alloc(hpi_climb_room(width), sizeof(double));
    if (!fit->groups || !fit->low || !fit->room) return false;
    fit->high = fit->low + width;
    fit->start = fit->high + width;
    fit->best = fit->start + width;
    for (size_t j = 0; j < dim_count; j++)
        fit->groups[j] = dim_count <= ARD_MAX ? j : has_both && j >= number_count;
    return true;
}

void hpi_gp_fit_fini(hpi_gp_fit *fit) {
    hpi_free(fit->groups);
    hpi_free(fit->low);
    hpi_free(fit->room);
    hpi_free(fit->memory);
    *fit = (hpi_gp_fit){ 0 };
}

bool hpi_gp_fit_reserve(hpi_gp_fit *fit, size_t observations) {
    if (observations <= fit->memory_count) return true;
    size_t  count = observations + observations / 2;
    double *memory = hpi_resize(fit->memory, 4 * count, sizeof *memory);
    if (!memory) return false;
    fit->memory = memory;
    fit->memory_count = count;
    return true;
}

typedef struct task {
    hpi_gp_fit   *fit;
    hpi_gp_model *model;
} task;

static void set_theta(const task *it, const double *u) {
    hpi_gp_theta *theta = &it->model->theta;
    size_t        groups = it->fit->group_count;
    for (size_t j = 0; j < it->model->points.dim_count; j++)
        theta->sharp[j] = hpi_exp(u[it->fit->groups[j]]);
    theta->signal = hpi_exp(u[groups]);
    theta->noise = hpi_exp(u[groups + 1]);
    if (it->fit->has_trend) theta->trend = hpi_exp(u[groups + 2]);
}

/* The priors' negative logarithms and their slopes: 0.1 / s + 0.1 s for each s = 1 / length
 * scale^2, Gamma(2, 1) for the signal, Gamma(1.1, 30) for the noise; of our own: Gamma(2, 0.1) for
 * the trend. */
static double add_priors(const task *it, const double *u, double *slopes) {
    size_t groups = it->fit->group_count;
    double sum = 0;
    for (size_t g = 0; g < groups; g++) {
        double s = hpi_exp(u[g]);
        sum += 0.1 / s + 0.1 * s;
        slopes[g] += -0.1 / s + 0.1 * s;
    }
    double signal = it->model->theta.signal, noise = it->model->theta.noise;
    slopes[groups] += signal - 1;
    slopes[groups + 1] += 30 * noise - 0.1;
    if (it->fit->has_trend) {
        double trend = it->model->theta.trend;
        slopes[groups + 2] += 0.1 * trend - 1;
        sum += 0.1 * trend - u[groups + 2];
    }
    return sum + signal - u[groups] + 30 * noise - 0.1 * u[groups + 1];
}

/* Row a of covariances^-1, up to the diagonal. */
static void invert_row(const hpi_gp_model *model, size_t a, double *factors, double *row_out) {
    size_t count = model->points.count, room = model->points.room;
    memset(row_out, 0, (a + 1) * sizeof *row_out);
    for (size_t i = a; i < count; i++)
        factors[i] = model->inverse[i * room + a];
    hpi_gp_add_columns(row_out, factors + a, model->inverse + a * room, room, count - a, a + 1);
}

/* Add row a's part of sum (K^-1 - alpha alpha')_ab dK_ab / ds. */
static void add_slopes(const task *it, size_t a, const double *row, double *slopes) {
    const hpi_gp_model *model = it->model;
    const hpi_gp_theta *theta = &model->theta;
    double *r2 = it->fit->memory + it->fit->memory_count, *slope = r2 + it->fit->memory_count;
    hpi_gp_point(model, a, model->x);
    hpi_gp_distances(&model->points, a, model->theta.sharp, model->x, r2);
    hpi_gp_matern_slope(model->theta.signal, r2, slope, a);
    if (it->fit->has_trend) {
        hpi_gp_products(&model->points, a + 1, theta, model->x, r2);
        for (size_t b = 0; b <= a; b++)
            r2[b] *= r2[b] * (b < a ? 1 : 0.5);
        slopes[it->fit->group_count + 2] +=
            theta->trend *
            (hpi_gp_dot(row, r2, a + 1) - model->alpha[a] * hpi_gp_dot(model->alpha, r2, a + 1));
    }
    for (size_t b = 0; b < a; b++)
        slope[b] *= row[b] - model->alpha[a] * model->alpha[b];
    for (size_t j = 0; j < model->points.dim_count; j++) {
        const double *x = model->points.x + j * model->points.room;
        double        sharp = model->theta.sharp[j], at = model->x[j];
        if (j < model->points.number_count)
            for (size_t b = 0; b < a; b++)
                r2[b] = (x[b] - at) * (x[b] - at);
        else
            for (size_t b = 0; b < a; b++)
                r2[b] = x[b] != at ? 1 : 0;
        slopes[it->fit->groups[j]] += sharp * hpi_gp_dot(slope, r2, a);
    }
}

/* Minus the logarithm of the posterior. sum_ab (K^-1)_ab (K - noise)_ab = n - noise trace, so the
 * signal needs no sum of its own. */
static double misfit(void *user, const double *u, double *slopes) {
    task         *it = user;
    hpi_gp_model *model = it->model;
    size_t        count = model->points.count, groups = it->fit->group_count;
    double       *row = it->fit->memory + 3 * it->fit->memory_count, trace = 0, logs = 0;
    set_theta(it, u);
    hpi_gp_factorise(model);
    hpi_gp_solve(model);
    memset(slopes, 0, (groups + 3) * sizeof *slopes);
    for (size_t a = 0; a < count; a++) {
        invert_row(model, a, it->fit->memory, row);
        add_slopes(it, a, row, slopes);
        trace += row[a];
        logs -= hpi_log(model->inverse[a * model->points.room + a]);
    }
    double noise = model->theta.noise;
    double fitted = hpi_gp_dot(model->alpha, model->y, count);
    double square = hpi_gp_dot(model->alpha, model->alpha, count);
    slopes[groups] += 0.5 * ((double)count - noise * trace - fitted + noise * square);
    if (it->fit->has_trend) slopes[groups] -= slopes[groups + 2];
    slopes[groups + 1] += 0.5 * noise * (trace - square);
    return 0.5 * fitted + logs + add_priors(it, u, slopes);
}

static void set_limits(const hpi_gp_fit *fit) {
    for (size_t g = 0; g < fit->group_count; g++) {
        fit->low[g] = -9;
        fit->high[g] = 9;
    }
    fit->low[fit->group_count] = -7;
    fit->high[fit->group_count] = 7;
    fit->low[fit->group_count + 1] = hpi_log(fit->noise_least);
    fit->high[fit->group_count + 1] = 3;
    fit->low[fit->group_count + 2] = -9;
    fit->high[fit->group_count + 2] = 9;
}

static void read_theta(const task *it, double *u) {
    const hpi_gp_theta *theta = &it->model->theta;
    size_t              groups = it->fit->group_count;
    for (size_t j = 0; j < it->model->points.dim_count; j++)
        u[it->fit->groups[j]] = hpi_log(theta->sharp[j]);
    u[groups] = hpi_log(theta->signal);
    u[groups + 1] = hpi_log(theta->noise);
    u[groups + 2] = theta->trend > 0 ? hpi_log(theta->trend) : 0;
    for (size_t g = 0; g < groups + 3; g++)
        u[g] = fmin(fmax(u[g], it->fit->low[g]), it->fit->high[g]);
}

static void start_fresh(const hpi_gp_fit *fit, double *u) {
    memset(u, 0, (fit->group_count + 3) * sizeof *u);
    u[fit->group_count + 1] = hpi_log(1e-3);
}

double hpi_gp_fit_theta(hpi_gp_fit *fit, hpi_gp_model *model, bool is_fresh, size_t call_max) {
    task      it = { .fit = fit, .model = model };
    size_t    width = fit->group_count + (fit->has_trend ? 3 : 2);
    hpi_climb climb = { .dim_count = width,
                        .low = fit->low,
                        .high = fit->high,
                        .function = misfit,
                        .user = &it,
                        .call_max = call_max,
                        .tolerance = 1e-2,
                        .step_max = 2,
                        .room = fit->room };
    set_limits(fit);
    read_theta(&it, fit->best);
    double least = hpi_climb_down(&climb, fit->best);
    if (is_fresh || !isfinite(least)) {
        start_fresh(fit, fit->start);
        double found = hpi_climb_down(&climb, fit->start);
        if (found < least || !isfinite(least)) {
            memcpy(fit->best, fit->start, width * sizeof(double));
            least = found;
        }
    }
    if (!isfinite(least)) start_fresh(fit, fit->best); /* no model but the priors' */
    set_theta(&it, fit->best);
    hpi_gp_factorise(model);
    hpi_gp_solve(model);
    return -least;
}
