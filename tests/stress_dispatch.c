/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no race, no deadlock, no lost or reordered event while producers push and others attach,
 *         detach, subscribe, poll and destroy at random moments. For ThreadSanitizer too.
 * Method: one coordinator and some workers hand trials to each other as a run does; one `block`
 *         observer and one receiver stay throughout and check everything; a crowd comes and goes.
 */
#include "observing.h"

#include <sched.h>
#include <stdlib.h>

#include "base/thread.h"

enum { WORKERS = 3, CROWD = 2 };

typedef struct stress stress;

/* A mailbox of one trial, coordinator to worker and back, with the marks of both. */
typedef struct worker {
    stress     *s;
    uint32_t    index;
    hpi_thread  thread;
    atomic_long given, returned; /* trial + 1; 0 = empty; -1 = leave */
    uint64_t    given_mark, returned_mark;
} worker;

struct stress {
    observing     o;
    long          trial_count;
    worker        workers[WORKERS];
    hpi_thread    crowd[CROWD];
    atomic_bool   is_over;
    atomic_int    places;
    struct guest *kept[CROWD];
};

/* Who watches throughout. `phase` is per trial, as in a run: 1 created, 2 started, 3, 4 reports. */
typedef struct witness {
    unsigned char *phase;
    uint64_t       count, disorder, finished;
} witness;

static void check(witness *w, const hpt_event *event) {
    unsigned char *phase = &w->phase[event->trial];
    w->count++;
    if (event->kind == HPT_EVENT_FINISHED) {
        w->finished++;
        return;
    }
    unsigned char expected = event->kind == HPT_EVENT_TRIAL_CREATED   ? 0
                             : event->kind == HPT_EVENT_TRIAL_STARTED ? 1
                             : event->kind == HPT_EVENT_TRIAL_REPORTED
                                 ? (unsigned char)(1 + event->step)
                                 : 4;
    w->disorder += *phase != expected || w->finished;
    *phase = (unsigned char)(expected + 1);
}

static hpt_status watch(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)err;
    for (size_t i = 0; i < count; i++)
        check(user, &events[i]);
    return HPT_OK;
}

static void *work(void *user) {
    worker *w = user;
    for (;;) {
        long given;
        while ((given = atomic_load_explicit(&w->given, memory_order_acquire)) == 0)
            sched_yield(); /* to whom it waits for, where there is one CPU */
        if (given < 0) return NULL;
        atomic_store_explicit(&w->given, 0, memory_order_relaxed);
        uint64_t trial = (uint64_t)given - 1;
        observing_push_started(&w->s->o, trial, w->index, w->given_mark);
        observing_push_reported(&w->s->o, trial, w->index, 1);
        observing_push_reported(&w->s->o, trial, w->index, 2);
        w->returned_mark = hpi_dispatch_mark(w->s->o.dispatch, 1 + w->index);
        atomic_store_explicit(&w->returned, given, memory_order_release);
    }
}

/* The coordinator: keeps every worker busy until all trials have ended. */
static void coordinate(stress *s) {
    long next = 0, ended = 0;
    while (ended < s->trial_count) {
        for (uint32_t i = 0; i < WORKERS; i++) {
            worker *w = &s->workers[i];
            long    back = atomic_load_explicit(&w->returned, memory_order_acquire);
            if (back == 0) continue;
            if (back > 0) {
                observing_push_ended(&s->o, (uint64_t)back - 1, i, w->returned_mark);
                ended++;
            }
            atomic_store_explicit(&w->returned, 0, memory_order_relaxed);
            if (next == s->trial_count) continue;
            observing_push_created(&s->o, (uint64_t)next);
            w->given_mark = hpi_dispatch_mark(s->o.dispatch, 0);
            atomic_store_explicit(&w->given, ++next, memory_order_release);
        }
        sched_yield();
    }
}

/* One of the crowd: an observer or receiver that does something and goes. */

typedef struct guest {
    struct guest *next;
    hpi_dispatch *dispatch;
    atomic_ulong  id;
    atomic_uint   calls;
    uint32_t      manners; /* 0: sits; 1: detaches itself; 2: fails; 3: dawdles */
} guest;

static hpt_status visit(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    guest *g = user;
    (void)events, (void)count;
    atomic_fetch_add(&g->calls, 1);
    if (g->manners == 1 && atomic_load(&g->id))
        hpi_dispatch_detach(g->dispatch, atomic_load(&g->id), NULL);
    if (g->manners == 3) observing_sleep_ms(1);
    return g->manners == 2 ? hpt_error(err, HPT_EIO, "on purpose") : HPT_OK;
}

/* `kept`: those who may still be returning from a last call. */
static void come_and_go(hpi_dispatch *dispatch, uint32_t dice, guest **kept) {
    guest       *g = calloc(1, sizeof *g);
    hpt_observer observer = hpt_observer_default();
    uint64_t     id = 0;
    g->dispatch = dispatch;
    g->manners = dice & 3;
    observer.events = visit;
    observer.user = g;
    observer.policy = dice & 4 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
    observer.buffer_count = 16;
    observer.kinds = dice >> 8 & HPT_EVENT_ALL;
    if (hpi_dispatch_attach(dispatch, &observer, &id, NULL) == HPT_OK) {
        atomic_store(&g->id, id);
        if (dice & 16) observing_sleep_ms(dice >> 5 & 1);
        if (hpi_dispatch_detach(dispatch, id, NULL) != HPT_OK) observing_sleep_ms(20);
        unsigned calls = atomic_load(&g->calls);
        if (dice & 32) observing_sleep_ms(1);
        if (g->manners != 1 && atomic_load(&g->calls) != calls) abort(); /* called after detach */
    }
    if (g->manners == 1) {
        g->next = *kept;
        *kept = g;
    } else {
        free(g);
    }
}

