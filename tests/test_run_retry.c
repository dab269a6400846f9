/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that failed is evaluated again as often as the options say, as the same trial,
 * and the rest of the run does not notice. Method: objectives that fail until a certain attempt, on
 * every pool, with times and without; what observers, the result and the statistics say of their
 * trials.
 */
#include "simulating.h"

#include <string.h>

/* Each trial's attempts, and what it saw of itself. */
typedef struct attempts {
    atomic_ulong count[64];
    uint64_t     seeds[64];
    double       points[64];
    uint32_t good_from; /* the attempt that does not fail; the number is added, if is_by_number */
    bool     is_by_number;
    atomic_bool is_mixed_up; /* a later attempt saw another number, point or seed */
} attempts;

static hpt_status fail_at_first(hpt_trial *trial, void *user, double *value_out) {
    attempts *it = user;
    uint64_t  number = hpt_trial_number(trial), seed = hpt_trial_seed(trial, 0);
    double    x = hpt_trial_real_at(trial, 0);
    uint32_t  attempt = hpt_trial_attempt(trial);
    if (attempt == 0) {
        it->seeds[number] = seed;
        it->points[number] = x;
    } else if (it->seeds[number] != seed || it->points[number] != x) {
        it->is_mixed_up = true;
    }
    if (atomic_fetch_add(&it->count[number], 1) != attempt) it->is_mixed_up = true;
    *value_out = x;
    uint32_t good_from = it->good_from + (it->is_by_number ? (uint32_t)(number % 4) : 0);
    if (attempt >= good_from) return HPT_OK;
    hpt_trial_set_attr(trial, "left", hpt_int(attempt));
    hpt_trial_report(trial, attempt, -100);
    return hpt_trial_fail(trial, "attempt %u", (unsigned)attempt);
}

static hpt_options retrying(uint32_t workers, uint64_t trials, uint32_t retry_count) {
    hpt_options options = runs_options(workers, trials);
    options.on_failed.retry_count = retry_count;
    return options;
}

/* What was told of the last trial that ended. */
typedef struct said {
    hpt_trial_state state;
    size_t          count, attr_count, report_count;
    int64_t         attempts, left; /* the attributes; -1: none */
    char            reason[64];
} said;

static hpt_status look(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    said *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_TRIAL_REPORTED) it->report_count++;
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->count++;
        it->state = events[i].state;
        it->attr_count = events[i].attr_count;
        it->attempts = it->left = -1;
        snprintf(it->reason, sizeof it->reason, "%s", events[i].reason);
        for (size_t j = 0; j < events[i].attr_count; j++) {
            const hpt_attr *attr = &events[i].attrs[j];
            if (strcmp(attr->name, "attempts") == 0) it->attempts = attr->value.as.integer;
            if (strcmp(attr->name, "left") == 0) it->left = attr->value.as.integer;
        }
    }
    return HPT_OK;
}

static hpt_result *run_looking(said *it, hpt_objective objective, void *user, hpt_options options) {
    hpt_observer observer = hpt_observer_default();
    memset(it, 0, sizeof *it);
    observer.events = look;
    observer.user = it;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    return runs_do(objective, user, &options);
}

static const char *const pools[] = { "inline", "threads", "sim:time=constant,mean=1" };
enum { POOLS = sizeof pools / sizeof pools[0] };

static void a_trial_that_failed_is_evaluated_again_as_the_same_trial(void **state) {
    (void)state;
    for (int i = 0; i < 2 * POOLS; i++) {
        attempts    mine = { .good_from = 2 };
        hpt_options options = retrying(2, 40, 2);
        options.pool = pools[i / 2];
        if (i % 2) options.trial_s_max = 1000; /* each trial is timed */
        hpt_result *result = runs_do(fail_at_first, &mine, &options);
        assert_false(mine.is_mixed_up);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 40);
        for (int number = 0; number < 40; number++)
            assert_int_equal(mine.count[number], 3);
        assert_int_equal(hpt_result_stats(result)->retry_count, 80);
        assert_true(hpt_result_value(result) ==
                    mine.points[hpt_result_trial(result)]); /* not -100 */
        assert_int_equal(hpt_result_attr(result, "attempts").as.integer, 3);
        assert_int_equal(hpt_result_attr(result, "left").type, HPT_TYPE_NULL);
        hpt_result_destroy(result);
    }
}

