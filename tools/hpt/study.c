/* SPDX-License-Identifier: BSD-3-Clause */
#include "study.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAMES_SHOWN_MAX = 16 };

/* A file of several studies, of which none was named: which there are. False if that is not it. */
static bool complain_many(const char *path) {
    hpt_study_list *list = NULL;
    output          names = { .fd = -1 };
    if (hpt_study_list_load(path, &list, NULL) != HPT_OK) return false;
    size_t count = hpt_study_list_count(list);
    for (size_t i = 0; i < count && i < NAMES_SHOWN_MAX; i++)
        putf(&names, "%s%s", i > 0 ? ", " : "", hpt_study_list_at(list, i)->name);
    if (count > NAMES_SHOWN_MAX)
        putf(&names, " and %zu more, which `hpt list` shows", count - NAMES_SHOWN_MAX);
    if (count > 1)
        complain("%s has %zu studies, say which behind it: %s", path, count, output_text(&names));
    if (count == 0) complain("%s has no study", path);
    output_free(&names);
    hpt_study_list_destroy(list);
    return count != 1;
}

exit_code study_open(const char *const *operands, size_t count, hpt_history **history_out) {
    hpt_err    err = { 0 };
    hpt_status status =
        hpt_history_load(operands[0], count > 1 ? operands[1] : NULL, history_out, &err);
    if (status == HPT_OK) return EXIT_FINE;
    bool is_choice = status == HPT_EINVAL || status == HPT_EABSENT;
    if (count == 1 && is_choice && complain_many(operands[0])) return EXIT_USAGE;
    exit_code code = complain_status(operands[0], status, &err);
    return code == EXIT_USAGE ? EXIT_FILE : code; /* what is read is the file's fault */
}

const char *direction_text(hpt_direction direction) {
    return direction == HPT_MAXIMISE ? "maximise" : "minimise";
}

const char *goal_name(const hpt_study_info *info, uint32_t goal) {
    const char *name = goal < info->goal_count ? info->goals[goal].name : NULL;
    return name && *name ? name : "value";
}

const char *param_name(const hpt_space *space, hpt_param param) {
    hpt_param_info info = { .struct_size = sizeof info };
    return hpt_space_info(space, param, &info, NULL) == HPT_OK ? info.name : "";
}

void put_param(output *out, const hpt_history *history, size_t index, hpt_param param) {
    if (!hpt_history_has_param(history, index, param)) return;
    hpt_value value = hpt_history_at(history, index)->params[param];
    if (value.type == HPT_TYPE_NULL)
        put(out, "null");
    else
        put_value(out, value);
}

double trial_seconds(const hpt_record *record) {
    return record->duration_ns < 0 ? NAN : (double)record->duration_ns / 1e9;
}

style state_style(hpt_trial_state state) {
    switch (state) {
    case HPT_TRIAL_RUNNING:
        return STYLE_BUSY;
    case HPT_TRIAL_COMPLETE:
        return STYLE_GOOD;
    case HPT_TRIAL_PRUNED:
    case HPT_TRIAL_INFEASIBLE:
        return STYLE_ODD;
    case HPT_TRIAL_FAILED:
    case HPT_TRIAL_TIMEOUT:
    case HPT_TRIAL_CRASHED:
        return STYLE_BAD;
    case HPT_TRIAL_CANCELLED:
        return STYLE_DIM;
    }
    return STYLE_PLAIN;
}

const char *state_word(hpt_trial_state state) {
    static char words[HPT_TRIAL_STATE_COUNT][16];
    const char *word = hpt_trial_state_text(state);
    for (size_t i = 0; i < sizeof words[0] - 1 && word[i]; i++)
        words[state][i] = (char)tolower((unsigned char)word[i]);
    return words[state];
}

bool state_of(const char *word, hpt_trial_state *state_out) {
    for (int state = 0; state < HPT_TRIAL_STATE_COUNT; state++) {
        if (strcasecmp(hpt_trial_state_text((hpt_trial_state)state), word) != 0) continue;
        *state_out = (hpt_trial_state)state;
        return true;
    }
    return false;
}

/* JSON. */

static void json_goals(output *out, const hpt_study_info *info) {
    json_key(out, "goals");
    json_open(out, "[");
    for (uint32_t i = 0; i < info->goal_count; i++) {
        json_open(out, "{");
        json_key(out, "name");
        json_text(out, goal_name(info, i));
        json_key(out, "direction");
        json_text(out, direction_text(info->goals[i].direction));
        json_close(out, "}");
    }
    json_close(out, "]");
}

