/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a space remembers its first error as one clear sentence, and everything reports it.
 * Method: one builder per fault; NULL for every pointer of every public call. */
#include "fixture.h"

#include "space/space.h"

#include <math.h>
#include <string.h>

static const hpt_value mixed[] = {
    { HPT_TYPE_INT, { .integer = 16 } },     { HPT_TYPE_REAL, { .real = 16 } },
    { HPT_TYPE_TEXT, { .text = "16" } },     { HPT_TYPE_BOOL, { .boolean = true } },
    { HPT_TYPE_BOOL, { .boolean = false } }, { HPT_TYPE_NULL, { .integer = 0 } },
    { HPT_TYPE_TEXT, { .text = "" } },
};

enum { MIXED_COUNT = sizeof mixed / sizeof *mixed };

/* ---- faults, one sentence each ---- */

typedef hpt_param (*builder)(hpt_space *space);

static hpt_param min_above_max(hpt_space *space) {
    return hpt_space_add_real(space, "lr", 1, 0.1);
}
static hpt_param min_is_nan(hpt_space *space) {
    return hpt_space_add_real(space, "lr", NAN, 0.1);
}
static hpt_param max_is_infinite(hpt_space *space) {
    return hpt_space_add_real(space, "lr", 0, INFINITY);
}
static hpt_param min_is_infinite(hpt_space *space) {
    return hpt_space_add_real(space, "lr", -INFINITY, 0);
}
static hpt_param int_min_above_max(hpt_space *space) {
    return hpt_space_add_int(space, "n", INT64_MAX, INT64_MIN);
}
static hpt_param name_is_null(hpt_space *space) {
    return hpt_space_add_real(space, NULL, 0, 1);
}
static hpt_param name_is_empty(hpt_space *space) {
    return hpt_space_add_int(space, "", 0, 1);
}
static hpt_param name_is_too_long(hpt_space *space) {
    char name[300];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    return hpt_space_add_int(space, name, 0, 1);
}
static hpt_param name_is_not_utf8(hpt_space *space) {
    return hpt_space_add_int(space, "a\xFF", 0, 1);
}
static hpt_param name_has_an_escape(hpt_space *space) {
    return hpt_space_add_int(space, "a\x1B[31m", 0, 1);
}
static hpt_param name_is_there_twice(hpt_space *space) {
    hpt_space_add_int(space, "n", 0, 1);
    return hpt_space_add_real(space, "n", 0, 1);
}
static hpt_param list_is_empty(hpt_space *space) {
    return hpt_space_add_categorical(space, "c", mixed, 0);
}
static hpt_param list_is_null(hpt_space *space) {
    return hpt_space_add_ordinal(space, "c", NULL, 3);
}
static hpt_param choice_is_empty(hpt_space *space) {
    return hpt_space_add_choice(space, "c", NULL, 0);
}
static hpt_param choice_is_null(hpt_space *space) {
    return hpt_space_add_choice(space, "c", NULL, 2);
}
static hpt_param choice_holds_null(hpt_space *space) {
    return hpt_space_add_choice(space, "c", (const char *[]){ "a", NULL }, 2);
}
static hpt_param list_has_a_duplicate(hpt_space *space) {
    return hpt_space_add_choice(space, "c", (const char *[]){ "a", "b", "c", "b" }, 4);
}
static hpt_param list_has_two_zeros(hpt_space *space) {
    return hpt_space_add_ordinal(space, "c", (hpt_value[]){ hpt_real(0), hpt_real(-0.0) }, 2);
}
static hpt_param list_has_two_nulls(hpt_space *space) {
    return hpt_space_add_ordinal(space, "c", (hpt_value[]){ hpt_null(), hpt_null() }, 2);
}
static hpt_param list_has_nan(hpt_space *space) {
    return hpt_space_add_categorical(space, "c", (hpt_value[]){ hpt_int(1), hpt_real(NAN) }, 2);
}
static hpt_param list_has_no_type(hpt_space *space) {
    hpt_value value = hpt_int(1);
    value.type = (hpt_type)99;
    return hpt_space_add_categorical(space, "c", &value, 1);
}
static hpt_param list_has_bytes(hpt_space *space) {
    return hpt_space_add_choice(space, "c", (const char *[]){ "\xC0" }, 1);
}
static hpt_param constant_is_infinite(hpt_space *space) {
    return hpt_space_add_constant(space, "k", hpt_real(INFINITY));
}

