/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   ConfigSpace's JSON is read with its own meaning, written such that it reads back the
 * same, and refused with a place when it is wrong. Method: files with every type of the format, new
 * and old; points at which the rules must say yes or no; spaces that ConfigSpace can and cannot
 * say; every allocation failing. */
#include "failing.h"
#include "formats.h"

#define SPACE(hyperparameters, rest) "{\"hyperparameters\": [" hyperparameters "]" rest "}"
#define INT_N                        "{\"name\": \"n\", \"type\": \"uniform_int\", \"lower\": 1, \"upper\": 9}"
#define CHOICE_C                     "{\"name\": \"c\", \"type\": \"categorical\", \"choices\": [\"a\", \"b\", \"z\"]}"
#define CONDITIONS(list)             ", \"conditions\": [" list "]"
#define FORBIDDENS(list)             ", \"forbiddens\": [" list "]"

static void a_file_gives_its_space(void **state) {
    (void)state;
    expect_space(
        load_as("configspace", "configspace.json"),
        "{\"algorithm\": {\"kind\": \"categorical\", \"values\": [\"simplex\", \"barrier\", \"it's "
        "own\"], \"default\": \"barrier\"},\n"
        " \"barrier:tolerance\": {\"kind\": \"real\", \"min\": 1e-8, \"max\": 1.0, \"log\": true, "
        "\"default\": 0.001, \"condition\": \"algorithm == 'barrier'\"},\n"
        " \"threads\": {\"kind\": \"int\", \"min\": 1, \"max\": 64, \"default\": 8},\n"
        " \"shift\": {\"kind\": \"real\", \"min\": -3.0, \"max\": 3.0, \"default\": 0.0, "
        "\"condition\": \"version == 3 and `barrier:tolerance` < 0.5\"},\n"
        " \"restarts\": {\"kind\": \"int\", \"min\": 0, \"max\": 10, \"default\": 2, "
        "\"condition\": "
        "\"algorithm != 'it\\\\'s own' and (threads > 4 or precision in ['half', 'single'])\"},\n"
        " \"precision\": {\"kind\": \"ordinal\", \"values\": [\"half\", \"single\", \"double\"], "
        "\"default\": \"single\"},\n"
        " \"version\": {\"kind\": \"constant\", \"value\": 3},\n"
        " \"presolve\": {\"kind\": \"categorical\", \"values\": [\"on\"], \"condition\": "
        "\"algorithm in ['simplex', 'barrier']\"},\n"
        " \"warm\": {\"kind\": \"categorical\", \"values\": [true, false, null], \"default\": "
        "null},\n"
        " \"constraints\": [\n"
        "    \"not (threads == 13)\",\n"
        "    \"not (algorithm in ['simplex', 'it\\\\'s own'] and threads >= 32 and (precision in "
        "['single', 'double'] or shift < -1.0))\",\n"
        "    \"not (threads < restarts)\"]}\n");
}

static void the_names_of_older_files_are_read(void **state) {
    (void)state;
    expect_space(
        load_as("configspace", "configspace_older.json"),
        "{\"C\": {\"kind\": \"real\", \"min\": 0.03125, \"max\": 32768.0, \"log\": true, "
        "\"default\": 1.0},\n"
        " \"degree\": {\"kind\": \"int\", \"min\": 2, \"max\": 8, \"step\": 2, \"default\": "
        "4, \"condition\": \"kernel == 'poly'\"},\n"
        " \"kernel\": {\"kind\": \"categorical\", \"values\": [\"rbf\", \"poly\"], "
        "\"default\": \"rbf\"},\n"
        " \"max_iter\": {\"kind\": \"constant\", \"value\": -1},\n"
        " \"constraints\": [\n    \"not (degree > C)\",\n    \"not (C < degree)\",\n"
        "    \"not (kernel == 'rbf' and max_iter == -1)\"]}\n");
}

