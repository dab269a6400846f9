/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   events reach every observer in order and in batches; what does not is counted exactly;
 *         observers come, go, fail, wait and dawdle without hurting the run or each other.
 * Method: a dispatcher without a run; the test plays the coordinator and the workers. */
#include "observing.h"

/* An observer that counts, checks the order, and may be told to dawdle. */
typedef struct watcher {
    observing  *o;
    atomic_long count, batches, finished, after_finished, disorder;
    atomic_long ended, reported, largest_batch;
    long        nap_ms;  /* per call                                    */
    atomic_bool is_held; /* while true, the function does not return    */
    atomic_bool is_inside;
    hpt_status  answer;
    uint64_t    own_id, other_id;
    bool        detaches; /* itself (own_id) or another (other_id), once */
    uint64_t    first_trial;
    int         phase[4096]; /* what was seen of a trial: 1 created, 2 started, 3.. reports */
} watcher;

static void see(watcher *w, const hpt_event *event) {
    int *phase = &w->phase[event->trial % 4096];
    if (atomic_load(&w->finished)) atomic_fetch_add(&w->after_finished, 1);
    bool is_fine = true;
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
        is_fine = *phase == 0;
        *phase = 1;
        break;
    case HPT_EVENT_TRIAL_STARTED:
        is_fine = *phase == 1;
        *phase = 2;
        break;
    case HPT_EVENT_TRIAL_REPORTED:
        is_fine = *phase == 1 + (int)event->step;
        *phase = 2 + (int)event->step;
        atomic_fetch_add(&w->reported, 1);
        break;
    case HPT_EVENT_TRIAL_ENDED:
        is_fine = *phase == 4 && event->point && event->point[1].integer == (int64_t)event->trial;
        *phase = 0;
        atomic_fetch_add(&w->ended, 1);
        break;
    case HPT_EVENT_FINISHED:
        atomic_fetch_add(&w->finished, 1);
        break;
    default:
        break;
    }
    if (!is_fine) atomic_fetch_add(&w->disorder, 1);
}

static hpt_status watch(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    watcher *w = user;
    atomic_store(&w->is_inside, true);
    if (atomic_load(&w->count) == 0) w->first_trial = events[0].trial;
    for (size_t i = 0; i < count; i++)
        see(w, &events[i]);
    atomic_fetch_add(&w->count, (long)count);
    atomic_fetch_add(&w->batches, 1);
    if ((long)count > atomic_load(&w->largest_batch)) atomic_store(&w->largest_batch, (long)count);
    if (w->nap_ms) observing_sleep_ms(w->nap_ms);
    while (atomic_load(&w->is_held))
        observing_sleep_ms(1);
    if (w->detaches) {
        w->detaches = false;
        uint64_t id = w->own_id ? w->own_id : w->other_id;
        assert_int_equal(hpi_dispatch_detach(w->o->dispatch, id, NULL), HPT_OK);
    }
    atomic_store(&w->is_inside, false);
    if (w->answer != HPT_OK) return hpt_error(err, w->answer, "the observer says no");
    return HPT_OK;
}

static watcher *new_watcher(observing *o) {
    watcher *w = test_calloc(1, sizeof *w);
    w->o = o;
    return w;
}

static void wait_for(atomic_long *count, long least) {
    for (int i = 0; i < 20000 && atomic_load(count) < least; i++)
        observing_sleep_ms(1);
    assert_true(atomic_load(count) >= least);
}

static uint64_t lost_in(const observing *o) {
    uint64_t lost = 0, failures = 0;
    hpi_dispatch_totals(o->dispatch, &lost, &failures);
    return lost;
}

/* Cases. */

static void without_observers_nothing_is_wanted_and_finish_is_done_at_once(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 2);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL));
    observing_push_trial(&o, 0, 1);
    assert_int_equal(hpi_dispatch_mark(o.dispatch, 0), 0);
    hpi_fact fact = { .kind = HPT_EVENT_FINISHED };
    hpi_dispatch_finish(o.dispatch, &fact, "", observing_done, &o);
    assert_int_equal(atomic_load(&o.done_count), 1);
    observing_stop(&o);
}

