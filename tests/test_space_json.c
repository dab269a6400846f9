/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a space and its JSON are the same thing, and what is wrong in a file has its place.
 * Method: read, write and read again, bit by bit; one fault per row with its line and column; lists
 *         of points; a file; every allocation failing. */
#include "failing.h"
#include "fixture.h"

#include "space/space.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char example[] =
    "{\"learning_rate\": {\"kind\": \"real\", \"min\": 0.0001, \"max\": 0.1, \"log\": true},\n"
    " \"layers\": {\"kind\": \"int\", \"min\": 1, \"max\": 8, \"default\": 2},\n"
    " \"dropout\": {\"kind\": \"real\", \"min\": 0.0, \"max\": 0.5, \"step\": 0.05},\n"
    " \"batch_size\": {\"kind\": \"categorical\", \"values\": [16, 32, 64]},\n"
    " \"precision\": {\"kind\": \"ordinal\", \"values\": [\"half\", \"single\", \"double\"]},\n"
    " \"threads\": {\"kind\": \"constant\", \"value\": 4}}\n";

static hpt_space *parse(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK)
        fail_msg("%s\n%u:%u %s", json, err.line, err.col, err.text);
    return space;
}

static char *print(const hpt_space *space) {
    char *json = NULL;
    assert_int_equal(hpt_space_print(space, &json, NULL), HPT_OK);
    return json;
}

static hpt_param_info info_of(const hpt_space *space, const char *name) {
    hpt_param_info info = { .struct_size = sizeof info };
    assert_int_equal(hpt_space_info(space, hpt_space_find(space, name), &info, NULL), HPT_OK);
    return info;
}

/* Not by ==: -0.0 must stay what it is. */
static bool same(hpt_value a, hpt_value b) {
    if (a.type == HPT_TYPE_REAL && b.type == HPT_TYPE_REAL)
        return memcmp(&a.as.real, &b.as.real, sizeof a.as.real) == 0;
    return hpt_value_equal(a, b);
}

static void check_same(const hpt_space *a, const hpt_space *b) {
    assert_int_equal(hpt_space_count(a), hpt_space_count(b));
    for (hpt_param p = 0; p < hpt_space_count(a); p++) {
        hpt_param_info i = info_of(a, hpi_space_name(a, p)), j = info_of(b, hpi_space_name(b, p));
        assert_string_equal(hpi_space_name(a, p), hpi_space_name(b, p));
        assert_int_equal(i.kind, j.kind);
        assert_true(i.is_log == j.is_log && i.has_step == j.has_step);
        assert_true(i.has_default == j.has_default && i.value_count == j.value_count);
        assert_true(same(i.min, j.min) && same(i.max, j.max) && same(i.step, j.step));
        assert_true(same(i.default_value, j.default_value));
        for (uint32_t k = 0; k < i.value_count; k++)
            assert_true(same(i.values[k], j.values[k]));
    }
}

/* ---- reading and writing ---- */

static void the_example_of_the_header_reads_back_as_written(void **state) {
    hpt_space *space = parse(example);
    char      *json = print(space);
    (void)state;
    assert_string_equal(json, example);
    hpt_free(json);
    hpt_space_destroy(space);
}

static void every_key_is_read(void **state) {
    hpt_space     *space = parse(example);
    hpt_param_info info = info_of(space, "learning_rate");
    (void)state;
    assert_true(info.kind == HPT_KIND_REAL && info.is_log && !info.has_step && !info.has_default);
    assert_true(info.min.as.real == 1e-4 && info.max.as.real == 1e-1);
    info = info_of(space, "layers");
    assert_true(info.kind == HPT_KIND_INT && info.has_default &&
                info.default_value.as.integer == 2);
    info = info_of(space, "dropout");
    assert_true(info.has_step && info.step.as.real == 0.05);
    info = info_of(space, "batch_size");
    assert_true(info.kind == HPT_KIND_CATEGORICAL && info.value_count == 3);
    assert_true(hpt_value_equal(info.values[1], hpt_int(32)));
    info = info_of(space, "precision");
    assert_true(info.kind == HPT_KIND_ORDINAL && strcmp(info.values[0].as.text, "half") == 0);
    info = info_of(space, "threads");
    assert_true(info.kind == HPT_KIND_CONSTANT && hpt_value_equal(info.values[0], hpt_int(4)));
    hpt_space_destroy(space);
}