static void an_ordinal_is_compared_by_its_sequence(void **state) {
    static const struct {
        const char *type, *value;
        bool        forbids[4];
    } cases[] = {
        { "CLAUSE_LT", "hot", { true, false, false, false } },
        { "CLAUSE_LE", "hot", { true, true, false, false } },
        { "CLAUSE_GT", "hot", { false, false, true, true } },
        { "CLAUSE_GE", "hot", { false, true, true, true } },
        { "CLAUSE_LT", "warm", { false, false, false, false } },
        { "EQUALS", "cold", { false, false, true, false } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 SPACE("{\"name\": \"o\", \"type\": \"ordinal\", \"sequence\": [\"warm\", \"hot\", "
                       "\"cold\", \"icy\"]}",
                       FORBIDDENS("{\"type\": \"%s\", \"name\": \"o\", \"value\": \"%s\"}")),
                 cases[i].type, cases[i].value);
        hpt_space *space = read_as("configspace", text);
        for (int64_t at = 0; at < 4; at++) {
            hpt_coord point = { .integer = at };
            assert_int_equal(hpt_space_permits(space, &point), !cases[i].forbids[at]);
        }
        hpt_space_destroy(space);
    }
}

static void a_comparison_with_what_is_inactive_does_not_hold(void **state) {
    hpt_space *space = read_as(
        "configspace",
        SPACE(
            CHOICE_C "," INT_N
                     ", {\"name\": \"x\", \"type\": \"uniform_float\", \"lower\": 0, \"upper\": 1}",
            CONDITIONS("{\"type\": \"EQ\", \"child\": \"n\", \"parent\": \"c\", \"value\": \"a\"},"
                       "{\"type\": \"NEQ\", \"child\": \"x\", \"parent\": \"n\", \"value\": 5}")
                FORBIDDENS("{\"type\": \"OR\", \"clauses\": ["
                           "{\"type\": \"CLAUSE_GT\", \"name\": \"n\", \"value\": 7},"
                           "{\"type\": \"EQUALS\", \"name\": \"c\", \"value\": \"z\"}]}")));
    hpt_coord rests[] = { { .integer = 1 }, { .integer = 9 }, { .real = 0.5 } };
    hpt_coord active[] = { { .integer = 0 }, { .integer = 9 }, { .real = 0.5 } };
    hpt_coord other[] = { { .integer = 2 }, { .integer = 1 }, { .real = 0.5 } };
    (void)state;
    assert_false(hpt_space_is_active(space, 2, rests));
    assert_true(hpt_space_permits(space, rests));
    assert_true(hpt_space_is_active(space, 2, active));
    assert_false(hpt_space_permits(space, active));
    assert_false(hpt_space_permits(space, other));
    hpt_space_destroy(space);
}

static void what_is_wrong_is_refused_with_its_place(void **state) {
    (void)state;
    const char *f = "configspace";
    expect_refusal_as(f, "[]", HPT_EINVAL, 1, 1, "a space of ConfigSpace is an object");
    expect_refusal_as(f, "{\"name\": 1}", HPT_EINVAL, 1, 1, "\"hyperparameters\" is missing");
    expect_refusal_as(f, SPACE("", ""), HPT_EINVAL, 0, 0, "the space is empty");
    expect_refusal_as(f, SPACE(INT_N, ", \"format_version\": 0.5"), HPT_EINVAL, 1, 103,
                      "\"format_version\" is 0.5; the newest that is read is 0.4");
    expect_refusal_as(f, SPACE("3", ""), HPT_EINVAL, 1, 22, "hyperparameters[0] is a number");
    expect_refusal_as(f, SPACE("{\"name\": \"x\", \"type\": \"unifrom_int\"}", ""), HPT_EINVAL, 1,
                      44, "there is no type \"unifrom_int\"; closest match: \"uniform_int\"");
    expect_refusal_as(f, SPACE("{\"name\": \"x\", \"type\": \"uniform_int\", \"lowr\": 1}", ""),
                      HPT_EINVAL, 1, 67,
                      "hyperparameter \"x\": there is no key \"lowr\"; closest match: \"lower\"");
    expect_refusal_as(f, SPACE("{\"name\": \"x\", \"type\": \"uniform_int\", \"choices\": []}", ""),
                      HPT_EINVAL, 1, 70, "\"choices\" does not go with type uniform_int");
    expect_refusal_as(f, SPACE("{\"name\": \"x\", \"type\": \"normal_float\", \"mu\": 0}", ""),
                      HPT_EINVAL, 1, 22, "\"lower\" is missing; hpt needs bounds");
    expect_refusal_as(f, SPACE("{\"name\": \"x\", \"type\": \"uniform_int\", \"lower\": 1.5}", ""),
                      HPT_EINVAL, 1, 68, "\"lower\" is 1.5, not an integer");
    expect_refusal_as(f,
                      SPACE("{\"name\": \"x\", \"type\": \"categorical\", \"choices\": [[1]]}", ""),
                      HPT_EINVAL, 1, 71, "a value is a list");
    expect_refusal_as(
        f,
        SPACE("{\"name\": \"x\", \"type\": \"uniform_float\", \"lower\": 1, \"upper\": 2, \"log\": "
              "true, \"q\": 0.5}",
              ""),
        HPT_EINVAL, 1, 103, "step");
}