static void every_event_arrives_in_order_and_finished_is_last(hpt_policy policy) {
    enum { TRIALS = 20000, WORKERS = 3 };
    observing o;
    observing_start(&o, WORKERS);
    watcher *w = new_watcher(&o), *v = new_watcher(&o);
    /* Large enough to lose nothing also when the dropping lane is not scheduled for long. */
    observing_attach_function(&o, watch, w, policy, 1 << 18);
    observing_attach_function(&o, watch, v, policy, 1 << 18);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        observing_push_trial(&o, trial, (uint32_t)(trial % WORKERS));
        if (policy == HPT_POLICY_DROP && trial % 100 == 0) observing_sleep_ms(2);
    }
    observing_finish(&o);
    for (watcher *each = w; each; each = each == w ? v : NULL) {
        assert_int_equal(each->count, 5 * TRIALS + 1);
        assert_int_equal(each->disorder, 0);
        assert_int_equal(each->finished, 1);
        assert_int_equal(each->after_finished, 0);
    }
    assert_true(w->batches < 5 * TRIALS / 10);
    assert_int_equal(lost_in(&o), 0);
    observing_stop(&o);
    test_free(w);
    test_free(v);
}

static void a_block_observer_gets_every_event_in_order(void **state) {
    (void)state;
    every_event_arrives_in_order_and_finished_is_last(HPT_POLICY_BLOCK);
}

static void a_drop_observer_with_room_gets_every_event_in_order(void **state) {
    (void)state;
    every_event_arrives_in_order_and_finished_is_last(HPT_POLICY_DROP);
}

/* The marks alone make the order: the other streams' facts are pushed first or last on purpose. */
static void facts_wait_for_their_marks(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 2);
    watcher *w = new_watcher(&o);
    atomic_store(&w->is_held, true);
    observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 0);
    observing_push_created(&o, 4000); /* holds the lane's thread while the rest is pushed */
    wait_for(&w->count, 1);
    for (uint64_t trial = 0; trial < 50; trial++)
        observing_push_created(&o, trial);
    uint64_t created = hpi_dispatch_mark(o.dispatch, 0);
    for (uint64_t trial = 0; trial < 50; trial++) {
        observing_push_started(&o, trial, trial & 1, created);
        observing_push_reported(&o, trial, trial & 1, 1);
        observing_push_reported(&o, trial, trial & 1, 2);
    }
    for (uint64_t trial = 0; trial < 50; trial++)
        observing_push_ended(&o, trial, trial & 1, 3 * (trial / 2 + 1));
    atomic_store(&w->is_held, false);
    observing_finish(&o);
    assert_int_equal(w->count, 1 + 50 * 5 + 1);
    assert_int_equal(w->disorder, 0);
    observing_stop(&o);
    test_free(w);
}

/* More of the coordinator's facts than are merged in one go: the worker's come to the front first,
 * and must fetch what they wait for. */
static void facts_wait_for_their_marks_in_a_crowd(void **state) {
    (void)state;
    enum { TRIALS = 4000 };
    observing o;
    observing_start(&o, 2);
    watcher *w = new_watcher(&o);
    atomic_store(&w->is_held, true);
    observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 1 << 16);
    observing_push_created(&o, 4090);
    wait_for(&w->count, 1);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_created(&o, trial);
    for (uint64_t trial = TRIALS - 100; trial < TRIALS; trial++)
        observing_push_started(&o, trial, trial & 1, 1 + trial + 1);
    atomic_store(&w->is_held, false);
    observing_finish(&o);
    assert_int_equal(w->count, 1 + TRIALS + 100 + 1);
    assert_int_equal(w->disorder, 0);
    observing_stop(&o);
    test_free(w);
}

static void a_held_drop_observer_loses_exactly_what_it_does_not_get(void **state) {
    (void)state;
    enum { TRIALS = 30000 };
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    atomic_store(&w->is_held, true);
    observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 100);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    atomic_store(&w->is_held, false);
    observing_finish(&o);
    uint64_t lost = lost_in(&o);
    assert_true(lost > 0);
    assert_int_equal((uint64_t)w->count + lost, 5 * TRIALS + 1);
    assert_int_equal(w->finished, 1);
    char text[600];
    assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
    assert_non_null(strstr(text, "function lost"));
    assert_false(hpi_dispatch_warning(o.dispatch, 1, text, sizeof text));
    observing_stop(&o);
    test_free(w);
}

