/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that does not return in time ends without its objective: the run goes on with
 *         another worker, ends on time and says so; what the lost thread does later changes
 * nothing. Method: objectives that hang until the test is over. */
#include "hanging.h"

#include <stdlib.h>

#include "base/clock.h"

static void a_trial_that_ignores_its_limit_is_timed_out_and_the_run_goes_on(void **state) {
    (void)state;
    hanging     it = { .trials = { 1 }, .count = 1 };
    hpt_options options = hanging_options(2, 20);
    trace       seen = { 0 };
    hanging_begin(&it);
    hpt_result *result = runs_traced(&seen, hanging_trial, &it, options);
    assert_int_equal(atomic_load(&it.returned), 0);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 19);
    assert_true(hpt_result_value(result) >= 0);
    assert_int_equal(hpt_result_stats(result)->lost_count, 1);
    runs_assert_warned(
        result, "1 worker was written off, because trial 1 did not return when told to stop");
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.trials[i].number != 1) continue;
        assert_int_equal(seen.trials[i].state, HPT_TRIAL_TIMEOUT);
        assert_true(isnan(seen.trials[i].value));
        runs_assert_says(seen.trials[i].reason,
                         "did not return within 0.05 s of its limit of 0.3 s: its worke");
    }
    trace_free(&seen);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void the_run_ends_on_time(void **state) {
    (void)state;
    hanging     it = { .every = 1 };
    hpt_options options = hanging_options(2, 2);
    hanging_begin(&it);
    int64_t     start_ns = hpi_now_ns();
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_in_range((hpi_now_ns() - start_ns) / HPI_NS_PER_MS, 340, 25000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 2);
    runs_assert_warned(result, "2 workers were written off, because trials ");
    hpt_result_destroy(result);
    hanging_end(&it);
}

/* A trial that is evaluated again. */

typedef struct forgetful {
    hanging     hanging;
    atomic_uint calls;
    uint32_t    attempts; /* that hang */
} forgetful;

static hpt_status hang_at_first(hpt_trial *trial, void *user, double *value_out) {
    forgetful *it = user;
    *value_out = hpt_trial_attempt(trial);
    if (hpt_trial_number(trial) != 3) return HPT_OK;
    atomic_fetch_add(&it->calls, 1);
    if (hpt_trial_attempt(trial) >= it->attempts) return HPT_OK;
    hanging_wait(&it->hanging);
    hanging_return(&it->hanging);
    return HPT_OK;
}

static void assert_tries_again(uint32_t window, uint32_t attempts, hpt_trial_state state) {
    forgetful   it = { .attempts = attempts };
    trace       seen = { 0 };
    hpt_options options = hanging_options(2, 8);
    options.window = window;
    options.on_timeout.retry_count = 1;
    options.target = -1; /* tells feedback of single trials */
    hanging_begin(&it.hanging);
    hpt_result *result = runs_traced(&seen, hang_at_first, &it, options);
    assert_int_equal(hpt_result_stats(result)->lost_count, state == HPT_TRIAL_COMPLETE ? 1 : 2);
    assert_int_equal(hpt_result_stats(result)->retry_count, 1);
    assert_int_equal(atomic_load(&it.calls), 2);
    assert_int_equal(seen.count, 8);
    for (size_t i = 0; i < seen.count; i++) {
        bool is_it = seen.trials[i].number == 3;
        assert_int_equal(seen.trials[i].state, is_it ? state : HPT_TRIAL_COMPLETE);
    }
    trace_free(&seen);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

static void a_lost_trial_is_evaluated_again_if_that_is_the_policy(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 4; window += 4) {
        assert_tries_again(window, 1, HPT_TRIAL_COMPLETE);
        assert_tries_again(window, 2, HPT_TRIAL_TIMEOUT);
    }
}

/* Whoever stands in for a lost worker. */

typedef struct numbers {
    hanging     hanging;
    atomic_uint seen[3];
} numbers;

static hpt_status note_worker(hpt_trial *trial, void *user, double *value_out) {
    numbers *it = user;
    uint32_t worker = hpt_trial_worker(trial);
    atomic_fetch_add(&it->seen[worker < 2 ? worker : 2], 1);
    return hanging_trial(trial, &it->hanging, value_out);
}

