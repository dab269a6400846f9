/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a file that cannot be written loses nothing that was kept, and what is lost is counted
 *         exactly; the run is told by the policy it chose.
 * Method: the writer's functions called as its lane does, over a file in memory whose transactions
 *         fail when told to. */
#include "failing.h"
#include "storing_events.h"

#include <stdlib.h>

static void retry_soon(void) {
    store->retry_due_ns = 0;
}

static void with_stop_the_run_is_told_once_and_nothing_is_lost(void **state) {
    (void)state;
    options.commit_trials = 1;
    open_store();
    tell_trial(0, HPT_TRIAL_COMPLETE);
    disk.commit_fails = HPT_EIO;
    for (uint64_t i = 1; i < 5; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        retry_soon();
    }
    assert_int_equal(failed_calls, 1);
    assert_string_equal(hpi_store_failure_text(store), "commit fails");
    assert_int_equal(hpi_store_durable(store), 1);
    disk.commit_fails = HPT_OK;
    tick();
    assert_int_equal(hpi_store_durable(store), 5);
    seen told = scan(HPI_SCAN_TOLD);
    assert_int_equal(told.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(told.orders[i], i);
    finish();
}

static void what_is_lost_at_the_end_is_counted(void **state) {
    (void)state;
    char text[240];
    options.commit_trials = 1;
    open_store();
    tell_trial(0, HPT_TRIAL_COMPLETE);
    disk.put_fails = HPT_EIO;
    for (uint64_t i = 1; i < 4; i++)
        tell_trial(i, HPT_TRIAL_COMPLETE);
    tell_trial(4, HPT_TRIAL_CANCELLED);
    store->failing_since_ns -= 2 * HPI_NS_PER_S;
    end_lane();
    assert_int_equal(hpi_store_durable(store), 1);
    assert_true(hpi_store_warning(store, 0, text, sizeof text));
    if (!strstr(text, "the results of 3 trials could not be kept: put fails")) fail_msg("%s", text);
    assert_true(hpi_store_warning(store, 1, text, sizeof text));
    if (!strstr(text, "could not be written 1 time, ")) fail_msg("%s", text);
    const char *lasted = strstr(text, "time, ") + strlen("time, ");
    assert_true(strtod(lasted, NULL) >= 2);
    if (!strstr(lasted, " s in all")) fail_msg("%s", text);
    disk.put_fails = HPT_OK;
    hpi_store_close(store);
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 1);
}

static void with_go_on_nobody_waits_and_writing_resumes(void **state) {
    (void)state;
    char text[240];
    options.store_failure = HPT_STORE_GO_ON;
    options.sync = HPT_SYNC_EACH;
    open_store();
    disk.begin_fails = HPT_EIO;
    for (uint64_t i = 0; i < 4; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        assert_int_equal(hpi_store_durable(store), i + 1);
    }
    assert_int_equal(failed_calls, 0);
    disk.begin_fails = HPT_OK;
    retry_soon();
    tick();
    assert_int_equal(hpi_store_durable(store), 4);
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 4);
    tell_trial(4, HPT_TRIAL_COMPLETE);
    assert_int_equal(hpi_store_durable(store), 5);
    end_lane();
    assert_true(hpi_store_warning(store, 0, text, sizeof text));
    if (!strstr(text, "could not be written 1 time,") || !strstr(text, "all results were kept"))
        fail_msg("%s", text);
    assert_false(hpi_store_warning(store, 1, text, sizeof text));
    hpi_store_close(store);
}

static void beyond_the_bound_ends_are_dropped_and_counted(void **state) {
    (void)state;
    enum { MORE = 1000, COUNT = HPI_STORE_KEEP_ENDS + MORE };
    char     text[240], sentence[80];
    uint64_t next, told;
    options.store_failure = HPT_STORE_GO_ON;
    open_store();
    disk.begin_fails = HPT_EIO;
    for (uint64_t i = 0; i < COUNT; i++)
        tell_trial(i, HPT_TRIAL_COMPLETE);
    assert_true(store->kept.count <= HPI_STORE_KEEP_ENDS);
    disk.begin_fails = HPT_OK;
    retry_soon();
    tick();
    assert_int_equal(store->kept.count, 0);
    memory_counts(NULL, &next, &told, NULL);
    assert_int_equal(told, HPI_STORE_KEEP_ENDS);
    tell_trial(COUNT, HPT_TRIAL_COMPLETE);
    end_lane();
    assert_int_equal(hpi_store_durable(store), COUNT + 1);
    assert_true(hpi_store_warning(store, 0, text, sizeof text));
    snprintf(sentence, sizeof sentence, "of %d trials could not be kept", (int)MORE);
    if (!strstr(text, sentence)) fail_msg("%s, not %s", text, sentence);
    hpi_store_close(store);
    memory_counts(NULL, &next, &told, NULL);
    assert_int_equal(told, HPI_STORE_KEEP_ENDS + 1);
    assert_int_equal(next, COUNT + 1);
}

