/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whoever may cancel a run stops it as urgently as asked, and no trial is lost over it.
 * Method: objectives that hold on until the test lets them go, cancelled from another thread, from
 *         objectives, observers and signal handlers, before, while and after they run. */
#include "runs.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

/* Cancelling. */

static void cancelling_now_stops_the_trials_that_ask(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 8; workers++) {
        atomic_ulong calls = 0;
        hpt_options  options = runs_options(workers, HPT_UNLIMITED);
        hpt_run     *run = runs_start(runs_until_stopped, &calls, &options);
        assert_true(runs_wait_for(&calls, workers));
        hpt_run_cancel(run, HPT_CANCEL_NOW);
        hpt_result *result = runs_end(run);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                         hpt_result_stats(result)->trial_count);
        assert_int_equal(atomic_load(&calls), workers);
        hpt_result_destroy(result);
    }
}

typedef struct finish_case {
    runs_gate   gate;
    atomic_bool was_told_to_stop;
} finish_case;

static hpt_status ask_after_gate(hpt_trial *trial, void *user, double *value_out) {
    finish_case *it = user;
    hpt_status   status = runs_pass(trial, &it->gate, value_out);
    if (hpt_trial_should_stop(trial)) atomic_store(&it->was_told_to_stop, true);
    return status;
}

static void cancelling_to_finish_lets_running_trials_complete(void **state) {
    (void)state;
    finish_case it = { 0 };
    hpt_options options = runs_options(3, HPT_UNLIMITED);
    hpt_run    *run = runs_start(ask_after_gate, &it, &options);
    assert_true(runs_wait_for(&it.gate.inside, 3));
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    hpt_run_cancel(run, HPT_CANCEL_NONE); /* levels only rise */
    atomic_store(&it.gate.is_open, 1);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    assert_int_equal(atomic_load(&it.gate.inside), 3);
    assert_false(atomic_load(&it.was_told_to_stop));
    hpt_result_destroy(result);
}

static void a_second_cancel_may_be_more_urgent(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(2, HPT_UNLIMITED);
    hpt_run     *run = runs_start(runs_until_stopped, &calls, &options);
    assert_true(runs_wait_for(&calls, 2));
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    assert_int_equal(hpt_run_wait(run, 0.05), HPT_EAGAIN);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result_destroy(runs_end(run));
    assert_int_equal(atomic_load(&calls), 2);
}

static hpt_status cancel_own_run(hpt_trial *trial, void *user, double *value_out) {
    hpt_cancel_level level = *(const hpt_cancel_level *)user;
    *value_out = (double)hpt_trial_number(trial);
    if (hpt_trial_number(trial) != 20) return HPT_OK;
    hpt_run_cancel(hpt_trial_run(trial), level);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

static void an_objective_may_cancel_its_run(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        hpt_cancel_level level = i < 2 ? HPT_CANCEL_FINISH : HPT_CANCEL_NOW;
        hpt_options      options = runs_options(2, HPT_UNLIMITED);
        options.pool = runs_pools[i % 2];
        hpt_result *result = runs_do(cancel_own_run, &level, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        assert_true(hpt_result_stats(result)->trial_count >= 21);
        hpt_result_destroy(result);
    }
}

static hpt_status cancel_from_events(void *user, const hpt_event *events, size_t count,
                                     hpt_err *err) {
    (void)events, (void)count, (void)err;
    hpt_cancel_raise(user, HPT_CANCEL_NOW);
    return HPT_OK;
}

static void an_observer_may_cancel_the_run(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        hpt_cancel   cancel = { 0 };
        hpt_observer observer = hpt_observer_default();
        hpt_options  options = runs_options(2, HPT_UNLIMITED);
        observer.events = cancel_from_events;
        observer.user = &cancel;
        observer.policy = i < 2 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        options.observers = &observer;
        options.observer_count = 1;
        options.cancel = &cancel;
        options.pool = runs_pools[i % 2];
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        hpt_result_destroy(result);
    }
}

static hpt_cancel by_signal;

static void on_alarm(int number) {
    (void)number;
    hpt_cancel_raise(&by_signal, HPT_CANCEL_NOW);
}

