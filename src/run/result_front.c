/* SPDX-License-Identifier: BSD-3-Clause */
/* The front of a result. With one goal it is the best trial. */
#include <math.h>

#include "base/mem.h"
#include "run/limits.h"
#include "run/result.h"
#include "run/volume.h"
#include "space/space.h"

size_t hpt_result_front_count(const hpt_result *result) {
    if (!result) return 0;
    return result->front ? result->front->count : result->stats.has_best;
}

static const hpt_coord *point_of(const hpt_result *result, size_t index) {
    return result->front ? hpi_front_point(result->front, (uint32_t)index) : result->point;
}

/* As a loss. */
static double loss_of(const hpt_result *result, size_t index, uint32_t goal) {
    if (result->front) return hpi_front_losses(result->front, (uint32_t)index)[goal];
    return result->signs[0] * result->stats.best_value;
}

uint64_t hpt_result_front_trial(const hpt_result *result, size_t index) {
    if (index >= hpt_result_front_count(result)) return UINT64_MAX;
    return result->front ? hpi_front_trial(result->front, (uint32_t)index)
                         : result->stats.best_trial;
}

double hpt_result_front_value(const hpt_result *result, size_t index, uint32_t goal) {
    if (index >= hpt_result_front_count(result) || goal >= result->goal_count) return NAN;
    return result->signs[goal] * loss_of(result, index, goal);
}

hpt_value hpt_result_front_param_at(const hpt_result *result, size_t index, hpt_param param) {
    if (index >= hpt_result_front_count(result)) return hpt_null();
    if (param >= hpt_space_count(result->space)) return hpt_null();
    return hpi_space_value_at(result->space, param, point_of(result, index));
}

hpt_value hpt_result_front_param(const hpt_result *result, size_t index, const char *name) {
    if (!result) return hpt_null();
    return hpt_result_front_param_at(result, index, hpt_space_find(result->space, name));
}

double hpt_result_front_real(const hpt_result *result, size_t index, const char *name) {
    hpt_value value = hpt_result_front_param(result, index, name);
    if (value.type == HPT_TYPE_INT) return (double)value.as.integer;
    return value.type == HPT_TYPE_REAL ? value.as.real : NAN;
}

/* The reference of each goal, as a loss. */
static void find_references(const hpt_result *result, double references_out[HPI_GOALS_MAX]) {
    size_t count = hpt_result_front_count(result);
    for (uint32_t goal = 0; goal < result->goal_count; goal++) {
        double worst = -INFINITY;
        for (size_t i = 0; i < count; i++)
            worst = fmax(worst, loss_of(result, i, goal));
        bool has_own = !isnan(result->references[goal]);
        references_out[goal] = has_own ? result->references[goal] : worst;
    }
}

/* Gains of those that are better than the reference in every goal. Returns how many. */
static uint32_t find_gains(const hpt_result *result, double *gains) {
    double   references[HPI_GOALS_MAX];
    uint32_t kept = 0, goals = result->goal_count;
    size_t   count = hpt_result_front_count(result);
    find_references(result, references);
    for (size_t i = 0; i < count; i++) {
        bool is_inside = true;
        for (uint32_t goal = 0; goal < goals; goal++) {
            double gain = references[goal] - loss_of(result, i, goal);
            gains[(size_t)kept * goals + goal] = gain;
            is_inside = is_inside && gain > 0;
        }
        kept += is_inside;
    }
    return kept;
}

double hpt_result_hypervolume(const hpt_result *result) {
    size_t count = hpt_result_front_count(result);
    if (count == 0) return 0;
    double *gains = hpi_alloc_room(count * result->goal_count, sizeof *gains);
    if (!gains) return NAN;
    double volume = hpi_volume(gains, find_gains(result, gains), result->goal_count,
                               (uint64_t)HPI_VOLUME_STEPS);
    hpi_free(gains);
    return volume;
}
