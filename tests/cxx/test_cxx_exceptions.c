/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever an objective or an observer of C++ throws, its trial or its call has failed with
 *         what() as the reason, and the run goes on as if it had said so itself.
 * Method: throwing.cpp throws, called by the library and through an objective of C. */
#include "runs.h"

#include <pthread.h>
#include <string.h>

#include "cxx/throwing.h"
#include "trial/catch.h"

static const char *const pools[] = { "threads", "inline", "sim", "processes" };
enum { POOLS = 4 };

static trace_trial throw_once(hpt_objective objective, int what, const char *pool) {
    hpt_options options = runs_options(1, 1);
    options.pool = pool;
    return runs_once(objective, &what, options);
}

static void assert_failed(int what, const char *reason) {
    for (int i = 0; i < POOLS; i++) {
        trace_trial trial = throw_once(throw_objective, what, pools[i]);
        assert_int_equal(HPT_TRIAL_FAILED, trial.state);
        assert_string_equal(reason, trial.reason);
    }
}

static void an_exception_makes_its_trial_failed_with_what_it_says(void **state) {
    (void)state;
    assert_failed(THROW_RUNTIME_ERROR, "the objective threw: it diverged");
    assert_failed(THROW_OWN_CLASS, "the objective threw: of my own");
    assert_failed(THROW_BAD_ALLOC, "the objective threw: std::bad_alloc");
}

static void what_is_no_exception_is_called_that(void **state) {
    (void)state;
    assert_failed(THROW_INT, "the objective threw something that is no std::exception");
    assert_failed(THROW_EMPTY, "the objective threw: ");
}

static void a_long_sentence_is_cut_as_every_reason_is(void **state) {
    (void)state;
    trace_trial trial = throw_once(throw_objective, THROW_LONG, "threads");
    assert_int_equal(HPT_TRIAL_FAILED, trial.state);
    assert_true(strlen(trial.reason) < 240);
    runs_assert_says(trial.reason, "the objective threw: ");
}

static void without_an_exception_nothing_is_different(void **state) {
    (void)state;
    for (int i = 0; i < POOLS; i++) {
        trace_trial trial = throw_once(throw_objective, THROW_NOTHING, pools[i]);
        assert_int_equal(HPT_TRIAL_COMPLETE, trial.state);
        assert_string_equal("", trial.reason);
    }
}

static hpt_status of_c(hpt_trial *trial, void *user, double *value_out) {
    throw_it(*(int *)user);
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

static void an_exception_passes_an_objective_of_c_with_its_destructors(void **state) {
    (void)state;
    int         before = throw_destructors();
    trace_trial trial = throw_once(of_c, THROW_RUNTIME_ERROR, "threads");
    assert_int_equal(HPT_TRIAL_FAILED, trial.state);
    assert_string_equal("the objective threw: it diverged", trial.reason);
    assert_int_equal(before + 1, throw_destructors());
}

/* Many workers, and what was said before the exception. */

typedef struct seen {
    uint64_t failed, whole;
} seen;

static hpt_status see(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    seen *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED || events[i].state != HPT_TRIAL_FAILED)
            continue;
        it->failed++;
        bool has_attr = events[i].attr_count == 1 && !strcmp(events[i].attrs[0].name, "place") &&
                        !strcmp(events[i].attrs[0].value.as.text, "before the throw");
        bool has_report = events[i].has_report && events[i].step == 7;
        it->whole +=
            has_attr && has_report && !strcmp(events[i].reason, "the objective threw: it diverged");
    }
    return HPT_OK;
}

static void attributes_and_reports_before_an_exception_are_kept(void **state) {
    (void)state;
    atomic_ulong thrown = 0;
    seen         all = { 0 };
    hpt_options  options = runs_options(8, fixture_scaled(4000));
    hpt_observer observer = hpt_observer_default();
    observer.events = see;
    observer.user = &all;
    observer.policy = HPT_POLICY_BLOCK;
    options.strategy = "random";
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(throw_often, &thrown, &options);
    assert_true(thrown > 0);
    assert_int_equal(thrown, hpt_result_count(result, HPT_TRIAL_FAILED));
    assert_int_equal(thrown, all.failed);
    assert_int_equal(thrown, all.whole);
    assert_true(hpt_result_value(result) <= 0.5);
    hpt_result_destroy(result);
}

