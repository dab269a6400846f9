/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a run tells is in the file when it was promised, once, in order.
 * Method: the writer's functions called as its lane does, over a file in memory with transactions.
 */
#include "failing.h"
#include "storing_events.h"

#include <sys/wait.h>

/* Opening. */

static void a_new_study_is_called_after_its_file(void **state) {
    (void)state;
    open_store();
    assert_int_equal(strncmp(disk.committed.name, "hpt_writer_", 11), 0);
    assert_null(strchr(disk.committed.name, '.'));
    finish();
}

static void a_second_run_of_the_process_is_refused_with_who_has_it(void **state) {
    (void)state;
    hpt_err    err = { 0 };
    char       who[64];
    hpi_store *other = NULL;
    open_store();
    disk.is_open = false; /* another handle */
    assert_int_equal(try_open(NULL, &other, &err), HPT_EBUSY);
    snprintf(who, sizeof who, "is held by process %d on host ", (int)getpid());
    if (!strstr(err.text, who) || !strstr(err.text, " since 2")) fail_msg("%s", err.text);
    assert_null(other);
    disk.is_open = true;
    finish();
    open_store();
    finish();
}

static hpi_hold hold_at_commit;

static hpt_status judging_commit(hpi_backend *backend, bool is_durable, hpt_err *err) {
    char       who[HPI_HOLD_WHO_BYTES];
    hpt_status status = memory_commit(backend, is_durable, err);
    hold_at_commit = hpi_hold_judge(memory_attr(HPI_HOLD_KEY), who);
    return status;
}

/* Another thread may look at once. */
static void a_study_is_held_from_the_commit_that_says_so(void **state) {
    (void)state;
    static hpi_backend_class judging;
    judging = memory_backend;
    judging.commit = judging_commit;
    form = &judging;
    hold_at_commit = HPI_HOLD_NOBODY;
    open_store();
    assert_int_equal(hold_at_commit, HPI_HOLD_TAKEN);
    finish();
}

static void a_hold_that_was_never_given_back_is_taken_over(void **state) {
    (void)state;
    char hold[512];
    open_store();
    snprintf(hold, sizeof hold, "%s", memory_attr(HPI_HOLD_KEY));
    finish();
    memory_attr_set(HPI_HOLD_KEY, hold); /* as if closing had failed: the run is gone */
    open_store();
    finish();
    assert_string_equal(memory_attr(HPI_HOLD_KEY), HPI_HOLD_FREE);
}

static void a_refusal_says_how_to_release_what_nobody_can_judge(void **state) {
    (void)state;
    hpt_err    err = { 0 };
    hpi_store *other = NULL;
    open_store();
    finish();
    memory_attr_set(HPI_HOLD_KEY, "{\"pid\":12,\"host\":\"elsewhere\",\"since\":\"long ago\"}");
    assert_int_equal(try_open(NULL, &other, &err), HPT_EBUSY);
    if (!strstr(err.text, "process 12 on host elsewhere since long ago; if that is gone: "
                          "hpt check --repair --release FILE"))
        fail_msg("%s", err.text);
}

static void a_failed_opening_leaves_no_file_behind(void **state) {
    (void)state;
    hpt_err err = { 0 };
    disk.put_fails = HPT_EIO;
    assert_int_equal(try_open(NULL, &store, &err), HPT_EIO);
    assert_int_equal(access(path, F_OK), -1);
    disk.put_fails = HPT_OK;
    disk.commit_fails = HPT_EIO;
    assert_int_equal(try_open(NULL, &store, &err), HPT_EIO);
    assert_int_equal(access(path, F_OK), -1);
    assert_false(disk.is_open);
}

