/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   events reach every observer in order and in batches; what does not is counted exactly; a
 *         slow or failing observer hurts neither the run nor the others.
 * Method: a dispatcher without a run; the test plays the coordinator and the workers. */
#include "watcher.h"

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
    enum { TRIALS = 20000, WORKERS = 3, PACE = 128 * WORKERS };
    observing o;
    observing_start(&o, WORKERS);
    watcher *w = new_watcher(&o), *v = new_watcher(&o);
    observing_attach_function(&o, watch, w, policy, 1 << 18);
    observing_attach_function(&o, watch, v, policy, 1 << 18);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        observing_push_trial(&o, trial, (uint32_t)(trial % WORKERS));
        /* Never more than the intake has room for, however busy the machine is: a worker's ring has
         * 2047 cells, six for a trial. */
        if (policy == HPT_POLICY_DROP && trial % PACE == PACE - 1)
            wait_for(&w->count, 5 * (trial - (PACE - 1)));
    }
    wait_for(&w->count, 5 * TRIALS); /* the end has a time limit: HPI_END_NS */
    wait_for(&v->count, 5 * TRIALS);
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

/* Ends of a block, handed over together; a call with 512 events ends in the midst of one. */

enum { IN_BLOCK = 60 };

typedef struct ledger {
    observing  *o;
    atomic_long count, wrong;
    uint64_t    next;
    int64_t     time_ns;
    atomic_bool is_held, may_skip;
} ledger;

static hpt_status book(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    ledger *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        if (event->kind == HPT_EVENT_FINISHED) continue;
        bool is_next = it->may_skip ? event->trial >= it->next : event->trial == it->next;
        bool is_right = event->value == (double)event->trial && event->time_ns >= it->time_ns &&
                        event->start_ns == (int64_t)event->trial * 100 &&
                        event->duration_ns == 50 && event->worker == event->trial / IN_BLOCK % 2 &&
                        event->point[1].integer == (int64_t)event->trial;
        if (!is_next || !is_right) atomic_fetch_add(&it->wrong, 1);
        it->next = event->trial + 1;
        it->time_ns = event->time_ns;
    }
    atomic_fetch_add(&it->count, (long)count);
    while (atomic_load(&it->is_held))
        observing_sleep_ms(1);
    return HPT_OK;
}

/* The ends of trials `first` to first + 63, as one worker leaves them. */
static void push_block(observing *o, uint64_t first) {
    double    values[IN_BLOCK];
    int64_t   times[IN_BLOCK][2];
    hpt_coord points[IN_BLOCK][3] = { 0 };
    for (uint32_t i = 0; i < IN_BLOCK; i++) {
        values[i] = (double)(first + i);
        times[i][0] = (int64_t)(first + i) * 100;
        times[i][1] = 50;
        points[i][1].integer = (int64_t)(first + i);
    }
    hpi_ends ends = { .first = first,
                      .count = IN_BLOCK,
                      .worker = first / IN_BLOCK % 2,
                      .values = values,
                      .points = points[0],
                      .start_ns = &times[0][0],
                      .duration_ns = &times[0][1],
                      .stride = sizeof times[0] };
    hpi_dispatch_push_ends(o->dispatch, &ends);
}

static void ends_of_a_block_arrive_one_by_one(hpt_policy policy, int observers) {
    enum { BLOCKS = 4000, PACE = 256 };
    observing o;
    observing_start(&o, 2);
    ledger all[2] = { 0 };
    for (int i = 0; i < observers; i++)
        observing_attach_function(&o, book, &all[i], policy, 1 << 16);
    for (uint64_t block = 0; block < BLOCKS; block++) {
        push_block(&o, IN_BLOCK * block);
        /* Never more than the intake and the buffers have room for, however busy the machine is. */
        for (int i = 0; policy == HPT_POLICY_DROP && block % PACE == PACE - 1 && i < observers; i++)
            wait_for(&all[i].count, IN_BLOCK * ((long)block - (PACE - 1)));
    }
    for (int i = 0; i < observers; i++)
        wait_for(&all[i].count, IN_BLOCK * BLOCKS);
    observing_finish(&o);
    for (int i = 0; i < observers; i++) {
        assert_int_equal(all[i].count, IN_BLOCK * BLOCKS + 1);
        assert_int_equal(all[i].wrong, 0);
    }
    assert_int_equal(lost_in(&o), 0);
    observing_stop(&o);
}

