/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   ask and tell keep a run's promises while the caller owns the loop: budgets, windows,
 *         failures, events, and a clear answer to every call at the wrong moment.
 * Method: plain loops, in order and out of order, by one thread and by many. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

static hpt_stats stats_of(hpt_study *study) {
    hpt_stats stats;
    stats.struct_size = sizeof stats;
    assert_int_equal(hpt_run_stats(hpt_study_run(study), &stats, NULL), HPT_OK);
    return stats;
}

/* Loops. */

static void a_plain_loop_ends_with_its_budget(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 100);
    hpt_study  *study = runs_study(&options);
    for (unsigned i = 0; i < 100; i++) {
        hpt_trial *trial = runs_ask(study);
        assert_int_equal(hpt_trial_number(trial), i);
        assert_null(hpt_trial_run(trial));
        runs_tell(study, trial, hpt_trial_real(trial, "x"));
    }
    runs_assert_no_trial(study, HPT_EDONE, "all trials of the budget");
    assert_int_equal(stats_of(study).stop, HPT_STOP_TRIALS);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 100);
    assert_float_equal(hpt_result_value(result), hpt_result_real(result, "x"), 0);
    assert_null(hpt_result_warning(result, 0));
    hpt_result_destroy(result);
}

static void a_study_needs_no_limit_and_no_options(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    for (unsigned i = 0; i < 3000; i++)
        runs_tell(study, runs_ask(study), i);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CLOSED);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3000);
    hpt_result_destroy(result);
}

static void trials_may_be_told_in_any_order(void **state) {
    (void)state;
    enum { IN_FLIGHT = 12 };
    for (uint32_t window = 0; window <= IN_FLIGHT; window += IN_FLIGHT) {
        hpt_trial  *trials[IN_FLIGHT];
        hpt_options options = runs_options(IN_FLIGHT, 600);
        options.window = window;
        hpt_study *study = runs_study(&options);
        for (unsigned round = 0; round < 50; round++) {
            for (unsigned i = 0; i < IN_FLIGHT; i++)
                trials[i] = runs_ask(study);
            for (unsigned i = 0; i < IN_FLIGHT; i++) /* 5 and 12 have no common divisor */
                runs_tell(study, trials[(i * 5 + round) % IN_FLIGHT],
                          hpt_trial_real_at(trials[(i * 5 + round) % IN_FLIGHT], 0));
        }
        runs_assert_no_trial(study, HPT_EDONE, "");
        hpt_result *result = runs_close(study);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 600);
        hpt_result_destroy(result);
    }
}

static void a_finite_strategy_ends_the_study(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.strategy = "grid:points=5";
    hpt_study *study = runs_study(&options);
    for (unsigned i = 0; i < 5; i++)
        runs_tell(study, runs_ask(study), 0);
    runs_assert_no_trial(study, HPT_EDONE, "no more candidates");
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_EXHAUSTED);
    hpt_result_destroy(result);
}

/* Not now. */

static void asking_again_waits_for_a_tell_when_enough_are_in_flight(void **state) {
    (void)state;
    hpt_trial  *trials[3];
    hpt_options options = runs_options(3, 0);
    hpt_study  *study = runs_study(&options);
    for (int i = 0; i < 3; i++)
        trials[i] = runs_ask(study);
    runs_assert_no_trial(study, HPT_EAGAIN, "3 trials are in flight");
    runs_tell(study, trials[1], 1);
    trials[1] = runs_ask(study);
    runs_assert_no_trial(study, HPT_EAGAIN, "tell one first");
    hpt_result_destroy(runs_close(study));
}

static void by_default_1024_trials_may_be_in_flight(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    for (int i = 0; i < 1024; i++)
        runs_ask(study);
    runs_assert_no_trial(study, HPT_EAGAIN, "1024 trials are in flight");
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED), 1024);
    hpt_result_destroy(result);
}

static void a_window_waits_for_the_oldest(void **state) {
    (void)state;
    hpt_trial  *trials[4];
    hpt_options options = runs_options(0, 0);
    options.window = 4;
    hpt_study *study = runs_study(&options);
    for (int i = 0; i < 4; i++)
        trials[i] = runs_ask(study);
    for (int i = 3; i > 0; i--) {
        runs_assert_no_trial(study, HPT_EAGAIN, "in flight");
        runs_tell(study, trials[i], i);
    }
    runs_assert_no_trial(study, HPT_EAGAIN, "in flight");
    runs_tell(study, trials[0], 0);
    for (int i = 0; i < 4; i++)
        trials[i] = runs_ask(study);
    hpt_result_destroy(runs_close(study));
}