static void a_space_that_no_file_can_hold_makes_none(void **state) {
    (void)state;
    hpt_err err = { 0 };
    hpt_space_add_check(space, (hpt_check_function *)(uintptr_t)on_failed, NULL);
    assert_int_equal(try_open(NULL, &store, &err), HPT_EINVAL);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_head_that_is_there_is_not_written_again(void **state) {
    (void)state;
    open_store();
    finish();
    disk.head_puts = 0;
    open_store();
    finish();
    assert_int_equal(disk.head_puts, 0);
}

static void wall_time_adds_up_over_runs(void **state) {
    (void)state;
    for (int run = 0; run < 3; run++) {
        open_store();
        assert_true(hpi_store_found_of(store)->wall_ns == run * 5 * HPI_NS_PER_S);
        finish();
    }
}

/* What is written. */

static void a_trial_that_ends_before_a_commit_is_written_once(void **state) {
    (void)state;
    never_by_time();
    open_store();
    for (uint64_t i = 0; i < 20; i++)
        tell_trial(i, i % 3 == 1 ? HPT_TRIAL_FAILED : HPT_TRIAL_COMPLETE);
    size_t before = disk.puts;
    finish();
    assert_int_equal(disk.puts - before, 20);
    seen told = scan(HPI_SCAN_TOLD);
    assert_int_equal(told.count, 20);
    for (uint64_t i = 0; i < 20; i++) {
        assert_int_equal(told.numbers[i], i);
        assert_int_equal(told.orders[i], i);
        assert_int_equal(told.asked[i], i + 1);
    }
}

static void what_runs_at_a_commit_is_written_as_running_and_replaced(void **state) {
    (void)state;
    options.commit_trials = 1;
    open_store();
    hpt_event first[] = { created(0), created(1), ended(1, HPT_TRIAL_COMPLETE) };
    tell(first, 3);
    seen open = scan(HPI_SCAN_OPEN), told = scan(HPI_SCAN_TOLD);
    assert_int_equal(open.count, 1);
    assert_int_equal(open.numbers[0], 0);
    assert_int_equal(open.states[0], HPT_TRIAL_RUNNING);
    assert_int_equal(told.count, 1);
    hpt_event last = ended(0, HPT_TRIAL_COMPLETE);
    tell(&last, 1);
    told = scan(HPI_SCAN_TOLD);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.numbers[1], 0);
    assert_int_equal(told.orders[1], 1);
    assert_int_equal(told.asked[1], 2);
    assert_int_equal(disk.committed.trial_count, 2);
    finish();
}

static void new_trials_are_put_by_rising_number(void **state) {
    (void)state;
    never_by_time();
    open_store();
    hpt_event events[] = { created(0), created(1), created(2), ended(2, HPT_TRIAL_COMPLETE),
                           ended(0, HPT_TRIAL_COMPLETE) };
    tell(events, 5);
    finish();
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(disk.committed.trials[i].number, i);
}

static void reports_follow_their_trial(void **state) {
    (void)state;
    options.commit_trials = 1;
    open_store();
    hpt_event report = {
        .kind = HPT_EVENT_TRIAL_REPORTED, .trial = 0, .step = 4, .value = INFINITY
    };
    hpt_event events[] = { created(0), report, created(1), ended(1, HPT_TRIAL_COMPLETE) };
    tell(events, 4);
    report.step = 5;
    hpt_event more[] = { report, ended(0, HPT_TRIAL_PRUNED) };
    tell(more, 2);
    assert_int_equal(disk.committed.report_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const memory_report *it = &disk.committed.reports[i];
        assert_int_equal(disk.committed.trials[it->id - 1].number, 0);
        assert_int_equal(it->step, 4 + (int64_t)i);
    }
    finish();
}

static void a_cancelled_trial_is_not_told(void **state) {
    (void)state;
    open_store();
    tell_trial(0, HPT_TRIAL_CANCELLED);
    tell_trial(1, HPT_TRIAL_COMPLETE);
    finish();
    seen told = scan(HPI_SCAN_TOLD), open = scan(HPI_SCAN_OPEN);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.orders[0], 0);
    assert_int_equal(open.count, 1);
    assert_int_equal(open.states[0], HPT_TRIAL_CANCELLED);
    assert_true(open.orders[0] == HPI_UNKNOWN);
}