static void ends_of_a_block_arrive_one_by_one_with_each_policy(void **state) {
    (void)state;
    ends_of_a_block_arrive_one_by_one(HPT_POLICY_BLOCK, 1);
    ends_of_a_block_arrive_one_by_one(HPT_POLICY_BLOCK, 2);
    ends_of_a_block_arrive_one_by_one(HPT_POLICY_DROP, 1);
    ends_of_a_block_arrive_one_by_one(HPT_POLICY_DROP, 2);
}

/* One that is held for so long that even the intake overflows, and a second that comes late. */
static void ends_of_a_block_are_lost_one_by_one(void **state) {
    (void)state;
    enum { BLOCKS = 4000 };
    observing o;
    observing_start(&o, 2);
    ledger first = { .is_held = true, .may_skip = true }, second = { .may_skip = true };
    observing_attach_function(&o, book, &first, HPT_POLICY_DROP, 0);
    push_block(&o, 0);
    wait_for(&first.count, IN_BLOCK);
    for (uint64_t block = 1; block < BLOCKS; block++)
        push_block(&o, IN_BLOCK * block);
    uint64_t before = lost_in(&o); /* the lane counts when it gets to it: none yet */
    assert_int_equal(before, 0);
    observing_attach_function(&o, book, &second, HPT_POLICY_DROP, 0);
    push_block(&o, IN_BLOCK * BLOCKS);
    atomic_store(&first.is_held, false);
    observing_finish(&o);
    /* All that the first did not get, and what the second did not of the last block. */
    uint64_t lost = lost_in(&o);
    assert_true(lost > 1000);
    assert_int_equal((uint64_t)first.count + (uint64_t)second.count + lost,
                     IN_BLOCK * (BLOCKS + 1) + 1 + IN_BLOCK + 1);
    assert_int_equal(first.wrong, 0);
    assert_int_equal(second.wrong, 0);
    observing_stop(&o);
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
    wait_for(&w->count, 1 + TRIALS + 100);
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

/* Until buffer_count is what limits, the intake must not: the dispatcher stands still meanwhile. */
static void a_large_buffer_is_not_cut_short_by_the_intake(void **state) {
    (void)state;
    enum { TRIALS = 65000 };
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    atomic_store(&w->is_held, true);
    observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 1 << 17);
    observing_push_created(&o, 4090);
    wait_for(&w->count, 1);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_created(&o, trial);
    assert_int_equal(lost_in(&o), 0);
    atomic_store(&w->is_held, false);
    wait_for(&w->count, 1 + TRIALS);
    observing_finish(&o);
    assert_int_equal(lost_in(&o), 0);
    assert_int_equal(w->count, 1 + TRIALS + 1);
    observing_stop(&o);
    test_free(w);
}

static void the_warning_of_a_loss_names_the_remedy(void **state) {
    (void)state;
    observing o;
    char      text[600];
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    atomic_store(&w->is_held, true);
    observing_attach_function(&o, watch, w, HPT_POLICY_DROP, 16);
    observing_push_created(&o, 4090);
    wait_for(&w->count, 1);
    for (uint64_t trial = 0; trial < 17; trial++) /* merged at once when the call is over */
        observing_push_created(&o, trial);
    atomic_store(&w->is_held, false);
    observing_finish(&o);
    assert_int_equal(lost_in(&o), 1);
    assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
    assert_string_equal(text, "observer function lost 1 event (policy block loses none, a larger "
                              "buffer_count fewer)");
    observing_stop(&o);
    test_free(w);
}

static void a_failure_that_repeats_is_told_once(void **state) {
    (void)state;
    observing o;
    char      text[600];
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->answer = HPT_EIO;
    observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 0);
    observing_push_created(&o, 0);
    wait_for(&w->batches, 1);
    observing_finish(&o);
    assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
    assert_string_equal(text, "observer function failed 2 times: the observer says no");
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
    enum { TRIALS = 4000, PACE = 128 };
    observing o;
    observing_start(&o, 1);
    watcher *slow = new_watcher(&o), *fast = new_watcher(&o);
    slow->nap_ms = 2;
    observing_attach_function(&o, watch, slow, HPT_POLICY_DROP, 16);
    observing_attach_function(&o, watch, fast, HPT_POLICY_DROP, 1 << 16);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        observing_push_trial(&o, trial, 0);
        /* Never more than the intake has room for, however busy the machine is. */
        if (trial % PACE == PACE - 1) wait_for(&fast->count, 5 * (trial - (PACE - 1)));
    }
    observing_finish(&o);
    assert_int_equal(fast->count, 5 * TRIALS + 1);
    assert_int_equal(fast->disorder, 0);
    assert_int_equal((uint64_t)slow->count + lost_in(&o), 5 * TRIALS + 1);
    observing_stop(&o);
    test_free(slow);
    test_free(fast);
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

