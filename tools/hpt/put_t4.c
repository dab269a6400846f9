/* SPDX-License-Identifier: BSD-3-Clause */

/* T4 results, 1.0.0, as Kernel Tuner writes them. Times are in milliseconds there; of those it
 * names only the one that is known is written: how long the objective took. */

#include "forms.h"

#include <math.h>

/* NULL: the trial has no result to tell. */
static const char *invalidity_of(hpt_trial_state state) {
    switch (state) {
    case HPT_TRIAL_COMPLETE:
        return "correct";
    case HPT_TRIAL_INFEASIBLE:
        return "constraints";
    case HPT_TRIAL_TIMEOUT:
    case HPT_TRIAL_PRUNED: /* stopped before it had a result */
        return "timeout";
    case HPT_TRIAL_FAILED:
    case HPT_TRIAL_CRASHED:
        return "runtime";
    case HPT_TRIAL_RUNNING:
    case HPT_TRIAL_CANCELLED:
        break;
    }
    return NULL;
}

static void put_measurement(output *out, const char *name, hpt_value value) {
    if (value.type == HPT_TYPE_NULL) return; /* the schema knows numbers and texts */
    if (value.type == HPT_TYPE_BOOL) value = hpt_int(value.as.boolean);
    json_open(out, "{");
    json_key(out, "name");
    json_text(out, name);
    json_key(out, "value");
    json_value(out, value);
    json_key(out, "unit");
    json_text(out, "");
    json_close(out, "}");
}

static void put_measurements(output *out, const hpt_study_info *info, const hpt_record *it) {
    json_key(out, "measurements");
    json_open(out, "[");
    for (uint32_t i = 0; it->values && i < it->value_count; i++)
        put_measurement(out, goal_name(info, i), hpt_real(it->values[i]));
    for (uint32_t i = 0; i < it->attr_count; i++)
        put_measurement(out, it->attrs[i].name, it->attrs[i].value);
    for (uint32_t i = 0; i < it->constraint_count; i++)
        put_measurement(out, it->constraints[i].name, it->constraints[i].value);
    json_close(out, "]");
}

static void put_configuration(output *out, const hpt_history *history, size_t index) {
    const hpt_space *space = hpt_history_space(history);
    size_t           count = hpt_space_count(space);
    json_key(out, "configuration");
    json_open(out, "{");
    for (hpt_param param = 0; param < count; param++) {
        if (!hpt_history_has_param(history, index, param)) continue;
        json_key(out, param_name(space, param));
        json_value(out, hpt_history_at(history, index)->params[param]);
    }
    json_close(out, "}");
}

static void put_times(output *out, const hpt_record *it) {
    json_key(out, "times");
    json_open(out, "{");
    json_key(out, "runtimes");
    json_open(out, "[");
    if (it->duration_ns >= 0) json_real(out, (double)it->duration_ns / 1e6);
    json_close(out, "]");
    json_close(out, "}");
}

static void put_result(output *out, const chosen *of, size_t index) {
    const hpt_record     *it = hpt_history_at(of->history, index);
    const hpt_study_info *info = hpt_history_info(of->history);
    json_open(out, "{");
    if (it->end_ns != HPT_TIME_NONE) {
        json_key(out, "timestamp");
        json_utc(out, it->end_ns);
    }
    put_configuration(out, of->history, index);
    json_key(out, "objectives");
    json_open(out, "[");
    for (uint32_t i = 0; i < info->goal_count; i++)
        json_text(out, goal_name(info, i));
    json_close(out, "]");
    put_times(out, it);
    json_key(out, "invalidity");
    json_text(out, invalidity_of(it->state));
    json_key(out, "correctness");
    json_int(out, it->state == HPT_TRIAL_COMPLETE);
    put_measurements(out, info, it);
    json_close(out, "}");
}

void put_t4(output *out, const chosen *of) {
    out->needs_comma = false;
    json_open(out, "{");
    json_key(out, "schema_version");
    json_text(out, "1.0.0");
    json_key(out, "results");
    json_open(out, "[");
    for (size_t i = 0; i < of->count && !out->error; i++) {
        if (!invalidity_of(hpt_history_at(of->history, of->indices[i])->state)) continue;
        json_line(out);
        put_result(out, of, of->indices[i]);
    }
    json_close(out, "]");
    json_close(out, "}");
    put(out, "\n");
}
