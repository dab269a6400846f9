/* SPDX-License-Identifier: BSD-3-Clause */

/* Interval arithmetic (Moore, Interval Analysis, 1966). Rounding is monotonic, so an end computed
 * as eval.c computes bounds what it computes from within; only integers above 2^53, which are exact
 * there and not here, need a wider hull. */

#include "space/hull.h"

#include <math.h>
#include <string.h>

static double widened(double value, double towards) {
    return fabs(value) < 0x1p53 ? value : nextafter(value, towards);
}

/* Everything works in place, field by field: copies of whole hulls take most of the time otherwise,
 * as a processor waits where it reads at once what was written in pieces. */
static void set_number(hpi_hull *hull, double lo, double hi, unsigned may) {
    if (isnan(lo) || isnan(hi)) lo = -INFINITY, hi = INFINITY;
    hull->lo = widened(lo, -INFINITY);
    hull->hi = widened(hi, INFINITY);
    hull->may = (uint8_t)(may | HPI_MAY_NUMBER);
}

static void set_constant(hpi_hull *hull, hpi_datum datum) {
    hull->text = NULL;
    switch (datum.sort) {
    case HPI_SORT_INT:
        set_number(hull, (double)datum.as.integer, (double)datum.as.integer, 0);
        return;
    case HPI_SORT_REAL:
        hull->lo = hull->hi = datum.as.real;
        hull->may = HPI_MAY_NUMBER;
        return;
    case HPI_SORT_TEXT:
        hull->text = datum.as.text;
        hull->may = HPI_MAY_TEXT;
        return;
    case HPI_SORT_NULL:
        hull->may = HPI_MAY_NULL;
        return;
    case HPI_SORT_ABSENT:
        hull->may = HPI_MAY_ABSENT;
        return;
    case HPI_SORT_BROKEN:
        break;
    }
    hull->may = HPI_MAY_BROKEN;
}

hpi_hull hpi_hull_of(hpi_datum datum) {
    hpi_hull hull = { 0 };
    set_constant(&hull, datum);
    return hull;
}

hpi_hull hpi_hull_join(hpi_hull a, hpi_hull b) {
    hpi_hull both = { .may = a.may | b.may };
    bool     in_a = a.may & HPI_MAY_NUMBER, in_b = b.may & HPI_MAY_NUMBER;
    both.lo = !in_b ? a.lo : !in_a ? b.lo : fmin(a.lo, b.lo);
    both.hi = !in_b ? a.hi : !in_a ? b.hi : fmax(a.hi, b.hi);
    bool text_a = a.may & HPI_MAY_TEXT, text_b = b.may & HPI_MAY_TEXT;
    if (text_a != text_b)
        both.text = text_a ? a.text : b.text;
    else if (text_a && a.text && b.text && strcmp(a.text, b.text) == 0)
        both.text = a.text;
    return both;
}

/* ---- truth: which of four answers are possible ---- */

enum { FALSE = 1, TRUE = 2, ABSENT = 4, BROKEN = 8 };

static unsigned answers(const hpi_hull *hull) {
    unsigned set = 0;
    if ((hull->may & HPI_MAY_NUMBER) && (hull->lo != 0 || hull->hi != 0)) set |= TRUE;
    if ((hull->may & HPI_MAY_NUMBER) && hull->lo <= 0 && hull->hi >= 0) set |= FALSE;
    if (hull->may & HPI_MAY_ABSENT) set |= ABSENT;
    if (hull->may & (HPI_MAY_BROKEN | HPI_MAY_TEXT | HPI_MAY_NULL)) set |= BROKEN;
    return set;
}

static void set_truth(hpi_hull *hull, unsigned set) {
    unsigned may = 0;
    if (set & (FALSE | TRUE)) may |= HPI_MAY_NUMBER;
    if (set & ABSENT) may |= HPI_MAY_ABSENT;
    if (set & BROKEN) may |= HPI_MAY_BROKEN;
    hull->lo = set & FALSE ? 0 : 1;
    hull->hi = set & TRUE ? 1 : 0;
    hull->may = (uint8_t)may;
}

bool hpi_hull_may_be_true(hpi_hull hull) {
    return answers(&hull) & TRUE;
}

