/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   strict JSON in and out: no number rounded, no fault without its line and column.
 * Method: a table of malformed texts with the place of the fault; numbers that cJSON alone gets
 *         wrong; limits from both sides; what is written is read again. */
#include "failing.h"
#include "fixture.h"

#include "base/json.h"
#include "base/json_scan.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hpi_json *parse(const char *text) {
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    if (hpi_json_parse(text, strlen(text), &json, &err) != HPT_OK)
        fail_msg("%s: %u:%u %s", text, err.line, err.col, err.text);
    return json;
}

/* ---- what is refused ---- */

static const struct {
    const char *text;
    uint32_t    line, col;
    const char *sentence;
} faults[] = {
    { "", 1, 1, "expected a value, but the text ends" },
    { " \n\t ", 2, 3, "expected a value, but the text ends" },
    { "[1,2", 1, 5, "expected ',' or ']', but the text ends" },
    { "[1 2]", 1, 4, "expected ',' or ']', found '2'" },
    { "[1,]", 1, 4, "expected a value, found ']'" },
    { "[,1]", 1, 2, "expected a value, found ','" },
    { "]", 1, 1, "expected a value, found ']'" },
    { "{\"a\":1,}", 1, 8, "expected a name in double quotes, found '}'" },
    { "{\"a\" 1}", 1, 6, "expected ':', found '1'" },
    { "{\"a\":}", 1, 6, "expected a value, found '}'" },
    { "{a:1}", 1, 2, "expected a name in double quotes, found 'a'" },
    { "{'a':1}", 1, 2, "expected a name in double quotes, found '''" },
    { "{\"a\":1\n \"b\":2}", 2, 2, "expected ',' or '}', found '\"'" },
    { "{\"a\":1}\n\n  x", 3, 3, "expected the end of the text, found 'x'" },
    { "1 garbage", 1, 3, "expected the end of the text, found 'g'" },
    { "{} {}", 1, 4, "expected the end of the text, found '{'" },
    { "\"é\" é", 1, 5, "expected the end of the text, found 'é'" },
    { "// no\n1", 1, 1, "expected a value, found '/'" },
    { "[1] // no", 1, 5, "expected the end of the text, found '/'" },
    { "\xEF\xBB\xBF{}", 1, 1, "expected a value, found '\xEF\xBB\xBF'" },
    { "nul", 1, 1, "nul is not a value (a text stands in double quotes)" },
    { "True", 1, 1, "True is not a value (a text stands in double quotes)" },
    { "nullx", 1, 1, "nullx is not a value (a text stands in double quotes)" },
    { "[NaN]", 1, 2, "NaN is not a value (a text stands in double quotes)" },
    { "[Infinity]", 1, 2, "Infinity is not a value (a text stands in double quotes)" },
    { "[-Infinity]", 1, 2, "-Infinity is not a number in JSON" },
    { "0x10", 1, 1, "0x10 is not a number in JSON" },
    { "01", 1, 1, "01 is not a number in JSON" },
    { "-01", 1, 1, "-01 is not a number in JSON" },
    { "+1", 1, 1, "+1 is not a value (a text stands in double quotes)" },
    { "-", 1, 1, "- is not a number in JSON" },
    { "1.", 1, 1, "1. is not a number in JSON" },
    { ".5", 1, 1, ".5 is not a value (a text stands in double quotes)" },
    { "1e", 1, 1, "1e is not a number in JSON" },
    { "1e+", 1, 1, "1e+ is not a number in JSON" },
    { "1.5.5", 1, 1, "1.5.5 is not a number in JSON" },
    { "1e5e5", 1, 1, "1e5e5 is not a number in JSON" },
    { "[\n1e999]", 2, 1, "1e999 is above the largest double, 1.8e308" },
    { "-1e999", 1, 1, "-1e999 is above the largest double, 1.8e308" },
    { "\"abc", 1, 1, "the text that starts here does not end" },
    { "[\"abc\\\"]", 1, 2, "the text that starts here does not end" },
    { "\"a\nb\"", 1, 3, "a control character inside a text must be written \\u000a" },
    { "\"a\\x\"", 1, 3,
      "no such escape in JSON: a backslash stands before \" \\ / b f n r t or u" },
    { "\"\\u12G4\"", 1, 2, "\\u needs four hexadecimal digits" },
    { "\"\\u12", 1, 2, "\\u needs four hexadecimal digits" },
    { "\"\\u0000\"", 1, 2, "\\u0000 cannot be part of a text here" },
    { "\"\\uD834\"", 1, 2, "half of a surrogate pair is no character" },
    { "\"\\uD834\\u0041\"", 1, 2, "half of a surrogate pair is no character" },
    { "\"\\uDD1E\"", 1, 2, "half of a surrogate pair is no character" },
    { "\"a\xFF\"", 1, 3, "byte 0xff is not UTF-8" },
    { "\"\xED\xA0\x80\"", 1, 2, "byte 0xed is not UTF-8" },
    { "\"é\xC3\"", 1, 3, "byte 0xc3 is not UTF-8" },
    { "{\"a\":1,\n \"a\":2}", 2, 2, "the name \"a\" is there twice" },
    { "{\"a\":1,\"b\":{\"c\":1,\"d\":2,\"c\":3}}", 1, 25, "the name \"c\" is there twice" },
    { "{\"a\":1,\"\\u0061\":2}", 1, 8, "the name \"a\" is there twice" },
    { "{\"\":1,\"\":2}", 1, 7, "the name \"\" is there twice" },
};

