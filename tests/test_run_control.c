/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   starting, polling, waiting, cancelling and destroying do what run.h says, from any thread
 *         that may call them, and a refused call does no harm.
 * Method: objectives that hold on until the test lets them go; every caller the header allows. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

static hpt_stats stats_of(const hpt_run *run) {
    hpt_stats stats;
    stats.struct_size = sizeof stats;
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    return stats;
}

/* Starting and waiting. */

static void a_started_run_goes_on_while_its_caller_polls(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        hpt_options options = runs_options(2, 1000);
        options.pool = runs_pools[i];
        hpt_run *run = runs_start(runs_count, NULL, &options);
        unsigned polls = 0;
        for (; hpt_run_poll(run) == HPT_EAGAIN; polls++)
            if (i == 0) runs_sleep_ms(1);
        hpt_result *result = runs_end(run);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1000);
        hpt_result_destroy(result);
    }
}

static hpt_status a_millisecond(hpt_trial *trial, void *user, double *value_out) {
    runs_sleep_ms(1);
    return runs_count(trial, user, value_out);
}

static void inline_a_poll_runs_one_trial(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(1, 100);
    options.pool = "inline";
    hpt_run *run = runs_start(a_millisecond, &calls, &options);
    for (unsigned long i = 1; i < 100; i++) {
        assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
        assert_int_equal(atomic_load(&calls), i);
    }
    hpt_result_destroy(runs_end(run));
}

static void waiting_gives_up_when_its_time_is_over(void **state) {
    (void)state;
    runs_gate   it = { 0 };
    hpt_options options = runs_options(2, 10);
    hpt_run    *run = runs_start(runs_pass, &it, &options);
    assert_int_equal(hpt_run_wait(run, 0), HPT_EAGAIN);
    assert_int_equal(hpt_run_wait(run, 0.02), HPT_EAGAIN);
    assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
    assert_int_equal(hpt_run_wait(run, NAN), HPT_EINVAL);
    atomic_store(&it.is_open, 1);
    assert_int_equal(hpt_run_wait(run, 1e300), HPT_OK);
    assert_int_equal(hpt_run_wait(run, 0), HPT_OK);
    hpt_result_destroy(runs_end(run));
}

static void inline_waiting_gives_up_between_trials(void **state) {
    (void)state;
    hpt_options options = runs_options(1, HPT_UNLIMITED);
    options.pool = "inline";
    hpt_run *run = runs_start(runs_count, NULL, &options);
    assert_int_equal(hpt_run_wait(run, 0.02), HPT_EAGAIN);
    uint64_t before = stats_of(run).trial_count;
    assert_int_equal(hpt_run_wait(run, 0.02), HPT_EAGAIN);
    assert_true(stats_of(run).trial_count > before);
    hpt_run_cancel(run, HPT_CANCEL_FINISH);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    hpt_result_destroy(result);
}

static void *wait_for_ever(void *run) {
    return (void *)(intptr_t)hpt_run_wait(run, -1);
}

static void many_threads_may_wait_for_one_run(void **state) {
    (void)state;
    enum { WAITERS = 8 };
    for (int i = 0; i < 2; i++) {
        pthread_t   waiters[WAITERS];
        hpt_options options = runs_options(2, 20000);
        options.pool = runs_pools[i];
        hpt_run *run = runs_start(runs_count, NULL, &options);
        for (int j = 0; j < WAITERS; j++)
            assert_int_equal(pthread_create(&waiters[j], NULL, wait_for_ever, run), 0);
        for (int j = 0; j < WAITERS; j++) {
            void *status;
            pthread_join(waiters[j], &status);
            assert_int_equal((intptr_t)status, HPT_OK);
        }
        hpt_result_destroy(runs_end(run));
    }
}