static void wrong_rules_are_refused_with_their_place(void **state) {
    (void)state;
    const char *f = "configspace";
    expect_refusal_as(f, SPACE(INT_N, CONDITIONS("{\"type\": \"LE\"}")), HPT_EINVAL, 1, 109,
                      "there is no type \"LE\"; there are: EQ, NEQ, LT");
    expect_refusal_as(f,
                      SPACE(INT_N "," CHOICE_C,
                            CONDITIONS("{\"type\": \"EQ\", \"child\": \"m\", \"parent\": \"c\"}")),
                      HPT_EINVAL, 1, 189, "conditions[0]: there is no hyperparameter \"m\"");
    expect_refusal_as(
        f,
        SPACE(INT_N "," CHOICE_C,
              CONDITIONS(
                  "{\"type\": \"EQ\", \"child\": \"n\", \"parent\": \"c\", \"value\": \"aa\"}")),
        HPT_EINVAL, 1, 218, "conditions[0]: parameter \"c\"");
    expect_refusal_as(
        f,
        SPACE(INT_N "," CHOICE_C,
              CONDITIONS(
                  "{\"type\": \"LT\", \"child\": \"n\", \"parent\": \"c\", \"value\": \"a\"}")),
        HPT_EINVAL, 1, 165, "\"c\" is categorical and has no order");
    expect_refusal_as(
        f,
        SPACE(
            INT_N "," CHOICE_C,
            CONDITIONS("{\"type\": \"AND\", \"child\": \"n\", \"conditions\": [{\"type\": \"EQ\", "
                       "\"child\": \"c\", \"parent\": \"c\", \"value\": \"a\"}]}")),
        HPT_EINVAL, 1, 234, "\"c\" is not the child of the whole condition");
    expect_refusal_as(
        f,
        SPACE(
            INT_N "," CHOICE_C,
            CONDITIONS("{\"type\": \"EQ\", \"child\": \"n\", \"parent\": \"c\", \"value\": \"a\"},"
                       "{\"type\": \"GT\", \"child\": \"c\", \"parent\": \"n\", \"value\": 3}")),
        HPT_EINVAL, 1, 223, "conditions go in a circle");
    expect_refusal_as(f, SPACE(INT_N, FORBIDDENS("{\"type\": \"AND\", \"clauses\": []}")),
                      HPT_EINVAL, 1, 127, "\"clauses\" is empty");
    expect_refusal_as(
        f,
        SPACE(INT_N "," CHOICE_C,
              FORBIDDENS("{\"type\": \"RELATION_LT\", \"left\": \"n\", \"right\": \"c\"}")),
        HPT_EINVAL, 1, 165, "compares a number with a text");
    expect_refusal_as(
        f,
        SPACE("{\"name\": \"a`b\", \"type\": \"uniform_int\", \"lower\": 1, \"upper\": 9}",
              FORBIDDENS("{\"type\": \"EQUALS\", \"name\": \"a`b\", \"value\": 2}")),
        HPT_EINVAL, 1, 102, "no expression can name \"a`b\"");
}

