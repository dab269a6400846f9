/* SPDX-License-Identifier: BSD-3-Clause */

/* The domains of irace's numeric parameters: two numbers, or expressions, which may read other
 * numeric parameters ("a domain depends on"). The range is then from the least to the greatest that
 * the ends can be, by interval arithmetic, and the ends themselves become constraints: the same
 * points are valid. irace truncates the ends of an integer's domain; and where an end reads an
 * inactive parameter, the parameter is inactive too. */

#include "base/mem.h"
#include "base/text.h"
#include "space/format.h"
#include "space/irace.h"
#include "space/param.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of domains that read others: each may have to wait for all others. */
enum { DEPENDENT_MAX = 256 };

#define REFUSE(file, p, at, ...)                                                                   \
    hpi_irace_refuse(file, HPT_EINVAL, (p)->line, (p)->line_number, at, __VA_ARGS__)

static hpt_status out_of_memory(const hpi_irace *file) {
    return hpi_fail(file->err, HPT_ENOMEM, "out of memory for a domain");
}

/* ---- the two ends ---- */

static hpi_irace_stretch trimmed(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    bool is_quoted = end - at >= 2 && *at == '"' && end[-1] == '"';
    return (hpi_irace_stretch){ at + is_quoted, (size_t)(end - at) - (is_quoted ? 2 : 0) };
}

/* At the one comma that is in no brackets and no quotes. */
static hpt_status split(const hpi_irace *file, const hpi_irace_param *p,
                        hpi_irace_stretch ends_out[2]) {
    const char *at = p->domain.at, *end = at + p->domain.bytes, *comma = NULL;
    char        label[HPI_LABEL_BYTES];
    int         open = 0, count = 1;
    bool        is_quoted = false;
    for (const char *c = at; c < end; c++) {
        if (*c == '"') is_quoted = !is_quoted;
        if (is_quoted) continue;
        open += (*c == '(') - (*c == ')');
        if (*c != ',' || open != 0) continue;
        comma = c;
        count++;
    }
    if (count != 2)
        return hpi_irace_refuse(file, HPT_EPARSE, p->line, p->line_number, at,
                                "parameter \"%s\": a domain of type %c is its least and its "
                                "greatest value",
                                hpi_label(label, p->name), p->type);
    ends_out[0] = trimmed(at, comma);
    ends_out[1] = trimmed(comma + 1, end);
    return HPT_OK;
}

/* A number of the type; false: it is none. */
static bool as_end(const hpi_irace_param *p, hpt_value value, hpt_value *end_out) {
    bool is_int = value.type == HPT_TYPE_INT;
    *end_out = value;
    if (p->type == 'r' && is_int) *end_out = hpt_real((double)value.as.integer);
    if (p->type == 'r' || is_int) return true;
    *end_out = hpt_int((int64_t)value.as.real);
    return value.as.real == trunc(value.as.real);
}

static bool read_plain(hpi_irace_stretch text, hpt_value *value_out) {
    *value_out = hpt_int(0);
    if (hpi_read_int(text.at, text.bytes, &value_out->as.integer)) return true;
    *value_out = hpt_real(0);
    return hpi_read_real(text.at, text.bytes, &value_out->as.real) &&
           fabs(value_out->as.real) < 0x1p53;
}

/* ---- ends that are computed ---- */

/* The rule is the expression, or what is left when the end is truncated. */
static hpt_status keep_rule(const hpi_irace *file, hpi_irace_param *p, int side,
                            hpi_irace_stretch text, const hpi_rexpr *r, const hpi_hull *hull) {
    hpi_writer rule = { 0 };
    bool       is_truncated = p->type == 'i' && !r->is_integral;
    char       label[HPI_LABEL_BYTES];
    hpi_label(label, p->name);
    if (p->is_log)
        return REFUSE(file, p, text.at,
                      "parameter \"%s\": a logarithmic domain cannot read other parameters", label);
    if (is_truncated && !(hull->lo >= 0))
        return REFUSE(
            file, p, text.at,
            "parameter \"%s\": irace rounds this towards zero; write floor() or ceiling()", label);
    if (!(fabs(hull->lo) < 0x1p53 && fabs(hull->hi) < 0x1p53))
        return REFUSE(file, p, text.at, "parameter \"%s\": this end of the domain has no bounds",
                      label);
    hpi_write(&rule, is_truncated ? "floor(" : "(");
    hpi_write(&rule, r->out);
    hpi_write(&rule, ")");
    if (rule.failed) {
        hpi_writer_fini(&rule);
        return out_of_memory(file);
    }
    p->rules[side] = rule.text;
    double end = side == 0 ? hull->lo : hull->hi;
    p->ends[side] = p->type == 'i' ? hpt_int((int64_t)floor(end)) : hpt_real(end);
    return HPT_OK;
}

