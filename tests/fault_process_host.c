/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   worker processes, their fork server and the host may be killed at any moment: the run
 * ends with an answer, and no process is left. Method: they are killed. The program is the parent
 * of all orphans, so that it sees each of them.
 */
#include "isolated.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

static hpt_status works_a_little(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    runs_sleep_ms(1);
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static int server(void) {
    return isolated_child((int)getpid(), 0);
}

static void kill_now(int pid) {
    if (pid > 0) kill(pid, SIGKILL); /* 0 would be everybody */
}

/* Whose process is where it may be killed: it has come to a trial. */
enum { VICTIMS = 3, DOOMED_EVERY = 24 };

/* Some trials wait for their death, and complete if nobody kills them. Others may meet theirs. */
static hpt_status waits_to_be_killed(hpt_trial *trial, void *user, double *value_out) {
    atomic_int *victims = user;
    bool        is_doomed = hpt_trial_number(trial) % DOOMED_EVERY == 0;
    atomic_store(&victims[hpt_trial_worker(trial)], (int)getpid());
    runs_sleep_ms(is_doomed ? 60000 : 5);
    return works_a_little(trial, NULL, value_out);
}

static void workers_are_killed_one_after_the_other_and_the_run_goes_on(void **state) {
    (void)state;
    uint64_t    killed = 0, doomed = fixture_scaled(6), trials = DOOMED_EVERY * doomed;
    atomic_int *victims = fixture_shared(VICTIMS * sizeof *victims);
    hpt_options options = isolated_options(VICTIMS, trials);
    hpt_run    *run = runs_start(waits_to_be_killed, victims, &options);
    for (int i = 0; hpt_run_poll(run) != HPT_OK; i++) {
        int victim = atomic_exchange(&victims[i % VICTIMS], 0);
        kill_now(victim);
        killed += victim != 0;
        runs_sleep_ms(8);
    }
    hpt_result *result = runs_end(run);
    uint64_t    crashed = hpt_result_count(result, HPT_TRIAL_CRASHED);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE) + crashed, trials);
    assert_in_range(crashed, doomed, killed);
    /* One is made when the next trial comes, and one may die between two of them. */
    assert_in_range(hpt_result_stats(result)->restart_count, crashed - VICTIMS, killed);
    hpt_result_destroy(result);
}

/* The fork server. */

static void assert_ends_without_workers(hpt_run *run, const char *words) {
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    runs_assert_says(hpt_result_stop_text(result), words);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), 0);
    hpt_result_destroy(result); /* and this program, which takes in all orphans, has none */
}

static void the_death_of_the_fork_server_ends_the_run(void **state) {
    (void)state;
    static const hpt_objective objectives[] = { works_a_little, runs_until_stopped };
    for (int i = 0; i < 2; i++) {
        hpt_options options = isolated_options(2, HPT_UNLIMITED);
        hpt_run    *run = runs_start(objectives[i], NULL, &options);
        runs_sleep_ms(10);
        kill_now(server());
        assert_ends_without_workers(run, "the fork server, which makes its processes, has died");
    }
}

static hpt_status leaves_one(hpt_trial *trial, void *user, double *value_out) {
    atomic_int *left = user;
    pid_t       child = fork();
    while (child == 0 && getpid() > 0)
        pause();
    atomic_store(left, (int)child);
    return runs_until_stopped(trial, NULL, value_out);
}

static void what_trials_have_started_dies_with_the_fork_server(void **state) {
    (void)state;
    atomic_int *left = fixture_shared(sizeof *left);
    hpt_options options = isolated_options(1, HPT_UNLIMITED);
    hpt_run    *run = runs_start(leaves_one, left, &options);
    while (atomic_load(left) == 0)
        runs_sleep_ms(1);
    kill_now(server());
    assert_ends_without_workers(run, "fork server");
}

/* A fork server that was stopped from outside. It is the parent of the worker processes. */

static hpt_status stops_the_server_and_dies(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    if (hpt_trial_number(trial) != 2) return HPT_OK;
    kill(getppid(), SIGSTOP);
    abort();
}

static void a_stopped_fork_server_goes_on_when_it_is_needed(void **state) {
    (void)state;
    hpt_options options = isolated_options(1, 10);
    hpt_result *result = runs_do(stops_the_server_and_dies, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), 1);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 9);
    hpt_result_destroy(result);
}

/* Nobody else can find it, and nobody else would end it. */
static hpt_status leaves_a_daemon(hpt_trial *trial, void *user, double *value_out) {
    atomic_int *left = user;
    pid_t       child = fork();
    if (child == 0) {
        setsid();
        atomic_store(left, (int)getpid());
        while (getpid() > 0)
            pause();
    }
    return runs_until_stopped(trial, NULL, value_out);
}

