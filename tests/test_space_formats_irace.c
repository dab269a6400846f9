/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   irace's parameters.txt is read with R's meaning, and refused with a place where it is
 *         wrong or where R means what no constraint can say.
 * Method: a file with everything that the user guide describes; expressions beside what they are in
 *         hpt's words; lines that are wrong; every allocation failing. */
#include "failing.h"
#include "formats.h"

/* Parameters for expressions to read. */
#define PARAMETERS                                                                                 \
    "c \"\" c (a, b, \"z z\")\n"                                                                   \
    "o \"\" o (1, 2, 10)\n"                                                                        \
    "d \"\" o (1, 2, 3)\n"                                                                         \
    "m \"\" c (1.0, x, TRUE)\n"                                                                    \
    "i \"\" i (-5, 5)\n"                                                                           \
    "n \"\" i (1, 50)\n"                                                                           \
    "r \"\" r (0.5, 2)\n"                                                                          \
    "k \"\" c (a, b) | i > 0\n"

static void a_file_gives_its_space(void **state) {
    (void)state;
    expect_space(
        load_as(NULL, "irace_parameters.txt"),
        "{\"algorithm\": {\"kind\": \"categorical\", \"values\": [\"as\", \"mmas\", \"eas\", "
        "\"ras\", \"acs\"]},\n"
        " \"localsearch\": {\"kind\": \"ordinal\", \"values\": [0, 1, 2, 3]},\n"
        " \"alpha\": {\"kind\": \"real\", \"min\": 0.0, \"max\": 5.0, \"step\": 0.01},\n"
        " \"rho\": {\"kind\": \"real\", \"min\": 0.01, \"max\": 1.0, \"log\": true},\n"
        " \"ants\": {\"kind\": \"int\", \"min\": 5, \"max\": 100, \"log\": true},\n"
        " \"q0\": {\"kind\": \"real\", \"min\": 0.0, \"max\": 1.0, \"step\": 0.01, \"condition\": "
        "\"algorithm == 'acs'\"},\n"
        " \"rasrank\": {\"kind\": \"int\", \"min\": 1, \"max\": 10, \"condition\": \"algorithm == "
        "'ras'\"},\n"
        " \"elitistants\": {\"kind\": \"int\", \"min\": 1, \"max\": 100, \"condition\": "
        "\"algorithm in ['eas']\"},\n"
        " \"nnls\": {\"kind\": \"int\", \"min\": 5, \"max\": 50, \"condition\": \"localsearch in "
        "[1, 2, 3]\"},\n"
        " \"dlb\": {\"kind\": \"categorical\", \"values\": [0, 1], \"condition\": \"localsearch in "
        "[1, 2, 3] and (nnls < 20 or not alpha >= 2.5)\"},\n"
        " \"mutation\": {\"kind\": \"ordinal\", \"values\": [\"none\", \"very low\", \"a,b\", "
        "\"\"]},\n"
        " \"sp.restart\": {\"kind\": \"categorical\", \"values\": [\" \", \"--restart\"]},\n"
        " \"time\": {\"kind\": \"constant\", \"value\": 5},\n"
        " \"single\": {\"kind\": \"categorical\", \"values\": [\"yes\"], \"condition\": \"dlb == "
        "1\"},\n"
        " \"weight\": {\"kind\": \"categorical\", \"values\": [2, 0.5, -1, 0.333333]},\n"
        " \"tabbed\": {\"kind\": \"int\", \"min\": -10, \"max\": 50, \"condition\": \"time == 5 "
        "and weight != -1\"},\n"
        " \"constraints\": [\n"
        "    \"rasrank <= (min(ants, 10))\",\n"
        "    \"elitistants <= (ants)\",\n"
        "    \"not (alpha == 0.0 and rho == 1)\",\n"
        "    \"not (algorithm in ['as', 'mmas'] and -tabbed * (2 % 3) > ants / 2)\",\n"
        "    \"not (nnls // 7 == 2 or weight + 1 <= floor(alpha))\"]}\n");
}

/* The last constraint of a space, without its "not ()". */
static void expect_words(const char *r, const char *words) {
    char text[1024];
    snprintf(text, sizeof text, PARAMETERS "[forbidden]\n%s\n", r);
    hpt_space  *space = read_as("irace", text);
    const char *is = hpi_space_constraint(space, 0);
    snprintf(text, sizeof text, "not (%s)", words);
    assert_string_equal(is, text);
    hpt_space_destroy(space);
}

