/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of the observer jsonl: an object a line, of which those of type "trial" count. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "space/space.h"
#include "store/load.h"

/* A number, or NaN for null and for what is not there. */
static hpt_status read_number(const hpi_loading *loading, const hpi_json_node *node,
                              double *number_out) {
    hpt_value value = hpt_null();
    if (node) {
        hpi_json_type type = hpi_json_type_of(node);
        if (type != HPI_JSON_NUMBER && type != HPI_JSON_NULL)
            return hpi_load_fail(loading, HPT_EINVAL, "%s where a number should be",
                                 hpi_json_type_text(type));
        value = hpi_json_scalar(node);
    }
    *number_out = value.type == HPT_TYPE_INT    ? (double)value.as.integer
                  : value.type == HPT_TYPE_REAL ? value.as.real
                                                : NAN;
    return HPT_OK;
}

static hpt_status read_value(hpi_loading *loading, const hpi_json_node *node, hpt_observation *it) {
    double    *into = &loading->record_values[it->value_count];
    hpt_status status = read_number(loading, node, into);
    if (status == HPT_OK && isfinite(*into)) it->value_count++;
    return status;
}

/* "values" with several goals, else "value". */
static hpt_status read_values(hpi_loading *loading, const hpi_json_node *record,
                              hpt_observation *it) {
    const hpi_json_node *values = hpi_json_member(record, "values");
    hpt_status           status = HPT_OK;
    if (!values) return read_value(loading, hpi_json_member(record, "value"), it);
    if (hpi_json_type_of(values) == HPI_JSON_NULL) return HPT_OK;
    if (hpi_json_type_of(values) != HPI_JSON_ARRAY)
        return hpi_load_fail(loading, HPT_EINVAL, "\"values\" is %s, not a list",
                             hpi_json_type_text(hpi_json_type_of(values)));
    uint32_t count = 0;
    for (const hpi_json_node *node = hpi_json_first(values); node && status == HPT_OK;
         node = hpi_json_next(node)) {
        if (count++ == HPI_LOAD_GOALS_MAX)
            return hpi_load_fail(loading, HPT_ELIMIT, "more than %d values", HPI_LOAD_GOALS_MAX);
        status = read_value(loading, node, it);
    }
    return status;
}

static hpt_status refuse_name(const hpi_loading *loading, const char *name) {
    char quoted[64];
    hpi_load_fail(loading, HPT_EINVAL, "there is no parameter \"%s\"",
                  hpi_quote(quoted, sizeof quoted, name));
    hpi_space_suggest(loading->into->space, name, loading->err);
    return HPT_EINVAL;
}

static hpt_status read_parameters(hpi_loading *loading, const hpi_json_node *record) {
    const hpi_json_node *all = hpi_json_member(record, "parameters");
    hpt_status           status = HPT_OK;
    memset(loading->is_given, 0, hpt_space_count(loading->into->space));
    if (!all || hpi_json_type_of(all) != HPI_JSON_OBJECT)
        return hpi_load_fail(loading, HPT_EINVAL, "\"parameters\" is no object");
    for (const hpi_json_node *node = hpi_json_first(all); node && status == HPT_OK;
         node = hpi_json_next(node)) {
        hpi_json_type type = hpi_json_type_of(node);
        hpt_param     param = hpt_space_find(loading->into->space, hpi_json_key(node));
        if (param == HPT_PARAM_NONE) return refuse_name(loading, hpi_json_key(node));
        if (type == HPI_JSON_ARRAY || type == HPI_JSON_OBJECT)
            return hpi_load_fail(loading, HPT_EINVAL, "%s where the value of a parameter should be",
                                 hpi_json_type_text(type));
        status = hpi_load_param(loading, param, hpi_json_scalar(node));
    }
    return status;
}

/* How far a trial without a value got. */
static hpt_status read_report(const hpi_loading *loading, const hpi_json_node *record,
                              hpt_observation *it) {
    const hpi_json_node *step = hpi_json_member(record, "last_step"),
                        *value = hpi_json_member(record, "last_value");
    if (!step || hpi_json_type_of(step) != HPI_JSON_NUMBER) return HPT_OK;
    hpt_value number = hpi_json_scalar(step);
    if (number.type != HPT_TYPE_INT) return HPT_OK;
    hpt_status status = read_number(loading, value, &it->last_value);
    it->last_step = number.as.integer;
    it->has_report = status == HPT_OK && !isnan(it->last_value);
    return status;
}

static hpt_status read_trial(hpi_loading *loading, const hpi_json_node *record) {
    const hpi_json_node *state = hpi_json_member(record, "state");
    hpt_observation      it = { .state = HPT_TRIAL_RUNNING };
    if (state && hpi_json_type_of(state) == HPI_JSON_TEXT)
        it.state = hpi_load_state(hpi_json_scalar(state).as.text);
    if (it.state == HPT_TRIAL_RUNNING)
        return hpi_load_fail(loading, HPT_EINVAL, "\"state\" is no state of a trial");
    if (it.state == HPT_TRIAL_INFEASIBLE)
        it.violation = hpi_load_violation(hpi_json_member(record, "constraints"));
    hpt_status status = read_values(loading, record, &it);
    if (status == HPT_OK) status = read_report(loading, record, &it);
    if (status == HPT_OK) status = read_parameters(loading, record);
    return status == HPT_OK ? hpi_load_add(loading, &it) : status;
}

/* A line that is no JSON is one that was torn, unless none is any. */
static hpt_status read_line(hpi_loading *loading, const char *line, size_t bytes) {
    hpi_json  *json = NULL;
    hpt_err    why = { 0 };
    hpt_status status = hpi_json_parse(line, bytes, &json, &why);
    if (status == HPT_ENOMEM) return hpi_load_fail(loading, status, "%s", why.text);
    if (status != HPT_OK) {
        hpi_load_torn(loading);
        return HPT_OK;
    }
    const hpi_json_node *record = hpi_json_root(json);
    const char          *type = hpi_json_member_text(record, "type");
    if (!type)
        status = hpi_load_fail(loading, HPT_EPARSE, "this is no record of the observer jsonl");
    else if (strcmp(type, "trial") == 0)
        status = read_trial(loading, record);
    hpi_json_destroy(json);
    return status;
}

hpt_status hpi_load_jsonl(hpi_loading *loading) {
    const char *end = loading->text + loading->bytes, *line = loading->text;
    hpt_status  status = HPT_OK;
    size_t      whole_count = 0;
    for (; status == HPT_OK && line < end; loading->line++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t      bytes = (size_t)((next ? next : end) - line), torn = loading->torn_count;
        if (bytes > 0) status = read_line(loading, line, bytes);
        whole_count += bytes > 0 && torn == loading->torn_count;
        line += bytes + 1;
    }
    if (status != HPT_OK || whole_count > 0 || loading->torn_count <= 1) return status;
    loading->line = loading->first_torn_line;
    return hpi_load_fail(loading, HPT_EPARSE, "this is no record of the observer jsonl");
}