bool hpi_hull_may_be_untrue(hpi_hull hull) {
    return answers(&hull) & ~(unsigned)TRUE;
}

/* `decides` is the answer of one operand that makes it the answer of all. */
static void join_truths(hpi_hull *a, const hpi_hull *b, unsigned decides) {
    unsigned x = answers(a), y = answers(b), neutral = (FALSE | TRUE) ^ decides, set = 0;
    set |= (x | y) & decides;
    if (x & y & neutral) set |= neutral;
    if ((x & ABSENT && y & ~decides) || (y & ABSENT && x & ~decides)) set |= ABSENT;
    if ((x & BROKEN && y & (neutral | BROKEN)) || (y & BROKEN && x & (neutral | BROKEN)))
        set |= BROKEN;
    set_truth(a, set);
}

/* ---- one number: what becomes of `a` ---- */

typedef void unary(hpi_hull *a);
typedef void binary(hpi_hull *a, const hpi_hull *b);

static void negate(hpi_hull *a) {
    set_number(a, -a->hi, -a->lo, 0);
}

static void absolute(hpi_hull *a) {
    double least = a->lo > 0 ? a->lo : a->hi < 0 ? -a->hi : 0;
    set_number(a, least, fmax(-a->lo, a->hi), 0);
}

static void lower(hpi_hull *a) {
    set_number(a, floor(a->lo), floor(a->hi), 0);
}

static void upper(hpi_hull *a) {
    set_number(a, ceil(a->lo), ceil(a->hi), 0);
}

/* ---- two numbers: what becomes of `a` with `b` ---- */

static void least(hpi_hull *a, const hpi_hull *b) {
    set_number(a, fmin(a->lo, b->lo), fmin(a->hi, b->hi), 0);
}

static void most(hpi_hull *a, const hpi_hull *b) {
    set_number(a, fmax(a->lo, b->lo), fmax(a->hi, b->hi), 0);
}

static void add(hpi_hull *a, const hpi_hull *b) {
    set_number(a, a->lo + b->lo, a->hi + b->hi, 0);
}

static void subtract(hpi_hull *a, const hpi_hull *b) {
    set_number(a, a->lo - b->hi, a->hi - b->lo, 0);
}

/* An operation that is monotonic in each operand has its extremes at the corners. */
static void corners(double of(double, double), hpi_hull *a, const hpi_hull *b) {
    double at[] = { of(a->lo, b->lo), of(a->lo, b->hi), of(a->hi, b->lo), of(a->hi, b->hi) };
    double lo = at[0], hi = at[0];
    for (int i = 0; i < 4; i++) {
        if (isnan(at[i])) {
            set_number(a, -INFINITY, INFINITY, HPI_MAY_BROKEN);
            return;
        }
        lo = fmin(lo, at[i]);
        hi = fmax(hi, at[i]);
    }
    set_number(a, lo, hi, 0);
}

static double product(double a, double b) {
    return a * b;
}

static double quotient(double a, double b) {
    return a / b;
}

static void multiply(hpi_hull *a, const hpi_hull *b) {
    corners(product, a, b);
}

static bool has_zero(const hpi_hull *a) {
    return a->lo <= 0 && a->hi >= 0;
}

static void divide(hpi_hull *a, const hpi_hull *b) {
    if (b->lo == 0 && b->hi == 0)
        a->may = HPI_MAY_BROKEN;
    else if (has_zero(b))
        set_number(a, -INFINITY, INFINITY, HPI_MAY_BROKEN);
    else
        corners(quotient, a, b);
}

/* Some products and roundings lie between this and what eval.c gets. */
static void loosen(hpi_hull *a) {
    if (a->lo == a->hi && a->lo == floor(a->lo) && fabs(a->lo) < 0x1p53) return;
    set_number(a, a->lo - 1e-12 * fabs(a->lo), a->hi + 1e-12 * fabs(a->hi), a->may);
}

static bool is_whole(const hpi_hull *a) {
    return a->lo == floor(a->lo) && a->hi == floor(a->hi) && fmax(-a->lo, a->hi) < 0x1p53;
}

/* A quotient may round up to the next integer, where the remainder says one less; not one of
 * integers that are exact. */
