/* SPDX-License-Identifier: BSD-3-Clause */
#include "search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

hpt_space *quality_cube(int dim) {
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < dim; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_real(space, name, -5, 5);
    }
    return space;
}

static _Noreturn void stop(const quality_search *it, const hpt_err *err) {
    fprintf(stderr, "%s: %s\n", it->strategy, err->text);
    exit(1);
}

static hpt_study *open_study(const quality_search *it) {
    hpt_err     err = { 0 };
    hpt_study  *study = NULL;
    hpt_options options = hpt_options_default();
    options.strategy = it->strategy;
    options.seed = it->seed;
    options.worker_count = (uint32_t)it->pending;
    options.trial_count_max = (uint64_t)it->budgets[it->budget_count - 1];
    options.fruitless_count_max = 0;
    if (hpt_study_create(it->space, &options, &study, &err) != HPT_OK) stop(it, &err);
    return study;
}

/* Evaluates and tells; the value, or INFINITY. */
static double tell(const quality_search *it, hpt_study *study, hpt_trial *trial) {
    hpt_err    err = { 0 };
    double     value = NAN;
    hpt_status status = it->objective(trial, it->user, &value);
    if (status == HPT_OK)
        status = hpt_study_tell(study, trial, value, &err);
    else {
        status = hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, NULL, &err);
        value = INFINITY;
    }
    if (status != HPT_OK) stop(it, &err);
    return isfinite(value) ? value : INFINITY;
}

static uint64_t count_forbidden(hpt_study *study) {
    hpt_stats stats = { .struct_size = sizeof stats };
    if (hpt_run_stats(hpt_study_run(study), &stats, NULL) != HPT_OK) return 0;
    return stats.state_count[HPT_TRIAL_INFEASIBLE];
}

void quality_search_run(const quality_search *it, double *best_out, uint64_t *forbidden_out) {
    hpt_study *study = open_study(it);
    hpt_trial *flying[QUALITY_PENDING_MAX];
    double     best = INFINITY;
    int        told = 0, asked = 0, at = 0, last = it->budgets[it->budget_count - 1];
    while (told < last) {
        hpt_err    err = { 0 };
        hpt_status status = HPT_OK;
        while (status == HPT_OK && asked < last && asked < told + it->pending) {
            status = hpt_study_ask(study, &flying[asked % it->pending], &err);
            if (status == HPT_OK) asked++;
        }
        if (status != HPT_OK && status != HPT_EAGAIN && status != HPT_EDONE) stop(it, &err);
        if (asked == told) break; /* it has no more, or will not go on */
        best = fmin(best, tell(it, study, flying[told++ % it->pending]));
        if (told == it->budgets[at]) best_out[at++] = best;
    }
    while (at < it->budget_count)
        best_out[at++] = best;
    *forbidden_out = count_forbidden(study);
    hpt_study_destroy(study);
}
