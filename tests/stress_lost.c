/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whoever is first ends a trial, its objective or the watch, and only he: each trial ends
 *         once, with the value of its objective or without any; what is said at that moment is told
 *         or not, as a whole; and runs that are over are not touched by those who come late.
 * Method: objectives that return at about the moment at which they are given up, and report, note,
 *         ask and look at their run while they do; many small runs, several at once. For
 *         ThreadSanitizer and AddressSanitizer. */
#include "hanging.h"

#include <string.h>

#include "base/thread.h"
#include "run/run.h"

enum { TRIALS = 120, WORKERS = 3, RUNS = 2 };

typedef struct late {
    atomic_ulong begun, returned;
    uint64_t     spread_us; /* trials take up to so long */
    unsigned     ended[TRIALS];
    unsigned     wrong;
} late;

static void sleep_us(uint64_t us) {
    struct timespec span = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };
    nanosleep(&span, NULL);
}

static void talk(hpt_trial *trial, uint64_t bits) {
    hpt_stats stats = { .struct_size = sizeof stats };
    if (bits & 1) hpt_trial_report(trial, 1, 1);
    if (bits & 2) hpt_trial_set_attr(trial, "a", hpt_int(7));
    if (bits & 4) hpt_trial_left_s(trial);
    if (bits & 8) hpt_run_stats(hpt_trial_run(trial), &stats, NULL);
    if (bits & 16) hpt_trial_set_attr(trial, "b", hpt_text("seven"));
    if (bits & 32) hpt_trial_constraint(trial, "c", -1);
}

static hpt_status come_late(hpt_trial *trial, void *user, double *value_out) {
    late    *it = user;
    uint64_t bits = hpt_trial_seed(trial, 0), number = hpt_trial_number(trial);
    atomic_fetch_add(&it->begun, 1);
    sleep_us(bits % it->spread_us);
    for (uint64_t i = 0; i < (bits >> 50) % 16; i++)
        talk(trial, bits >> (16 + i));
    *value_out = (double)number;
    if ((bits >> 40) % 4 == 0) hpt_trial_should_stop(trial);
    atomic_fetch_add(&it->returned, 1);
    return (bits >> 42) % 8 == 0 ? hpt_trial_fail(trial, "so be it") : HPT_OK;
}

static bool is_whole(const hpt_event *event) {
    for (uint32_t i = 0; i < event->attr_count; i++) {
        const hpt_attr *attr = &event->attrs[i];
        if (strcmp(attr->name, "a") == 0 && attr->value.as.integer != 7) return false;
        if (strcmp(attr->name, "b") == 0 && strcmp(attr->value.as.text, "seven") != 0) return false;
    }
    return event->state != HPT_TRIAL_COMPLETE || event->value == (double)event->trial;
}

static hpt_status count_ends(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    late *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->ended[events[i].trial]++;
        it->wrong += !is_whole(&events[i]);
    }
    return HPT_OK;
}

static hpt_options options_of(uint64_t seed, hpt_observer *observer, late *it) {
    hpt_options options = runs_options(WORKERS, TRIALS);
    *observer = hpt_observer_default();
    observer->events = count_ends;
    observer->user = it;
    observer->policy = HPT_POLICY_BLOCK;
    options.observers = observer;
    options.observer_count = 1;
    options.seed = seed;
    options.trial_s_max = 0.001;
    options.grace_s = seed % 2 == 0 ? 0 : 0.001;
    options.lost_count_max = seed % 3 == 0 ? 4 : TRIALS;
    options.window = seed % 5 == 0 ? 16 : 0;
    options.on_timeout.retry_count = seed % 7 == 0;
    if (seed % 4 == 1) options.coordinator = HPT_COORDINATOR_CALLER;
    return options;
}

static void assert_ended(hpt_run *run, const late *it) {
    hpt_result *result = runs_end(run);
    uint64_t    count = hpt_result_stats(result)->trial_count;
    bool        is_stopped = hpt_result_stop(result) == HPT_STOP_WORKERS;
    assert_true(is_stopped || count == TRIALS);
    hpt_result_destroy(result);
    assert_int_equal(it->wrong, 0);
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(it->ended[i], 1);
}

static void each_trial_ends_once_however_late_it_is(void **state) {
    (void)state;
    size_t threads = runs_threads();
    for (size_t round = 0; round < fixture_scaled(6); round++) {
        static late  lates[RUNS];
        hpt_observer observers[RUNS];
        hpt_run     *runs[RUNS];
        for (size_t i = 0; i < RUNS; i++) {
            uint64_t seed = RUNS * round + i;
            memset(&lates[i], 0, sizeof lates[i]);
            lates[i].spread_us = 2000 + 2000 * (seed % 3);
            hpt_options options = options_of(seed, &observers[i], &lates[i]);
            runs[i] = runs_start(come_late, &lates[i], &options);
        }
        for (size_t i = 0; i < RUNS; i++)
            assert_ended(runs[i], &lates[i]);
        for (size_t i = 0; i < RUNS; i++)
            assert_true(runs_wait_for(&lates[i].returned, atomic_load(&lates[i].begun)));
        runs_assert_threads(threads);
    }
}

