/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/trial.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/text.h"
#include "space/space.h"

const char *hpt_trial_state_text(hpt_trial_state state) {
    switch (state) {
#define HPT_ROW(name, value, text)                                                                 \
    case name:                                                                                     \
        return text;
        HPT_TRIAL_STATE_LIST(HPT_ROW)
#undef HPT_ROW
    }
    return "UNKNOWN";
}

/* Reasons. */

HPT_PRINTF(2, 0)
static void set_reason(hpt_trial *trial, const char *format, va_list arguments) {
    if (!format) return;
    char reason[HPI_REASON_BYTES];
    if (trial->read_wrongly) return; /* what follows from the mistake would hide it */
    hpi_format(reason, sizeof reason, format, arguments);
    trial->is_marked = true;
    hpi_notes_set_reason(&trial->notes, reason);
}

static void give_reason(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);

static void give_reason(hpt_trial *trial, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_reason(trial, format, arguments);
    va_end(arguments);
}

static bool has_reason(const hpt_trial *trial) {
    return *hpi_notes_reason(trial->notes.bytes, trial->notes.used) != '\0';
}

static hpt_status say(hpt_trial *trial, hpt_status status) {
    trial->is_marked = true;
    return trial->said = status;
}

hpt_status hpt_trial_fail(hpt_trial *trial, const char *format, ...) {
    if (!trial) return HPT_EFAILED;
    va_list arguments;
    va_start(arguments, format);
    set_reason(trial, format, arguments);
    va_end(arguments);
    return say(trial, HPT_EFAILED);
}

hpt_status hpt_trial_infeasible(hpt_trial *trial, const char *format, ...) {
    if (!trial) return HPT_EINFEASIBLE;
    va_list arguments;
    va_start(arguments, format);
    set_reason(trial, format, arguments);
    va_end(arguments);
    return say(trial, HPT_EINFEASIBLE);
}

hpt_status hpt_trial_prune(hpt_trial *trial) {
    return trial ? say(trial, HPT_EPRUNED) : HPT_EPRUNED;
}

/* Parameters. The first wrong read is the one that is told. */

static void read_wrongly(hpt_trial *trial, const char *format, ...) HPT_PRINTF(2, 3);

