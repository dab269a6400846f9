/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with sync = each nobody is told of a result before it is on the disk, on every path that
 *         a result can take; nobody waits for ever; and a window is told what it is told anyway.
 * Method: a study file in memory whose commits take a while and say what they have made durable,
 *         and a strategy and an observer that look there when they are told. */
#include "fixture.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "kept.h"
#include "runs.h"

enum { TRIALS = 400 };

/* By number: its end is on the disk. */
static atomic_bool is_durable[TRIALS];
static atomic_long commit_ns;
static atomic_bool is_broken;

static void pause_ns(long ns) {
    struct timespec span = { 0, ns };
    if (ns > 0) nanosleep(&span, NULL);
}

static hpt_status slow_commit(hpi_backend *backend, bool is_hard, hpt_err *err) {
    pause_ns(atomic_load(&commit_ns));
    if (atomic_load(&is_broken)) {
        memory_rollback(backend);
        return hpi_fail(err, HPT_EIO, "the disk is gone");
    }
    hpt_status status = memory_commit(backend, is_hard, err);
    for (size_t i = 0; i < disk.committed.trial_count; i++)
        if (disk.committed.trials[i].is_told && disk.committed.trials[i].number < TRIALS)
            atomic_store(&is_durable[disk.committed.trials[i].number], true);
    return status;
}

static hpi_backend_class slow;

static hpt_status find_slow(const hpi_backend_class **class_out) {
    slow = memory_backend;
    slow.commit = slow_commit;
    *class_out = &slow;
    return HPT_OK;
}

/* A strategy that learns, and looks. */
static atomic_ulong told_count, early_count, seen_early_count;

static void look(uint64_t number, hpt_trial_state state, atomic_ulong *early) {
    if (state == HPT_TRIAL_CANCELLED || number >= TRIALS) return;
    if (!atomic_load(&is_durable[number])) atomic_fetch_add(early, 1);
}

static void looking_tell(void *state, const hpt_outcome *outcome) {
    trace_learner.tell(state, outcome);
    atomic_fetch_add(&told_count, 1);
    look(outcome->number, outcome->state, &early_count);
}

static hpt_strategy_class looking(uint32_t batch_max) {
    hpt_strategy_class class = trace_learner;
    class.name = "looking";
    class.tell = looking_tell;
    class.batch_max = batch_max;
    return class;
}

static hpt_status looking_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED)
            look(events[i].trial, events[i].state, &seen_early_count);
    return HPT_OK;
}

static int begin(void **state) {
    (void)state;
    kept_begin();
    kept_find = find_slow;
    for (size_t i = 0; i < TRIALS; i++)
        atomic_store(&is_durable[i], false);
    atomic_store(&commit_ns, 300 * 1000);
    atomic_store(&is_broken, false);
    atomic_store(&told_count, 0);
    atomic_store(&early_count, 0);
    atomic_store(&seen_early_count, 0);
    return 0;
}

static int end(void **state) {
    (void)state;
    kept_end();
    return 0;
}

static hpt_options options_of(const hpt_strategy_class *class, uint32_t workers, uint32_t window,
                              uint64_t trials) {
    hpt_options options = hpt_options_default();
    options.strategy_class = class;
    options.worker_count = workers;
    options.window = window;
    options.trial_count_max = trials;
    options.study = kept_path;
    options.sync = HPT_SYNC_EACH;
    return options;
}

static uint64_t scaled(size_t count) {
    size_t many = fixture_scaled(count);
    return many < TRIALS ? many : TRIALS;
}

static void check(hpt_options options, hpt_objective objective) {
    hpt_space   *space = trace_space();
    hpt_observer observer = hpt_observer_default();
    hpt_result  *result = NULL;
    hpt_err      err = { 0 };
    observer.events = looking_events;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_status status = hpt_parallel_run(space, objective, NULL, &options, &result, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(atomic_load(&told_count), options.trial_count_max);
    assert_int_equal(atomic_load(&early_count), 0);
    assert_int_equal(atomic_load(&seen_early_count), 0);
    assert_int_equal(hpt_result_stats(result)->trial_count, options.trial_count_max);
    runs_assert_counts(result);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void check_workers(hpt_options options) {
    for (uint32_t workers = 1; workers <= 3; workers++) {
        options.worker_count = workers;
        begin(NULL);
        check(options, trace_sphere);
    }
}

static void results_wait_on_threads(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    check_workers(options_of(&class, 1, 0, scaled(TRIALS)));
}

static void a_strict_strategy_sees_all_but_what_is_evaluated(void **state) {
    (void)state;
    hpt_strategy_class class = looking(1);
    check_workers(options_of(&class, 1, 0, scaled(60)));
}

static void results_wait_within_a_window(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    check_workers(options_of(&class, 1, 16, scaled(200)));
}

static void results_wait_when_the_caller_coordinates(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 1, 0, scaled(200));
    options.coordinator = HPT_COORDINATOR_CALLER;
    check_workers(options);
    options.window = 8;
    check_workers(options);
}

static void results_wait_inline(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 1, 0, scaled(60));
    options.pool = "inline";
    check(options, trace_sphere);
}

static void results_wait_in_a_simulation(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 5, 0, scaled(60));
    options.pool = "sim";
    check(options, trace_sphere);
}

static void a_window_is_told_the_same(void **state) {
    (void)state;
    hpt_space *space = trace_space();
    hpt_strategy_class class = looking(0);
    trace       grouped = { 0 };
    hpt_options options = options_of(&class, 2, 8, 100);
    options.sync = HPT_SYNC_GROUP;
    trace_run(&grouped, space, trace_slow_sphere, NULL, &options);
    for (uint32_t workers = 1; workers <= 3; workers++) {
        trace each = { 0 };
        begin(NULL);
        options.sync = HPT_SYNC_EACH;
        options.worker_count = workers;
        trace_run(&each, space, trace_slow_sphere, NULL, &options);
        trace_assert_equal(&grouped, &each);
        trace_free(&each);
    }
    trace_free(&grouped);
    hpt_space_destroy(space);
}