static void inline_a_waiter_takes_over_from_one_that_gives_up(void **state) {
    (void)state;
    pthread_t   waiter;
    hpt_options options = runs_options(1, 300);
    options.pool = "inline";
    hpt_run *run = runs_start(a_millisecond, NULL, &options);
    /* This thread works for a while; the other comes meanwhile, and must go on after it. */
    struct timespec moment = { 0, 1000000 };
    assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
    assert_int_equal(pthread_create(&waiter, NULL, wait_for_ever, run), 0);
    nanosleep(&moment, NULL);
    assert_int_equal(hpt_run_wait(run, 0.05), HPT_EAGAIN);
    void *status;
    pthread_join(waiter, &status);
    assert_int_equal((intptr_t)status, HPT_OK);
    hpt_result_destroy(runs_end(run));
}

typedef struct late_waiter {
    hpt_run  *run;
    pthread_t thread;
} late_waiter;

/* Called on the first trial, so that the other thread certainly finds the run being worked on. */
static hpt_status start_late_waiter(hpt_trial *trial, void *user, double *value_out) {
    late_waiter *it = user;
    if (hpt_trial_number(trial) == 0 &&
        pthread_create(&it->thread, NULL, wait_for_ever, hpt_trial_run(trial)) != 0)
        return HPT_EBUG;
    return a_millisecond(trial, NULL, value_out);
}

static void inline_a_waiter_that_found_another_at_work_takes_over(void **state) {
    (void)state;
    late_waiter it;
    hpt_options options = runs_options(1, 300);
    options.pool = "inline";
    hpt_run *run = runs_start(start_late_waiter, &it, &options);
    assert_int_equal(hpt_run_wait(run, 0.05), HPT_EAGAIN);
    void *status;
    pthread_join(it.thread, &status);
    assert_int_equal((intptr_t)status, HPT_OK);
    hpt_result_destroy(runs_end(run));
}

static void the_result_is_not_there_before_the_end(void **state) {
    (void)state;
    runs_gate   it = { 0 };
    hpt_options options = runs_options(2, 10);
    hpt_run    *run = runs_start(runs_pass, &it, &options);
    hpt_result *untouched = (hpt_result *)(void *)&it, *result = untouched;
    hpt_err     err;
    assert_int_equal(hpt_run_result(run, &result, &err), HPT_EBUSY);
    runs_assert_says(err.text, "not finished");
    assert_ptr_equal(result, untouched);
    atomic_store(&it.is_open, 1);
    hpt_result_destroy(runs_end(run));
}

static void each_call_makes_a_result_that_outlives_the_run(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 100);
    hpt_run    *run = runs_start(runs_count, NULL, &options);
    hpt_result *results[3];
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hpt_run_result(run, &results[i], NULL), HPT_OK);
    hpt_run_destroy(run);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hpt_result_count(results[i], HPT_TRIAL_COMPLETE), 100);
        assert_int_equal(strlen(hpt_result_id(results[i])), 36);
        assert_string_equal(hpt_result_id(results[i]), hpt_result_id(results[0]));
        assert_int_equal(hpt_result_seed(results[i]), 7);
    }
    for (int i = 0; i < 3; i++)
        hpt_result_destroy(results[i]);
}

/* Destroying. */

static void destroying_a_run_ends_it(void **state) {
    (void)state;
    size_t threads = runs_threads();
    for (int i = 0; i < 2; i++) {
        hpt_options options = runs_options(3, HPT_UNLIMITED);
        options.pool = runs_pools[i];
        hpt_run *run = runs_start(runs_until_stopped, NULL, &options);
        hpt_run_destroy(run);
    }
    hpt_options endless = runs_options(2, 0); /* a started run needs no limit */
    hpt_run_destroy(runs_start(runs_count, NULL, &endless));
    hpt_run_destroy(NULL);
    runs_assert_threads(threads);
}

/* From inside. */

typedef struct inside {
    hpt_run     *run;
    atomic_ulong wrong_count, call_count;
} inside;

static void call_from_inside(inside *it, hpt_run *run) {
    hpt_result *result = NULL;
    hpt_stats   stats = { .struct_size = sizeof stats };
    bool        good = hpt_run_wait(run, -1) == HPT_EREENTRANT;
    good = hpt_run_wait(run, 0) == HPT_EREENTRANT && good;
    good = hpt_run_poll(run) == HPT_EAGAIN && good;
    good = hpt_run_stats(run, &stats, NULL) == HPT_OK && good;
    good = hpt_run_result(run, &result, NULL) == HPT_EBUSY && good;
    hpt_run_destroy(run); /* does nothing */
    atomic_fetch_add(&it->call_count, 1);
    atomic_fetch_add(&it->wrong_count, good ? 0 : 1);
}

