/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   rules are part of a space: written and read exactly, copied, refused with a place when
 * they are wrong, whichever order they come in. Method: spaces in JSON and in C, read, printed,
 * read again; circles, depths, limits, and every allocation failing. */
#include "failing.h"
#include "fixture.h"

#include "space/space.h"

#include <stdio.h>
#include <string.h>

static const char text[] =
    "{\"momentum\": {\"kind\": \"real\", \"min\": 0.0, \"max\": 0.9, "
    "\"condition\": \"solver == \\\"sgd\\\"\"},\n"
    " \"solver\": {\"kind\": \"categorical\", \"values\": [\"adam\", \"sgd\"]},\n"
    " \"warm\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"momentum > 0.5\"},\n"
    " \"constraints\": [\n"
    "    \"warm  %2 == 1\",\n"
    "    \"not (solver == 'adam' and momentum > 0.1)\"]}\n";

static hpt_space *parsed(const char *json) {
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK)
        fail_msg("%u:%u: %s", (unsigned)err.line, (unsigned)err.col, err.text);
    return space;
}

static void rules_are_written_as_they_were_read(void **state) {
    char      *json = NULL;
    hpt_space *space = parsed(text), *copy = NULL;
    (void)state;
    assert_int_equal(hpt_space_print(space, &json, NULL), HPT_OK);
    assert_string_equal(json, text);
    hpt_free(json);
    assert_int_equal(hpi_space_copy(space, &copy, NULL), HPT_OK);
    hpt_space_destroy(space);
    assert_int_equal(hpt_space_print(copy, &json, NULL), HPT_OK);
    assert_string_equal(json, text);
    hpt_free(json);
    hpt_space_destroy(copy);
}

static void a_parameter_is_active_while_its_condition_and_parents_are(void **state) {
    static const struct {
        double  momentum;
        int64_t solver;
        bool    is_momentum, is_warm;
    } cases[] = { { 0.7, 0, false, false }, { 0.7, 1, true, true }, { 0.3, 1, true, false } };
    hpt_space *space = parsed(text);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        hpt_coord point[] = { { .real = cases[i].momentum },
                              { .integer = cases[i].solver },
                              { .integer = 9 } };
        assert_int_equal(hpt_space_is_active(space, 0, point), cases[i].is_momentum);
        assert_int_equal(hpt_space_is_active(space, 2, point), cases[i].is_warm);
        assert_true(hpt_space_is_active(space, 1, point));
        assert_false(hpt_space_is_active(space, 3, point));
        hpi_space_settle(space, point, 1);
        assert_true(point[0].real == (cases[i].is_momentum ? cases[i].momentum : 0));
        assert_int_equal(point[2].integer, cases[i].is_warm ? 9 : 1);
    }
    hpt_space_destroy(space);
}

static void a_constraint_on_what_is_inactive_does_not_apply(void **state) {
    hpt_space *space = parsed(text);
    hpt_coord  adam[] = { { .real = 0.7 }, { .integer = 0 }, { .integer = 2 } };
    hpt_coord  sgd[] = { { .real = 0.7 }, { .integer = 1 }, { .integer = 2 } };
    (void)state;
    assert_true(hpt_space_permits(space, adam));
    assert_false(hpt_space_permits(space, sgd));
    sgd[2].integer = 3;
    assert_true(hpt_space_permits(space, sgd));
    hpt_space_destroy(space);
}

static const struct {
    const char *json;
    uint32_t    line, col;
    const char *words;
} faults[] = {
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9},\n \"constraints\": [\"a < 3\", \"b < "
      "3\"]}",
      2, 28, "constraint \"b < 3\", column 1: there is no parameter \"b\"" },
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9},\n \"constraints\": [\"a < \"]}", 2, 23,
      "it ends" },
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9},\n \"constraints\": [3]}", 2, 18,
      "not a number" },
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": 3}}", 1, 56,
      "not a text" },
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": \"a < 3\"}}", 1, 56,
      "conditions go in a circle: \"a\" on \"a\"" },
    { "{\"a\": {\"kind\": \"constant\", \"value\": 0, \"condition\": \"a < 3\"}}", 1, 53,
      "\"condition\" does not go with kind constant" },
    { "{\"a\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": \"c < 3\"},\n"
      " \"b\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": \"a < 3\"},\n"
      " \"c\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"condition\": \"b < 3 or a > 1\"}}",
      3, 56, "conditions go in a circle: \"c\" on \"a\" on \"c\"" },
};

