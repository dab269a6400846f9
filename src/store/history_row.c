/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "space/space.h"
#include "store/history_read.h"

/* ---- whether it can be of this study ---- */

static hpt_status check_point(const hpt_space *space, const hpi_record *record, hpt_err *err) {
    hpt_param param;
    char      name[72];
    if (hpi_space_contains_points(space, record->point, 1, &param) == 1) return HPT_OK;
    return hpi_fail(err, HPT_EPARSE,
                    "trial %" PRIu64 " has a value of \"%s\" that its space does not have",
                    record->number, hpi_quote(name, sizeof name, hpi_space_name(space, param)));
}

static hpt_status check(const hpt_history *history, const hpi_record *record, hpt_err *err) {
    const hpi_head *head = &history->entry.head;
    if ((unsigned)record->state >= HPT_TRIAL_STATE_COUNT)
        return hpi_fail(err, HPT_EPARSE, "trial %" PRIu64 " has a state that is none: %d",
                        record->number, (int)record->state);
    if (record->value_count != 0 && record->value_count != head->goal_count)
        return hpi_fail(err, HPT_EPARSE,
                        "trial %" PRIu64 " has %" PRIu32 " values, and the study %" PRIu32 " goals",
                        record->number, record->value_count, head->goal_count);
    return hpt_space_count(head->space) == 0 ? HPT_OK : check_point(head->space, record, err);
}

/* ---- packing ---- */

static bool pack_point(hpt_history *history, const hpi_record *record, hpi_row *row) {
    const hpt_space *space = history->entry.head.space;
    size_t           dims = hpt_space_count(space);
    hpi_arena       *arena = &history->arena;
    hpt_coord       *point = hpi_arena_copy(arena, record->point, dims * sizeof *point);
    hpt_value       *params = hpi_arena_take(arena, dims * sizeof *params);
    bool            *given = NULL;
    if (!point || !params) return false;
    if (record->given || hpi_space_has_conditions(space)) {
        given = hpi_arena_take(arena, dims * sizeof *given);
        if (!given) return false;
        if (dims > 0) hpi_space_active_at(space, point, given);
    }
    for (hpt_param j = 0; j < dims; j++) {
        if (given && record->given) given[j] = given[j] && record->given[j];
        params[j] = !given || given[j] ? hpt_space_value(space, j, point[j]) : hpt_null();
    }
    row->point = point;
    row->given = given;
    row->is_partial = record->given != NULL;
    row->record.params = params;
    return true;
}

static const hpt_attr *pack_attrs(hpi_arena *arena, const hpt_attr *attrs, uint32_t count) {
    hpt_attr *copies = hpi_arena_take(arena, count * sizeof *copies);
    for (uint32_t i = 0; copies && i < count; i++) {
        copies[i] = (hpt_attr){ hpi_arena_text(arena, attrs[i].name), attrs[i].value };
        if (!copies[i].name) return NULL;
        if (attrs[i].value.type != HPT_TYPE_TEXT) continue;
        copies[i].value.as.text = hpi_arena_text(arena, attrs[i].value.as.text);
        if (!copies[i].value.as.text) return NULL;
    }
    return copies;
}

static bool pack_said(hpi_arena *arena, const hpi_record *record, hpt_record *into) {
    if (record->value_count > 0)
        into->values =
            hpi_arena_copy(arena, record->values, record->value_count * sizeof *record->values);
    if (record->attr_count > 0) into->attrs = pack_attrs(arena, record->attrs, record->attr_count);
    if (record->constraint_count > 0)
        into->constraints = pack_attrs(arena, record->constraints, record->constraint_count);
    into->reason = *record->reason ? hpi_arena_text(arena, record->reason) : "";
    return (into->values || record->value_count == 0) && (into->attrs || record->attr_count == 0) &&
           (into->constraints || record->constraint_count == 0) && into->reason;
}

/* Another tool says when a trial started and ended, and no more. */
static int64_t duration_of(const hpi_record *record) {
    int64_t start = record->start_wall_ns, end = record->end_wall_ns;
    if (record->duration_ns >= 0 || record->order != HPI_UNKNOWN || start == HPI_NO_TIME ||
        end < start || record->state == HPT_TRIAL_RUNNING)
        return record->duration_ns;
    uint64_t took = (uint64_t)end - (uint64_t)start;
    return took <= INT64_MAX ? (int64_t)took : -1;
}

hpt_status hpi_history_pack(hpt_history *history, const hpi_record *record, hpi_row *row_out,
                            hpt_err *err) {
    hpt_status status = check(history, record, err);
    if (status != HPT_OK) return status;
    hpi_row row = { .id = record->id, .asked = record->asked };
    row.record = (hpt_record){ .number = record->number,
                               .state = record->state,
                               .worker = record->worker,
                               .start_ns = record->start_wall_ns,
                               .end_ns = record->end_wall_ns,
                               .duration_ns = duration_of(record),
                               .order = record->order,
                               .value_count = record->value_count,
                               .attr_count = record->attr_count,
                               .constraint_count = record->constraint_count,
                               .has_report = record->has_report,
                               .last_step = record->last_step,
                               .last_value = record->last_value };
    if (!pack_point(history, record, &row) || !pack_said(&history->arena, record, &row.record))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for trial %" PRIu64, record->number);
    *row_out = row;
    return HPT_OK;
}

void hpi_history_unpack(const hpi_row *row, hpi_record *record_out) {
    const hpt_record *from = &row->record;
    *record_out = (hpi_record){ .id = row->id,
                                .number = from->number,
                                .order = from->order,
                                .asked = row->asked,
                                .state = from->state,
                                .worker = from->worker,
                                .start_wall_ns = from->start_ns,
                                .end_wall_ns = from->end_ns,
                                .duration_ns = from->duration_ns,
                                .point = row->point,
                                .given = row->is_partial ? row->given : NULL,
                                .values = from->values,
                                .value_count = from->value_count,
                                .attr_count = from->attr_count,
                                .constraint_count = from->constraint_count,
                                .attrs = from->attrs,
                                .constraints = from->constraints,
                                .reason = from->reason,
                                .has_report = from->has_report,
                                .last_step = from->last_step,
                                .last_value = from->last_value };
}

/* ---- comparing ---- */

static bool are_same_bits(double a, double b) {
    uint64_t bits[2];
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    return bits[0] == bits[1];
}

static bool are_same_values(hpt_value a, hpt_value b) {
    if (a.type == HPT_TYPE_REAL && b.type == HPT_TYPE_REAL)
        return are_same_bits(a.as.real, b.as.real);
    return hpt_value_equal(a, b);
}

static bool are_same_attrs(const hpt_attr *a, const hpt_attr *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(a[i].name, b[i].name) != 0 || !are_same_values(a[i].value, b[i].value))
            return false;
    return true;
}

bool hpi_history_is_as(const hpi_row *row, const hpi_record *record) {
    const hpt_record *is = &row->record;
    if (row->id != record->id || is->state != record->state || is->worker != record->worker ||
        is->start_ns != record->start_wall_ns || is->end_ns != record->end_wall_ns)
        return false;
    if (is->has_report != record->has_report ||
        (is->has_report && (is->last_step != record->last_step ||
                            !are_same_bits(is->last_value, record->last_value))))
        return false;
    return is->attr_count == record->attr_count && is->value_count == record->value_count &&
           is->constraint_count == record->constraint_count &&
           strcmp(is->reason, record->reason) == 0 &&
           are_same_attrs(is->attrs, record->attrs, is->attr_count) &&
           are_same_attrs(is->constraints, record->constraints, is->constraint_count);
}
