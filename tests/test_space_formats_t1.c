/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   T1 files are read as auto-tuners read them, written such that they read back the same,
 * and refused with a place when they are wrong. Method: a file of the kind that Kernel Tuner ships,
 * lists in every spelling, spaces that T1 can and cannot say, every allocation failing. */
#include "failing.h"
#include "formats.h"

#define T1(parameters, conditions)                                                                 \
    "{\"ConfigurationSpace\": {\"TuningParameters\": [" parameters                                 \
    "], \"Conditions\": [" conditions "]}, \"KernelSpecification\": {}}"
#define PARAM(type, values) "{\"Name\": \"p\", \"Type\": \"" type "\", \"Values\": \"" values "\"}"

static void a_file_gives_its_space(void **state) {
    (void)state;
    expect_space(
        load_as("t1", "t1_convolution.json"),
        "{\"block_size_x\": {\"kind\": \"ordinal\", \"values\": [1, 2, 4, 8, 16, 32, 64, 96, 128], "
        "\"default\": 16},\n"
        " \"block_size_y\": {\"kind\": \"ordinal\", \"values\": [1, 2, 4, 8, 16, 32], \"default\": "
        "16},\n"
        " \"tile_size\": {\"kind\": \"int\", \"min\": 1, \"max\": 8},\n"
        " \"stride\": {\"kind\": \"int\", \"min\": 16, \"max\": 64, \"step\": 16, \"default\": "
        "32},\n"
        " \"unroll\": {\"kind\": \"categorical\", \"values\": [3, 1, 2]},\n"
        " \"use_padding\": {\"kind\": \"categorical\", \"values\": [false, true], \"default\": "
        "true},\n"
        " \"scale\": {\"kind\": \"ordinal\", \"values\": [0.5, 1.0, 2.0], \"default\": 1.0},\n"
        " \"layout\": {\"kind\": \"categorical\", \"values\": [\"row\", \"column\"], \"default\": "
        "\"row\"},\n"
        " \"filter_width\": {\"kind\": \"constant\", \"value\": 15},\n"
        " \"constraints\": [\n"
        "    \"not use_padding or (block_size_x % 32 != 0)\",\n"
        "    \"32 <= block_size_x * block_size_y <= 1024\",\n"
        "    \"layout == 'row' or tile_size + filter_width - 1 < 20\"]}\n");
}

/* Each text beside what it is; NULL type: "int". */
static void lists_are_read_in_all_their_spellings(void **state) {
    static const struct {
        const char *type, *values, *json;
    } cases[] = {
        { "int", "[16*i for i in range(1,4)]", "\"kind\": \"ordinal\", \"values\": [16, 32, 48]" },
        { "int", "[i for i in range(3,10,2)]", "\"kind\": \"ordinal\", \"values\": [3, 5, 7, 9]" },
        { "int", "[1] + [2 * i for i in range(1, 3)]",
          "\"kind\": \"ordinal\", \"values\": [1, 2, 4]" },
        { "int", "[ i for i in [8, 4, 3] if i % 2 == 0 ]",
          "\"kind\": \"ordinal\", \"values\": [8, 4]" },
        { "int", "[x*x for x in [y+1 for y in range(2)]]",
          "\"kind\": \"ordinal\", \"values\": [1, 4]" },
        { "int", "[-1, -2*3, max(2, 7),]", "\"kind\": \"categorical\", \"values\": [-1, -6, 7]" },
        { "int", "([5] + (7,))", "\"kind\": \"ordinal\", \"values\": [5, 7]" },
        { "int", "list((2, 1))", "\"kind\": \"ordinal\", \"values\": [2, 1]" },
        { "int", "range(5)", "\"kind\": \"int\", \"min\": 0, \"max\": 4" },
        { "int", "range(10, 0, -3)", "\"kind\": \"int\", \"min\": 1, \"max\": 10, \"step\": 3" },
        { "int", "range(7, 8)", "\"kind\": \"int\", \"min\": 7, \"max\": 7" },
        { "int", "range(-9223372036854775807 - 1, 9223372036854775807, 4611686018427387904)",
          "\"kind\": \"int\", \"min\": -9223372036854775808, \"max\": 4611686018427387904, "
          "\"step\": 4611686018427387904" },
        { "float", "[0.1*i for i in range(1, 3)]",
          "\"kind\": \"ordinal\", \"values\": [0.1, 0.2]" },
        { "float", "range(1, 3)", "\"kind\": \"ordinal\", \"values\": [1.0, 2.0]" },
        { "bool", "[0, 1]", "\"kind\": \"categorical\", \"values\": [false, true]" },
        { "string", "['a, b', 'it\\\\'s']",
          "\"kind\": \"categorical\", \"values\": [\"a, b\", \"it's\"]" },
        { "string", "['for', 'if', ']']",
          "\"kind\": \"categorical\", \"values\": [\"for\", \"if\", \"]\"]" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512], json[512];
        snprintf(text, sizeof text, T1(PARAM("%s", "%s"), ""), cases[i].type, cases[i].values);
        snprintf(json, sizeof json, "{\"p\": {%s}}\n", cases[i].json);
        expect_space(read_as("t1", text), json);
    }
}

