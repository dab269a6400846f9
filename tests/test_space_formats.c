/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   formats are found by name and told by content, and NULL is an error for everything that
 *         must not be NULL.
 * Method: each public call of formats.h with good and bad arguments. */
#include "formats.h"

static const char own[] = "{\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9}}";

static void the_table_names_every_format_once(void **state) {
    static const char *const names[] = { "hpt", "t1", "configspace", "irace" };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(hpt_format_at(i)->name, names[i]);
        assert_true(hpt_format_at(i)->summary[0] != '\0' && hpt_format_at(i)->can_read);
        assert_int_equal(hpt_format_at(i)->can_write, i < 3);
    }
    assert_null(hpt_format_at(4));
    assert_null(hpt_format_at(SIZE_MAX));
}

static void an_unknown_format_is_answered_with_the_closest(void **state) {
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = NULL;
    (void)state;
    assert_int_equal(hpt_space_parse_as(own, strlen(own), "confgspace", &space, &err), HPT_EABSENT);
    assert_string_equal(err.text,
                        "there is no format \"confgspace\"; closest match: \"configspace\"");
    assert_int_equal(hpt_space_load_as("nowhere", "T2", &space, &err), HPT_EABSENT);
    assert_null(space);
    space = read_as("hpt", own);
    assert_int_equal(hpt_space_print_as(space, "yaml", NULL, &text, &err), HPT_EABSENT);
    assert_string_equal(err.text,
                        "there is no format \"yaml\"; there are: hpt, t1, configspace, irace");
    assert_null(text);
    hpt_space_destroy(space);
}

/* A parameter may have the name of a member by which a format is told. */
static void the_format_is_told_by_the_content(void **state) {
    static const char *const texts[] = {
        " \n{\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9}}",
        "{\"hyperparameters\": [{\"type\": \"uniform_int\", \"name\": \"n\", \"lower\": 1, "
        "\"upper\": 9}]}",
        "{\"ConfigurationSpace\": {\"TuningParameters\": [{\"Name\": \"n\", \"Type\": \"int\", "
        "\"Values\": \"range(1, 10)\"}]}}",
        "# space\nn \"\" i (1, 9)",
        "n \"\" i (1, 9)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_space(read_as(NULL, texts[i]),
                     "{\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9}}\n");
    hpt_space *space = read_as(NULL, "{\"hyperparameters\": {\"kind\": \"constant\", \"value\": 1},"
                                     " \"ConfigurationSpace\": {\"kind\": \"constant\", "
                                     "\"value\": 2}}");
    assert_int_equal(hpt_space_count(space), 2);
    hpt_space_destroy(space);
    expect_refusal_as(NULL, "[1]", HPT_EINVAL, 1, 1, "a space is an object");
    expect_refusal_as(NULL, "{", HPT_EPARSE, 1, 2, "");
    expect_refusal_as(NULL, "", HPT_EPARSE, 1, 1, "");
}

static void null_is_an_error_for_what_must_be_there(void **state) {
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = NULL, *good = read_as("hpt", own);
    (void)state;
    assert_int_equal(hpt_space_parse_as(NULL, 0, "t1", &space, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_parse_as(own, strlen(own), "hpt", NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_load_as(NULL, "hpt", &space, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_load_as("nowhere", "hpt", NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_load_as("nowhere/at/all", NULL, &space, &err), HPT_EIO);
    assert_int_equal(hpt_space_print_as(NULL, "t1", NULL, &text, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_print_as(good, NULL, NULL, &text, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_print_as(good, "t1", NULL, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_print_as(good, "t1", NULL, NULL, NULL), HPT_EINVAL);
    assert_null(text);
    assert_null(space);
    hpt_space_destroy(good);
}

static void nothing_stands_around_hpts_own_json(void **state) {
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = read_as("hpt", own);
    (void)state;
    assert_int_equal(hpt_space_print_as(space, "hpt", "{}", &text, &err), HPT_EINVAL);
    assert_string_equal(err.text, "in the format \"hpt\" nothing stands around a space");
    assert_null(text);
    expect_round_trip("hpt", space);
}

static void errors_may_go_nowhere(void **state) {
    static const char *const texts[] = {
        "{\"hyperparameters\": [{\"type\": \"uniform\"}]}",
        "{\"hyperparameters\": [{\"type\": \"uniform_int\", \"name\": \"n\", \"lower\": 1, "
        "\"upper\": 9}], \"conditions\": [{\"type\": \"EQ\", \"child\": \"m\"}]}",
        "{\"ConfigurationSpace\": {\"TuningParameters\": [{\"Name\": \"n\", \"Type\": \"int\", "
        "\"Values\": \"[i for j in range(3)]\"}]}}",
        "n \"\" i (1, m)",
        "n \"\" i (1, 9) | m == 2",
        "n \"\" j (1, 9)",
    };
    hpt_space *space = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_not_equal(hpt_space_parse_as(texts[i], strlen(texts[i]), NULL, &space, NULL),
                             HPT_OK);
    assert_null(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_names_every_format_once),
        cmocka_unit_test(an_unknown_format_is_answered_with_the_closest),
        cmocka_unit_test(the_format_is_told_by_the_content),
        cmocka_unit_test(null_is_an_error_for_what_must_be_there),
        cmocka_unit_test(nothing_stands_around_hpts_own_json),
        cmocka_unit_test(errors_may_go_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
