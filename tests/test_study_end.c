/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study ends when a limit, a cancel or its caller says so, and nobody gets a trial after.
 * Method: each way to the end, with and without a window, with trials in flight. */
#include "runs.h"
#include "trace.h"

#include <string.h>

/* Limits. */

static void a_limit_ends_the_asking_but_not_the_trials_in_flight(void **state) {
    (void)state;
    hpt_options options = runs_options(4, 0);
    options.target = 0;
    hpt_study *study = runs_study(&options);
    hpt_trial *late = runs_ask(study);
    runs_tell(study, runs_ask(study), 0);
    runs_assert_no_trial(study, HPT_EDONE, "target");
    assert_true(hpt_trial_should_stop(late));
    runs_tell(study, late, -5); /* a value told is a value meant */
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_float_equal(hpt_result_value(result), -5, 0);
    hpt_result_destroy(result);
}

/* With a window candidates are asked for ahead; after the end nobody may be given one of them. */
static void a_limit_ends_the_asking_with_a_window_too(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.window = 8;
    options.target = 0;
    hpt_study *study = runs_study(&options);
    runs_tell(study, runs_ask(study), 0);
    runs_assert_no_trial(study, HPT_EDONE, "target");
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
    hpt_result_destroy(result);
}

static void a_cancel_ends_the_asking(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = runs_options(0, 0);
        options.window = window;
        hpt_study *study = runs_study(&options);
        hpt_trial *trial = runs_ask(study);
        hpt_run_cancel(hpt_study_run(study), HPT_CANCEL_FINISH);
        runs_assert_no_trial(study, HPT_EDONE, "cancelled");
        assert_false(hpt_trial_should_stop(trial));
        hpt_run_cancel(hpt_study_run(study), HPT_CANCEL_NOW);
        assert_true(hpt_trial_should_stop(trial));
        runs_tell(study, trial, 1);
        hpt_result *result = runs_close(study);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
        hpt_result_destroy(result);
    }
}

/* The end. */

static void finishing_cancels_what_is_in_flight(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        trace        it = { 0 };
        hpt_observer observer;
        hpt_options  options = runs_options(0, 0);
        trace_attach(&it, &observer, &options);
        options.window = window;
        hpt_study  *study = runs_study(&options);
        hpt_trial  *first = runs_ask(study);
        hpt_result *result = NULL, *again = NULL;
        runs_ask(study);
        runs_tell(study, first, 2);
        assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
        runs_assert_counts(result);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_CLOSED);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
        assert_int_equal(it.count, hpt_result_stats(result)->trial_count);
        assert_int_equal(it.finished_count, 1);
        runs_assert_no_trial(study, HPT_EDONE, "");
        assert_int_equal(hpt_study_finish(study, &again, NULL), HPT_OK);
        assert_string_equal(hpt_result_id(result), hpt_result_id(again));
        hpt_study_destroy(study);
        hpt_result_destroy(result);
        hpt_result_destroy(again);
        assert_int_equal(it.finished_count, 1);
        trace_free(&it);
    }
}

static void a_study_that_is_destroyed_leaves_nothing(void **state) {
    (void)state;
    size_t       threads = runs_threads();
    hpt_observer observer;
    trace        it = { 0 };
    hpt_options  options = runs_options(0, 0);
    trace_attach(&it, &observer, &options);
    hpt_study *study = runs_study(&options);
    runs_ask(study);
    hpt_study_destroy(study);
    runs_assert_threads(threads);
    trace_free(&it);
}

/* An observer that gives up the study it watches would wait for itself. */
static hpt_status finish_from_events(void *user, const hpt_event *events, size_t count,
                                     hpt_err *err) {
    hpt_study **study = user;
    hpt_result *result = NULL;
    (void)events, (void)count;
    return hpt_study_finish(*study, &result, err) == HPT_EREENTRANT ? HPT_OK : HPT_EBUG;
}

static void an_observer_cannot_finish_its_study(void **state) {
    (void)state;
    hpt_study   *study = NULL;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(0, 0);
    observer.events = finish_from_events;
    observer.user = &study;
    observer.policy = HPT_POLICY_BLOCK;
    study = runs_study(&options);
    assert_int_equal(hpt_run_attach(hpt_study_run(study), &observer, NULL, NULL), HPT_OK);
    runs_tell(study, runs_ask(study), 1);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stats(result)->observer_failures, 0);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_ends_the_asking_but_not_the_trials_in_flight),
        cmocka_unit_test(a_limit_ends_the_asking_with_a_window_too),
        cmocka_unit_test(a_cancel_ends_the_asking),
        cmocka_unit_test(finishing_cancels_what_is_in_flight),
        cmocka_unit_test(a_study_that_is_destroyed_leaves_nothing),
        cmocka_unit_test(an_observer_cannot_finish_its_study),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