static bool is_reluctant;

static hpt_status ask_reluctantly(void *state, uint64_t number, hpt_coord *point_out,
                                  hpt_err *err) {
    (void)state, (void)number, (void)err;
    point_out[0].real = 0.5;
    return is_reluctant ? HPT_EAGAIN : HPT_OK;
}

static void tell_nothing(void *state, const hpt_outcome *outcome) {
    (void)state, (void)outcome;
}

static void a_strategy_may_wait_for_results(void **state) {
    (void)state;
    static const hpt_strategy_class mine = { .struct_size = sizeof mine,
                                             .name = "reluctant",
                                             .summary = "waits",
                                             .ask = ask_reluctantly,
                                             .tell = tell_nothing };
    hpt_options                     options = runs_options(0, 0);
    options.strategy_class = &mine;
    options.strategy = NULL;
    hpt_study *study = runs_study(&options);
    is_reluctant = false;
    hpt_trial *trial = runs_ask(study);
    is_reluctant = true;
    runs_assert_no_trial(study, HPT_EAGAIN, "waits for results");
    is_reluctant = false;
    runs_assert_no_trial(study, HPT_EAGAIN, "waits for results"); /* nothing was told yet */
    runs_tell(study, trial, 1);
    runs_tell(study, runs_ask(study), 1);
    is_reluctant = true;
    runs_assert_no_trial(study, HPT_EBUG, "no trial is in flight");
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_STRATEGY);
    hpt_result_destroy(result);
}

/* Wrong tells. */

static void a_trial_is_told_once(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    hpt_trial *trial = runs_ask(study);
    hpt_err    err;
    runs_tell(study, trial, 1);
    assert_int_equal(hpt_study_tell(study, trial, 0, &err), HPT_EINVAL);
    runs_assert_says(err.text, "not in flight");
    assert_int_equal(hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, "x", &err), HPT_EINVAL);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stats(result)->trial_count, 1);
    assert_float_equal(hpt_result_value(result), 1, 0);
    hpt_result_destroy(result);
}

static void a_trial_told_twice_does_not_end_the_next_one(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    hpt_trial *first = runs_ask(study);
    runs_tell(study, first, 1);
    hpt_trial *second = runs_ask(study);
    assert_int_equal(hpt_study_tell(study, first, 0, NULL), HPT_EINVAL);
    runs_tell(study, second, 2);
    hpt_result_destroy(runs_close(study));
}