static void malformed_text_is_refused_with_line_and_column(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        hpi_json *json = (hpi_json *)&faults;
        hpt_err   err = { 0 };
        assert_int_equal(hpi_json_parse(faults[i].text, strlen(faults[i].text), &json, &err),
                         HPT_EPARSE);
        assert_string_equal(err.text, faults[i].sentence);
        assert_int_equal(err.code, HPT_EPARSE);
        assert_int_equal(err.line, faults[i].line);
        assert_int_equal(err.col, faults[i].col);
        assert_ptr_equal(json, &faults); /* outputs untouched */
    }
}

static void a_nul_byte_is_refused_where_it_stands(void **state) {
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    (void)state;
    assert_int_equal(hpi_json_parse("[1,\0]", 5, &json, &err), HPT_EPARSE);
    assert_int_equal(err.col, 4);
    assert_int_equal(hpi_json_parse("\"a\0b\"", 5, &json, &err), HPT_EPARSE);
    assert_int_equal(err.col, 3);
    assert_int_equal(hpi_json_parse("\"a\\\0\"", 5, &json, &err), HPT_EPARSE);
    assert_int_equal(err.col, 3);
    assert_int_equal(hpi_json_parse("{}\0", 3, &json, &err), HPT_EPARSE);
    assert_int_equal(err.col, 3);
}

static void every_prefix_of_a_document_is_refused_without_reading_on(void **state) {
    static const char text[] =
        "{\"a\\u00e9\": [1.5e+3, \"\\uD834\\uDD1E\xC3\xA9\", true, null, false]}";
    (void)state;
    for (size_t bytes = 0; bytes < sizeof text - 1; bytes++) {
        hpi_json *json = NULL;
        char     *exact = malloc(bytes + !bytes); /* a read beyond it shows under a sanitizer */
        memcpy(exact, text, bytes);
        assert_int_equal(hpi_json_parse(exact, bytes, &json, NULL), HPT_EPARSE);
        free(exact);
    }
    hpi_json_destroy(parse(text));
}

static void a_null_text_is_an_error(void **state) {
    hpi_json *json = NULL;
    (void)state;
    assert_int_equal(hpi_json_parse(NULL, 0, &json, NULL), HPT_EINVAL);
}

static void depth_has_a_limit(void **state) {
    (void)state;
    for (int depth = 31; depth <= 33; depth++) {
        char      text[128] = "";
        hpi_json *json = NULL;
        hpt_err   err = { 0 };
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        hpt_status status = hpi_json_parse(text, strlen(text), &json, &err);
        assert_int_equal(status, depth <= 32 ? HPT_OK : HPT_ELIMIT);
        if (status != HPT_OK) assert_string_equal(err.text, "JSON nested more than 32 deep");
        if (status != HPT_OK) assert_int_equal(err.col, 33);
        hpi_json_destroy(json);
    }
}

static void a_million_brackets_do_no_harm(void **state) {
    size_t    bytes = 1000000;
    char     *text = malloc(bytes);
    hpi_json *json = NULL;
    (void)state;
    memset(text, '[', bytes);
    assert_int_equal(hpi_json_parse(text, bytes, &json, NULL), HPT_ELIMIT);
    free(text);
}

