/* SPDX-License-Identifier: BSD-3-Clause */
/* The parameters of a trial. The first wrong read is the one that is told. */
#include <math.h>
#include <stdarg.h>

#include "base/err.h"
#include "base/text.h"
#include "space/space.h"
#include "trial/trial.h"

static void read_wrongly(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);

static void read_wrongly(hpt_trial *trial, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    hpi_trial_explain_with(trial, format, arguments); /* unless there was one before */
    va_end(arguments);
    trial->is_marked = true;
    trial->read_wrongly = true;
}

static hpt_param find(hpt_trial *trial, const char *name) {
    hpt_param param = hpt_space_find(trial->space, name);
    if (param != HPT_PARAM_NONE) return param;
    char    shown[96];
    hpt_err err;
    if (trial->read_wrongly) return HPT_PARAM_NONE;
    if (name)
        hpi_fail(&err, HPT_EABSENT, "there is no parameter \"%s\"",
                 hpi_quote(shown, sizeof shown, name));
    else
        hpi_fail(&err, HPT_EABSENT, "the parameter's name is NULL");
    if (name) hpi_space_suggest(trial->space, name, &err);
    read_wrongly(trial, "%s", err.text);
    return HPT_PARAM_NONE;
}

static bool is_param(hpt_trial *trial, hpt_param param) {
    if (param < trial->head.dims) return true;
    read_wrongly(trial, "handle %u is no parameter: there are %u", (unsigned)param,
                 (unsigned)trial->head.dims);
    return false;
}

hpt_value hpt_trial_value_at(hpt_trial *trial, hpt_param param) {
    if (!trial || !is_param(trial, param)) return hpt_null();
    return hpi_space_value_at(trial->space, param, trial->head.point);
}

bool hpt_trial_is_active_at(hpt_trial *trial, hpt_param param) {
    return trial && is_param(trial, param) &&
           hpt_space_is_active(trial->space, param, trial->head.point);
}

/* Also of an inactive parameter: where it rests. */
static hpt_value own_value(hpt_trial *trial, hpt_param param) {
    if (!is_param(trial, param)) return hpt_null();
    return hpt_space_value(trial->space, param, trial->head.point[param]);
}

hpt_value hpt_trial_value(hpt_trial *trial, const char *name) {
    if (!trial) return hpt_null();
    hpt_param param = find(trial, name);
    return param == HPT_PARAM_NONE ? hpt_null() : hpt_trial_value_at(trial, param);
}

static const char *type_text(hpt_type type) {
    static const char *const texts[] = { "null", "a truth value", "an integer", "a real number",
                                         "a text" };
    return texts[type];
}

/* The parameter's value if it has the type asked for (an integer will do for a real). */
static hpt_value value_as(hpt_trial *trial, hpt_param param, hpt_type type) {
    if (!trial || trial->read_wrongly || param == HPT_PARAM_NONE) return hpt_null();
    hpt_value value = own_value(trial, param);
    if (value.type == type || trial->read_wrongly) return value;
    if (value.type == HPT_TYPE_INT && type == HPT_TYPE_REAL)
        return hpt_real((double)value.as.integer);
    char shown[128];
    read_wrongly(trial, "parameter \"%s\" is %s, and was read as %s",
                 hpi_quote(shown, sizeof shown, hpi_space_name(trial->space, param)),
                 type_text(value.type), type_text(type));
    return hpt_null();
}

static hpt_param find_checked(hpt_trial *trial, const char *name) {
    return trial ? find(trial, name) : HPT_PARAM_NONE;
}

double hpt_trial_real_or_else(hpt_trial *trial, hpt_param param) {
    hpt_value value = value_as(trial, param, HPT_TYPE_REAL);
    return value.type == HPT_TYPE_REAL ? value.as.real : NAN;
}

int64_t hpt_trial_int_at(hpt_trial *trial, hpt_param param) {
    hpt_value value = value_as(trial, param, HPT_TYPE_INT);
    return value.type == HPT_TYPE_INT ? value.as.integer : 0;
}

bool hpt_trial_bool_at(hpt_trial *trial, hpt_param param) {
    hpt_value value = value_as(trial, param, HPT_TYPE_BOOL);
    return value.type == HPT_TYPE_BOOL && value.as.boolean;
}

const char *hpt_trial_text_at(hpt_trial *trial, hpt_param param) {
    hpt_value value = value_as(trial, param, HPT_TYPE_TEXT);
    return value.type == HPT_TYPE_TEXT ? value.as.text : "";
}

uint32_t hpt_trial_choice_at(hpt_trial *trial, hpt_param param) {
    if (!trial || param == HPT_PARAM_NONE) return 0;
    if (!is_param(trial, param)) return 0;
    hpt_kind kind = hpi_space_kind(trial->space, param);
    if (kind == HPT_KIND_CATEGORICAL || kind == HPT_KIND_ORDINAL)
        return (uint32_t)trial->head.point[param].integer;
    char shown[128];
    read_wrongly(trial, "parameter \"%s\" has no list of values",
                 hpi_quote(shown, sizeof shown, hpi_space_name(trial->space, param)));
    return 0;
}

bool hpt_trial_is_active(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param != HPT_PARAM_NONE && hpt_trial_is_active_at(trial, param);
}

double hpt_trial_real(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param == HPT_PARAM_NONE ? NAN : hpt_trial_real_at(trial, param);
}

int64_t hpt_trial_int(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param == HPT_PARAM_NONE ? 0 : hpt_trial_int_at(trial, param);
}

bool hpt_trial_bool(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param != HPT_PARAM_NONE && hpt_trial_bool_at(trial, param);
}

const char *hpt_trial_text(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param == HPT_PARAM_NONE ? "" : hpt_trial_text_at(trial, param);
}

uint32_t hpt_trial_choice(hpt_trial *trial, const char *name) {
    hpt_param param = find_checked(trial, name);
    return param == HPT_PARAM_NONE ? 0 : hpt_trial_choice_at(trial, param);
}