static void what_is_wrong_is_refused_with_its_place(void **state) {
    static const struct {
        const char *type, *values;
        hpt_status  status;
        uint32_t    col; /* from the first character of the values */
        const char *part;
    } cases[] = {
        { "int", "[1, 2", HPT_EPARSE, 6, "there should be \",\" or \"]\" where it ends" },
        { "int", "", HPT_EPARSE, 1, "there should be a list" },
        { "int", "5", HPT_EPARSE, 1, "there should be a list" },
        { "int", "[]", HPT_EINVAL, 1, "the list is empty" },
        { "int", "range(3, 3)", HPT_EINVAL, 1, "the list is empty" },
        { "int", "[2**j for i in range(3)]", HPT_EINVAL, 5,
          "there is no parameter \"j\"; there are: i" },
        { "int", "range(1, 9, 0)", HPT_EINVAL, 7, "the step of range() is 0" },
        { "int", "range(1, 2.5)", HPT_EINVAL, 10, "range() takes integers" },
        { "int", "[1/0]", HPT_EINVAL, 2, "no finite number" },
        { "int", "[i for i in range(1000000)]", HPT_ELIMIT, 1, "more than 65536 values" },
        { "int", "[i for i in ['a']]", HPT_EINVAL, 2, "over numbers only" },
        { "int", "[int(x) for x in range(3)]", HPT_EINVAL, 2, "there is no function \"int\"" },
        { "int", "__import__('os')", HPT_EPARSE, 1, "there should be a list" },
        { "int", "[1] [2]", HPT_EPARSE, 5, "\"+\" or the end" },
        { "string", "['a\\\\n']", HPT_EINVAL, 2, "of a backslash's escapes" },
        { "int", "((1))", HPT_EPARSE, 1, "there should be a list" },
        { "int",
          "list(list(list(list(list(list(list(list(list(list(list(list(list(list(list(list("
          "list([1])))))))))))))))))",
          HPT_ELIMIT, 81, "nested too deeply" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char        text[512];
        const char *values;
        snprintf(text, sizeof text, T1(PARAM("%s", "%s"), ""), cases[i].type, cases[i].values);
        values = strstr(text, "\"Values\": \"") + strlen("\"Values\": \"");
        expect_refusal_as("t1", text, cases[i].status, 1, (uint32_t)(values - text) + cases[i].col,
                          cases[i].part);
    }
}

static void what_does_not_fit_the_schema_is_refused(void **state) {
    (void)state;
    expect_refusal_as("t1", "[]", HPT_EINVAL, 1, 1, "a T1 file is an object");
    expect_refusal_as("t1", "{}", HPT_EINVAL, 1, 1, "\"ConfigurationSpace\" is missing");
    expect_refusal_as("t1", "{\"ConfigurationSpace\": 3}", HPT_EINVAL, 1, 24,
                      "a number, not an object");
    expect_refusal_as("t1", T1("4", ""), HPT_EINVAL, 1, 46, "TuningParameters[0] is a number");
    expect_refusal_as("t1", T1("{\"Name\": \"p\"}", ""), HPT_EINVAL, 1, 46,
                      "parameter \"p\": \"Type\" is missing");
    expect_refusal_as("t1", T1(PARAM("itn", "[1]"), ""), HPT_EINVAL, 1, 68,
                      "there is no type \"itn\"; closest match: \"int\"");
    expect_refusal_as("t1", T1(PARAM("int", "['a']"), ""), HPT_EINVAL, 1, 85,
                      "parameter \"p\": \"a\" is no value of type \"int\"");
    expect_refusal_as("t1", T1(PARAM("uint", "[-1]"), ""), HPT_EINVAL, 1, 86, "-1 is no value");
    expect_refusal_as("t1", T1(PARAM("int", "[1, 1]"), ""), HPT_EINVAL, 1, 46, "are both 1");
    expect_refusal_as("t1", T1(PARAM("int", "[1, 2]") "," PARAM("int", "[1, 2]"), ""), HPT_EINVAL,
                      1, 95, "parameter \"p\" is there twice");
    expect_refusal_as("t1", T1("", ""), HPT_EINVAL, 0, 0, "the space is empty");
    expect_refusal_as("t1", T1(PARAM("int", "[1, 2]"), "{\"Expression\": \"p <= q\"}"), HPT_EINVAL,
                      1, 133, "there is no parameter \"q\"");
    expect_refusal_as("t1", T1(PARAM("int", "[1, 2]"), "7"), HPT_EINVAL, 1, 112,
                      "Conditions[0] is a number");
}

static void a_default_that_is_none_of_the_values_is_refused(void **state) {
    (void)state;
    expect_refusal_as(
        "t1",
        T1("{\"Name\": \"p\", \"Type\": \"int\", \"Values\": \"[1, 2]\", \"Default\": 3}", ""),
        HPT_EINVAL, 1, 106, "parameter \"p\"");
    expect_refusal_as(
        "t1",
        T1("{\"Name\": \"p\", \"Type\": \"int\", \"Values\": \"[1, 2]\", \"Default\": "
           "[1]}",
           ""),
        HPT_EINVAL, 1, 106, "\"Default\" is a list, not one value");
}

/* 70 parameters of 65 536 values each, from some 60 bytes of text each. */
static void short_lists_cannot_fill_the_memory(void **state) {
    static char text[16384];
    size_t      bytes = 0;
    hpt_err     err = { 0 };
    hpt_space  *space = NULL;
    (void)state;
    bytes += (size_t)sprintf(text, "{\"ConfigurationSpace\": {\"TuningParameters\": [");
    for (int i = 0; i < 70; i++)
        bytes +=
            (size_t)sprintf(text + bytes,
                            "%s{\"Name\": \"p%d\", \"Type\": \"int\", \"Values\": \"[i for i in "
                            "range(65536) if i < 2]\"}",
                            i ? "," : "", i);
    sprintf(text + bytes, "]}}");
    assert_int_equal(hpt_space_parse_as(text, strlen(text), "t1", &space, &err), HPT_ELIMIT);
    assert_non_null(strstr(err.text, "more than 4194304 values in all"));
}

static void what_is_written_reads_back_the_same(void **state) {
    (void)state;
    expect_round_trip("t1", load_as("t1", "t1_convolution.json"));
    expect_round_trip(
        "t1",
        read_as("hpt",
                "{\"a\": {\"kind\": \"categorical\", \"values\": [16, 32, 64], \"default\": 32},"
                " \"b\": {\"kind\": \"ordinal\", \"values\": [\"half\", \"it's \\\\ \\\"\"]},"
                " \"c\": {\"kind\": \"ordinal\", \"values\": [3, 1, 2]},"
                " \"d\": {\"kind\": \"categorical\", \"values\": [7]},"
                " \"e\": {\"kind\": \"constant\", \"value\": 0.1},"
                " \"f\": {\"kind\": \"int\", \"min\": -9223372036854775808, \"max\": 12},"
                " \"g\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"step\": 1, \"default\": 0},"
                " \"h\": {\"kind\": \"ordinal\", \"values\": [1e-300, 1.0, 1e300]},"
                " \"i\": {\"kind\": \"ordinal\", \"values\": [false, true]},"
                " \"j k\": {\"kind\": \"constant\", \"value\": \"x\"},"
                " \"constraints\": [\"a * f <= 1024\", \"b != 'half'  or True\"]}"));
}

static void a_file_around_the_space_is_kept(void **state) {
    static const char around[] =
        "{\"General\": {\"FormatVersion\": 1}, \"ConfigurationSpace\": 5,"
        " \"Budget\": [{\"Type\": \"ConfigurationCount\", \"BudgetValue\": 1.5}],"
        " \"KernelSpecification\": {\"Language\": \"CUDA\", \"KernelName\": \"k\", \"KernelFile\": "
        "\"k.cu\", \"GlobalSize\": {\"X\": \"n\"}, \"LocalSize\": {\"X\": \"b\"}, \"Stream\": "
        "null}}";
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = read_as("t1", T1(PARAM("int", "[1, 2]"), ""));
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "t1", around, &text, &err), HPT_OK);
    assert_string_equal(
        text,
        "{\"ConfigurationSpace\": {\n  \"TuningParameters\": [\n"
        "    {\"Name\": \"p\", \"Type\": \"int\", \"Values\": \"[1, 2]\"}],\n"
        "  \"Conditions\": []},\n"
        " \"General\": {\"FormatVersion\": 1},\n"
        " \"Budget\": [{\"Type\": \"ConfigurationCount\", \"BudgetValue\": 1.5}],\n"
        " \"KernelSpecification\": {\"Language\": \"CUDA\", \"KernelName\": \"k\", \"KernelFile\": "
        "\"k.cu\", \"GlobalSize\": {\"X\": \"n\"}, \"LocalSize\": {\"X\": \"b\"}, \"Stream\": "
        "null}}\n");
    hpt_free(text);
    text = NULL;
    assert_int_equal(hpt_space_print_as(space, "t1", "{\"KernelSpecification\": {}}", &text, &err),
                     HPT_EINVAL);
    assert_string_equal(err.text, "\"KernelSpecification\" has no \"Language\"");
    assert_int_equal(hpt_space_print_as(space, "t1", "[]", &text, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_print_as(space, "t1", "{", &text, &err), HPT_EPARSE);
    assert_null(text);
    hpt_space_destroy(space);
}

