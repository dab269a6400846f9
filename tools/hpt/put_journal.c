/* SPDX-License-Identifier: BSD-3-Clause */

/* Observations as Optuna's journal file: the second half of observed.h. */

#include "observed.h"

#include <math.h>
#include <string.h>

enum { OP_CREATE_STUDY = 0, OP_STUDY_SYSTEM_ATTR = 3, OP_CREATE_TRIAL = 4 };
enum { STATE_COMPLETE = 1, STATE_PRUNED = 2, STATE_FAIL = 3 };

static void begin(output *out, int op) {
    out->needs_comma = false;
    json_open(out, "{");
    json_key(out, "op_code");
    json_int(out, op);
    json_key(out, "worker_id");
    json_text(out, "hpt import");
    if (op == OP_CREATE_STUDY) return;
    json_key(out, "study_id");
    json_int(out, 0);
}

static void end(output *out) {
    json_close(out, "}");
    put(out, "\n");
}

/* Python's words for what JSON has none for. */
static void put_number(output *out, double real) {
    if (isfinite(real))
        json_real(out, real);
    else
        json_raw(out, isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
}

static void put_study(output *out, const char *study, const head *about) {
    begin(out, OP_CREATE_STUDY);
    json_key(out, "study_name");
    json_text(out, study);
    json_key(out, "directions");
    json_open(out, "[");
    for (uint32_t i = 0; i < about->goal_count; i++)
        json_int(out, about->is_maximised[i] ? 2 : 1);
    json_close(out, "]");
    end(out);
    for (uint32_t i = 0; i < about->goal_count; i++)
        if (!about->names[i]) return;
    begin(out, OP_STUDY_SYSTEM_ATTR);
    json_key(out, "system_attr");
    json_open(out, "{");
    json_key(out, "study:metric_names");
    json_open(out, "[");
    for (uint32_t i = 0; i < about->goal_count; i++) {
        json_raw(out, "");
        put_bytes(out, about->names[i], about->name_bytes[i]);
    }
    json_close(out, "]");
    json_close(out, "}");
    end(out);
}

/* Distributions: a JSON text inside a JSON text. */

static void put_range(output *out, const hpt_param_info *info) {
    bool is_int = info->kind == HPT_KIND_INT;
    json_key(out, "name");
    json_text(out, is_int ? "IntDistribution" : "FloatDistribution");
    json_key(out, "attributes");
    json_open(out, "{");
    json_key(out, "log");
    json_bool(out, info->is_log);
    json_key(out, "step"); /* with log Optuna allows none */
    if (info->has_step && !info->is_log)
        json_value(out, info->step);
    else
        is_int ? json_int(out, 1) : json_null(out);
    json_key(out, "low");
    json_value(out, info->min);
    json_key(out, "high");
    json_value(out, info->max);
    json_close(out, "}");
}

static void put_list(output *out, const hpt_param_info *info) {
    json_key(out, "name");
    json_text(out, "CategoricalDistribution");
    json_key(out, "attributes");
    json_open(out, "{");
    json_key(out, "choices");
    json_open(out, "[");
    for (uint32_t i = 0; i < info->value_count; i++)
        json_value(out, info->values[i]);
    json_close(out, "]");
    json_close(out, "}");
}

static void put_distribution(output *out, const hpt_param_info *info) {
    json_open(out, "{");
    if (info->kind == HPT_KIND_REAL || info->kind == HPT_KIND_INT)
        put_range(out, info);
    else
        put_list(out, info);
    json_close(out, "}");
}

/* An inactive parameter is not part of the trial; null in a list is a value like others. */
static bool is_active(const hpt_space *space, hpt_param param, hpt_value value, hpt_coord *coord) {
    return hpt_space_coord(space, param, value, coord, NULL) == HPT_OK;
}

static void put_params(output *out, const hpt_space *space, const hpt_value *point) {
    hpt_coord coord;
    size_t    count = hpt_space_count(space);
    json_key(out, "distributions");
    json_open(out, "{");
    for (hpt_param param = 0; param < count; param++) {
        hpt_param_info info = { .struct_size = sizeof info };
        output         text = { .fd = -1 };
        if (!is_active(space, param, point[param], &coord)) continue;
        hpt_space_info(space, param, &info, NULL);
        put_distribution(&text, &info);
        json_key(out, info.name);
        json_text(out, output_text(&text));
        output_free(&text);
    }
    json_close(out, "}");
    json_key(out, "params");
    json_open(out, "{");
    for (hpt_param param = 0; param < count; param++) {
        hpt_param_info info = { .struct_size = sizeof info };
        if (!is_active(space, param, point[param], &coord)) continue;
        hpt_space_info(space, param, &info, NULL);
        json_key(out, info.name);
        if (info.kind == HPT_KIND_REAL)
            json_real(out, coord.real);
        else
            json_int(out, coord.integer);
    }
    json_close(out, "}");
}

/* Trials. */

static bool has_values(const hpt_observation *it) {
    return it->values && it->value_count > 0 &&
           (it->state == HPT_TRIAL_COMPLETE || it->state == HPT_TRIAL_INFEASIBLE);
}

static int optuna_state(const hpt_observation *it) {
    return has_values(it)                  ? STATE_COMPLETE
           : it->state == HPT_TRIAL_PRUNED ? STATE_PRUNED
                                           : STATE_FAIL;
}

/* What Optuna has no word for, under the names that hpt's own studies use; constraints in the form
 * that dashboards read. */
static void put_attrs(output *out, const hpt_observation *it) {
    bool is_odd = optuna_state(it) == STATE_FAIL && it->state != HPT_TRIAL_FAILED;
    json_key(out, "user_attrs");
    json_open(out, "{");
    if (is_odd) {
        json_key(out, "hpt:state");
        json_text(out, hpt_trial_state_text(it->state));
    }
    json_close(out, "}");
    json_key(out, "system_attrs");
    json_open(out, "{");
    if (it->state == HPT_TRIAL_INFEASIBLE && it->violation > 0) {
        json_key(out, "constraints");
        json_open(out, "[");
        put_number(out, it->violation);
        json_close(out, "]");
    }
    json_close(out, "}");
    json_key(out, "intermediate_values");
    json_open(out, "{");
    if (it->has_report) {
        output step = { .fd = -1 };
        putf(&step, "%lld", (long long)it->last_step);
        json_key(out, output_text(&step));
        put_number(out, it->last_value);
        output_free(&step);
    }
    json_close(out, "}");
}

static void put_trial(output *out, const hpt_space *space, const hpt_observation *it) {
    begin(out, OP_CREATE_TRIAL);
    json_key(out, "datetime_start");
    json_null(out);
    json_key(out, "datetime_complete");
    json_null(out);
    json_key(out, "state");
    json_int(out, optuna_state(it));
    if (has_values(it)) {
        json_key(out, "values");
        json_open(out, "[");
        for (uint32_t i = 0; i < it->value_count; i++)
            put_number(out, it->values[i]);
        json_close(out, "]");
    }
    put_params(out, space, it->point);
    put_attrs(out, it);
    end(out);
}

void put_journal(output *out, const char *study, const head *about, const hpt_space *space,
                 const hpt_observation *list, size_t count) {
    put_study(out, study, about);
    for (size_t i = 0; i < count && !out->error; i++)
        put_trial(out, space, &list[i]);
}
