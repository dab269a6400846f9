/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a run starts from: points of the user's, tried before the strategy is asked, and results of
 * earlier runs, which the strategy is told before. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/run.h"
#include "space/space.h"

/* Points. `what` is what an error sentence calls number `i`. */

/* A parameter that need not have a value may have none. */
static hpt_status read_coord(const hpt_space *space, hpt_param param, hpt_value value,
                             hpt_coord *coord_out, hpt_err *err) {
    if (value.type != HPT_TYPE_NULL || !hpi_space_is_conditional(space, param))
        return hpt_space_coord(space, param, value, coord_out, err);
    hpt_err ignored = { 0 }; /* a list may have null among its values */
    if (hpt_space_coord(space, param, value, coord_out, &ignored) != HPT_OK)
        *coord_out = hpt_space_at_fraction(space, param, 0);
    return HPT_OK;
}

/* That what is active has a value, now that all of it is read. */
static hpt_status check_active(const hpt_space *space, const hpt_value *given,
                               const hpt_coord *point, const char *what, size_t i, hpt_err *err) {
    size_t dims = hpt_space_count(space);
    char   name[64];
    for (hpt_param j = 0; j < dims; j++) {
        bool is_missing = given[j].type == HPT_TYPE_NULL && hpi_space_is_conditional(space, j) &&
                          hpt_space_value(space, j, point[j]).type != HPT_TYPE_NULL;
        if (is_missing && hpt_space_is_active(space, j, point))
            return hpi_fail(err, HPT_EINVAL,
                            "%s %zu (counting from 0): parameter \"%s\" is active there and has "
                            "no value",
                            what, i, hpi_quote(name, sizeof name, hpi_space_name(space, j)));
    }
    return HPT_OK;
}

static hpt_status read_point(const hpt_space *space, const hpt_value *given, hpt_coord *point,
                             const char *what, size_t i, hpt_err *err) {
    size_t dims = hpt_space_count(space);
    for (hpt_param j = 0; j < dims; j++) {
        hpt_err    why = { 0 };
        hpt_status status = read_coord(space, j, given[j], &point[j], &why);
        if (status != HPT_OK)
            return hpi_fail(err, status, "%s %zu (counting from 0): %s", what, i, why.text);
    }
    if (!hpi_space_has_rules(space)) return HPT_OK;
    hpi_space_settle(space, point, 1);
    return check_active(space, given, point, what, i, err);
}

static hpt_status reserve(size_t count, size_t width, size_t item_bytes, const char *what,
                          void **memory_out, hpt_err *err) {
    if (count <= SIZE_MAX / width) *memory_out = hpi_alloc_room(count * width, item_bytes);
    if (*memory_out) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu %ss", count, what);
}

hpt_status hpi_points_read(hpi_plan *plan, const hpt_space *space, const hpt_options *o,
                           hpt_err *err) {
    size_t dims = hpt_space_count(space);
    void  *memory = NULL;
    if (o->point_count == 0) return HPT_OK;
    hpt_status status = reserve(o->point_count, dims, sizeof *plan->points, "point", &memory, err);
    if (status != HPT_OK) return status;
    plan->points = memory;
    plan->point_count = o->point_count;
    for (size_t i = 0; status == HPT_OK && i < o->point_count; i++)
        status = read_point(space, o->points + i * dims, plan->points + i * dims, "point", i, err);
    return status;
}

/* A list is nothing but its points: then one that is no valid point is an oversight. Elsewhere it
 * ends as INFEASIBLE, as any candidate does. */
hpt_status hpi_points_check(const hpi_plan *plan, const hpt_space *space, hpt_err *err) {
    size_t dims = hpt_space_count(space);
    char   why[HPI_REASON_BYTES];
    for (size_t i = 0; i < plan->point_count; i++) {
        const hpt_coord *point = plan->points + i * dims;
        if (hpt_space_permits(space, point)) continue;
        hpi_space_refusal(space, point, why, sizeof why);
        return hpi_fail(err, HPT_EINVAL, "point %zu (counting from 0): %s", i, why);
    }
    return HPT_OK;
}

/* Observations. */

static hpt_status check_state(const hpt_observation *it, const hpi_plan *plan, size_t i,
                              hpt_err *err) {
    bool may_have = it->state == HPT_TRIAL_COMPLETE || it->state == HPT_TRIAL_INFEASIBLE;
    if ((unsigned)it->state >= HPT_TRIAL_STATE_COUNT || it->state == HPT_TRIAL_RUNNING)
        return hpi_fail(err, HPT_EINVAL,
                        "observation %zu (counting from 0): state %d (%s) is not one that a trial "
                        "ends in",
                        i, (int)it->state, hpt_trial_state_text(it->state));
    if (!it->point)
        return hpi_fail(err, HPT_EINVAL, "observation %zu (counting from 0): point is NULL", i);
    if (it->state == HPT_TRIAL_COMPLETE && !it->values)
        return hpi_fail(err, HPT_EINVAL,
                        "observation %zu (counting from 0): it is COMPLETE, and values is NULL", i);
    if (may_have && it->values && it->value_count != plan->goal_count)
        return hpi_fail(err, HPT_EINVAL,
                        "observation %zu (counting from 0): %u value%s for %u goal%s", i,
                        (unsigned)it->value_count, it->value_count == 1 ? "" : "s",
                        (unsigned)plan->goal_count, plan->goal_count == 1 ? "" : "s");
    return HPT_OK;
}

