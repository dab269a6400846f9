/* SPDX-License-Identifier: BSD-3-Clause */

/* The lines of the observer jsonl: the run, then each trial. */

#include "forms.h"

#include <math.h>

hpt_trial_state finite_state(const hpt_record *record, const char **reason_out) {
    for (uint32_t i = 0; record->values && i < record->value_count; i++) {
        if (isfinite(record->values[i]) || record->state != HPT_TRIAL_COMPLETE) continue;
        *reason_out = "the value is not finite";
        return HPT_TRIAL_FAILED;
    }
    return record->state;
}

static void text(output *out, const char *key, const char *value) {
    json_key(out, key);
    json_text(out, value ? value : "");
}

static void real(output *out, const char *key, double value) {
    json_key(out, key);
    isfinite(value) ? json_real(out, value) : json_null(out);
}

static void put_goals(output *out, const hpt_study_info *info) {
    json_key(out, "goals");
    json_open(out, "[");
    for (uint32_t i = 0; i < info->goal_count; i++) {
        json_open(out, "{");
        text(out, "name", goal_name(info, i));
        text(out, "direction", direction_text(info->goals[i].direction));
        real(out, "reference", info->goals[i].reference);
        json_close(out, "}");
    }
    json_close(out, "]");
}

static void put_run(output *out, const chosen *of) {
    const hpt_study_info *info = hpt_history_info(of->history);
    out->needs_comma = false;
    json_open(out, "{");
    text(out, "type", "run");
    text(out, "run", info->name);
    text(out, "hpt", info->is_ours && info->version ? info->version : hpt_version());
    text(out, "strategy", info->is_ours ? info->strategy : "");
    json_key(out, "seed");
    json_uint(out, info->is_ours ? info->seed : 0);
    text(out, "metric", goal_name(info, 0));
    text(out, "direction", direction_text(info->goals[0].direction));
    if (info->goal_count > 1) put_goals(out, info);
    json_key(out, "space");
    json_raw(out, of->space);
    json_close(out, "}");
    put(out, "\n");
}

void json_notes(output *out, const hpt_attr *list, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        bool is_odd = list[i].value.type == HPT_TYPE_REAL && !isfinite(list[i].value.as.real);
        json_key(out, list[i].name);
        json_value(out, is_odd ? hpt_null() : list[i].value);
    }
}

static void put_notes(output *out, const char *key, const hpt_attr *list, uint32_t count) {
    json_key(out, key);
    json_open(out, "{");
    json_notes(out, list, count);
    json_close(out, "}");
}

static void put_values(output *out, const hpt_study_info *info, const hpt_record *it,
                       bool has_values) {
    real(out, "value", has_values ? it->values[0] : NAN);
    if (info->goal_count <= 1) return;
    json_key(out, "values");
    if (!has_values) {
        json_null(out);
        return;
    }
    json_open(out, "[");
    for (uint32_t i = 0; i < it->value_count; i++)
        isfinite(it->values[i]) ? json_real(out, it->values[i]) : json_null(out);
    json_close(out, "]");
}

static void put_times(output *out, const hpt_study_info *info, const hpt_record *it) {
    bool was_started = it->start_ns != HPT_TIME_NONE && info->first_ns != HPT_TIME_NONE;
    json_worker(out, it);
    json_key(out, "start_s");
    json_seconds(out, was_started && it->start_ns > info->first_ns ? it->start_ns - info->first_ns
                      : was_started                                ? 0
                                                                   : -1);
    json_key(out, "duration_s");
    json_seconds(out, it->duration_ns);
    json_key(out, "ended");
    json_utc(out, it->end_ns);
}

static void put_trial(output *out, const chosen *of, const hpt_record *it) {
    const hpt_study_info *info = hpt_history_info(of->history);
    const char           *reason = it->reason;
    hpt_trial_state       state = finite_state(it, &reason);
    bool                  has_values = it->values && it->value_count > 0 && state == it->state;
    out->needs_comma = false;
    json_open(out, "{");
    text(out, "type", "trial");
    text(out, "run", info->name);
    json_key(out, "seed");
    json_uint(out, info->is_ours ? info->seed : 0);
    json_key(out, "trial");
    json_uint(out, it->number);
    text(out, "state", hpt_trial_state_text(state));
    text(out, "metric", goal_name(info, 0));
    put_values(out, info, it, has_values);
    if (it->has_report && it->state != HPT_TRIAL_COMPLETE) { /* as the observer */
        json_key(out, "last_step");
        json_int(out, it->last_step);
        real(out, "last_value", it->last_value);
    }
    text(out, "reason", reason);
    json_params(out, hpt_history_space(of->history), it);
    put_notes(out, "attributes", it->attrs, it->attr_count);
    if (it->constraint_count > 0)
        put_notes(out, "constraints", it->constraints, it->constraint_count);
    put_times(out, info, it);
    json_close(out, "}");
    put(out, "\n");
}

void put_jsonl(output *out, const chosen *of) {
    put_run(out, of);
    for (size_t i = 0; i < of->count && !out->error; i++) {
        const hpt_record *it = hpt_history_at(of->history, of->indices[i]);
        if (it->state != HPT_TRIAL_RUNNING) put_trial(out, of, it);
    }
}
