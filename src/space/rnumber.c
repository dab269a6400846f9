/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/rparse.h"

#include <stdio.h>
#include <string.h>

/* ---- operands ---- */

/* An operand of arithmetic. */
bool hpi_r_is_number(translator *t, const char *at, const operand *a) {
    if (t->status != HPT_OK) return false;
    if (a->sort == LIST) {
        hpi_r_fail_about(t, at, a->handle,
                         "is a text to irace and cannot be computed with: write as.numeric()");
        return false;
    }
    if (a->sort == TEXT) hpi_r_fail_at(t, at, HPT_EINVAL, "a text cannot be computed with");
    if (a->hides_na)
        hpi_r_fail_at(t, at, HPT_EINVAL, "%in% of a conditional parameter cannot be computed with");
    return t->status == HPT_OK;
}

/* Digits as a number; R's 5L is 5. */
static bool read_digits(translator *t, hpt_value *value_out) {
    char   text[64];
    size_t bytes = t->word.bytes;
    if (bytes > 1 && t->word.at[bytes - 1] == 'L') bytes--;
    *value_out = hpt_int(0);
    if (bytes >= sizeof text) return false;
    memcpy(text, t->word.at, bytes);
    text[bytes] = '\0';
    if (bytes > 1 && text[bytes - 1] == '.') text[--bytes] = '\0';
    if (hpi_read_int(text, bytes, &value_out->as.integer)) return true;
    *value_out = hpt_real(0);
    if (text[0] == '.') { /* JSON's numbers begin with a digit */
        memmove(text + 1, text, bytes + 1);
        text[0] = '0';
        bytes++;
    }
    return bytes < sizeof text && hpi_read_real(text, bytes, &value_out->as.real);
}

/* A quoted text, which is kept: all together are shorter than the expression. */
static const char *read_quoted(translator *t) {
    char *text = t->texts + t->text_bytes;
    for (size_t i = 1; i + 1 < t->word.bytes; i++) {
        if (t->word.at[i] == '\\' && !strchr("\\'\"", t->word.at[++i])) {
            hpi_r_fail(t, "of a backslash's escapes only \\\\, \\' and \\\" are read");
            return "";
        }
        t->texts[t->text_bytes++] = t->word.at[i];
    }
    t->texts[t->text_bytes++] = '\0';
    return text;
}

static bool has_param(const translator *t, const char *name) {
    return hpt_space_find(t->r->space, name) != HPT_PARAM_NONE;
}

/* A constant at the next word; false: there is none, or it failed. */
bool hpi_r_read_constant(translator *t, hpt_value *value_out) {
    bool is_true = hpi_r_is_word(t, "TRUE") || (hpi_r_is_word(t, "T") && !has_param(t, "T"));
    bool is_false = hpi_r_is_word(t, "FALSE") || (hpi_r_is_word(t, "F") && !has_param(t, "F"));
    if (t->word.kind == DIGITS) {
        if (!read_digits(t, value_out))
            hpi_r_fail(t, "this is no number (decimal, as 12, 0.5 or 1e-3)");
    } else if (is_true || is_false) {
        *value_out = hpt_bool(is_true);
    } else if (t->word.kind == QUOTED && *t->word.at != '`') {
        *value_out = hpt_text(read_quoted(t));
    } else {
        return false;
    }
    if (t->status == HPT_OK) hpi_r_advance(t);
    return t->status == HPT_OK;
}