/* Kinds nobody asked for are neither delivered nor lost. */
static void losses_count_only_kinds_that_are_wanted(void **state) {
    (void)state;
    enum { TRIALS = 30000 };
    observing o;
    observing_start(&o, 1);
    watcher     *w = new_watcher(&o), *v = new_watcher(&o);
    hpt_observer ends = hpt_observer_default();
    ends.events = watch;
    ends.user = w;
    ends.kinds = HPT_EVENT_TRIAL_ENDED;
    ends.buffer_count = 16;
    observing_attach(&o, &ends);
    ends.user = v;
    ends.kinds = HPT_EVENT_TRIAL_REPORTED;
    observing_attach(&o, &ends);
    atomic_store(&w->is_held, true);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    atomic_store(&w->is_held, false);
    observing_finish(&o);
    assert_int_equal((uint64_t)(w->ended + v->reported) + lost_in(&o), 3 * TRIALS);
    assert_int_equal(w->ended, w->count);
    assert_int_equal(w->finished, 0);
    observing_stop(&o);
    test_free(w);
    test_free(v);
}

static void a_slow_block_observer_makes_the_producer_wait_and_loses_nothing(void **state) {
    (void)state;
    enum { TRIALS = 12000 };
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->nap_ms = 1;
    observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 16);
    for (uint64_t trial = 0; trial < TRIALS / 4; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    assert_int_equal(w->count, 5 * TRIALS / 4 + 1);
    assert_int_equal(w->disorder, 0);
    assert_int_equal(lost_in(&o), 0);
    observing_stop(&o);
    test_free(w);
}

static void a_held_drop_observer_slows_neither_the_producer_nor_the_block_lane(void **state) {
    (void)state;
    enum { TRIALS = 20000 };
    observing o;
    observing_start(&o, 1);
    watcher *slow = new_watcher(&o), *fast = new_watcher(&o);
    atomic_store(&slow->is_held, true);
    observing_attach_function(&o, watch, slow, HPT_POLICY_DROP, 0);
    observing_attach_function(&o, watch, fast, HPT_POLICY_BLOCK, 0);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    wait_for(&fast->count, 5 * TRIALS); /* while `slow` is still held */
    assert_int_equal(fast->disorder, 0);
    assert_true(atomic_load(&slow->is_inside));
    atomic_store(&slow->is_held, false);
    observing_finish(&o);
    assert_int_equal((uint64_t)slow->count + lost_in(&o), 5 * TRIALS + 1);
    observing_stop(&o);
    test_free(slow);
    test_free(fast);
}

/* On one lane: as long as the intake has room, a dawdler costs the others nothing. */
static void a_slow_drop_observer_does_not_make_its_neighbour_lose(void **state) {
    (void)state;
    enum { TRIALS = 4000 };
    observing o;
    observing_start(&o, 1);
    watcher *slow = new_watcher(&o), *fast = new_watcher(&o);
    slow->nap_ms = 2;
    observing_attach_function(&o, watch, slow, HPT_POLICY_DROP, 16);
    observing_attach_function(&o, watch, fast, HPT_POLICY_DROP, 1 << 16);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        observing_push_trial(&o, trial, 0);
        if (trial % 16 == 0) observing_sleep_ms(1);
    }
    observing_finish(&o);
    assert_int_equal(fast->count, 5 * TRIALS + 1);
    assert_int_equal(fast->disorder, 0);
    assert_int_equal((uint64_t)slow->count + lost_in(&o), 5 * TRIALS + 1);
    observing_stop(&o);
    test_free(slow);
    test_free(fast);
}

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

static void a_failing_observer_is_counted_and_stays(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->answer = HPT_EIO;
    observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 0);
    for (uint64_t trial = 0; trial < 10; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    assert_int_equal(w->count, 51);
    uint64_t lost = 1, failures = 0;
    hpi_dispatch_totals(o.dispatch, &lost, &failures);
    assert_int_equal(lost, 0);
    assert_int_equal(failures, w->batches);
    char text[600];
    assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
    assert_non_null(strstr(text, "function failed"));
    assert_non_null(strstr(text, "the observer says no"));
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
    watcher     *w = new_watcher(&o);
    hpt_observer observer = hpt_observer_default();
    observer.events = watch;
    observer.user = w;
    observer.kinds = HPT_EVENT_FINISHED;
    uint64_t id = 0;
    for (int i = 0; i < 64; i++) {
        observer.policy = i & 1 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
        id = observing_attach(&o, &observer);
    }
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, NULL), HPT_ELIMIT);
    assert_int_equal(hpi_dispatch_detach(o.dispatch, id, NULL), HPT_OK);
    observing_attach(&o, &observer);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL)); /* FINISHED is not pushed */
    observing_finish(&o);
    assert_int_equal(w->finished, 64);
    observing_stop(&o);
    test_free(w);
}

