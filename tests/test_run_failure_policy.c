/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a failed trial means is what the options say for its cause: to the strategy, to the
 *         limits of the run, and when a study is continued.
 * Method: a strategy that writes down what it is told; studies that are told states; runs whose
 *         trials fail by their number, with a window on any number of workers, and cut study files.
 */
#include "resuming.h"

#include <string.h>

/* A strategy that listens. Its candidates depend on all that it was told. */

enum { HEARD_MAX = 256, GOALS = 2 };

typedef struct heard {
    uint64_t        number;
    hpt_trial_state state;
    bool            is_failure;
    double          value, loss, losses[GOALS], bound, last_loss;
} heard;

static heard  told[HEARD_MAX];
static size_t told_count;

typedef struct listener {
    const hpt_strategy_setup *setup;
    uint64_t                  sum;
} listener;

static hpt_status listen_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    listener *state = state_;
    (void)err;
    state->setup = setup;
    told_count = 0;
    return HPT_OK;
}

static hpt_status listen_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    const listener *state = state_;
    (void)err;
    for (hpt_param j = 0; j < hpt_space_count(state->setup->space); j++) {
        uint64_t word;
        hpt_random(state->sum, number, j, &word, 1);
        point_out[j] = hpt_space_at_fraction(state->setup->space, j, word);
    }
    return HPT_OK;
}

static void listen_tell(void *state_, const hpt_outcome *outcome) {
    listener *state = state_;
    heard     it;
    memset(&it, 0, sizeof it);
    it.number = outcome->number;
    it.state = outcome->state;
    it.is_failure = outcome->is_failure;
    it.value = outcome->value;
    it.loss = outcome->loss;
    for (uint32_t goal = 0; goal < GOALS; goal++)
        it.losses[goal] =
            outcome->losses && goal < outcome->goal_count ? outcome->losses[goal] : NAN;
    it.bound = outcome->bound;
    it.last_loss = outcome->last_losses ? outcome->last_losses[0] : NAN;
    const unsigned char *bytes = (const unsigned char *)&it.is_failure;
    for (size_t i = 0; i < sizeof it - offsetof(heard, is_failure); i++)
        state->sum = (state->sum ^ bytes[i]) * UINT64_C(0x100000001B3);
    if (told_count < HEARD_MAX) told[told_count++] = it;
}

static const hpt_strategy_class listens = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "listens",
    .summary = "writes down what it is told",
    .state_size = sizeof(listener),
    .batch_max = 1,
    .init = listen_init,
    .ask = listen_ask,
    .tell = listen_tell,
    .goals_max = GOALS,
};

static hpt_options listening(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.strategy = NULL;
    options.strategy_class = &listens;
    return options;
}

static void set_all(hpt_options *options, hpt_failure_policy policy) {
    options->on_failed.policy = policy;
    options->on_timeout.policy = policy;
    options->on_crashed.policy = policy;
}

/* What the strategy is told, by studies that are told a state. */

static const hpt_trial_state failures[] = { HPT_TRIAL_FAILED, HPT_TRIAL_TIMEOUT,
                                            HPT_TRIAL_CRASHED };
enum { FAILURES = sizeof failures / sizeof failures[0] };

static hpt_failure *cause_of(hpt_options *options, int cause) {
    return cause == 0   ? &options->on_failed
           : cause == 1 ? &options->on_timeout
                        : &options->on_crashed;
}

static void tell_state(hpt_study *study, hpt_trial_state state, const char *reason) {
    assert_int_equal(hpt_study_tell_state(study, runs_ask(study), state, reason, NULL), HPT_OK);
}