static void a_good_trial_says_nothing_of_attempts(void **state) {
    (void)state;
    for (int i = 0; i < POOLS; i++) {
        attempts    mine = { .good_from = 0 };
        hpt_options options = retrying(1, 40, 2);
        options.pool = pools[i];
        hpt_result *result = runs_do(fail_at_first, &mine, &options);
        assert_int_equal(hpt_result_stats(result)->retry_count, 0);
        assert_int_equal(hpt_result_attr(result, "attempts").type, HPT_TYPE_NULL);
        hpt_result_destroy(result);
    }
}

static void only_the_last_attempt_is_told(void **state) {
    (void)state;
    said is;
    for (int i = 0; i < POOLS; i++) {
        attempts    mine = { .good_from = 9 };
        hpt_options options = retrying(1, 1, 3);
        options.pool = pools[i];
        hpt_result_destroy(run_looking(&is, fail_at_first, &mine, options));
        assert_int_equal(is.count, 1);
        assert_int_equal(is.state, HPT_TRIAL_FAILED);
        assert_string_equal(is.reason, "attempt 3");
        assert_int_equal(is.attempts, 4);
        assert_int_equal(is.left, 3);
        assert_int_equal(is.report_count, 4); /* who watches reports has seen them all */
        mine = (attempts){ .good_from = 1 };
        hpt_result_destroy(run_looking(&is, fail_at_first, &mine, options));
        assert_int_equal(is.state, HPT_TRIAL_COMPLETE);
        assert_string_equal(is.reason, "");
        assert_int_equal(is.attempts, 2);
        assert_int_equal(is.attr_count, 1);
    }
}

/* Trials of a block that say nothing lie before and behind. */
static void the_trials_around_it_are_what_they_were(void **state) {
    (void)state;
    for (int i = 0; i < POOLS; i++) {
        attempts    mine = { .good_from = 0, .is_by_number = true };
        trace       one = { 0 }, other = { 0 };
        hpt_options options = retrying(1, 60, 2);
        options.pool = pools[i];
        options.window = 16;
        hpt_result_destroy(runs_traced(&one, fail_at_first, &mine, options));
        assert_int_equal(one.count, 60);
        for (size_t k = 0; k < 60; k++) {
            const trace_trial *trial = &one.trials[k];
            bool               is_good = trial->number % 4 < 3;
            assert_int_equal(trial->state, is_good ? HPT_TRIAL_COMPLETE : HPT_TRIAL_FAILED);
            if (is_good) assert_true(trial->value == trial->point[0].real);
        }
        memset(&mine, 0, sizeof mine);
        mine.is_by_number = true;
        options.pool = "threads";
        options.worker_count = 4;
        hpt_result_destroy(runs_traced(&other, fail_at_first, &mine, options));
        trace_assert_equal(&one, &other);
        trace_free(&one);
        trace_free(&other);
    }
}

static hpt_status invalid(hpt_trial *trial, void *user, double *value_out) {
    atomic_fetch_add((atomic_ulong *)user, 1);
    (void)value_out;
    return hpt_trial_number(trial) % 2 ? HPT_EPRUNED : HPT_EINFEASIBLE;
}

static void what_is_no_failure_is_not_tried_again(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = retrying(1, 10, 5);
    hpt_result_destroy(runs_do(invalid, &calls, &options));
    assert_int_equal(calls, 10);
}

static void each_cause_is_tried_again_as_often_as_it_says(void **state) {
    (void)state;
    attempts    mine = { .good_from = 9 };
    hpt_options options = retrying(1, 1, 0);
    options.on_timeout.retry_count = options.on_crashed.retry_count = 5;
    hpt_result_destroy(runs_do(fail_at_first, &mine, &options));
    assert_int_equal(mine.count[0], 1);
}

/* The first attempt is too slow, and those behind it are not. */
static hpt_status slow_at_first(hpt_trial *trial, void *user, double *value_out) {
    atomic_fetch_add((atomic_ulong *)user, 1);
    *value_out = 1;
    return hpt_trial_spend(trial, hpt_trial_attempt(trial) == 0 ? 3 : 0.9);
}

static void each_attempt_has_the_whole_time_limit(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = simulating_options("sim:time=constant,mean=1," SIMULATING_FREE, 1, 1);
    options.trial_s_max = 1;
    options.on_timeout.retry_count = 1;
    simulating *it = simulating_run(slow_at_first, &calls, options);
    assert_int_equal(calls, 2);
    assert_int_equal(it->trials[0].state, HPT_TRIAL_COMPLETE);
    simulating_assert_near((double)it->trials[0].duration_ns * 1e-9, 1.9, 1e-6);
    assert_int_equal(it->trials[0].start_ns, 0);
    simulating_free(it);
}