static void expressions_keep_rs_precedences(void **state) {
    (void)state;
    expect_words("i * n %% 2 == 0", "i * (n % 2) == 0");
    expect_words("i + n %/% 7 * 3 > 1e1", "i + n // 7 * 3 > 10.0");
    expect_words("-i ^ 2 < 5L", "-i ** 2 < 5");
    expect_words("(-i) ^ 2 < 5", "(-i) ** 2 < 5");
    expect_words("2 ^ n ^ 2 > 3", "2 ** n ** 2 > 3");
    expect_words("r ^ -0.5 > 1", "r ** -0.5 > 1");
    expect_words("!i == 2 & n != 3 | r < 1.", "not i == 2 and n != 3 or r < 1");
    expect_words("!(i == 2 || n == 3) && r < .75", "not (i == 2 or n == 3) and r < 0.75");
    expect_words("i - (n - 2) - 1 > 0", "i - (n - 2) - 1 > 0");
    expect_words("(i > 2) == TRUE", "(i > 2) == 1");
    expect_words("--i > -3", "--i > -3");
    expect_words("`n` >= 2", "n >= 2");
    expect_words("min(n, 2 * i, abs(i)) + ceiling(r) > floor(r / 2)",
                 "min(n, 2 * i, abs(i)) + ceil(r) > floor(r / 2)");
}

static void constants_become_what_the_values_are(void **state) {
    (void)state;
    expect_words("o == \"10\"", "o == 10");
    expect_words("o != 2", "o != 2");
    expect_words("\"z z\" == c", "'z z' == c");
    expect_words("m == TRUE", "m == 'TRUE'");
    expect_words("m == 1.0 | m == 'x'", "m == '1' or m == 'x'");
    expect_words("c %in% c('a', \"b\", 3)", "c in ['a', 'b', '3']");
    expect_words("o %in% c(2, \"10\", \"x\")", "o in [2, 10]");
    expect_words("d %in% 2:3", "d in [2, 3]");
    expect_words("d %in% c(3:1)", "d in [3, 2, 1]");
    expect_words("i %in% c(-2:-1, T)", "i in [-2, -1, 1]");
    expect_words("d > 1", "d > 1");
    expect_words("as.numeric(o) > 2 & n / as.numeric(o) < 3", "o > 2 and n / o < 3");
    expect_words("o == d & c == k", "o == d and c == k");
    expect_words("k %in% c('a') | c == 'b'", "k in ['a'] or c == 'b'");
}

