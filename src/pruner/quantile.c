/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/quantile.h"

#include "pruner/curve.h"

/* A trial in flight. */
typedef struct flight {
    hpi_curve curve;
    hpi_paced pace;
    double    best[HPI_RUNG_GOALS_MAX];
    bool      has_best;
} flight;

static void flight_fini(void *record) {
    hpi_curve_fini(&((flight *)record)->curve);
}

static void step_fini(void *record) {
    hpi_rung_fini(record);
}

void hpi_quantile_init(hpi_quantile *it, const hpt_pruner_setup *setup) {
    it->kind = (hpi_rung_kind){ .goal_count = setup->goal_count, .window = setup->window };
    hpi_map_init(&it->trials, sizeof(flight), flight_fini);
    hpi_map_init(&it->steps, sizeof(hpi_rung), step_fini);
}

void hpi_quantile_fini(hpi_quantile *it) {
    hpi_map_fini(&it->trials);
    hpi_map_fini(&it->steps);
}

static void improve(flight *mine, const hpt_pruner_report *report) {
    for (uint32_t i = 0; i < report->goal_count; i++)
        if (!mine->has_best || report->losses[i] < mine->best[i]) mine->best[i] = report->losses[i];
    mine->has_best = true;
}

static bool has_started(const hpi_quantile *it, uint64_t known_below) {
    if (it->startup_trials == 0) return true;
    return it->complete_count >= (uint64_t)it->startup_trials && it->startup_number < known_below;
}

static bool is_hopeless(const hpi_quantile *it, const hpi_rung_view *view, const double *best) {
    if (view->count < (size_t)it->min_trials) return false;
    if (view->goal_count == 1) return hpi_rung_is_above(view, best[0], it->percentile);
    double limit = (double)(view->count - 1) * it->percentile / 100;
    return (double)hpi_rung_ahead(view, best) > limit;
}

bool hpi_quantile_report(hpi_quantile *it, const hpt_pruner_report *report) {
    flight *mine = hpi_map_make(&it->trials, report->number);
    if (!mine || !hpi_curve_put(&mine->curve, report->goal_count, report->step, report->losses))
        return false; /* nobody is stopped because memory is out */
    improve(mine, report);
    if (!hpi_pace_is_due(&it->pace, &mine->pace, report->step)) return false;
    if (!has_started(it, report->known_below)) return false;
    const hpi_rung *rung = hpi_map_find(&it->steps, (uint64_t)report->step);
    if (!rung) return false;
    hpi_rung_view view = hpi_rung_see(rung, &it->kind, report->known_below);
    return is_hopeless(it, &view, mine->best);
}

static hpi_rung *rung_of(hpi_quantile *it, int64_t step) {
    bool is_full = it->steps.count == HPI_QUANTILE_STEPS_MAX;
    return is_full ? hpi_map_find(&it->steps, (uint64_t)step)
                   : hpi_map_make(&it->steps, (uint64_t)step);
}

static void keep(hpi_quantile *it, uint64_t number, const hpi_curve *curve) {
    for (size_t i = 0; i < curve->count; i++) {
        hpi_rung *rung = rung_of(it, curve->steps[i]);
        if (rung)
            hpi_rung_add(rung, &it->kind, number, curve->losses + i * it->kind.goal_count, true);
    }
}

static void count_complete(hpi_quantile *it, uint64_t number) {
    if (it->complete_count++ >= (uint64_t)it->startup_trials) return;
    if (number > it->startup_number) it->startup_number = number;
}

void hpi_quantile_end(hpi_quantile *it, const hpt_outcome *outcome) {
    const flight *mine = hpi_map_find(&it->trials, outcome->number);
    if (outcome->state == HPT_TRIAL_COMPLETE) {
        count_complete(it, outcome->number);
        if (mine) keep(it, outcome->number, &mine->curve);
    }
    hpi_map_remove(&it->trials, outcome->number);
}
