/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   Python's JSON is read as Python reads it, and numbers are printed as repr() prints them;
 *         distributions are Optuna's to the byte, both ways; base64 is read only as it is written.
 * Method: tables of texts; what Python itself says of them was asked once. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "store/base64.h"
#include "store/distribution.h"

/* ---- texts that are JSON, and that are not ---- */

static bool is_json(const char *text) {
    hpi_slice value;
    return hpi_py_check(text, strlen(text), &value);
}

static void what_python_takes_is_taken(void **state) {
    (void)state;
    static const char *const texts[] = { "{}",
                                         " [ ] ",
                                         "[1,2.5,-3e5,1E-2,NaN,Infinity,-Infinity]",
                                         "{\"a\":{\"b\":[null,true,false,\"\\u00e9\\n\"]}}",
                                         "\"\xc3\xa9\"",
                                         "-0",
                                         "1e999",
                                         "[[[[[[]]]]]]",
                                         "{\"a\":1,\"a\":2}" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!is_json(texts[i])) fail_msg("%s", texts[i]);
}

static void what_python_refuses_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",         "{",    "}",   "[1,]",     "{\"a\"}",   "{\"a\":}",    "{\"a\":1,}",
        "{1:2}",    "01",   "1.",  ".5",       "+1",        "-",           "1e",
        "nan",      "-NaN", "tru", "\"\x01\"", "\"\\x41\"", "\"\\u12g4\"", "\"open",
        "[1 2]",    "1 2",  "'a'", "[1]]",     "{\"a\":1]", "\"\xff\"",    "\"\xed\xa0\x80\"",
        "infinity", "\"\\"
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_json(texts[i])) fail_msg("%s", texts[i]);
}

static void nesting_has_a_limit(void **state) {
    (void)state;
    char deep[160];
    for (size_t depth = 60; depth < 70; depth++) {
        hpi_slice value;
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        assert_int_equal(hpi_py_check(deep, 2 * depth, &value), depth <= 64);
    }
}

static hpi_slice checked(const char *text) {
    hpi_slice value = { 0 };
    assert_true(hpi_py_check(text, strlen(text), &value));
    return value;
}

static void a_member_given_twice_counts_the_last_time(void **state) {
    (void)state;
    int64_t   got = 0;
    hpi_slice object = checked(" {\"a\" : 1, \"b\":{\"a\":[\"}\"]} ,\"a\": 3 } ");
    assert_true(hpi_py_int(hpi_py_find(object, "a"), &got));
    assert_int_equal(got, 3);
    assert_null(hpi_py_find(object, "c").at);
    assert_null(hpi_py_find(checked("[1]"), "a").at);
}

static void texts_lose_their_escapes(void **state) {
    (void)state;
    hpi_writer out = { 0 };
    assert_true(hpi_py_text(
        checked("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\u20AC|\\ud83d|\\u0000\""),
        &out));
    assert_string_equal(out.text, "\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac|"
                                  "\xef\xbf\xbd|\xef\xbf\xbd");
    hpi_writer_fini(&out);
}

static void integers_are_exact_and_reals_may_be_whole(void **state) {
    (void)state;
    int64_t got = 0;
    assert_true(hpi_py_int(checked("-9223372036854775808"), &got));
    assert_int_equal(got, INT64_MIN);
    assert_true(hpi_py_int(checked("3.0"), &got));
    assert_int_equal(got, 3);
    assert_true(hpi_py_int(checked("1e3"), &got));
    assert_int_equal(got, 1000);
    assert_false(hpi_py_int(checked("9223372036854775808"), &got));
    assert_false(hpi_py_int(checked("0.5"), &got));
    assert_false(hpi_py_int(checked("NaN"), &got));
    assert_false(hpi_py_int(checked("true"), &got));
}