static operand parse_param(translator *t) {
    char    name[sizeof t->r->unknown];
    operand a = nothing;
    bool    is_quoted = t->word.kind == QUOTED;
    size_t  bytes = t->word.bytes - (is_quoted ? 2 : 0);
    if (bytes >= sizeof name) return hpi_r_fail(t, "this is too long for a name");
    memcpy(name, t->word.at + is_quoted, bytes);
    name[bytes] = '\0';
    a.start = t->bytes;
    a.handle = hpt_space_find(t->r->space, name);
    if (a.handle == HPT_PARAM_NONE) {
        char label[HPI_LABEL_BYTES], problem[HPI_LABEL_BYTES + 48];
        snprintf(problem, sizeof problem, "there is no parameter \"%s\"", hpi_label(label, name));
        hpi_r_fail_at(t, t->word.at, HPT_EABSENT, problem);
        if (t->status == HPT_EABSENT) hpi_space_suggest(t->r->space, name, t->r->err);
        memcpy(t->r->unknown, name, sizeof name);
        return nothing;
    }
    const param *p = &t->r->space->params[a.handle];
    a.sort = hpi_is_range(p) ? NUMBER : LIST;
    a.is_integral = p->kind == HPT_KIND_INT;
    hpi_r_write_name(t, a.handle);
    hpi_r_advance(t);
    return a;
}

/* Goes one level deeper; who gets true goes back by t->depth--. */
bool hpi_r_goes_deeper(translator *t) {
    if (t->depth < DEPTH_MAX) return ++t->depth;
    hpi_r_fail_at(t, t->word.at, HPT_ELIMIT, "it is nested too deeply (limit 48)");
    return false;
}

/* as.numeric() of a list whose values are numbers. */
static operand parse_conversion(translator *t, const char *at) {
    operand a = hpi_r_parse_or(t);
    if (!hpi_r_expect(t, ")")) return nothing;
    if (a.sort != LIST)
        return hpi_r_fail_at(t, at, HPT_EINVAL, "as.numeric() is read of a parameter only");
    const param *p = &t->r->space->params[a.handle];
    if (hpi_r_is_text_list(p))
        return hpi_r_fail_about(t, at, a.handle, "has values that are no numbers");
    a.is_integral = true;
    for (uint32_t i = 0; i < p->value_count; i++)
        a.is_integral = a.is_integral && p->values[i].type == HPT_TYPE_INT;
    a.sort = NUMBER;
    a.handle = HPT_PARAM_NONE;
    return a;
}

static operand parse_call(translator *t, const char *at, const char *name) {
    operand all = nothing;
    int     count = 0;
    bool    is_many = name[0] == 'm', is_rounding = !is_many && name[0] != 'a';
    all.start = t->bytes;
    all.is_integral = true;
    hpi_r_write(t, name);
    hpi_r_write(t, "(");
    do {
        const char *where = t->word.at;
        if (count > 0) hpi_r_write(t, ", ");
        operand a = hpi_r_parse_or(t);
        if (!hpi_r_is_number(t, where, &a)) return nothing;
        all.is_integral = all.is_integral && a.is_integral;
        count++;
    } while (hpi_r_takes(t, ","));
    if (!hpi_r_expect(t, ")")) return nothing;
    hpi_r_write(t, ")");
    if (is_many ? count < 2 : count != 1)
        return hpi_r_fail_at(t, at, HPT_EINVAL,
                             is_many ? "min() and max() are read of at least two numbers"
                                     : "this function takes one number");
    all.is_integral = all.is_integral || is_rounding;
    return all;
}

/* Over a function's name and "(". */
static operand parse_behind(translator *t, const char *at, const char *name) {
    if (!hpi_r_goes_deeper(t)) return nothing;
    hpi_r_advance(t);
    hpi_r_advance(t);
    operand a = name ? parse_call(t, at, name) : parse_conversion(t, at);
    t->depth--;
    return a;
}

static operand parse_name(translator *t) {
    static const char *const calls[][2] = { { "abs", "abs" },
                                            { "ceiling", "ceil" },
                                            { "floor", "floor" },
                                            { "max", "max" },
                                            { "min", "min" } };
    word                     name = t->word;
    const char              *end = t->r->text + t->r->bytes;
    word                     next = hpi_r_scan(name.at + name.bytes, end);
    if (name.kind == QUOTED || next.kind != SYMBOL || next.bytes != 1 || *next.at != '(')
        return parse_param(t);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!hpi_r_is_word(t, calls[i][0])) continue;
        return parse_behind(t, name.at, calls[i][1]);
    }
    if (!hpi_r_is_word(t, "as.numeric"))
        return hpi_r_fail(
            t, "of R's functions abs, as.numeric, ceiling, floor, max and min are read, and "
               "c behind %in%");
    return parse_behind(t, name.at, NULL);
}