static void size_has_a_limit(void **state) {
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    (void)state;
    assert_int_equal(hpi_json_parse("[]", ((size_t)64 << 20) + 1, &json, &err), HPT_ELIMIT);
    assert_string_equal(err.text, "67108865 bytes of JSON are above the limit of 64 MiB");
}

static void the_number_of_values_has_a_limit(void **state) {
    size_t    bytes = 2 * ((size_t)HPI_JSON_VALUE_COUNT_MAX + 10);
    char     *text = malloc(bytes);
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    (void)state;
    for (size_t i = 0; i < bytes; i += 2)
        memcpy(text + i, i ? ",0" : "[0", 2);
    assert_int_equal(hpi_json_parse(text, bytes, &json, &err), HPT_ELIMIT);
    assert_string_equal(err.text, "more than 4194304 values in one JSON text");
    free(text);
}

static void a_duplicate_among_many_names_is_found(void **state) {
    enum { COUNT = 20000 };
    char     *text = malloc(COUNT * 16);
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    size_t    at = 0;
    (void)state;
    for (int i = 0; i < COUNT; i++)
        at += (size_t)sprintf(text + at, "%s\"k%d\":0", i ? ",\n" : "{", i == 15000 ? 7 : i);
    text[at++] = '}';
    assert_int_equal(hpi_json_parse(text, at, &json, &err), HPT_EPARSE);
    assert_string_equal(err.text, "the name \"k7\" is there twice");
    assert_int_equal(err.line, 15001);
    assert_int_equal(err.col, 1);
    free(text);
}

/* ---- what is read ---- */

static hpt_value scalar(const char *text, hpi_json **json_out) {
    *json_out = parse(text);
    return hpi_json_scalar(hpi_json_root(*json_out));
}

static void check_int(const char *text, int64_t integer) {
    hpi_json *json;
    hpt_value value = scalar(text, &json);
    assert_int_equal(value.type, HPT_TYPE_INT);
    assert_true(value.as.integer == integer);
    hpi_json_destroy(json);
}

static void check_real(const char *text, double real) {
    hpi_json *json;
    hpt_value value = scalar(text, &json);
    assert_int_equal(value.type, HPT_TYPE_REAL);
    assert_memory_equal(&value.as.real, &real, sizeof real);
    hpi_json_destroy(json);
}

static void integers_are_exact_up_to_both_limits(void **state) {
    (void)state;
    check_int("0", 0);
    check_int("-0", 0);
    check_int("9007199254740993", 9007199254740993);
    check_int("9223372036854775807", INT64_MAX);
    check_int("-9223372036854775808", INT64_MIN);
    check_int("  7 ", 7);
}

static void numbers_with_a_point_or_an_exponent_are_real(void **state) {
    (void)state;
    check_real("3.0", 3);
    check_real("-0.0", -0.0);
    check_real("1e0", 1);
    check_real("0.1", 0.1);
    check_real("1.7976931348623157e308", DBL_MAX);
    check_real("5e-324", 5e-324);
    check_real("1e-999", 0);
    check_real("0.30000000000000004", 0.1 + 0.2);
}

static void integers_beyond_64_bits_are_real(void **state) {
    (void)state;
    check_real("9223372036854775808", 0x1p63);
    check_real("-9223372036854775809", -0x1p63);
}

static void a_long_number_is_read_exactly(void **state) {
    (void)state;
    check_real("0.1000000000000000055511151231257827021181583404541015625000000000000000000000000",
               0.1);
}

static void a_number_has_at_most_1024_characters(void **state) {
    char      text[1026];
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    (void)state;
    memset(text, '1', sizeof text);
    text[1] = '.';
    assert_int_equal(hpi_json_parse(text, 1024, &json, &err), HPT_OK);
    hpi_json_destroy(json);
    assert_int_equal(hpi_json_parse(text, 1025, &json, &err), HPT_EPARSE);
    assert_string_equal(err.text,
                        "1.11111111111111111111111111111... is a number of more than 1024 "
                        "characters");
}

static void texts_are_decoded(void **state) {
    hpi_json *json;
    hpt_value value = scalar("\"a\\u00e9\\n\\\"\\/\\\\\\t\\b\\f\\r\\uD834\\uDD1Eé\"", &json);
    (void)state;
    assert_int_equal(value.type, HPT_TYPE_TEXT);
    assert_string_equal(value.as.text, "aé\n\"/\\\t\b\f\r𝄞é");
    hpi_json_destroy(json);
}