static void floor_divide(hpi_hull *a, const hpi_hull *b) {
    double slack = is_whole(a) && is_whole(b) ? 0 : 1;
    divide(a, b);
    if (!(a->may & HPI_MAY_NUMBER)) return;
    bool is_large = !(fabs(a->lo) < 0x1p52 && fabs(a->hi) < 0x1p52);
    set_number(a, floor(a->lo) - slack, floor(a->hi), a->may);
    if (is_large) loosen(a);
}

/* The sign is the divisor's. */
static void modulo(hpi_hull *a, const hpi_hull *b) {
    bool is_exact = a->lo == a->hi && b->lo == b->hi;
    if (b->lo == 0 && b->hi == 0) {
        a->may = HPI_MAY_BROKEN;
    } else if (is_exact && a->lo >= 0 && b->lo > 0 && isfinite(a->lo) && isfinite(b->lo)) {
        set_number(a, fmod(a->lo, b->lo), fmod(a->lo, b->lo), 0);
    } else if (!(a->lo >= 0 && b->lo > a->hi)) {
        double hi = a->lo >= 0 ? fmin(fmax(b->hi, 0), a->hi) : fmax(b->hi, 0);
        if (b->lo < 0) hi = fmax(b->hi, 0);
        set_number(a, fmin(b->lo, 0), hi, has_zero(b) ? HPI_MAY_BROKEN : 0);
    }
}

static void power(hpi_hull *a, const hpi_hull *b) {
    bool is_natural = b->lo == b->hi && b->lo >= 0 && b->lo == floor(b->lo);
    bool is_positive = a->lo > 0 || (a->lo >= 0 && b->lo >= 0);
    if (!is_positive && (!is_natural || !isfinite(a->lo) || !isfinite(a->hi))) {
        set_number(a, -INFINITY, INFINITY, HPI_MAY_BROKEN);
        return;
    }
    if (!is_positive && fmod(b->lo, 2) == 0) absolute(a);
    corners(pow, a, b);
    loosen(a);
}

/* ---- comparing ---- */

static unsigned less(const hpi_hull *a, const hpi_hull *b) {
    return (a->lo < b->hi ? TRUE : 0u) | (a->hi >= b->lo ? FALSE : 0u);
}

static unsigned turned(unsigned set) {
    return (set & TRUE ? FALSE : 0u) | (set & FALSE ? TRUE : 0u);
}

static unsigned equal(const hpi_hull *a, const hpi_hull *b) {
    unsigned set = a->lo <= b->hi && b->lo <= a->hi ? TRUE : 0u;
    bool     is_same = a->lo == a->hi && b->lo == b->hi && a->lo == b->lo;
    return set | (is_same ? 0u : FALSE);
}

/* Of an order, as strcmp() gives it. */
static unsigned by_order(hpi_op op, int order) {
    bool holds = op == HPI_OP_LESS            ? order < 0
                 : op == HPI_OP_LESS_EQUAL    ? order <= 0
                 : op == HPI_OP_GREATER       ? order > 0
                 : op == HPI_OP_GREATER_EQUAL ? order >= 0
                 : op == HPI_OP_EQUAL         ? order == 0
                                              : order != 0;
    return holds ? TRUE : FALSE;
}

static unsigned of_numbers(hpi_op op, const hpi_hull *a, const hpi_hull *b) {
    switch (op) {
    case HPI_OP_LESS:
        return less(a, b);
    case HPI_OP_GREATER:
        return less(b, a);
    case HPI_OP_LESS_EQUAL:
        return turned(less(b, a));
    case HPI_OP_GREATER_EQUAL:
        return turned(less(a, b));
    case HPI_OP_EQUAL:
        return equal(a, b);
    default:
        return turned(equal(a, b));
    }
}

enum { KINDS = HPI_MAY_NUMBER | HPI_MAY_TEXT | HPI_MAY_NULL };