static void an_end_told_again_takes_the_place_of_the_first(void **state) {
    (void)state;
    options.sync = HPT_SYNC_EACH;
    open_store();
    tell_trial(0, HPT_TRIAL_COMPLETE);
    tell_trial(1, HPT_TRIAL_COMPLETE);
    tell_trial(2, HPT_TRIAL_COMPLETE);
    hpt_event again[] = { ended(2, HPT_TRIAL_CANCELLED), ended(0, HPT_TRIAL_FAILED) };
    tell(again, 2);
    assert_int_equal(hpi_store_durable(store), 5);
    tell_trial(3, HPT_TRIAL_COMPLETE); /* the place is free again */
    finish();
    seen told = scan(HPI_SCAN_TOLD), open = scan(HPI_SCAN_OPEN);
    assert_int_equal(disk.committed.trial_count, 4);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.numbers[2], 3);
    assert_int_equal(told.orders[2], 2);
    assert_int_equal(told.states[0], HPT_TRIAL_FAILED);
    assert_int_equal(told.numbers[0], 0);
    assert_int_equal(told.orders[1], 1);
    assert_int_equal(open.count, 1);
    assert_int_equal(open.numbers[0], 2);
}

/* As with a window, of which the first trial ends last and stops the run. */
static void ends_that_are_taken_back_leave_no_gaps(void **state) {
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        options.sync = HPT_SYNC_EACH;
        open_store();
        for (uint64_t i = 0; i < 2; i++)
            tell_trial(i, HPT_TRIAL_COMPLETE);
        for (uint64_t i = 8; i-- > 2;)
            tell_trial(i, HPT_TRIAL_COMPLETE);
        disk.commit_fails = fails ? HPT_EIO : HPT_OK;
        for (uint64_t i = 4; i < 8; i++) {
            hpt_event event = ended(i, HPT_TRIAL_CANCELLED);
            tell(&event, 1);
        }
        disk.commit_fails = HPT_OK;
        finish();
        seen told = scan(HPI_SCAN_TOLD);
        bool has[8] = { false };
        assert_int_equal(told.count, 4);
        for (size_t i = 0; i < told.count; i++) {
            assert_int_equal(told.orders[i], i);
            assert_true(told.numbers[i] < 4);
            has[told.numbers[i]] = true;
        }
        for (uint64_t i = 0; i < 4; i++)
            assert_true(has[i]);
        assert_int_equal(scan(HPI_SCAN_OPEN).count, 4);
        open_store(); /* and it goes on from there */
        tell_trial(8, HPT_TRIAL_COMPLETE);
        finish();
        told = scan(HPI_SCAN_TOLD);
        assert_int_equal(told.numbers[4], 8);
        assert_int_equal(told.orders[4], 4);
        end(state);
        begin(state);
    }
}

static void a_resumed_run_goes_on_counting(void **state) {
    (void)state;
    options.commit_trials = 1;
    open_store();
    hpt_event events[] = { created(0), created(1), ended(1, HPT_TRIAL_COMPLETE) };
    tell(events, 3);
    end_lane(); /* it dies with trial 0 running */
    hpi_store_close(store);
    open_store();
    const hpi_store_found *found = hpi_store_found_of(store);
    assert_int_equal(found->number_next, 2);
    assert_int_equal(found->told_count, 1);
    assert_int_equal(found->foreign_count, 0);
    assert_true(found->is_same_window);
    assert_false(found->is_widened);
    hpt_event again = created(0), next = created(2);
    tell(&again, 1); /* under its number */
    tell(&next, 1);
    store->since_ns = 1;
    tick();
    assert_int_equal(scan(HPI_SCAN_OPEN).count, 2);
    assert_int_equal(scan(HPI_SCAN_OPEN).asked[0], 1);
    tell_trial(0, HPT_TRIAL_COMPLETE);
    tell_trial(2, HPT_TRIAL_COMPLETE);
    finish();
    seen told = scan(HPI_SCAN_TOLD);
    assert_int_equal(disk.committed.trial_count, 3);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.numbers[1], 0);
    assert_int_equal(told.orders[2], 2);
    assert_int_equal(told.asked[1], 3);
    assert_int_equal(told.asked[2], 3);
}

/* When. */

static void an_end_is_durable_before_its_time_is_up(void **state) {
    (void)state;
    options.commit_interval_ms = 80;
    open_store();
    for (uint64_t i = 0; i < fixture_scaled(5); i++) {
        tick();
        int64_t told_ns = hpi_now_ns(), now_ns;
        usleep(20 * 1000); /* on its way */
        tell_trial(i, HPT_TRIAL_COMPLETE);
        do { /* the next turn would be too late: it must be there after this one */
            usleep(5 * 1000);
            now_ns = hpi_now_ns();
            tick();
        } while (now_ns + 25 * HPI_NS_PER_MS < told_ns + 80 * HPI_NS_PER_MS);
        assert_int_equal(hpi_store_durable(store), i + 1);
        assert_int_equal(disk.durable_commits, disk.commits);
    }
    finish();
}

