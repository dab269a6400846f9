/* SPDX-License-Identifier: BSD-3-Clause */

/* Running a program at a point, in the arithmetic of Python: integers stay exact as long as they
 * fit 64 bits and become reals beyond, "/" always gives a real, "//" and "%" round towards minus
 * infinity. Nothing stops half-way: what cannot be computed is BROKEN, what an inactive parameter
 * has a part in is ABSENT, and both go on to the end unless "and" or "or" do not need them. */

#include "space/expr.h"

#include <math.h>
#include <string.h>

static const hpi_datum absent = { .sort = HPI_SORT_ABSENT }, broken = { .sort = HPI_SORT_BROKEN };

static hpi_datum integer(int64_t value) {
    return (hpi_datum){ .sort = HPI_SORT_INT, .as.integer = value };
}

static hpi_datum real(double value) {
    return isnan(value) ? broken : (hpi_datum){ .sort = HPI_SORT_REAL, .as.real = value };
}

hpi_datum hpi_datum_of(hpt_value value) {
    switch (value.type) {
    case HPT_TYPE_BOOL:
        return integer(value.as.boolean);
    case HPT_TYPE_INT:
        return integer(value.as.integer);
    case HPT_TYPE_REAL:
        return real(value.as.real);
    case HPT_TYPE_TEXT:
        return (hpi_datum){ .sort = HPI_SORT_TEXT, .as.text = value.as.text };
    case HPT_TYPE_NULL:
        break;
    }
    return (hpi_datum){ .sort = HPI_SORT_NULL };
}

static bool is_number(hpi_datum datum) {
    return datum.sort == HPI_SORT_INT || datum.sort == HPI_SORT_REAL;
}

static double as_real(hpi_datum datum) {
    return datum.sort == HPI_SORT_INT ? (double)datum.as.integer : datum.as.real;
}

bool hpi_datum_is_true(hpi_datum datum) {
    return datum.sort == HPI_SORT_INT ? datum.as.integer != 0
                                      : datum.sort == HPI_SORT_REAL && datum.as.real != 0;
}

/* ---- one number ---- */

static hpi_datum negate(hpi_datum a) {
    if (a.sort == HPI_SORT_INT && a.as.integer != INT64_MIN) return integer(-a.as.integer);
    return real(-as_real(a));
}

static hpi_datum absolute(hpi_datum a) {
    bool is_negative = a.sort == HPI_SORT_INT ? a.as.integer < 0 : a.as.real < 0;
    return is_negative ? negate(a) : a;
}

/* The integer, if it is one. */
static hpi_datum rounded(double value) {
    return fabs(value) < 0x1p63 ? integer((int64_t)value) : real(value);
}

static hpi_datum lower(hpi_datum a) {
    return a.sort == HPI_SORT_INT ? a : rounded(floor(a.as.real));
}

static hpi_datum upper(hpi_datum a) {
    return a.sort == HPI_SORT_INT ? a : rounded(ceil(a.as.real));
}

/* ---- two numbers ---- */

static bool are_integers(hpi_datum a, hpi_datum b) {
    return a.sort == HPI_SORT_INT && b.sort == HPI_SORT_INT;
}

static hpi_datum add(hpi_datum a, hpi_datum b) {
    int64_t sum = (int64_t)((uint64_t)a.as.integer + (uint64_t)b.as.integer);
    if (are_integers(a, b) && ((a.as.integer ^ sum) & (b.as.integer ^ sum)) >= 0)
        return integer(sum);
    return real(as_real(a) + as_real(b));
}

static hpi_datum subtract(hpi_datum a, hpi_datum b) {
    int64_t rest = (int64_t)((uint64_t)a.as.integer - (uint64_t)b.as.integer);
    if (are_integers(a, b) && ((a.as.integer ^ b.as.integer) & (a.as.integer ^ rest)) >= 0)
        return integer(rest);
    return real(as_real(a) - as_real(b));
}

/* A product of doubles is off by less than one part in 2^51: what is not nearly 2^63 fits. */
static hpi_datum multiply(hpi_datum a, hpi_datum b) {
    double product = as_real(a) * as_real(b);
    if (are_integers(a, b) && fabs(product) < 0x1.ffffffffffp62)
        return integer(a.as.integer * b.as.integer);
    return real(product);
}