/* The word alone: a worker as fast as it can be, and a watch that is after each of its trials. A
 * trial that is lost is given back, so that there can be more of them. */

typedef struct duel {
    hpt_run     run;
    hpi_worker  worker;
    hpt_coord   point;
    atomic_uint is_over;
    uint64_t    noted;         /* like notes and reports: by who has the trial  */
    uint64_t    lost_by_watch; /* the watch's                                   */
    atomic_uint is_given_back;
} duel;

static void *watch_main(void *user) {
    duel    *it = user;
    unsigned looks = 0;
    while (!atomic_load(&it->is_over)) {
        uint64_t word = atomic_load_explicit(&it->worker.grip.phase, memory_order_acquire);
        if (!hpi_grip_lose(&it->worker.grip, word)) {
            if (++looks % 64 == 0) hpi_thread_yield();
            continue;
        }
        it->noted++; /* nobody else has it now */
        it->lost_by_watch++;
        atomic_store(&it->is_given_back, 1);
        while (atomic_load(&it->is_given_back) && !atomic_load(&it->is_over))
            hpi_thread_yield();
    }
    return NULL;
}

static bool evaluate(duel *it, bool is_slow) {
    hpi_grip_begin(&it->worker, 0);
    for (int i = 0; i < 2; i++) {
        if (!hpi_trial_enter(&it->worker.trial)) break;
        it->noted++;
        hpi_trial_leave(&it->worker.trial);
        if (is_slow) hpi_thread_yield();
    }
    return hpi_grip_end(&it->worker);
}

static void take_back(duel *it) {
    while (!atomic_load(&it->is_given_back))
        hpi_thread_yield();
    it->worker.grip.is_lost = false;
    atomic_store(&it->worker.grip.phase,
                 atomic_load(&it->worker.grip.phase) & ~(uint64_t)HPI_PHASE_MASK);
    atomic_store(&it->is_given_back, 0);
}

static uint64_t word_of(duel *it) {
    return atomic_load(&it->worker.grip.phase);
}

static void open_duel(duel *it) {
    memset(it, 0, sizeof *it);
    it->worker.run = &it->run;
    it->worker.grip.point = &it->point;
    it->worker.trial.phase = &it->worker.grip.phase;
}

static void what_was_seen_of_a_trial_ends_no_other(void **state) {
    (void)state;
    static duel it;
    open_duel(&it);
    assert_false(hpi_grip_lose(&it.worker.grip, word_of(&it))); /* nobody has it */
    hpi_grip_begin(&it.worker, 0);
    uint64_t running = word_of(&it);
    assert_true(hpi_trial_enter(&it.worker.trial));
    assert_false(hpi_grip_lose(&it.worker.grip, running)); /* busy since */
    assert_false(hpi_grip_lose(&it.worker.grip, word_of(&it)));
    hpi_trial_leave(&it.worker.trial);
    assert_int_equal(word_of(&it), running);
    assert_true(hpi_grip_end(&it.worker));
    assert_false(hpi_grip_lose(&it.worker.grip, running)); /* at its end */
    hpi_grip_begin(&it.worker, 0);
    assert_false(hpi_grip_lose(&it.worker.grip, running)); /* the next one */
    assert_true(hpi_grip_lose(&it.worker.grip, word_of(&it)));
    assert_false(hpi_grip_lose(&it.worker.grip, word_of(&it))); /* once */
    assert_false(hpi_trial_enter(&it.worker.trial));
    assert_false(hpi_grip_end(&it.worker));
    assert_true(it.worker.grip.is_lost);
}

static void a_trial_is_ended_by_one_of_two(void **state) {
    (void)state;
    static duel  it;
    hpi_thread   watch;
    uint64_t     lost = 0, kept = 0, noted;
    const size_t enough = fixture_scaled(1000);
    open_duel(&it);
    assert_int_equal(hpi_thread_start(&watch, "watch", watch_main, &it, NULL), HPT_OK);
    while (lost < enough || kept < enough) {
        bool is_lost = !evaluate(&it, (lost + kept) % 8 == 0);
        lost += is_lost;
        kept += !is_lost;
        if (is_lost) take_back(&it);
    }
    atomic_store(&it.is_over, 1);
    hpi_thread_join(&watch);
    noted = it.noted;
    assert_int_equal(it.lost_by_watch, lost);
    assert_in_range(noted, lost + 2 * kept, 3 * lost + 2 * kept);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_seen_of_a_trial_ends_no_other),
    cmocka_unit_test(a_trial_is_ended_by_one_of_two),
    cmocka_unit_test(each_trial_ends_once_however_late_it_is),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}