static void reals_are_printed_as_by_repr(void **state) {
    (void)state;
    static const struct {
        double      real;
        const char *text;
    } cases[] = { { 0, "0.0" },
                  { -0.0, "-0.0" },
                  { 3, "3.0" },
                  { 0.1, "0.1" },
                  { 100, "100.0" },
                  { 0.0001, "0.0001" },
                  { 0.00012, "0.00012" },
                  { 0.00001, "1e-05" },
                  { 1.5e-7, "1.5e-07" },
                  { 1e15, "1000000000000000.0" },
                  { 1e16, "1e+16" },
                  { 9999999999999998.0, "9999999999999998.0" },
                  { 123456.789, "123456.789" },
                  { 1.7976931348623157e308, "1.7976931348623157e+308" },
                  { 5e-324, "5e-324" },
                  { -2.5e100, "-2.5e+100" },
                  { INFINITY, "Infinity" },
                  { -INFINITY, "-Infinity" },
                  { NAN, "NaN" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpi_writer out = { 0 };
        double     back = 0;
        hpi_py_write_real(&out, cases[i].real);
        assert_string_equal(out.text, cases[i].text);
        assert_true(hpi_py_real(checked(out.text), &back));
        assert_true(back == cases[i].real || (isnan(back) && isnan(cases[i].real)));
        hpi_writer_fini(&out);
    }
}

/* ---- distributions ---- */

#define FLOAT_TEXT                                                                                 \
    "{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": 0.1, \"low\": 0.0, "             \
    "\"high\": 0.5, \"log\": false}}"
#define LOG_TEXT                                                                                   \
    "{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 1e-05, "          \
    "\"high\": 1.0, \"log\": true}}"
#define INT_TEXT                                                                                   \
    "{\"name\": \"IntDistribution\", \"attributes\": {\"log\": false, \"step\": 2, \"low\": -3, "  \
    "\"high\": 5}}"
#define LIST_TEXT                                                                                  \
    "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [null, true, 7, 0.5, "  \
    "1e-07, \"a\\\"\xc3\xa9\"]}}"

static hpt_space *make_space(void) {
    hpt_space      *space = hpt_space_create();
    const hpt_value list[] = { hpt_null(),    hpt_bool(true), hpt_int(7),
                               hpt_real(0.5), hpt_real(1e-7), hpt_text("a\"\xc3\xa9") };
    hpt_space_set_step(space, hpt_space_add_real(space, "f", 0, 0.5), hpt_real(0.1));
    hpt_space_set_log(space, hpt_space_add_real(space, "l", 1e-5, 1));
    hpt_space_set_step(space, hpt_space_add_int(space, "i", -3, 5), hpt_int(2));
    hpt_space_add_ordinal(space, "o", list, 6);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

static const char *const printed[] = { FLOAT_TEXT, LOG_TEXT, INT_TEXT, LIST_TEXT };

static void distributions_are_printed_as_optuna_prints_them(void **state) {
    (void)state;
    hpt_space *space = make_space();
    for (hpt_param i = 0; i < 4; i++) {
        hpi_writer out = { 0 };
        hpi_distribution_write(&out, space, i);
        assert_string_equal(out.text, printed[i]);
        hpi_writer_fini(&out);
    }
    hpt_space_destroy(space);
}

static void a_space_is_read_back_from_its_distributions(void **state) {
    (void)state;
    static const char *const names[] = { "f", "l", "i", "o" };
    static const double      numbers[] = { 0.2, 0.5, 1, 5 };
    hpt_space               *space = NULL, *before = make_space();
    hpi_union               *all = hpi_union_create();
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 4; i++)
            assert_int_equal(
                hpi_union_add(all, names[i], printed[i], strlen(printed[i]), numbers[i], NULL),
                HPT_OK);
    assert_int_equal(hpi_union_space(all, &space, NULL), HPT_OK);
    for (hpt_param i = 0; i < 4; i++) {
        hpi_writer out = { 0 };
        hpt_coord  coord;
        hpi_distribution_write(&out, space, i);
        assert_string_equal(out.text, printed[i]);
        hpi_writer_fini(&out);
        assert_true(hpi_distribution_coord(before, i, numbers[i], &coord));
        assert_true(hpi_distribution_number(before, i, coord) == numbers[i]);
        assert_false(hpi_distribution_coord(before, i, NAN, &coord));
        assert_false(hpi_distribution_coord(before, i, 77, &coord));
    }
    hpi_union_destroy(all);
    hpt_space_destroy(space);
    hpt_space_destroy(before);
}

static void distributions_that_are_none_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"name\": \"GaussDistribution\", \"attributes\": {}}",
        "{\"name\": \"FloatDistribution\", \"attributes\": {\"low\": 1.0, \"high\": 0.0}}",
        "{\"name\": \"FloatDistribution\", \"attributes\": {\"low\": NaN, \"high\": 0.0}}",
        "{\"name\": \"FloatDistribution\", \"attributes\": {\"low\": 0, \"high\": 1, \"step\": 0}}",
        "{\"name\":\"FloatDistribution\",\"attributes\":{\"low\":0,\"high\":1,\"log\":true}}",
        "{\"name\": \"IntDistribution\", \"attributes\": {\"low\": 0.5, \"high\": 1}}",
        "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": 3}}"
    };
    hpi_distribution read = { 0 };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hpt_err err = { 0 };
        assert_int_equal(hpi_distribution_read(texts[i], strlen(texts[i]), &read, &err),
                         HPT_EPARSE);
        assert_non_null(strstr(err.text, "the distribution"));
    }
    hpi_distribution_fini(&read);
}

/* ---- base64 ---- */

static void bytes_come_back_from_base64(void **state) {
    (void)state;
    unsigned char bytes[64], back[64];
    char          text[100];
    size_t        count = 0;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)(i * 37 + n * 11);
        hpi_base64_write(bytes, n, text);
        assert_true(hpi_base64_read(text, HPI_BASE64_CHARS(n), back, &count));
        assert_int_equal(count, n);
        assert_memory_equal(back, bytes, n);
    }
    hpi_base64_write((const unsigned char *)"foob", 4, text);
    assert_memory_equal(text, "Zm9vYg==", 8);
}

static void base64_that_nobody_wrote_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = { "Zg=",  "Zg",        "Zh==", "Zm9=", "Z===",
                                         "====", "Zm9v\n===", "Zm 9", "=m9v", "Zm=v" };
    unsigned char            back[16];
    size_t                   count;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (hpi_base64_read(texts[i], strlen(texts[i]), back, &count)) fail_msg("%s", texts[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_python_takes_is_taken),
        cmocka_unit_test(what_python_refuses_is_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_member_given_twice_counts_the_last_time),
        cmocka_unit_test(texts_lose_their_escapes),
        cmocka_unit_test(integers_are_exact_and_reals_may_be_whole),
        cmocka_unit_test(reals_are_printed_as_by_repr),
        cmocka_unit_test(distributions_are_printed_as_optuna_prints_them),
        cmocka_unit_test(a_space_is_read_back_from_its_distributions),
        cmocka_unit_test(distributions_that_are_none_are_refused),
        cmocka_unit_test(bytes_come_back_from_base64),
        cmocka_unit_test(base64_that_nobody_wrote_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
