/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever an objective returns, says or does wrong becomes a state with a reason; nothing
 *         of it stops the run, is lost, or becomes the best.
 * Method: tables of values and statuses, run inline and on threads; a lossless observer shows what
 *         became of each trial. */
#include "runs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "trial/note.h"

/* Values. */

typedef struct value_case {
    double          value;
    hpt_trial_state state;
    const char     *words;
} value_case;

static hpt_status return_value(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    *value_out = ((const value_case *)user)->value;
    return HPT_OK;
}

static void a_value_that_is_not_finite_fails_and_any_other_is_kept_bit_by_bit(void **state) {
    (void)state;
    static const value_case cases[] = {
        { NAN, HPT_TRIAL_FAILED, "NaN" },       { -NAN, HPT_TRIAL_FAILED, "NaN" },
        { INFINITY, HPT_TRIAL_FAILED, "inf" },  { -INFINITY, HPT_TRIAL_FAILED, "-inf" },
        { -0.0, HPT_TRIAL_COMPLETE, "" },       { 0x1p-1074, HPT_TRIAL_COMPLETE, "" },
        { -0x1p-1074, HPT_TRIAL_COMPLETE, "" }, { DBL_MAX, HPT_TRIAL_COMPLETE, "" },
        { -DBL_MAX, HPT_TRIAL_COMPLETE, "" },
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        const value_case *one = &cases[i / 2];
        hpt_options       options = runs_options(1, 1);
        options.pool = runs_pools[i % 2];
        trace_trial is = runs_once(return_value, (void *)one, options);
        assert_int_equal(is.state, one->state);
        runs_assert_says(is.reason, one->words);
        if (one->state == HPT_TRIAL_COMPLETE)
            assert_memory_equal(&is.value, &one->value, sizeof(double));
        else
            assert_true(isnan(is.value));
    }
}

static void the_best_keeps_the_bits_of_its_value(void **state) {
    (void)state;
    value_case  minus_zero = { .value = -0.0 };
    hpt_options options = runs_options(1, 3);
    options.direction = HPT_MAXIMISE;
    hpt_result *result = runs_do(return_value, &minus_zero, &options);
    assert_true(signbit(hpt_result_value(result)));
    assert_int_equal(hpt_result_trial(result), 0);
    hpt_result_destroy(result);
}

static hpt_status nothing_written(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    return HPT_OK;
}

static void an_objective_that_forgets_its_value_fails(void **state) {
    (void)state;
    trace_trial is = runs_once(nothing_written, NULL, runs_options(1, 1));
    assert_int_equal(is.state, HPT_TRIAL_FAILED);
}

/* Statuses. */

static hpt_status return_status(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    *value_out = -1;
    return *(const hpt_status *)user;
}

static hpt_trial_state state_of(hpt_status status) {
    if (status == HPT_OK) return HPT_TRIAL_COMPLETE;
    if (status == HPT_EPRUNED) return HPT_TRIAL_PRUNED;
    return status == HPT_EINFEASIBLE ? HPT_TRIAL_INFEASIBLE : HPT_TRIAL_FAILED;
}

static void every_status_has_its_state(void **state) {
    (void)state;
    for (int number = -20; number <= 2; number++) {
        hpt_status  status = (hpt_status)number;
        trace_trial is = runs_once(return_status, &status, runs_options(1, 1));
        assert_int_equal(is.state, state_of(status));
        assert_true(is.state == HPT_TRIAL_COMPLETE ? is.value == -1 : isnan(is.value));
        if (is.state != HPT_TRIAL_FAILED) continue;
        char shown[32];
        snprintf(shown, sizeof shown, "status %d", number);
        runs_assert_says(is.reason, shown);
    }
}

/* Reasons. */

static hpt_status say_infeasible(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    return hpt_trial_infeasible(trial, "mass %g is above %d", 2.5, 2);
}

static hpt_status say_pruned(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    hpt_trial_report(trial, 3, 0.25);
    return hpt_trial_prune(trial);
}

static void a_trial_says_that_it_broke_a_constraint(void **state) {
    (void)state;
    trace_trial is = runs_once(say_infeasible, NULL, runs_options(1, 1));
    assert_int_equal(is.state, HPT_TRIAL_INFEASIBLE);
    assert_string_equal(is.reason, "mass 2.5 is above 2");
}