static void many_ends_share_a_commit(void **state) {
    (void)state;
    never_by_time();
    open_store();
    size_t before = disk.commits;
    for (uint64_t i = 0; i < 1000; i++)
        tell_trial(i, HPT_TRIAL_COMPLETE);
    tick();
    assert_int_equal(disk.commits, before);
    assert_int_equal(hpi_store_durable(store), 0);
    finish();
    assert_int_equal(disk.committed.trial_count, 1000);
    assert_true(disk.commits <= before + 2);
}

static void so_many_waiting_ends_are_committed(void **state) {
    (void)state;
    never_by_time();
    options.commit_trials = 3;
    open_store();
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(hpi_store_durable(store), 0);
        tell_trial(i, HPT_TRIAL_COMPLETE);
    }
    assert_int_equal(hpi_store_durable(store), 3);
    finish();
}

static void with_sync_each_every_batch_is_durable_at_once(void **state) {
    (void)state;
    never_by_time();
    options.sync = HPT_SYNC_EACH;
    open_store();
    size_t before = disk.durable_commits;
    for (uint64_t i = 0; i < 5; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        assert_int_equal(hpi_store_durable(store), i + 1);
        assert_int_equal(news_calls, i + 1);
    }
    assert_int_equal(disk.durable_commits - before, 5);
    hpt_event event = created(5);
    tell(&event, 1); /* nobody waits for that */
    assert_int_equal(disk.durable_commits - before, 5);
    finish();
}

/* What a commit takes in memory does not follow from how fast the trials are. */
static void a_commit_has_only_so_many_trials(void **state) {
    (void)state;
    never_by_time();
    open_store();
    for (uint64_t i = 0; i < 3 * HPI_STORE_FLUSH_PUTS; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        assert_true(store->put_count < HPI_STORE_FLUSH_PUTS);
    }
    assert_int_equal(hpi_store_durable(store), 3 * HPI_STORE_FLUSH_PUTS);
    finish();
}

static uint64_t durable_within, durable_behind;

static hpt_status telling_commit(hpi_backend *backend, bool is_durable, hpt_err *err) {
    hpt_status status = memory_commit(backend, is_durable, err);
    if (status != HPT_OK || !is_durable || !backend->is_safe) return status;
    durable_behind = hpi_store_durable(store);
    backend->is_safe(backend->is_safe_user);
    durable_within = hpi_store_durable(store);
    return HPT_OK;
}

/* What the form still has to do then, nobody waits for. */
static void an_end_is_durable_as_soon_as_the_form_says_so(void **state) {
    (void)state;
    static hpi_backend_class telling;
    telling = memory_backend;
    telling.commit = telling_commit;
    form = &telling;
    never_by_time();
    options.sync = HPT_SYNC_EACH;
    open_store();
    for (uint64_t i = 0; i < 3; i++) {
        tell_trial(i, HPT_TRIAL_COMPLETE);
        assert_int_equal(durable_behind, i);
        assert_int_equal(durable_within, i + 1);
        assert_int_equal(hpi_store_durable(store), i + 1); /* counted once */
        assert_int_equal(news_calls, i + 1);
    }
    finish();
}

static void what_waits_at_the_end_is_durable(void **state) {
    (void)state;
    never_by_time();
    open_store();
    tell_trial(0, HPT_TRIAL_COMPLETE);
    end_lane(); /* without FINISHED: the run was abandoned */
    assert_int_equal(hpi_store_durable(store), 1);
    hpi_store_close(store);
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 1);
}

static void a_wall_clock_that_runs_backwards_changes_nothing(void **state) {
    (void)state;
    never_by_time();
    options.commit_trials = 1;
    open_store();
    for (uint64_t i = 0; i < 3; i++) {
        hpt_event events[] = { created(i), ended(i, HPT_TRIAL_COMPLETE) };
        events[0].wall_ns = events[1].wall_ns = -(int64_t)i * INT64_C(3600000000000);
        tell(events, 2);
        assert_int_equal(hpi_store_durable(store), i + 1);
    }
    finish();
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 3);
}