static void a_stopped_fork_server_sees_to_the_end(void **state) {
    (void)state;
    atomic_int *left = fixture_shared(sizeof *left);
    hpt_options options = isolated_options(1, HPT_UNLIMITED);
    hpt_run    *run = runs_start(leaves_a_daemon, left, &options);
    while (atomic_load(left) == 0)
        runs_sleep_ms(1);
    int stopped = server();
    assert_true(stopped > 1);
    kill(stopped, SIGSTOP);
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result_destroy(runs_end(run));
    assert_true(kill(atomic_load(left), 0) != 0); /* it has ended before the run has */
}

/* The host. */

enum { WORKERS = 2 };

static atomic_int *workers; /* their process numbers */

static hpt_status hangs(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    signal(SIGTERM, SIG_IGN);
    atomic_store(&workers[hpt_trial_worker(trial)], (int)getpid());
    while (getpid() > 0)
        pause();
    return HPT_EBUG;
}

static void be_host(void) {
    hpt_options options = isolated_options(WORKERS, HPT_UNLIMITED);
    hpt_run    *run = runs_start(hangs, NULL, &options);
    hpt_run_wait(run, -1);
    _exit(0);
}

static void assert_all_end(bool server_too) {
    for (int i = 0; i < WORKERS; i++)
        atomic_store(&workers[i], 0);
    pid_t host = fork();
    if (host == 0) be_host();
    for (int i = 0; i < WORKERS; i++)
        for (int ms = 0; atomic_load(&workers[i]) == 0 && ms < 30000; ms++)
            runs_sleep_ms(1);
    int its_server = isolated_child((int)host, 0);
    kill(host, server_too ? SIGSTOP : SIGKILL);
    if (server_too) kill_now(its_server);
    kill(host, SIGKILL);
    isolated_reap();
    for (int i = 0; i < WORKERS; i++)
        assert_int_not_equal(kill(atomic_load(&workers[i]), 0), 0);
}

static void all_end_with_the_host_within_a_second(void **state) {
    (void)state;
    assert_all_end(false);
}

static void workers_end_when_nobody_is_left_to_end_them(void **state) {
    (void)state;
    assert_all_end(true);
}

static void be_host_that_leaves(void) {
    hpt_options options = isolated_options(WORKERS, HPT_UNLIMITED);
    runs_start(works_a_little, NULL, &options);
    runs_sleep_ms(5);
    _exit(0);
}

static void all_end_with_a_host_that_never_destroys_its_run(void **state) {
    (void)state;
    pid_t host = fork();
    if (host == 0) be_host_that_leaves();
    isolated_reap();
}

/* Processes that cannot be made. */

static atomic_int *is_deadly;

static void die_at_birth(void) {
    if (atomic_load(is_deadly)) _exit(9);
}

/* The server dies as soon as it has forked, and what it has forked is stopped before anything else.
 */
static atomic_int *is_last;

static void stop_at_birth(void) {
    if (atomic_load(is_last)) raise(SIGSTOP);
}

static void die_in_childbirth(void) {
    if (atomic_load(is_last) && getpid() != atomic_load(is_last)) raise(SIGKILL);
}

static hpt_status crashes_at_last(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) > 0) atomic_store(is_last, *(int *)user);
    if (hpt_trial_number(trial) > 0) raise(SIGKILL);
    *value_out = 0;
    return HPT_OK;
}

static void who_is_born_when_the_server_dies_is_not_left(void **state) {
    (void)state;
    int         host = (int)getpid();
    hpt_options options = isolated_options(1, HPT_UNLIMITED);
    hpt_run    *run = runs_start(crashes_at_last, &host, &options);
    assert_int_equal(hpt_run_wait(run, 60), HPT_OK);
    hpt_result_destroy(runs_end(run));
    atomic_store(is_last, 0);
}

static void processes_that_die_at_birth_end_the_run(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, HPT_UNLIMITED);
    hpt_run    *run = runs_start(works_a_little, NULL, &options);
    runs_sleep_ms(5);
    atomic_store(is_deadly, 1);
    for (int i = 0; hpt_run_poll(run) != HPT_OK && i < 2000; i++) {
        kill_now(isolated_child(server(), 0));
        runs_sleep_ms(5);
    }
    atomic_store(is_deadly, 0);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    runs_assert_says(hpt_result_stop_text(result),
                     "worker processes in a row ended before they had a trial");
    hpt_result_destroy(result);
}

static void too_few_descriptors_are_an_error_or_fewer_workers(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    if (IS_SANITIZED) skip();
    struct rlimit before, few;
    bool          has_failed = false, has_fewer = false, has_all = false;
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    for (rlim_t more = 0; more < 16; more++) {
        hpt_space  *space = runs_space();
        hpt_options options = isolated_options(4, 4);
        hpt_result *result = NULL;
        hpt_err     err = { 0 };
        few.rlim_cur = 3 + more;
        setrlimit(RLIMIT_NOFILE, &few);
        hpt_status status = hpt_parallel_run(space, works_a_little, NULL, &options, &result, &err);
        setrlimit(RLIMIT_NOFILE, &before);
        hpt_space_destroy(space);
        has_failed = has_failed || status == HPT_ETHREAD;
        if (status == HPT_ETHREAD) runs_assert_says(err.text, "Too many open files");
        if (status == HPT_ETHREAD) continue;
        assert_int_equal(status, HPT_OK);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
        uint32_t count = hpt_result_stats(result)->worker_count;
        if (count < 4) runs_assert_says(hpt_result_warning(result, 0), "workers could be started");
        has_fewer = has_fewer || count < 4;
        has_all = has_all || count == 4;
        hpt_result_destroy(result);
    }
    assert_true(has_failed && has_fewer && has_all);
}

