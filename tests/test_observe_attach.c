/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   observers come and go at any time, from any thread and from inside each other, and see
 *         exactly what happens in between.
 * Method: a dispatcher without a run; observers that are held inside their function while others
 *         come and go. */
#include "watcher.h"

static void who_attaches_midway_sees_what_comes_from_then_on(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        observing o;
        observing_start(&o, 1);
        watcher *early = new_watcher(&o), *late = new_watcher(&o);
        observing_attach_function(&o, watch, early, HPT_POLICY_BLOCK, 0);
        for (uint64_t trial = 0; trial < 100; trial++)
            observing_push_trial(&o, trial, 0);
        hpt_policy policy = round & 1 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        observing_attach_function(&o, watch, late, policy, 0);
        for (uint64_t trial = 100; trial < 200; trial++)
            observing_push_trial(&o, trial, 0);
        observing_finish(&o);
        assert_int_equal(early->count, 5 * 200 + 1);
        assert_int_equal(late->count, 5 * 100 + 1);
        assert_int_equal(late->first_trial, 100);
        assert_int_equal(late->disorder, 0);
        observing_stop(&o);
        test_free(early);
        test_free(late);
    }
}

/* The lane's thread is between two looks at who is there when the first fact for `late` comes. */
static void who_attaches_during_a_call_of_another_misses_nothing(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher *early = new_watcher(&o), *late = new_watcher(&o);
    atomic_store(&early->is_held, true);
    observing_attach_function(&o, watch, early, HPT_POLICY_BLOCK, 0);
    observing_push_trial(&o, 0, 0);
    wait_for(&early->count, 1);
    observing_attach_function(&o, watch, late, HPT_POLICY_BLOCK, 0);
    observing_push_trial(&o, 1, 0);
    atomic_store(&early->is_held, false);
    observing_finish(&o);
    assert_int_equal(early->count, 11);
    assert_int_equal(late->count, 6);
    assert_int_equal(late->first_trial, 1);
    observing_stop(&o);
    test_free(early);
    test_free(late);
}

static void who_detaches_itself_is_not_called_again(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->detaches = true;
    w->nap_ms = 1; /* so that own_id is there */
    atomic_store(&w->is_held, true);
    w->own_id = observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 0);
    atomic_store(&w->is_held, false);
    observing_push_trial(&o, 0, 0);
    wait_for(&w->batches, 1);
    observing_sleep_ms(30);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL));
    for (uint64_t trial = 1; trial < 100; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    assert_int_equal(w->batches, 1);
    assert_int_equal(w->finished, 0);
    assert_int_equal(hpi_dispatch_detach(o.dispatch, w->own_id, NULL), HPT_EABSENT);
    observing_stop(&o);
    test_free(w);
}

static void an_observer_may_detach_another_one(void **state) {
    (void)state;
    for (int round = 0; round < 4; round++) {
        observing o;
        observing_start(&o, 1);
        watcher   *a = new_watcher(&o), *b = new_watcher(&o);
        hpt_policy of_a = round & 1 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        hpt_policy of_b = round & 2 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        b->nap_ms = 1;
        a->other_id = observing_attach_function(&o, watch, b, of_b, 0);
        a->detaches = true;
        observing_attach_function(&o, watch, a, of_a, 0);
        for (uint64_t trial = 0; trial < 300; trial++) {
            observing_push_trial(&o, trial, 0);
            if (trial % 50 == 0) observing_sleep_ms(1);
        }
        observing_finish(&o);
        assert_int_equal((uint64_t)a->count + lost_in(&o), 5 * 300 + 1);
        assert_int_equal(b->finished, 0);
        observing_stop(&o);
        test_free(a);
        test_free(b);
    }
}

/* `a` waits for the other lane to close `b`, while `b` waits for a's lane to close `x`. */
static void observers_of_both_lanes_may_detach_across_at_once(void **state) {
    (void)state;
    for (int round = 0; round < 20; round++) {
        observing o;
        observing_start(&o, 1);
        watcher *a = new_watcher(&o), *b = new_watcher(&o), *x = new_watcher(&o);
        atomic_store(&a->is_held, true);
        atomic_store(&b->is_held, true);
        observing_attach_function(&o, watch, a, HPT_POLICY_BLOCK, 0);
        a->other_id = observing_attach_function(&o, watch, b, HPT_POLICY_DROP, 0);
        b->other_id = observing_attach_function(&o, watch, x, HPT_POLICY_BLOCK, 0);
        a->detaches = b->detaches = true;
        observing_push_trial(&o, 0, 0);
        wait_for(&a->count, 1);
        wait_for(&b->count, 1);
        atomic_store(round & 1 ? &a->is_held : &b->is_held, false);
        observing_sleep_ms(round % 3);
        atomic_store(round & 1 ? &b->is_held : &a->is_held, false);
        observing_finish(&o);
        assert_int_equal(a->finished, 1);
        assert_int_equal(b->finished + x->finished, 0);
        observing_stop(&o);
        test_free(a);
        test_free(b);
        test_free(x);
    }
}

