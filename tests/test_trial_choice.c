/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an objective can read which of a list's values it got, for a switch or a table.
 * Method: a grid over lists; the index must name the value that the same trial reads as text. */
#include "trace.h"

#include <string.h>

static const char *const colours[] = { "red", "green", "blue" };

static hpt_status compare(hpt_trial *trial, void *user, double *value_out) {
    uint32_t colour = hpt_trial_choice(trial, "colour"), size = hpt_trial_choice_at(trial, 1);
    (void)user;
    if (strcmp(hpt_trial_text(trial, "colour"), colours[colour]) != 0)
        return hpt_trial_fail(trial, "colour %u", (unsigned)colour);
    if (hpt_trial_int(trial, "size") != 10 * (int64_t)(size + 1))
        return hpt_trial_fail(trial, "size %u", (unsigned)size);
    *value_out = colour + 3.0 * size;
    return HPT_OK;
}

static hpt_status read_a_range(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_choice(trial, "x");
    return HPT_OK;
}

static hpt_result *run(hpt_objective objective) {
    const hpt_value sizes[] = { hpt_int(10), hpt_int(20), hpt_int(30), hpt_int(40) };
    hpt_space      *space = hpt_space_create();
    hpt_options     options = hpt_options_default();
    hpt_result     *result = NULL;
    hpt_space_add_choice(space, "colour", colours, 3);
    hpt_space_add_ordinal(space, "size", sizes, 4);
    hpt_space_set_step(space, hpt_space_add_real(space, "x", 0, 1), hpt_real(1));
    options.strategy = "grid";
    assert_int_equal(hpt_parallel_run(space, objective, NULL, &options, &result, NULL), HPT_OK);
    hpt_space_destroy(space);
    return result;
}

static void the_index_names_the_value(void **state) {
    (void)state;
    hpt_result *result = run(compare);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 24);
    hpt_result_destroy(result);
}

static void a_range_has_no_list_of_values(void **state) {
    (void)state;
    hpt_result *result = run(read_a_range);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 24);
    assert_non_null(strstr(hpt_result_stop_text(result), "\"x\" has no list of values"));
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_names_the_value),
        cmocka_unit_test(a_range_has_no_list_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
