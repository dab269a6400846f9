/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   expressions mean what they mean in Python, and what is wrong is said with its place.
 * Method: tables of expressions with their answers at one point, and of mistakes with sentences. */
#include "fixture.h"

#include "space/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* n = 6, r = 0.5, zero = 0, mode = "fast", flag = true, big = 2^53 + 1, "odd name" = 3. */
static hpt_space *made_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_constant(space, "n", hpt_int(6));
    hpt_space_add_constant(space, "r", hpt_real(0.5));
    hpt_space_add_constant(space, "zero", hpt_int(0));
    hpt_space_add_choice(space, "mode", (const char *[]){ "fast", "slow" }, 2);
    hpt_space_add_constant(space, "flag", hpt_bool(true));
    hpt_space_add_constant(space, "big", hpt_int((INT64_C(1) << 53) + 1));
    hpt_space_add_constant(space, "odd name", hpt_int(3));
    hpt_space_add_constant(space, "nothing", hpt_null());
    return space;
}

static bool holds(const char *expression) {
    static const hpt_coord point[8];
    hpt_err                err = { 0 };
    hpt_space             *space = made_space();
    hpt_space_add_constraint(space, expression);
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s: %s", expression, err.text);
    bool answer = hpt_space_permits(space, point);
    hpt_space_destroy(space);
    return answer;
}

static void each_holds(const char *const *expressions, bool expected) {
    for (; *expressions; expressions++)
        if (holds(*expressions) != expected)
            fail_msg("%s is %s", *expressions, expected ? "false" : "true");
}

static void operators_bind_as_in_python(void **state) {
    (void)state;
    each_holds((const char *const[]){ "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "-2 ** 2 == -4",
                                      "2 ** 3 ** 2 == 512", "2 ** -1 == r", "8 - 4 - 2 == 2",
                                      "16 / 4 / 2 == 2", "not 1 == 2", "not not n",
                                      "1 == 2 or 1 == 1 and 2 == 2", "not flag or n == 6",
                                      "7 // 2 * 2 == 6", "- -n == n", "+n == 6", NULL },
               true);
}

static void arithmetic_is_that_of_python(void **state) {
    (void)state;
    each_holds((const char *const[]){ "7 // 2 == 3",
                                      "1 // 0.1 == 9",
                                      "-1 // 0.1 == -10",
                                      "0.3 // 0.1 == 2",
                                      "-7 // 2 == -4",
                                      "7 // -2 == -4",
                                      "-7 % 3 == 2",
                                      "7 % -3 == -2",
                                      "-7.5 % 2 == 0.5",
                                      "7 / 2 == 3.5",
                                      "7.5 // 2 == 3",
                                      "n % 4 == 2",
                                      "big == 9007199254740993",
                                      "big != 9007199254740992",
                                      "big > 9007199254740992.0",
                                      "big * 1000 == 9007199254740993000",
                                      "2 ** 62 * 2 > 9e18",
                                      "0 ** 0 == 1",
                                      "-9223372036854775808 // -1 > 9e18",
                                      "-9223372036854775808 % -1 == 0",
                                      "min(n, 3, 4) == 3",
                                      "max(n, r) == n",
                                      "abs(-3) == 3",
                                      "abs(-r) == r",
                                      "floor(2.5) == 2",
                                      "ceil(2.5) == 3",
                                      "flag + flag == 2",
                                      "flag == 1",
                                      NULL },
               true);
}

static void comparisons_may_be_chained(void **state) {
    (void)state;
    each_holds(
        (const char *const[]){ "1 < 2 < 3", "1 < n <= 6 != 7", "0 <= zero < 1 < 2 < 3 < 4", NULL },
        true);
    each_holds((const char *const[]){ "1 < 2 > 3", "3 > 2 > 2", "1 < 3 < 2", NULL }, false);
}

static void texts_and_lists_are_compared(void **state) {
    (void)state;
    each_holds((const char *const[]){ "mode == 'fast'", "mode != \"slow\"", "mode < 'slow'",
                                      "mode in ['fast', 'x']", "mode not in ('slow',)",
                                      "n in [1, 6.0]", "n not in [-6, 5]", "nothing == null",
                                      "nothing in [None]", "'it\\'s' != mode", "`odd name` == 3",
                                      NULL },
               true);
    each_holds((const char *const[]){ "mode in ['slow']", "n in (1, 2)", "nothing != None", NULL },
               false);
}

static void what_has_no_value_does_not_hold(void **state) {
    (void)state;
    each_holds((const char *const[]){ "1 / zero < 2", "not 1 / zero < 2", "n % zero == 0",
                                      "n // zero == 0", "zero ** -1 > 0", "n > 0 and 1 / zero > 0",
                                      NULL },
               false);
}

static void an_operand_that_decides_needs_no_other(void **state) {
    (void)state;
    each_holds((const char *const[]){ "zero == 0 or n / zero < 2", "n / zero < 2 or zero == 0",
                                      "not (zero != 0 and n / zero < 2)", NULL },
               true);
}