static void subscribe_and_go(hpi_dispatch *dispatch, uint32_t dice) {
    hpt_receiver    *receiver = NULL;
    const hpt_event *events;
    uint64_t         missed;
    if (hpi_dispatch_subscribe(dispatch, dice >> 8 & HPT_EVENT_ALL, 16, &receiver, NULL) != HPT_OK)
        return;
    for (uint32_t i = 0; i < (dice & 3); i++)
        hpt_receiver_poll(receiver, &events, &missed);
    hpt_receiver_destroy(receiver);
}

static void *crowd(void *user) {
    stress  *s = user;
    int      place = atomic_fetch_add(&s->places, 1);
    uint32_t dice = (uint32_t)(uintptr_t)&dice;
    while (!atomic_load(&s->is_over)) {
        dice = dice * 1664525 + 1013904223;
        if (dice >> 30 == 0)
            subscribe_and_go(s->o.dispatch, dice >> 8);
        else
            come_and_go(s->o.dispatch, dice >> 8, &s->kept[place]);
        hpi_dispatch_wants(s->o.dispatch, HPT_EVENT_ALL);
        uint64_t lost, failures;
        hpi_dispatch_totals(s->o.dispatch, &lost, &failures);
    }
    return NULL;
}

static void start_threads(stress *s) {
    for (uint32_t i = 0; i < WORKERS; i++) {
        worker *w = &s->workers[i];
        w->s = s;
        w->index = i;
        atomic_store(&w->returned, -1); /* wants its first trial */
        assert_int_equal(hpi_thread_start(&w->thread, "worker", work, w, NULL), HPT_OK);
    }
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(hpi_thread_start(&s->crowd[i], "crowd", crowd, s, NULL), HPT_OK);
}

static void stop_threads(stress *s) {
    for (int i = 0; i < WORKERS; i++) {
        atomic_store(&s->workers[i].given, -1);
        hpi_thread_join(&s->workers[i].thread);
    }
    atomic_store(&s->is_over, true);
    for (int i = 0; i < CROWD; i++)
        hpi_thread_join(&s->crowd[i]);
}

static void forget_kept(stress *s) {
    for (int i = 0; i < CROWD; i++) {
        while (s->kept[i]) {
            guest *next = s->kept[i]->next;
            free(s->kept[i]);
            s->kept[i] = next;
        }
    }
}

static void poll_all(hpt_receiver *receiver, witness *w, uint64_t *missed) {
    const hpt_event *events;
    uint64_t         now;
    size_t           count;
    while ((count = hpt_receiver_poll(receiver, &events, &now)) > 0) {
        *missed += now;
        for (size_t i = 0; i < count; i++)
            w->count++;
    }
    *missed += now;
}

static void nothing_is_lost_while_a_crowd_comes_and_goes(void **state) {
    (void)state;
    stress *s = test_calloc(1, sizeof *s);
    s->trial_count = (long)fixture_scaled(20000);
    witness       all = { .phase = test_calloc((size_t)s->trial_count, 1) }, polled = { 0 };
    uint64_t      missed = 0;
    hpt_receiver *receiver = NULL;
    observing_start(&s->o, WORKERS);
    observing_attach_function(&s->o, watch, &all, HPT_POLICY_BLOCK, 64);
    assert_int_equal(hpi_dispatch_subscribe(s->o.dispatch, 0, 256, &receiver, NULL), HPT_OK);
    start_threads(s);
    coordinate(s);
    stop_threads(s);
    observing_finish(&s->o);
    poll_all(receiver, &polled, &missed);
    assert_int_equal(all.count, 5 * s->trial_count + 1);
    assert_int_equal(all.disorder, 0);
    assert_int_equal(all.finished, 1);
    assert_int_equal(polled.count + missed, 5 * s->trial_count + 1);
    observing_stop(&s->o);
    hpt_receiver_destroy(receiver);
    forget_kept(s);
    test_free(all.phase);
    test_free(s);
}

/* Runs end while receivers of theirs are destroyed and observers come. */
static void *destroy_receiver(void *user) {
    hpt_receiver_destroy(user);
    return NULL;
}

static void a_run_may_end_while_its_receivers_go(void **state) {
    (void)state;
    size_t rounds = fixture_scaled(300);
    for (size_t round = 0; round < rounds; round++) {
        observing     o;
        hpi_thread    thread;
        hpt_receiver *receivers[2];
        observing_start(&o, 1);
        for (int i = 0; i < 2; i++)
            assert_int_equal(hpi_dispatch_subscribe(o.dispatch, 0, 16, &receivers[i], NULL),
                             HPT_OK);
        observing_push_trial(&o, 0, 0);
        assert_int_equal(hpi_thread_start(&thread, "other", destroy_receiver, receivers[0], NULL),
                         HPT_OK);
        if (round & 1) observing_finish(&o);
        observing_stop(&o);
        hpi_thread_join(&thread);
        hpt_receiver_destroy(receivers[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_while_a_crowd_comes_and_goes),
        cmocka_unit_test(a_run_may_end_while_its_receivers_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
