/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what an objective says of its trial beside the value reaches observers and the result
 *         whole, in order, and within its limits.
 * Method: every trial says something of its own; a lossless observer looks for it. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many trials an observer saw, and how many were not as they should be. */
typedef struct seen {
    size_t count, wrong_count;
} seen;

/* Attributes. */

static bool has_attr(const hpt_event *event, const char *name, hpt_value value) {
    for (uint32_t i = 0; i < event->attr_count; i++)
        if (strcmp(event->attrs[i].name, name) == 0)
            return hpt_value_equal(event->attrs[i].value, value);
    return false;
}

static hpt_status number_as_attr(hpt_trial *trial, void *user, double *value_out) {
    uint64_t number = hpt_trial_number(trial);
    char     text[64];
    snprintf(text, sizeof text, "trial %d", (int)number);
    bool good = hpt_trial_set_attr(trial, "text", hpt_text("replaced")) == HPT_OK &&
                hpt_trial_set_attr(trial, "number", hpt_int((int64_t)number)) == HPT_OK &&
                hpt_trial_set_attr(trial, "text", hpt_text(text)) == HPT_OK;
    memset(text, '!', sizeof text); /* a copy was kept, or this will show */
    *value_out = hpt_trial_real_at(trial, 0);
    (void)user;
    return good ? HPT_OK : HPT_EBUG;
}

static hpt_status judge_attrs(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    seen *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        char text[64];
        snprintf(text, sizeof text, "trial %d", (int)events[i].trial);
        bool good = events[i].attr_count == 2 && has_attr(&events[i], "text", hpt_text(text)) &&
                    has_attr(&events[i], "number", hpt_int((int64_t)events[i].trial));
        it->count++;
        it->wrong_count += !good;
    }
    return HPT_OK;
}

static void each_trial_keeps_its_own_attributes(void **state) {
    (void)state;
    seen         it = { 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(3, 10007);
    observer.events = judge_attrs;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(number_as_attr, NULL, &options);
    assert_int_equal(it.count, 10007);
    assert_int_equal(it.wrong_count, 0);
    hpt_result_destroy(result);
}

static void the_result_has_the_attributes_of_the_best(void **state) {
    (void)state;
    hpt_options options = runs_options(3, 5000);
    hpt_result *result = runs_do(number_as_attr, NULL, &options);
    char        text[64];
    snprintf(text, sizeof text, "trial %d", (int)hpt_result_trial(result));
    hpt_value number = hpt_result_attr(result, "number"), said = hpt_result_attr(result, "text");
    assert_true(hpt_value_equal(number, hpt_int((int64_t)hpt_result_trial(result))));
    assert_true(hpt_value_equal(said, hpt_text(text)));
    assert_int_equal(hpt_result_attr(result, "other").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_attr(result, NULL).type, HPT_TYPE_NULL);
    hpt_result_destroy(result);
}

/* A table of attributes that are refused; the objective reports the first that was not. */
static hpt_status set_bad_attrs(hpt_trial *trial, void *user, double *value_out) {
    char long_name[65];
    (void)user;
    memset(long_name, 'n', 64);
    long_name[64] = '\0';
    hpt_value odd = hpt_int(1);
    odd.type = (hpt_type)42;
    const struct {
        const char *name;
        hpt_value   value;
    } cases[] = {
        { NULL, hpt_int(1) },         { "", hpt_int(1) },
        { long_name, hpt_int(1) },    { "a\nb", hpt_int(1) },
        { "a\xff", hpt_int(1) },      { "a", hpt_real(NAN) },
        { "a", hpt_real(-INFINITY) }, { "a", hpt_text(NULL) },
        { "a", hpt_text("\xc3") },    { "a", odd },
    };
    *value_out = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpt_status status = hpt_trial_set_attr(trial, cases[i].name, cases[i].value);
        if (status != HPT_EINVAL)
            return hpt_trial_fail(trial, "case %d gave %d", (int)i, (int)status);
    }
    if (hpt_trial_set_attr(NULL, "a", hpt_int(1)) != HPT_EINVAL) return HPT_EBUG;
    return hpt_trial_set_attr(trial, long_name + 1, hpt_null()); /* 63 bytes are fine */
}