static void the_older_kinds_are_read_as_the_new_ones(void **state) {
    hpt_space *space =
        parse("{\"x\": {\"kind\": \"continuous_float\", \"min\": 0, \"max\": 1, \"step\": 0.5},"
              "\"n\": {\"min\": 1, \"max\": 5, \"step\": 2, \"kind\": \"continuous_int\"}}");
    char *json = print(space);
    (void)state;
    assert_string_equal(json,
                        "{\"x\": {\"kind\": \"real\", \"min\": 0.0, \"max\": 1.0, \"step\": 0.5},\n"
                        " \"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 5, \"step\": 2}}\n");
    hpt_free(json);
    hpt_space_destroy(space);
}

static void the_order_of_the_text_is_kept(void **state) {
    char       text[4000] = "", name[16];
    hpt_space *space;
    (void)state;
    for (int i = 0; i < 50; i++)
        sprintf(text + strlen(text), "%s\"p%d\": {\"kind\": \"constant\", \"value\": %d}",
                i ? ", " : "{", i * 37 % 50, i);
    space = parse(strcat(text, "}"));
    for (unsigned i = 0; i < 50; i++) {
        sprintf(name, "p%u", i * 37 % 50);
        assert_string_equal(hpi_space_name(space, i), name);
    }
    hpt_space_destroy(space);
}

static void hostile_numbers_and_texts_survive_bit_by_bit(void **state) {
    hpt_space *space = hpt_space_create(), *back;
    (void)state;
    hpt_space_add_real(space, "all", -DBL_MAX, DBL_MAX);
    hpt_space_add_real(space, "tiny", -DBL_TRUE_MIN, 0.1 + 0.2);
    hpt_space_add_real(space, "minus zero", -0.0, 1);
    hpt_space_add_int(space, "ints", INT64_MIN, INT64_MAX);
    hpt_space_set_default(space, 3, hpt_int(9007199254740993));
    hpt_space_set_step(space, hpt_space_add_real(space, "thirds", 0.1, 1.1), hpt_real(1.0 / 3));
    hpt_space_set_default(space, 4, hpt_space_value(space, 4, hpt_space_choice(space, 4, 2)));
    hpt_space_set_log(space, hpt_space_add_int(space, "log", 1, INT64_MAX));
    hpt_space_set_step(space, 5, hpt_int(1));
    hpt_space_add_categorical(space, "quote \" and \\ and é",
                              (hpt_value[]){ hpt_int(3), hpt_real(3), hpt_text("3"), hpt_bool(true),
                                             hpt_null(), hpt_real(-0.0), hpt_text(""),
                                             hpt_text("a\n\x01\x7F\"\\/é𝄞") },
                              8);
    hpt_space_set_default(space, 6, hpt_null());
    hpt_space_add_constant(space, "k", hpt_real(1e23));
    char *json = print(space), *again;
    back = parse(json);
    check_same(space, back);
    again = print(back);
    assert_string_equal(json, again);
    hpt_free(json);
    hpt_free(again);
    hpt_space_destroy(space);
    hpt_space_destroy(back);
}

/* ---- faults, with their place ---- */