static void a_trial_of_another_study_is_refused(void **state) {
    (void)state;
    hpt_study *mine = runs_study(NULL), *other = runs_study(NULL);
    hpt_trial *trial = runs_ask(other), *own = runs_ask(mine);
    assert_int_equal(hpt_study_tell(mine, trial, 1, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_tell(mine, NULL, 1, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_tell(mine, (hpt_trial *)(void *)((char *)own + 8), 1, NULL),
                     HPT_EINVAL);
    runs_tell(other, trial, 1);
    runs_tell(mine, own, 1);
    hpt_result_destroy(runs_close(mine));
    hpt_result_destroy(runs_close(other));
}

static void only_states_without_a_value_are_told_by_state(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    hpt_trial *trial = runs_ask(study);
    hpt_err    err;
    assert_int_equal(hpt_study_tell_state(study, trial, HPT_TRIAL_COMPLETE, NULL, &err),
                     HPT_EINVAL);
    runs_assert_says(err.text, "COMPLETE");
    assert_int_equal(hpt_study_tell_state(study, trial, HPT_TRIAL_RUNNING, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_study_tell_state(study, trial, (hpt_trial_state)8, NULL, &err),
                     HPT_EINVAL);
    assert_int_equal(hpt_study_tell_state(study, trial, (hpt_trial_state)-1, NULL, &err),
                     HPT_EINVAL);
    runs_tell(study, trial, 1);
    hpt_result_destroy(runs_close(study));
}

static void null_is_refused(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_study  *study = NULL;
    hpt_trial  *trial = NULL;
    hpt_result *result = NULL;
    assert_int_not_equal(hpt_study_create(NULL, NULL, &study, NULL), HPT_OK);
    assert_int_equal(hpt_study_create(space, NULL, NULL, NULL), HPT_EINVAL);
    assert_null(study);
    assert_int_equal(hpt_study_ask(NULL, &trial, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_tell(NULL, NULL, 0, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_tell_state(NULL, NULL, HPT_TRIAL_FAILED, NULL, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_finish(NULL, &result, NULL), HPT_EINVAL);
    assert_null(hpt_study_run(NULL));
    hpt_study_destroy(NULL);
    study = runs_study(NULL);
    assert_int_equal(hpt_study_ask(study, NULL, NULL), HPT_EINVAL);
    assert_int_equal(hpt_study_finish(study, NULL, NULL), HPT_EINVAL);
    runs_tell(study, runs_ask(study), 0); /* it is still open */
    hpt_result_destroy(runs_close(study));
    hpt_space_destroy(space);
}

static void the_run_of_a_study_is_not_to_be_waited_for(void **state) {
    (void)state;
    hpt_study  *study = runs_study(NULL);
    hpt_run    *run = hpt_study_run(study);
    hpt_result *result = NULL;
    assert_int_equal(hpt_run_wait(run, -1), HPT_EINVAL);
    assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_EBUSY);
    hpt_run_destroy(run); /* does nothing */
    runs_tell(study, runs_ask(study), 3);
    result = runs_close(study);
    assert_float_equal(hpt_result_value(result), 3, 0);
    hpt_result_destroy(result);
}

/* Failures. */

static void a_value_that_is_not_finite_fails(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    runs_tell(study, runs_ask(study), NAN);
    runs_tell(study, runs_ask(study), INFINITY);
    runs_tell(study, runs_ask(study), -INFINITY);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 3);
    assert_false(hpt_result_has_best(result));
    hpt_result_destroy(result);
}

static void every_state_can_be_told_with_a_reason(void **state) {
    (void)state;
    trace        it = { 0 };
    hpt_observer observer;
    hpt_options  options = runs_options(0, 0);
    trace_attach(&it, &observer, &options);
    hpt_study *study = runs_study(&options);
    for (int i = HPT_TRIAL_PRUNED; i < HPT_TRIAL_STATE_COUNT; i++)
        assert_int_equal(
            hpt_study_tell_state(study, runs_ask(study), (hpt_trial_state)i, "because", NULL),
            HPT_OK);
    assert_int_equal(hpt_study_tell_state(study, runs_ask(study), HPT_TRIAL_FAILED, NULL, NULL),
                     HPT_OK);
    hpt_result_destroy(runs_close(study));
    assert_int_equal(it.count, 7);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(it.trials[i].state, HPT_TRIAL_PRUNED + i);
        assert_string_equal(it.trials[i].reason, "because");
        assert_true(isnan(it.trials[i].value));
    }
    assert_string_equal(it.trials[6].reason, "");
    assert_int_equal(it.finished_count, 1);
    trace_free(&it);
}

static void telling_cancelled_is_not_running_out_of_time(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 2);
    hpt_study  *study = runs_study(&options);
    runs_tell(study, runs_ask(study), 0);
    assert_int_equal(hpt_study_tell_state(study, runs_ask(study), HPT_TRIAL_CANCELLED, NULL, NULL),
                     HPT_OK);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    hpt_result_destroy(result);
}

static void a_wrong_read_fails_the_trial_whatever_is_told(void **state) {
    (void)state;
    hpt_study *study = runs_study(NULL);
    hpt_trial *trial = runs_ask(study);
    assert_true(isnan(hpt_trial_real(trial, "y")));
    runs_tell(study, trial, 1);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    hpt_result_destroy(result);
}

static void a_value_told_too_late_is_not_used(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.trial_s_max = 0.5;
    hpt_study *study = runs_study(&options);
    hpt_trial *trial = runs_ask(study);
    for (int i = 0; i < 3000 && !hpt_trial_should_stop(trial); i++)
        runs_sleep_ms(10);
    assert_true(hpt_trial_should_stop(trial));
    runs_tell(study, trial, -1000);
    runs_tell(study, runs_ask(study), 1);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    assert_float_equal(hpt_result_value(result), 1, 0);
    hpt_result_destroy(result);
}

static void a_limit_reached_before_the_first_ask_gives_no_trial(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 0);
    options.wall_s_max = 1e-9;
    hpt_study *study = runs_study(&options);
    runs_assert_no_trial(study, HPT_EDONE, "time is up");
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_int_equal(hpt_result_stats(result)->trial_count, 0);
    hpt_result_destroy(result);
}

/* Attributes and reports. */

static void what_is_said_of_a_trial_is_kept(void **state) {
    (void)state;
    trace        it = { 0 };
    hpt_observer observer;
    hpt_options  options = runs_options(0, 0);
    trace_attach(&it, &observer, &options);
    hpt_study *study = runs_study(&options);
    hpt_trial *trial = runs_ask(study);
    assert_int_equal(hpt_trial_set_attr(trial, "a", hpt_int(5)), HPT_OK);
    assert_int_equal(hpt_trial_report(trial, 1, 0.5), HPT_OK);
    runs_tell(study, trial, 1);
    trial = runs_ask(study);
    assert_int_equal(hpt_trial_fail(trial, "no luck"), HPT_EFAILED);
    assert_int_equal(hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, NULL, NULL), HPT_OK);
    hpt_result *result = runs_close(study);
    assert_true(hpt_value_equal(hpt_result_attr(result, "a"), hpt_int(5)));
    assert_string_equal(it.trials[1].reason, "no luck");
    hpt_result_destroy(result);
    trace_free(&it);
}

