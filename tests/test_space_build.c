/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a space takes everything its header allows, within its limits, or all or nothing.
 * Method: each kind of parameter once; limits from both sides; every allocation failing. */
#include "failing.h"
#include "fixture.h"

#include "space/space.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const hpt_value mixed[] = {
    { HPT_TYPE_INT, { .integer = 16 } },     { HPT_TYPE_REAL, { .real = 16 } },
    { HPT_TYPE_TEXT, { .text = "16" } },     { HPT_TYPE_BOOL, { .boolean = true } },
    { HPT_TYPE_BOOL, { .boolean = false } }, { HPT_TYPE_NULL, { .integer = 0 } },
    { HPT_TYPE_TEXT, { .text = "" } },
};

enum { MIXED_COUNT = sizeof mixed / sizeof *mixed };

static hpt_param_info info_of(const hpt_space *space, hpt_param handle) {
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_err        err = { 0 };
    if (hpt_space_info(space, handle, &info, &err) != HPT_OK) fail_msg("%s", err.text);
    return info;
}

/* ---- what is right ---- */

static void a_range_of_reals_keeps_both_ends(void **state) {
    hpt_space     *space = hpt_space_create();
    hpt_param      handle = hpt_space_add_real(space, "x", -1e308, 1e308);
    hpt_param_info info = info_of(space, handle);
    (void)state;
    assert_int_equal(handle, 0);
    assert_int_equal(info.kind, HPT_KIND_REAL);
    assert_string_equal(info.name, "x");
    assert_true(hpt_value_equal(info.min, hpt_real(-1e308)));
    assert_true(hpt_value_equal(info.max, hpt_real(1e308)));
    assert_false(info.is_log || info.has_step || info.has_default);
    assert_int_equal(info.value_count, 0);
    hpt_space_destroy(space);
}

static void a_range_of_integers_may_be_all_of_them(void **state) {
    hpt_space     *space = hpt_space_create();
    hpt_param_info info = info_of(space, hpt_space_add_int(space, "n", INT64_MIN, INT64_MAX));
    (void)state;
    assert_int_equal(info.kind, HPT_KIND_INT);
    assert_true(hpt_value_equal(info.min, hpt_int(INT64_MIN)));
    assert_true(hpt_value_equal(info.max, hpt_int(INT64_MAX)));
    hpt_space_destroy(space);
}

static void a_list_keeps_its_values_with_their_types(void **state) {
    hpt_space *space = hpt_space_create();
    hpt_param  handles[] = { hpt_space_add_categorical(space, "c", mixed, MIXED_COUNT),
                             hpt_space_add_ordinal(space, "o", mixed, MIXED_COUNT) };
    (void)state;
    for (size_t h = 0; h < 2; h++) {
        hpt_param_info info = info_of(space, handles[h]);
        assert_int_equal(info.kind, h ? HPT_KIND_ORDINAL : HPT_KIND_CATEGORICAL);
        assert_int_equal(info.value_count, MIXED_COUNT);
        for (size_t i = 0; i < MIXED_COUNT; i++)
            assert_true(hpt_value_equal(info.values[i], mixed[i]));
    }
    hpt_space_destroy(space);
}

static void texts_are_copied(void **state) {
    hpt_space *space = hpt_space_create();
    char       name[] = "kernel", text[] = "rbf";
    (void)state;
    hpt_space_add_choice(space, name, (const char *[]){ text, "linear" }, 2);
    hpt_space_add_constant(space, "threads", hpt_text(text));
    memset(name, 'x', sizeof name - 1);
    memset(text, 'x', sizeof text - 1);
    hpt_param_info info = info_of(space, hpt_space_find(space, "kernel"));
    assert_string_equal(info.values[0].as.text, "rbf");
    assert_string_equal(info.values[1].as.text, "linear");
    info = info_of(space, 1);
    assert_int_equal(info.kind, HPT_KIND_CONSTANT);
    assert_string_equal(info.values[0].as.text, "rbf");
    assert_int_equal(info.value_count, 1);
    hpt_space_destroy(space);
}