static void words_are_read_with_their_type(void **state) {
    hpi_json *json;
    (void)state;
    assert_true(hpt_value_equal(scalar("true", &json), hpt_bool(true)));
    hpi_json_destroy(json);
    assert_true(hpt_value_equal(scalar("false", &json), hpt_bool(false)));
    hpi_json_destroy(json);
    assert_true(hpt_value_equal(scalar("null", &json), hpt_null()));
    hpi_json_destroy(json);
}

static void children_come_in_the_order_of_the_text(void **state) {
    hpi_json            *json = parse("{\"z\": 1, \"a\": [true, \"x\"], \"m\": {}}");
    const hpi_json_node *node = hpi_json_first(hpi_json_root(json));
    (void)state;
    assert_int_equal(hpi_json_type_of(hpi_json_root(json)), HPI_JSON_OBJECT);
    assert_string_equal(hpi_json_key(node), "z");
    assert_int_equal(hpi_json_type_of(node), HPI_JSON_NUMBER);
    node = hpi_json_next(node);
    assert_string_equal(hpi_json_key(node), "a");
    assert_int_equal(hpi_json_type_of(node), HPI_JSON_ARRAY);
    assert_int_equal(hpi_json_type_of(hpi_json_first(node)), HPI_JSON_BOOL);
    assert_int_equal(hpi_json_type_of(hpi_json_next(hpi_json_first(node))), HPI_JSON_TEXT);
    node = hpi_json_next(node);
    assert_string_equal(hpi_json_key(node), "m");
    assert_int_equal(hpi_json_type_of(node), HPI_JSON_OBJECT);
    assert_null(hpi_json_first(node));
    assert_null(hpi_json_next(node));
    hpi_json_destroy(json);
}

static void every_value_knows_its_place(void **state) {
    hpi_json            *json = parse("{\"é\": 1,\n  \"b\" : [ null,\n\"x\"] }");
    const hpi_json_node *node = hpi_json_first(hpi_json_root(json));
    uint32_t             line, col;
    (void)state;
    hpi_json_key_place(json, node, &line, &col);
    assert_true(line == 1 && col == 2);
    hpi_json_place(json, node, &line, &col);
    assert_true(line == 1 && col == 7);
    node = hpi_json_next(node);
    hpi_json_key_place(json, node, &line, &col);
    assert_true(line == 2 && col == 3);
    hpi_json_place(json, node, &line, &col);
    assert_true(line == 2 && col == 9);
    node = hpi_json_first(node);
    hpi_json_place(json, node, &line, &col);
    assert_true(line == 2 && col == 11);
    hpi_json_place(json, hpi_json_next(node), &line, &col);
    assert_true(line == 3 && col == 1);
    hpi_json_destroy(json);
}

/* ---- what is written ---- */

static void check_written(hpt_value value, const char *expected) {
    hpi_writer writer = { 0 };
    hpi_json  *json;
    hpi_write_json_value(&writer, value);
    assert_string_equal(writer.text, expected);
    assert_int_equal(writer.bytes, strlen(expected));
    assert_true(hpt_value_equal(scalar(writer.text, &json), value));
    hpi_json_destroy(json);
    hpi_writer_fini(&writer);
}

static void a_member_is_found_by_its_name(void **state) {
    hpi_json *json = parse("{\"a\": \"x\", \"b\": 7, \"c\": -1, \"d\": 1.0, \"e\": [2]}");
    const hpi_json_node *root = hpi_json_root(json), *list = hpi_json_member(root, "e");
    uint64_t             number = 5;
    (void)state;
    assert_string_equal(hpi_json_member_text(root, "a"), "x");
    assert_true(hpi_json_member_uint(root, "b", &number) && number == 7);
    for (const char *other = "acdef"; *other; other++) {
        const char name[] = { *other, '\0' };
        assert_false(hpi_json_member_uint(root, name, &number));
        assert_true(*other == 'a' || !hpi_json_member_text(root, name));
    }
    assert_int_equal(number, 7);
    assert_ptr_equal(hpi_json_next(hpi_json_member(root, "d")), list);
    assert_null(hpi_json_member(list, "a"));
    assert_null(hpi_json_member(NULL, "a"));
    hpi_json_destroy(json);
}

