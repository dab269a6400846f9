/* SPDX-License-Identifier: BSD-3-Clause */

/* By recursive descent, in R's precedences (R Language Definition, 3.3):
 *
 *     ^   unary - +   :   %in% %% %/%   * /   + -   == != < <= > >=   !   & &&   | ||
 *
 * which are not those of Python: a * b %% c is a * (b %% c), and a < b < c is an error. The text is
 * written as it is read; an operand that turns out to need brackets gets them put around it.
 *
 * irace keeps the values of categorical and ordinal parameters as texts, and R compares a text and
 * a number as texts. So a constant beside such a parameter becomes what its values are here; an
 * order of texts, which depends on the machine's language there, is refused unless all of them are
 * digits of one length. NA, what an inactive parameter is there, goes through & and | as ABSENT
 * does here. But NA %in% c(...) is FALSE, and so may not be turned by "!". */

#include "space/rparse.h"

#include "space/format.h"

#include <stdio.h>
#include <string.h>

/* ---- %in% ---- */

/* One value of a list, if it can be one of the operand's. */
static void write_item(translator *t, const operand *a, const char *at, hpt_value value,
                       size_t *count) {
    char text[HPI_REAL_BYTES];
    if (t->status != HPT_OK || !hpi_r_fit(t, at, a, &value, text)) return;
    if (*count > 0) hpi_r_write(t, ", ");
    hpi_r_write_literal(t, value);
    ++*count;
}

static bool read_signed(translator *t, hpt_value *value_out) {
    bool is_negative = hpi_r_takes(t, "-");
    if (!hpi_r_read_constant(t, value_out)) {
        if (t->status == HPT_OK) hpi_r_unexpected(t, "a constant");
        return false;
    }
    if (!is_negative) return true;
    if (value_out->type == HPT_TYPE_INT)
        value_out->as.integer *= -1;
    else if (value_out->type == HPT_TYPE_REAL)
        value_out->as.real *= -1;
    else
        hpi_r_fail(t, "\"-\" stands before no number");
    return t->status == HPT_OK;
}

/* A constant, or 2:5. */
static void read_item(translator *t, const operand *a, size_t *count) {
    const char *at = t->word.at;
    hpt_value   value, last;
    if (!read_signed(t, &value)) return;
    if (!hpi_r_takes(t, ":")) {
        write_item(t, a, at, value, count);
        return;
    }
    if (!read_signed(t, &last)) return;
    if (value.type != HPT_TYPE_INT || last.type != HPT_TYPE_INT) {
        hpi_r_fail_at(t, at, HPT_EINVAL, "\":\" is read between integers only");
        return;
    }
    int64_t step = value.as.integer <= last.as.integer ? 1 : -1;
    for (; t->status == HPT_OK; value.as.integer += step) { /* the limit of bytes ends it */
        write_item(t, a, at, value, count);
        if (value.as.integer == last.as.integer) break;
    }
}

operand hpi_r_parse_in(translator *t, operand a, const char *at) {
    size_t  count = 0, end = t->bytes;
    operand result = {
        .start = a.start, .sort = TRUTH, .level = COMPARE, .handle = HPT_PARAM_NONE
    };
    if (a.is_literal) return hpi_r_fail_at(t, at, HPT_EINVAL, "%in% is read behind a parameter");
    if (a.sort != LIST && !hpi_r_is_number(t, at, &a)) return nothing;
    hpi_r_bracket(t, &a, end, COMPARE + 1);
    hpi_r_write(t, " in [");
    if (hpi_r_takes(t, "c")) {
        if (!hpi_r_expect(t, "(")) return nothing;
        do
            read_item(t, &a, &count);
        while (hpi_r_takes(t, ","));
        if (!hpi_r_expect(t, ")")) return nothing;
    } else {
        read_item(t, &a, &count);
    }
    hpi_r_write(t, "]");
    if (t->status == HPT_OK && count == 0)
        return hpi_r_fail_at(t, at, HPT_EINVAL,
                             "none of these can be a value of what stands before %in%");
    result.hides_na =
        a.handle != HPT_PARAM_NONE && t->r->is_conditional && t->r->is_conditional[a.handle];
    return result;
}

