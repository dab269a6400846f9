/* SPDX-License-Identifier: BSD-3-Clause */
/* Ended trials of a study as observations for a run in another space. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/history.h"
#include "store/load.h"

typedef struct translating {
    const hpt_history *history;
    hpt_param         *columns; /* of each parameter of the space: where the history has it */
    hpt_coord         *point;
    hpi_loading       *loading;
    size_t             outside_count;
    uint64_t           first_outside;
    char               why[160]; /* of the first one */
} translating;

static hpt_status find_columns(translating *it, const hpt_space *space, hpt_err *err) {
    const hpt_space *from = it->history->entry.head.space;
    size_t           dims = hpt_space_count(space);
    for (hpt_param j = 0; j < dims; j++) {
        char        quoted[72];
        const char *name = hpi_space_name(space, j);
        it->columns[j] = hpt_space_find(from, name);
        if (it->columns[j] != HPT_PARAM_NONE || it->history->rows.count == 0) continue;
        return hpi_fail(err, HPT_EINVAL, "no trial of study \"%s\" has parameter \"%s\"",
                        it->history->entry.info.name, hpi_quote(quoted, sizeof quoted, name));
    }
    return HPT_OK;
}

static void leave_out(translating *it, const hpi_row *row, const char *why) {
    if (it->outside_count++ > 0) return;
    it->first_outside = row->record.number;
    hpi_cut(it->why, sizeof it->why, why);
}

/* Whether all that is active at this point has a value. A trial has none for a parameter that was
 * inactive where it was tried, or that it was not drawn from. */
static bool is_whole(const translating *it, hpt_err *why) {
    const hpi_loading *loading = it->loading;
    const hpt_space   *space = loading->into->space;
    size_t             dims = hpt_space_count(space);
    char               name[72];
    for (hpt_param j = 0; j < dims; j++) {
        hpt_err ignored = { 0 }; /* a list may have null among its values */
        if (hpt_space_coord(space, j, loading->row[j], &it->point[j], &ignored) != HPT_OK)
            it->point[j] = hpt_space_at_fraction(space, j, 0);
    }
    hpi_space_settle(space, it->point, 1);
    for (hpt_param j = 0; j < dims; j++) {
        if (loading->row[j].type != HPT_TYPE_NULL || !hpi_space_is_conditional(space, j)) continue;
        if (!hpt_space_is_active(space, j, it->point)) continue;
        hpi_fail(why, HPT_EINVAL, "parameter \"%s\" is active there and has no value",
                 hpi_quote(name, sizeof name, hpi_space_name(space, j)));
        return false;
    }
    return true;
}

/* A value that this trial does not have is null, which only a conditional parameter may be. */
static bool translate_params(translating *it, const hpi_row *row) {
    hpi_loading *loading = it->loading;
    hpt_err      why = { 0 };
    size_t       dims = hpt_space_count(loading->into->space);
    hpt_status   status = HPT_OK;
    for (hpt_param j = 0; j < dims && status == HPT_OK; j++)
        status = hpi_load_value(loading, j, row->record.params[it->columns[j]], &why);
    if (status == HPT_OK && is_whole(it, &why)) return true;
    leave_out(it, row, why.text);
    return false;
}

static double violation_of(const hpt_record *record) {
    double sum = 0;
    for (uint32_t i = 0; i < record->constraint_count; i++) {
        hpt_value value = record->constraints[i].value;
        double    real = value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
        if (real > 0) sum += real;
    }
    return sum;
}

static bool are_finite(const hpt_record *record) {
    for (uint32_t i = 0; i < record->value_count; i++)
        if (!isfinite(record->values[i])) return false;
    return true;
}

/* What a run takes: finite values, or it has failed. */
static hpt_observation observation_of(const hpt_record *record, uint32_t goal_count) {
    hpt_observation it = { .state = record->state,
                           .value_count = record->value_count,
                           .has_report = record->has_report && !isnan(record->last_value),
                           .last_step = record->last_step,
                           .last_value = record->last_value };
    bool            has_values = record->value_count > 0 && are_finite(record);
    bool may_have = record->state == HPT_TRIAL_COMPLETE || record->state == HPT_TRIAL_INFEASIBLE;
    if (!has_values || !may_have) it.value_count = 0;
    if (record->state == HPT_TRIAL_COMPLETE && !hpi_record_may_win(record, goal_count))
        it.state = HPT_TRIAL_INFEASIBLE;
    if (record->state == HPT_TRIAL_COMPLETE && !has_values) it.state = HPT_TRIAL_FAILED;
    if (it.state == HPT_TRIAL_INFEASIBLE) it.violation = violation_of(record);
    return it;
}

static hpt_status translate(translating *it, const hpi_row *row) {
    const hpt_record *record = &row->record;
    hpi_loading      *loading = it->loading;
    if (!hpi_record_has_ended(record) || !translate_params(it, row)) return HPT_OK;
    hpt_observation observation = observation_of(record, it->history->entry.head.goal_count);
    if (observation.value_count > 0)
        memcpy(loading->record_values, record->values,
               observation.value_count * sizeof *loading->record_values);
    return hpi_load_add(loading, &observation);
}

static void warn(const translating *it) {
    hpt_observations *into = it->loading->into;
    if (it->outside_count == 0) return;
    snprintf(into->warning, sizeof into->warning,
             "%zu trial%s left out, the first of them trial %" PRIu64 ": %s", it->outside_count,
             it->outside_count == 1 ? " was" : "s were", it->first_outside, it->why);
}

hpt_status hpi_load_history(hpi_loading *loading, const hpt_history *history) {
    translating it = { .history = history, .loading = loading };
    size_t      dims = hpt_space_count(loading->into->space);
    hpt_status  status;
    it.columns = hpi_alloc_room(dims, sizeof *it.columns);
    it.point = hpi_alloc_room(dims, sizeof *it.point);
    if (it.columns && it.point)
        status = find_columns(&it, loading->into->space, loading->err);
    else
        status = hpi_fail(loading->err, HPT_ENOMEM, "out of memory for observations");
    for (size_t i = 0; i < history->rows.count && status == HPT_OK; i++)
        status = translate(&it, &history->rows.rows[i]);
    if (status == HPT_OK) warn(&it);
    hpi_free(it.point);
    hpi_free(it.columns);
    return status;
}

hpt_status hpi_load_study(hpi_loading *loading) {
    hpt_history *history = NULL;
    hpt_status   status = hpt_history_load(loading->path, NULL, &history, loading->err);
    if (status != HPT_OK) return status;
    status = hpi_load_history(loading, history);
    hpt_history_destroy(history);
    return status;
}

static hpt_status read_history(hpi_loading *loading, const void *user) {
    return hpi_load_history(loading, user);
}

hpt_status hpt_history_observations(const hpt_history *history, const hpt_space *space,
                                    hpt_observations **observations_out, hpt_err *err) {
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    if (!history || !observations_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", history ? "observations_out" : "history");
    return hpi_load_all(space, history->entry.info.name, read_history, history, observations_out,
                        err);
}
