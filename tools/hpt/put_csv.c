/* SPDX-License-Identifier: BSD-3-Clause */

/* The rows of the observer csv (RFC 4180): run columns first, then one for each parameter. A name
 * that another column has is told what it is the name of. */

#include "forms.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const columns[] = { "run",        "seed",       "trial",     "state",  "value",
                                       "last_step",  "last_value", "reason",    "worker", "start_s",
                                       "duration_s", "ended",      "attributes" };

enum { COLUMN_COUNT = sizeof columns / sizeof *columns, COLUMN_VALUE = 4 };

/* Quotes are doubled; they also keep an empty text apart from nothing. What is not UTF-8 would make
 * the whole file unreadable for many. */
static void put_text(output *out, const char *text) {
    size_t left = strlen(text);
    bool   is_plain =
        left > 0 && !strpbrk(text, ",\"\r\n") && text[0] != ' ' && text[left - 1] != ' ';
    if (!is_plain) put(out, "\"");
    for (size_t step; left > 0; text += step, left -= step) {
        size_t bytes = character_bytes(text, left);
        step = bytes ? bytes : 1;
        if (bytes == 0)
            put(out, "\xEF\xBF\xBD"); /* U+FFFD */
        else if (*text == '"')
            put(out, "\"\"");
        else
            put_as_read(out, text, bytes);
    }
    if (!is_plain) put(out, "\"");
}

static void put_field(output *out, hpt_value value) {
    if (value.type == HPT_TYPE_TEXT) {
        put_text(out, value.as.text);
    } else if (value.type != HPT_TYPE_NULL) {
        out->needs_comma = false;
        json_value(out, value);
    }
}

static bool is_column(const char *name) {
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (strcmp(columns[i], name) == 0) return true;
    return false;
}

static bool is_goal(const hpt_study_info *info, const char *name) {
    for (uint32_t i = 0; info->goal_count > 1 && i < info->goal_count; i++)
        if (strcmp(goal_name(info, i), name) == 0) return true;
    return false;
}

static void put_name(output *out, const char *what, const char *name, bool is_taken) {
    char long_name[16 + 256];
    snprintf(long_name, sizeof long_name, "%s:%.255s", what, name);
    put_text(out, is_taken ? long_name : name);
}

static void put_header(output *out, const hpt_study_info *info, const hpt_space *space) {
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (i > 0) put(out, ",");
        if (i != COLUMN_VALUE || info->goal_count <= 1) {
            put(out, columns[i]);
            continue;
        }
        for (uint32_t goal = 0; goal < info->goal_count; goal++) {
            if (goal > 0) put(out, ",");
            put_name(out, "goal", goal_name(info, goal), is_column(goal_name(info, goal)));
        }
    }
    for (hpt_param param = 0; param < hpt_space_count(space); param++) {
        const char *name = param_name(space, param);
        put(out, ",");
        put_name(out, "parameter", name, is_column(name) || is_goal(info, name));
    }
    put(out, "\n");
}

/* {"epochs":3,"constraints":{"memory":0.5}} */
static void put_notes(output *out, const hpt_record *it) {
    output json = { .fd = -1 };
    if (it->attr_count == 0 && it->constraint_count == 0) return;
    json_open(&json, "{");
    json_notes(&json, it->attrs, it->attr_count);
    if (it->constraint_count > 0) {
        json_key(&json, "constraints");
        json_open(&json, "{");
        json_notes(&json, it->constraints, it->constraint_count);
        json_close(&json, "}");
    }
    json_close(&json, "}");
    put_text(out, output_text(&json));
    output_free(&json);
}

static void put_times(output *out, const hpt_study_info *info, const hpt_record *it) {
    bool was_started = it->start_ns != HPT_TIME_NONE && info->first_ns != HPT_TIME_NONE;
    if (it->worker != UINT32_MAX) putf(out, "%" PRIu32, it->worker);
    put(out, ",");
    if (was_started) put_seconds(out, it->start_ns - info->first_ns);
    put(out, ",");
    if (it->duration_ns >= 0) put_seconds(out, it->duration_ns);
    put(out, ",");
    if (it->end_ns != HPT_TIME_NONE) put_utc(out, it->end_ns);
    put(out, ",");
}

static void put_values(output *out, const hpt_study_info *info, const hpt_record *it) {
    for (uint32_t i = 0; i < info->goal_count; i++) {
        if (i > 0) put(out, ",");
        if (it->values && i < it->value_count && isfinite(it->values[i]))
            put_field(out, hpt_real(it->values[i]));
    }
}

static void put_row(output *out, const chosen *of, const hpt_record *it) {
    const hpt_study_info *info = hpt_history_info(of->history);
    size_t                count = hpt_space_count(hpt_history_space(of->history));
    const char           *reason = it->reason;
    hpt_trial_state       state = finite_state(it, &reason);
    put_text(out, info->name);
    putf(out, ",%" PRIu64 ",%" PRIu64 ",%s,", info->is_ours ? info->seed : 0, it->number,
         hpt_trial_state_text(state));
    if (state == it->state)
        put_values(out, info, it);
    else
        put_repeated(out, ",", info->goal_count - 1);
    put(out, ",");
    bool has_report = it->has_report && it->state != HPT_TRIAL_COMPLETE; /* as the observer */
    if (has_report) putf(out, "%" PRId64, it->last_step);
    put(out, ",");
    if (has_report && isfinite(it->last_value)) put_field(out, hpt_real(it->last_value));
    put(out, ",");
    if (reason && *reason) put_text(out, reason);
    put(out, ",");
    put_times(out, info, it);
    put_notes(out, it);
    for (hpt_param param = 0; param < count; param++) {
        put(out, ",");
        if (it->params) put_field(out, it->params[param]);
    }
    put(out, "\n");
}

void put_csv(output *out, const chosen *of) {
    put_header(out, hpt_history_info(of->history), hpt_history_space(of->history));
    for (size_t i = 0; i < of->count && !out->error; i++) {
        const hpt_record *it = hpt_history_at(of->history, of->indices[i]);
        if (it->state != HPT_TRIAL_RUNNING) put_row(out, of, it);
    }
}
