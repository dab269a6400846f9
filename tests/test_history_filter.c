/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a filter lets through the trials it describes; an expression has the syntax of
 *         constraints, over parameters and over what else a trial has.
 * Method: small tables, with parameters that are inactive, values that are missing, and parameters
 *         that have the name of something else. */
#include "tables.h"

#include "failing.h"

enum { TRIALS = 40 };

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static tables_table plain_table(void) {
    tables_table it = tables_make(
        space_of("{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                 "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\", null]},"
                 "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"mode == "
                 "'a'\"}}"),
        2, TRIALS);
    for (size_t i = 0; i < TRIALS; i++) {
        it.values[2 * i] = (double)i;
        it.values[2 * i + 1] = -(double)i;
        it.rows[i].record.duration_ns = i % 2 ? (int64_t)i * 1000000000 : -1;
    }
    return it;
}

static size_t passes(tables_table *it, hpt_filter filter, size_t *indices) {
    size_t     count = SIZE_MAX;
    hpt_err    err = { 0 };
    hpt_status status = hpi_report_filter(tables_of(it), &filter, indices, &count, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    return count;
}

/* Asserts that just the trials pass for which `is_wanted` holds. */
static void check(tables_table *it, const char *where,
                  bool (*is_wanted)(const tables_table *it, size_t trial)) {
    size_t indices[TRIALS], next = 0;
    size_t count = passes(it, (hpt_filter){ .where = where }, indices);
    for (size_t i = 0; i < TRIALS; i++) {
        bool passed = next < count && indices[next] == i;
        if (passed != is_wanted(it, i))
            fail_msg("%s: trial %zu %s", where, i, passed ? "passed" : "did not pass");
        next += passed;
    }
    assert_int_equal(next, count);
}

static bool text_is(const tables_table *it, size_t trial, const char *text) {
    hpt_value mode = it->rows[trial].record.params[1];
    return mode.type == HPT_TYPE_TEXT && strcmp(mode.as.text, text) == 0;
}

static bool has_low_x(const tables_table *it, size_t trial) {
    return tables_real(it, trial, 0) < 0.25;
}

static bool has_mode_b(const tables_table *it, size_t trial) {
    return text_is(it, trial, "b");
}

static bool has_no_mode(const tables_table *it, size_t trial) {
    return it->rows[trial].record.params[1].type == HPT_TYPE_NULL;
}

static bool is_deep(const tables_table *it, size_t trial) {
    return text_is(it, trial, "a") && it->rows[trial].record.params[2].as.integer >= 4;
}

static bool is_shallow(const tables_table *it, size_t trial) {
    return text_is(it, trial, "a") && it->rows[trial].record.params[2].as.integer < 4;
}

static bool is_above_30(const tables_table *it, size_t trial) {
    return trial > 30 || has_low_x(it, trial);
}

static bool took_5_s(const tables_table *it, size_t trial) {
    (void)it;
    return trial % 2 == 1 && trial >= 5;
}

static bool is_sixth(const tables_table *it, size_t trial) {
    (void)it;
    return trial == 6;
}

static bool always(const tables_table *it, size_t trial) {
    (void)it;
    (void)trial;
    return true;
}

static void an_expression_reads_what_a_trial_has(void **state) {
    (void)state;
    tables_table it = plain_table();
    check(&it, NULL, always);
    check(&it, "x < 0.25", has_low_x);
    check(&it, "mode == 'b'", has_mode_b);
    check(&it, "mode == null", has_no_mode);
    check(&it, "value > 30 or x < 0.25", is_above_30);
    check(&it, "value_1 < -30 or x < 0.25", is_above_30);
    check(&it, "duration >= 5", took_5_s);
    check(&it, "number == 6 and value + value_1 == 0", is_sixth);
    tables_free(&it);
}

static void a_comparison_with_an_inactive_parameter_is_false(void **state) {
    (void)state;
    tables_table it = plain_table();
    check(&it, "deep >= 4", is_deep);
    check(&it, "deep < 4", is_shallow);
    check(&it, "not (deep >= 4)", is_shallow);
    check(&it, "deep >= 4 or number >= 0", always);
    tables_free(&it);
}

static bool has_no_value(const tables_table *it, size_t trial) {
    (void)it;
    return trial != 3 && trial != 4;
}

static void a_comparison_with_a_value_that_is_none_is_false(void **state) {
    (void)state;
    tables_table it = plain_table();
    it.values[2 * 3] = NAN;
    it.rows[4].record.state = HPT_TRIAL_FAILED;
    it.rows[4].record.value_count = 0;
    check(&it, "value < 1e9 or value >= 1e9", has_no_value);
    check(&it, "not (value == 1e9)", has_no_value);
    tables_free(&it);
}

static bool is_low(const tables_table *it, size_t trial) {
    return it->rows[trial].record.params[0].as.integer <= 2;
}

static void a_parameter_hides_what_has_its_name(void **state) {
    (void)state;
    tables_table it = tables_make(
        space_of("{\"value\": {\"kind\": \"int\", \"min\": 1, \"max\": 5}}"), 1, TRIALS);
    for (size_t i = 0; i < TRIALS; i++)
        it.values[i] = 100;
    check(&it, "value <= 2", is_low);
    tables_free(&it);
}

static void states_and_numbers_are_taken_as_bits_and_ends(void **state) {
    (void)state;
    tables_table it = plain_table();
    size_t       indices[TRIALS];
    it.rows[7].record.state = HPT_TRIAL_PRUNED;
    it.rows[9].record.state = HPT_TRIAL_FAILED;
    hpt_filter filter = { .states = 1u << HPT_TRIAL_PRUNED | 1u << HPT_TRIAL_FAILED };
    assert_int_equal(passes(&it, filter, indices), 2);
    assert_true(indices[0] == 7 && indices[1] == 9);
    filter.first = 8;
    assert_int_equal(passes(&it, filter, indices), 1);
    filter = (hpt_filter){ .first = 5, .last = 8 };
    assert_int_equal(passes(&it, filter, indices), 4);
    filter.where = "number % 2 == 0";
    assert_int_equal(passes(&it, filter, indices), 2);
    assert_true(indices[0] == 6 && indices[1] == 8);
    tables_free(&it);
}

static void a_wrong_expression_is_refused_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *where, *words;
        hpt_status  status;
        uint32_t    col;
    } rows[] = { { "x < ", "it ends where", HPT_EPARSE, 5 },
                 { "x << 2", "column 4", HPT_EPARSE, 4 },
                 { "valeu < 2", "\"value\"", HPT_EINVAL, 1 },
                 { "mode < 3", "compares", HPT_EINVAL, 6 },
                 { "value_2 < 3", "value_", HPT_EINVAL, 1 } };
    tables_table it = plain_table();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpt_filter filter = { .where = rows[i].where };
        size_t     indices[TRIALS], count = 77;
        hpt_err    err = { 0 };
        assert_int_equal(hpi_report_filter(tables_of(&it), &filter, indices, &count, &err),
                         rows[i].status);
        if (!strstr(err.text, rows[i].words)) fail_msg("%s: %s", rows[i].where, err.text);
        assert_int_equal(err.col, rows[i].col);
        assert_int_equal(count, 77);
    }
    tables_free(&it);
}