static atomic_ulong *may_crash;

static hpt_status crashes_when_told(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 0;
    if (hpt_trial_number(trial) != 1) return HPT_OK;
    runs_wait_for(may_crash, 1);
    raise(SIGKILL);
    return HPT_OK;
}

static void a_worker_is_replaced_once_there_are_descriptors_again(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    if (IS_SANITIZED) skip();
    struct rlimit before, none;
    hpt_options   options = isolated_options(1, 4);
    may_crash = fixture_shared(sizeof *may_crash);
    hpt_run *run = runs_start(crashes_when_told, NULL, &options);
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    atomic_store(may_crash, 1);
    runs_sleep_ms(100); /* it tries for a second */
    setrlimit(RLIMIT_NOFILE, &before);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), 1);
    hpt_result_destroy(result);
}

/* Hosts that should not be forked. */

static atomic_ulong is_open;

static void *wait_for_gate(void *user) {
    (void)user;
    runs_wait_for(&is_open, 1);
    return NULL;
}

static bool has_warning(const hpt_result *result, const char *words) {
    for (size_t i = 0; hpt_result_warning(result, i); i++)
        if (strstr(hpt_result_warning(result, i), words)) return true;
    return false;
}

static void a_host_with_threads_is_warned(void **state) {
    (void)state;
    pthread_t   thread;
    hpt_options options = isolated_options(2, 4);
    hpt_result *result = runs_do(works_a_little, NULL, &options);
    if (hpi_process_threads() == 1) /* a sanitizer has one as well */
        assert_false(has_warning(result, "threads when its worker processes were forked"));
    hpt_result_destroy(result);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_gate, NULL), 0);
    result = runs_do(works_a_little, NULL, &options);
    assert_true(has_warning(result, "threads when its worker processes were forked"));
    assert_false(has_warning(result, "MPI"));
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
    hpt_result_destroy(result);
    atomic_store(&is_open, 1);
    pthread_join(thread, NULL);
}

/* As MPI's, which hpt looks for. */
static int is_up, is_down;

int MPI_Initialized(int *answer_out);
int MPI_Finalized(int *answer_out);

__attribute__((visibility("default"))) int MPI_Initialized(int *answer_out) {
    *answer_out = is_up;
    return 0;
}

__attribute__((visibility("default"))) int MPI_Finalized(int *answer_out) {
    *answer_out = is_down;
    return 0;
}

static void a_host_that_has_initialised_mpi_is_warned(void **state) {
    (void)state;
    hpt_options options = isolated_options(1, 1);
    for (is_up = 0; is_up <= 1; is_up++) {
        for (is_down = 0; is_down <= is_up; is_down++) {
            hpt_result *result = runs_do(works_a_little, NULL, &options);
            assert_int_equal(has_warning(result, "MPI was initialised"), is_up && !is_down);
            hpt_result_destroy(result);
        }
    }
}

static void two_runs_at_once_keep_apart(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 20);
    hpt_run    *first = runs_start(works_a_little, NULL, &options);
    hpt_run    *second = runs_start(works_a_little, NULL, &options);
    hpt_result *result = runs_end(first);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    hpt_result_destroy(result);
    result = runs_end(second);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(workers_are_killed_one_after_the_other_and_the_run_goes_on),
        isolated_test(the_death_of_the_fork_server_ends_the_run),
        isolated_test(what_trials_have_started_dies_with_the_fork_server),
        isolated_test(a_stopped_fork_server_goes_on_when_it_is_needed),
        isolated_test(a_stopped_fork_server_sees_to_the_end),
        isolated_test(all_end_with_the_host_within_a_second),
        isolated_test(workers_end_when_nobody_is_left_to_end_them),
        isolated_test(all_end_with_a_host_that_never_destroys_its_run),
        isolated_test(processes_that_die_at_birth_end_the_run),
        isolated_test(who_is_born_when_the_server_dies_is_not_left),
        isolated_test(too_few_descriptors_are_an_error_or_fewer_workers),
        isolated_test(a_worker_is_replaced_once_there_are_descriptors_again),
        isolated_test(a_host_with_threads_is_warned),
        isolated_test(a_host_that_has_initialised_mpi_is_warned),
        isolated_test(two_runs_at_once_keep_apart),
    };
    isolated_begin();
    is_deadly = fixture_shared(sizeof *is_deadly);
    workers = fixture_shared(WORKERS * sizeof *workers);
    is_last = fixture_shared(sizeof *is_last);
    pthread_atfork(NULL, NULL, die_at_birth);
    pthread_atfork(NULL, die_in_childbirth, stop_at_birth);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