static void a_replacement_has_the_number_of_the_lost_worker(void **state) {
    (void)state;
    numbers     it = { .hanging = { .trials = { 0, 1, 2 }, .count = 3 } };
    hpt_options options = hanging_options(2, 60);
    hanging_begin(&it.hanging);
    hpt_result *result = runs_do(note_worker, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 57);
    assert_int_equal(hpt_result_stats(result)->lost_count, 3);
    assert_int_equal(hpt_result_stats(result)->worker_count, 2);
    assert_int_equal(atomic_load(&it.seen[0]) + atomic_load(&it.seen[1]), 60);
    assert_int_equal(atomic_load(&it.seen[2]), 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_in_range((unsigned long)(hpt_result_busy(result, i) * 1e3), 1, 1000);
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
}

/* What a trial said before it was lost, and what it says after. */

enum { ATTRS_MAX = 4 };

typedef struct said {
    hanging      hanging;
    hpt_attr     attrs[ATTRS_MAX];
    char         reason[240];
    size_t       attr_count;
    double       value;
    int64_t      step;
    atomic_ulong reports; /* that observers saw */
    hpt_status   late_report, late_attr;
    bool         late_stop;
    double       late_left_s;
} said;

static hpt_status speak(hpt_trial *trial, void *user, double *value_out) {
    said *it = user;
    *value_out = 0;
    hpt_trial_report(trial, 3, 0.25);
    hpt_trial_set_attr(trial, "early", hpt_int(1));
    hanging_wait(&it->hanging);
    it->late_report = hpt_trial_report(trial, 4, 0.5);
    it->late_attr = hpt_trial_set_attr(trial, "late", hpt_int(1));
    it->late_stop = hpt_trial_should_stop(trial);
    it->late_left_s = hpt_trial_left_s(trial);
    hpt_trial_fail(trial, "too late");
    hanging_return(&it->hanging);
    return HPT_OK;
}

static hpt_status hear(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    said *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_TRIAL_REPORTED) atomic_fetch_add(&it->reports, 1);
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->attr_count = events[i].attr_count;
        for (size_t k = 0; k < events[i].attr_count && k < ATTRS_MAX; k++)
            it->attrs[k] = events[i].attrs[k];
        snprintf(it->reason, sizeof it->reason, "%s", events[i].reason);
        it->step = events[i].step;
        it->value = events[i].last_value;
    }
    return HPT_OK;
}

static void what_a_trial_said_in_time_is_kept_and_what_it_says_later_is_not(void **state) {
    (void)state;
    said         it = { .hanging = { .count = 0 } };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = hanging_options(1, 1);
    observer.events = hear;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hanging_begin(&it.hanging);
    hpt_result *result = runs_do(speak, &it, &options);
    assert_int_equal(it.attr_count, 1);
    assert_int_equal(it.step, 3);
    assert_true(it.value == 0.25);
    runs_assert_says(it.reason, "its worker was written off");
    hpt_result_destroy(result);
    hanging_end(&it.hanging);
    assert_int_equal(it.late_report, HPT_ESTOPPED);
    assert_int_equal(it.late_attr, HPT_ESTOPPED);
    assert_true(it.late_stop);
    assert_true(it.late_left_s == 0);
    assert_int_equal(atomic_load(&it.reports), 1);
}

/* A lost objective and its run. */

typedef struct visitor {
    hanging    hanging;
    hpt_status stats, attach, subscribe, result, wait, poll;
    uint64_t   asked;
} visitor;

static hpt_status visit(hpt_trial *trial, void *user, double *value_out) {
    visitor *it = user;
    *value_out = 0;
    hpt_run *run = hpt_trial_run(trial);
    hanging_wait(&it->hanging);
    hpt_stats     stats = { .struct_size = sizeof stats };
    hpt_observer  observer = hpt_observer_default();
    hpt_receiver *receiver = NULL;
    hpt_result   *result = NULL;
    observer.events = hear;
    it->stats = hpt_run_stats(run, &stats, NULL);
    it->attach = hpt_run_attach(run, &observer, NULL, NULL);
    it->subscribe = hpt_run_subscribe(run, HPT_EVENT_ALL, 0, &receiver, NULL);
    it->result = hpt_run_result(run, &result, NULL);
    it->wait = hpt_run_wait(run, 0);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_run_cancel_within(run, 1);
    hpt_run_destroy(run);
    it->asked = hpt_space_count(hpt_trial_space(trial));
    hanging_return(&it->hanging);
    return HPT_OK;
}

static void a_lost_objective_can_do_nothing_to_a_run_that_is_gone(void **state) {
    (void)state;
    visitor     it = { .stats = HPT_OK };
    hpt_cancel *cancel = calloc(1, sizeof *cancel);
    hpt_options options = hanging_options(1, 1);
    options.cancel = cancel;
    hanging_begin(&it.hanging);
    hpt_run *run = runs_start(visit, &it, &options);
    hpt_result_destroy(runs_end(run));
    free(cancel); /* need not outlive the run */
    hanging_end(&it.hanging);
    assert_int_equal(it.stats, HPT_ESTOPPED);
    assert_int_equal(it.attach, HPT_ESTOPPED);
    assert_int_equal(it.subscribe, HPT_ESTOPPED);
    assert_int_equal(it.result, HPT_EBUSY);
    assert_int_equal(it.wait, HPT_EREENTRANT);
    assert_int_equal(it.asked, 1);
}