static void without_a_kernel_the_least_of_one_is_written(void **state) {
    char      *text = NULL;
    hpt_space *space = read_as("t1", T1(PARAM("int", "[1, 2]"), ""));
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "t1", NULL, &text, NULL), HPT_OK);
    assert_non_null(strstr(text, "\"KernelSpecification\": {\"Language\": \"OpenCL\", "
                                 "\"KernelName\": \"\", \"KernelFile\": \"\", \"GlobalSize\": "
                                 "{\"X\": \"1\"}, \"LocalSize\": {\"X\": \"1\"}}"));
    hpt_free(text);
    hpt_space_destroy(space);
}

static void constants_are_written_by_pythons_names(void **state) {
    char      *text = NULL;
    hpt_space *space =
        read_as("hpt", "{\"a\": {\"kind\": \"categorical\", \"values\": [\"q\", \"null\"]},"
                       " \"constraints\": [\"a != 'null' or\\n false\", \"a == \\\"\\\\q\\\"\"]}");
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "t1", NULL, &text, NULL), HPT_OK);
    assert_non_null(strstr(text, "\"a != 'null' or\\n False\""));
    assert_non_null(strstr(text, "\"a == \\\"q\\\"\""));
    hpt_free(text);
    hpt_space_destroy(space);
}

