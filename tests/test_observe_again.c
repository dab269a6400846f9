/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   of a trial that begins again because its worker was written off, observers hear in order:
 *         what the lost worker said comes before what the next one says, and nothing after its end.
 * Method: a dispatcher without a run, whose lane is held while everything is pushed, so that
 *         nothing but the rules makes the order. */
#include "hanging.h"
#include "observing.h"

/* Trials from CROWD on are there to be many. */
enum { EVENTS_MAX = 64, CROWD = 1000, CROWDED = 4000 };

typedef struct tape {
    atomic_ulong is_held, is_inside;
    atomic_ulong count;
    struct {
        uint32_t kind, worker;
        uint64_t trial;
    } events[EVENTS_MAX];
} tape;

static hpt_status record(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    tape *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].trial >= CROWD) continue;
        unsigned long at = atomic_fetch_add(&it->count, 1);
        if (at >= EVENTS_MAX) return HPT_ELIMIT;
        it->events[at].kind = events[i].kind;
        it->events[at].worker = events[i].worker;
        it->events[at].trial = events[i].trial;
    }
    atomic_store(&it->is_inside, 1);
    while (atomic_load(&it->is_held))
        observing_sleep_ms(1);
    return HPT_OK;
}

static void start_held(observing *o, tape *it, hpt_policy policy) {
    *it = (tape){ .is_held = 1 };
    observing_start(o, 3);
    observing_attach_function(o, record, it, policy, 0);
    observing_push_created(o, 100);
    assert_true(runs_wait_for(&it->is_inside, 1));
}

static void finish(observing *o, tape *it) {
    atomic_store(&it->is_held, 0);
    observing_finish(o);
    observing_stop(o);
}

static unsigned long place_of(const tape *it, uint32_t kind, uint64_t trial, uint32_t worker) {
    for (unsigned long i = 0; i < atomic_load(&it->count); i++)
        if (it->events[i].kind == kind && it->events[i].trial == trial &&
            it->events[i].worker == worker)
            return i;
    fail_msg("no event of kind %u, trial %llu, worker %u", (unsigned)kind,
             (unsigned long long)trial, (unsigned)worker);
    return 0;
}

/* Worker 2 has trial 0 and says something of it; worker 0 has it after that. */
static void push_two_attempts(observing *o) {
    observing_push_created(o, 0);
    uint64_t created = hpi_dispatch_mark(o->dispatch, 0);
    observing_push_started(o, 0, 2, created);
    observing_push_reported(o, 0, 2, 1);
    hpi_dispatch_write_off(o->dispatch, 1 + 2);
    observing_push_started(o, 0, 0, created);
    observing_push_ended(o, 0, 0, hpi_dispatch_mark(o->dispatch, 1));
}

static void assert_in_order(const tape *it) {
    unsigned long reported = place_of(it, HPT_EVENT_TRIAL_REPORTED, 0, 2);
    assert_true(place_of(it, HPT_EVENT_TRIAL_CREATED, 0, 0) <
                place_of(it, HPT_EVENT_TRIAL_STARTED, 0, 2));
    assert_true(place_of(it, HPT_EVENT_TRIAL_STARTED, 0, 2) < reported);
    assert_true(reported < place_of(it, HPT_EVENT_TRIAL_STARTED, 0, 0));
    assert_true(place_of(it, HPT_EVENT_TRIAL_STARTED, 0, 0) <
                place_of(it, HPT_EVENT_TRIAL_ENDED, 0, 0));
}

static void the_first_attempt_comes_before_the_next(void **state) {
    (void)state;
    observing o;
    tape      it;
    for (hpt_policy policy = HPT_POLICY_DROP; policy <= HPT_POLICY_BLOCK; policy++) {
        start_held(&o, &it, policy);
        push_two_attempts(&o);
        finish(&o, &it);
        assert_in_order(&it);
    }
}

/* An end in front of all that is no reason to tell of a trial that has not been created yet. */
static void nothing_comes_before_its_creation(void **state) {
    (void)state;
    observing o;
    tape      it;
    start_held(&o, &it, HPT_POLICY_DROP);
    observing_push_created(&o, 1);
    observing_push_ended(&o, 1, 1, 0);
    push_two_attempts(&o);
    finish(&o, &it);
    assert_in_order(&it);
}