static hpi_datum divide(hpi_datum a, hpi_datum b) {
    return as_real(b) == 0 ? broken : real(as_real(a) / as_real(b));
}

/* INT64_MIN by -1 does not fit. */
static bool divides_exactly(hpi_datum a, hpi_datum b) {
    return are_integers(a, b) && b.as.integer != -1;
}

/* As Python's float_floor_div(): 1 // 0.1 is 9, since 0.1 is a little above a tenth, although 1 /
 * 0.1 rounds to 10. So it goes with the remainder. */
static hpi_datum floor_divide_reals(double a, double b) {
    double rest = fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
    double whole = floor(quotient);
    return real(quotient - whole > 0.5 ? whole + 1 : whole);
}

static hpi_datum floor_divide(hpi_datum a, hpi_datum b) {
    if (as_real(b) == 0) return broken;
    if (!divides_exactly(a, b))
        return are_integers(a, b) ? negate(a) : floor_divide_reals(as_real(a), as_real(b));
    int64_t quotient = a.as.integer / b.as.integer, rest = a.as.integer % b.as.integer;
    return integer(quotient - (rest != 0 && (rest < 0) != (b.as.integer < 0)));
}

static hpi_datum modulo(hpi_datum a, hpi_datum b) {
    if (as_real(b) == 0) return broken;
    if (divides_exactly(a, b)) {
        int64_t rest = a.as.integer % b.as.integer;
        return integer(rest != 0 && (rest < 0) != (b.as.integer < 0) ? rest + b.as.integer : rest);
    }
    if (are_integers(a, b)) return integer(0);
    double divisor = as_real(b), rest = fmod(as_real(a), divisor);
    return real(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
}

/* By squaring while it fits. */
static hpi_datum power(hpi_datum a, hpi_datum b) {
    if (as_real(a) == 0 && as_real(b) < 0) return broken;
    if (!are_integers(a, b) || b.as.integer < 0) return real(pow(as_real(a), as_real(b)));
    hpi_datum result = integer(1), square = a;
    for (int64_t left = b.as.integer; left > 0; left /= 2) {
        if (left % 2) result = multiply(result, square);
        square = multiply(square, square);
    }
    return is_number(result) ? result : real(pow(as_real(a), as_real(b)));
}

/* ---- comparing ---- */

/* Exact: an integer need not fit a double. */
static int compare_mixed(int64_t a, double b) {
    if (b >= 0x1p63) return -1;
    if (b < -0x1p63) return 1;
    int64_t whole = (int64_t)b;
    if (a != whole) return a < whole ? -1 : 1;
    return ((double)whole > b) - ((double)whole < b);
}

int hpi_datum_compare(hpi_datum a, hpi_datum b) {
    if (a.sort == HPI_SORT_TEXT) return strcmp(a.as.text, b.as.text);
    if (a.sort == HPI_SORT_REAL && b.sort == HPI_SORT_INT)
        return -compare_mixed(b.as.integer, a.as.real);
    if (a.sort == HPI_SORT_INT && b.sort == HPI_SORT_REAL)
        return compare_mixed(a.as.integer, b.as.real);
    if (a.sort == HPI_SORT_INT)
        return (a.as.integer > b.as.integer) - (a.as.integer < b.as.integer);
    return (a.as.real > b.as.real) - (a.as.real < b.as.real);
}

static bool are_comparable(hpi_datum a, hpi_datum b) {
    return (is_number(a) && is_number(b)) || (a.sort == HPI_SORT_TEXT && b.sort == HPI_SORT_TEXT);
}

static bool are_equal(hpi_datum a, hpi_datum b) {
    if (a.sort == HPI_SORT_NULL && b.sort == HPI_SORT_NULL) return true;
    return are_comparable(a, b) && hpi_datum_compare(a, b) == 0;
}

static hpi_datum compare(hpi_op op, hpi_datum a, hpi_datum b) {
    if (op == HPI_OP_EQUAL || op == HPI_OP_UNEQUAL)
        return integer(are_equal(a, b) == (op == HPI_OP_EQUAL));
    if (!are_comparable(a, b)) return broken;
    int order = hpi_datum_compare(a, b);
    /* One row for each comparison: whether it holds for below, equal, above. */
    static const bool holds[][3] = { [HPI_OP_LESS - HPI_OP_LESS] = { true, false, false },
                                     [HPI_OP_LESS_EQUAL - HPI_OP_LESS] = { true, true, false },
                                     [HPI_OP_GREATER - HPI_OP_LESS] = { false, false, true },
                                     [HPI_OP_GREATER_EQUAL - HPI_OP_LESS] = { false, true, true } };
    return integer(holds[op - HPI_OP_LESS][1 + (order > 0) - (order < 0)]);
}

static hpi_datum least(hpi_datum a, hpi_datum b) {
    return hpi_datum_compare(b, a) < 0 ? b : a;
}

static hpi_datum most(hpi_datum a, hpi_datum b) {
    return hpi_datum_compare(b, a) > 0 ? b : a;
}

/* ---- truth ---- */

/* Kleene's logic, as in SQL and R: an operand that decides alone does so whatever the other is. So
 * `n == 0 or m / n < 2` is true for n = 0. */
static hpi_datum join(hpi_op op, hpi_datum a, hpi_datum b) {
    bool decides = op == HPI_OP_OR;
    if (is_number(a) && hpi_datum_is_true(a) == decides) return integer(decides);
    if (is_number(b) && hpi_datum_is_true(b) == decides) return integer(decides);
    if (a.sort == HPI_SORT_ABSENT || b.sort == HPI_SORT_ABSENT) return absent;
    return is_number(a) && is_number(b) ? integer(!decides) : broken;
}

/* ---- the program ---- */

typedef hpi_datum unary(hpi_datum a);
typedef hpi_datum binary(hpi_datum a, hpi_datum b);

#define HPI_ROW(name, function) [HPI_OP_##name] = function,
static unary *const  unaries[HPI_OP_COUNT] = { HPI_UNARY_LIST(HPI_ROW) };
static binary *const binaries[HPI_OP_COUNT] = { HPI_BINARY_LIST(HPI_ROW) };
#undef HPI_ROW

static hpi_datum apply_unary(hpi_op op, hpi_datum a) {
    if (a.sort == HPI_SORT_ABSENT) return absent;
    if (!is_number(a)) return broken;
    return op == HPI_OP_NOT ? integer(!hpi_datum_is_true(a)) : unaries[op](a);
}

static hpi_datum apply_binary(hpi_op op, hpi_datum a, hpi_datum b) {
    if (op == HPI_OP_AND || op == HPI_OP_OR) return join(op, a, b);
    if (a.sort == HPI_SORT_ABSENT || b.sort == HPI_SORT_ABSENT) return absent;
    if (a.sort == HPI_SORT_BROKEN || b.sort == HPI_SORT_BROKEN) return broken;
    if (op >= HPI_OP_LESS && op <= HPI_OP_UNEQUAL) return compare(op, a, b);
    return is_number(a) && is_number(b) ? binaries[op](a, b) : broken;
}

static hpi_datum is_among(hpi_datum a, const hpi_datum *constants, uint32_t count) {
    if (a.sort == HPI_SORT_ABSENT || a.sort == HPI_SORT_BROKEN) return a;
    uint32_t i = 0;
    while (i < count && !are_equal(a, constants[i]))
        i++;
    return integer(i < count);
}

hpi_datum hpi_expr_eval(const hpi_expr *expr, hpi_expr_load *load, const void *context) {
    hpi_datum stack[HPI_EXPR_STACK_MAX], *top = stack; /* the next free one */
    for (const hpi_step *step = expr->steps; step < expr->steps + expr->step_count; step++) {
        hpi_op op = step->op;
        if (op == HPI_OP_PARAM) {
            *top++ = load(context, step->index);
        } else if (op == HPI_OP_CONSTANT) {
            *top++ = expr->constants[step->index];
        } else if (op == HPI_OP_IN) {
            top[-1] = is_among(top[-1], expr->constants + step->index, step->count);
        } else if (hpi_op_operands(op) == 1) {
            top[-1] = apply_unary(op, top[-1]);
        } else {
            hpi_datum right = top[-1];
            top[-2] = apply_binary(op, top[-2], right);
            top -= !step->keeps;
        }
    }
    return stack[0];
}