static hpt_status wait_at_first(hpt_trial *trial, void *user, double *value_out) {
    *value_out = 1;
    if (hpt_trial_attempt(trial) > 0) return HPT_OK;
    return runs_until_stopped(trial, user, value_out);
}

static void a_trial_that_was_too_slow_on_a_thread_gets_its_time_again(void **state) {
    (void)state;
    hpt_options options = retrying(1, 1, 0);
    runs_ask_to_stop_after(&options, 0.05);
    options.on_timeout.retry_count = 1;
    hpt_result *result = runs_do(wait_at_first, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
    hpt_result_destroy(result);
}

static void what_a_simulation_makes_fail_need_not_fail_again(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:time=constant,mean=1,fail=0.4", 4, 500);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    uint64_t    without = hpt_result_count(result, HPT_TRIAL_FAILED);
    hpt_result_destroy(result);
    options.on_failed.retry_count = 2;
    result = runs_do(runs_count, NULL, &options);
    assert_in_range(without, 160, 240);
    assert_in_range(hpt_result_count(result, HPT_TRIAL_FAILED), 10, 60); /* 500 x 0.4^3 = 32 */
    hpt_result_destroy(result);
}

static hpt_status cancel_and_fail(hpt_trial *trial, void *user, double *value_out) {
    atomic_fetch_add((atomic_ulong *)user, 1);
    (void)value_out;
    hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    return hpt_trial_fail(trial, "no more");
}

static void a_cancel_ends_the_attempts(void **state) {
    (void)state;
    for (int i = 0; i < POOLS; i++) {
        atomic_ulong calls = 0;
        hpt_options  options = retrying(1, 3, 1000);
        options.pool = pools[i];
        hpt_result *result = runs_do(cancel_and_fail, &calls, &options);
        assert_int_equal(calls, 1);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
        hpt_result_destroy(result);
    }
}

static hpt_status only_fail(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    return hpt_trial_fail(trial, "never");
}

static void a_policy_counts_when_the_attempts_are_used_up(void **state) {
    (void)state;
    hpt_options options = retrying(1, 100, 2);
    options.on_failed.policy = HPT_FAILURE_STOP;
    hpt_result *result = runs_do(only_fail, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_FAILURES);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    assert_int_equal(hpt_result_stats(result)->retry_count, 2);
    hpt_result_destroy(result);
}

/* A value that is repeated: all calls of an attempt begin again. */
static hpt_status fail_in_the_third_call(hpt_trial *trial, void *user, double *value_out) {
    atomic_fetch_add((atomic_ulong *)user, 1);
    *value_out = hpt_trial_repeat(trial);
    return hpt_trial_attempt(trial) == 0 && hpt_trial_repeat(trial) == 2 ? HPT_EFAILED : HPT_OK;
}

static void repeats_begin_again(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = retrying(1, 1, 1);
    options.repeat_count = 4;
    hpt_result *result = runs_do(fail_in_the_third_call, &calls, &options);
    assert_int_equal(calls, 3 + 4);
    assert_true(hpt_result_value(result) == 1.5);
    hpt_result_destroy(result);
}

static void a_study_has_nothing_to_call_again(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(0, 10);
    hpt_study  *study = NULL;
    hpt_err     err = { 0 };
    options.on_crashed.retry_count = 3;
    assert_int_equal(hpt_study_create(space, &options, &study, &err), HPT_EINVAL);
    runs_assert_says(err.text, "retry_count is 3");
    assert_null(study);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_that_failed_is_evaluated_again_as_the_same_trial),
        cmocka_unit_test(a_good_trial_says_nothing_of_attempts),
        cmocka_unit_test(only_the_last_attempt_is_told),
        cmocka_unit_test(the_trials_around_it_are_what_they_were),
        cmocka_unit_test(what_is_no_failure_is_not_tried_again),
        cmocka_unit_test(each_cause_is_tried_again_as_often_as_it_says),
        cmocka_unit_test(each_attempt_has_the_whole_time_limit),
        cmocka_unit_test(a_trial_that_was_too_slow_on_a_thread_gets_its_time_again),
        cmocka_unit_test(what_a_simulation_makes_fail_need_not_fail_again),
        cmocka_unit_test(a_cancel_ends_the_attempts),
        cmocka_unit_test(a_policy_counts_when_the_attempts_are_used_up),
        cmocka_unit_test(repeats_begin_again),
        cmocka_unit_test(a_study_has_nothing_to_call_again),
    };
    return cmocka_run_group_tests_name("run_retry", tests, NULL, NULL);
}
