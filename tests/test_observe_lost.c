/* SPDX-License-Identifier: BSD-3-Clause */
/* Observers that do not return when the run is over. Each test lets the thread go after the run and
 * its result are gone: what it still touches then is for the sanitisers. */
#include "hanging_observer.h"

#include <pthread.h>
#include <string.h>

enum { TRIALS = 40 };

static size_t threads_before;

static int begin(void **state) {
    (void)state;
    threads_before = runs_threads();
    return 0;
}

static hpt_options options_of(const hpt_observer *observers, size_t count) {
    hpt_options options = runs_options(2, TRIALS);
    options.observers = observers;
    options.observer_count = count;
    options.observer_s_max = 0.2;
    return options;
}

static void let_go(place *it) {
    place_let_go(it, threads_before);
}

static void assert_given_up(hpt_policy policy, uint32_t kind) {
    place       *it = place_of(kind);
    hpt_observer observer = place_observer(it, policy);
    hpt_options  options = options_of(&observer, 1);
    hpt_result  *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
    assert_true(hpt_result_stats(result)->observer_failures > 0);
    runs_assert_warned(result, "did not return within 0.2 s");
    hpt_result_destroy(result);
    let_go(it);
}

static void a_drop_observer_that_hangs_is_given_up(void **state) {
    (void)state;
    assert_given_up(HPT_POLICY_DROP, HPT_EVENT_TRIAL_ENDED);
}

static void a_block_observer_that_hangs_is_given_up(void **state) {
    (void)state;
    assert_given_up(HPT_POLICY_BLOCK, HPT_EVENT_TRIAL_ENDED);
}

static void one_that_hangs_in_its_last_event_is_given_up(void **state) {
    (void)state;
    assert_given_up(HPT_POLICY_DROP, HPT_EVENT_FINISHED);
}

static void every_event_that_was_not_delivered_is_counted(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options  options = options_of(&observer, 1);
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->observer_lost, TRIALS);
    runs_assert_warned(result, "40 events were not delivered");
    hpt_result_destroy(result);
    let_go(it);
}

static void a_study_ends_without_its_observer_that_hangs(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options  options = options_of(&observer, 1);
    hpt_study   *study = runs_study(&options);
    for (int i = 0; i < TRIALS; i++)
        runs_tell(study, runs_ask(study), i);
    hpt_result *result = runs_close(study);
    runs_assert_warned(result, "did not return");
    hpt_result_destroy(result);
    let_go(it);
}

static void a_run_that_is_only_polled_ends(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options  options = options_of(&observer, 1);
    hpt_run     *run = runs_start(runs_count, NULL, &options);
    for (int i = 0; hpt_run_poll(run) == HPT_EAGAIN && i < 30000; i++)
        runs_sleep_ms(1);
    assert_int_equal(hpt_run_poll(run), HPT_OK);
    hpt_result_destroy(runs_end(run));
    let_go(it);
}

static void a_receiver_hears_of_the_end_all_the_same(void **state) {
    (void)state;
    place           *it = place_of(HPT_EVENT_FINISHED);
    hpt_observer     observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options      options = options_of(&observer, 1);
    runs_gate        gate = { 0, 0 };
    const hpt_event *events;
    hpt_receiver    *receiver = NULL;
    uint64_t         missed, ended = 0, finished = 0;
    size_t           count;
    hpt_run         *run = runs_start(runs_pass, &gate, &options);
    assert_int_equal(
        hpt_run_subscribe(run, HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED, 1000, &receiver, NULL),
        HPT_OK);
    atomic_store(&gate.is_open, 1);
    hpt_result_destroy(runs_end(run));
    while ((count = hpt_receiver_poll(receiver, &events, &missed)) > 0)
        for (size_t i = 0; i < count; i++) {
            ended += events[i].kind == HPT_EVENT_TRIAL_ENDED;
            finished += events[i].kind == HPT_EVENT_FINISHED;
        }
    assert_int_equal(ended, TRIALS);
    assert_int_equal(finished, 1);
    hpt_receiver_destroy(receiver);
    let_go(it);
}