/* Trial 2 is that of who has the lost worker's place. */
static void finish_with_successor(observing *o, tape *it) {
    observing_push_created(o, 2);
    observing_push_started(o, 2, 2, hpi_dispatch_mark(o->dispatch, 0));
    observing_push_ended(o, 2, 2, hpi_dispatch_mark(o->dispatch, 1 + 2));
    finish(o, it);
    assert_in_order(it);
    assert_true(place_of(it, HPT_EVENT_TRIAL_CREATED, 2, 0) <
                place_of(it, HPT_EVENT_TRIAL_STARTED, 2, 2));
}

/* Who comes after a lost worker in its stream is not told before his time either. */
static void who_takes_the_place_waits_for_his_own_trials(void **state) {
    (void)state;
    observing o;
    tape      it;
    start_held(&o, &it, HPT_POLICY_DROP);
    push_two_attempts(&o);
    finish_with_successor(&o, &it);
}

/* More of the coordinator's facts than are merged in one go: what is left of the lost worker comes
 * to the front before the trial of who has its place was created. */
static void he_waits_for_them_in_a_crowd_too(void **state) {
    (void)state;
    observing o;
    tape      it;
    start_held(&o, &it, HPT_POLICY_DROP);
    push_two_attempts(&o);
    for (uint64_t trial = CROWD; trial < CROWD + CROWDED; trial++)
        observing_push_created(&o, trial);
    finish_with_successor(&o, &it);
}

static void he_waits_for_them_though_nobody_ends(void **state) {
    (void)state;
    observing o;
    tape      it;
    start_held(&o, &it, HPT_POLICY_DROP);
    observing_push_created(&o, 0);
    observing_push_started(&o, 0, 2, hpi_dispatch_mark(o.dispatch, 0));
    hpi_dispatch_write_off(o.dispatch, 1 + 2);
    for (uint64_t trial = CROWD; trial < CROWD + CROWDED; trial++)
        observing_push_created(&o, trial);
    observing_push_created(&o, 2);
    observing_push_started(&o, 2, 2, hpi_dispatch_mark(o.dispatch, 0));
    finish(&o, &it);
    assert_true(place_of(&it, HPT_EVENT_TRIAL_CREATED, 2, 0) <
                place_of(&it, HPT_EVENT_TRIAL_STARTED, 2, 2));
}

/* A run. */

static hpt_status report_and_hang(hpt_trial *trial, void *user, double *value_out) {
    hpt_trial_report(trial, 1, 0.5);
    return hanging_trial(trial, user, value_out);
}

typedef struct witness {
    uint64_t     ended; /* trials that have, as bits */
    atomic_ulong count, wrong;
} witness;

static hpt_status bear(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    witness *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_FINISHED) continue;
        if (it->ended >> events[i].trial & 1 && events[i].kind != HPT_EVENT_BEST_IMPROVED)
            atomic_fetch_add(&it->wrong, 1);
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) it->ended |= UINT64_C(1) << events[i].trial;
    }
    atomic_fetch_add(&it->count, count);
    return HPT_OK;
}

static void nothing_follows_the_end_of_a_trial_whose_worker_was_lost(void **state) {
    (void)state;
    hanging      it = { .trials = { 3 }, .count = 1 };
    witness      seen = { 0, 0, 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = hanging_options(2, 60);
    observer.events = bear;
    observer.user = &seen;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    options.on_timeout.retry_count = 2; /* it hangs in each */
    options.lost_count_max = 8;
    hanging_begin(&it);
    hpt_result *result = runs_do(report_and_hang, &it, &options);
    assert_int_equal(hpt_result_stats(result)->lost_count, 3);
    assert_int_equal(seen.ended, (UINT64_C(1) << 60) - 1);
    assert_int_equal(atomic_load(&seen.wrong), 0);
    hpt_result_destroy(result);
    hanging_end(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_attempt_comes_before_the_next),
        cmocka_unit_test(nothing_comes_before_its_creation),
        cmocka_unit_test(who_takes_the_place_waits_for_his_own_trials),
        cmocka_unit_test(he_waits_for_them_in_a_crowd_too),
        cmocka_unit_test(he_waits_for_them_though_nobody_ends),
        cmocka_unit_test(nothing_follows_the_end_of_a_trial_whose_worker_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