static void what_is_written_reads_back_the_same(void **state) {
    (void)state;
    expect_round_trip("configspace", load_as("configspace", "configspace.json"));
    expect_round_trip(
        "configspace",
        read_as("hpt",
                "{\"a\": {\"kind\": \"real\", \"min\": 1e-300, \"max\": 0.1, \"log\": true},"
                " \"b\": {\"kind\": \"int\", \"min\": -9223372036854775808, \"max\": "
                "9223372036854775807, \"default\": -1},"
                " \"c\": {\"kind\": \"int\", \"min\": 1, \"max\": 1024, \"log\": true},"
                " \"d\": {\"kind\": \"categorical\", \"values\": [1.0, 2, \"x\", true, null]},"
                " \"e\": {\"kind\": \"ordinal\", \"values\": [3, 1, 2], \"default\": 1,"
                "         \"condition\": \"d == 'x' and not_here > 2\"},"
                " \"not_here\": {\"kind\": \"int\", \"min\": 0, \"max\": 9},"
                " \"true\": {\"kind\": \"constant\", \"value\": 7},"
                " \"constraints\": [\"not (`true` == 7 and not_here >= 3 and e in [3, 2])\","
                " \"not (a > c)\"]}"));
}

/* Rules in hpt's words that come back in ConfigSpace's. */
static void rules_are_written_with_the_same_meaning(void **state) {
    static const char *const rules[] = {
        "n != 3",
        "n <= 7 or x < 0.25",
        "not (n > 2.5 and c != 'a')",
        "n < 2.5",
        "n >= 6.5 or o == 2",
        "2 < n <= 8",
        "3 > n",
        "n % 2 == 0",
        "o * 2 <= 4",
        "o",
        "not o or c == 'a'",
        "c in ['a', 'z']",
        "c not in ['z'] or n == 9",
        "n != m",
        "n <= m",
        "n == m or c == 'b'",
        "not (n < m or x > 0.5)",
        "not (not (not (n == m)))",
        "x >= 0.125",
        "x != 0.125",
        "n in [2, 3, 5]",
        "not (c == 'a' and (n < 3 or (o == 3 and n > 7)))",
        "c == 'a' and n > 2 and x < 0.9",
        "abs(n - 4) < 3",
        "c != 'b' and o != 1",
        "not (c == d)",
        "c != 'a' or d == 'b'",
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof rules / sizeof *rules; i++) {
        char text[1024];
        bool is_condition = i % 2; /* of k */
        snprintf(text, sizeof text,
                 "{\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                 " \"m\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"n > 1\"},"
                 " \"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"condition\": \"n < 9\"},"
                 " \"c\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\", \"z\"]},"
                 " \"d\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]},"
                 " \"o\": {\"kind\": \"ordinal\", \"values\": [0, 1, 2, 3],"
                 "         \"condition\": \"c != 'z'\"},"
                 " \"k\": {\"kind\": \"int\", \"min\": 1, \"max\": 9%s%s%s}%s%s%s}",
                 is_condition ? ", \"condition\": \"" : "", is_condition ? rules[i / 2] : "",
                 is_condition ? "\"" : "", is_condition ? "" : ", \"constraints\": [\"",
                 is_condition ? "" : rules[i / 2], is_condition ? "" : "\"]");
        bool compares_two = strstr(rules[i / 2], "m") || strcmp(rules[i / 2], "not (c == d)") == 0;
        if (is_condition && compares_two)
            expect_unsaid("configspace", text, "it compares two parameters");
        else
            expect_round_trip_of_points("configspace", read_as("hpt", text));
    }
}