static hpt_status check_numbers(const hpt_observation *it, const hpi_plan *plan, size_t i,
                                hpt_err *err) {
    char name[64];
    bool may_have = it->state == HPT_TRIAL_COMPLETE || it->state == HPT_TRIAL_INFEASIBLE;
    for (uint32_t j = 0; may_have && it->values && j < plan->goal_count; j++)
        if (!isfinite(it->values[j]))
            return hpi_fail(err, HPT_EINVAL,
                            "observation %zu (counting from 0): the value of \"%s\" is %g: it must "
                            "be finite",
                            i, hpi_quote(name, sizeof name, plan->goals[j].name), it->values[j]);
    if (!(it->violation >= 0))
        return hpi_fail(err, HPT_EINVAL,
                        "observation %zu (counting from 0): violation is %g: it must be 0 or above",
                        i, it->violation);
    if (it->has_report && isnan(it->last_value))
        return hpi_fail(err, HPT_EINVAL,
                        "observation %zu (counting from 0): last_value is NaN, has_report is true",
                        i);
    return HPT_OK;
}

/* As a strategy is told of it. */
static void keep(hpi_plan *plan, const hpt_observation *it, size_t i, const hpt_coord *point) {
    bool        completed = it->state == HPT_TRIAL_COMPLETE;
    bool        has_values = it->values && (completed || it->state == HPT_TRIAL_INFEASIBLE);
    double     *losses = plan->known_losses + i * plan->goal_count;
    double      unknown = it->violation > 0 ? it->violation : INFINITY;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = it->state,
                            .number = HPT_NUMBER_NONE,
                            .point = point,
                            .value = NAN,
                            .loss = NAN,
                            .has_report = it->has_report,
                            .last_step = it->has_report ? it->last_step : 0,
                            .last_value = it->has_report ? it->last_value : 0,
                            .goal_count = plan->goal_count,
                            .violation = it->state == HPT_TRIAL_INFEASIBLE ? unknown : 0,
                            .bound = NAN };
    for (uint32_t j = 0; has_values && j < plan->goal_count; j++)
        losses[j] = plan->signs[j] * it->values[j];
    if (has_values) outcome.losses = losses;
    if (it->has_report && plan->goal_count == 1 && !has_values) {
        losses[0] = plan->signs[0] * it->last_value;
        outcome.last_losses = losses;
    }
    if (completed) {
        outcome.value = it->values[0];
        outcome.loss = losses[0];
    }
    plan->known[i] = outcome;
}

static hpt_status reserve_known(hpi_plan *plan, size_t count, size_t dims, hpt_err *err) {
    void      *known = NULL, *points = NULL, *losses = NULL;
    hpt_status status = reserve(count, 1, sizeof *plan->known, "observation", &known, err);
    plan->known = known;
    if (status == HPT_OK)
        status = reserve(count, dims, sizeof *plan->known_points, "observation", &points, err);
    plan->known_points = points;
    if (status == HPT_OK)
        status = reserve(count, plan->goal_count, sizeof(double), "observation", &losses, err);
    plan->known_losses = losses;
    return status;
}

hpt_status hpi_known_read(hpi_plan *plan, const hpt_space *space, const hpt_options *o,
                          hpt_err *err) {
    size_t dims = hpt_space_count(space), count = o->observation_count;
    if (count == 0) return HPT_OK;
    if (!o->observations)
        return hpi_fail(err, HPT_EINVAL, "observations is NULL, observation_count is %zu", count);
    hpt_status status = reserve_known(plan, count, dims, err);
    for (size_t i = 0; status == HPT_OK && i < count; i++) {
        const hpt_observation *it = &o->observations[i];
        hpt_coord             *point = plan->known_points + i * dims;
        status = check_state(it, plan, i, err);
        if (status == HPT_OK) status = check_numbers(it, plan, i, err);
        if (status == HPT_OK) status = read_point(space, it->point, point, "observation", i, err);
        if (status == HPT_OK) keep(plan, it, i, point);
    }
    plan->known_count = count;
    return status;
}

void hpi_known_tell(hpt_run *run) {
    const hpt_strategy_class *class = run->strategy.class;
    for (size_t i = 0; class->tell && i < run->plan.known_count; i++) {
        hpt_outcome outcome = run->plan.known[i];
        hpi_failure_outcome(run, &outcome);
        class->tell(run->strategy.state, &outcome);
    }
}

/* FNV-1a, of 64 bits. */
static uint64_t digest(uint64_t sum, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ at[i]) * UINT64_C(0x100000001B3);
    return sum;
}

uint64_t hpi_known_digest(const hpi_plan *plan, size_t dims) {
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    if (plan->point_count == 0 && plan->known_count == 0) return 0;
    sum = digest(sum, plan->points, plan->point_count * dims * sizeof *plan->points);
    for (size_t i = 0; i < plan->known_count; i++) {
        const hpt_outcome *it = &plan->known[i];
        int32_t            state = (int32_t)it->state;
        sum = digest(sum, &state, sizeof state);
        sum = digest(sum, it->point, dims * sizeof *it->point);
        sum = digest(sum, &it->violation, sizeof it->violation);
        if (it->losses) sum = digest(sum, it->losses, it->goal_count * sizeof *it->losses);
        if (!it->has_report) continue;
        sum = digest(sum, &it->last_step, sizeof it->last_step);
        sum = digest(sum, &it->last_value, sizeof it->last_value);
    }
    return sum ? sum : 1;
}

void hpi_known_forget(hpi_plan *plan) {
    hpi_free(plan->known);
    hpi_free(plan->known_points);
    hpi_free(plan->known_losses);
    plan->known = NULL;
    plan->known_points = NULL;
    plan->known_losses = NULL;
    plan->known_count = 0;
}
