/* SPDX-License-Identifier: BSD-3-Clause */

/* From the lines of irace's parameters.txt to the space: lists, ranges, and rules. */

#include "base/mem.h"
#include "base/text.h"
#include "space/format.h"
#include "space/irace.h"
#include "space/param.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static hpt_status out_of_memory(const hpi_irace *file) {
    return hpi_fail(file->err, HPT_ENOMEM, "out of memory for a parameter file");
}

static hpt_status pass_on(const hpi_irace *file, const hpi_irace_param *p, const char *at) {
    return hpi_irace_refuse(file, file->space->error.code, p->line, p->line_number, at, "%s",
                            file->space->error.text);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* ---- lists ---- */

/* The next value of a list, NUL-terminated in `out`; false: it is no value. */
static bool next_value(const char **at, const char *end, char *out) {
    size_t bytes = 0;
    *at += strspn(*at, " \t");
    bool is_quoted = *at < end && **at == '"';
    if (is_quoted) {
        for (++*at; *at < end && **at != '"'; ++*at)
            out[bytes++] = **at;
        if (*at == end) return false;
        ++*at;
        while (*at < end && is_blank(**at))
            ++*at;
    } else {
        for (; *at < end && **at != ','; ++*at)
            out[bytes++] = **at;
        while (bytes > 0 && is_blank(out[bytes - 1]))
            bytes--;
    }
    out[bytes] = '\0';
    if (*at < end && **at != ',') return false;
    *at += *at < end;
    return is_quoted || bytes > 0;
}

/* All of them, as texts in `texts`. */
static hpt_status split(const hpi_irace *file, const hpi_irace_param *p, char *texts,
                        hpt_value *values, size_t *count_out) {
    const char *at = p->domain.at, *end = at + p->domain.bytes;
    char        label[HPI_LABEL_BYTES];
    size_t      count = 0;
    while (at < end || count == 0) {
        const char *begin = at;
        if (!next_value(&at, end, texts))
            return hpi_irace_refuse(file, HPT_EPARSE, p->line, p->line_number, begin,
                                    "parameter \"%s\": there should be a value here; an empty one, "
                                    "or one with a comma, stands in double quotes",
                                    hpi_label(label, p->name));
        values[count++] = hpt_text(texts);
        texts += strlen(texts) + 1;
    }
    *count_out = count;
    return HPT_OK;
}

/* Texts that are all numbers as we would write them become numbers, so that they can be computed
 * with, and still look the same on a command line. */
static void make_numbers(hpt_value *values, size_t count) {
    hpt_value number;
    for (size_t i = 0; i < count; i++)
        if (!hpi_rexpr_is_spelling(values[i].as.text, &number)) return;
    for (size_t i = 0; i < count; i++) {
        hpi_rexpr_is_spelling(values[i].as.text, &number);
        values[i] = number;
    }
}

static hpt_status add_list(const hpi_irace *file, const hpi_irace_param *p, char *texts,
                           hpt_value *values) {
    size_t     count = 0;
    hpt_param  handle;
    hpt_status status = split(file, p, texts, values, &count);
    if (status != HPT_OK) return status;
    make_numbers(values, count);
    if (count == 1 && !p->is_conditional)
        handle = hpt_space_add_constant(file->space, p->name, values[0]);
    else if (p->type == 'o')
        handle = hpt_space_add_ordinal(file->space, p->name, values, count);
    else
        handle = hpt_space_add_categorical(file->space, p->name, values, count);
    return handle == HPT_PARAM_NONE ? pass_on(file, p, p->domain.at) : HPT_OK;
}

static hpt_status read_list(const hpi_irace *file, const hpi_irace_param *p) {
    size_t commas = 1;
    for (size_t i = 0; i < p->domain.bytes; i++)
        commas += p->domain.at[i] == ',';
    char      *texts = hpi_alloc_room(p->domain.bytes + 2, 1);
    hpt_value *values = hpi_alloc_room(commas, sizeof *values);
    hpt_status status = texts && values ? add_list(file, p, texts, values) : out_of_memory(file);
    hpi_free(texts);
    hpi_free(values);
    return status;
}

/* ---- ranges ---- */

/* 10^-digits, when the file gives digits. */
static bool has_digits(const hpi_irace *file, double *step_out) {
    char text[HPI_REAL_BYTES];
    snprintf(text, sizeof text, "1e-%u", (unsigned)file->digits);
    return file->digits > 0 && hpi_read_real(text, strlen(text), step_out);
}

/* irace refuses ends with more digits too. Those that it computes are what they are. */
static hpt_status check_digits(const hpi_irace *file, const hpi_irace_param *p, double step) {
    char label[HPI_LABEL_BYTES], shown[HPI_SHOWN_BYTES];
    for (int i = 0; i < 2; i++) {
        double count = p->ends[i].as.real / step;
        if (p->rules[i] || fabs(count - rint(count)) <= 1e-6 || fabs(count) > 0x1p50) continue;
        return hpi_irace_refuse(
            file, HPT_EINVAL, p->line, p->line_number, p->domain.at,
            "parameter \"%s\": %s has more than %u digits, which [global] gives",
            hpi_label(label, p->name), hpi_show_value(shown, p->ends[i]), (unsigned)file->digits);
    }
    return HPT_OK;
}

/* As long as doubles of that size can tell the values apart. */
static bool takes_step(const hpi_irace_param *p, double step) {
    double min = p->ends[0].as.real, max = p->ends[1].as.real;
    double most = -min > max ? -min : max, count = min / step;
    return !p->is_log && most / step < 0x1p50 && max - min >= step &&
           fabs(count - rint(count)) <= 1e-6;
}

static hpt_status add_range(const hpi_irace *file, const hpi_irace_param *p) {
    double    step;
    hpt_param handle =
        p->type == 'i'
            ? hpt_space_add_int(file->space, p->name, p->ends[0].as.integer, p->ends[1].as.integer)
            : hpt_space_add_real(file->space, p->name, p->ends[0].as.real, p->ends[1].as.real);
    if (handle == HPT_PARAM_NONE) return pass_on(file, p, p->domain.at);
    if (p->is_log && hpt_space_set_log(file->space, handle) != HPT_OK)
        return pass_on(file, p, p->domain.at);
    if (p->type == 'i' || !has_digits(file, &step)) return HPT_OK;
    hpt_status status = check_digits(file, p, step);
    if (status != HPT_OK || !takes_step(p, step)) return status;
    if (hpt_space_set_step(file->space, handle, hpt_real(step)) != HPT_OK)
        return pass_on(file, p, p->domain.at);
    return HPT_OK;
}

/* ---- rules ---- */

hpt_status hpi_irace_translate(const hpi_irace *file, const hpt_space *space,
                               const bool *is_conditional, const hpi_irace_text *text,
                               const char *what, hpi_rexpr *r) {
    *r = (hpi_rexpr){ .space = space,
                      .is_conditional = is_conditional,
                      .what = what,
                      .line = text->line,
                      .line_number = text->line_number,
                      .text = text->text.at,
                      .bytes = text->text.bytes,
                      .err = file->err };
    return hpi_rexpr_translate(r);
}

/* To who called, an unknown name is one thing that a file says wrong. */
static hpt_status as_invalid(const hpi_irace *file, hpt_status status) {
    if (status != HPT_EABSENT) return status;
    if (file->err) file->err->code = HPT_EINVAL;
    return HPT_EINVAL;
}

/* A condition is the one that is written, and that what the ends of the domain read is active. */
static hpt_status set_condition(const hpi_irace *file, hpt_param handle,
                                const bool *is_conditional) {
    const hpi_irace_param *p = &file->params[handle];
    char                   label[HPI_LABEL_BYTES], what[HPI_LABEL_BYTES + 32];
    hpi_writer             all = { 0 };
    hpi_rexpr              r;
    hpt_status             status = HPT_OK;
    snprintf(what, sizeof what, "parameter \"%s\": condition", hpi_label(label, p->name));
    if (p->condition.bytes > 0) {
        hpi_irace_text text = { p->line, p->line_number, p->condition };
        status = hpi_irace_translate(file, file->space, is_conditional, &text, what, &r);
        if (status != HPT_OK) return as_invalid(file, status);
        if (p->presence) hpi_write(&all, "(");
        hpi_write(&all, r.out);
        if (p->presence) hpi_write(&all, ") and ");
    }
    if (p->presence) hpi_write(&all, p->presence);
    if (all.failed)
        status = out_of_memory(file);
    else if (hpt_space_set_condition(file->space, handle, all.text) != HPT_OK)
        status = pass_on(file, p, p->condition.at ? p->condition.at : p->domain.at);
    hpi_writer_fini(&all);
    return status;
}

/* `name >= lower`, `name <= upper`, or what of that is not said by the range alone. */
static hpt_status add_rules(const hpi_irace *file, const hpi_irace_param *p) {
    static const char *const signs[] = { " >= ", " <= " };
    hpt_status               status = HPT_OK;
    for (int i = 0; i < 2 && status == HPT_OK; i++) {
        hpi_writer rule = { 0 };
        if (!p->rules[i]) continue;
        hpi_write_name(&rule, p->name);
        hpi_write(&rule, signs[i]);
        hpi_write(&rule, p->rules[i]);
        if (rule.failed)
            status = out_of_memory(file);
        else if (hpt_space_add_constraint(file->space, rule.text) != HPT_OK)
            status = pass_on(file, p, p->domain.at);
        hpi_writer_fini(&rule);
    }
    return status;
}

hpt_status hpi_irace_forbid(const hpi_irace *file, const hpi_irace_text *f,
                            const bool *is_conditional) {
    hpi_writer rule = { 0 };
    hpi_rexpr  r;
    hpt_status status =
        hpi_irace_translate(file, file->space, is_conditional, f, "[forbidden]", &r);
    if (status != HPT_OK) return as_invalid(file, status);
    hpi_write(&rule, "not (");
    hpi_write(&rule, r.out);
    hpi_write(&rule, ")");
    if (rule.failed)
        status = out_of_memory(file);
    else if (hpt_space_add_constraint(file->space, rule.text) != HPT_OK)
        status = hpi_irace_refuse(file, file->space->error.code, f->line, f->line_number,
                                  f->text.at, "%s", file->space->error.text);
    hpi_writer_fini(&rule);
    return status;
}

hpt_status hpi_irace_add(const hpi_irace *file, const hpi_irace_param *p) {
    return p->type == 'c' || p->type == 'o' ? read_list(file, p) : add_range(file, p);
}

hpt_status hpi_irace_add_rules(const hpi_irace *file, const bool *is_conditional) {
    hpt_status status = HPT_OK;
    for (uint32_t i = 0; i < file->count && status == HPT_OK; i++)
        if (is_conditional[i]) status = set_condition(file, i, is_conditional);
    for (uint32_t i = 0; i < file->count && status == HPT_OK; i++)
        status = add_rules(file, &file->params[i]);
    return status;
}