static void values_are_written_with_their_type(void **state) {
    (void)state;
    check_written(hpt_null(), "null");
    check_written(hpt_bool(true), "true");
    check_written(hpt_bool(false), "false");
    check_written(hpt_int(INT64_MIN), "-9223372036854775808");
    check_written(hpt_int(9007199254740993), "9007199254740993");
    check_written(hpt_real(3), "3.0");
    check_written(hpt_real(-0.0), "-0.0");
    check_written(hpt_real(1e300), "1e300");
    check_written(hpt_real(0.1), "0.1");
    check_written(hpt_real(100), "100.0");
    check_written(hpt_text(""), "\"\"");
}

static void texts_are_escaped(void **state) {
    (void)state;
    check_written(hpt_text("a\"\\/\n\r\t\b\f\x01\x1B\x7Fé\xC2\x9B𝄞z"),
                  "\"a\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\\u001b\\u007fé\\u009b𝄞z\"");
}

static void what_is_not_utf8_is_replaced_when_written(void **state) {
    hpi_writer writer = { 0 };
    (void)state;
    hpi_write_json_text(&writer, "a\xFFz\xC3");
    assert_string_equal(writer.text, "\"a\\ufffdz\\ufffd\"");
    hpi_writer_fini(&writer);
}

static void numbers_are_written_plain(void **state) {
    hpi_writer writer = { 0 };
    (void)state;
    hpi_write_uint(&writer, UINT64_MAX);
    hpi_write(&writer, " ");
    hpi_write_real(&writer, 3);
    hpi_write(&writer, " ");
    hpi_write_real(&writer, NAN);
    hpi_write(&writer, " ");
    hpi_write_json_value(&writer, hpt_real(-INFINITY));
    hpi_write_bytes(&writer, "!?", 1);
    assert_string_equal(writer.text, "18446744073709551615 3 null null!");
    hpi_writer_fini(&writer);
}

static void a_writer_that_failed_ignores_the_rest(void **state) {
    hpi_writer writer = { 0 };
    (void)state;
    failing_install();
    failing_after(0, false);
    hpi_write(&writer, "a");
    assert_true(failing_stop());
    hpi_write(&writer, "b");
    assert_true(writer.failed);
    assert_null(writer.text);
    hpi_writer_fini(&writer);
    failing_remove();
}

static bool try_parse(void *user) {
    hpi_json *json = NULL;
    hpt_err   err = { 0 };
    if (hpi_json_parse(user, strlen(user), &json, &err) == HPT_OK) {
        hpi_json_destroy(json);
        return true;
    }
    assert_int_equal(err.code, HPT_ENOMEM);
    assert_null(json);
    return false;
}

static void every_allocation_may_fail(void **state) {
    char text[2000] = "{\"k0\": [1, \"x\"]";
    (void)state;
    for (int i = 1; i < 50; i++)
        sprintf(text + strlen(text), ", \"k%d\": %d", i, i);
    assert_true(failing_everywhere(try_parse, strcat(text, "}")) >= 4);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(malformed_text_is_refused_with_line_and_column),
        cmocka_unit_test(a_nul_byte_is_refused_where_it_stands),
        cmocka_unit_test(every_prefix_of_a_document_is_refused_without_reading_on),
        cmocka_unit_test(a_null_text_is_an_error),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(a_million_brackets_do_no_harm),
        cmocka_unit_test(size_has_a_limit),
        cmocka_unit_test(the_number_of_values_has_a_limit),
        cmocka_unit_test(a_duplicate_among_many_names_is_found),
        cmocka_unit_test(integers_are_exact_up_to_both_limits),
        cmocka_unit_test(numbers_with_a_point_or_an_exponent_are_real),
        cmocka_unit_test(integers_beyond_64_bits_are_real),
        cmocka_unit_test(a_long_number_is_read_exactly),
        cmocka_unit_test(a_number_has_at_most_1024_characters),
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(words_are_read_with_their_type),
        cmocka_unit_test(children_come_in_the_order_of_the_text),
        cmocka_unit_test(every_value_knows_its_place),
        cmocka_unit_test(a_member_is_found_by_its_name),
        cmocka_unit_test(values_are_written_with_their_type),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(what_is_not_utf8_is_replaced_when_written),
        cmocka_unit_test(numbers_are_written_plain),
        cmocka_unit_test(a_writer_that_failed_ignores_the_rest),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