/* Behind the trial that reached the target nothing counts, not even on the disk. */
static void what_is_discarded_is_discarded_on_the_disk(void **state) {
    (void)state;
    hpt_space *space = trace_space();
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 3, 16, TRIALS);
    trace       it = { 0 };
    options.target = 20;
    trace_run(&it, space, trace_slow_sphere, NULL, &options);
    assert_int_equal(it.stop, HPT_STOP_TARGET);
    size_t told = 0, kept = 0;
    for (size_t i = 0; i < it.count; i++)
        told += it.trials[i].state != HPT_TRIAL_CANCELLED;
    for (size_t i = 0; i < disk.committed.trial_count; i++)
        kept += disk.committed.trials[i].is_told;
    assert_int_equal(kept, told);
    trace_free(&it);
    hpt_space_destroy(space);
}

static void a_cancelled_run_ends(void **state) {
    (void)state;
    hpt_space *space = trace_space();
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 2, 0, TRIALS);
    hpt_run    *run = NULL;
    atomic_store(&commit_ns, 3 * 1000 * 1000);
    assert_int_equal(hpt_run_start(space, trace_sphere, NULL, &options, &run, NULL), HPT_OK);
    runs_sleep_ms(5);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    assert_int_equal(atomic_load(&early_count), 0);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
}

/* When the disk breaks. */

static hpt_status breaking(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) >= 30) atomic_store(&is_broken, true);
    return trace_slow_sphere(trial, user, value_out);
}

static hpt_result *run_broken(hpt_options options) {
    hpt_space  *space = trace_space();
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_parallel_run(space, breaking, NULL, &options, &result, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    hpt_space_destroy(space);
    return result;
}

static void a_file_that_fails_stops_the_run(void **state) {
    (void)state;
    static const hpt_coordinator coordinators[] = { HPT_COORDINATOR_WORKERS,
                                                    HPT_COORDINATOR_CALLER };
    for (size_t i = 0; i < 4; i++) {
        hpt_strategy_class class = looking(0);
        hpt_options options = options_of(&class, 2, i < 2 ? 0 : 8, TRIALS);
        options.coordinator = coordinators[i % 2];
        begin(NULL);
        hpt_result *result = run_broken(options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_STORE);
        runs_assert_says(hpt_result_stop_text(result), "the disk is gone");
        assert_non_null(hpt_result_warning(result, 0));
        runs_assert_counts(result);
        assert_in_range(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1, TRIALS / 2);
        hpt_result_destroy(result);
    }
}

static void so_it_does_where_results_are_written_together(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_strategy_class class = looking(0);
        hpt_options options = options_of(&class, 2, window, HPT_UNLIMITED);
        begin(NULL);
        options.sync = HPT_SYNC_GROUP;
        options.commit_interval_ms = 1;
        hpt_result *result = run_broken(options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_STORE);
        runs_assert_says(hpt_result_stop_text(result), "the disk is gone");
        runs_assert_counts(result);
        hpt_result_destroy(result);
    }
}

static void a_run_may_go_on_without_its_file(void **state) {
    (void)state;
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 2, 0, 200);
    options.store_failure = HPT_STORE_GO_ON;
    hpt_result *result = run_broken(options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_stats(result)->trial_count, 200);
    assert_non_null(hpt_result_warning(result, 0));
    hpt_result_destroy(result);
}

/* Asking and telling. */

static void a_tell_returns_when_it_is_durable(void **state) {
    (void)state;
    hpt_space *space = trace_space();
    hpt_strategy_class class = looking(0);
    hpt_options options = options_of(&class, 0, 0, 20);
    hpt_study  *study = NULL;
    hpt_trial  *trial = NULL;
    hpt_result *result = NULL;
    assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
    while (hpt_study_ask(study, &trial, NULL) == HPT_OK) {
        uint64_t number = hpt_trial_number(trial);
        assert_int_equal(hpt_study_tell(study, trial, 1, NULL), HPT_OK);
        assert_true(atomic_load(&is_durable[number]));
    }
    assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
    assert_int_equal(atomic_load(&told_count), 20);
    assert_int_equal(atomic_load(&early_count), 0);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    hpt_result_destroy(result);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(results_wait_on_threads, begin, end),
        cmocka_unit_test_setup_teardown(a_strict_strategy_sees_all_but_what_is_evaluated, begin,
                                        end),
        cmocka_unit_test_setup_teardown(results_wait_within_a_window, begin, end),
        cmocka_unit_test_setup_teardown(results_wait_when_the_caller_coordinates, begin, end),
        cmocka_unit_test_setup_teardown(results_wait_inline, begin, end),
        cmocka_unit_test_setup_teardown(results_wait_in_a_simulation, begin, end),
        cmocka_unit_test_setup_teardown(a_window_is_told_the_same, begin, end),
        cmocka_unit_test_setup_teardown(what_is_discarded_is_discarded_on_the_disk, begin, end),
        cmocka_unit_test_setup_teardown(a_cancelled_run_ends, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_fails_stops_the_run, begin, end),
        cmocka_unit_test_setup_teardown(so_it_does_where_results_are_written_together, begin, end),
        cmocka_unit_test_setup_teardown(a_run_may_go_on_without_its_file, begin, end),
        cmocka_unit_test_setup_teardown(a_tell_returns_when_it_is_durable, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