static void what_configspace_cannot_say_is_refused(void **state) {
    static const struct {
        const char *constraint, *part;
    } cases[] = {
        { "n * m <= 20",
          "the constraint \"n * m <= 20\" cannot be said in ConfigSpace: it computes "
          "with several parameters" },
        { "n + 1 < m", "it computes with several parameters" },
        { "x * 2 < 1", "it computes with a range" },
        { "n < 0", "a value that the parameter cannot take" },
        { "n == 2.5", "a value that the parameter cannot take" },
        { "c != 'q'", "a part of it always holds" },
        { "1 < 2 or n == 2", "reads no parameter" },
        { "c < 'b' or o == 1 or 6 / o > 1", "it has no value for some values" },
        { "o < n", "it orders two parameters, or tells them apart" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "{\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                 " \"m\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                 " \"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                 " \"c\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]},"
                 " \"o\": {\"kind\": \"ordinal\", \"values\": [0, 1, 2]},"
                 " \"constraints\": [\"%s\"]}",
                 cases[i].constraint);
        expect_unsaid("configspace", text, cases[i].part);
    }
    expect_unsaid("configspace",
                  "{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 8, \"step\": 2}}",
                  "parameter \"x\": a step");
    expect_unsaid("configspace", "{\"x\": {\"kind\": \"real\", \"min\": 1, \"max\": 1}}",
                  "a range of one value");
}

static bool allow(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)space;
    (void)point;
    return user == NULL;
}

static void a_check_in_c_cannot_be_written(void **state) {
    static const char *const names[] = { "hpt", "t1", "configspace" };
    hpt_space               *space = hpt_space_create();
    (void)state;
    hpt_space_add_constant(space, "k", hpt_int(1));
    hpt_space_add_check(space, allow, NULL);
    for (size_t i = 0; i < 3; i++) {
        hpt_err err = { 0 };
        char   *text = NULL;
        assert_int_equal(hpt_space_print_as(space, names[i], NULL, &text, &err), HPT_EINVAL);
        assert_non_null(strstr(err.text, "the space has a check, which is C code"));
        assert_null(text);
    }
    hpt_space_destroy(space);
}

static void a_file_around_the_space_is_kept(void **state) {
    char      *text = NULL;
    hpt_space *space = read_as("configspace", SPACE(INT_N, ""));
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "configspace",
                                        "{\"python_module_version\": \"1.2.1\", \"conditions\": 5,"
                                        " \"name\": \"solver\"}",
                                        &text, NULL),
                     HPT_OK);
    assert_string_equal(text,
                        "{\"python_module_version\": \"1.2.1\",\n \"name\": \"solver\",\n"
                        " \"hyperparameters\": [\n    {\"type\": \"uniform_int\", \"name\": \"n\", "
                        "\"lower\": 1, \"upper\": 9, \"log\": false, \"meta\": null}],\n"
                        " \"conditions\": [],\n \"forbiddens\": [],\n \"format_version\": 0.4}\n");
    hpt_free(text);
    hpt_space_destroy(space);
}

static bool try_reading(void *user) {
    hpt_space *space = NULL;
    char      *text = NULL;
    hpt_status status = hpt_space_parse_as(user, strlen(user), NULL, &space, NULL);
    if (status == HPT_OK) status = hpt_space_print_as(space, "configspace", user, &text, NULL);
    hpt_free(text);
    hpt_space_destroy(space);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    static char text[] = SPACE(
        INT_N "," CHOICE_C,
        CONDITIONS("{\"type\": \"EQ\", \"child\": \"n\", \"parent\": \"c\", \"value\": \"a\"}")
            FORBIDDENS("{\"type\": \"OR\", \"clauses\": ["
                       "{\"type\": \"CLAUSE_GT\", \"name\": \"n\", \"value\": 7},"
                       "{\"type\": \"EQUALS\", \"name\": \"c\", \"value\": \"z\"}]}"));
    (void)state;
    failing_tolerated(try_reading, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_space),
        cmocka_unit_test(the_names_of_older_files_are_read),
        cmocka_unit_test(an_ordinal_is_compared_by_its_sequence),
        cmocka_unit_test(a_comparison_with_what_is_inactive_does_not_hold),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(wrong_rules_are_refused_with_their_place),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(rules_are_written_with_the_same_meaning),
        cmocka_unit_test(what_configspace_cannot_say_is_refused),
        cmocka_unit_test(a_check_in_c_cannot_be_written),
        cmocka_unit_test(a_file_around_the_space_is_kept),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