static void what_t1_cannot_say_is_refused(void **state) {
    (void)state;
    expect_unsaid("t1", "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1}}",
                  "parameter \"x\": a range of reals");
    expect_unsaid("t1", "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.5}}",
                  "a range of reals");
    expect_unsaid("t1", "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"log\": true}}",
                  "a logarithmic range");
    expect_unsaid("t1", "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 9223372036854775807}}",
                  "range() ends one above it");
    expect_unsaid("t1", "{\"x\": {\"kind\": \"categorical\", \"values\": [1, 1.5]}}",
                  "values of several types");
    expect_unsaid("t1", "{\"x\": {\"kind\": \"categorical\", \"values\": [null]}}",
                  "values of several types, or null");
    expect_unsaid("t1",
                  "{\"x\": {\"kind\": \"categorical\", \"values\": [1, 2]},"
                  " \"y\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"x == 1\"}}",
                  "parameter \"y\": a condition");
    expect_unsaid("t1",
                  "{\"x y\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                  " \"constraints\": [\"`x y` > 2\"]}",
                  "parameter \"x y\", which is no name in Python");
    expect_unsaid("t1",
                  "{\"is\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                  " \"constraints\": [\"is > 2\"]}",
                  "parameter \"is\", which is no name in Python");
    expect_unsaid("t1",
                  "{\"x\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                  " \"constraints\": [\"floor (x / 2) > 2\"]}",
                  "a constraint calls ceil() or floor()");
}

static bool try_reading(void *user) {
    hpt_space *space = NULL;
    char      *text = NULL;
    hpt_status status = hpt_space_parse_as(user, strlen(user), NULL, &space, NULL);
    if (status == HPT_OK) status = hpt_space_print_as(space, "t1", user, &text, NULL);
    hpt_free(text);
    hpt_space_destroy(space);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    static char text[] = "{\"ConfigurationSpace\": {\"TuningParameters\": ["
                         "{\"Name\": \"a\", \"Type\": \"int\", \"Values\": \"[1] + [2**i for i in "
                         "range(1, 9) if i > "
                         "2]\", \"Default\": 1},"
                         "{\"Name\": \"b\", \"Type\": \"string\", \"Values\": \"['x', 'y']\"}],"
                         " \"Conditions\": [{\"Expression\": \"a < 9 or b == 'x'\"}]},"
                         " \"KernelSpecification\": {\"Language\": \"CUDA\", \"KernelName\": \"\", "
                         "\"KernelFile\": \"\","
                         " \"GlobalSize\": {}, \"LocalSize\": {}}}";
    (void)state;
    failing_tolerated(try_reading, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_space),
        cmocka_unit_test(lists_are_read_in_all_their_spellings),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(what_does_not_fit_the_schema_is_refused),
        cmocka_unit_test(a_default_that_is_none_of_the_values_is_refused),
        cmocka_unit_test(short_lists_cannot_fill_the_memory),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(a_file_around_the_space_is_kept),
        cmocka_unit_test(without_a_kernel_the_least_of_one_is_written),
        cmocka_unit_test(constants_are_written_by_pythons_names),
        cmocka_unit_test(what_t1_cannot_say_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