static void what_r_means_otherwise_is_refused(void **state) {
    static const struct {
        const char *r;
        hpt_status  status;
        uint32_t    col;
        const char *part;
    } cases[] = {
        { "o > 2", HPT_EINVAL, 1, "\"o\" is a text to irace, whose order depends" },
        { "c < 'b'", HPT_EINVAL, 1, "\"c\" is a text to irace, whose order depends" },
        { "n + o > 2", HPT_EINVAL, 5, "\"o\" is a text to irace and cannot be computed with" },
        { "n == 1 & o", HPT_EINVAL, 10, "\"o\" is a text to irace, and neither true nor false" },
        { "!(k %in% c('a'))", HPT_EINVAL, 2, "%in% of a conditional parameter is FALSE, not NA" },
        { "(k %in% c('a')) == TRUE", HPT_EINVAL, 1, "%in% of a conditional parameter" },
        { "n / i > 2", HPT_EINVAL, 5, "the divisor may be 0" },
        { "n %% (n - 1) == 0", HPT_EINVAL, 6, "the divisor may be 0" },
        { "i ^ r > 2", HPT_EINVAL, 3, "\"^\" is read of positive numbers" },
        { "m == 100000", HPT_EINVAL, 6, "R may spell this number in another way" },
        { "o == 'x'", HPT_EINVAL, 6, "this can be no value" },
        { "n == '007'", HPT_EINVAL, 6, "this can be no value" },
        { "o %in% c('x')", HPT_EINVAL, 1, "none of these can be a value" },
        { "c == o", HPT_EINVAL, 1, "\"c\" is compared with a parameter of other values" },
        { "is.na(n)", HPT_EINVAL, 1, "of R's functions abs, as.numeric" },
        { "as.numeric(m) > 1", HPT_EINVAL, 1, "\"m\" has values that are no numbers" },
        { "q == 1", HPT_EINVAL, 1, "there is no parameter \"q\"; there are: c" },
        { "n == 1 == 2", HPT_EPARSE, 8, "\"==\" stands where there should be \"&\"" },
        { "n = 1", HPT_EPARSE, 3, "\"=\" stands where there should be an operator" },
        { "n <> 1", HPT_EPARSE, 4, "\">\" stands where there should be" },
        { "n == ", HPT_EPARSE, 5, "it ends where there should be" },
        { "(n == 1", HPT_EPARSE, 8, "it ends where there should be \")\"" },
        { "n == \"1", HPT_EPARSE, 6, "" },
        { "n == 0x10", HPT_EINVAL, 6, "this is no number" },
        { "1 == 1", HPT_EINVAL, 1, "it compares two constants" },
        { "c == 'a\\n'", HPT_EINVAL, 6, "of a backslash's escapes" },
        { "c", HPT_EINVAL, 1, "neither true nor false" },
        { "n %in% 1:9223372036854775807", HPT_ELIMIT, 1, "longer than 4095 bytes" },
        { "n %in% c()", HPT_EPARSE, 10, "a constant" },
        { "min(n) > 2", HPT_EINVAL, 1, "at least two numbers" },
        { "abs(n, 2) > 2", HPT_EINVAL, 1, "one number" },
        { "((((((((((((((((((((((((((((((((((((((((((((((((((n))))))))))))))))))))))", HPT_ELIMIT,
          50, "nested too deeply" },
        { "abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs("
          "abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(abs("
          "abs(abs(abs(abs(abs(n",
          HPT_ELIMIT, 193, "nested too deeply" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        snprintf(text, sizeof text, PARAMETERS "[forbidden]\n%s\n", cases[i].r);
        expect_refusal_as("irace", text, cases[i].status, 10, cases[i].col, cases[i].part);
    }
}

static void lines_that_are_wrong_are_refused_with_their_place(void **state) {
    static const struct {
        const char *text;
        hpt_status  status;
        uint32_t    line, col;
        const char *part;
    } cases[] = {
        { "", HPT_EINVAL, 0, 0, "the file has no parameter" },
        { "# a\n\n[forbidden]\n", HPT_EINVAL, 0, 0, "the file has no parameter" },
        { "t-max \"\" i (1, 5)", HPT_EPARSE, 1, 2, "a parameter's name is of letters" },
        { "p i (1, 5)", HPT_EPARSE, 1, 3, "parameter \"p\": there should be its switch" },
        { "p \"-p i (1, 5)", HPT_EPARSE, 1, 3, "there should be its switch" },
        { "p \"\" i,lag (1, 5)", HPT_EPARSE, 1, 6, "there is no type \"i,lag\"; there are: c, o" },
        { "p \"\" i c(1, 5)", HPT_EPARSE, 1, 8, "there should be its values, in brackets" },
        { "p \"\" i 1", HPT_EPARSE, 1, 8, "there should be its values, in brackets" },
        { "p \"\" c (a,,b)", HPT_EPARSE, 1, 11, "there should be a value here" },
        { "p \"\" c ()", HPT_EPARSE, 1, 9, "there should be a value here" },
        { "p \"\" c (\"a)", HPT_EPARSE, 1, 9, "there should be a value here" },
        { "p \"\" c (a, b, a)", HPT_EINVAL, 1, 9, "are both \"a\"" },
        { "p \"\" i (1, 5) p > 2", HPT_EPARSE, 1, 15, "there should be \"|\" before a condition" },
        { "p \"\" i (1, 5) |", HPT_EPARSE, 1, 16, "there should be a condition behind" },
        { "p \"\" i (1, 2, 3)", HPT_EPARSE, 1, 9, "its least and its greatest value" },
        { "p \"\" i (1.5, 2)", HPT_EINVAL, 1, 9, "this is no integer" },
        { "p \"\" r (2, 1)", HPT_EINVAL, 1, 9, "parameter \"p\": min 2 is above max 1" },
        { "p \"\" r,log (0, 1)", HPT_EINVAL, 1, 13, "log" },
        { "p \"\" r (0, 1)\np \"\" c (a)", HPT_EPARSE, 2, 1, "parameter \"p\" is there twice" },
        { "p \"\" r (0, q)", HPT_EINVAL, 1, 12, "domain: there is no parameter \"q\"" },
        { "p \"\" r (0, p)", HPT_EINVAL, 1, 9, "its domain reads itself" },
        { "p \"\" r (0, q)\nq \"\" r (0, p)", HPT_EINVAL, 1, 9, "its domain reads itself" },
        { "p \"\" r (0, c)\nc \"\" c (1, 2)", HPT_EINVAL, 1, 12,
          "reads \"c\", which is no number" },
        { "n \"\" i (1, 9)\np \"\" i,log (1, n)", HPT_EINVAL, 2, 16,
          "a logarithmic domain cannot" },
        { "n \"\" i (-9, 9)\np \"\" i (n / 2, 9)", HPT_EINVAL, 2, 9, "write floor() or ceiling()" },
        { "n \"\" i (1, 9)\np \"\" i (20, n)", HPT_EINVAL, 2, 9, "is above max 9" },
        { "p \"\" r (0, 1)\n[globl]", HPT_EPARSE, 2, 1, "there is no such section" },
        { "p \"\" r (0, 1)\n[global] digits = 3", HPT_EPARSE, 2, 10, "nothing behind the name" },
        { "p \"\" r (0, 1)\n[global]\ndigits = 16", HPT_EPARSE, 3, 10, "a number from 1 to 15" },
        { "p \"\" r (0, 1)\n[global]\ndigit = 3", HPT_EPARSE, 3, 1, "only \"digits = number\"" },
        { "p \"\" r,log (1e-5, 1)\n[global]\ndigits = 4", HPT_EINVAL, 1, 13,
          "1e-5 has more than 4 digits" },
        { "p \"\" c (a) # \xFF", HPT_EPARSE, 0, 0, "the text is not UTF-8" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refusal_as("irace", cases[i].text, cases[i].status, cases[i].line, cases[i].col,
                          cases[i].part);
}

static void a_zero_byte_is_refused(void **state) {
    static const char text[] = "p \"\" c (a)\nq\0 \"\" c (a)";
    hpt_err           err = { 0 };
    hpt_space        *space = NULL;
    (void)state;
    assert_int_equal(hpt_space_parse_as(text, sizeof text - 1, "irace", &space, &err), HPT_EPARSE);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.col, 2);
}

static void a_domain_may_read_what_stands_behind_it(void **state) {
    (void)state;
    expect_space(
        read_as("irace", "a \"\" i (b / 3, \"b + 1\") | c == \"x\"\n"
                         "b \"\" i (2, max(d, 7)) | d > 3\n"
                         "c \"\" c (x, y)\n"
                         "d \"\" r (2 ^ 2, 8)\n"),
        "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": \"(c == 'x') and "
        "b == b\"},\n"
        " \"b\": {\"kind\": \"int\", \"min\": 2, \"max\": 8, \"condition\": \"d > 3\"},\n"
        " \"c\": {\"kind\": \"categorical\", \"values\": [\"x\", \"y\"]},\n"
        " \"d\": {\"kind\": \"real\", \"min\": 4.0, \"max\": 8.0},\n"
        " \"constraints\": [\n    \"a >= floor(b / 3)\",\n    \"a <= (b + 1)\",\n"
        "    \"b <= floor(max(d, 7))\"]}\n");
}

/* Where b is inactive, so is a, and the rule of its domain does not apply. */
static void a_domain_that_reads_an_inactive_parameter_makes_it_inactive(void **state) {
    hpt_space *space =
        read_as("irace", "b \"\" i (1, 9) | c == 1\na \"\" i (1, b)\nc \"\" c (0, 1)\n");
    hpt_coord off[] = { { .integer = 1 }, { .integer = 9 }, { .integer = 0 } };
    hpt_coord on[] = { { .integer = 5 }, { .integer = 5 }, { .integer = 1 } };
    (void)state;
    assert_false(hpt_space_is_active(space, 1, off));
    assert_true(hpt_space_permits(space, off));
    assert_true(hpt_space_is_active(space, 1, on));
    assert_true(hpt_space_permits(space, on));
    on[1].integer = 6;
    assert_false(hpt_space_permits(space, on));
    hpt_space_destroy(space);
}

static void irace_is_read_but_not_written(void **state) {
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = read_as("irace", PARAMETERS);
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "irace", NULL, &text, &err), HPT_EINVAL);
    assert_string_equal(err.text, "the format \"irace\" is read, but not written");
    hpt_space_destroy(space);
}

static bool try_reading(void *user) {
    hpt_space *space = NULL;
    hpt_status status = hpt_space_parse_as(user, strlen(user), NULL, &space, NULL);
    hpt_space_destroy(space);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    static char text[] = "a \"\" i (b / 3, \"b + 1\") | c == \"x\"\n"
                         "b \"\" i (2, max(d, 7)) | d > 3\n"
                         "c \"\" c (x, y)\n"
                         "d \"\" r (2 ^ 2, 8)\n"
                         "[forbidden]\nc %in% c('y') & 8 / d > 1\n[global]\ndigits = 2\n";
    (void)state;
    failing_tolerated(try_reading, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_space),
        cmocka_unit_test(expressions_keep_rs_precedences),
        cmocka_unit_test(constants_become_what_the_values_are),
        cmocka_unit_test(what_r_means_otherwise_is_refused),
        cmocka_unit_test(lines_that_are_wrong_are_refused_with_their_place),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(a_domain_may_read_what_stands_behind_it),
        cmocka_unit_test(a_domain_that_reads_an_inactive_parameter_makes_it_inactive),
        cmocka_unit_test(irace_is_read_but_not_written),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