static void attributes_outside_their_range_are_refused(void **state) {
    (void)state;
    trace_trial is = runs_once(set_bad_attrs, NULL, runs_options(1, 1));
    assert_string_equal(is.reason, "");
    assert_int_equal(is.state, HPT_TRIAL_COMPLETE);
}

/* Fill the 8 KiB, then fail with a reason, which must still find room. */
static hpt_status say_too_much(hpt_trial *trial, void *user, double *value_out) {
    char     text[1001], name[16];
    uint32_t count = 0;
    (void)value_out;
    memset(text, 'x', 1000);
    text[1000] = '\0';
    hpt_status status = HPT_OK;
    while (count < 100 && status == HPT_OK) {
        snprintf(name, sizeof name, "a%u", (unsigned)count);
        if ((status = hpt_trial_set_attr(trial, name, hpt_text(text))) == HPT_OK) count++;
    }
    if (hpt_trial_set_attr(trial, "a0", hpt_text(text)) != HPT_OK) return HPT_EBUG;
    *(uint32_t *)user = count;
    memset(text, 'r', 1000);
    return hpt_trial_fail(trial, "%d: %s", (int)status, text);
}

static void attributes_are_limited_and_leave_room_for_a_reason(void **state) {
    (void)state;
    uint32_t    count = 0;
    trace_trial is = runs_once(say_too_much, &count, runs_options(1, 1));
    assert_int_equal(is.state, HPT_TRIAL_FAILED);
    assert_int_equal(count, 7); /* 8 KiB without the reason's 244 bytes */
    runs_assert_says(is.reason, "-12: rrrr");
}

static hpt_status one_huge_attr(hpt_trial *trial, void *user, double *value_out) {
    static char text[70000];
    (void)user;
    memset(text, 'x', sizeof text - 1);
    *value_out = 0;
    return hpt_trial_set_attr(trial, "a", hpt_text(text)) == HPT_ELIMIT ? HPT_OK : HPT_EBUG;
}

static void an_attribute_above_64_kib_is_refused(void **state) {
    (void)state;
    assert_int_equal(runs_once(one_huge_attr, NULL, runs_options(1, 1)).state, HPT_TRIAL_COMPLETE);
}

/* Reports. */

static hpt_status report_thrice(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = (double)hpt_trial_number(trial);
    for (int step = 0; step < 3; step++)
        if (hpt_trial_report(trial, step, *value_out + step) != HPT_OK) return HPT_EBUG;
    if (hpt_trial_report(trial, 9, NAN) != HPT_EINVAL) return HPT_EBUG;
    return hpt_trial_report(NULL, 0, 0) == HPT_EINVAL ? HPT_OK : HPT_EBUG;
}

/* Per trial: 0 nothing, 1 created, 2 started, 3 to 5 reported, 6 ended. */
enum { REPORT_TRIALS = 500 };

typedef struct lives {
    uint8_t stage[REPORT_TRIALS];
    size_t  wrong_count, ended_count;
} lives;

static hpt_status judge_lives(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    lives *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        if (event->kind == HPT_EVENT_BEST_IMPROVED || event->kind == HPT_EVENT_FINISHED) continue;
        uint8_t *stage = &it->stage[event->trial];
        uint8_t  expected = event->kind == HPT_EVENT_TRIAL_CREATED   ? 0
                            : event->kind == HPT_EVENT_TRIAL_STARTED ? 1
                            : event->kind == HPT_EVENT_TRIAL_ENDED   ? 5
                                                                     : (uint8_t)(2 + event->step);
        it->wrong_count += *stage != expected;
        if (event->kind == HPT_EVENT_TRIAL_REPORTED)
            it->wrong_count += event->value != (double)event->trial + (double)event->step;
        it->ended_count += event->kind == HPT_EVENT_TRIAL_ENDED;
        *stage = (uint8_t)(expected + 1);
    }
    return HPT_OK;
}