/* ---- comparing ---- */

/* A constant becomes what the other operand's values are, from `start` to `end`. */
static bool refit(translator *t, const char *at, operand *a, size_t end, const operand *other) {
    char       text[HPI_REAL_BYTES];
    hpi_writer writer = { 0 };
    if (!a->is_literal || t->status != HPT_OK) return t->status == HPT_OK;
    if (!hpi_r_fit(t, at, other, &a->literal, text)) {
        hpi_r_fail_at(t, at, HPT_EINVAL, "this can be no value of what it is compared with");
        return false;
    }
    hpi_write_literal(&writer, a->literal);
    if (writer.failed)
        t->status = hpi_fail(t->r->err, HPT_ENOMEM, "out of memory for an expression");
    else
        hpi_r_splice(t, a->start, end - a->start, writer.text);
    hpi_writer_fini(&writer);
    a->sort = a->literal.type == HPT_TYPE_TEXT ? TEXT : NUMBER;
    return t->status == HPT_OK;
}

/* Whether both can be compared here as R does it. */
static bool is_comparable(translator *t, const char *at, const operand *a, const operand *b,
                          bool is_order) {
    const operand *list = a->sort == LIST ? a : b, *other = a->sort == LIST ? b : a;
    if (a->hides_na || b->hides_na) {
        hpi_r_fail_at(t, at, HPT_EINVAL, "%in% of a conditional parameter cannot be compared");
    } else if (list->sort == LIST) {
        const param *p = &t->r->space->params[list->handle];
        if (is_order && !(other->is_literal && hpi_r_has_certain_order(p, other->literal)))
            hpi_r_fail_about(
                t, at, list->handle,
                "is a text to irace, whose order depends on the machine's language: write "
                "as.numeric()");
        else if (other->sort == LIST &&
                 hpi_r_is_text_list(p) != hpi_r_is_text_list(&t->r->space->params[other->handle]))
            hpi_r_fail_about(t, at, list->handle, "is compared with a parameter of other values");
    }
    return t->status == HPT_OK;
}

static const char *comparison_at(const translator *t) {
    static const char *const signs[] = { "==", "!=", "<=", ">=", "<", ">" };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (hpi_r_is_word(t, signs[i])) return signs[i];
    return NULL;
}

static operand parse_comparison(translator *t) {
    const char *at = t->word.at;
    operand     a = hpi_r_parse_sum(t);
    const char *sign = comparison_at(t);
    if (t->status != HPT_OK || !sign) return a;
    hpi_r_advance(t);
    const char *right = t->word.at;
    operand     b = hpi_r_parse_sum(t);
    if (t->status != HPT_OK) return nothing;
    if (a.is_literal && b.is_literal)
        return hpi_r_fail_at(t, at, HPT_EINVAL, "it compares two constants");
    if (!refit(t, right, &b, t->bytes, &a)) return nothing;
    size_t before = t->bytes, middle = b.start;
    if (!refit(t, at, &a, middle, &b)) return nothing;
    middle += t->bytes - before;
    bool is_order = sign[0] == '<' || sign[0] == '>';
    if (!is_comparable(t, at, &a, &b, is_order)) return nothing;
    b.start = middle;
    operand both = hpi_r_join_numbers(t, a, b, sign, COMPARE);
    both.sort = TRUTH;
    both.is_integral = false;
    if (comparison_at(t)) return hpi_r_unexpected(t, "\"&\", \"|\" or the end");
    return both;
}

/* ---- truth ---- */