static hpt_status wait_from_objective(hpt_trial *trial, void *user, double *value_out) {
    call_from_inside(user, hpt_trial_run(trial));
    *value_out = 0;
    return HPT_OK;
}

static void an_objective_cannot_wait_for_its_own_run(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        inside      it = { 0 };
        hpt_options options = runs_options(2, 50);
        options.pool = runs_pools[i];
        hpt_result_destroy(runs_do(wait_from_objective, &it, &options));
        assert_int_equal(atomic_load(&it.call_count), 50);
        assert_int_equal(atomic_load(&it.wrong_count), 0);
    }
}

static hpt_status wait_from_events(void *user, const hpt_event *events, size_t count,
                                   hpt_err *err) {
    inside *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) call_from_inside(it, it->run);
    return HPT_OK;
}

static void an_observer_cannot_wait_for_its_run(void **state) {
    (void)state;
    inside       it = { 0 };
    runs_gate    first = { 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(2, 50);
    observer.events = wait_from_events;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    hpt_run *run = it.run = runs_start(runs_pass, &first, &options);
    assert_int_equal(hpt_run_attach(run, &observer, NULL, NULL), HPT_OK);
    atomic_store(&first.is_open, 1);
    hpt_result_destroy(runs_end(run));
    assert_true(atomic_load(&it.call_count) > 0);
    assert_int_equal(atomic_load(&it.wrong_count), 0);
}

/* Runs beside and within each other. */

static void *run_alone(void *user) {
    atomic_ulong *calls = user;
    hpt_space    *space = hpt_space_create();
    hpt_options   options = runs_options(2, 5000);
    hpt_result   *result = NULL;
    hpt_space_add_real(space, "x", 0, 1);
    bool good = hpt_parallel_run(space, runs_count, calls, &options, &result, NULL) == HPT_OK &&
                hpt_result_count(result, HPT_TRIAL_COMPLETE) == 5000;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return (void *)(intptr_t)good;
}

static void several_threads_may_run_at_once(void **state) {
    (void)state;
    enum { THREADS = 6 };
    pthread_t    threads[THREADS];
    atomic_ulong calls[THREADS];
    for (int i = 0; i < THREADS; i++) {
        atomic_init(&calls[i], 0);
        assert_int_equal(pthread_create(&threads[i], NULL, run_alone, &calls[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *good;
        pthread_join(threads[i], &good);
        assert_true(good);
        assert_int_equal(atomic_load(&calls[i]), 5000);
    }
}

typedef struct nest {
    const char *pool;
    int         depth;
} nest;

/* The value is how many trials ran below this one. */
static hpt_status nested(hpt_trial *trial, void *user, double *value_out) {
    const nest *mine = user;
    nest        below = { mine->pool, mine->depth - 1 };
    *value_out = 1;
    if (mine->depth == 0) return HPT_OK;
    hpt_options options = runs_options(2, 5);
    hpt_result *result = NULL;
    options.pool = mine->pool;
    hpt_status status =
        hpt_parallel_run(hpt_trial_space(trial), nested, &below, &options, &result, NULL);
    if (status != HPT_OK) return status;
    *value_out = (double)hpt_result_count(result, HPT_TRIAL_COMPLETE) * hpt_result_value(result);
    hpt_result_destroy(result);
    if (hpt_run_wait(hpt_trial_run(trial), 0) != HPT_EREENTRANT) return HPT_EBUG;
    return HPT_OK;
}

static void a_run_inside_an_objective_inside_an_objective_works(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        nest        top = { runs_pools[i % 2], 2 };
        hpt_options options = runs_options(2, 5);
        options.pool = runs_pools[i / 2];
        hpt_result *result = runs_do(nested, &top, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 5);
        assert_float_equal(hpt_result_value(result), 25, 0);
        hpt_result_destroy(result);
    }
}

/* Statistics. */

typedef struct reader {
    hpt_run     *run;
    atomic_ulong is_over, wrong_count, read_count;
} reader;

static bool fit_each_other(const hpt_stats *now, const hpt_stats *before) {
    if (runs_sum(now) != now->trial_count || now->trial_count < before->trial_count) return false;
    if (now->has_best && before->has_best && now->best_value > before->best_value) return false;
    if (now->has_best != (now->state_count[HPT_TRIAL_COMPLETE] > 0)) return false;
    if (now->has_best && now->best_trial >= now->trial_count) return false;
    /* The end is a moment before it is told, so the last step of the clock may be a small one back.
     */
    if (now->stop == HPT_STOP_NONE && now->wall_s < before->wall_s) return false;
    return now->busy_fraction >= 0 && now->busy_fraction <= 1;
}

static void *read_statistics(void *user) {
    reader   *it = user;
    hpt_stats before = { .struct_size = sizeof before };
    while (!atomic_load(&it->is_over)) {
        hpt_stats now = { .struct_size = sizeof now };
        bool      good = hpt_run_stats(it->run, &now, NULL) == HPT_OK;
        atomic_fetch_add(&it->read_count, 1);
        atomic_fetch_add(&it->wrong_count, good && fit_each_other(&now, &before) ? 0 : 1);
        before = now;
    }
    return NULL;
}

static hpt_status sometimes_fails(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) % 3 == 1) return hpt_trial_fail(trial, "a third");
    return runs_count(trial, user, value_out);
}

static void statistics_read_while_running_fit_each_other(void **state) {
    (void)state;
    enum { READERS = 6 };
    for (uint32_t window = 0; window <= 64; window += 64) {
        pthread_t   readers[READERS];
        reader      it = { 0 };
        hpt_options options = runs_options(3, HPT_UNLIMITED);
        options.window = window;
        it.run = runs_start(sometimes_fails, NULL, &options);
        for (int i = 0; i < READERS; i++)
            assert_int_equal(pthread_create(&readers[i], NULL, read_statistics, &it), 0);
        runs_sleep_ms(200);
        hpt_run_cancel(it.run, HPT_CANCEL_NOW);
        assert_int_equal(hpt_run_wait(it.run, -1), HPT_OK);
        atomic_store(&it.is_over, 1);
        for (int i = 0; i < READERS; i++)
            pthread_join(readers[i], NULL);
        assert_true(atomic_load(&it.read_count) > READERS);
        assert_int_equal(atomic_load(&it.wrong_count), 0);
        hpt_result_destroy(runs_end(it.run));
    }
}

static void the_statistics_say_what_is_running_and_wanted(void **state) {
    (void)state;
    runs_gate   it = { 0 };
    hpt_options options = runs_options(3, 100);
    hpt_run    *run = runs_start(runs_pass, &it, &options);
    assert_true(runs_wait_for(&it.inside, 3));
    hpt_stats stats = stats_of(run);
    assert_int_equal(stats.stop, HPT_STOP_NONE);
    assert_true(stats.state_count[HPT_TRIAL_RUNNING] >= 3);
    assert_int_equal(stats.worker_count, 3);
    assert_int_equal(stats.worker_count_wanted, 3);
    assert_int_equal(stats.trial_count_max, 100);
    assert_false(stats.has_best);
    atomic_store(&it.is_open, 1);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stats(result)->queue_depth, 0);
    assert_true(hpt_result_stats(result)->queue_depth_max >= 1);
    hpt_result_destroy(result);
}

