/* SPDX-License-Identifier: BSD-3-Clause */
#include "search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GOALS_MAX = 8 };

hpt_space *quality_cube_of(int dim, double low, double high) {
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < dim; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_real(space, name, low, high);
    }
    return space;
}

hpt_space *quality_cube(int dim) {
    return quality_cube_of(dim, -5, 5);
}

static _Noreturn void stop(const quality_search *it, const hpt_err *err) {
    fprintf(stderr, "%s: %s\n", it->strategy, err->text);
    exit(1);
}

static hpt_status open_study(const quality_search *it, hpt_study **study_out, hpt_err *err) {
    hpt_options options = hpt_options_default();
    options.strategy = it->strategy;
    options.seed = it->seed;
    options.worker_count = (uint32_t)it->pending;
    options.trial_count_max = (uint64_t)it->budgets[it->budget_count - 1];
    options.fruitless_count_max = 0;
    static const char *const names[GOALS_MAX] = { "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8" };
    hpt_goal                 goals[GOALS_MAX] = { { .name = NULL } };
    for (uint32_t i = 0; i < GOALS_MAX; i++)
        goals[i] = (hpt_goal){ names[i], HPT_MINIMISE, NAN };
    if (it->goal_count > 1) {
        options.goals = goals;
        options.goal_count = it->goal_count;
    }
    return hpt_study_create(it->space, &options, study_out, err);
}

bool quality_search_fits(const quality_search *it) {
    hpt_study *study = NULL;
    hpt_err    err = { 0 };
    if (open_study(it, &study, &err) != HPT_OK) {
        if (it->goal_count < 2) stop(it, &err);
        return false;
    }
    hpt_study_destroy(study);
    return true;
}

/* Evaluates and tells; the value, or INFINITY. */
static double tell(const quality_search *it, hpt_study *study, hpt_trial *trial) {
    hpt_err    err = { 0 };
    double     values[GOALS_MAX];
    uint32_t   count = it->goal_count ? it->goal_count : 1;
    hpt_status status = it->objective(trial, it->user, values);
    bool       is_infeasible = status == HPT_EINFEASIBLE, is_complete = status == HPT_OK;
    if (is_complete)
        status = hpt_study_tell_values(study, trial, values, count, &err);
    else
        status = hpt_study_tell_state(
            study, trial, is_infeasible ? HPT_TRIAL_INFEASIBLE : HPT_TRIAL_FAILED, NULL, &err);
    if (status != HPT_OK) stop(it, &err);
    return is_complete && isfinite(values[0]) ? values[0] : INFINITY;
}

static uint64_t count_forbidden(hpt_study *study) {
    hpt_stats stats = { .struct_size = sizeof stats };
    if (hpt_run_stats(hpt_study_run(study), &stats, NULL) != HPT_OK) return 0;
    return stats.state_count[HPT_TRIAL_INFEASIBLE];
}

void quality_search_run(const quality_search *it, double *best_out, uint64_t *forbidden_out) {
    hpt_err    err = { 0 };
    hpt_study *study = NULL;
    hpt_trial *flying[QUALITY_PENDING_MAX];
    double     best = INFINITY;
    int        told = 0, asked = 0, at = 0, last = it->budgets[it->budget_count - 1];
    if (open_study(it, &study, &err) != HPT_OK) stop(it, &err);
    while (told < last) {
        hpt_status status = HPT_OK;
        while (status == HPT_OK && asked < last && asked < told + it->pending) {
            status = hpt_study_ask(study, &flying[asked % it->pending], &err);
            if (status == HPT_OK) asked++;
        }
        if (status != HPT_OK && status != HPT_EAGAIN && status != HPT_EDONE) stop(it, &err);
        if (asked == told) break; /* it has no more, or will not go on */
        best = fmin(best, tell(it, study, flying[told++ % it->pending]));
        if (told == it->budgets[at]) best_out[at++] = it->score ? it->score(it->user) : best;
    }
    while (at < it->budget_count)
        best_out[at++] = it->score ? it->score(it->user) : best;
    *forbidden_out = count_forbidden(study);
    hpt_study_destroy(study);
}