static void a_signal_handler_may_cancel_a_run(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sigaction mine, before;
        struct itimerval soon = { { 0, 0 }, { 0, 50000 } };
        memset(&mine, 0, sizeof mine);
        mine.sa_handler = on_alarm;
        by_signal.level = 0;
        assert_int_equal(sigaction(SIGALRM, &mine, &before), 0);
        hpt_options options = runs_options(2, HPT_UNLIMITED);
        options.pool = runs_pools[i];
        options.cancel = &by_signal;
        assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
        hpt_result *result = runs_do(i == 0 ? runs_until_stopped : runs_count, NULL, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        hpt_result_destroy(result);
        sigaction(SIGALRM, &before, NULL);
    }
}

static void one_switch_stops_several_runs(void **state) {
    (void)state;
    hpt_cancel   cancel = { 0 };
    atomic_ulong calls = 0;
    hpt_run     *runs[3];
    hpt_options  options = runs_options(1, HPT_UNLIMITED);
    options.cancel = &cancel;
    for (int i = 0; i < 3; i++)
        runs[i] = runs_start(runs_until_stopped, &calls, &options);
    assert_true(runs_wait_for(&calls, 3));
    hpt_cancel_raise(&cancel, HPT_CANCEL_NOW);
    for (int i = 0; i < 3; i++) {
        hpt_result *result = runs_end(runs[i]);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        hpt_result_destroy(result);
    }
}

static void a_switch_raised_before_the_start_lets_nothing_run(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        atomic_ulong calls = 0;
        hpt_cancel   cancel = { 0 };
        hpt_options  options = runs_options(3, 1000);
        options.cancel = &cancel;
        options.pool = runs_pools[i % 2];
        options.window = i < 2 ? 0 : 16;
        hpt_cancel_raise(&cancel, HPT_CANCEL_FINISH);
        hpt_result *result = runs_do(runs_count, &calls, &options);
        assert_int_equal(atomic_load(&calls), 0);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                         hpt_result_stats(result)->trial_count);
        hpt_result_destroy(result);
    }
}

static void a_cancel_after_the_end_changes_nothing(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 50);
    hpt_run    *run = runs_start(runs_count, NULL, &options);
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_run_cancel(NULL, HPT_CANCEL_NOW);
    hpt_cancel_raise(NULL, HPT_CANCEL_NOW);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 50);
    hpt_result_destroy(result);
}

/* With a large window all trials are asked for before the cancel comes. */
static void a_cancel_holds_when_all_candidates_are_asked_for(void **state) {
    (void)state;
    hpt_cancel_level level = HPT_CANCEL_FINISH;
    hpt_options      options = runs_options(2, 1000);
    options.window = 1000;
    hpt_result *result = runs_do(cancel_own_run, &level, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_stats(result)->trial_count, 1000);
    assert_true(hpt_result_count(result, HPT_TRIAL_CANCELLED) > 0);
    hpt_result_destroy(result);
}

static void the_statistics_know_of_a_cancel_while_trials_still_run(void **state) {
    (void)state;
    runs_gate   gate = { 0 };
    hpt_stats   stats = { .struct_size = sizeof stats };
    hpt_options options = runs_options(2, HPT_UNLIMITED);
    hpt_run    *run = runs_start(runs_pass, &gate, &options);
    assert_true(runs_wait_for(&gate.inside, 2));
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    assert_int_equal(stats.stop, HPT_STOP_NONE);
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    assert_int_equal(stats.stop, HPT_STOP_CANCELLED);
    atomic_store(&gate.is_open, 1);
    hpt_result_destroy(runs_end(run));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancelling_now_stops_the_trials_that_ask),
        cmocka_unit_test(cancelling_to_finish_lets_running_trials_complete),
        cmocka_unit_test(a_second_cancel_may_be_more_urgent),
        cmocka_unit_test(an_objective_may_cancel_its_run),
        cmocka_unit_test(an_observer_may_cancel_the_run),
        cmocka_unit_test(a_signal_handler_may_cancel_a_run),
        cmocka_unit_test(one_switch_stops_several_runs),
        cmocka_unit_test(a_switch_raised_before_the_start_lets_nothing_run),
        cmocka_unit_test(a_cancel_after_the_end_changes_nothing),
        cmocka_unit_test(the_statistics_know_of_a_cancel_while_trials_still_run),
        cmocka_unit_test(a_cancel_holds_when_all_candidates_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