/* The setters: HPT_PARAM_NONE stands for a failure. */
static hpt_param none_if(hpt_status status) {
    return status == HPT_OK ? 0 : HPT_PARAM_NONE;
}
static hpt_param log_of_zero(hpt_space *space) {
    return none_if(hpt_space_set_log(space, hpt_space_add_real(space, "lr", 0, 1)));
}
static hpt_param log_of_negative_int(hpt_space *space) {
    return none_if(hpt_space_set_log(space, hpt_space_add_int(space, "n", -3, 1)));
}
static hpt_param log_of_a_list(hpt_space *space) {
    return none_if(hpt_space_set_log(space, hpt_space_add_constant(space, "k", hpt_int(1))));
}
static hpt_param log_then_step(hpt_space *space) {
    hpt_param lr = hpt_space_add_real(space, "lr", 1, 2);
    hpt_space_set_log(space, lr);
    return none_if(hpt_space_set_step(space, lr, hpt_real(0.5)));
}
static hpt_param step_then_log(hpt_space *space) {
    hpt_param lr = hpt_space_add_real(space, "lr", 1, 2);
    hpt_space_set_step(space, lr, hpt_real(0.5));
    return none_if(hpt_space_set_log(space, lr));
}
static hpt_param int_step_then_log(hpt_space *space) {
    hpt_param n = hpt_space_add_int(space, "n", 1, 9);
    hpt_space_set_step(space, n, hpt_int(2));
    return none_if(hpt_space_set_log(space, n));
}
static hpt_param step_of(hpt_space *space, double min, double max, hpt_value step) {
    return none_if(hpt_space_set_step(space, hpt_space_add_real(space, "d", min, max), step));
}
static hpt_param step_is_zero(hpt_space *space) {
    return step_of(space, 0, 1, hpt_real(0));
}
static hpt_param step_is_negative(hpt_space *space) {
    return step_of(space, 0, 1, hpt_int(-1));
}
static hpt_param step_is_nan(hpt_space *space) {
    return step_of(space, 0, 1, hpt_real(NAN));
}
static hpt_param step_is_a_text(hpt_space *space) {
    return step_of(space, 0, 1, hpt_text("0.1"));
}
static hpt_param step_above_range(hpt_space *space) {
    return step_of(space, 0, 1, hpt_real(1.5));
}
static hpt_param step_of_one_value(hpt_space *space) {
    return step_of(space, 1, 1, hpt_real(0.5));
}
static hpt_param step_below_an_ulp(hpt_space *space) {
    return step_of(space, 1e15, 2e15, hpt_real(0.1));
}
static hpt_param int_step_is_real(hpt_space *space) {
    return none_if(hpt_space_set_step(space, hpt_space_add_int(space, "n", 0, 9), hpt_real(2)));
}
static hpt_param int_step_is_zero(hpt_space *space) {
    return none_if(hpt_space_set_step(space, hpt_space_add_int(space, "n", 0, 9), hpt_int(0)));
}
static hpt_param int_step_above_range(hpt_space *space) {
    return none_if(hpt_space_set_step(space, hpt_space_add_int(space, "n", -5, 5), hpt_int(11)));
}
static hpt_param step_twice(hpt_space *space) {
    hpt_param n = hpt_space_add_int(space, "n", 0, 9);
    hpt_space_set_step(space, n, hpt_int(2));
    return none_if(hpt_space_set_step(space, n, hpt_int(3)));
}
static hpt_param step_of_a_list(hpt_space *space) {
    hpt_param c = hpt_space_add_categorical(space, "c", mixed, MIXED_COUNT);
    return none_if(hpt_space_set_step(space, c, hpt_int(1)));
}
static hpt_param default_below(hpt_space *space) {
    return none_if(
        hpt_space_set_default(space, hpt_space_add_real(space, "x", 1, 2), hpt_real(.5)));
}
static hpt_param default_of_wrong_type(hpt_space *space) {
    return none_if(hpt_space_set_default(space, hpt_space_add_int(space, "n", 1, 2), hpt_real(1)));
}
static hpt_param default_not_in_list(hpt_space *space) {
    hpt_param c = hpt_space_add_choice(space, "c", (const char *[]){ "fast", "slow" }, 2);
    return none_if(hpt_space_set_default(space, c, hpt_text("fsat")));
}
static hpt_param default_of_constant(hpt_space *space) {
    hpt_param k = hpt_space_add_constant(space, "k", hpt_int(1));
    return none_if(hpt_space_set_default(space, k, hpt_int(1)));
}
static hpt_param default_off_a_later_step(hpt_space *space) {
    hpt_param n = hpt_space_add_int(space, "n", 0, 9);
    hpt_space_set_default(space, n, hpt_int(3));
    return none_if(hpt_space_set_step(space, n, hpt_int(2)));
}
static hpt_param handle_is_none(hpt_space *space) {
    hpt_space_add_int(space, "n", 0, 9);
    return none_if(hpt_space_set_log(space, 1));
}