/* clang-format off */
static const struct {
    const char *json;
    uint32_t    line, col;
    const char *sentence;
} faults[] = {
    { "{}", 0, 0, "the space is empty: it has no parameter" },
    { "[]", 1, 1, "a space is an object with one member per parameter, not a list" },
    { "\n 3", 1, 1, "a space is an object with one member per parameter, not a number" },
    { "{\"x\": 3}", 1, 7, "parameter \"x\": a number is not a parameter such as {\"kind\": \"real\", \"min\": 0, \"max\": 1}" },
    { "{\"x\": {}}", 1, 7, "parameter \"x\": \"kind\" is missing (\"real\", \"int\", ...)" },
    { "{\"x\": {\"kind\": 3}}", 1, 16, "parameter \"x\": \"kind\" is a number, not a text such as \"real\"" },
    { "{\"x\": {\"kind\": \"reel\"}}", 1, 16, "parameter \"x\": there is no kind \"reel\"; closest match: \"real\"" },
    { "{\"x\": {\"kind\": \"continuous\"}}", 1, 16, "parameter \"x\": there is no kind \"continuous\"; closest match: \"continuous_int\"" },
    { "{\"x\": {\"kind\": \"?\"}}", 1, 16, "parameter \"x\": there is no kind \"?\"; there are: real, int, categorical, ordinal, constant" },
    { "{\"x\": {\"kind\": \"real\",\n  \"mni\": 0}}", 2, 3, "parameter \"x\": there is no key \"mni\"; closest match: \"min\"" },
    { "{\"x\": {\"Kind\": \"real\"}}", 1, 8, "parameter \"x\": there is no key \"Kind\"; closest match: \"kind\"" },
    { "{\"x\": {\"bananas\": 0}}", 1, 8, "parameter \"x\": there is no key \"bananas\"; there are: kind, min, max, log, step, default, values, value, condition" },
    { "{\"x\": {\"kind\": \"real\", \"max\": 1}}", 1, 7, "parameter \"x\": \"min\" is missing" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 1}}", 1, 7, "parameter \"x\": \"max\" is missing" },
    { "{\"x\": {\"kind\": \"ordinal\"}}", 1, 7, "parameter \"x\": \"values\" is missing" },
    { "{\"x\": {\"kind\": \"constant\"}}", 1, 7, "parameter \"x\": \"value\" is missing" },
    { "{\"x\": {\"kind\": \"real\", \"values\": [1]}}", 1, 34, "parameter \"x\": \"values\" does not go with kind real" },
    { "{\"x\": {\"kind\": \"constant\", \"value\": 1, \"default\": 1}}", 1, 51, "parameter \"x\": \"default\" does not go with kind constant" },
    { "{\"x\": {\"kind\": \"ordinal\", \"values\": [1], \"log\": true}}", 1, 49, "parameter \"x\": \"log\" does not go with kind ordinal" },
    { "{\"x\": {\"kind\": \"real\", \"min\": \"0\", \"max\": 1}}", 1, 31, "parameter \"x\": \"min\" is a text, not a number" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": null}}", 1, 40, "parameter \"x\": \"max\" is null, not an integer" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 1.5}}", 1, 40, "parameter \"x\": \"max\" is 1.5, not an integer" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 1e3}}", 1, 40, "parameter \"x\": \"max\" is 1e3, written as a real: write 1000" },
    { "{\"x\": {\"kind\": \"int\", \"min\": -2.0, \"max\": 3}}", 1, 30, "parameter \"x\": \"min\" is -2.0, written as a real: write -2" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 100000000000000000000}}", 1, 40, "parameter \"x\": \"max\" is 100000000000000000000, not an integer of 64 bits" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 9223372036854775808}}", 1, 40, "parameter \"x\": \"max\" is 9223372036854775808, not an integer of 64 bits" },
    { "{\"x\": {\"kind\": \"real\", \"min\": 1, \"max\": 0.1}}", 1, 7, "parameter \"x\": min 1 is above max 0.1" },
    { "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1,\n\"log\": true}}", 2, 8, "parameter \"x\": log needs a min above 0, but min is 0" },
    { "{\"x\": {\"kind\": \"real\", \"min\": 1, \"max\": 2, \"log\": 1}}", 1, 51, "parameter \"x\": \"log\" is a number, not true or false" },
    { "{\"x\": {\"kind\": \"real\", \"min\": 1, \"max\": 2, \"step\": 0.5, \"log\": true}}", 1, 52, "parameter \"x\": step 0.5 does not go with log" },
    { "{\"x\": {\"kind\": \"real\", \"min\": 1, \"max\": 2, \"step\": -1}}", 1, 52, "parameter \"x\": step -1 is not above 0 (1 to 2)" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 2, \"step\": \"a\"}}", 1, 51, "parameter \"x\": \"step\" is a text, not an integer" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 2, \"default\": 3}}", 1, 54, "parameter \"x\": 3 is above max 2 (it is the default)" },
    { "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 2, \"default\": [1]}}", 1, 54, "parameter \"x\": \"default\" is a list, not one value" },
    { "{\"x\": {\"kind\": \"categorical\", \"values\": []}}", 1, 41, "parameter \"x\": the list of values is empty" },
    { "{\"x\": {\"kind\": \"categorical\", \"values\": {\"a\": 1}}}", 1, 41, "parameter \"x\": \"values\" is an object, not a list" },
    { "{\"x\": {\"kind\": \"categorical\", \"values\": [1, [2]]}}", 1, 45, "parameter \"x\": a list holds texts, numbers, true, false and null, not a list" },
    { "{\"x\": {\"kind\": \"categorical\", \"values\": [1, 1]}}", 1, 41, "parameter \"x\": values 0 and 1 (counting from 0) are both 1" },
    { "{\"x\": {\"kind\": \"constant\", \"value\": {}}}", 1, 37, "parameter \"x\": \"value\" is an object, not one value" },
    { "{\"\": {\"kind\": \"constant\", \"value\": 1}}", 1, 36, "name \"\" of parameter 0 (counting from 0) is empty (1 to 255 bytes of UTF-8 without control characters)" },
    { "{\"a\\n\": {\"kind\": \"constant\", \"value\": 1}}", 1, 39, "name \"a?\" of parameter 0 (counting from 0) has a control character (1 to 255 bytes of UTF-8 without control characters)" },
};
/* clang-format on */