static void a_wrong_rule_has_its_place_in_the_json(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        hpt_err    err = { 0 };
        hpt_space *space = NULL;
        assert_true(hpt_space_parse(faults[i].json, strlen(faults[i].json), &space, &err) !=
                    HPT_OK);
        if (!strstr(err.text, faults[i].words) || err.line != faults[i].line ||
            err.col != faults[i].col)
            fail_msg("%zu: %u:%u: %s", i, (unsigned)err.line, (unsigned)err.col, err.text);
    }
}

static void conditions_may_come_in_any_order(void **state) {
    enum { COUNT = 30 };
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_coord  point[COUNT] = { { .integer = 0 } };
    char       name[16], condition[24];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "p%d", i);
        hpt_space_add_int(space, name, 0, 1);
        point[i].integer = 1;
    }
    for (int i = 0; i < COUNT - 1; i++) { /* 7 is coprime to 29: each once, in a jumbled order */
        int child = i * 7 % (COUNT - 1);
        snprintf(condition, sizeof condition, "p%d == 1", child + 1);
        hpt_space_set_condition(space, (hpt_param)child, condition);
    }
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_true(hpt_space_is_active(space, 0, point));
    point[COUNT - 1].integer = 0;
    for (hpt_param j = 0; j < COUNT - 1; j++)
        assert_false(hpt_space_is_active(space, j, point));
    hpt_space_destroy(space);
}

static void conditions_on_conditions_are_limited_in_depth(void **state) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    char       name[16], condition[24];
    (void)state;
    hpt_space_add_int(space, "p0", 0, 1);
    for (int i = 1; i <= 33; i++) {
        snprintf(name, sizeof name, "p%d", i);
        snprintf(condition, sizeof condition, "p%d == 1", i - 1);
        hpt_space_set_condition(space, hpt_space_add_int(space, name, 0, 1), condition);
    }
    assert_int_equal(hpt_space_check(space, &err), HPT_ELIMIT);
    assert_string_equal(err.text, "parameter \"p33\": conditions on conditions are deeper than 32");
    hpt_space_destroy(space);
}

static bool always(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)space, (void)point, (void)user;
    return true;
}

static void a_space_with_a_check_cannot_be_written(void **state) {
    hpt_err    err = { 0 };
    char      *json = NULL;
    hpt_space *space = parsed(text);
    (void)state;
    hpt_space_add_check(space, always, NULL);
    assert_int_equal(hpt_space_print(space, &json, &err), HPT_EINVAL);
    assert_null(json);
    hpt_space_destroy(space);
}

static void a_parameter_may_be_called_constraints(void **state) {
    hpt_space *space =
        parsed("{\"constraints\": {\"kind\": \"int\", \"min\": 0, \"max\": 9, \"default\": 3}}");
    char *json = NULL;
    (void)state;
    assert_int_equal(hpt_space_print(space, &json, NULL), HPT_OK);
    hpt_free(json);
    hpt_space_add_constraint(space, "constraints > 3");
    assert_int_equal(hpt_space_print(space, &json, NULL), HPT_EINVAL);
    hpt_space_destroy(space);
}

static bool try_read_and_copy(void *user) {
    hpt_space *space = NULL, *copy = NULL;
    (void)user;
    hpt_status status = hpt_space_parse(text, strlen(text), &space, NULL);
    if (status == HPT_OK) status = hpi_space_copy(space, &copy, NULL);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    hpt_space_destroy(copy);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static void memory_that_runs_out_is_an_error(void **state) {
    (void)state;
    failing_tolerated(try_read_and_copy, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_written_as_they_were_read),
        cmocka_unit_test(a_parameter_is_active_while_its_condition_and_parents_are),
        cmocka_unit_test(a_constraint_on_what_is_inactive_does_not_apply),
        cmocka_unit_test(a_wrong_rule_has_its_place_in_the_json),
        cmocka_unit_test(conditions_may_come_in_any_order),
        cmocka_unit_test(conditions_on_conditions_are_limited_in_depth),
        cmocka_unit_test(a_space_with_a_check_cannot_be_written),
        cmocka_unit_test(a_parameter_may_be_called_constraints),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