static void a_trial_gives_up_as_pruned(void **state) {
    (void)state;
    trace_trial is = runs_once(say_pruned, NULL, runs_options(1, 1));
    assert_int_equal(is.state, HPT_TRIAL_PRUNED);
}

static hpt_status fail_at_length(hpt_trial *trial, void *user, double *value_out) {
    char text[600] = "";
    (void)user, (void)value_out;
    /* 0, 1 or 2 bytes first, then characters of 3 bytes: every way of being cut in the middle */
    memset(text, 'a', hpt_trial_number(trial) % 3);
    for (int i = 0; i < 150; i++)
        strcat(text, "\xe2\x82\xac");
    return hpt_trial_fail(trial, "%s", text);
}

typedef struct reasons {
    size_t count, wrong_count;
} reasons;

static hpt_status judge_reasons(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    reasons *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        size_t bytes = strlen(events[i].reason);
        bool   good = bytes <= 239 && bytes >= 237 && hpi_is_utf8(events[i].reason, bytes);
        it->count++;
        it->wrong_count += !good;
    }
    return HPT_OK;
}

static void a_long_reason_is_cut_between_characters(void **state) {
    (void)state;
    reasons      it = { 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(1, 30);
    observer.events = judge_reasons;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(fail_at_length, NULL, &options);
    assert_int_equal(it.count, 30);
    assert_int_equal(it.wrong_count, 0);
    const char *text = hpt_result_stop_text(result);
    assert_true(hpi_is_utf8(text, strlen(text)));
    hpt_result_destroy(result);
}

/* Wrong reads. */

static hpt_status misread_name(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    bool is_nan = isnan(hpt_trial_real(trial, "lerning_rate"));
    return is_nan ? HPT_OK : HPT_EBUG;
}

static hpt_status misread_name_and_fail(hpt_trial *trial, void *user, double *value_out) {
    (void)misread_name(trial, user, value_out);
    return hpt_trial_fail(trial, "the solver diverged");
}

static hpt_status misread_type(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    bool empty = *hpt_trial_text(trial, "learning_rate") == '\0' &&
                 !hpt_trial_bool(trial, "learning_rate") &&
                 hpt_trial_int(trial, "learning_rate") == 0;
    return empty ? HPT_EPRUNED : HPT_EBUG;
}

static hpt_status misread_handle(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    bool none = isnan(hpt_trial_real_at(trial, 1)) && hpt_trial_int_at(trial, 7) == 0 &&
                hpt_trial_value_at(trial, HPT_PARAM_NONE).type == HPT_TYPE_NULL &&
                *hpt_trial_text_at(trial, HPT_PARAM_NONE) == '\0' && !hpt_trial_bool_at(trial, 1);
    return none ? HPT_OK : HPT_EBUG;
}

static hpt_status misread_null(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_value(trial, NULL).type == HPT_TYPE_NULL;
    return HPT_OK;
}

/* The reason of the only trial of a run over a space of "learning_rate". */
static void assert_misread(hpt_objective objective, const char *words, const char *more_words) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "learning_rate", 0, 1);
    hpt_options options = runs_options(1, 1);
    hpt_result *result = NULL;
    assert_int_equal(hpt_parallel_run(space, objective, NULL, &options, &result, NULL), HPT_OK);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1);
    assert_false(hpt_result_has_best(result));
    runs_assert_says(hpt_result_stop_text(result), words);
    runs_assert_says(hpt_result_stop_text(result), more_words);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void a_wrong_name_fails_with_the_closest_match(void **state) {
    (void)state;
    assert_misread(misread_name, "lerning_rate", "closest match: \"learning_rate\"");
}

static void a_wrong_name_is_the_reason_even_if_the_objective_gives_another(void **state) {
    (void)state;
    assert_misread(misread_name_and_fail, "lerning_rate", "closest match: \"learning_rate\"");
}

static void a_wrong_type_fails_whatever_is_returned(void **state) {
    (void)state;
    assert_misread(misread_type, "a real number", "read as a text");
}

static void a_handle_that_is_none_fails(void **state) {
    (void)state;
    assert_misread(misread_handle, "handle 1 is no parameter", ": there are 1");
}