static bool is_truth(translator *t, const char *at, const operand *a) {
    if (t->status != HPT_OK) return false;
    if (a->sort == LIST)
        hpi_r_fail_about(t, at, a->handle, "is a text to irace, and neither true nor false");
    else if (a->sort == TEXT)
        hpi_r_fail_at(t, at, HPT_EINVAL, "a text is neither true nor false");
    return t->status == HPT_OK;
}

static operand parse_not(translator *t) {
    size_t start = t->bytes;
    if (!hpi_r_takes(t, "!")) return parse_comparison(t);
    const char *at = t->word.at;
    if (!hpi_r_goes_deeper(t)) return nothing;
    operand a = parse_not(t);
    t->depth--;
    if (!is_truth(t, at, &a)) return nothing;
    if (a.hides_na)
        return hpi_r_fail_at(
            t, at, HPT_EINVAL,
            "%in% of a conditional parameter is FALSE, not NA, where that is inactive, "
            "which \"!\" would make true: write != for each value");
    hpi_r_bracket(t, &a, t->bytes, NOT);
    hpi_r_splice(t, start, 0, "not ");
    return (operand){ .start = start, .sort = TRUTH, .level = NOT, .handle = HPT_PARAM_NONE };
}

static operand join_truths(translator *t, bool is_or) {
    const char *at = t->word.at;
    operand     a = is_or ? join_truths(t, false) : parse_not(t);
    while (t->status == HPT_OK && (is_or ? hpi_r_is_word(t, "|") || hpi_r_is_word(t, "||")
                                         : hpi_r_is_word(t, "&") || hpi_r_is_word(t, "&&"))) {
        hpi_r_advance(t);
        const char *right = t->word.at;
        operand     b = is_or ? join_truths(t, false) : parse_not(t);
        if (!is_truth(t, at, &a) || !is_truth(t, right, &b)) return nothing;
        bool hides_na = a.hides_na || b.hides_na;
        a = hpi_r_join_numbers(t, a, b, is_or ? "or" : "and", is_or ? OR : AND);
        a.sort = TRUTH;
        a.is_integral = false;
        a.hides_na = hides_na;
    }
    return a;
}

operand hpi_r_parse_or(translator *t) {
    return join_truths(t, true);
}

/* ---- the whole ---- */

hpt_status hpi_rexpr_translate(hpi_rexpr *r) {
    translator t = { .r = r };
    r->out[0] = r->unknown[0] = '\0';
    t.word = hpi_r_scan(r->text, r->text + r->bytes);
    if (r->bytes > HPI_EXPR_BYTES_MAX)
        hpi_r_fail_at(&t, r->text, HPT_ELIMIT, "it is longer than 4095 bytes");
    operand all = hpi_r_parse_or(&t);
    if (t.status == HPT_OK && t.word.kind != END) hpi_r_unexpected(&t, "an operator or the end");
    is_truth(&t, r->text, &all);
    r->is_integral = all.is_integral;
    return t.status;
}

/* ---- bounds ---- */

static hpi_hull hull_of(hpt_value value) {
    return hpi_hull_of(hpi_datum_of(value));
}

static void load_all(void *context, hpt_param handle, hpi_hull *hull_out) {
    const hpt_space *space = context;
    const param     *p = &space->params[handle];
    if (hpi_is_range(p)) {
        *hull_out =
            hpi_hull_join(hull_of(hpi_param_value(p, p->min)), hull_of(hpi_param_value(p, p->max)));
        return;
    }
    *hull_out = hull_of(p->values[0]);
    for (uint32_t i = 1; i < p->value_count; i++)
        *hull_out = hpi_hull_join(*hull_out, hull_of(p->values[i]));
}

hpt_status hpi_rexpr_bounds(const hpt_space *space, const char *text, hpi_hull *hull_out) {
    hpi_expr   expr;
    hpt_status status = hpi_expr_compile(&expr, space, text, NULL);
    if (status != HPT_OK) return status;
    *hull_out = hpi_hull_eval(&expr, load_all, (void *)space);
    hpi_expr_fini(&expr);
    return HPT_OK;
}
