/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   any number of workers, up to far more than there are cores, evaluates every trial once
 * and loses none, however long trials take, however few may be in flight, whenever somebody
 * cancels. Method: runs with 1 to 64 workers and an objective that returns, yields or sleeps as its
 * trial's seed says, and notes who called it. A stall shows as the time limit of the test. */
#include "runs.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TRIALS_MAX = 4096, WORKERS_MAX = 64 };

typedef struct book {
    atomic_uint      calls[TRIALS_MAX]; /* by number */
    uint64_t         cancel_at;         /* trial that cancels; UINT64_MAX = none */
    hpt_cancel       cancel;
    hpt_cancel_level level;
} book;

static void sleep_us(unsigned us) {
    struct timespec span = { 0, (long)us * 1000 };
    nanosleep(&span, NULL);
}

static hpt_status dawdle(hpt_trial *trial, void *user, double *value_out) {
    book    *it = user;
    uint64_t number = hpt_trial_number(trial), bits = hpt_trial_seed(trial, 3);
    atomic_fetch_add(&it->calls[number], 1);
    if (number == it->cancel_at) hpt_cancel_raise(&it->cancel, it->level);
    switch (bits % 32) {
    case 0:
        sleep_us((unsigned)(bits >> 8) % 200);
        break;
    case 1:
    case 2:
        sched_yield();
        break;
    default:
        break;
    }
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static book *open_book(void) {
    static book it;
    for (size_t i = 0; i < TRIALS_MAX; i++)
        atomic_store(&it.calls[i], 0);
    it.cancel = (hpt_cancel){ 0 };
    it.cancel_at = UINT64_MAX;
    return &it;
}

/* Every trial that counts as complete was called once, every other at most once. */
static void judge(const hpt_result *result, const book *it) {
    uint64_t called = 0;
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        assert_true(atomic_load(&it->calls[i]) <= 1);
        called += atomic_load(&it->calls[i]);
    }
    uint64_t complete = hpt_result_count(result, HPT_TRIAL_COMPLETE);
    assert_true(complete <= called);
    if (hpt_result_count(result, HPT_TRIAL_CANCELLED) == 0) assert_int_equal(complete, called);
}

static void run_all(uint32_t workers, uint64_t trials, uint32_t window) {
    book       *it = open_book();
    hpt_options options = runs_options(workers, trials);
    options.window = window;
    hpt_result *result = runs_do(dawdle, it, &options);
    judge(result, it);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials);
    hpt_result_destroy(result);
}

static void any_number_of_workers_evaluates_every_trial_once(void **state) {
    (void)state;
    for (size_t round = 0; round < fixture_scaled(2); round++)
        for (uint32_t workers = 1; workers <= WORKERS_MAX; workers += 1 + workers / 4)
            run_all(workers, 1000 + round, 0);
}

static void a_window_of_a_few_trials_starves_nobody_for_ever(void **state) {
    static const uint32_t windows[] = { 1, 2, 3, 7 };
    (void)state;
    for (size_t round = 0; round < fixture_scaled(2); round++)
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
            for (uint32_t workers = 1; workers <= WORKERS_MAX; workers *= 2)
                run_all(workers, 200, windows[i]);
}

static void more_workers_than_trials_end_together(void **state) {
    (void)state;
    for (size_t round = 0; round < fixture_scaled(10); round++)
        for (uint64_t trials = 1; trials < WORKERS_MAX; trials *= 2)
            run_all(WORKERS_MAX, trials, 0);
}

static void four_workers_for_each_core_finish(void **state) {
    (void)state;
    long     cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t workers = 4 * (uint32_t)(cores > 0 ? cores : 1);
    for (size_t round = 0; round < fixture_scaled(10); round++)
        run_all(workers > WORKERS_MAX ? WORKERS_MAX : workers, TRIALS_MAX, 0);
}

/* Cancel from inside, at one trial after another from the first to the last. */
static void a_cancel_at_any_trial_loses_none(void **state) {
    (void)state;
    size_t steps = fixture_scaled(60);
    for (size_t step = 0; step < steps; step++) {
        book       *it = open_book();
        uint64_t    trials = 300;
        hpt_options options = runs_options(1 + (uint32_t)(step % 9), trials);
        options.window = step % 4 == 0 ? 5 : 0;
        options.cancel = &it->cancel;
        it->cancel_at = step * (trials - 1) / (steps > 1 ? steps - 1 : 1);
        it->level = step % 2 ? HPT_CANCEL_NOW : HPT_CANCEL_FINISH;
        hpt_result *result = runs_do(dawdle, it, &options);
        judge(result, it);
        hpt_result_destroy(result);
    }
}

static void *cancel_soon(void *user) {
    book *it = user;
    sleep_us((unsigned)(it->cancel_at - TRIALS_MAX));
    hpt_cancel_raise(&it->cancel, it->level);
    return NULL;
}

/* Cancel from outside, while workers start, work, sleep and leave. */
static void a_cancel_at_any_moment_ends_the_run(void **state) {
    (void)state;
    for (unsigned round = 0; round < fixture_scaled(100); round++) {
        book       *it = open_book();
        hpt_options options = runs_options(1 + round % 17, TRIALS_MAX);
        pthread_t   other;
        options.cancel = &it->cancel;
        it->level = round % 2 ? HPT_CANCEL_NOW : HPT_CANCEL_FINISH;
        it->cancel_at = TRIALS_MAX + round * 20; /* no trial's number: so many us later */
        assert_int_equal(pthread_create(&other, NULL, cancel_soon, it), 0);
        hpt_result *result = runs_do(dawdle, it, &options);
        pthread_join(other, NULL);
        judge(result, it);
        hpt_result_destroy(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_evaluates_every_trial_once),
        cmocka_unit_test(a_window_of_a_few_trials_starves_nobody_for_ever),
        cmocka_unit_test(more_workers_than_trials_end_together),
        cmocka_unit_test(four_workers_for_each_core_finish),
        cmocka_unit_test(a_cancel_at_any_trial_loses_none),
        cmocka_unit_test(a_cancel_at_any_moment_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
