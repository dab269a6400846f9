/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/tpe_front.h"

#include <float.h>
#include <math.h>

#include "base/err.h"
#include "base/mem.h"

static size_t at_most(size_t a, size_t b) {
    return a < b ? a : b;
}

static hpt_status make_room(hpi_tpe_front *front, size_t goal_count, size_t most, hpt_err *err) {
    size_t     room = most + 1;
    bool       is_exact = goal_count <= HPI_EXCLUSIVE_GOALS_MAX;
    hpt_status status = hpi_fronts_init(&front->fronts, goal_count, most + 1, err);
    if (status == HPT_OK && is_exact)
        status = hpi_exclusive_init(&front->exclusive, goal_count, at_most(room, HPI_EXCLUSIVE_MAX),
                                    err);
    if (status == HPT_OK)
        status = hpi_directions_init(&front->directions, goal_count,
                                     hpi_directions_fit(goal_count, most), err);
    if (status != HPT_OK) return status;
    front->counts = hpi_alloc(front->directions.count, sizeof *front->counts);
    front->trials = hpi_alloc(most + 1, sizeof *front->trials);
    front->worth = hpi_alloc(most + 1, sizeof *front->worth);
    front->gains = hpi_alloc(room, goal_count * sizeof *front->gains);
    front->volumes = hpi_alloc(room, sizeof *front->volumes);
    if (front->trials && front->worth && front->gains && front->volumes && front->counts)
        return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu good trials", most);
}

hpt_status hpi_tpe_front_init(hpi_tpe_front *front, size_t goal_count, size_t most, hpt_err *err) {
    *front = (hpi_tpe_front){ 0 };
    hpt_status status = make_room(front, goal_count, most, err);
    if (status != HPT_OK) hpi_tpe_front_fini(front);
    return status;
}

void hpi_tpe_front_fini(hpi_tpe_front *front) {
    hpi_fronts_fini(&front->fronts);
    hpi_exclusive_fini(&front->exclusive);
    hpi_directions_fini(&front->directions);
    hpi_free(front->counts);
    hpi_free(front->trials);
    hpi_free(front->worth);
    hpi_free(front->gains);
    hpi_free(front->volumes);
    *front = (hpi_tpe_front){ 0 };
}

void hpi_tpe_front_add(hpi_tpe_front *front, uint32_t trial, const double *losses) {
    hpi_fronts *fronts = &front->fronts;
    uint32_t    slot = hpi_fronts_free(fronts);
    for (size_t goal = 0; goal < fronts->goal_count; goal++) {
        double loss = isnan(losses[goal]) ? DBL_MAX : losses[goal];
        fronts->losses[slot * fronts->goal_count + goal] = fmax(-DBL_MAX, fmin(DBL_MAX, loss));
    }
    fronts->violations[slot] = 0;
    front->trials[slot] = trial;
    hpi_fronts_add(fronts);
}

/* Optuna's: a tenth beyond the worst. Half of it, as all is here: the difference of two doubles may
 * be none. */
static double half_reference(double worst) {
    return worst == 0 ? 0.5e-12 : fmax(1.1 * (worst / 2), 0.9 * (worst / 2));
}

/* The gains of the last front in one goal, as parts of the largest. */
static void find_gains(hpi_tpe_front *front, const uint32_t *slots, size_t count, size_t goal) {
    const hpi_fronts *fronts = &front->fronts;
    size_t            goals = fronts->goal_count;
    double            worst = -DBL_MAX, best = DBL_MAX;
    for (size_t i = 0; i < count; i++) {
        double loss = fronts->losses[slots[i] * goals + goal];
        worst = fmax(worst, loss);
        best = fmin(best, loss);
    }
    double reference = half_reference(worst), largest = reference - best / 2;
    for (size_t i = 0; i < count; i++) {
        double gain = reference - fronts->losses[slots[i] * goals + goal] / 2;
        front->gains[i * goals + goal] = largest > 0 ? gain / largest : 1;
    }
}

/* As in nsga3: the least is worth who is one of many in his direction, and of those who is farthest
 * from the best and off the direction. */
static void find_niches(hpi_tpe_front *front, const uint32_t *slots, size_t count) {
    size_t goals = front->fronts.goal_count, nearest;
    double along, off;
    for (size_t i = 0; i < front->directions.count; i++)
        front->counts[i] = 0;
    for (int turn = 0; turn < 2; turn++) /* count; then look */
        for (size_t i = 0; i < count; i++) {
            double *gains = front->gains + i * goals;
            for (size_t goal = 0; goal < goals && turn == 0; goal++)
                gains[goal] = 1 - gains[goal];
            nearest = hpi_directions_nearest(&front->directions, gains, &along, &off);
            front->counts[nearest] += turn == 0;
            front->worth[slots[i]] = -1e6 * front->counts[nearest] - (along + 5 * off);
        }
}

/* With many goals or trials the exact volumes would take too long. */
static void find_worth(hpi_tpe_front *front, const uint32_t *slots, size_t count) {
    size_t goals = front->fronts.goal_count;
    for (size_t goal = 0; goal < goals; goal++)
        find_gains(front, slots, count, goal);
    if (goals > HPI_EXCLUSIVE_GOALS_MAX || count > HPI_EXCLUSIVE_MAX) {
        find_niches(front, slots, count);
        return;
    }
    hpi_exclusive_find(&front->exclusive, front->gains, count, front->volumes);
    for (size_t i = 0; i < count; i++)
        front->worth[slots[i]] = front->volumes[i];
}

uint32_t hpi_tpe_front_drop(hpi_tpe_front *front, size_t *rank_out) {
    size_t          count;
    const uint32_t *last = hpi_fronts_last(&front->fronts, &count);
    uint32_t        worst = last[0];
    if (count > 1) find_worth(front, last, count);
    for (size_t i = 1; i < count; i++) {
        double least = front->worth[worst], worth = front->worth[last[i]];
        if (worth < least || (worth == least && front->trials[last[i]] < front->trials[worst]))
            worst = last[i];
    }
    *rank_out = front->fronts.front_count - 1;
    hpi_fronts_drop(&front->fronts, worst);
    return front->trials[worst];
}
