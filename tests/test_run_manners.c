/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run leaves the host program as it found it: signals, floating point, locale, folder,
 *         limits, threads, files.
 * Method: the state is noted, runs of every kind are made, and the state is compared. */
#include "host.h"
#include "runs.h"
#include "trace.h"

#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static void run_once(const char *pool, uint32_t window) {
    hpt_observer observers[2] = { hpt_observer_default(), hpt_observer_default() };
    hpt_options  options = runs_options(3, 500);
    observers[0].events = observers[1].events = see_nothing;
    observers[1].policy = HPT_POLICY_BLOCK;
    options.pool = pool;
    options.window = window;
    options.observers = observers;
    options.observer_count = 2;
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
}

static void run_every_kind(void) {
    run_once("threads", 0);
    run_once("threads", 16);
    run_once("inline", 0);
    hpt_options refused = runs_options(3, 0);
    runs_assert_refused(&refused, HPT_EINVAL, "");
}

static void a_run_leaves_its_host_as_it_was(void **state) {
    (void)state;
    host before;
    host_note(&before);
    run_every_kind();
    before.files = runs_files(); /* what the C library opens once is not the run's doing */
    run_every_kind();
    host_assert_unchanged(&before);
}

static void on_signal(int number) {
    (void)number;
}

static void a_run_leaves_unusual_settings_as_they_were(void **state) {
    (void)state;
    host             before;
    struct sigaction mine, usual;
    sigset_t         some, old;
    memset(&mine, 0, sizeof mine);
    mine.sa_handler = on_signal;
    sigaction(SIGUSR1, &mine, &usual);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &some, &old);
    fesetround(FE_UPWARD);
    setlocale(LC_ALL, "C.UTF-8");
    host_note(&before);
    run_every_kind();
    host_assert_unchanged(&before);
    assert_true(mine.sa_handler == before.actions[SIGUSR1].sa_handler);
    setlocale(LC_ALL, "C");
    fesetround(FE_TONEAREST);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGUSR1, &usual, NULL);
}

/* What the host's handlers should never interrupt. */
static const int asynchronous[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2,
                                    SIGALRM, SIGCHLD, SIGPIPE, SIGIO,   SIGPROF, SIGWINCH };

static bool has_blocked(int is_blocked) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (size_t i = 0; i < sizeof asynchronous / sizeof *asynchronous; i++)
        if (sigismember(&mask, asynchronous[i]) != is_blocked) return false;
    return true;
}

/* All are blocked in the threads that a run makes, none in the one that called it. */
static hpt_status see_mask(hpt_trial *trial, void *user, double *value_out) {
    pthread_t caller = *(const pthread_t *)user;
    (void)trial;
    *value_out = 0;
    return has_blocked(!pthread_equal(caller, pthread_self())) ? HPT_OK : HPT_EFAILED;
}

static hpt_status see_mask_of_dispatcher(void *user, const hpt_event *events, size_t count,
                                         hpt_err *err) {
    atomic_ulong *wrong = user;
    (void)events, (void)count, (void)err;
    if (!has_blocked(1)) atomic_fetch_add(wrong, 1);
    return HPT_OK;
}

static void signals_are_blocked_in_the_threads_of_a_run(void **state) {
    (void)state;
    atomic_ulong wrong = 0;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(4, 100);
    observer.events = see_mask_of_dispatcher;
    observer.user = &wrong;
    options.observers = &observer;
    options.observer_count = 1;
    pthread_t   caller = pthread_self();
    hpt_result *result = runs_do(see_mask, &caller, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 100);
    assert_int_equal(atomic_load(&wrong), 0);
    hpt_result_destroy(result);
}

static hpt_status see_rounding(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    *value_out = 0;
    return fegetround() == *(const int *)user ? HPT_OK : HPT_EFAILED;
}

/* A new thread inherits the rounding of its maker: the host's choice holds in its objectives. */
static void objectives_round_as_their_host_does(void **state) {
    (void)state;
    int         rounding = FE_UPWARD;
    hpt_options options = runs_options(2, 10);
    fesetround(rounding);
    hpt_result *result = runs_do(see_rounding, &rounding, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
    hpt_result_destroy(result);
    fesetround(FE_TONEAREST);
}

static void a_hundred_runs_leave_no_thread_and_no_file(void **state) {
    (void)state;
    run_once("threads", 0);
    size_t threads = runs_threads(), files = runs_files();
    for (size_t i = fixture_scaled(100); i > 0; i--)
        run_once("threads", 0);
    runs_assert_threads(threads);
    assert_int_equal(runs_files(), files);
}

/* Nothing is to do while the only trial runs: three workers that were busy would use 3 x 0.5 s. */
static hpt_status half_a_second(hpt_trial *trial, void *user, double *value_out) {
    runs_sleep_ms(500);
    return runs_count(trial, user, value_out);
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void workers_without_work_use_no_core(void **state) {
    (void)state;
    double before = cpu_seconds();
    for (uint32_t window = 0; window <= 1; window++) {
        hpt_options options = runs_options(4, 1 + window);
        options.window = window;
        hpt_result_destroy(runs_do(half_a_second, NULL, &options));
    }
    assert_true(cpu_seconds() - before < 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_leaves_its_host_as_it_was),
        cmocka_unit_test(a_run_leaves_unusual_settings_as_they_were),
        cmocka_unit_test(signals_are_blocked_in_the_threads_of_a_run),
        cmocka_unit_test(objectives_round_as_their_host_does),
        cmocka_unit_test(a_hundred_runs_leave_no_thread_and_no_file),
        cmocka_unit_test(workers_without_work_use_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