static hpt_status keep_end(const hpi_irace *file, hpi_irace_param *p, int side,
                           hpi_irace_stretch text, const hpi_rexpr *r) {
    hpi_expr   expr;
    hpi_hull   hull = { 0 };
    char       label[HPI_LABEL_BYTES];
    hpt_status status = hpi_rexpr_bounds(file->ranges, r->out, &hull);
    if (status == HPT_OK) status = hpi_expr_compile(&expr, file->ranges, r->out, NULL);
    if (status == HPT_ENOMEM) return out_of_memory(file);
    if (status != HPT_OK || hull.may != HPI_MAY_NUMBER) {
        if (status == HPT_OK) hpi_expr_fini(&expr);
        return REFUSE(file, p, text.at, "parameter \"%s\": this end of the domain has no value",
                      hpi_label(label, p->name));
    }
    if (expr.param_count > 0) {
        status = keep_rule(file, p, side, text, r, &hull);
    } else if (hull.lo != hull.hi || !as_end(p, hpt_real(hull.lo), &p->ends[side])) {
        status = REFUSE(file, p, text.at, "parameter \"%s\": this is no value of type %c",
                        hpi_label(label, p->name), p->type);
    }
    hpi_expr_fini(&expr);
    return status;
}

/* A name that is not among the ranges: one that has to wait, or one that can never be there. */
static hpt_status judge_absent(const hpi_irace *file, const hpi_irace_param *p,
                               hpi_irace_stretch text, const hpi_rexpr *r) {
    char      label[HPI_LABEL_BYTES], other[HPI_LABEL_BYTES];
    hpt_param handle = hpt_space_find(file->names, r->unknown);
    hpi_label(other, r->unknown);
    if (handle == HPT_PARAM_NONE) {
        REFUSE(file, p, text.at, "parameter \"%s\": domain: there is no parameter \"%s\"",
               hpi_label(label, p->name), other);
        hpi_space_suggest(file->names, r->unknown, file->err);
        return HPT_EINVAL;
    }
    if (file->params[handle].type == 'c' || file->params[handle].type == 'o')
        return REFUSE(file, p, text.at,
                      "parameter \"%s\": its domain reads \"%s\", which is no number",
                      hpi_label(label, p->name), other);
    return HPT_EAGAIN;
}

/* HPT_EAGAIN: it reads one that is not there yet. */
static hpt_status resolve_end(const hpi_irace *file, hpi_irace_param *p, int side,
                              hpi_irace_stretch text) {
    hpt_value plain;
    hpi_rexpr r;
    char      label[HPI_LABEL_BYTES], what[HPI_LABEL_BYTES + 32];
    snprintf(what, sizeof what, "parameter \"%s\": domain", hpi_label(label, p->name));
    if (p->rules[side]) return HPT_OK;
    if (read_plain(text, &plain)) {
        if (as_end(p, plain, &p->ends[side])) return HPT_OK;
        return REFUSE(file, p, text.at, "%s of type i: this is no integer", what);
    }
    hpi_irace quiet = *file; /* waiting is no error */
    hpt_err   err = { 0 };
    quiet.err = &err;
    hpi_irace_text full = { p->line, p->line_number, text };
    hpt_status     status = hpi_irace_translate(&quiet, file->ranges, NULL, &full, what, &r);
    if (status == HPT_EABSENT) return judge_absent(file, p, text, &r);
    if (status != HPT_OK) {
        if (file->err) *file->err = err;
        return status;
    }
    return keep_end(file, p, side, text, &r);
}