static void the_busy_share_of_each_worker_is_told(void **state) {
    (void)state;
    hpt_options options = runs_options(3, 60);
    hpt_result *result = runs_do(a_millisecond, NULL, &options);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(hpt_result_busy(result, i) >= 0 && hpt_result_busy(result, i) <= 1);
    assert_true(hpt_result_stats(result)->busy_fraction > 0);
    assert_true(isnan(hpt_result_busy(result, 3)));
    hpt_result_destroy(result);
}

/* Trials that end at once, and between them long ones. */
typedef struct mixed {
    bool (*is_long)(uint64_t number);
    atomic_ulong inside_ns; /* in the long ones, as they see it themselves */
} mixed;

static bool is_not_sixteenth(uint64_t number) {
    return number % 16 != 0;
}

static bool is_late(uint64_t number) {
    return number > 0;
}

static int64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static hpt_status sometimes_long(hpt_trial *trial, void *user, double *value_out) {
    mixed  *it = user;
    int64_t start_ns = clock_ns();
    if (it->is_long(hpt_trial_number(trial))) {
        runs_sleep_ms(2);
        atomic_fetch_add(&it->inside_ns, (unsigned long)(clock_ns() - start_ns));
    }
    return runs_count(trial, NULL, value_out);
}

/* One at a time with a window of 1, else in blocks that grow and shrink. */
static void the_busy_share_counts_long_trials_behind_short_ones(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        mixed       it = { .is_long = i / 2 ? is_late : is_not_sixteenth };
        hpt_options options = runs_options(1, 64);
        options.window = i % 2;
        hpt_result *result = runs_do(sometimes_long, &it, &options);
        double      inside_s = (double)atomic_load(&it.inside_ns) * 1e-9;
        double      busy_s = hpt_result_busy(result, 0) * hpt_result_stats(result)->wall_s;
        if (!(busy_s > 0.95 * inside_s)) fail_msg("%g s of %g s", busy_s, inside_s);
        hpt_result_destroy(result);
    }
}