/* clang-format off */
static const struct {
    builder     build;
    const char *sentence;
} faults[] = {
    { min_above_max,       "parameter \"lr\": min 1 is above max 0.1" },
    { min_is_nan,          "parameter \"lr\": min NaN is not finite" },
    { max_is_infinite,     "parameter \"lr\": max inf is not finite" },
    { min_is_infinite,     "parameter \"lr\": min -inf is not finite" },
    { int_min_above_max,   "parameter \"n\": min 9223372036854775807 is above max -9223372036854775808" },
    { name_is_null,        "name \"\" of parameter 0 (counting from 0) is NULL (1 to 255 bytes of UTF-8 without control characters)" },
    { name_is_empty,       "name \"\" of parameter 0 (counting from 0) is empty (1 to 255 bytes of UTF-8 without control characters)" },
    { name_is_too_long,    "name \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...\" of parameter 0 (counting from 0) "
                           "is too long (1 to 255 bytes of UTF-8 without control characters)" },
    { name_is_not_utf8,    "name \"a?\" of parameter 0 (counting from 0) is not UTF-8 (1 to 255 bytes of UTF-8 without control characters)" },
    { name_has_an_escape,  "name \"a?[31m\" of parameter 0 (counting from 0) has a control character (1 to 255 bytes of UTF-8 without control characters)" },
    { name_is_there_twice, "parameter \"n\" is there twice" },
    { list_is_empty,       "parameter \"c\": the list of values is empty" },
    { list_is_null,        "parameter \"c\": the list of 3 values is NULL" },
    { choice_is_empty,     "parameter \"c\": the list of values is empty" },
    { choice_is_null,      "parameter \"c\": the list of 2 values is NULL" },
    { choice_holds_null,   "parameter \"c\": value 1 (counting from 0), \"\", is a NULL text" },
    { list_has_a_duplicate,"parameter \"c\": values 1 and 3 (counting from 0) are both \"b\"" },
    { list_has_two_zeros,  "parameter \"c\": values 0 and 1 (counting from 0) are both 0" },
    { list_has_two_nulls,  "parameter \"c\": values 0 and 1 (counting from 0) are both null" },
    { list_has_nan,        "parameter \"c\": value 1 (counting from 0), NaN, is not finite" },
    { list_has_no_type,    "parameter \"c\": value 0 (counting from 0), null, has no type" },
    { list_has_bytes,      "parameter \"c\": value 0 (counting from 0), \"?\", is not UTF-8" },
    { constant_is_infinite,"parameter \"k\": value 0 (counting from 0), inf, is not finite" },
    { log_of_zero,         "parameter \"lr\": log needs a min above 0, but min is 0" },
    { log_of_negative_int, "parameter \"n\": log needs a min above 0, but min is -3" },
    { log_of_a_list,       "parameter \"k\": log is for ranges, not for lists or constants" },
    { log_then_step,       "parameter \"lr\": step 0.5 does not go with log" },
    { step_then_log,       "parameter \"lr\": log allows no step" },
    { int_step_then_log,   "parameter \"n\": log allows no step but 1" },
    { step_is_zero,        "parameter \"d\": step 0 is not above 0 (0 to 1)" },
    { step_is_negative,    "parameter \"d\": step -1 is not above 0 (0 to 1)" },
    { step_is_nan,         "parameter \"d\": step NaN is not finite (0 to 1)" },
    { step_is_a_text,      "parameter \"d\": step \"0.1\" is not a number" },
    { step_above_range,    "parameter \"d\": step 1.5 is larger than the range (0 to 1)" },
    { step_of_one_value,   "parameter \"d\": step 0.5 is larger than the range (1 to 1)" },
    { step_below_an_ulp,   "parameter \"d\": step 0.1 is so small that doubles cannot tell the values apart (1e15 to 2e15)" },
    { int_step_is_real,    "parameter \"n\": step of the real number 2 is not an integer" },
    { int_step_is_zero,    "parameter \"n\": step 0 is not above 0 (0 to 9)" },
    { int_step_above_range,"parameter \"n\": step 11 is larger than the range (-5 to 5)" },
    { step_twice,          "parameter \"n\": step 3 would be its second step" },
    { step_of_a_list,      "parameter \"c\": step is for ranges, not for lists or constants" },
    { default_below,       "parameter \"x\": 0.5 is below min 1 (it is the default)" },
    { default_of_wrong_type,"parameter \"n\": the real number 1 is not an integer (it is the default)" },
    { default_not_in_list, "parameter \"c\": \"fsat\" is not in its list of values; closest match: \"fast\" (it is the default)" },
    { default_of_constant, "parameter \"k\": a constant has no default" },
    { default_off_a_later_step, "parameter \"n\": 3 is not min plus a multiple of step 2 (it is the default)" },
    { handle_is_none,      "handle 1 is no parameter: there are 1" },
};
/* clang-format on */