static void nothing_is_allocated_per_trial(void **state) {
    (void)state;
    never_by_time();
    options.commit_trials = 8;
    memory_reset();
    end(state);
    failing_install();
    begin(state);
    never_by_time();
    options.commit_trials = 8;
    open_store();
    for (uint64_t i = 0; i < 64; i++)
        tell_trial(i, HPT_TRIAL_FAILED);
    size_t before = failing_allocations();
    for (uint64_t i = 64; i < 1064; i++)
        tell_trial(i, HPT_TRIAL_FAILED);
    size_t some = failing_allocations() - before;
    finish();
    end(state);
    failing_remove();
    assert_true(some < 50); /* the hold is looked at once a second */
    begin(state);
}

static void a_child_of_the_process_writes_nothing(void **state) {
    (void)state;
    open_store();
    size_t before = disk.begins;
    pid_t  child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hpi_store_close(store);
        _exit(disk.begins == before && disk.is_open ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    finish();
}

/* Shared. */

static void share(void) {
    static hpi_backend_class sharing;
    sharing = memory_backend;
    sharing.may_share = true;
    form = &sharing;
    options.shared = true;
}

/* A process that was taken for dead is given it again before the end is in the file. */
static void an_end_that_waits_counts_though_its_trial_is_given_out_again(void **state) {
    (void)state;
    share();
    never_by_time();
    open_store();
    hpt_event events[] = { created(0), ended(0, HPT_TRIAL_COMPLETE), created(0) };
    tell(events, 3);
    finish();
    seen told = scan(HPI_SCAN_TOLD);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.states[0], HPT_TRIAL_COMPLETE);
    assert_int_equal(scan(HPI_SCAN_OPEN).count, 0);
}

static void who_asks_is_answered_when_all_that_it_told_has_come(void **state) {
    (void)state;
    share();
    open_store();
    uint64_t question = hpi_store_ask(store, 1);
    tick();
    assert_false(hpi_store_has_answered(store, question)); /* the end is still on its way */
    tell_trial(0, HPT_TRIAL_COMPLETE);
    assert_true(hpi_store_has_answered(store, question));
    assert_int_equal(scan(HPI_SCAN_TOLD).count, 1);
    finish();
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_new_study_is_called_after_its_file),
        TEST(a_second_run_of_the_process_is_refused_with_who_has_it),
        TEST(a_study_is_held_from_the_commit_that_says_so),
        TEST(a_hold_that_was_never_given_back_is_taken_over),
        TEST(a_refusal_says_how_to_release_what_nobody_can_judge),
        TEST(a_failed_opening_leaves_no_file_behind),
        TEST(a_space_that_no_file_can_hold_makes_none),
        TEST(a_head_that_is_there_is_not_written_again),
        TEST(wall_time_adds_up_over_runs),
        TEST(a_trial_that_ends_before_a_commit_is_written_once),
        TEST(what_runs_at_a_commit_is_written_as_running_and_replaced),
        TEST(new_trials_are_put_by_rising_number),
        TEST(reports_follow_their_trial),
        TEST(a_cancelled_trial_is_not_told),
        TEST(an_end_told_again_takes_the_place_of_the_first),
        TEST(ends_that_are_taken_back_leave_no_gaps),
        TEST(a_resumed_run_goes_on_counting),
        TEST(an_end_is_durable_before_its_time_is_up),
        TEST(many_ends_share_a_commit),
        TEST(so_many_waiting_ends_are_committed),
        TEST(with_sync_each_every_batch_is_durable_at_once),
        TEST(a_commit_has_only_so_many_trials),
        TEST(an_end_is_durable_as_soon_as_the_form_says_so),
        TEST(what_waits_at_the_end_is_durable),
        TEST(a_wall_clock_that_runs_backwards_changes_nothing),
        TEST(nothing_is_allocated_per_trial),
        TEST(a_child_of_the_process_writes_nothing),
        TEST(an_end_that_waits_counts_though_its_trial_is_given_out_again),
        TEST(who_asks_is_answered_when_all_that_it_told_has_come),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