static void the_name_null_fails(void **state) {
    (void)state;
    assert_misread(misread_null, "the parameter's name", "is NULL");
}

/* Time limits. */

static hpt_status slow_but_perfect(hpt_trial *trial, void *user, double *value_out) {
    bool is_slow = hpt_trial_number(trial) % 2 == 0;
    (void)user;
    while (is_slow && !hpt_trial_should_stop(trial))
        runs_sleep_ms(1);
    *value_out = is_slow ? -1000 : 1;
    return HPT_OK;
}

static void a_value_that_comes_too_late_is_not_used(void **state) {
    (void)state;
    trace       it = { 0 };
    hpt_options options = runs_options(2, 10);
    runs_ask_to_stop_after(&options, 0.5);
    options.target = -1000; /* a late value is not the target either */
    hpt_result *result = runs_traced(&it, slow_but_perfect, NULL, options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 5);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 5);
    assert_float_equal(hpt_result_value(result), 1, 0);
    for (size_t i = 0; i < it.count; i++) {
        if (it.trials[i].state != HPT_TRIAL_TIMEOUT) continue;
        assert_true(isnan(it.trials[i].value));
        runs_assert_says(it.trials[i].reason, "the limit is 0.5 s");
    }
    hpt_result_destroy(result);
    trace_free(&it);
}

static void a_trial_that_asks_stops_at_its_limit(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 4);
    runs_ask_to_stop_after(&options, 0.02);
    hpt_result *result = runs_do(runs_until_stopped, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 4);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_ALL_FAILED);
    hpt_result_destroy(result);
}

static void a_time_limit_below_the_clock_is_still_a_limit(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 100);
    runs_ask_to_stop_after(&options, 1e-12);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 100);
    hpt_result_destroy(result);
}

/* A strategy is told everything, whatever it was. */

typedef struct told_state {
    uint64_t told[HPT_TRIAL_STATE_COUNT];
} told_state;

static atomic_ulong told_wrong, told_count;

static hpt_status told_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)state, (void)err;
    point_out[0].real = (double)(number % 10) / 10;
    return HPT_OK;
}

static bool is_as_agreed(const hpt_outcome *outcome) {
    static const hpt_trial_state states[] = { HPT_TRIAL_COMPLETE, HPT_TRIAL_FAILED,
                                              HPT_TRIAL_INFEASIBLE, HPT_TRIAL_PRUNED };
    bool                         has_value = outcome->state == HPT_TRIAL_COMPLETE;
    if (outcome->state != states[outcome->number % 4]) return false;
    if (has_value ? outcome->value != 2 || outcome->loss != -2 : !isnan(outcome->value))
        return false;
    if (!has_value && !isnan(outcome->loss)) return false;
    if (outcome->has_report != (outcome->state == HPT_TRIAL_PRUNED)) return false;
    if (outcome->has_report && (outcome->last_step != 3 || outcome->last_value != 0.25))
        return false;
    return outcome->point[0].real == (double)(outcome->number % 10) / 10;
}

static void told_tell(void *state, const hpt_outcome *outcome) {
    (void)state;
    atomic_fetch_add(&told_count, 1);
    if (!is_as_agreed(outcome)) atomic_fetch_add(&told_wrong, 1);
}

static hpt_status one_of_each(hpt_trial *trial, void *user, double *value_out) {
    *value_out = 2;
    switch (hpt_trial_number(trial) % 4) {
    case 0:
        return HPT_OK;
    case 1:
        return hpt_trial_fail(trial, "one");
    case 2:
        return say_infeasible(trial, user, value_out);
    default:
        return say_pruned(trial, user, value_out);
    }
}

static void the_strategy_is_told_every_trial_exactly_once(void **state) {
    (void)state;
    static const hpt_strategy_class teller = { .struct_size = sizeof teller,
                                               .name = "teller",
                                               .summary = "remembers",
                                               .state_size = sizeof(told_state),
                                               .ask = told_ask,
                                               .tell = told_tell };
    for (uint32_t workers = 1; workers <= 8; workers += 7) {
        hpt_options options = runs_options(workers, 4000);
        options.strategy_class = &teller;
        options.strategy = NULL;
        options.direction = HPT_MAXIMISE;
        atomic_store(&told_count, 0);
        hpt_result *result = runs_do(one_of_each, NULL, &options);
        assert_int_equal(atomic_load(&told_count), 4000);
        assert_int_equal(atomic_load(&told_wrong), 0);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1000);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 1000);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 1000);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 1000);
        hpt_result_destroy(result);
    }
}