/* When there are no more workers. */

static void when_no_worker_is_left_the_run_ends_and_says_so(void **state) {
    (void)state;
    hanging     it = { .every = 1 };
    hpt_options options = hanging_options(2, 50);
    options.lost_count_max = 1;
    hanging_begin(&it);
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    assert_int_equal(hpt_result_stats(result)->lost_count, 3);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 3);
    runs_assert_says(hpt_result_stop_text(result), "no worker is left");
    runs_assert_warned(result, "2 of them were not replaced");
    runs_assert_warned(result, "lost_count_max is 1");
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void with_fewer_workers_the_run_goes_on(void **state) {
    (void)state;
    hanging     it = { .trials = { 0, 1, 2 }, .count = 3 };
    hpt_options options = hanging_options(3, 40);
    options.lost_count_max = 1;
    hanging_begin(&it);
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 37);
    hpt_result_destroy(result);
    hanging_end(&it);
}

static void what_waits_when_the_last_worker_is_lost_is_cancelled(void **state) {
    (void)state;
    hanging     it = { .every = 1 };
    hpt_options options = hanging_options(1, 64);
    options.lost_count_max = 1;
    options.window = 16;
    hanging_begin(&it);
    hpt_result *result = runs_do(hanging_trial, &it, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 2);
    assert_true(hpt_result_count(result, HPT_TRIAL_CANCELLED) >= 14);
    hpt_result_destroy(result);
    hanging_end(&it);
}

/* Trials that behave. */

static hpt_status ask_and_end(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    double left_s = hpt_trial_left_s(trial);
    while (!hpt_trial_should_stop(trial))
        runs_sleep_ms(1);
    return left_s > 0 && left_s <= 0.5 && hpt_trial_left_s(trial) == 0 ? HPT_ESTOPPED : HPT_EBUG;
}

static void who_asks_ends_by_himself_and_no_worker_is_lost(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 4);
    options.trial_s_max = 0.5; /* he gets to ask before that */
    options.grace_s = 30;
    hpt_result *result = runs_do(ask_and_end, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 4);
    assert_int_equal(hpt_result_stats(result)->lost_count, 0);
    assert_null(hpt_result_warning(result, hpt_result_stats(result)->is_oversubscribed));
    hpt_result_destroy(result);
}

static hpt_status tell_left(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_left_s(trial);
    return isinf(*value_out) ? (*value_out = 1e9), HPT_OK : HPT_OK;
}

static void the_time_left_is_that_of_the_nearest_limit(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 1);
    for (int i = 0; i < RUNS_POOLS; i++) {
        options.pool = runs_pools[i];
        options.trial_s_max = options.wall_s_max = 0;
        assert_true(runs_once(tell_left, NULL, options).value == 1e9);
        options.trial_s_max = 100;
        double left_s = runs_once(tell_left, NULL, options).value;
        assert_true(left_s > 50 && left_s <= 100);
        options.wall_s_max = 40;
        left_s = runs_once(tell_left, NULL, options).value;
        assert_true(left_s > 20 && left_s <= 40);
    }
}

/* A pool without threads of its own waits. */
static hpt_status sleep_and_end(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    (void)user;
    *value_out = 1;
    runs_sleep_ms(120);
    return HPT_OK;
}

static void the_pool_inline_waits_for_the_objective(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 1);
    options.pool = "inline";
    options.trial_s_max = 0.02;
    options.grace_s = 0.02;
    trace_trial trial = runs_once(sleep_and_end, NULL, options);
    assert_int_equal(trial.state, HPT_TRIAL_TIMEOUT);
    runs_assert_says(trial.reason, "took");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_trial_that_ignores_its_limit_is_timed_out_and_the_run_goes_on),
    cmocka_unit_test(the_run_ends_on_time),
    cmocka_unit_test(a_lost_trial_is_evaluated_again_if_that_is_the_policy),
    cmocka_unit_test(a_replacement_has_the_number_of_the_lost_worker),
    cmocka_unit_test(what_a_trial_said_in_time_is_kept_and_what_it_says_later_is_not),
    cmocka_unit_test(a_lost_objective_can_do_nothing_to_a_run_that_is_gone),
    cmocka_unit_test(when_no_worker_is_left_the_run_ends_and_says_so),
    cmocka_unit_test(with_fewer_workers_the_run_goes_on),
    cmocka_unit_test(what_waits_when_the_last_worker_is_lost_is_cancelled),
    cmocka_unit_test(who_asks_ends_by_himself_and_no_worker_is_lost),
    cmocka_unit_test(the_time_left_is_that_of_the_nearest_limit),
    cmocka_unit_test(the_pool_inline_waits_for_the_objective),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