static operand parse_primary(translator *t) {
    operand a = nothing;
    a.start = t->bytes;
    if (hpi_r_takes(t, "(")) {
        if (!hpi_r_goes_deeper(t)) return nothing;
        a = hpi_r_parse_or(t);
        t->depth--;
        return hpi_r_expect(t, ")") ? a : nothing;
    }
    if (hpi_r_read_constant(t, &a.literal)) {
        a.is_literal = true;
        a.sort = a.literal.type == HPT_TYPE_TEXT   ? TEXT
                 : a.literal.type == HPT_TYPE_BOOL ? TRUTH
                                                   : NUMBER;
        a.is_integral = a.literal.type == HPT_TYPE_INT;
        hpi_r_write_literal(t, a.literal);
        return a;
    }
    if (t->status != HPT_OK) return nothing;
    if (t->word.kind == NAME || (t->word.kind == QUOTED && *t->word.at == '`'))
        return parse_name(t);
    if (t->word.kind == WRONG) return hpi_r_unexpected(t, "a word of R that is read here");
    return hpi_r_unexpected(t, "a parameter, a number or a text");
}

/* ---- arithmetic ---- */

/* What is written from `start` on may be; false, and it failed: that cannot be said. */
static bool bounds_from(translator *t, const operand *a, hpi_hull *hull_out) {
    if (t->status != HPT_OK) return false;
    hpt_status status = hpi_rexpr_bounds(t->r->space, t->r->out + a->start, hull_out);
    if (status == HPT_ENOMEM)
        t->status = hpi_fail(t->r->err, HPT_ENOMEM, "out of memory for an expression");
    else if (status != HPT_OK)
        hpi_r_fail_at(t, t->r->text, HPT_EINVAL, "its types do not go together");
    return status == HPT_OK;
}

/* By zero R gives Inf, and we nothing. */
static bool is_divisor(translator *t, const char *at, const operand *b) {
    hpi_hull hull;
    if (!bounds_from(t, b, &hull)) return false;
    if (hull.may == HPI_MAY_NUMBER && (hull.lo > 0 || hull.hi < 0)) return true;
    hpi_r_fail_at(t, at, HPT_EINVAL,
                  "the divisor may be 0, where R has Inf and a constraint no value");
    return false;
}

/* One operation of arithmetic on what is written, whose right part begins at `middle`. */
operand hpi_r_join_numbers(translator *t, operand a, operand b, const char *sign, int level) {
    char   text[8];
    size_t middle = b.start;
    bool   is_power = level == POWER;
    hpi_r_bracket(t, &b, t->bytes, is_power ? SIGN : level + 1);
    snprintf(text, sizeof text, " %s ", sign);
    hpi_r_splice(t, middle, 0, text);
    hpi_r_bracket(t, &a, middle, is_power ? ATOM : level == COMPARE ? SUM : level);
    operand both = nothing;
    both.start = a.start;
    both.level = level;
    both.is_integral = a.is_integral && b.is_integral && *sign != '/' && !is_power;
    return both;
}

/* R's ^ of anything but natural exponents, or of what is positive, may be NaN or Inf. */
static bool is_tame_power(translator *t, const operand *a, size_t middle, const operand *b) {
    hpi_hull hull = { 0 };
    char     saved = t->r->out[middle];
    if (b->is_literal && b->literal.type == HPT_TYPE_INT && b->literal.as.integer >= 0) return true;
    t->r->out[middle] = '\0';
    bool is_known = bounds_from(t, a, &hull);
    t->r->out[middle] = saved;
    return is_known && hull.may == HPI_MAY_NUMBER && hull.lo > 0;
}