static void each_cause_has_a_policy_of_its_own(void **state) {
    (void)state;
    for (int cause = 0; cause < FAILURES; cause++) {
        hpt_options options = listening(0, 100);
        set_all(&options, HPT_FAILURE_IGNORE);
        cause_of(&options, cause)->policy = HPT_FAILURE_FEASIBILITY;
        hpt_study *study = runs_study(&options);
        for (int i = 0; i < FAILURES; i++)
            tell_state(study, failures[i], "it broke");
        tell_state(study, HPT_TRIAL_PRUNED, NULL);
        hpt_result_destroy(runs_close(study));
        assert_int_equal(told_count, FAILURES + 1);
        for (int i = 0; i < FAILURES; i++) {
            assert_int_equal(told[i].state, failures[i]);
            assert_int_equal(told[i].is_failure, i == cause);
            assert_true(isnan(told[i].loss) && isnan(told[i].value));
        }
        assert_false(told[FAILURES].is_failure);
    }
}

static void a_point_that_fails_is_to_be_avoided_by_default(void **state) {
    (void)state;
    hpt_options options = listening(0, 100);
    hpt_study  *study = runs_study(&options);
    for (int i = 0; i < FAILURES; i++)
        tell_state(study, failures[i], NULL);
    tell_state(study, HPT_TRIAL_CANCELLED, NULL);
    hpt_result_destroy(runs_close(study));
    for (int i = 0; i < FAILURES; i++)
        assert_true(told[i].is_failure);
    assert_false(told[FAILURES].is_failure);
}

static void the_worst_value_stands_for_a_failed_trial(void **state) {
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        hpt_options options = listening(0, 100);
        options.direction = turn ? HPT_MAXIMISE : HPT_MINIMISE;
        set_all(&options, HPT_FAILURE_WORST);
        hpt_study *study = runs_study(&options);
        double     sign = turn ? -1 : 1;
        tell_state(study, HPT_TRIAL_FAILED, NULL);
        runs_tell(study, runs_ask(study), sign * 3);
        runs_tell(study, runs_ask(study), sign * 7);
        runs_tell(study, runs_ask(study), sign * 5);
        tell_state(study, HPT_TRIAL_CRASHED, "it broke");
        tell_state(study, HPT_TRIAL_INFEASIBLE, NULL);
        hpt_result *result = runs_close(study);
        assert_int_equal(told[0].state, HPT_TRIAL_FAILED); /* nothing was worse yet */
        assert_false(told[0].is_failure);
        assert_int_equal(told[4].state, HPT_TRIAL_COMPLETE);
        assert_true(told[4].loss == 7 && told[4].losses[0] == 7 && told[4].value == sign * 7);
        assert_int_equal(told[5].state, HPT_TRIAL_INFEASIBLE);
        assert_int_equal(hpt_result_trial(result), 1);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), 1);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
        hpt_result_destroy(result);
    }
}

static void with_several_goals_it_is_the_worst_in_each(void **state) {
    (void)state;
    const hpt_goal goals[] = { { "time", HPT_MINIMISE, NAN }, { "gain", HPT_MAXIMISE, NAN } };
    const double   values[][2] = { { 1, 4 }, { 6, 8 }, { 2, -3 } };
    hpt_options    options = listening(0, 100);
    set_all(&options, HPT_FAILURE_WORST);
    options.goals = goals;
    options.goal_count = 2;
    hpt_study *study = runs_study(&options);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hpt_study_tell_values(study, runs_ask(study), values[i], 2, NULL), HPT_OK);
    tell_state(study, HPT_TRIAL_TIMEOUT, NULL);
    hpt_result *result = runs_close(study);
    assert_int_equal(told[3].state, HPT_TRIAL_COMPLETE);
    assert_true(told[3].losses[0] == 6 && told[3].losses[1] == 3 && told[3].value == 6);
    for (size_t i = 0; i < hpt_result_front_count(result); i++)
        assert_int_not_equal(hpt_result_front_trial(result, i), 3);
    hpt_result_destroy(result);
}

static hpt_observation observed(hpt_value *point, hpt_trial_state state, const double *value) {
    return (hpt_observation){ .state = state, .point = point, .values = value, .value_count = 1 };
}

