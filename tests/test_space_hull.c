/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a hull is never too narrow: what an expression is at a point of a box is among what its
 *         hull says of the box. Else a search would leave out valid points.
 * Method: random expressions over numbers, lists and inactive parameters; random boxes with values
 *         around every limit of the arithmetic; random points of them. */
#include "fixture.h"

#include "hpt/extend.h"
#include "space/expr.h"
#include "space/hull.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARAMS = 4, CASES = 20000, POINTS = 6 };

static uint64_t state;

static uint32_t draw(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* ---- values ---- */

static hpi_datum some_number(void) {
    static const int64_t integers[] = { 0,
                                        1,
                                        -1,
                                        2,
                                        3,
                                        -3,
                                        7,
                                        10,
                                        64,
                                        1 << 30,
                                        INT64_C(9007199254740991),
                                        INT64_C(9007199254740993),
                                        -INT64_C(9007199254740993),
                                        INT64_MAX,
                                        INT64_MIN };
    static const double  reals[] = { 0,   -0.0, 0.5,   -0.5,   1,      2.5,  -2.5,
                                     0.1, 3,    1e300, 1e-300, -1e300, 1e16, 0x1p63 };
    if (draw(2))
        return (hpi_datum){ .sort = HPI_SORT_INT,
                            .as.integer = integers[draw(sizeof integers / sizeof *integers)] };
    return (hpi_datum){ .sort = HPI_SORT_REAL,
                        .as.real = reals[draw(sizeof reals / sizeof *reals)] };
}

/* What a parameter can be in a box: any of these, and what its hull says. */
typedef struct box {
    hpi_datum among[3];
    uint32_t  count;
    hpi_hull  hull;
} box;

static box some_box(void) {
    static const char *const texts[] = { "a", "b" };
    box                      b = { .count = 1 + draw(3) };
    for (uint32_t i = 0; i < b.count; i++) {
        uint32_t kind = draw(12);
        b.among[i] = some_number();
        if (kind == 0) b.among[i] = (hpi_datum){ .sort = HPI_SORT_TEXT, .as.text = texts[draw(2)] };
        if (kind == 1) b.among[i] = (hpi_datum){ .sort = HPI_SORT_NULL };
        if (kind == 2) b.among[i] = (hpi_datum){ .sort = HPI_SORT_ABSENT };
        hpi_hull hull = hpi_hull_of(b.among[i]);
        b.hull = i ? hpi_hull_join(b.hull, hull) : hull;
    }
    return b;
}

static hpi_datum load(const void *context, hpt_param param) {
    return ((const hpi_datum *)context)[param];
}

static void load_hull(void *context, hpt_param param, hpi_hull *hull_out) {
    *hull_out = ((const box *)context)[param].hull;
}

/* ---- expressions ---- */

static void write_some(char *out, int depth) {
    static const char *const operators[] = { "+", "-",  "*",  "/",  "//",  "%",  "**",  "<", "<=",
                                             ">", ">=", "==", "!=", "and", "or", "and", "or" };
    static const char *const leaves[] = { "a",  "b",   "c", "d",     "2",
                                          "-3", "0.5", "0", "1e300", "4611686018427387904",
                                          "0.1" };
    char                     left[512], right[512];
    if (depth == 0 || draw(5) == 0) {
        strcpy(out, leaves[draw(sizeof leaves / sizeof *leaves)]);
        return;
    }
    write_some(left, depth - 1);
    write_some(right, depth - 1);
    switch (draw(9)) {
    case 0:
        sprintf(out, "(not %s)", left);
        break;
    case 1:
        sprintf(out, "(%s in [0, 2, 'a', 7])", left);
        break;
    case 2:
        sprintf(out, "%s(%s, %s)", draw(2) ? "min" : "max", left, right);
        break;
    case 3:
        sprintf(out, "%s(%s)", (const char *[]){ "abs", "floor", "ceil" }[draw(3)], left);
        break;
    case 4:
        sprintf(out, "(%s < %s <= %s)", left, right, leaves[draw(4)]);
        break;
    default:
        sprintf(out, "(%s %s %s)", left, operators[draw(sizeof operators / sizeof *operators)],
                right);
    }
}

static bool admits(hpi_hull hull, hpi_datum value) {
    if (value.sort == HPI_SORT_ABSENT) return hull.may & HPI_MAY_ABSENT;
    if (value.sort == HPI_SORT_BROKEN) return hull.may & HPI_MAY_BROKEN;
    if (value.sort == HPI_SORT_NULL) return hull.may & HPI_MAY_NULL;
    if (value.sort == HPI_SORT_TEXT) return hull.may & HPI_MAY_TEXT;
    double real = value.sort == HPI_SORT_INT ? (double)value.as.integer : value.as.real;
    return (hull.may & HPI_MAY_NUMBER) && hull.lo <= real && real <= hull.hi;
}

/* A space in which all of the names may be numbers, texts and null. */
static hpt_space *mixed_space(void) {
    hpt_space      *space = hpt_space_create();
    const hpt_value values[] = { hpt_int(1), hpt_text("a"), hpt_null() };
    for (int i = 0; i < PARAMS; i++)
        hpt_space_add_categorical(space, (const char *[]){ "a", "b", "c", "d" }[i], values, 3);
    return space;
}

static void check(const hpi_expr *expr, const char *text) {
    box boxes[PARAMS];
    for (int i = 0; i < PARAMS; i++)
        boxes[i] = some_box();
    hpi_hull hull = hpi_hull_eval(expr, load_hull, boxes);
    for (int n = 0; n < POINTS; n++) {
        hpi_datum point[PARAMS];
        for (int i = 0; i < PARAMS; i++)
            point[i] = boxes[i].among[draw(boxes[i].count)];
        hpi_datum value = hpi_expr_eval(expr, load, point);
        if (!admits(hull, value))
            fail_msg("%s is of sort %d, %.17g, but its hull has %d, %.17g to %.17g", text,
                     value.sort,
                     value.sort == HPI_SORT_INT ? (double)value.as.integer : value.as.real,
                     hull.may, hull.lo, hull.hi);
        bool is_true = hpi_datum_is_true(value);
        assert_true(is_true ? hpi_hull_may_be_true(hull) : hpi_hull_may_be_untrue(hull));
    }
}

static void what_an_expression_is_lies_in_its_hull(void **unused) {
    hpt_space *space = mixed_space();
    (void)unused;
    state = 1;
    for (size_t i = 0; i < fixture_scaled(CASES); i++) {
        char     text[2048];
        hpi_expr expr;
        write_some(text, 3);
        if (hpi_expr_compile(&expr, space, text, NULL) != HPT_OK) continue;
        check(&expr, text);
        hpi_expr_fini(&expr);
    }
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_expression_is_lies_in_its_hull),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
