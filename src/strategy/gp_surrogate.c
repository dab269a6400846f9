/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_surrogate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "strategy/gp_warp.h"

bool hpi_gp_surrogate_init(hpi_gp_surrogate *it, size_t dim_count, size_t number_count,
                           bool is_local) {
    *it = (hpi_gp_surrogate){ .bend = is_local ? (double)INFINITY : 1 };
    bool is_made = hpi_gp_model_init(&it->model, dim_count, number_count) &&
                   hpi_gp_fit_init(&it->fit, dim_count, number_count);
    it->fit.has_trend = is_local && number_count > 0;
    it->model.theta.trend = it->fit.has_trend ? 1 : 0;
    if (is_local)
        it->fit.noise_least = 1e-10; /* a narrow valley's floor is flat beside its walls */
    return is_made;
}

void hpi_gp_surrogate_fini(hpi_gp_surrogate *it) {
    hpi_gp_model_fini(&it->model);
    hpi_gp_fit_fini(&it->fit);
    hpi_free(it->chosen);
    hpi_free(it->memory);
    *it = (hpi_gp_surrogate){ 0 };
}

bool hpi_gp_surrogate_reserve(hpi_gp_surrogate *it, size_t trials, size_t flights) {
    if (!hpi_gp_reserve(&it->model, trials + flights) || !hpi_gp_fit_reserve(&it->fit, trials))
        return false;
    if (trials <= it->room) return true;
    size_t room = trials + trials / 2, *chosen = hpi_resize(it->chosen, room, sizeof *chosen);
    if (!chosen) return false;
    it->chosen = chosen;
    double *memory = hpi_resize(it->memory, room, sizeof *memory);
    if (!memory) return false;
    it->memory = memory;
    it->room = room;
    return true;
}

/* How many of the rows stay as they are. */
static size_t common(const hpi_gp_surrogate *it, const size_t *chosen, size_t count) {
    size_t same = 0;
    while (same < count && same < it->chosen_count && chosen[same] == it->chosen[same])
        same++;
    return same;
}

static void find_best(hpi_gp_surrogate *it) {
    it->best = (double)INFINITY;
    for (size_t i = 0; i < it->chosen_count; i++)
        it->best = fmin(it->best, it->model.y[i] - it->model.theta.noise * it->model.alpha[i]);
}

/* Multiplications: for a fit, about, and how many a trial may take. */
static double fit_cost(const hpi_gp_model *model) {
    double n = (double)model->points.count, d = (double)model->points.dim_count;
    return n * n * (n / 2 + 2 * d + 30);
}

enum { CALLS = 10, CALLS_FRESH = 20 };
static const double cost_per_trial = 3e6;

static void fit(hpi_gp_surrogate *it, uint64_t told) {
    double cost = fit_cost(&it->model) * CALLS / (cost_per_trial * hpi_gp_share(told));
    if ((double)(told - it->trial_fitted) < cost || told == it->trial_fitted) {
        hpi_gp_solve(&it->model);
        return;
    }
    double fresh = cost * (CALLS + 2 * CALLS_FRESH) / CALLS;
    double grown = fmax(fresh, (double)it->trial_refreshed / 5);
    bool   is_fresh = (double)(told - it->trial_refreshed) >= grown;
    (void)hpi_gp_fit_theta(&it->fit, &it->model, is_fresh, is_fresh ? CALLS_FRESH : CALLS);
    it->trial_fitted = told;
    if (is_fresh) it->trial_refreshed = told;
}

/* Of a censored loss only what it is at least is known. In its place stands what the others say, or
 * the bound if that is more, and two deviations on top: docs/strategies.md has what else was tried.
 */
static void raise_censored(hpi_gp_surrogate *it, const hpi_gp_trials *trials) {
    hpi_gp_model *model = &it->model;
    size_t        raised = 0;
    for (size_t i = 0; i < it->chosen_count; i++) {
        if (trials->end[it->chosen[i]] != HPI_GP_CENSORED) continue;
        hpi_gp_belief others = hpi_gp_without(model, i);
        it->memory[raised++] = fmax(model->y[i], others.mean) + 2 * sqrt(others.variance);
    }
    if (raised == 0) return;
    raised = 0;
    for (size_t i = 0; i < it->chosen_count; i++)
        if (trials->end[it->chosen[i]] == HPI_GP_CENSORED) model->y[i] = it->memory[raised++];
    hpi_gp_solve(model);
}

void hpi_gp_surrogate_learn(hpi_gp_surrogate *it, const hpi_gp_trials *trials, const size_t *chosen,
                            size_t count) {
    size_t same = common(it, chosen, count);
    hpi_gp_truncate(&it->model, same);
    for (size_t i = same; i < count; i++)
        hpi_gp_append(&it->model, trials->x + chosen[i] * trials->width, 0);
    memcpy(it->chosen, chosen, count * sizeof *chosen);
    it->chosen_count = count;
    (void)hpi_gp_warp(trials, chosen, count, it->bend, it->model.y, it->memory);
    fit(it, trials->count);
    raise_censored(it, trials);
    find_best(it);
}

/* A result that was predicted changes no prediction: its alpha is 0, and all others are right. */
static void believe(hpi_gp_model *model, const double *x) {
    hpi_gp_append(model, x, hpi_gp_predict(model, x).mean);
}

void hpi_gp_surrogate_believe(hpi_gp_surrogate *it, const hpi_gp_trials *trials, size_t most) {
    size_t first = trials->flight_count > most ? trials->flight_count - most : 0;
    for (size_t i = first; i < trials->flight_count; i++)
        believe(&it->model, trials->flight_x + i * trials->width);
    most -= trials->flight_count - first;
    for (size_t i = trials->odd_count; i-- > 0 && most > 0;) {
        if (!trials->is_believed[i]) continue;
        believe(&it->model, trials->odd_x + i * trials->width);
        most--;
    }
}