static void a_fault_has_its_sentence(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        hpt_space *space = hpt_space_create();
        hpt_err    err = { 0 };
        assert_int_equal(faults[i].build(space), HPT_PARAM_NONE);
        assert_int_equal(hpt_space_check(space, &err), HPT_EINVAL);
        assert_string_equal(err.text, faults[i].sentence);
        assert_int_equal(err.code, HPT_EINVAL);
        hpt_space_destroy(space);
    }
}

static void the_first_error_stays_and_stops_everything(void **state) {
    hpt_space     *space = hpt_space_create(), *copy = NULL;
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_coord      coord;
    char          *json = NULL;
    hpt_value     *values = NULL;
    size_t         count;
    hpt_err        err = { 0 };
    (void)state;
    hpt_space_add_real(space, "x", 0, 1);
    min_above_max(space);
    assert_int_equal(hpt_space_add_real(space, "y", 0, 1), HPT_PARAM_NONE);
    assert_int_equal(list_is_empty(space), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_choice(space, "z", (const char *[]){ "a" }, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_set_log(space, 0), HPT_EINVAL);
    assert_int_equal(hpt_space_set_step(space, 0, hpt_real(0.5)), HPT_EINVAL);
    assert_int_equal(hpt_space_set_default(space, 0, hpt_real(0.5)), HPT_EINVAL);
    assert_int_equal(hpt_space_count(space), 1);
    assert_int_equal(hpt_space_info(space, 0, &info, &err), HPT_EINVAL);
    assert_string_equal(err.text, faults[0].sentence);
    assert_int_equal(hpt_space_coord(space, 0, hpt_real(0.5), &coord, NULL), HPT_EINVAL);
    assert_int_equal(hpt_space_print(space, &json, NULL), HPT_EINVAL);
    assert_int_equal(hpt_space_parse_points(space, "[]", 2, &values, &count, NULL), HPT_EINVAL);
    assert_int_equal(hpi_space_copy(space, &copy, &err), HPT_EINVAL);
    assert_string_equal(err.text, faults[0].sentence);
    assert_true(!json && !values && !copy);
    hpt_space_destroy(space);
}

static void a_null_space_is_an_error_everywhere(void **state) {
    static const char sentence[] =
        "space is NULL: it was not created, or memory was out when it was";
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_coord      coord;
    hpt_value     *values;
    size_t         count;
    char          *json;
    hpt_space     *copy;
    hpt_err        err = { 0 };
    (void)state;
    assert_int_equal(hpt_space_add_real(NULL, "x", 0, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_int(NULL, "x", 0, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_categorical(NULL, "x", mixed, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_ordinal(NULL, "x", mixed, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_choice(NULL, "x", (const char *[]){ "a" }, 1), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_add_constant(NULL, "x", hpt_int(1)), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_set_log(NULL, 0), HPT_EINVAL);
    assert_int_equal(hpt_space_set_step(NULL, 0, hpt_int(1)), HPT_EINVAL);
    assert_int_equal(hpt_space_set_default(NULL, 0, hpt_int(1)), HPT_EINVAL);
    assert_int_equal(hpt_space_count(NULL), 0);
    assert_int_equal(hpt_space_find(NULL, "x"), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_value(NULL, 0, (hpt_coord){ 0 }).type, HPT_TYPE_NULL);
    assert_true(hpt_space_size(NULL) == 0);
    assert_int_equal(hpt_space_choices(NULL, 0), 0);
    assert_true(hpt_space_at_fraction(NULL, 0, 1).integer == 0);
    assert_true(hpt_space_from_unit(NULL, 0, 0.5).integer == 0);
    assert_true(hpt_space_to_unit(NULL, 0, (hpt_coord){ 0 }) == 0);
    assert_true(hpt_space_choice(NULL, 0, 0).integer == 0);
    hpt_space_destroy(NULL);
    assert_int_equal(hpt_space_check(NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, sentence);
    assert_int_equal(hpt_space_info(NULL, 0, &info, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_coord(NULL, 0, hpt_int(1), &coord, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_print(NULL, &json, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_parse_points(NULL, "[]", 2, &values, &count, &err), HPT_EINVAL);
    assert_int_equal(hpi_space_copy(NULL, &copy, &err), HPT_EINVAL);
    assert_string_equal(err.text, sentence);
}

static void null_for_any_other_pointer_is_an_error(void **state) {
    hpt_space     *space = hpt_space_create();
    hpt_param_info info = { .struct_size = sizeof info };
    hpt_value     *values;
    size_t         count;
    hpt_err        err = { 0 };
    (void)state;
    hpt_space_add_real(space, "x", 0, 1);
    assert_int_equal(hpt_space_find(space, NULL), HPT_PARAM_NONE);
    assert_int_equal(hpt_space_info(space, 0, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "info_out is NULL");
    assert_int_equal(hpt_space_info(space, 0, &info, NULL), HPT_OK);
    assert_int_equal(hpt_space_coord(space, 0, hpt_real(0), NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "coord_out is NULL");
    assert_int_equal(hpt_space_print(space, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "json_out is NULL");
    assert_int_equal(hpt_space_parse("{}", 2, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "space_out is NULL");
    assert_int_equal(hpt_space_parse(NULL, 2, &space, &err), HPT_EINVAL);
    assert_string_equal(err.text, "the JSON text is NULL");
    assert_int_equal(hpt_space_load(NULL, &space, &err), HPT_EINVAL);
    assert_string_equal(err.text, "path is NULL");
    assert_int_equal(hpt_space_load("/dev/null", NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_parse_points(space, NULL, 2, &values, &count, &err), HPT_EINVAL);
    assert_int_equal(hpt_space_parse_points(space, "[]", 2, NULL, &count, &err), HPT_EINVAL);
    assert_string_equal(err.text, "values_out is NULL");
    assert_int_equal(hpt_space_parse_points(space, "[]", 2, &values, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "count_out is NULL");
    hpt_space_destroy(space);
}

static void info_checks_the_size_it_is_given(void **state) {
    hpt_space     *space = hpt_space_create();
    hpt_param_info info = { 0 };
    hpt_err        err = { 0 };
    (void)state;
    hpt_space_add_real(space, "x", 0, 1);
    assert_int_equal(hpt_space_info(space, 0, &info, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "struct_size 0 of hpt_param_info"));
    info.struct_size = sizeof info;
    assert_int_equal(hpt_space_info(space, 1, &info, &err), HPT_EINVAL);
    assert_string_equal(err.text, "handle 1 is no parameter: there are 1");
    assert_int_equal(hpt_space_info(space, 0, &info, &err), HPT_OK);
    assert_int_equal(info.struct_size, sizeof info);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_fault_has_its_sentence),
        cmocka_unit_test(the_first_error_stays_and_stops_everything),
        cmocka_unit_test(a_null_space_is_an_error_everywhere),
        cmocka_unit_test(null_for_any_other_pointer_is_an_error),
        cmocka_unit_test(info_checks_the_size_it_is_given),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
