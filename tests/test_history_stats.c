/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the numbers about a study are right, whatever its clocks and values say.
 * Method: tables whose numbers are known, and odd ones. */
#include "tables.h"

#include <float.h>

#include "failing.h"

#define S INT64_C(1000000000)

static hpt_history_stats stats_of(tables_table *it) {
    hpt_history_stats stats = { .struct_size = sizeof stats };
    hpt_err           err = { 0 };
    assert_int_equal(hpi_report_stats(tables_of(it), &stats, &err), HPT_OK);
    return stats;
}

static void set_times(tables_table *it, size_t trial, int64_t start, int64_t end, int64_t took) {
    it->rows[trial].record.start_ns = start;
    it->rows[trial].record.end_ns = end;
    it->rows[trial].record.duration_ns = took;
}

static void values_are_summarised(void **state) {
    (void)state;
    static const double values[] = { 5, 1, 4, 2, 100, NAN };
    tables_table        it = tables_make(NULL, 1, 6);
    memcpy(it.values, values, sizeof values);
    it.rows[4].record.state = HPT_TRIAL_PRUNED;
    hpt_history_stats stats = stats_of(&it);
    assert_true(stats.value_min == 1 && stats.value_max == 5);
    assert_true(stats.value_mean == 3 && stats.value_median == 3);
    assert_int_equal(stats.state_count[HPT_TRIAL_COMPLETE], 5);
    assert_int_equal(stats.state_count[HPT_TRIAL_PRUNED], 1);
    it.rows[4].record.state = HPT_TRIAL_COMPLETE;
    stats = stats_of(&it);
    assert_true(stats.value_median == 4 && stats.value_max == 100);
    tables_free(&it);
}

static void values_near_the_largest_have_a_mean(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 2);
    it.values[0] = it.values[1] = DBL_MAX;
    hpt_history_stats stats = stats_of(&it);
    assert_true(stats.value_mean > 0.999 * DBL_MAX && isfinite(stats.value_mean));
    assert_true(stats.value_median == DBL_MAX);
    it.values[1] = -INFINITY;
    stats = stats_of(&it);
    assert_true(stats.value_min == -INFINITY && stats.value_mean == -INFINITY);
    tables_free(&it);
}

static void durations_and_span_give_the_parallelism(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 4);
    set_times(&it, 0, 10 * S, 14 * S, 4 * S);
    set_times(&it, 1, 10 * S, 12 * S, 2 * S);
    set_times(&it, 2, 12 * S, 15 * S, 3 * S);
    set_times(&it, 3, 14 * S, HPT_TIME_NONE, 7 * S);
    it.rows[3].record.state = HPT_TRIAL_RUNNING;
    for (uint32_t i = 0; i < 4; i++)
        it.rows[i].record.worker = i / 2;
    hpt_history_stats stats = stats_of(&it);
    assert_true(stats.duration_s_sum == 9 && stats.duration_s_min == 2);
    assert_true(stats.duration_s_max == 4 && stats.duration_s_mean == 3);
    assert_true(stats.duration_s_median == 3);
    assert_true(stats.span_s == 5 && stats.parallelism == 9.0 / 5);
    assert_int_equal(stats.worker_count, 2);
    tables_free(&it);
}

static void a_clock_that_ran_backwards_gives_no_negative_span(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 2);
    set_times(&it, 0, 10 * S, 5 * S, 1 * S);
    set_times(&it, 1, HPT_TIME_NONE, HPT_TIME_NONE, -1);
    hpt_history_stats stats = stats_of(&it);
    assert_true(stats.span_s == 0 && isnan(stats.parallelism));
    assert_true(stats.duration_s_sum == 1);
    tables_free(&it);
}

static void times_at_both_ends_do_not_overflow(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 3);
    set_times(&it, 0, INT64_MIN + 1, INT64_MAX, INT64_MAX);
    set_times(&it, 1, 0, INT64_MAX, INT64_MAX);
    set_times(&it, 2, 0, 0, 0);
    hpt_history_stats stats = stats_of(&it);
    assert_true(fabs(stats.span_s / 1.8446744073709552e10 - 1) < 1e-12);
    assert_true(fabs(stats.duration_s_sum / 1.8446744073709552e10 - 1) < 1e-12);
    tables_free(&it);
}

static void what_is_unknown_is_nan(void **state) {
    (void)state;
    tables_table      it = tables_make(NULL, 1, 2);
    hpt_history_stats stats;
    it.table.count = 0;
    stats = stats_of(&it);
    assert_true(isnan(stats.value_min) && isnan(stats.value_median) && isnan(stats.duration_s_sum));
    assert_true(isnan(stats.span_s) && isnan(stats.parallelism));
    assert_int_equal(stats.worker_count, 0);
    assert_int_equal(stats.stale_count, 0);
    tables_free(&it);
}

static void stale_trials_are_those_that_ended_since_the_best(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 6);
    for (size_t i = 0; i < 6; i++)
        it.values[i] = i == 2 ? -1 : 0;
    it.rows[4].record.state = HPT_TRIAL_RUNNING;
    it.rows[5].record.state = HPT_TRIAL_FAILED;
    assert_int_equal(stats_of(&it).stale_count, 2);
    tables_free(&it);
}

static bool try_stats(void *user) {
    hpt_history_stats stats = { .struct_size = sizeof stats, .worker_count = 77 };
    hpt_err           err = { 0 };
    hpt_status        status = hpi_report_stats(tables_of(user), &stats, &err);
    if (status != HPT_OK) assert_int_equal(stats.worker_count, 77);
    return status == HPT_OK;
}

static void statistics_without_memory_say_so(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 9);
    failing_everywhere(try_stats, &it);
    tables_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_summarised),
        cmocka_unit_test(values_near_the_largest_have_a_mean),
        cmocka_unit_test(durations_and_span_give_the_parallelism),
        cmocka_unit_test(a_clock_that_ran_backwards_gives_no_negative_span),
        cmocka_unit_test(times_at_both_ends_do_not_overflow),
        cmocka_unit_test(what_is_unknown_is_nan),
        cmocka_unit_test(stale_trials_are_those_that_ended_since_the_best),
        cmocka_unit_test(statistics_without_memory_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