static void reports_come_in_order_between_the_start_and_the_end_of_their_trial(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        lives        it = { 0 };
        hpt_observer observer = hpt_observer_default();
        hpt_options  options = runs_options(3, REPORT_TRIALS);
        observer.events = judge_lives;
        observer.user = &it;
        observer.policy = HPT_POLICY_BLOCK;
        options.observers = &observer;
        options.observer_count = 1;
        options.pool = runs_pools[i];
        hpt_result_destroy(runs_do(report_thrice, NULL, &options));
        assert_int_equal(it.wrong_count, 0);
        assert_int_equal(it.ended_count, REPORT_TRIALS);
    }
}

/* Reports, then does not complete. */
static hpt_status report_and_give_up(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    (void)value_out;
    uint64_t number = hpt_trial_number(trial);
    if (number % 3 == 0) return hpt_trial_fail(trial, "said nothing");
    hpt_trial_report(trial, (int64_t)number, 4);
    hpt_trial_report(trial, (int64_t)number + 1, (double)number / 2);
    *value_out = 1;
    return number % 3 == 1 ? HPT_EPRUNED : HPT_OK;
}

static hpt_status see_last_report(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    atomic_ulong *pruned_count = user;
    for (size_t i = 0; i < count; i++, events++) {
        bool is_pruned = events->state == HPT_TRIAL_PRUNED;
        if (events->kind != HPT_EVENT_TRIAL_ENDED) continue;
        if (events->has_report != is_pruned) return hpt_error(err, HPT_EBUG, "has_report");
        if (isnan(events->value) == (events->state == HPT_TRIAL_COMPLETE)) return HPT_EBUG;
        if (!is_pruned) continue;
        if (events->step != (int64_t)events->trial + 1) return hpt_error(err, HPT_EBUG, "step");
        if (events->last_value != (double)events->trial / 2) return HPT_EBUG;
        atomic_fetch_add(pruned_count, 1);
    }
    return HPT_OK;
}

static void the_end_of_a_trial_without_a_value_has_its_last_report(void **state) {
    (void)state;
    atomic_ulong pruned_count = 0;
    hpt_options  options = runs_options(2, 3000);
    hpt_observer observer = hpt_observer_default();
    observer.events = see_last_report;
    observer.policy = HPT_POLICY_BLOCK;
    observer.user = &pruned_count;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(report_and_give_up, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->observer_failures, 0);
    assert_int_equal(pruned_count, 1000);
    hpt_result_destroy(result);
}

static hpt_status report_until_told(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    for (int step = 0; step < 30000; step++) {
        hpt_status status = hpt_trial_report(trial, step, 1);
        if (status != HPT_OK) return status;
        runs_sleep_ms(1);
    }
    return HPT_EBUG;
}

static void a_report_tells_when_to_stop(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 1);
    runs_ask_to_stop_after(&options, 0.02);
    hpt_result *result = runs_do(report_until_told, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 1);
    hpt_result_destroy(result);
}

static hpt_status report_often(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    for (int step = 0; step < 1000; step++)
        if (hpt_trial_report(trial, step, step) != HPT_OK) return HPT_EBUG;
    *value_out = 0;
    return HPT_OK;
}

static void ten_thousand_reports_lose_no_trial(void **state) {
    (void)state;
    trace       it = { 0 };
    hpt_options options = runs_options(2, 10);
    hpt_result *result = runs_traced(&it, report_often, NULL, options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
    assert_int_equal(it.count, 10);
    hpt_result_destroy(result);
    trace_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_trial_without_a_value_has_its_last_report),
        cmocka_unit_test(each_trial_keeps_its_own_attributes),
        cmocka_unit_test(the_result_has_the_attributes_of_the_best),
        cmocka_unit_test(attributes_outside_their_range_are_refused),
        cmocka_unit_test(attributes_are_limited_and_leave_room_for_a_reason),
        cmocka_unit_test(an_attribute_above_64_kib_is_refused),
        cmocka_unit_test(reports_come_in_order_between_the_start_and_the_end_of_their_trial),
        cmocka_unit_test(a_report_tells_when_to_stop),
        cmocka_unit_test(ten_thousand_reports_lose_no_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