static void assert_unhurt(hpt_policy policy, uint32_t kind) {
    place       *it = place_of(kind);
    neighbour    other = { 0, 0, 0 };
    hpt_observer observers[2] = { place_observer(it, HPT_POLICY_DROP),
                                  neighbour_observer(&other, policy) };
    hpt_options  options = options_of(observers, 2);
    hpt_result  *result = runs_do(runs_count, NULL, &options);
    neighbour_assert_all(&other, TRIALS);
    hpt_result_destroy(result);
    let_go(it);
}

static void an_observer_of_the_other_policy_gets_everything(void **state) {
    (void)state;
    assert_unhurt(HPT_POLICY_BLOCK, HPT_EVENT_TRIAL_ENDED);
}

static void one_that_shared_its_thread_gets_everything(void **state) {
    (void)state;
    assert_unhurt(HPT_POLICY_DROP, HPT_EVENT_TRIAL_ENDED);
}

static void one_that_shared_its_thread_hears_of_the_end_once(void **state) {
    (void)state;
    assert_unhurt(HPT_POLICY_DROP, HPT_EVENT_FINISHED);
}

/* One that is slow: each call takes a part of the time that one call may take. */
static hpt_status dawdle(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)events, (void)err;
    runs_sleep_ms(40);
    atomic_fetch_add((atomic_ulong *)user, count);
    return HPT_OK;
}

static void one_that_is_slow_is_waited_for(void **state) {
    (void)state;
    atomic_ulong seen = 0;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = options_of(&observer, 1);
    observer.events = dawdle;
    observer.user = &seen;
    observer.policy = HPT_POLICY_BLOCK;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    options.trial_count_max = 30 * 512;
    options.observer_s_max = 1;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(atomic_load(&seen), 30 * 512);
    hpt_result_destroy(result);
}

/* One that hangs when it is closed. */

static hpt_status open_hanging(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    (void)err;
    memcpy(state, &setup->user, sizeof setup->user);
    return HPT_OK;
}