static void detach_waits_for_the_call_that_is_running(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->nap_ms = 100;
    uint64_t id = observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 0);
    observing_push_trial(&o, 0, 0);
    wait_for(&w->count, 1);
    assert_int_equal(hpi_dispatch_detach(o.dispatch, id, NULL), HPT_OK);
    assert_false(atomic_load(&w->is_inside));
    long count = w->count;
    observing_push_trial(&o, 1, 0);
    observing_finish(&o);
    assert_int_equal(w->count, count);
    observing_stop(&o);
    test_free(w);
}

static void attaching_wrongly_says_why_and_changes_nothing(void **state) {
    (void)state;
    observing    o;
    hpt_err      err = { 0 };
    hpt_observer observer = hpt_observer_default();
    observing_start(&o, 1);
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    observer.name = "jsnol:path=x";
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EABSENT);
    assert_non_null(strstr(err.text, "no observer \"jsnol\""));
    observer.name = NULL;
    observer.events = watch;
    observer.buffer_count = 15;
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    observer.buffer_count = (1 << 20) + 1;
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    observer.buffer_count = 0;
    observer.kinds = 64;
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    observer.kinds = 0;
    observer.struct_size = 0;
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpi_dispatch_attach(o.dispatch, NULL, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpi_dispatch_detach(o.dispatch, 1, &err), HPT_EABSENT);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL));
    observing_finish(&o);
    observer = hpt_observer_default();
    observer.events = watch;
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EDONE);
    observing_stop(&o);
}

static void the_sixty_fifth_observer_is_refused(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher     *w[2] = { new_watcher(&o), new_watcher(&o) }; /* one for each lane's thread */
    hpt_observer observer = hpt_observer_default();
    observer.events = watch;
    observer.kinds = HPT_EVENT_FINISHED;
    uint64_t id = 0;
    for (int i = 0; i < 64; i++) {
        observer.policy = i & 1 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        observer.user = w[i & 1];
        id = observing_attach(&o, &observer);
    }
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, NULL), HPT_ELIMIT);
    assert_int_equal(hpi_dispatch_detach(o.dispatch, id, NULL), HPT_OK);
    observing_attach(&o, &observer);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL)); /* FINISHED is not pushed */
    observing_finish(&o);
    assert_int_equal(w[0]->finished + w[1]->finished, 64);
    observing_stop(&o);
    test_free(w[0]);
    test_free(w[1]);
}

static void an_unknown_name_gets_a_hint(void **state) {
    (void)state;
    static const struct {
        const char *name, *words;
    } cases[] = {
        { "zzzzzzzz", "no observer \"zzzzzzzz\"; there are: progress, log, jsonl, csv" },
        { "progress,jsonl:path=x", "observers are separated by semicolons" },
        { "csv:path=x,jsonl:path=y", "observers are separated by semicolons" },
    };
    observing o;
    observing_start(&o, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpt_err      err = { 0 };
        hpt_observer observer = hpt_observer_default();
        observer.name = cases[i].name;
        assert_int_not_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_OK);
        if (!strstr(err.text, cases[i].words)) fail_msg("%s: %s", cases[i].name, err.text);
    }
    observing_stop(&o);
}

/* The observer that stays has a full buffer, and the run is over, when its neighbour is gone: what
 * waits in the intake must come all the same. */
static void a_neighbour_that_leaves_at_the_end_takes_nothing_with_it(void **state) {
    (void)state;
    enum { BUFFER = 16, TRIALS = 60 };
    observing o;
    observing_start(&o, 1);
    watcher *stays = new_watcher(&o), *leaves = new_watcher(&o);
    stays->detaches = true;
    atomic_store(&stays->is_held, true);
    observing_attach_function(&o, watch, stays, HPT_POLICY_BLOCK, BUFFER);
    stays->other_id = observing_attach_function(&o, watch, leaves, HPT_POLICY_BLOCK, 1 << 10);
    observing_push_trial(&o, 0, 0);
    wait_for(&stays->count, 1);
    for (uint64_t trial = 1; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    hpi_fact fact = { .kind = HPT_EVENT_FINISHED };
    hpi_dispatch_finish(o.dispatch, &fact, "", observing_done, &o);
    atomic_store(&stays->is_held, false);
    while (atomic_load(&o.done_count) == 0)
        observing_sleep_ms(1);
    assert_int_equal(stays->count, 5 * TRIALS + 1);
    assert_int_equal(stays->disorder, 0);
    observing_stop(&o);
    test_free(stays);
    test_free(leaves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_neighbour_that_leaves_at_the_end_takes_nothing_with_it),
        cmocka_unit_test(an_unknown_name_gets_a_hint),
        cmocka_unit_test(who_attaches_midway_sees_what_comes_from_then_on),
        cmocka_unit_test(who_attaches_during_a_call_of_another_misses_nothing),
        cmocka_unit_test(who_detaches_itself_is_not_called_again),
        cmocka_unit_test(an_observer_may_detach_another_one),
        cmocka_unit_test(observers_of_both_lanes_may_detach_across_at_once),
        cmocka_unit_test(detach_waits_for_the_call_that_is_running),
        cmocka_unit_test(attaching_wrongly_says_why_and_changes_nothing),
        cmocka_unit_test(the_sixty_fifth_observer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