static void what_was_known_before_follows_the_same_policies(void **state) {
    (void)state;
    hpt_value       half = hpt_real(0.5);
    const double    nine = 9;
    hpt_observation known[] = { observed(&half, HPT_TRIAL_CRASHED, NULL),
                                observed(&half, HPT_TRIAL_COMPLETE, &nine),
                                observed(&half, HPT_TRIAL_FAILED, NULL) };
    hpt_options     options = listening(0, 100);
    options.on_crashed.policy = HPT_FAILURE_WORST;
    options.observations = known;
    options.observation_count = 3;
    hpt_study *study = runs_study(&options);
    tell_state(study, HPT_TRIAL_CRASHED, NULL);
    hpt_result_destroy(runs_close(study));
    assert_int_equal(told_count, 4);
    assert_int_equal(told[0].state, HPT_TRIAL_COMPLETE);
    assert_true(told[0].loss == 9 && told[3].loss == 9);
    assert_true(told[2].is_failure);
}

static hpt_status plain_then_fail(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    uint64_t number = hpt_trial_number(trial);
    *value_out = number == 100 ? 1000 : (double)number;
    return number % 180 == 179 ? hpt_trial_fail(trial, "enough") : HPT_OK;
}

/* Trials that say nothing are handed over as they are, some at once. */
static void the_worst_value_may_be_one_of_many_that_said_nothing(void **state) {
    (void)state;
    static hpt_strategy_class at_once; /* many at once */
    at_once = listens;
    at_once.batch_max = 0;
    hpt_options options = listening(1, 180);
    options.pool = "inline";
    options.strategy_class = &at_once;
    set_all(&options, HPT_FAILURE_WORST);
    hpt_result_destroy(runs_do(plain_then_fail, NULL, &options));
    assert_int_equal(told_count, 180);
    assert_int_equal(told[179].state, HPT_TRIAL_COMPLETE);
    assert_true(told[179].loss == 1000);
}

/* The run stops. */

static void assert_stopped(hpt_result *result, const char *words) {
    assert_int_equal(hpt_result_stop(result), HPT_STOP_FAILURES);
    runs_assert_says(hpt_result_stop_text(result), "too many trials failed");
    runs_assert_says(hpt_result_stop_text(result), words);
    hpt_result_destroy(result);
}

static void a_failure_may_stop_the_run_and_is_named(void **state) {
    (void)state;
    for (int cause = 0; cause < FAILURES; cause++) {
        hpt_options options = listening(0, 100);
        cause_of(&options, cause)->policy = HPT_FAILURE_STOP;
        hpt_study *study = runs_study(&options);
        for (int i = 0; i < FAILURES; i++)
            if (i != cause) tell_state(study, failures[i], "another");
        hpt_trial *other = runs_ask(study);
        tell_state(study, failures[cause], "the pump is dry");
        assert_true(told[2].is_failure);
        runs_assert_no_trial(study, HPT_EDONE, "too many trials failed");
        runs_tell(study, other, 1); /* it may finish */
        hpt_result *result = runs_close(study);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
        runs_assert_says(hpt_result_stop_text(result), "trial 3");
        runs_assert_says(hpt_result_stop_text(result), hpt_trial_state_text(failures[cause]));
        assert_stopped(result, "the pump is dry");
    }
}

static void the_last_trial_of_the_budget_may_stop_it_too(void **state) {
    (void)state;
    hpt_options options = listening(0, 2);
    options.on_failed.policy = HPT_FAILURE_STOP;
    hpt_study *study = runs_study(&options);
    runs_tell(study, runs_ask(study), 1);
    tell_state(study, HPT_TRIAL_FAILED, "at last");
    assert_stopped(runs_close(study), "trial 1 ended as FAILED: at last");
}

static void failures_are_counted_together(void **state) {
    (void)state;
    hpt_options options = listening(0, 100);
    options.failure_count_max = 4;
    hpt_study *study = runs_study(&options);
    for (int i = 0; i < FAILURES; i++) {
        tell_state(study, failures[i], "one of them");
        runs_tell(study, runs_ask(study), 1);
    }
    tell_state(study, HPT_TRIAL_INFEASIBLE, NULL);
    tell_state(study, HPT_TRIAL_FAILED, "the fourth");
    runs_assert_no_trial(study, HPT_EDONE, "too many trials failed");
    assert_stopped(runs_close(study), "failure_count_max is 4, and trial 7 ended as FAILED: the "
                                      "fourth");
}