static operand parse_power(translator *t) {
    const char *at = t->word.at;
    operand     a = parse_primary(t);
    const char *sign = t->word.at;
    if (!hpi_r_takes(t, "^")) return a;
    if (!hpi_r_is_number(t, at, &a)) return nothing;
    at = t->word.at;
    if (!hpi_r_goes_deeper(t)) return nothing;
    size_t  middle = t->bytes;
    operand b = hpi_r_parse_sign(t);
    t->depth--;
    if (!hpi_r_is_number(t, at, &b)) return nothing;
    if (!is_tame_power(t, &a, middle, &b))
        return hpi_r_fail_at(
            t, sign, HPT_EINVAL,
            "\"^\" is read of positive numbers, or with a natural number behind it");
    return hpi_r_join_numbers(t, a, b, "**", POWER);
}

operand hpi_r_parse_sign(translator *t) {
    const char *at = t->word.at;
    size_t      start = t->bytes;
    while (hpi_r_takes(t, "+")) /* changes nothing */
        at = t->word.at;
    if (!hpi_r_takes(t, "-")) return parse_power(t);
    if (!hpi_r_goes_deeper(t)) return nothing;
    operand a = hpi_r_parse_sign(t);
    t->depth--;
    if (!hpi_r_is_number(t, at, &a)) return nothing;
    if (a.is_literal && a.literal.type == HPT_TYPE_INT)
        a.literal.as.integer *= -1;
    else if (a.is_literal && a.literal.type == HPT_TYPE_REAL)
        a.literal.as.real *= -1;
    else
        a.is_literal = false;
    hpi_r_bracket(t, &a, t->bytes, SIGN);
    hpi_r_splice(t, start, 0, "-");
    a.start = start;
    a.level = SIGN;
    a.sort = NUMBER;
    a.handle = HPT_PARAM_NONE;
    return a;
}

static operand parse_special(translator *t) {
    const char *at = t->word.at;
    operand     a = hpi_r_parse_sign(t);
    while (t->status == HPT_OK) {
        bool is_modulo = hpi_r_is_word(t, "%%");
        if (hpi_r_takes(t, "%in%")) {
            a = hpi_r_parse_in(t, a, at);
            continue;
        }
        if (!is_modulo && !hpi_r_is_word(t, "%/%")) break;
        hpi_r_advance(t);
        const char *right = t->word.at;
        operand     b = hpi_r_parse_sign(t);
        if (!hpi_r_is_number(t, at, &a) || !hpi_r_is_number(t, right, &b) ||
            !is_divisor(t, right, &b))
            return nothing;
        a = hpi_r_join_numbers(t, a, b, is_modulo ? "%" : "//", PRODUCT);
        if (!is_modulo) a.is_integral = true;
    }
    return a;
}

static operand parse_product(translator *t) {
    const char *at = t->word.at;
    operand     a = parse_special(t);
    while (t->status == HPT_OK && (hpi_r_is_word(t, "*") || hpi_r_is_word(t, "/"))) {
        bool is_division = hpi_r_is_word(t, "/");
        hpi_r_advance(t);
        const char *right = t->word.at;
        operand     b = parse_special(t);
        if (!hpi_r_is_number(t, at, &a) || !hpi_r_is_number(t, right, &b)) return nothing;
        if (is_division && !is_divisor(t, right, &b)) return nothing;
        a = hpi_r_join_numbers(t, a, b, is_division ? "/" : "*", PRODUCT);
    }
    return a;
}

operand hpi_r_parse_sum(translator *t) {
    const char *at = t->word.at;
    operand     a = parse_product(t);
    while (t->status == HPT_OK && (hpi_r_is_word(t, "+") || hpi_r_is_word(t, "-"))) {
        bool is_plus = hpi_r_is_word(t, "+");
        hpi_r_advance(t);
        const char *right = t->word.at;
        operand     b = parse_product(t);
        if (!hpi_r_is_number(t, at, &a) || !hpi_r_is_number(t, right, &b)) return nothing;
        a = hpi_r_join_numbers(t, a, b, is_plus ? "+" : "-", SUM);
    }
    return a;
}