/* An fsync, a round trip: what takes its time per call, not per event. */
static void what_is_slow_per_call_gets_large_batches(void **state) {
    (void)state;
    enum { TRIALS = 3000 };
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o);
    w->nap_ms = 10;
    observing_attach_function(&o, watch, w, HPT_POLICY_BLOCK, 0);
    for (uint64_t trial = 0; trial < TRIALS; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    assert_int_equal(w->count, 5 * TRIALS + 1);
    assert_true(w->largest_batch >= 256);
    assert_in_range(w->batches, 5 * TRIALS / 512, 200);
    observing_stop(&o);
    test_free(w);
}

/* Sleeps for each event: however large the batches, it is not done with its buffer for long. */
static hpt_status dawdle(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    observing_sleep_ms(4 * (long)count);
    return watch(user, events, count, err);
}

static double seconds_of_the_end(hpt_events_function events, long nap_ms) {
    observing o;
    observing_start(&o, 1);
    watcher *w = new_watcher(&o), *before = new_watcher(&o);
    w->nap_ms = nap_ms;
    observing_attach_function(&o, events, w, HPT_POLICY_DROP, 0);
    observing_attach_function(&o, watch, before, HPT_POLICY_DROP, 0);
    observing_push_created(&o, 4090); /* so that it is busy, with one event, and the rest waits */
    wait_for(&w->batches, 1);
    atomic_store(&before->is_held, true);
    for (uint64_t trial = 0; trial < 1600; trial++)
        observing_push_created(&o, trial);
    int64_t start_ns = hpi_now_ns();
    atomic_store(&before->is_held, false);
    observing_finish(&o);
    double seconds = (double)(hpi_now_ns() - start_ns) / 1e9;
    assert_int_equal((uint64_t)w->count + lost_in(&o), 1601 + 1);
    assert_int_equal(before->count, 1601 + 1);
    assert_int_equal(w->finished, 1);
    assert_int_equal(w->after_finished, 0);
    assert_int_equal(w->disorder, 0);
    observing_stop(&o);
    test_free(w);
    test_free(before);
    return seconds;
}

static void the_end_does_not_wait_for_a_drop_observer(void **state) {
    (void)state;
    assert_true(seconds_of_the_end(watch, 10) < 2); /* all of it, in a few calls */
    assert_true(seconds_of_the_end(dawdle, 0) < 5); /* one full batch at the worst, and a second */
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
        cmocka_unit_test(ends_of_a_block_arrive_one_by_one_with_each_policy),
        cmocka_unit_test(ends_of_a_block_are_lost_one_by_one),
        cmocka_unit_test(facts_wait_for_their_marks),
        cmocka_unit_test(facts_wait_for_their_marks_in_a_crowd),
        cmocka_unit_test(a_held_drop_observer_loses_exactly_what_it_does_not_get),
        cmocka_unit_test(a_large_buffer_is_not_cut_short_by_the_intake),
        cmocka_unit_test(the_warning_of_a_loss_names_the_remedy),
        cmocka_unit_test(a_failure_that_repeats_is_told_once),
        cmocka_unit_test(losses_count_only_kinds_that_are_wanted),
        cmocka_unit_test(a_slow_block_observer_makes_the_producer_wait_and_loses_nothing),
        cmocka_unit_test(a_held_drop_observer_slows_neither_the_producer_nor_the_block_lane),
        cmocka_unit_test(a_slow_drop_observer_does_not_make_its_neighbour_lose),
        cmocka_unit_test(a_failing_observer_is_counted_and_stays),
        cmocka_unit_test(what_is_slow_per_call_gets_large_batches),
        cmocka_unit_test(the_end_does_not_wait_for_a_drop_observer),
        cmocka_unit_test(a_point_of_many_parameters_with_many_notes_arrives_whole),
        cmocka_unit_test(destroy_without_finish_delivers_what_there_is_but_no_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