static void one_that_does_not_fail_ends_a_row_of_failures(void **state) {
    (void)state;
    const hpt_trial_state states[] = { HPT_TRIAL_COMPLETE, HPT_TRIAL_PRUNED, HPT_TRIAL_INFEASIBLE };
    hpt_options           options = listening(0, 100);
    options.failure_in_row_max = 3;
    hpt_study *study = runs_study(&options);
    for (int i = 0; i < 3; i++) {
        tell_state(study, HPT_TRIAL_CRASHED, NULL);
        tell_state(study, HPT_TRIAL_FAILED, NULL);
        if (states[i] == HPT_TRIAL_COMPLETE)
            runs_tell(study, runs_ask(study), 1);
        else
            tell_state(study, states[i], NULL);
    }
    tell_state(study, HPT_TRIAL_FAILED, NULL);
    tell_state(study, HPT_TRIAL_FAILED, NULL);
    tell_state(study, HPT_TRIAL_CANCELLED, NULL); /* says nothing */
    tell_state(study, HPT_TRIAL_TIMEOUT, "slow");
    assert_stopped(runs_close(study), "failure_in_row_max is 3, and trial 12 ended as TIMEOUT: "
                                      "slow");
}

/* Three of five fail, after a time that differs from call to call. */
static hpt_status unreliable(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = trace_slow_sphere(trial, user, value_out);
    uint64_t   word;
    hpt_random(5, hpt_trial_number(trial), 0, &word, 1);
    return word % 5 < 3 ? hpt_trial_fail(trial, "number %d", (int)(word % 5)) : status;
}

static void check_window(void change(hpt_options *options), hpt_stop stop) {
    hpt_space *kinds = trace_space();
    trace      traces[3];
    memset(traces, 0, sizeof traces);
    for (uint32_t i = 0; i < 3; i++) {
        hpt_options options = listening(1 + 3 * (i / 2), 150);
        options.pool = i ? "threads" : "inline";
        options.window = 8;
        change(&options);
        trace_run(&traces[i], kinds, unreliable, NULL, &options);
        assert_int_equal(traces[i].stop, stop);
        trace_assert_equal(&traces[0], &traces[i]);
    }
    for (int i = 0; i < 3; i++)
        trace_free(&traces[i]);
    hpt_space_destroy(kinds);
}

static void stop_at_first(hpt_options *options) {
    options->on_failed.policy = HPT_FAILURE_STOP;
}

static void count_to_20(hpt_options *options) {
    options->failure_count_max = 20;
}

static void five_in_a_row(hpt_options *options) {
    options->failure_in_row_max = 5;
}

static void worst_of_all(hpt_options *options) {
    set_all(options, HPT_FAILURE_WORST);
}

static void with_a_window_any_number_of_workers_stops_at_the_same_failure(void **state) {
    (void)state;
    check_window(stop_at_first, HPT_STOP_FAILURES);
    check_window(count_to_20, HPT_STOP_FAILURES);
    check_window(five_in_a_row, HPT_STOP_FAILURES);
    check_window(worst_of_all, HPT_STOP_TRIALS);
}

/* Continued studies. */

static hpt_status by_number(hpt_trial *trial, void *user, double *value_out) {
    uint64_t word;
    hpt_random(9, hpt_trial_number(trial), 0, &word, 1);
    hpt_status status = trace_sphere(trial, user, value_out);
    return word % 3 == 0 ? hpt_trial_fail(trial, "unlucky") : status;
}