static void a_fault_has_its_sentence_and_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        hpt_space *space = NULL;
        hpt_err    err = { 0 };
        assert_int_equal(hpt_space_parse(faults[i].json, strlen(faults[i].json), &space, &err),
                         HPT_EINVAL);
        assert_string_equal(err.text, faults[i].sentence);
        if (err.line != faults[i].line || err.col != faults[i].col)
            fail_msg("%s: at %u:%u", faults[i].json, err.line, err.col);
        assert_null(space);
    }
}

static void malformed_json_passes_through_with_its_place(void **state) {
    static const char json[] = "{\"x\": {\"kind\": \"real\",\n \"min\": 0x10}}";
    hpt_space        *space = NULL;
    hpt_err           err = { 0 };
    (void)state;
    assert_int_equal(hpt_space_parse(json, sizeof json - 1, &space, &err), HPT_EPARSE);
    assert_string_equal(err.text, "0x10 is not a number in JSON");
    assert_true(err.line == 2 && err.col == 9);
}

/* ---- files ---- */

static void a_space_is_read_from_a_file(void **state) {
    char       path[] = "/tmp/hpt-test-space-XXXXXX";
    int        fd = mkstemp(path);
    hpt_space *space = NULL;
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, example, sizeof example - 1), sizeof example - 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(hpt_space_load(path, &space, NULL), HPT_OK);
    assert_int_equal(hpt_space_count(space), 6);
    hpt_space_destroy(space);
    unlink(path);
}

static void a_file_that_cannot_be_read_says_why(void **state) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    (void)state;
    assert_int_equal(hpt_space_load("/no/such/space.json", &space, &err), HPT_EIO);
    assert_string_equal(err.text, "cannot read \"/no/such/space.json\": No such file or directory");
    assert_int_equal(hpt_space_load("/dev/null", &space, &err), HPT_EPARSE);
    assert_string_equal(err.text, "expected a value, but the text ends");
    assert_int_equal(hpt_space_load("/dev/zero", &space, &err), HPT_ELIMIT);
    assert_null(space);
}

/* ---- points ---- */

static hpt_status read_points(const hpt_space *space, const char *json, hpt_value **values_out,
                              size_t *count_out, hpt_err *err) {
    return hpt_space_parse_points(space, json, strlen(json), values_out, count_out, err);
}

static const char points_space[] =
    "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.1},"
    "\"n\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"default\": 7},"
    "\"mode\": {\"kind\": \"categorical\", \"values\": [\"fast\", \"slow\", null], \"default\": "
    "null},"
    "\"k\": {\"kind\": \"constant\", \"value\": \"c\"}}";

static void points_are_read_row_by_row_in_the_order_of_the_space(void **state) {
    hpt_space *space = parse(points_space);
    hpt_value *v = NULL;
    size_t     count = 0;
    (void)state;
    assert_int_equal(read_points(space,
                                 "[{\"mode\": \"slow\", \"n\": 3, \"x\": 0.30000000000000004},"
                                 " {\"x\": 1}, {\"x\": 0.5, \"k\": \"c\", \"mode\": null}]",
                                 &v, &count, NULL),
                     HPT_OK);
    const hpt_value expected[] = { hpt_real(0.3), hpt_int(3), hpt_text("slow"), hpt_text("c"),
                                   hpt_real(1),   hpt_int(7), hpt_null(),       hpt_text("c"),
                                   hpt_real(0.5), hpt_int(7), hpt_null(),       hpt_text("c") };
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 12; i++)
        assert_true(hpt_value_equal(v[i], expected[i]));
    assert_ptr_equal(v[2].as.text, info_of(space, "mode").values[1].as.text); /* the space's own */
    hpt_free(v);
    hpt_space_destroy(space);
}

static void no_points_are_fine(void **state) {
    hpt_space *space = parse(points_space);
    hpt_value *values = NULL;
    size_t     count = 77;
    (void)state;
    assert_int_equal(read_points(space, " [ ] ", &values, &count, NULL), HPT_OK);
    assert_int_equal(count, 0);
    assert_non_null(values);
    hpt_free(values);
    hpt_space_destroy(space);
}