static void log_and_step_and_default_are_kept(void **state) {
    hpt_space *space = hpt_space_create();
    hpt_param  a = hpt_space_add_real(space, "a", 1e-300, 1e300);
    hpt_param  b = hpt_space_add_real(space, "b", 0, 1);
    hpt_param  c = hpt_space_add_int(space, "c", 1, 100);
    hpt_param  d = hpt_space_add_categorical(space, "d", mixed, MIXED_COUNT);
    (void)state;
    assert_int_equal(hpt_space_set_log(space, a), HPT_OK);
    assert_int_equal(hpt_space_set_default(space, a, hpt_int(1)), HPT_OK);
    assert_int_equal(hpt_space_set_step(space, b, hpt_real(0.25)), HPT_OK);
    assert_int_equal(hpt_space_set_default(space, b, hpt_real(0.75)), HPT_OK);
    assert_int_equal(hpt_space_set_log(space, c), HPT_OK);
    assert_int_equal(hpt_space_set_step(space, c, hpt_int(1)), HPT_OK);
    assert_int_equal(hpt_space_set_default(space, d, hpt_null()), HPT_OK);
    assert_true(info_of(space, a).is_log);
    assert_true(hpt_value_equal(info_of(space, a).default_value, hpt_real(1)));
    assert_true(hpt_value_equal(info_of(space, b).step, hpt_real(0.25)));
    assert_true(hpt_value_equal(info_of(space, b).default_value, hpt_real(0.75)));
    assert_true(info_of(space, c).is_log && info_of(space, c).has_step);
    assert_true(info_of(space, d).has_default);
    assert_int_equal(info_of(space, d).default_value.type, HPT_TYPE_NULL);
    hpt_space_destroy(space);
}

static void max_moves_down_to_a_step(void **state) {
    static const struct {
        double min, max, step, moved;
    } rows[] = { { 0, 1, 0.3, 0.9 },
                 { 0, 0.3, 0.1, 0.3 },
                 { 0.1, 0.3, 0.2, 0.3 },
                 { -1, 1, 0.7, 0.4 },
                 { 0, 1, 1, 1 },
                 { -1e308, 1e308, 1.5e308, 5e307 },
                 { 0, 1 - 1e-10, 1, 1 - 1e-10 },
                 { 0, 2 - 1e-8, 1, 1 },
                 { 0, 1e15, 0.3, 1e15 - 0.1 } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpt_space *space = hpt_space_create();
        hpt_param  handle = hpt_space_add_real(space, "x", rows[i].min, rows[i].max);
        assert_int_equal(hpt_space_set_step(space, handle, hpt_real(rows[i].step)), HPT_OK);
        assert_true(info_of(space, handle).max.as.real == rows[i].moved);
        hpt_space_destroy(space);
    }
    hpt_space *space = hpt_space_create();
    hpt_param  handle = hpt_space_add_int(space, "n", INT64_MIN, INT64_MAX);
    assert_int_equal(hpt_space_set_step(space, handle, hpt_int(INT64_MAX)), HPT_OK);
    assert_true(info_of(space, handle).max.as.integer == INT64_MAX - 1);
    hpt_space_destroy(space);
}

static void a_range_may_hold_one_value(void **state) {
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 0.5, 0.5));
    hpt_space_set_log(space, hpt_space_add_int(space, "n", 7, 7));
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    hpt_space_destroy(space);
}

static void parameters_keep_their_order_and_are_found_by_name(void **state) {
    enum { COUNT = 3000 };
    hpt_space *space = hpt_space_create();
    char       name[32];
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        sprintf(name, "p%u", i * 7919 % COUNT);
        assert_int_equal(hpt_space_add_int(space, name, 0, i), i);
    }
    assert_int_equal(hpt_space_count(space), COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        sprintf(name, "p%u", i * 7919 % COUNT);
        assert_int_equal(hpt_space_find(space, name), i);
        assert_string_equal(info_of(space, i).name, name);
        assert_string_equal(hpi_space_name(space, i), name);
        assert_int_equal(hpi_space_kind(space, i), HPT_KIND_INT);
    }
    assert_int_equal(hpt_space_find(space, "p3000"), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_find(space, ""), HPT_PARAM_NONE);
    hpt_err err = { 0 };
    hpi_space_suggest(space, "P2077", &err);
    assert_string_equal(err.text, "; closest match: \"p2077\"");
    err = (hpt_err){ 0 };
    hpi_space_suggest(space, "bananas", &err);
    assert_memory_equal(err.text, "; there are: p0, p1919, ", 24);
    assert_string_equal(err.text + strlen(err.text) - 5, ", ...");
    hpt_space_destroy(space);
}

static void a_copy_is_the_same_and_independent(void **state) {
    hpt_space *space = hpt_space_create(), *copy = NULL;
    char      *printed[2] = { NULL, NULL };
    (void)state;
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 1, 10));
    hpt_space_set_step(space, hpt_space_add_real(space, "s", 0, 1), hpt_real(0.1));
    hpt_space_set_default(space, hpt_space_add_categorical(space, "c", mixed, MIXED_COUNT),
                          mixed[2]);
    hpt_space_add_constant(space, "k", hpt_text("v"));
    assert_int_equal(hpi_space_copy(space, &copy, NULL), HPT_OK);
    assert_int_equal(hpt_space_print(space, &printed[0], NULL), HPT_OK);
    hpt_space_destroy(space);
    assert_int_equal(hpt_space_print(copy, &printed[1], NULL), HPT_OK);
    assert_string_equal(printed[0], printed[1]);
    assert_int_equal(hpt_space_find(copy, "k"), 3);
    hpt_free(printed[0]);
    hpt_free(printed[1]);
    hpt_space_destroy(copy);
}

