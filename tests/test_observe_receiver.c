/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a receiver gives every event once, in order, or counts it as missed; it keeps what it
 * gave until the next poll; it may outlive the run, and go at any time. Method: a dispatcher
 * without a run; polls at chosen moments. */
#include "observing.h"

static hpt_receiver *subscribe(observing *o, uint32_t kinds, uint32_t buffer_count) {
    hpt_receiver *receiver = NULL;
    hpt_err       err = { 0 };
    if (hpi_dispatch_subscribe(o->dispatch, kinds, buffer_count, &receiver, &err) != HPT_OK)
        fail_msg("%s", err.text);
    return receiver;
}

static void every_event_comes_once_in_order(void **state) {
    (void)state;
    enum { TRIALS = 2000 }; /* fewer than the intake has room for, so that no pace can lose any */
    observing o;
    observing_start(&o, 2);
    hpt_receiver *receiver = subscribe(&o, HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED, 1 << 14);
    uint64_t      next = 0, missed = 0, finished = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        observing_push_trial(&o, trial, trial & 1);
        const hpt_event *events;
        size_t           count = trial % 7 == 0 ? hpt_receiver_poll(receiver, &events, &missed) : 0;
        assert_int_equal(missed, 0);
        for (size_t i = 0; i < count; i++, next++)
            assert_int_equal(events[i].trial, next);
    }
    observing_finish(&o);
    const hpt_event *events;
    size_t           count;
    while ((count = hpt_receiver_poll(receiver, &events, &missed)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (events[i].kind == HPT_EVENT_FINISHED)
                finished++;
            else
                assert_int_equal(events[i].trial, next++);
        }
    }
    assert_int_equal(next, TRIALS);
    assert_int_equal(finished, 1);
    hpt_receiver_destroy(receiver);
    observing_stop(&o);
}

static void a_full_receiver_counts_what_it_misses_and_keeps_finished(void **state) {
    (void)state;
    enum { TRIALS = 20000 };
    observing o;
    observing_start(&o, 1);
    hpt_receiver *receiver = subscribe(&o, 0, 16);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    const hpt_event *events;
    uint64_t         missed = 0;
    size_t           count = hpt_receiver_poll(receiver, &events, &missed);
    assert_int_equal(count, 17);
    assert_int_equal(events[16].kind, HPT_EVENT_FINISHED);
    assert_int_equal(count - 1 + missed, 5 * TRIALS);
    uint64_t lost = 0, failures = 0;
    hpi_dispatch_totals(o.dispatch, &lost, &failures);
    assert_int_equal(lost, missed);
    assert_int_equal(hpt_receiver_poll(receiver, &events, &missed), 0);
    assert_int_equal(missed, 0);
    hpt_receiver_destroy(receiver);
    observing_stop(&o);
}

static void what_it_gave_outlives_the_run(void **state) {
    (void)state;
    observing o;
    hpt_attr  attrs[] = { { "note", hpt_text("kept") }, { "n", hpt_int(4) } };
    hpt_coord point[3] = { { .real = 0.5 }, { .integer = 7 }, { .integer = 1 } };
    observing_start(&o, 1);
    hpt_receiver *receiver = subscribe(&o, HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED, 0);
    observing_push_ended_with(&o, 5, HPT_TRIAL_FAILED, NAN, "diverged", attrs, 2, point);
    observing_finish(&o);
    observing_stop(&o);
    const hpt_event *events;
    assert_int_equal(hpt_receiver_poll(receiver, &events, NULL), 2);
    assert_int_equal(events[0].trial, 5);
    assert_int_equal(events[0].state, HPT_TRIAL_FAILED);
    assert_string_equal(events[0].reason, "diverged");
    assert_int_equal(events[0].attr_count, 2);
    assert_string_equal(events[0].attrs[0].name, "note");
    assert_string_equal(events[0].attrs[0].value.as.text, "kept");
    assert_int_equal(events[0].attrs[1].value.as.integer, 4);
    hpt_value mode = hpt_space_value(events[0].space, 2, events[0].point[2]);
    assert_string_equal(mode.as.text, "c");
    assert_int_equal(events[1].kind, HPT_EVENT_FINISHED);
    assert_string_equal(events[1].reason, "all trials of the budget are done");
    assert_int_equal(events[1].stats->state_count[HPT_TRIAL_COMPLETE], 7);
    assert_int_equal(events[1].point[1].integer, 4);
    assert_int_equal(hpt_receiver_poll(receiver, &events, NULL), 0);
    hpt_receiver_destroy(receiver);
}