static hpt_result *run_failing(const hpt_options *options) {
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    if (hpt_parallel_run(space, by_number, NULL, options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    runs_assert_counts(result);
    return result;
}

static hpt_options kept_options(uint32_t window) {
    hpt_options options = listening(1, TRIALS);
    options.pool = "inline";
    options.study = kept_path;
    options.window = window;
    return options;
}

static void a_study_goes_on_with_the_same_policies_bit_for_bit(void **state) {
    (void)state;
    for (int policy = HPT_FAILURE_FEASIBILITY; policy <= HPT_FAILURE_WORST; policy++)
        for (uint32_t window = 0; window <= 8; window += 8) {
            hpt_options options = kept_options(window);
            heard       whole[TRIALS];
            set_all(&options, (hpt_failure_policy)policy);
            memory_reset();
            hpt_result_destroy(run_failing(&options));
            assert_int_equal(told_count, TRIALS);
            memcpy(whole, told, sizeof whole);
            cut(TRIALS / 2);
            hpt_result *result = run_failing(&options);
            assert_no_warning(result);
            assert_int_equal(told_count, TRIALS);
            assert_memory_equal(told, whole, sizeof whole);
            hpt_result_destroy(result);
        }
}

static void another_policy_teaches_the_strategy_anew_and_is_told(void **state) {
    (void)state;
    hpt_options options = kept_options(0);
    hpt_result_destroy(run_failing(&options));
    cut(TRIALS / 2);
    set_all(&options, HPT_FAILURE_WORST);
    hpt_result *result = run_failing(&options);
    assert_non_null(study_warning(result));
    runs_assert_says(study_warning(result), "begins anew");
    for (size_t i = TRIALS / 2; i < told_count; i++) /* all failed trials by the new policy */
        assert_int_equal(told[i].state, HPT_TRIAL_COMPLETE);
    assert_whole(TRIALS);
    hpt_result_destroy(result);
}

static void a_study_that_a_failure_stopped_stays_so_until_the_policy_is_another(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 8; window += 8) {
        hpt_options options = kept_options(window);
        memory_reset();
        options.on_failed.policy = HPT_FAILURE_STOP;
        hpt_result *first = run_failing(&options);
        runs_assert_says(hpt_result_stop_text(first), "unlucky");
        hpt_result *again = run_failing(&options);
        assert_string_equal(hpt_result_stop_text(first), hpt_result_stop_text(again));
        assert_int_equal(hpt_result_stop(again), HPT_STOP_FAILURES);
        hpt_result_destroy(first);
        hpt_result_destroy(again);
        options.on_failed.policy = HPT_FAILURE_FEASIBILITY; /* the same to the strategy */
        hpt_result *end = run_failing(&options);
        assert_int_equal(hpt_result_stop(end), HPT_STOP_TRIALS);
        assert_no_warning(end);
        hpt_result_destroy(end);
    }
}

static void attempts_are_counted_over_the_whole_of_a_study(void **state) {
    (void)state;
    hpt_options options = kept_options(0);
    options.on_failed.retry_count = 2;
    hpt_result *first = run_failing(&options);
    uint64_t    failed = hpt_result_count(first, HPT_TRIAL_FAILED);
    assert_int_equal(hpt_result_stats(first)->retry_count, 2 * failed);
    cut(TRIALS / 2);
    hpt_result *again = run_failing(&options);
    assert_int_equal(hpt_result_stats(again)->retry_count, 2 * failed);
    hpt_result_destroy(first);
    hpt_result_destroy(again);
}

static void limits_hold_for_the_whole_of_a_study(void **state) {
    (void)state;
    hpt_options options = kept_options(0);
    options.trial_count_max = 20;
    hpt_result *first = run_failing(&options);
    uint64_t    failed = hpt_result_count(first, HPT_TRIAL_FAILED);
    assert_true(failed > 2);
    options.trial_count_max = TRIALS;
    options.failure_count_max = failed;
    assert_stopped(run_failing(&options), "failure_count_max");
    hpt_result_destroy(first);
}

/* What a capped trial cannot beat. */

static hpt_status capped(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    hpt_trial_report(trial, 2, 40);
    hpt_trial_set_attr(trial, "bound", hpt_real(44));
    return hpt_trial_prune(trial);
}

static void a_bound_and_the_last_report_reach_the_strategy(void **state) {
    (void)state;
    hpt_options options = listening(1, 2);
    options.pool = "inline";
    hpt_result_destroy(runs_do(capped, NULL, &options));
    assert_int_equal(told[0].state, HPT_TRIAL_PRUNED);
    assert_true(told[0].bound == 44 && told[0].last_loss == 40);
    options.direction = HPT_MAXIMISE;
    hpt_result_destroy(runs_do(capped, NULL, &options));
    assert_true(told[0].last_loss == -40);
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    assert_true(isnan(told[0].bound) && isnan(told[0].last_loss));
}

/* Row 1 of the faults: each trial once in a final state, each result told, and the best is the
 * least of all values. */

enum { MANY = 100000 };

typedef struct ledger {
    uint8_t seen[MANY];
    double  least;
    size_t  count, failed;
} ledger;

static hpt_status keep_books(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    ledger *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->seen[events[i].trial]++;
        it->count++;
        if (events[i].state == HPT_TRIAL_COMPLETE) it->least = fmin(it->least, events[i].value);
        it->failed +=
            events[i].state == HPT_TRIAL_FAILED && strncmp(events[i].reason, "error ", 6) == 0;
    }
    return HPT_OK;
}