static hpt_status see_nothing(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    (void)state, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static hpt_status close_hanging(void *state, uint64_t lost_count, hpt_err *err) {
    place *it;
    (void)lost_count, (void)err;
    memcpy(&it, state, sizeof it);
    atomic_fetch_add(&it->gate.inside, 1);
    return runs_wait_for(&it->gate.is_open, 1) ? HPT_OK : HPT_EFAILED;
}

static const hpt_observer_class hanging = { .struct_size = sizeof hanging,
                                            .name = "hanging",
                                            .summary = "hangs when it is closed",
                                            .state_size = sizeof(void *),
                                            .open = open_hanging,
                                            .events = see_nothing,
                                            .close = close_hanging };

static hpt_observer hanging_of(place *it) {
    hpt_observer observer = hpt_observer_default();
    observer.name = "hanging";
    observer.user = it;
    return observer;
}

static void one_that_hangs_in_its_close_is_given_up(void **state) {
    (void)state;
    place       *it = place_of(0);
    hpt_observer observer = hanging_of(it);
    hpt_options  options = options_of(&observer, 1);
    hpt_result  *result = runs_do(runs_count, NULL, &options);
    runs_assert_warned(result, "observer hanging did not return");
    hpt_result_destroy(result);
    let_go(it);
    assert_int_equal(atomic_load(&it->gate.inside), 1);
}

/* Detaches the other one in its last event. */
typedef struct inner {
    _Atomic(hpt_run *) run;
    uint64_t           id;
    atomic_ulong       left;
} inner;

static hpt_status detach_other(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    inner *it = user;
    if (events[count - 1].kind != HPT_EVENT_FINISHED) return HPT_OK;
    hpt_status status = hpt_run_detach(atomic_load(&it->run), it->id, err);
    atomic_fetch_add(&it->left, 1);
    return status;
}

static void one_that_hangs_while_another_detaches_it_is_given_up(void **state) {
    (void)state;
    place       *it = place_of(0);
    static inner outer;
    runs_gate    gate = { 0, 0 };
    hpt_observer observers[2] = { hpt_observer_default(), hanging_of(it) };
    hpt_options  options = options_of(NULL, 0);
    observers[0].events = detach_other;
    observers[0].user = &outer;
    atomic_store(&outer.run, runs_start(runs_pass, &gate, &options));
    assert_int_equal(hpt_run_attach(outer.run, &observers[0], NULL, NULL), HPT_OK);
    assert_int_equal(hpt_run_attach(outer.run, &observers[1], &outer.id, NULL), HPT_OK);
    atomic_store(&gate.is_open, 1);
    while (hpt_run_wait(outer.run, -1) == HPT_EAGAIN)
        continue;
    hpt_result *result = NULL;
    assert_int_equal(hpt_run_result(outer.run, &result, NULL), HPT_OK);
    runs_assert_warned(result, "observer hanging did not return");
    hpt_result_destroy(result);
    hpt_run_destroy(outer.run);
    let_go(it);
    assert_int_equal(atomic_load(&outer.left), 1);
}

/* Somebody detaches the observer that hangs. */
typedef struct detacher {
    hpt_run   *run;
    uint64_t   id;
    hpt_status status;
} detacher;

static void *detach(void *user) {
    detacher *it = user;
    it->status = hpt_run_detach(it->run, it->id, NULL);
    return NULL;
}

static void who_detaches_it_waits_no_longer_than_the_end(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_CREATED);
    hpt_observer observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options  options = options_of(NULL, 0);
    runs_gate    gate = { 0, 0 };
    detacher     other = { .status = HPT_EBUG };
    pthread_t    thread;
    options.trial_count_max = 2000;
    other.run = runs_start(runs_pass, &gate, &options);
    assert_int_equal(hpt_run_attach(other.run, &observer, &other.id, NULL), HPT_OK);
    atomic_store(&gate.is_open, 1);
    assert_true(runs_wait_for(&it->gate.inside, 1));
    assert_int_equal(pthread_create(&thread, NULL, detach, &other), 0);
    while (hpt_run_wait(other.run, -1) == HPT_EAGAIN)
        continue;
    pthread_join(thread, NULL);
    assert_int_equal(other.status, HPT_OK);
    hpt_result_destroy(runs_end(other.run));
    let_go(it);
}

static void zero_waits_for_as_long_as_it_takes(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_DROP);
    hpt_options  options = options_of(&observer, 1);
    options.observer_s_max = 0;
    hpt_run *run = runs_start(runs_count, NULL, &options);
    assert_int_equal(hpt_run_wait(run, 0.2), HPT_EAGAIN);
    atomic_store(&it->gate.is_open, 1);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stats(result)->observer_lost, 0);
    hpt_result_destroy(result);
}

static void a_negative_time_is_refused(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 1);
    options.observer_s_max = -1;
    runs_assert_refused(&options, HPT_EINVAL, "observer_s_max is -1");
}

int main(void) {
    if (hpt_observer_register(&hanging, NULL) != HPT_OK) return 1;
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_drop_observer_that_hangs_is_given_up),
        TEST(a_block_observer_that_hangs_is_given_up),
        TEST(one_that_hangs_in_its_last_event_is_given_up),
        TEST(every_event_that_was_not_delivered_is_counted),
        TEST(a_study_ends_without_its_observer_that_hangs),
        TEST(a_run_that_is_only_polled_ends),
        TEST(a_receiver_hears_of_the_end_all_the_same),
        TEST(an_observer_of_the_other_policy_gets_everything),
        TEST(one_that_shared_its_thread_gets_everything),
        TEST(one_that_shared_its_thread_hears_of_the_end_once),
        TEST(one_that_is_slow_is_waited_for),
        TEST(who_detaches_it_waits_no_longer_than_the_end),
        TEST(one_that_hangs_in_its_close_is_given_up),
        TEST(one_that_hangs_while_another_detaches_it_is_given_up),
        TEST(zero_waits_for_as_long_as_it_takes),
        TEST(a_negative_time_is_refused),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