/* Points as observers see them. */

enum { POINT_TRIALS = 5000 };

typedef struct points {
    double evaluated[POINT_TRIALS]; /* x by number, when nobody looked */
    size_t count, wrong_count;
} points;

static hpt_status keep_x(hpt_trial *trial, void *user, double *value_out) {
    points *it = user;
    *value_out = it->evaluated[hpt_trial_number(trial)] = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static hpt_status judge_points(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    points *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        double x = it->evaluated[events[i].trial];
        it->count++;
        it->wrong_count += events[i].point[0].real != x || events[i].value != x;
    }
    return HPT_OK;
}

/* Workers make the candidates of such strategies themselves. */
static void an_observer_of_ends_alone_changes_no_point_and_sees_each(void **state) {
    (void)state;
    static const char *const strategies[] = { "random", "grid:points=5000", "qmc" };
    for (int i = 0; i < 3; i++) {
        static points it;
        hpt_observer  observer = hpt_observer_default();
        hpt_options   options = runs_options(2, POINT_TRIALS);
        memset(&it, 0, sizeof it);
        options.strategy = strategies[i];
        hpt_result_destroy(runs_do(keep_x, &it, &options));
        observer.events = judge_points;
        observer.kinds = HPT_EVENT_TRIAL_ENDED;
        observer.user = &it;
        observer.policy = HPT_POLICY_BLOCK;
        options.observers = &observer;
        options.observer_count = 1;
        hpt_result_destroy(runs_do(runs_count, NULL, &options));
        assert_int_equal(it.count, POINT_TRIALS);
        assert_int_equal(it.wrong_count, 0);
    }
}

/* With a window: what a trial behind the end said depends on timing, so nobody hears it. */
static hpt_status first_ends_the_run(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *failed = user;
    *value_out = 0;
    if (hpt_trial_number(trial) > 0) {
        hpt_status status = hpt_trial_fail(trial, "too late to be heard");
        atomic_fetch_add(failed, 1);
        return status;
    }
    for (int ms = 0; ms < 1000 && atomic_load(failed) < 3; ms++)
        runs_sleep_ms(1);
    return HPT_OK;
}

static void a_trial_behind_the_end_of_a_window_says_nothing(void **state) {
    (void)state;
    trace        it = { 0 };
    atomic_ulong failed = 0;
    hpt_options  options = runs_options(2, 100);
    options.window = 4;
    options.target = 0;
    hpt_result_destroy(runs_traced(&it, first_ends_the_run, &failed, options));
    assert_int_equal(it.count, 4);
    for (size_t i = 1; i < it.count; i++) {
        assert_int_equal(it.trials[i].state, HPT_TRIAL_CANCELLED);
        assert_string_equal(it.trials[i].reason, "");
    }
    trace_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_is_not_finite_fails_and_any_other_is_kept_bit_by_bit),
        cmocka_unit_test(the_best_keeps_the_bits_of_its_value),
        cmocka_unit_test(an_objective_that_forgets_its_value_fails),
        cmocka_unit_test(every_status_has_its_state),
        cmocka_unit_test(a_trial_says_that_it_broke_a_constraint),
        cmocka_unit_test(a_trial_gives_up_as_pruned),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(a_wrong_name_fails_with_the_closest_match),
        cmocka_unit_test(a_wrong_name_is_the_reason_even_if_the_objective_gives_another),
        cmocka_unit_test(a_wrong_type_fails_whatever_is_returned),
        cmocka_unit_test(a_handle_that_is_none_fails),
        cmocka_unit_test(the_name_null_fails),
        cmocka_unit_test(a_value_that_comes_too_late_is_not_used),
        cmocka_unit_test(a_trial_that_asks_stops_at_its_limit),
        cmocka_unit_test(a_time_limit_below_the_clock_is_still_a_limit),
        cmocka_unit_test(the_strategy_is_told_every_trial_exactly_once),
        cmocka_unit_test(an_observer_of_ends_alone_changes_no_point_and_sees_each),
        cmocka_unit_test(a_trial_behind_the_end_of_a_window_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