static hpt_status fails_at_random(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    uint64_t word = hpt_trial_seed(trial, 0);
    *value_out = (double)(word >> 11);
    return word % 10 < 3 ? hpt_trial_fail(trial, "error %d", (int)(word % 10)) : HPT_OK;
}

static void a_third_of_many_trials_may_fail(void **state) {
    (void)state;
    static ledger books;
    const size_t  many = fixture_scaled(MANY) < MANY ? fixture_scaled(MANY) : MANY;
    hpt_observer  observer = hpt_observer_default();
    hpt_options   options = runs_options(4, many);
    books = (ledger){ .least = INFINITY };
    observer.events = keep_books;
    observer.user = &books;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK;
    options.strategy = "random";
    options.on_failed.policy = HPT_FAILURE_WORST;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(fails_at_random, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(books.count, many);
    for (size_t i = 0; i < many; i++)
        assert_int_equal(books.seen[i], 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), books.failed);
    assert_in_range(books.failed, many / 4, many / 3 + 100);
    assert_true(hpt_result_value(result) == books.least);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_has_a_policy_of_its_own),
        cmocka_unit_test(a_point_that_fails_is_to_be_avoided_by_default),
        cmocka_unit_test(the_worst_value_stands_for_a_failed_trial),
        cmocka_unit_test(with_several_goals_it_is_the_worst_in_each),
        cmocka_unit_test(what_was_known_before_follows_the_same_policies),
        cmocka_unit_test(the_worst_value_may_be_one_of_many_that_said_nothing),
        cmocka_unit_test(a_failure_may_stop_the_run_and_is_named),
        cmocka_unit_test(the_last_trial_of_the_budget_may_stop_it_too),
        cmocka_unit_test(failures_are_counted_together),
        cmocka_unit_test(one_that_does_not_fail_ends_a_row_of_failures),
        cmocka_unit_test(with_a_window_any_number_of_workers_stops_at_the_same_failure),
        cmocka_unit_test_setup_teardown(a_study_goes_on_with_the_same_policies_bit_for_bit, begin,
                                        end),
        cmocka_unit_test_setup_teardown(another_policy_teaches_the_strategy_anew_and_is_told, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            a_study_that_a_failure_stopped_stays_so_until_the_policy_is_another, begin, end),
        cmocka_unit_test_setup_teardown(attempts_are_counted_over_the_whole_of_a_study, begin, end),
        cmocka_unit_test_setup_teardown(limits_hold_for_the_whole_of_a_study, begin, end),
        cmocka_unit_test(a_bound_and_the_last_report_reach_the_strategy),
        cmocka_unit_test(a_third_of_many_trials_may_fail),
    };
    return cmocka_run_group_tests_name("run_failure_policy", tests, NULL, NULL);
}