static void a_study_without_parameters_can_be_filtered(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 3);
    size_t       indices[TRIALS];
    assert_int_equal(passes(&it, (hpt_filter){ .where = "number >= 1" }, indices), 2);
    tables_free(&it);
}

/* The parameters of the table are as they were; its space is made anew, by whatever allocates now.
 */
static bool try_filter(void *user) {
    static const char json[] = "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                               "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]}}";
    hpi_table         table = *tables_of(user);
    hpt_space        *space = NULL;
    size_t            indices[TRIALS], count;
    hpt_filter        filter = { .where = "x < 0.5 and mode in ['a', 'b']" };
    hpt_err           err = { 0 };
    hpt_status        status = hpt_space_parse(json, sizeof json - 1, &space, &err);
    if (status != HPT_OK) return false;
    table.space = space;
    status = hpi_report_filter(&table, &filter, indices, &count, &err);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static void a_filter_without_memory_says_so(void **state) {
    (void)state;
    tables_table it = plain_table();
    hpt_space_destroy(it.space);
    it.space = NULL;
    it.table.count = 0;
    failing_tolerated(try_filter, &it);
    tables_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expression_reads_what_a_trial_has),
        cmocka_unit_test(a_comparison_with_an_inactive_parameter_is_false),
        cmocka_unit_test(a_comparison_with_a_value_that_is_none_is_false),
        cmocka_unit_test(a_parameter_hides_what_has_its_name),
        cmocka_unit_test(states_and_numbers_are_taken_as_bits_and_ends),
        cmocka_unit_test(a_wrong_expression_is_refused_with_its_place),
        cmocka_unit_test(a_study_without_parameters_can_be_filtered),
        cmocka_unit_test(a_filter_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