static void a_point_of_many_parameters_with_many_notes_arrives_whole(void **state) {
    (void)state;
    enum { DIMS = 3000, TRIALS = 200 };
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < DIMS; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        hpt_space_add_int(space, name, 0, INT64_MAX);
    }
    observing o;
    observing_start_in(&o, space, 1);
    watcher     *w = new_watcher(&o);
    hpt_observer observer = hpt_observer_default();
    observer.events = watch;
    observer.user = w;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK;
    observing_attach(&o, &observer);
    hpt_receiver *receiver = NULL;
    assert_int_equal(hpi_dispatch_subscribe(o.dispatch, HPT_EVENT_TRIAL_ENDED, 0, &receiver, NULL),
                     HPT_OK);
    hpt_coord *point = test_calloc(DIMS, sizeof *point);
    char       long_text[4000];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    hpt_attr attrs[2] = { { "long", hpt_text(long_text) }, { "n", hpt_int(-5) } };
    uint64_t seen = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        for (int i = 0; i < DIMS; i++)
            point[i].integer = (int64_t)trial + i;
        observing_push_ended_with(&o, trial, HPT_TRIAL_FAILED, NAN, "because", attrs, trial % 3,
                                  point);
        const hpt_event *events;
        uint64_t         missed;
        size_t           count = hpt_receiver_poll(receiver, &events, &missed);
        assert_int_equal(missed, 0);
        for (size_t i = 0; i < count; i++, seen++) {
            assert_int_equal(events[i].trial, seen);
            assert_int_equal(events[i].attr_count, seen % 3);
            for (int k = 0; k < DIMS; k++)
                assert_int_equal(events[i].point[k].integer, (int64_t)seen + k);
            if (seen % 3 > 0) assert_string_equal(events[i].attrs[0].value.as.text, long_text);
            if (seen % 3 > 1) assert_int_equal(events[i].attrs[1].value.as.integer, -5);
            assert_string_equal(events[i].reason, "because");
        }
        observing_sleep_ms(1);
    }
    observing_finish(&o);
    assert_int_equal(w->count, TRIALS);
    assert_int_equal(w->ended, TRIALS);
    hpt_receiver_destroy(receiver);
    observing_stop(&o);
    test_free(point);
    test_free(w);
}

static void destroy_without_finish_delivers_what_there_is_but_no_finished(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 0);
    observing_push_trial(&o, 0, 0);
    observing_stop(&o);
    assert_int_equal(w->count, 5);
    assert_int_equal(w->finished, 0);
    test_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_observers_nothing_is_wanted_and_finish_is_done_at_once),
        cmocka_unit_test(a_block_observer_gets_every_event_in_order),
        cmocka_unit_test(a_drop_observer_with_room_gets_every_event_in_order),
        cmocka_unit_test(facts_wait_for_their_marks),
        cmocka_unit_test(facts_wait_for_their_marks_in_a_crowd),
        cmocka_unit_test(a_held_drop_observer_loses_exactly_what_it_does_not_get),
        cmocka_unit_test(losses_count_only_kinds_that_are_wanted),
        cmocka_unit_test(a_slow_block_observer_makes_the_producer_wait_and_loses_nothing),
        cmocka_unit_test(a_held_drop_observer_slows_neither_the_producer_nor_the_block_lane),
        cmocka_unit_test(a_slow_drop_observer_does_not_make_its_neighbour_lose),
        cmocka_unit_test(who_attaches_midway_sees_what_comes_from_then_on),
        cmocka_unit_test(who_attaches_during_a_call_of_another_misses_nothing),
        cmocka_unit_test(who_detaches_itself_is_not_called_again),
        cmocka_unit_test(an_observer_may_detach_another_one),
        cmocka_unit_test(observers_of_both_lanes_may_detach_across_at_once),
        cmocka_unit_test(detach_waits_for_the_call_that_is_running),
        cmocka_unit_test(a_failing_observer_is_counted_and_stays),
        cmocka_unit_test(attaching_wrongly_says_why_and_changes_nothing),
        cmocka_unit_test(the_sixty_fifth_observer_is_refused),
        cmocka_unit_test(a_point_of_many_parameters_with_many_notes_arrives_whole),
        cmocka_unit_test(destroy_without_finish_delivers_what_there_is_but_no_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