static void a_fault_in_a_point_has_its_place(void **state) {
    static const struct {
        const char *json;
        hpt_status  status;
        uint32_t    line, col;
        const char *sentence;
    } rows[] = {
        { "{}", HPT_EINVAL, 1, 1, "points are a list of objects, not an object" },
        { "[{\"x\": 1},\n 3]", HPT_EINVAL, 2, 2,
          "a point is an object of names and values, not a number" },
        { "[{}]", HPT_EINVAL, 1, 2, "parameter \"x\" is missing in this point and has no default" },
        { "[{\"x\": 1, \"mdoe\": 1}]", HPT_EINVAL, 1, 11,
          "there is no parameter \"mdoe\"; closest match: \"mode\"" },
        { "[{\"x\": 1, \"bananas\": 1}]", HPT_EINVAL, 1, 11,
          "there is no parameter \"bananas\"; there are: x, n, mode, k" },
        { "[{\"x\": 2}]", HPT_EINVAL, 1, 8, "parameter \"x\": 2 is above max 1" },
        { "[{\"x\": [1]}]", HPT_EINVAL, 1, 8, "parameter \"x\": a list is not one value" },
        { "[{\"x\": 1, \"n\": 2.0}]", HPT_EINVAL, 1, 16,
          "parameter \"n\": the real number 2 is not an integer" },
        { "[{\"x\": 1, \"k\": 2}]", HPT_EINVAL, 1, 16,
          "parameter \"k\": 2 is not the constant \"c\"" },
        { "[{\"x\": 1}", HPT_EPARSE, 1, 10, "expected ',' or ']', but the text ends" },
        { "[{\"x\": 1, \"x\": 1}]", HPT_EPARSE, 1, 11, "the name \"x\" is there twice" },
    };
    hpt_space *space = parse(points_space);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpt_value *values = NULL;
        size_t     count = 77;
        hpt_err    err = { 0 };
        assert_int_equal(read_points(space, rows[i].json, &values, &count, &err), rows[i].status);
        assert_string_equal(err.text, rows[i].sentence);
        assert_true(err.line == rows[i].line && err.col == rows[i].col);
        assert_true(!values && count == 77);
    }
    hpt_space_destroy(space);
}

static void a_short_text_cannot_ask_for_all_memory(void **state) {
    enum { PARAMS = 20000, POINTS = 1000 };
    hpt_space *space = hpt_space_create();
    char      *json = malloc(POINTS * 3 + 2), name[16];
    hpt_value *values = NULL;
    size_t     count;
    hpt_err    err = { 0 };
    (void)state;
    for (unsigned i = 0; i < PARAMS; i++) {
        sprintf(name, "p%u", i);
        hpt_space_add_constant(space, name, hpt_int(1));
    }
    for (size_t i = 0; i < POINTS; i++)
        memcpy(json + 3 * i, i ? ",{}" : "[{}", 3);
    strcpy(json + 3 * POINTS, "]");
    assert_int_equal(read_points(space, json, &values, &count, &err), HPT_ELIMIT);
    assert_string_equal(err.text,
                        "1000 points of 20000 parameters are above the limit of 16777216");
    free(json);
    hpt_space_destroy(space);
}

/* ---- memory ---- */

static bool try_read_and_print(void *user) {
    hpt_space *space = NULL;
    char      *json = NULL;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_parse(user, strlen(user), &space, &err);
    if (status == HPT_OK) status = hpt_space_print(space, &json, &err);
    if (status != HPT_OK) {
        assert_int_equal(err.code, HPT_ENOMEM);
        assert_null(json);
    }
    hpt_free(json);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static bool try_points(void *user) {
    hpt_space *space = NULL;
    hpt_value *values = NULL;
    size_t     count;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_parse(points_space, strlen(points_space), &space, &err);
    (void)user;
    if (status == HPT_OK)
        status = read_points(space, "[{\"x\": 1}, {\"x\": 0}]", &values, &count, &err);
    if (status != HPT_OK) assert_int_equal(err.code, HPT_ENOMEM);
    hpt_free(values);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    failing_everywhere(try_read_and_print, (void *)example);
    failing_everywhere(try_points, NULL);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(the_example_of_the_header_reads_back_as_written),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(the_older_kinds_are_read_as_the_new_ones),
        cmocka_unit_test(the_order_of_the_text_is_kept),
        cmocka_unit_test(hostile_numbers_and_texts_survive_bit_by_bit),
        cmocka_unit_test(a_fault_has_its_sentence_and_its_place),
        cmocka_unit_test(malformed_json_passes_through_with_its_place),
        cmocka_unit_test(a_space_is_read_from_a_file),
        cmocka_unit_test(a_file_that_cannot_be_read_says_why),
        cmocka_unit_test(points_are_read_row_by_row_in_the_order_of_the_space),
        cmocka_unit_test(no_points_are_fine),
        cmocka_unit_test(a_fault_in_a_point_has_its_place),
        cmocka_unit_test(a_short_text_cannot_ask_for_all_memory),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