/* Threads. */

static atomic_ulong told_by_threads;

static void *ask_and_tell(void *user) {
    hpt_study *study = user;
    hpt_trial *trial;
    for (;;) {
        hpt_status status = hpt_study_ask(study, &trial, NULL);
        if (status == HPT_EDONE) return NULL;
        if (status == HPT_EAGAIN) continue;
        if (status != HPT_OK) return (void *)1;
        hpt_trial_set_attr(trial, "a", hpt_int(1));
        hpt_trial_report(trial, 1, 1);
        double value = hpt_trial_real(trial, "x");
        if (hpt_study_tell(study, trial, value, NULL) != HPT_OK) return (void *)1;
        atomic_fetch_add(&told_by_threads, 1);
    }
}

static void several_threads_ask_and_tell(void **state) {
    (void)state;
    enum { THREADS = 6 };
    for (uint32_t window = 0; window <= 4; window += 4) {
        pthread_t    threads[THREADS];
        trace        it = { 0 };
        hpt_observer observer;
        hpt_options  options = runs_options(4, fixture_scaled(3000));
        trace_attach(&it, &observer, &options);
        options.window = window;
        hpt_study *study = runs_study(&options);
        atomic_store(&told_by_threads, 0);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, ask_and_tell, study), 0);
        for (int i = 0; i < THREADS; i++) {
            void *wrong;
            pthread_join(threads[i], &wrong);
            assert_null(wrong);
        }
        hpt_result *result = runs_close(study);
        assert_int_equal(atomic_load(&told_by_threads), options.trial_count_max);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), options.trial_count_max);
        assert_int_equal(it.count, options.trial_count_max);
        hpt_result_destroy(result);
        trace_free(&it);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_loop_ends_with_its_budget),
        cmocka_unit_test(a_study_needs_no_limit_and_no_options),
        cmocka_unit_test(trials_may_be_told_in_any_order),
        cmocka_unit_test(a_finite_strategy_ends_the_study),
        cmocka_unit_test(asking_again_waits_for_a_tell_when_enough_are_in_flight),
        cmocka_unit_test(by_default_1024_trials_may_be_in_flight),
        cmocka_unit_test(a_window_waits_for_the_oldest),
        cmocka_unit_test(a_strategy_may_wait_for_results),
        cmocka_unit_test(a_trial_is_told_once),
        cmocka_unit_test(a_trial_told_twice_does_not_end_the_next_one),
        cmocka_unit_test(a_trial_of_another_study_is_refused),
        cmocka_unit_test(only_states_without_a_value_are_told_by_state),
        cmocka_unit_test(null_is_refused),
        cmocka_unit_test(the_run_of_a_study_is_not_to_be_waited_for),
        cmocka_unit_test(a_value_that_is_not_finite_fails),
        cmocka_unit_test(every_state_can_be_told_with_a_reason),
        cmocka_unit_test(telling_cancelled_is_not_running_out_of_time),
        cmocka_unit_test(a_wrong_read_fails_the_trial_whatever_is_told),
        cmocka_unit_test(a_value_told_too_late_is_not_used),
        cmocka_unit_test(a_limit_reached_before_the_first_ask_gives_no_trial),
        cmocka_unit_test(what_is_said_of_a_trial_is_kept),
        cmocka_unit_test(several_threads_ask_and_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
