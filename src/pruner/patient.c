/* SPDX-License-Identifier: BSD-3-Clause */
/* What another pruner finds hopeless is stopped only if it has also not got better for some steps:
 * for curves that go up and down. Without another one that alone decides.
 *
 * The other one hears of every report, and is overruled. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "pruner/curve.h"
#include "pruner/map.h"
#include "pruner/pruner.h"
#include "pruner/rung.h"

typedef struct patient_state {
    /* Options. */
    int64_t     patience;
    double      min_delta;
    const char *of;

    hpi_pruner other;
    uint32_t   goal_count;
    hpi_map    trials; /* in flight */
} patient_state;

enum { PATIENCE_MAX = HPI_CURVE_MAX - 2 };

/* clang-format off */
static const hpt_option options[] = {
    { "of", HPT_OPTION_TEXT, offsetof(patient_state, of), 0, 0, 0, "none",
      "the pruner that is made patient; with options of its own in double quotes; none: patience alone decides" },
    { "patience", HPT_OPTION_INT, offsetof(patient_state, patience), 1, 0, PATIENCE_MAX, NULL,
      "a trial that has got better in its last so many steps and one goes on" },
    { "min_delta", HPT_OPTION_REAL, offsetof(patient_state, min_delta), 0, 0, 1e300, NULL,
      "how much worse than before counts as not better" },
    { .name = NULL },
};
/* clang-format on */

/* A trial in flight. The curve is in the order of steps, and beside it the best up to each. */
typedef struct flight {
    hpi_curve curve;
    double   *best;        /* goal_count for each */
    size_t    room, known; /* `known`: so many are right, unless memory was out for a while */
} flight;

static void flight_fini(void *record) {
    flight *mine = record;
    hpi_curve_fini(&mine->curve);
    hpi_free(mine->best);
}

/* Which could go on for ever. */
static bool is_patient(const char *text) {
    static const char name[] = "patient", spaces[] = " \t\r\n";
    text += strspn(text, spaces);
    if (strncmp(text, name, sizeof name - 1) != 0) return false;
    text += sizeof name - 1;
    text += strspn(text, spaces);
    return *text == ':' || *text == '\0';
}

static hpt_status patient_init(void *state_, const hpt_pruner_setup *setup, hpt_err *err) {
    patient_state *state = state_;
    if (is_patient(state->of))
        return hpi_fail(err, HPT_EINVAL, "pruner \"patient\" cannot be made patient: of is itself");
    hpt_status status = hpi_pruner_open(&state->other, state->of, NULL, setup, err);
    if (status != HPT_OK) {
        if (err) err->line = err->col = 0; /* a place in that text is none in the whole */
        return status;
    }
    state->goal_count = setup->goal_count;
    hpi_map_init(&state->trials, sizeof(flight), flight_fini);
    return HPT_OK;
}

static void patient_fini(void *state_) {
    patient_state *state = state_;
    hpi_map_fini(&state->trials);
    hpi_pruner_close(&state->other);
}

static bool reserve(flight *mine, uint32_t goal_count) {
    if (mine->room == mine->curve.room) return true;
    double *best = hpi_resize(mine->best, mine->curve.room, goal_count * sizeof *best);
    if (!best) return false;
    mine->best = best;
    mine->room = mine->curve.room;
    return true;
}

/* Only what lies behind the step has changed: nearly always that is the step alone. */
static void update_best(flight *mine, uint32_t goal_count, int64_t step) {
    size_t below = hpi_curve_below(&mine->curve, step);
    for (size_t i = below < mine->known ? below : mine->known; i < mine->curve.count; i++)
        for (uint32_t goal = 0; goal < goal_count; goal++) {
            double  loss = mine->curve.losses[i * goal_count + goal];
            double *best = mine->best + i * goal_count + goal;
            bool    is_better = i == 0 || loss < best[-(ptrdiff_t)goal_count];
            *best = is_better ? loss : best[-(ptrdiff_t)goal_count];
        }
    mine->known = mine->curve.count;
}

/* The best of the steps from `first` on. */
static double best_from(const hpi_curve *curve, uint32_t goal_count, size_t first, uint32_t goal) {
    double best = INFINITY;
    for (size_t i = first; i < curve->count; i++)
        if (curve->losses[i * goal_count + goal] < best)
            best = curve->losses[i * goal_count + goal];
    return best;
}

/* Whether the last steps are worse than those before them, in every goal. */
static bool has_stalled(const patient_state *state, const flight *mine) {
    size_t recent = (size_t)state->patience + 1, count = mine->curve.count;
    if (count <= recent) return false;
    const double *before = mine->best + (count - recent - 1) * state->goal_count;
    for (uint32_t goal = 0; goal < state->goal_count; goal++) {
        double now = best_from(&mine->curve, state->goal_count, count - recent, goal);
        if (!(before[goal] + state->min_delta < now)) return false;
    }
    return true;
}

static bool is_out_of_patience(patient_state *state, const hpt_pruner_report *report) {
    flight *mine = hpi_map_make(&state->trials, report->number);
    if (!mine || !hpi_curve_put(&mine->curve, state->goal_count, report->step, report->losses))
        return false; /* nobody is stopped because memory is out */
    if (!reserve(mine, state->goal_count)) return false;
    update_best(mine, state->goal_count, report->step);
    return has_stalled(state, mine);
}

static bool patient_report(void *state_, const hpt_pruner_report *report) {
    patient_state    *state = state_;
    const hpi_pruner *other = &state->other;
    bool              is_hopeless = !other->class || other->class->report(other->state, report);
    return is_out_of_patience(state, report) && is_hopeless;
}

static void patient_end(void *state_, const hpt_outcome *outcome) {
    patient_state    *state = state_;
    const hpi_pruner *other = &state->other;
    if (other->class && other->class->end) other->class->end(other->state, outcome);
    hpi_map_remove(&state->trials, outcome->number);
}

static uint32_t patient_bracket_count(const void *state_) {
    const hpi_pruner *other = &((const patient_state *)state_)->other;
    bool              has_any = other->class && other->class->bracket_count;
    return has_any ? other->class->bracket_count(other->state) : 1;
}

static uint32_t patient_bracket(const void *state_, uint64_t number) {
    const hpi_pruner *other = &((const patient_state *)state_)->other;
    bool              has_any = other->class && other->class->bracket;
    return has_any ? other->class->bracket(other->state, number) : 0;
}

const hpt_pruner_class hpi_pruner_patient = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "patient",
    .summary = "another pruner, for curves that get worse for a while before they get better",
    .state_size = sizeof(patient_state),
    .options = options,
    .init = patient_init,
    .report = patient_report,
    .end = patient_end,
    .fini = patient_fini,
    .bracket_count = patient_bracket_count,
    .bracket = patient_bracket,
    .goals_max = HPI_RUNG_GOALS_MAX,
};