static void json_ours(output *out, const hpt_study_info *info) {
    json_key(out, "seed");
    info->is_ours ? json_uint(out, info->seed) : json_null(out);
    json_key(out, "strategy");
    info->is_ours && info->strategy ? json_text(out, info->strategy) : json_null(out);
    json_key(out, "hpt");
    info->is_ours && info->version ? json_text(out, info->version) : json_null(out);
    json_key(out, "held_by");
    info->held_by && * info->held_by ? json_text(out, info->held_by) : json_null(out);
}

void json_info(output *out, const hpt_study_info *info) {
    json_key(out, "study");
    json_text(out, info->name);
    json_goals(out, info);
    json_key(out, "trial_count");
    json_uint(out, info->trial_count);
    json_key(out, "states");
    json_open(out, "{");
    for (int state = 0; state < HPT_TRIAL_STATE_COUNT; state++) {
        json_key(out, hpt_trial_state_text((hpt_trial_state)state));
        json_uint(out, info->state_count[state]);
    }
    json_close(out, "}");
    json_key(out, "best_trial");
    info->has_best ? json_uint(out, info->best_trial) : json_null(out);
    json_key(out, "best_value");
    info->has_best ? json_real(out, info->best_value) : json_null(out);
    json_key(out, "first_start");
    json_utc(out, info->first_ns);
    json_key(out, "last_end");
    json_utc(out, info->last_ns);
    json_ours(out, info);
}

static void json_values(output *out, const hpt_record *record) {
    json_key(out, "values");
    if (!record->values) {
        json_null(out);
        return;
    }
    json_open(out, "[");
    for (uint32_t i = 0; i < record->value_count; i++)
        json_real(out, record->values[i]);
    json_close(out, "]");
}

static void json_attrs(output *out, const char *key, const hpt_attr *attrs, uint32_t count) {
    json_key(out, key);
    json_open(out, "{");
    for (uint32_t i = 0; i < count; i++) {
        json_key(out, attrs[i].name);
        json_value(out, attrs[i].value);
    }
    json_close(out, "}");
}

static void json_reports(output *out, const hpt_history *history, size_t index) {
    size_t            count = 0;
    uint32_t          goal_count = hpt_history_info(history)->goal_count;
    const hpt_report *reports = hpt_history_reports(history, index, &count);
    json_key(out, "reports");
    json_open(out, "[");
    for (size_t i = 0; reports && i < count; i++) {
        json_open(out, "[");
        json_int(out, reports[i].step);
        for (uint32_t goal = 0; goal < goal_count; goal++)
            json_real(out, reports[i].values[goal]);
        json_close(out, "]");
    }
    json_close(out, "]");
}

void json_params(output *out, const hpt_space *space, const hpt_record *record) {
    size_t count = hpt_space_count(space);
    json_key(out, "parameters");
    json_open(out, "{");
    for (hpt_param param = 0; record->params && param < count; param++) {
        json_key(out, param_name(space, param));
        json_value(out, record->params[param]);
    }
    json_close(out, "}");
}

void json_worker(output *out, const hpt_record *record) {
    json_key(out, "worker");
    record->worker != UINT32_MAX ? json_uint(out, record->worker) : json_null(out);
}

void json_trial(output *out, const hpt_history *history, size_t index, bool with_reports) {
    const hpt_record *it = hpt_history_at(history, index);
    json_open(out, "{");
    json_key(out, "trial");
    json_uint(out, it->number);
    json_key(out, "state");
    json_text(out, hpt_trial_state_text(it->state));
    json_values(out, it);
    json_params(out, hpt_history_space(history), it);
    json_attrs(out, "attributes", it->attrs, it->attr_count);
    json_attrs(out, "constraints", it->constraints, it->constraint_count);
    json_key(out, "reason");
    json_text(out, it->reason ? it->reason : "");
    json_key(out, "last_step");
    it->has_report ? json_int(out, it->last_step) : json_null(out);
    json_key(out, "last_value");
    it->has_report ? json_real(out, it->last_value) : json_null(out);
    if (with_reports) json_reports(out, history, index);
    json_worker(out, it);
    json_key(out, "order");
    it->order != UINT64_MAX ? json_uint(out, it->order) : json_null(out);
    json_key(out, "start");
    json_utc(out, it->start_ns);
    json_key(out, "end");
    json_utc(out, it->end_ns);
    json_key(out, "duration_s");
    json_seconds(out, it->duration_ns);
    json_close(out, "}");
}