/* ---- limits ---- */

static void an_empty_space_is_an_error(void **state) {
    hpt_space *space = hpt_space_create();
    hpt_err    err = { 0 };
    (void)state;
    assert_int_equal(hpt_space_check(space, &err), HPT_EINVAL);
    assert_string_equal(err.text, "the space is empty: it has no parameter");
    assert_true(hpt_space_size(space) == 0);
    hpt_space_destroy(space);
}

static void limits_are_kept_from_both_sides(void **state) {
    hpt_space *space = hpt_space_create();
    hpt_value *values = calloc(65537, sizeof *values);
    char       text[4097], name[256];
    hpt_err    err = { 0 };
    (void)state;
    for (int i = 0; i < 65537; i++)
        values[i] = hpt_int(i);
    memset(text, 't', sizeof text);
    text[4095] = '\0';
    memset(name, 'n', sizeof name);
    name[255] = '\0';
    assert_int_equal(hpt_space_add_categorical(space, name, values, 65536), 0);
    assert_int_equal(hpt_space_add_constant(space, "text", hpt_text(text)), 1);
    assert_int_equal(hpt_space_check(space, &err), HPT_OK);
    assert_int_equal(hpt_space_add_categorical(space, "c", values, 65537), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_check(space, &err), HPT_ELIMIT);
    assert_string_equal(err.text,
                        "parameter \"c\": a list of 65537 values is above the limit of 65536");
    hpt_space_destroy(space);

    space = hpt_space_create();
    text[4095] = 't';
    text[4096] = '\0';
    assert_int_equal(hpt_space_add_constant(space, "text", hpt_text(text)), HPT_PARAM_NONE);
    hpt_space_check(space, &err);
    assert_non_null(strstr(err.text, "is longer than 4095 bytes"));
    hpt_space_destroy(space);
    free(values);
}

static void the_number_of_parameters_has_a_limit(void **state) {
    hpt_space *space = hpt_space_create();
    char       name[32];
    hpt_err    err = { 0 };
    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        sprintf(name, "p%u", i);
        assert_int_equal(hpt_space_add_real(space, name, 0, 1), i);
    }
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    assert_int_equal(hpt_space_add_real(space, "last", 0, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_check(space, &err), HPT_ELIMIT);
    assert_string_equal(err.text, "parameter \"last\" is one above the limit of 65536");
    hpt_space_destroy(space);
}

/* ---- memory ---- */

static bool try_build(void *user) {
    hpt_space *space = hpt_space_create(), *copy = NULL;
    char       name[32];
    hpt_err    err = { 0 };
    (void)user;
    for (int i = 0; i < 20; i++) {
        sprintf(name, "p%d", i);
        hpt_space_add_real(space, name, 0, 1);
    }
    hpt_space_set_default(space, hpt_space_add_categorical(space, "c", mixed, MIXED_COUNT),
                          mixed[1]);
    hpt_space_add_choice(space, "k", (const char *[]){ "a", "b" }, 2);
    hpt_space_add_constant(space, "v", hpt_text("x"));
    hpt_status status = hpi_space_copy(space, &copy, &err);
    if (status != HPT_OK) assert_int_equal(err.code, space ? HPT_ENOMEM : HPT_EINVAL);
    if (status == HPT_OK) assert_int_equal(hpt_space_count(copy), 23);
    hpt_space_destroy(copy);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    failing_everywhere(try_build, NULL);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_range_of_reals_keeps_both_ends),
        cmocka_unit_test(a_range_of_integers_may_be_all_of_them),
        cmocka_unit_test(a_list_keeps_its_values_with_their_types),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(log_and_step_and_default_are_kept),
        cmocka_unit_test(max_moves_down_to_a_step),
        cmocka_unit_test(a_range_may_hold_one_value),
        cmocka_unit_test(parameters_keep_their_order_and_are_found_by_name),
        cmocka_unit_test(a_copy_is_the_same_and_independent),
        cmocka_unit_test(an_empty_space_is_an_error),
        cmocka_unit_test(limits_are_kept_from_both_sides),
        cmocka_unit_test(the_number_of_parameters_has_a_limit),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