/* More attributes than one poll has room for: the rest comes with the next. */
static void many_attributes_come_in_several_polls(void **state) {
    (void)state;
    enum { TRIALS = 60, ATTRS = 100 };
    observing o;
    hpt_attr  attrs[ATTRS];
    char      names[ATTRS][16];
    for (int i = 0; i < ATTRS; i++) {
        snprintf(names[i], sizeof names[i], "a%d", i);
        attrs[i] = (hpt_attr){ names[i], hpt_int(i) };
    }
    observing_start(&o, 1);
    hpt_receiver *receiver = subscribe(&o, HPT_EVENT_TRIAL_ENDED, 0);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_ended_with(&o, trial, HPT_TRIAL_PRUNED, NAN, "", attrs, ATTRS, NULL);
    observing_finish(&o);
    const hpt_event *events;
    size_t           count, polls = 0;
    uint64_t         seen = 0, missed = 0;
    while ((count = hpt_receiver_poll(receiver, &events, &missed)) > 0) {
        polls++;
        assert_int_equal(missed, 0);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(events[i].trial, seen++);
            assert_int_equal(events[i].attr_count, ATTRS);
            assert_int_equal(events[i].attrs[ATTRS - 1].value.as.integer, ATTRS - 1);
        }
    }
    assert_int_equal(seen, TRIALS);
    assert_true(polls > 1);
    hpt_receiver_destroy(receiver);
    observing_stop(&o);
}

static void a_destroyed_receiver_is_wanted_no_more(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    for (int i = 0; i < 200; i++) { /* more than there are places */
        hpt_receiver *receiver = subscribe(&o, 0, 16);
        observing_push_trial(&o, (uint64_t)i, 0);
        hpt_receiver_destroy(receiver);
        assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL));
    }
    hpt_receiver_destroy(NULL);
    observing_finish(&o);
    observing_stop(&o);
}

static hpt_status destroy_inside(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    hpt_receiver **receivers = user;
    (void)events, (void)count, (void)err;
    for (int i = 0; i < 2; i++) {
        hpt_receiver_destroy(receivers[i]);
        receivers[i] = NULL;
    }
    return HPT_OK;
}

static void an_observer_of_either_lane_may_destroy_receivers(void **state) {
    (void)state;
    for (int round = 0; round < 20; round++) {
        observing     o;
        hpt_receiver *receivers[2];
        observing_start(&o, 1);
        receivers[0] = subscribe(&o, 0, 0);
        receivers[1] = subscribe(&o, 0, 0);
        hpt_policy policy = round & 1 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        observing_attach_function(&o, destroy_inside, receivers, policy, 0);
        observing_push_trial(&o, 0, 0);
        observing_finish(&o);
        assert_null(receivers[0]);
        observing_stop(&o);
    }
}

static void subscribing_wrongly_says_why(void **state) {
    (void)state;
    observing     o;
    hpt_err       err = { 0 };
    hpt_receiver *receiver = NULL;
    observing_start(&o, 1);
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 64, 0, &receiver, &err), HPT_EINVAL);
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 0, 15, &receiver, &err), HPT_EINVAL);
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 0, (1 << 20) + 1, &receiver, &err),
                     HPT_EINVAL);
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 0, 0, NULL, &err), HPT_EINVAL);
    observing_finish(&o);
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 0, 0, &receiver, &err), HPT_EDONE);
    assert_null(receiver);
    observing_stop(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_comes_once_in_order),
        cmocka_unit_test(a_full_receiver_counts_what_it_misses_and_keeps_finished),
        cmocka_unit_test(what_it_gave_outlives_the_run),
        cmocka_unit_test(many_attributes_come_in_several_polls),
        cmocka_unit_test(a_destroyed_receiver_is_wanted_no_more),
        cmocka_unit_test(an_observer_of_either_lane_may_destroy_receivers),
        cmocka_unit_test(subscribing_wrongly_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