static void a_trial_that_began_before_the_bound_keeps_its_end(void **state) {
    (void)state;
    options.store_failure = HPT_STORE_GO_ON;
    open_store();
    disk.begin_fails = HPT_EIO;
    hpt_event first = created(0);
    tell(&first, 1);
    for (uint64_t i = 1; i <= HPI_STORE_KEEP_ENDS; i++)
        tell_trial(i, HPT_TRIAL_COMPLETE);
    hpt_event last = ended(0, HPT_TRIAL_COMPLETE);
    tell(&last, 1);
    disk.begin_fails = HPT_OK;
    finish();
    assert_int_equal(disk.committed.trials[0].number, 0);
    assert_true(disk.committed.trials[0].is_told);
}

/* In memory that is counted, with a run of some trials behind it. */
static void begin_with_failing_memory(void **state, hpt_store_failure policy) {
    end(state);
    failing_install();
    begin(state);
    options.sync = HPT_SYNC_EACH;
    options.store_failure = policy;
    open_store();
    tell_trial(0, HPT_TRIAL_COMPLETE);
    hpt_event running[] = { created(1), created(2) }; /* none is free for the next */
    tell(running, 2);
}

static void end_with_failing_memory(void **state) {
    finish();
    end(state);
    failing_remove();
    begin(state);
}

static void after_an_end_that_found_no_memory_nothing_counts_as_durable(void **state) {
    begin_with_failing_memory(state, HPT_STORE_STOP);
    failing_after(0, true);
    tell_trial(3, HPT_TRIAL_COMPLETE);
    assert_true(failing_stop());
    assert_int_equal(failed_calls, 1);
    tell_trial(4, HPT_TRIAL_COMPLETE); /* is kept, but whose turn it was is not */
    assert_int_equal(hpi_store_durable(store), 1);
    assert_int_equal(store->lost_ends, 1);
    end_with_failing_memory(state);
}

static void with_go_on_an_end_that_found_no_memory_is_counted(void **state) {
    begin_with_failing_memory(state, HPT_STORE_GO_ON);
    failing_after(0, true);
    tell_trial(3, HPT_TRIAL_COMPLETE);
    assert_true(failing_stop());
    retry_soon();
    tell_trial(4, HPT_TRIAL_COMPLETE);
    assert_int_equal(hpi_store_durable(store), 3);
    assert_int_equal(store->lost_ends, 1);
    end_with_failing_memory(state);
}

static void reports_without_end_are_bounded_and_counted(void **state) {
    (void)state;
    enum { ROOM = 10, COUNT = 25 };
    char text[240];
    options.commit_trials = 1;
    open_store();
    hpt_event first[] = { created(0), created(1), ended(1, HPT_TRIAL_COMPLETE) };
    tell(first, 2);
    disk.put_fails = HPT_EIO;
    tell(first + 2, 1);
    hpt_event report = { .kind = HPT_EVENT_TRIAL_REPORTED, .trial = 0 };
    store->byte_count = HPI_STORE_KEEP_BYTES - ROOM * hpi_kept_report_bytes(1);
    for (report.step = 0; report.step < COUNT; report.step++)
        tell(&report, 1);
    assert_int_equal(store->lost_reports, COUNT - ROOM);
    end_lane();
    assert_true(hpi_store_warning(store, 2, text, sizeof text));
    if (!strstr(text, "25 intermediate values could not be kept")) fail_msg("%s", text);
    disk.put_fails = HPT_OK;
    hpi_store_close(store);
}

static void a_busy_file_is_waited_for(void **state) {
    (void)state;
    options.sync = HPT_SYNC_EACH;
    open_store();
    disk.begin_fails = HPT_EBUSY;
    for (uint64_t i = 0; i < 3; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        retry_soon();
    }
    assert_int_equal(failed_calls, 0);
    store->busy_since_ns -= (HPI_STORE_BUSY_S + 1) * HPI_NS_PER_S;
    tick();
    assert_int_equal(failed_calls, 1);
    disk.begin_fails = HPT_OK;
    finish();
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 3);
}

static void a_study_that_was_given_away_is_not_written(void **state) {
    (void)state;
    options.sync = HPT_SYNC_EACH;
    open_store();
    memory_attr_set(HPI_HOLD_KEY, "{\"pid\":1,\"host\":\"other\",\"run\":\"another\"}");
    store->wall_due_ns = 0;
    tell_trial(0, HPT_TRIAL_COMPLETE);
    assert_int_equal(failed_calls, 1);
    assert_non_null(strstr(hpi_store_failure_text(store), "process 1 on host other"));
    finish();
    assert_int_equal(disk.committed.trial_count, 0);
    assert_non_null(strstr(memory_attr(HPI_HOLD_KEY), "another"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(with_stop_the_run_is_told_once_and_nothing_is_lost),
        TEST(what_is_lost_at_the_end_is_counted),
        TEST(with_go_on_nobody_waits_and_writing_resumes),
        TEST(beyond_the_bound_ends_are_dropped_and_counted),
        TEST(a_trial_that_began_before_the_bound_keeps_its_end),
        TEST(after_an_end_that_found_no_memory_nothing_counts_as_durable),
        TEST(with_go_on_an_end_that_found_no_memory_is_counted),
        TEST(reports_without_end_are_bounded_and_counted),
        TEST(a_busy_file_is_waited_for),
        TEST(a_study_that_was_given_away_is_not_written),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