typedef struct last_event {
    size_t finished_count, wrong_count;
} last_event;

static hpt_status judge_finished(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    last_event *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_stats *stats = events[i].stats;
        it->finished_count++;
        it->wrong_count += !stats || stats->worker_count != 3 || stats->trial_count != 3 ||
                           stats->stop != HPT_STOP_TRIALS || runs_sum(stats) != 3 ||
                           stats->state_count[HPT_TRIAL_COMPLETE] != 3;
    }
    return HPT_OK;
}

/* So short that it is over before all workers have started. */
static void the_last_event_has_the_final_statistics(void **state) {
    (void)state;
    last_event   it = { 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(3, 3);
    observer.events = judge_finished;
    observer.kinds = HPT_EVENT_FINISHED;
    observer.user = &it;
    options.observers = &observer;
    options.observer_count = 1;
    for (int i = 0; i < 100; i++)
        hpt_result_destroy(runs_do(runs_count, NULL, &options));
    assert_int_equal(it.finished_count, 100);
    assert_int_equal(it.wrong_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_started_run_goes_on_while_its_caller_polls),
        cmocka_unit_test(inline_a_poll_runs_one_trial),
        cmocka_unit_test(waiting_gives_up_when_its_time_is_over),
        cmocka_unit_test(inline_waiting_gives_up_between_trials),
        cmocka_unit_test(many_threads_may_wait_for_one_run),
        cmocka_unit_test(inline_a_waiter_takes_over_from_one_that_gives_up),
        cmocka_unit_test(inline_a_waiter_that_found_another_at_work_takes_over),
        cmocka_unit_test(the_result_is_not_there_before_the_end),
        cmocka_unit_test(each_call_makes_a_result_that_outlives_the_run),
        cmocka_unit_test(destroying_a_run_ends_it),
        cmocka_unit_test(an_objective_cannot_wait_for_its_own_run),
        cmocka_unit_test(an_observer_cannot_wait_for_its_run),
        cmocka_unit_test(several_threads_may_run_at_once),
        cmocka_unit_test(a_run_inside_an_objective_inside_an_objective_works),
        cmocka_unit_test(statistics_read_while_running_fit_each_other),
        cmocka_unit_test(the_statistics_say_what_is_running_and_wanted),
        cmocka_unit_test(the_busy_share_of_each_worker_is_told),
        cmocka_unit_test(the_busy_share_counts_long_trials_behind_short_ones),
        cmocka_unit_test(the_last_event_has_the_final_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