static const struct {
    const char *expression;
    hpt_status  status;
    uint32_t    col;
    const char *words;
} mistakes[] = {
    { "n + ", HPT_EPARSE, 5, "it ends where there should be a parameter" },
    { "n < 3 n", HPT_EPARSE, 7, "\"n\" stands where there should be an operator" },
    { "(n < 3", HPT_EPARSE, 7, "\")\"" },
    { "n < 3)", HPT_EPARSE, 6, "\")\" stands where" },
    { "n = 3", HPT_EPARSE, 3, "written \"==\"" },
    { "n < 3 && flag", HPT_EPARSE, 7, "written \"and\"" },
    { "!flag", HPT_EPARSE, 1, "written \"not\"" },
    { "n < 0x10", HPT_EPARSE, 5, "no number" },
    { "n < 1e999", HPT_EPARSE, 5, "no number" },
    { "mode == 'fast", HPT_EPARSE, 9, "does not end" },
    { "n < 3 in [1, 2]", HPT_EPARSE, 7, "needs brackets" },
    { "n in [1, 2] == true", HPT_EPARSE, 13, "needs brackets" },
    { "n in [1, 2] in [0, 1]", HPT_EPARSE, 13, "needs brackets" },
    { "n in []", HPT_EPARSE, 7, "a number or a text" },
    { "n in 3", HPT_EPARSE, 6, "a list such as" },
    { "n # 3", HPT_EPARSE, 3, "means nothing" },
    { "min(n) > 1", HPT_EPARSE, 1, "too few arguments for min" },
    { "abs(n, n) > 1", HPT_EPARSE, 6, "too many arguments for abs" },
    { "", HPT_EPARSE, 1, "it ends" },
    { "mod == 'fast'", HPT_EINVAL, 1, "there is no parameter \"mod\"; closest match: \"mode\"" },
    { "maxx(n, 2) > 1", HPT_EINVAL, 1, "there is no function \"maxx\"; closest match: \"max\"" },
    { "mode < 3", HPT_EINVAL, 6, "compares a text with a number" },
    { "mode + 1 < 3", HPT_EINVAL, 6, "takes numbers" },
    { "not mode", HPT_EINVAL, 1, "takes numbers and truth values, not a text" },
    { "mode", HPT_EINVAL, 1, "neither true nor false" },
    { "n in ['a']", HPT_EINVAL, 6, "looks for a number" },
    { "n <\n  3 +", HPT_EPARSE, 6, "it ends" },
};

static void a_mistake_is_told_with_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        hpt_err    err = { 0 };
        hpt_space *space = made_space();
        hpt_status status = hpt_space_add_constraint(space, mistakes[i].expression);
        assert_int_equal(hpt_space_check(space, &err), status);
        if (status != mistakes[i].status || err.col != mistakes[i].col ||
            !strstr(err.text, mistakes[i].words))
            fail_msg("%s: %d, column %u: %s", mistakes[i].expression, status, (unsigned)err.col,
                     err.text);
        hpt_space_destroy(space);
    }
}

/* `count` times `word`, then `last`. */
static char *repeated(const char *word, size_t count, const char *last) {
    size_t bytes = strlen(word);
    char  *text = malloc(count * bytes + strlen(last) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * bytes, word, bytes);
    strcpy(text + count * bytes, last);
    return text;
}

static void depth_and_length_are_limited(void **state) {
    static const struct {
        const char *word;
        size_t      count;
        hpt_status  status;
    } cases[] = { { "(", 4000, HPT_ELIMIT },    { "-", 4000, HPT_ELIMIT },
                  { "not ", 1000, HPT_ELIMIT }, { "n**", 1300, HPT_ELIMIT },
                  { "n<", 2000, HPT_ELIMIT },   { "n+", 2000, HPT_OK },
                  { "n+", 2100, HPT_ELIMIT },   { "n or ", 800, HPT_OK } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char      *text = repeated(cases[i].word, cases[i].count, "n");
        hpt_space *space = made_space();
        hpt_status status = hpt_space_add_constraint(space, text);
        if (status != cases[i].status) fail_msg("%s...: %d", cases[i].word, status);
        hpt_space_destroy(space);
        free(text);
    }
}

static void a_null_space_or_expression_is_an_error(void **state) {
    hpt_space *space = made_space();
    (void)state;
    assert_int_equal(hpt_space_add_constraint(NULL, "1 < 2"), HPT_EINVAL);
    assert_int_equal(hpt_space_add_constraint(space, NULL), HPT_EINVAL);
    assert_int_equal(hpt_space_add_check(NULL, NULL, NULL), HPT_EINVAL);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_python),
        cmocka_unit_test(arithmetic_is_that_of_python),
        cmocka_unit_test(comparisons_may_be_chained),
        cmocka_unit_test(texts_and_lists_are_compared),
        cmocka_unit_test(what_has_no_value_does_not_hold),
        cmocka_unit_test(an_operand_that_decides_needs_no_other),
        cmocka_unit_test(a_mistake_is_told_with_its_place),
        cmocka_unit_test(depth_and_length_are_limited),
        cmocka_unit_test(a_null_space_or_expression_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
