/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a run may go on with a study. A difference is a sentence with both sides, the run's
 * first.
 *
 * With a study that somebody else wrote only the goals and the kinds of the parameters count: what
 * lies outside the run's ranges is left out when the strategy is taught. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "space/space.h"
#include "store/head.h"

enum { SHOWN_BYTES = 64, VALUE_BYTES = HPI_SHOWN_BYTES };

typedef struct comparing {
    const hpi_head *wanted, *kept;
    bool            may_widen;
    char            study[SHOWN_BYTES];
    hpt_err        *err;
    /* Of the parameter that is compared. */
    char           name[SHOWN_BYTES];
    hpt_param_info want, keep;
} comparing;

static bool is_equal_text(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static hpt_status differ(const comparing *c, const char *what, const char *want, const char *keep) {
    char wanted[SHOWN_BYTES], kept[SHOWN_BYTES];
    return hpi_fail(c->err, HPT_EINVAL, "%s is %s, in the study \"%s\" it is %s", what,
                    hpi_quote(wanted, sizeof wanted, want), c->study,
                    hpi_quote(kept, sizeof kept, keep));
}

static hpt_status differ_number(const comparing *c, const char *what, uint64_t want,
                                uint64_t keep) {
    char wanted[32], kept[32];
    snprintf(wanted, sizeof wanted, "%" PRIu64, want);
    snprintf(kept, sizeof kept, "%" PRIu64, keep);
    return differ(c, what, wanted, kept);
}

/* Goals. */

static const char *direction_word(hpt_direction direction) {
    return direction == HPT_MAXIMISE ? "maximise" : "minimise";
}

static hpt_status check_goal(const comparing *c, uint32_t i) {
    const hpt_goal *want = &c->wanted->goals[i], *keep = &c->kept->goals[i];
    char            quoted[SHOWN_BYTES], what[SHOWN_BYTES + 40];
    hpi_quote(quoted, sizeof quoted, want->name ? want->name : "value");
    snprintf(what, sizeof what, "the name of goal %u", (unsigned)i);
    if (c->kept->is_ours && !is_equal_text(want->name, keep->name))
        return differ(c, what, want->name, keep->name);
    snprintf(what, sizeof what, "goal \"%s\": the direction", quoted);
    if (want->direction != keep->direction)
        return differ(c, what, direction_word(want->direction), direction_word(keep->direction));
    return HPT_OK;
}

static hpt_status check_goals(const comparing *c) {
    hpt_status status = HPT_OK;
    if (c->wanted->goal_count != c->kept->goal_count)
        return differ_number(c, "the number of goals", c->wanted->goal_count, c->kept->goal_count);
    for (uint32_t i = 0; status == HPT_OK && i < c->wanted->goal_count; i++)
        status = check_goal(c, i);
    return status;
}

/* What the strategy's course depends on. */

static hpt_status check_course(const comparing *c) {
    static const char *const takes[] = { "the mean", "the median", "the worst" };
    const hpi_head          *want = c->wanted, *keep = c->kept;
    if (!is_equal_text(want->strategy, keep->strategy))
        return differ(c, "the strategy", want->strategy, keep->strategy);
    if (want->seed != keep->seed) return differ_number(c, "the seed", want->seed, keep->seed);
    if (want->repeat_count != keep->repeat_count)
        return differ_number(c, "repeat_count", want->repeat_count, keep->repeat_count);
    if (want->repeat_count > 1 && want->repeat_take != keep->repeat_take)
        return differ(c, "repeat_take", takes[want->repeat_take], takes[keep->repeat_take]);
    if (want->known_digest != keep->known_digest)
        return hpi_fail(c->err, HPT_EINVAL,
                        "points or observations are not those that the study \"%s\" began with",
                        c->study);
    return HPT_OK;
}

/* Parameters. */

static hpt_status differ_param(const comparing *c, const char *what, const char *want,
                               const char *keep) {
    char whole[SHOWN_BYTES + 64];
    snprintf(whole, sizeof whole, "parameter \"%s\": %s", c->name, what);
    return differ(c, whole, want, keep);
}

static hpt_status differ_value(const comparing *c, const char *what, hpt_value want,
                               hpt_value keep) {
    char wanted[VALUE_BYTES], kept[VALUE_BYTES];
    return differ_param(c, what, hpi_show_value(wanted, want), hpi_show_value(kept, keep));
}

static const char *yes_no(bool is) {
    return is ? "true" : "false";
}

static hpt_value value_or_null(bool has, hpt_value value) {
    return has ? value : hpt_null();
}

static const char *kind_word(hpt_kind kind) {
    static const char *const words[] = { "real", "int", "categorical", "ordinal", "constant" };
    return words[kind];
}

static bool is_range(hpt_kind kind) {
    return kind == HPT_KIND_REAL || kind == HPT_KIND_INT;
}

static double real_of(hpt_value value) {
    return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
}

static int compare(hpt_value a, hpt_value b) {
    if (a.type == HPT_TYPE_INT && b.type == HPT_TYPE_INT)
        return (a.as.integer > b.as.integer) - (a.as.integer < b.as.integer);
    return (real_of(a) > real_of(b)) - (real_of(a) < real_of(b));
}

/* The old steps must be among the new ones: with the coordinates of both ends they all are. */
static hpt_status check_grid(const comparing *c, hpt_param param) {
    const hpt_value ends[] = { c->keep.min, c->keep.max };
    hpt_coord       coord;
    hpt_err         ignored = { 0 };
    if (!c->want.has_step) return HPT_OK;
    for (int i = 0; i < 2; i++)
        if (hpt_space_coord(c->wanted->space, param, ends[i], &coord, &ignored) != HPT_OK)
            return differ_value(c, "the steps start elsewhere: min", c->want.min, c->keep.min);
    return HPT_OK;
}

static hpt_status check_range(const comparing *c, hpt_param param) {
    int min = compare(c->want.min, c->keep.min), max = compare(c->want.max, c->keep.max);
    if (c->want.is_log != c->keep.is_log)
        return differ_param(c, "log", yes_no(c->want.is_log), yes_no(c->keep.is_log));
    hpt_value want = value_or_null(c->want.has_step, c->want.step);
    hpt_value keep = value_or_null(c->keep.has_step, c->keep.step);
    if (!hpt_value_equal(want, keep)) return differ_value(c, "step", want, keep);
    if (min == 0 && max == 0) return HPT_OK;
    if (min <= 0 && max >= 0 && c->may_widen) return check_grid(c, param);
    hpt_status status = min != 0 ? differ_value(c, "min", c->want.min, c->keep.min)
                                 : differ_value(c, "max", c->want.max, c->keep.max);
    if (min > 0 || max < 0 || !c->err) return status;
    size_t used = strlen(c->err->text);
    hpi_cut(c->err->text + used, sizeof c->err->text - used, " (may_widen allows wider ranges)");
    return status;
}

static hpt_status check_values(const comparing *c) {
    char what[40];
    if (c->want.value_count != c->keep.value_count) {
        char want[24], keep[24];
        snprintf(want, sizeof want, "%u", (unsigned)c->want.value_count);
        snprintf(keep, sizeof keep, "%u", (unsigned)c->keep.value_count);
        return differ_param(c, "the number of values", want, keep);
    }
    for (uint32_t i = 0; i < c->want.value_count; i++) {
        if (hpt_value_equal(c->want.values[i], c->keep.values[i])) continue;
        snprintf(what, sizeof what, "value %u", (unsigned)i);
        return differ_value(c, what, c->want.values[i], c->keep.values[i]);
    }
    return HPT_OK;
}

static bool get_infos(comparing *c, hpt_param want, hpt_param keep) {
    hpt_err ignored = { 0 };
    c->want = (hpt_param_info){ .struct_size = sizeof c->want };
    c->keep = (hpt_param_info){ .struct_size = sizeof c->keep };
    hpi_quote(c->name, sizeof c->name, hpi_space_name(c->wanted->space, want));
    return hpt_space_info(c->wanted->space, want, &c->want, &ignored) == HPT_OK &&
           hpt_space_info(c->kept->space, keep, &c->keep, &ignored) == HPT_OK;
}

static hpt_status check_param(comparing *c, hpt_param i) {
    if (!get_infos(c, i, i)) return hpi_fail(c->err, HPT_EBUG, "a parameter is not there");
    if (!is_equal_text(c->want.name, c->keep.name)) {
        char what[40];
        snprintf(what, sizeof what, "parameter %u", (unsigned)i);
        return differ(c, what, c->want.name, c->keep.name);
    }
    if (c->want.kind != c->keep.kind)
        return differ_param(c, "the kind", kind_word(c->want.kind), kind_word(c->keep.kind));
    hpt_value  want = value_or_null(c->want.has_default, c->want.default_value);
    hpt_value  keep = value_or_null(c->keep.has_default, c->keep.default_value);
    hpt_status status = is_range(c->want.kind) ? check_range(c, i) : check_values(c);
    if (status != HPT_OK) return status;
    if (!hpt_value_equal(want, keep)) return differ_value(c, "the default", want, keep);
    const char *condition = hpi_space_condition(c->wanted->space, i);
    const char *kept = hpi_space_condition(c->kept->space, i);
    if (is_equal_text(condition, kept)) return HPT_OK;
    return differ_param(c, "the condition", condition ? condition : "none", kept ? kept : "none");
}

static hpt_status check_constraints(const comparing *c) {
    char what[40];
    for (uint32_t i = 0;; i++) {
        const char *want = hpi_space_constraint(c->wanted->space, i);
        const char *keep = hpi_space_constraint(c->kept->space, i);
        if (!want && !keep) return HPT_OK;
        if (want && keep && strcmp(want, keep) == 0) continue;
        snprintf(what, sizeof what, "constraint %u", (unsigned)i);
        return differ(c, what, want ? want : "none", keep ? keep : "none");
    }
}

static hpt_status lacks_param(const comparing *c, const char *text) {
    char name[SHOWN_BYTES];
    return hpi_fail(c->err, HPT_EINVAL, "the study \"%s\" has a parameter \"%s\", the run has none",
                    c->study, hpi_quote(name, sizeof name, text));
}

/* Those that both have are the same, so what is left is the difference. */
static hpt_status check_count(const comparing *c, hpt_param want, hpt_param keep) {
    char name[SHOWN_BYTES];
    if (want < keep) return lacks_param(c, hpi_space_name(c->kept->space, want));
    if (want == keep) return HPT_OK;
    return hpi_fail(c->err, HPT_EINVAL, "the run has a parameter \"%s\", the study \"%s\" has none",
                    hpi_quote(name, sizeof name, hpi_space_name(c->wanted->space, keep)), c->study);
}

static hpt_status check_space(comparing *c) {
    hpt_param  want = (hpt_param)hpt_space_count(c->wanted->space);
    hpt_param  keep = (hpt_param)hpt_space_count(c->kept->space);
    hpt_status status = HPT_OK;
    for (hpt_param i = 0; status == HPT_OK && i < want && i < keep; i++)
        status = check_param(c, i);
    if (status == HPT_OK) status = check_count(c, want, keep);
    return status == HPT_OK ? check_constraints(c) : status;
}

/* Of a study that somebody else wrote. */

static hpt_status check_foreign_param(comparing *c, hpt_param keep) {
    const char *text = hpi_space_name(c->kept->space, keep);
    hpt_param   want = hpt_space_find(c->wanted->space, text);
    if (want == HPT_PARAM_NONE) {
        (void)lacks_param(c, text);
        hpi_space_suggest(c->wanted->space, text, c->err);
        return HPT_EINVAL;
    }
    if (!get_infos(c, want, keep)) return hpi_fail(c->err, HPT_EBUG, "a parameter is not there");
    bool is_same_kind = is_range(c->want.kind) || is_range(c->keep.kind)
                            ? c->want.kind == c->keep.kind
                            : true; /* there are no ordinal ones and no constants elsewhere */
    if (!is_same_kind)
        return differ_param(c, "the kind", kind_word(c->want.kind), kind_word(c->keep.kind));
    return is_range(c->want.kind) ? HPT_OK : check_values(c);
}

static hpt_status check_foreign(comparing *c) {
    size_t     count = c->kept->space ? hpt_space_count(c->kept->space) : 0;
    hpt_status status = HPT_OK;
    for (hpt_param i = 0; status == HPT_OK && i < count; i++)
        status = check_foreign_param(c, i);
    return status;
}

hpt_status hpi_head_check(const hpi_head *wanted, const hpi_head *kept, bool may_widen,
                          hpt_err *err) {
    comparing c = { .wanted = wanted, .kept = kept, .may_widen = may_widen, .err = err };
    hpi_quote(c.study, sizeof c.study, kept->name ? kept->name : "");
    hpt_status status = check_goals(&c);
    if (status != HPT_OK || !kept->is_ours) return status == HPT_OK ? check_foreign(&c) : status;
    status = check_space(&c);
    return status == HPT_OK ? check_course(&c) : status;
}

bool hpi_head_is_same_space(const hpi_head *a, const hpi_head *b) {
    comparing c = { .wanted = a, .kept = b };
    return check_space(&c) == HPT_OK;
}