static unsigned compare(hpi_op op, const hpi_hull *a, const hpi_hull *b) {
    unsigned x = a->may & KINDS, y = b->may & KINDS, set = 0;
    bool     is_equality = op == HPI_OP_EQUAL || op == HPI_OP_UNEQUAL;
    bool     may_differ = x && y && ((x | y) & ((x | y) - 1)); /* in kind */
    if (x & y & HPI_MAY_NUMBER) set |= of_numbers(op, a, b);
    if (x & y & HPI_MAY_TEXT)
        set |=
            a->text && b->text ? by_order(op, strcmp(a->text, b->text)) : (unsigned)(TRUE | FALSE);
    if (x & y & HPI_MAY_NULL) set |= is_equality ? by_order(op, 0) : (unsigned)BROKEN;
    if (may_differ) set |= is_equality ? by_order(op, 1) : (unsigned)BROKEN;
    return set;
}

/* ---- the program ---- */

#define HPI_ROW(name, function) [HPI_OP_##name] = function,
static unary *const  unaries[HPI_OP_COUNT] = { HPI_UNARY_LIST(HPI_ROW) };
static binary *const binaries[HPI_OP_COUNT] = { HPI_BINARY_LIST(HPI_ROW) };
#undef HPI_ROW

/* What operands that are no numbers add to the answer of an arithmetic operation. */
static unsigned unusable(unsigned may) {
    unsigned wrong = may & (HPI_MAY_TEXT | HPI_MAY_NULL | HPI_MAY_BROKEN);
    return (may & HPI_MAY_ABSENT) | (wrong ? HPI_MAY_BROKEN : 0u);
}

/* What overflows is infinite, and of infinities a difference, a quotient, a remainder or a product
 * with 0 is no number. */
static unsigned endless(const hpi_hull *a) {
    bool is_endless = (a->may & HPI_MAY_NUMBER) && (isinf(a->lo) || isinf(a->hi));
    return is_endless ? HPI_MAY_BROKEN : 0u;
}

static void apply_unary(hpi_op op, hpi_hull *a) {
    unsigned rest = unusable(a->may);
    if (!(a->may & HPI_MAY_NUMBER))
        a->may = 0;
    else if (op == HPI_OP_NOT)
        set_truth(a, turned(answers(a)));
    else
        unaries[op](a);
    a->may |= (uint8_t)rest;
}

static void apply_binary(hpi_op op, hpi_hull *a, const hpi_hull *b) {
    unsigned either = a->may | b->may, rest = unusable(either);
    if (op == HPI_OP_AND || op == HPI_OP_OR) {
        join_truths(a, b, op == HPI_OP_AND ? FALSE : TRUE);
        return;
    }
    if (op >= HPI_OP_LESS && op <= HPI_OP_UNEQUAL) {
        set_truth(a, compare(op, a, b));
        rest = either & (HPI_MAY_ABSENT | HPI_MAY_BROKEN);
    } else if (a->may & b->may & HPI_MAY_NUMBER) {
        rest |= endless(a) | endless(b);
        binaries[op](a, b);
    } else {
        a->may = 0;
    }
    a->may |= (uint8_t)rest;
}

static void be_among(hpi_hull *a, const hpi_datum *constants, uint32_t count) {
    unsigned set = a->may & KINDS ? FALSE : 0u, rest = a->may & (HPI_MAY_ABSENT | HPI_MAY_BROKEN);
    for (uint32_t i = 0; i < count; i++) {
        hpi_hull constant;
        set_constant(&constant, constants[i]);
        unsigned one = compare(HPI_OP_EQUAL, a, &constant);
        set |= one & TRUE;
        if (one == TRUE) set &= ~(unsigned)FALSE, i = count - 1;
    }
    set_truth(a, set);
    a->may |= (uint8_t)rest;
}

hpi_hull hpi_hull_eval(const hpi_expr *expr, hpi_hull_load *load, void *context) {
    hpi_hull stack[HPI_EXPR_STACK_MAX], *top = stack; /* the next free one */
    for (const hpi_step *step = expr->steps; step < expr->steps + expr->step_count; step++) {
        hpi_op op = step->op;
        if (op == HPI_OP_PARAM) {
            load(context, step->index, top++);
        } else if (op == HPI_OP_CONSTANT) {
            set_constant(top++, expr->constants[step->index]);
        } else if (op == HPI_OP_IN) {
            be_among(&top[-1], expr->constants + step->index, step->count);
        } else if (hpi_op_operands(op) == 1) {
            apply_unary(op, &top[-1]);
        } else {
            apply_binary(op, &top[-2], &top[-1]);
            top -= !step->keeps;
        }
    }
    return stack[0];
}