/* ---- what the ends read ---- */

/* Where a parameter is inactive, "x == x" has no value. */
static void note_parents(const hpi_irace *file, const hpi_expr *expr, const hpi_expr *noted,
                         hpi_writer *all) {
    for (uint32_t i = 0; i < expr->param_count; i++) {
        const char *name = hpi_space_name(file->ranges, expr->params[i]);
        uint32_t    at = 0;
        while (at < noted->param_count && noted->params[at] != expr->params[i])
            at++;
        if (at < noted->param_count) continue;
        if (!file->params[hpt_space_find(file->names, name)].is_conditional) continue;
        hpi_write(all, all->bytes > 0 ? " and " : "");
        hpi_write_name(all, name);
        hpi_write(all, " == ");
        hpi_write_name(all, name);
    }
}

static hpt_status require_parents(const hpi_irace *file, hpi_irace_param *p) {
    hpi_expr   ends[2] = { { 0 }, { 0 } };
    hpi_writer all = { 0 };
    hpt_status status = HPT_OK;
    for (int i = 0; i < 2 && status == HPT_OK; i++)
        if (p->rules[i]) status = hpi_expr_compile(&ends[i], file->ranges, p->rules[i], file->err);
    if (status == HPT_OK) {
        note_parents(file, &ends[0], &ends[1], &all);
        note_parents(file, &ends[1], &(hpi_expr){ 0 }, &all);
    }
    hpi_expr_fini(&ends[0]);
    hpi_expr_fini(&ends[1]);
    if (all.failed) status = out_of_memory(file);
    if (status == HPT_OK)
        p->presence = all.text;
    else
        hpi_writer_fini(&all);
    p->is_conditional = p->is_conditional || p->presence;
    return status;
}

/* ---- all ---- */

static hpt_status resolve(const hpi_irace *file, hpi_irace_param *p) {
    hpi_irace_stretch ends[2];
    hpt_status        status = split(file, p, ends);
    if (status == HPT_OK) status = resolve_end(file, p, 0, ends[0]);
    if (status == HPT_OK) status = resolve_end(file, p, 1, ends[1]);
    if (status == HPT_OK) status = require_parents(file, p);
    if (status != HPT_OK) return status;
    p->is_resolved = true;
    if (p->type == 'i')
        hpt_space_add_int(file->ranges, p->name, p->ends[0].as.integer, p->ends[1].as.integer);
    else
        hpt_space_add_real(file->ranges, p->name, p->ends[0].as.real, p->ends[1].as.real);
    const hpt_err *error = &file->ranges->error;
    return error->code == HPT_OK ? HPT_OK
                                 : hpi_irace_refuse(file, error->code, p->line, p->line_number,
                                                    p->domain.at, "%s", error->text);
}

static bool is_waiting(const hpi_irace_param *p) {
    return (p->type == 'i' || p->type == 'r') && !p->is_resolved;
}

/* In passes: in each, those whose parents have their ends get theirs. */
hpt_status hpi_irace_resolve(hpi_irace *file) {
    uint32_t         waiting = file->count + 1;
    hpi_irace_param *first = NULL;
    char             label[HPI_LABEL_BYTES];
    for (uint32_t before = 0; waiting > 0 && waiting != before;) {
        before = waiting;
        waiting = 0;
        for (uint32_t i = 0; i < file->count; i++) {
            hpi_irace_param *p = &file->params[i];
            hpt_status       status = is_waiting(p) ? resolve(file, p) : HPT_OK;
            if (status != HPT_OK && status != HPT_EAGAIN) return status;
            if (status == HPT_EAGAIN && waiting++ == 0) first = p;
        }
        if (waiting > DEPENDENT_MAX)
            return REFUSE(file, first, first->domain.at,
                          "more than %d domains read parameters that stand behind them",
                          DEPENDENT_MAX);
    }
    return waiting == 0 ? HPT_OK
                        : REFUSE(file, first, first->domain.at,
                                 "parameter \"%s\": its domain reads itself, by others or directly",
                                 hpi_label(label, first->name));
}
