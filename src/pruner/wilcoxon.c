/* SPDX-License-Identifier: BSD-3-Clause */
/* For objectives that are a mean over instances: step = the instance's number. A trial is hopeless
 * when it is worse than the best trial on the instances that both have seen, by Wilcoxon's
 * signed-rank test; but not while its mean is no worse than the best's, whatever the test says. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "pruner/curve.h"
#include "pruner/map.h"
#include "pruner/signed_rank.h"

#include "hpt/extend.h"

/* A trial that was the best when it was told. With a window those that were the best before still
 * are for trials that do not know of its successor. */
typedef struct best {
    uint64_t     number;
    double       loss;
    hpi_curve    curve;
    struct best *before;
} best;

typedef struct wilcoxon_state {
    /* Options. */
    double  p;
    int64_t startup_steps;

    uint32_t        window;
    hpi_map         trials; /* in flight: hpi_curve */
    best           *newest;
    hpi_signed_rank test;
    double         *differences;
    size_t          room;
} wilcoxon_state;

/* clang-format off */
static const hpt_option options[] = {
    { "p", HPT_OPTION_REAL, offsetof(wilcoxon_state, p), 0.1, 0, 1, NULL,
      "a trial is stopped when the chance that it is no worse than the best is below this" },
    { "startup_steps", HPT_OPTION_INT, offsetof(wilcoxon_state, startup_steps), 2, 0, HPI_CURVE_MAX, NULL,
      "instances that both must have seen; at least 2" },
    { .name = NULL },
};
/* clang-format on */

static void trial_fini(void *record) {
    hpi_curve_fini(record);
}

static hpt_status wilcoxon_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    wilcoxon_state *state = state_;
    (void)err;
    state->window = setup->window;
    hpi_map_init(&state->trials, sizeof(hpi_curve), trial_fini);
    return HPT_OK;
}

static void forget(best *last) {
    while (last) {
        best *before = last->before;
        hpi_curve_fini(&last->curve);
        hpi_free(last);
        last = before;
    }
}

static void wilcoxon_fini(void *state_) {
    wilcoxon_state *state = state_;
    hpi_map_fini(&state->trials);
    forget(state->newest);
    hpi_signed_rank_fini(&state->test);
    hpi_free(state->differences);
}

static const best *best_below(const wilcoxon_state *state, uint64_t known_below) {
    const best *it = state->newest;
    while (it && it->number >= known_below)
        it = it->before;
    return it;
}

static bool reserve(wilcoxon_state *state, size_t count) {
    if (!hpi_signed_rank_reserve(&state->test, count)) return false;
    if (count <= state->room) return true;
    double *differences = hpi_resize(state->differences, 2 * count, sizeof *differences);
    if (!differences) return false;
    state->differences = differences;
    state->room = 2 * count;
    return true;
}

/* On the instances that both have. */
static size_t subtract(const hpi_curve *own, const hpi_curve *others, double *differences_out) {
    size_t count = 0;
    for (size_t i = 0, j = 0; i < own->count && j < others->count;) {
        if (own->steps[i] == others->steps[j])
            differences_out[count++] = own->losses[i] - others->losses[j];
        bool is_behind = own->steps[i] <= others->steps[j];
        j += others->steps[j] <= own->steps[i];
        i += is_behind;
    }
    return count;
}

/* Infinite or NaN if any of them is infinite. */
static double mean_of(const hpi_curve *curve) {
    double sum = 0;
    for (size_t i = 0; i < curve->count; i++)
        sum += curve->losses[i];
    return sum / (double)curve->count;
}

static bool wilcoxon_report(void *state_, const hpt_pruner_report *report) {
    wilcoxon_state *state = state_;
    hpi_curve      *own = hpi_map_make(&state->trials, report->number);
    if (!own || !hpi_curve_put(own, 1, report->step, report->losses)) return false;
    const best *rival = best_below(state, report->known_below);
    if (!rival || rival->curve.count == 0 || !reserve(state, own->count)) return false;
    double mean = mean_of(own), rivals_mean = mean_of(&rival->curve);
    if (!isfinite(mean) || !isfinite(rivals_mean) || mean <= rivals_mean) return false;
    size_t count = subtract(own, &rival->curve, state->differences);
    if (count < 2 || count < (size_t)state->startup_steps) return false;
    return hpi_signed_rank_greater(&state->test, state->differences, count) < state->p;
}

/* With a window a trial that runs knows at least those that were told a window before this one. */
static void cut(wilcoxon_state *state, uint64_t number) {
    uint64_t window = state->window, known_below = UINT64_MAX;
    if (window > 0) known_below = number + 1 > window ? number + 1 - window : 0;
    best *it = state->newest;
    while (it && it->number >= known_below)
        it = it->before;
    if (!it) return;
    forget(it->before);
    it->before = NULL;
}

static void add_best(wilcoxon_state *state, const hpt_outcome *outcome, hpi_curve *curve) {
    best *it = hpi_alloc(1, sizeof *it);
    if (!it) return; /* trials are compared with the one before */
    *it = (best){ .number = outcome->number, .loss = outcome->loss, .before = state->newest };
    if (curve) {
        it->curve = *curve;
        *curve = (hpi_curve){ 0 };
    }
    state->newest = it;
}

static void wilcoxon_end(void *state_, const hpt_outcome *outcome) {
    wilcoxon_state *state = state_;
    hpi_curve      *curve = hpi_map_find(&state->trials, outcome->number);
    bool            is_best = outcome->state == HPT_TRIAL_COMPLETE &&
                   (!state->newest || outcome->loss < state->newest->loss);
    if (is_best) add_best(state, outcome, curve);
    cut(state, outcome->number);
    hpi_map_remove(&state->trials, outcome->number);
}

const hpt_pruner_class hpi_pruner_wilcoxon = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "wilcoxon",
    .summary = "for means over instances: stops trials that a test finds worse than the best",
    .state_size = sizeof(wilcoxon_state),
    .options = options,
    .init = wilcoxon_init,
    .report = wilcoxon_report,
    .end = wilcoxon_end,
    .fini = wilcoxon_fini,
};