static void many_workers_may_throw_at_once(void **state) {
    (void)state;
    atomic_ulong thrown = 0;
    hpt_options  options = runs_options(16, fixture_scaled(40000));
    options.strategy = "random";
    hpt_result *result = runs_do(throw_often, &thrown, &options);
    assert_int_equal(thrown, hpt_result_count(result, HPT_TRIAL_FAILED));
    assert_true(hpt_result_count(result, HPT_TRIAL_COMPLETE) > 0);
    hpt_result_destroy(result);
}

static void a_repeated_objective_fails_at_the_call_that_throws(void **state) {
    (void)state;
    int         what = THROW_RUNTIME_ERROR;
    hpt_options options = runs_options(2, 10);
    options.repeat_count = 3;
    hpt_result *result = runs_do(throw_objective, &what, &options);
    assert_int_equal(10, hpt_result_count(result, HPT_TRIAL_FAILED));
    runs_assert_says(hpt_result_stop_text(result), "the objective threw: it diverged");
    hpt_result_destroy(result);
}

/* The exception of a run inside an objective stays in its own trial. */
static hpt_status nest(hpt_trial *trial, void *user, double *value_out) {
    hpt_options options = runs_options(2, 5);
    hpt_result *result = runs_do(throw_objective, user, &options);
    (void)trial;
    *value_out = (double)hpt_result_count(result, HPT_TRIAL_FAILED);
    hpt_result_destroy(result);
    return HPT_OK;
}

static void a_run_inside_an_objective_catches_its_own(void **state) {
    (void)state;
    int         what = THROW_INT;
    hpt_options options = runs_options(2, 4);
    hpt_result *result = runs_do(nest, &what, &options);
    assert_int_equal(4, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    assert_true(hpt_result_value(result) == 5);
    hpt_result_destroy(result);
}

/* Observers. */

static void assert_warns(const hpt_result *result, const char *words) {
    const char *warning;
    for (size_t i = 0; (warning = hpt_result_warning(result, i)); i++)
        if (strstr(warning, words)) return;
    fail_msg("no warning says \"%s\"", words);
}

static void assert_observer_failed(hpt_observer observer, const char *words) {
    int         calls = 0;
    hpt_options options = runs_options(2, 50);
    observer.user = &calls;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(50, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    assert_int_equal(1, hpt_result_stats(result)->observer_failures);
    assert_warns(result, words);
    hpt_result_destroy(result);
}

static void an_observer_that_throws_has_failed_and_goes_on(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    observer.events = throw_events;
    assert_observer_failed(observer, "threw: the observer is out of sorts");
}

static void a_line_function_that_throws_has_failed_and_goes_on(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    observer.name = "log";
    observer.line = throw_line;
    assert_observer_failed(observer, "threw something that is no std::exception");
}

/* Leaving a thread unwinds its stack as well. */

static int  result_of_thread;
static void leave(void *context) {
    pthread_exit(context);
}

static void *be_left(void *user) {
    hpi_catch *it = user;
    hpt_err    err = { 0 };
    hpi_catch_attempt(it, "it", leave, &result_of_thread, &err);
    return NULL; /* caught */
}

static void to_leave_a_thread_is_no_exception(void **state) {
    (void)state;
    hpi_catch it = hpi_catch_take();
    pthread_t thread;
    void     *left = NULL;
    assert_non_null(it.catcher);
    assert_int_equal(0, pthread_create(&thread, NULL, be_left, &it));
    assert_int_equal(0, pthread_join(thread, &left));
    assert_ptr_equal(&result_of_thread, left);
    hpi_catch_give(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exception_makes_its_trial_failed_with_what_it_says),
        cmocka_unit_test(what_is_no_exception_is_called_that),
        cmocka_unit_test(a_long_sentence_is_cut_as_every_reason_is),
        cmocka_unit_test(without_an_exception_nothing_is_different),
        cmocka_unit_test(an_exception_passes_an_objective_of_c_with_its_destructors),
        cmocka_unit_test(attributes_and_reports_before_an_exception_are_kept),
        cmocka_unit_test(many_workers_may_throw_at_once),
        cmocka_unit_test(a_repeated_objective_fails_at_the_call_that_throws),
        cmocka_unit_test(a_run_inside_an_objective_catches_its_own),
        cmocka_unit_test(an_observer_that_throws_has_failed_and_goes_on),
        cmocka_unit_test(a_line_function_that_throws_has_failed_and_goes_on),
        cmocka_unit_test(to_leave_a_thread_is_no_exception),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