static void read_wrongly(hpt_trial *trial, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_reason(trial, format, arguments); /* unless there was one before */
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

/* Everything else an objective may ask. */

/* Inline for C and C++; here for who links by name. */
extern inline double           hpt_trial_real_at(hpt_trial *trial, hpt_param param);
extern inline const hpt_coord *hpt_trial_point(const hpt_trial *trial);
extern inline uint64_t         hpt_trial_number(const hpt_trial *trial);

uint32_t hpt_trial_worker(const hpt_trial *trial) {
    return trial ? trial->worker : 0;
}

uint32_t hpt_trial_repeat(const hpt_trial *trial) {
    return trial ? trial->repeat : 0;
}

const hpt_space *hpt_trial_space(const hpt_trial *trial) {
    return trial ? trial->space : NULL;
}

hpt_run *hpt_trial_run(const hpt_trial *trial) {
    return trial ? trial->run : NULL;
}

uint64_t hpt_trial_seed(const hpt_trial *trial, uint64_t stream) {
    if (!trial) return 0;
    uint64_t words[4];
    hpi_rng_block(trial->seed, trial->head.number, HPI_STREAM_TRIAL + trial->repeat, stream, words);
    return words[0];
}

static bool tell_to_stop(hpt_trial *trial) {
    trial->is_marked = true;
    return trial->was_stopped = true;
}

bool hpt_trial_should_stop(hpt_trial *trial) {
    if (!trial || trial->was_stopped) return true;
    if (hpi_cancels_level(trial->cancels) >= HPT_CANCEL_NOW) return tell_to_stop(trial);
    if (trial->deadline_ns == INT64_MAX && trial->run_until_ns == INT64_MAX) return false;
    int64_t now = hpi_trial_now(trial);
    trial->was_late = now >= trial->deadline_ns;
    return trial->was_late || now >= trial->run_until_ns ? tell_to_stop(trial) : false;
}

/* A call is not done, and the reason is kept for judge_status(). */
#define REFUSE(trial, status, ...)                                                                 \
    ((trial)->refused_by = (trial)->head.number + 1,                                               \
     hpi_fail(&(trial)->refused, status, __VA_ARGS__))

hpt_status hpt_trial_report(hpt_trial *trial, int64_t step, double value) {
    if (!trial) return HPT_EINVAL;
    if (isnan(value))
        return REFUSE(trial, HPT_EINVAL, "the value reported at step %" PRId64 " is NaN", step);
    trial->is_marked = true;
    trial->has_report = true;
    trial->last_step = step;
    trial->last_value = value;
    if (trial->report) trial->report(trial);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

hpt_status hpt_trial_spend(hpt_trial *trial, double seconds) {
    const double  most = 1e9; /* seconds, 31 years */
    const int64_t most_ns = HPI_NS_PER_S * INT64_C(1000000000);
    if (!trial) return HPT_EINVAL;
    if (!(seconds >= 0) || seconds > most)
        return REFUSE(trial, HPT_EINVAL, "a trial cannot spend %g s: 0 to %g are possible", seconds,
                      most);
    if (!trial->clock) return HPT_OK; /* time passes by itself */
    double left = (double)(most_ns - trial->spent_ns), more = seconds * 1e9 * trial->pace;
    trial->spent_ns += (int64_t)(more < left ? more + 0.5 : left);
    trial->has_spent = true;
    return HPT_OK;
}

/* What is wrong with an attribute's value, or NULL. */
static const char *attr_problem(hpt_value value) {
    if ((unsigned)value.type > HPT_TYPE_TEXT) return "has no type";
    if (value.type == HPT_TYPE_REAL)
        return isfinite(value.as.real) ? NULL : isnan(value.as.real) ? "is NaN" : "is not finite";
    if (value.type != HPT_TYPE_TEXT) return NULL;
    if (!value.as.text) return "is a NULL text";
    return hpi_is_utf8(value.as.text, strlen(value.as.text)) ? NULL : "is not UTF-8";
}

static hpt_status check_name(hpt_trial *trial, const char *name, const char *what) {
    char        shown[HPI_ATTR_NAME_BYTES + 1];
    const char *problem = hpi_name_problem(name, HPI_ATTR_NAME_BYTES);
    if (!problem) return HPT_OK;
    return REFUSE(trial, HPT_EINVAL,
                  "name \"%s\" of %s %s (1 to %d bytes of UTF-8 without control characters)",
                  hpi_quote(shown, sizeof shown, name), what, problem, HPI_ATTR_NAME_BYTES);
}

static hpt_status no_room(hpt_trial *trial, const char *what, const char *name) {
    return REFUSE(trial, HPT_ELIMIT,
                  "there is no room for %s \"%s\": a trial's attributes and reason take at most 8 "
                  "KiB",
                  what, name);
}

hpt_status hpt_trial_set_attr(hpt_trial *trial, const char *name, hpt_value value) {
    if (!trial) return HPT_EINVAL;
    hpt_status status = check_name(trial, name, "an attribute");
    if (status != HPT_OK) return status;
    const char *problem = attr_problem(value);
    if (problem) return REFUSE(trial, HPT_EINVAL, "attribute \"%s\" %s", name, problem);
    trial->is_marked = true;
    if (hpi_notes_set_attr(&trial->notes, name, value)) return HPT_OK;
    return no_room(trial, "attribute", name);
}

hpt_status hpt_trial_constraint(hpt_trial *trial, const char *name, double value) {
    if (!trial) return HPT_EINVAL;
    hpt_status status = check_name(trial, name, "a constraint");
    if (status != HPT_OK) return status;
    if (isnan(value)) {
        hpt_trial_fail(trial, "constraint \"%s\" is NaN", name);
        return REFUSE(trial, HPT_EINVAL, "constraint \"%s\" is NaN", name);
    }
    trial->is_marked = true;
    if (hpi_notes_set_constraint(&trial->notes, name, value)) return HPT_OK;
    no_room(trial, "constraint", name);
    hpt_attr worst; /* what is broken must not be forgotten because nobody looks at the status */
    if (value > 0 && hpi_notes_violation(trial->notes.bytes, trial->notes.used, &worst) <= 0)
        hpt_trial_infeasible(trial, "%s", trial->refused.text);
    return HPT_ELIMIT;
}

/* The verdict. */

/* It has a value, and constraints on results may be broken all the same. The value is kept for who
 * learns from it. */
static hpt_trial_state judge_constraints(hpt_trial *trial, double value) {
    hpt_attr worst;
    char     shown[HPI_SHOWN_BYTES];
    uint32_t count;
    if (hpi_notes_violation(trial->notes.bytes, trial->notes.used, &worst) <= 0)
        return HPT_TRIAL_COMPLETE;
    give_reason(trial, "constraint \"%s\" is %s, which is above 0", worst.name,
                hpi_show_value(shown, worst.value));
    if (!hpi_notes_values(trial->notes.bytes, trial->notes.used, &count))
        hpi_notes_set_values(&trial->notes, &value, 1);
    return HPT_TRIAL_INFEASIBLE;
}

static hpt_trial_state judge_value(hpt_trial *trial, double value) {
    if (isfinite(value)) return judge_constraints(trial, value);
    char shown[HPI_SHOWN_BYTES];
    give_reason(trial, "the objective returned %s", hpi_show_value(shown, hpt_real(value)));
    return HPT_TRIAL_FAILED;
}

/* A status without a word may be what a refused call returned. */
static void explain_status(hpt_trial *trial, hpt_status status) {
    bool was_refused = trial->refused_by == trial->head.number + 1;
    if (was_refused && trial->refused.code == status)
        give_reason(trial, "%s", trial->refused.text);
    else
        give_reason(trial, "the objective returned status %d (%s)%s%s", (int)status,
                    hpt_status_text(status), was_refused ? "; before that, " : "",
                    was_refused ? trial->refused.text : "");
}

static hpt_trial_state judge_status(hpt_trial *trial, hpt_status status) {
    if (status == HPT_EPRUNED) return HPT_TRIAL_PRUNED;
    if (status == HPT_EINFEASIBLE) return HPT_TRIAL_INFEASIBLE;
    if (!has_reason(trial)) explain_status(trial, status);
    return HPT_TRIAL_FAILED;
}

/* In as many digits as show that one is above the other. */
static void say_late(hpt_trial *trial, int64_t took_ns, int64_t limit_ns) {
    char took[32], limit[32];
    int  digits = 3;
    do {
        snprintf(took, sizeof took, "%.*g", digits, (double)took_ns * 1e-9);
        snprintf(limit, sizeof limit, "%.*g", digits, (double)limit_ns * 1e-9);
    } while (strcmp(took, limit) == 0 && ++digits < DBL_DIG);
    give_reason(trial, "took %s s, the limit is %s s", took, limit);
}

hpt_trial_state hpi_trial_judge(hpt_trial *trial, hpt_status status, double value, int64_t took_ns,
                                int64_t limit_ns) {
    if (trial->read_wrongly) return HPT_TRIAL_FAILED;
    if (limit_ns > 0 && (trial->was_late || took_ns >= limit_ns)) {
        say_late(trial, took_ns, limit_ns);
        return HPT_TRIAL_TIMEOUT;
    }
    /* Whatever it says now, it was told to break off: a value may be half a value. */
    if (trial->was_stopped) return HPT_TRIAL_CANCELLED;
    if (status == HPT_OK) status = trial->said; /* hpt_trial_fail() without a return */
    return status == HPT_OK ? judge_value(trial, value) : judge_status(trial, status);
}
