/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial in a worker process that hangs or takes too much is ended from outside, as gently
 *         as it lets itself be ended, and ends as what it was.
 * Method: objectives that hang in every way, with limits that the trials beside them keep, and a
 *         grace in which a signal is heard, on a busy machine too. */
#include "isolated.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double some_s(void) {
    return fixture_is_emulated() ? 1 : 0.5;
}

static hpt_options short_options(void) {
    hpt_options options = isolated_options(2, 0);
    options.trial_s_max = some_s();
    options.grace_s = some_s();
    return options;
}

static void assert_times_out(hpt_objective objective, const char *words) {
    isolated_end end =
        isolated_assert_dies(objective, NULL, short_options(), HPT_TRIAL_TIMEOUT, words);
    runs_assert_says(end.reason, fixture_is_emulated() ? "the limit is 1 s" : "the limit is 0.5 s");
}

/* Hanging. */

static hpt_status loops(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    for (volatile int i = 0; i >= 0; i = (i + 1) % 1000)
        continue;
    return HPT_EBUG;
}

static void an_endless_loop_ends_by_sigterm(void **state) {
    (void)state;
    assert_times_out(loops, " s; it did not stop and was killed by SIGTERM");
}

static hpt_status ignores_sigterm(hpt_trial *trial, void *user, double *value_out) {
    signal(SIGTERM, SIG_IGN);
    return loops(trial, user, value_out);
}

static void who_ignores_sigterm_ends_by_sigkill(void **state) {
    (void)state;
    assert_times_out(ignores_sigterm, "it did not stop and was killed by SIGKILL");
}

/* The first of two calls takes half of the time. */
static hpt_status loops_the_second_time(hpt_trial *trial, void *user, double *value_out) {
    *value_out = 1;
    if (hpt_trial_number(trial) != 1 || hpt_trial_repeat(trial) > 0)
        return hpt_trial_number(trial) == 1 ? loops(trial, user, value_out) : HPT_OK;
    runs_sleep_ms(500);
    return HPT_OK;
}

static void the_limit_that_is_told_is_that_of_all_calls_together(void **state) {
    (void)state;
    isolated_end ends[2];
    hpt_options  options = isolated_options(1, 2);
    options.repeat_count = 2;
    options.trial_s_max = 1;
    options.grace_s = some_s();
    hpt_result_destroy(isolated_run(loops_the_second_time, NULL, options, ends, 2));
    assert_int_equal(ends[1].state, HPT_TRIAL_TIMEOUT);
    runs_assert_says(ends[1].reason, "the limit is 1 s;");
}

static hpt_status cries(hpt_trial *trial, void *user, double *value_out) {
    char page[4096];
    (void)trial, (void)user, (void)value_out;
    memset(page, 'x', sizeof page);
    while (write(STDERR_FILENO, page, sizeof page) != 0)
        continue;
    return HPT_OK;
}

/* What the host passes on is nobody's business, and does not keep it from looking at the time. */
static void who_cries_where_nobody_listens_is_ended_in_time(void **state) {
    (void)state;
    int             ends[2], before = dup(STDERR_FILENO);
    hpt_options     options = short_options();
    struct timespec from, to;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    options.trial_count_max = 8;
    clock_gettime(CLOCK_MONOTONIC, &from);
    hpt_result *result = runs_do(cries, NULL, &options);
    clock_gettime(CLOCK_MONOTONIC, &to);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 8);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 60);
    hpt_result_destroy(result);
}

static hpt_status stops_itself(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    raise(SIGSTOP);
    return HPT_OK;
}

static void a_stopped_process_ends_all_the_same(void **state) {
    (void)state;
    assert_times_out(stops_itself, "killed by SIGTERM");
}

static hpt_status waits_for_a_pipe(hpt_trial *trial, void *user, double *value_out) {
    int  ends[2];
    char byte;
    (void)trial, (void)user, (void)value_out;
    if (pipe(ends) != 0) return HPT_EIO;
    return read(ends[0], &byte, 1) == 1 ? HPT_OK : HPT_EIO;
}

static void who_waits_for_input_for_ever_is_ended(void **state) {
    (void)state;
    assert_times_out(waits_for_a_pipe, "killed by SIGTERM");
}

static hpt_status locks_twice(hpt_trial *trial, void *user, double *value_out) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)trial, (void)user, (void)value_out;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return HPT_OK;
}

static void who_waits_for_himself_is_ended(void **state) {
    (void)state;
    assert_times_out(locks_twice, "killed by SIGTERM");
}

static hpt_status reads_its_input(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    return getchar() == EOF ? HPT_OK : HPT_EBUG;
}

static void standard_input_is_empty(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 4);
    hpt_result *result = runs_do(reads_its_input, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
    hpt_result_destroy(result);
}

/* The gentle ways. */

static hpt_status looks(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = runs_until_stopped(trial, user, value_out);
    hpt_trial_set_attr(trial, "stopped", hpt_bool(true));
    return status;
}

static void who_looks_at_should_stop_keeps_his_process(void **state) {
    (void)state;
    hpt_options  options = isolated_options(1, 3);
    isolated_end ends[3];
    runs_ask_to_stop_after(&options, 0.01);
    hpt_result *result = isolated_run(looks, NULL, options, ends, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ends[i].state, HPT_TRIAL_TIMEOUT);
    runs_assert_says(ends[0].reason, "the limit is 0.01 s");
    assert_int_equal(hpt_result_stats(result)->restart_count, 0);
    hpt_result_destroy(result);
}

static volatile sig_atomic_t was_told;

static void hear(int signal) {
    (void)signal;
    was_told = 1;
}

static hpt_status hears_sigterm(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    signal(SIGTERM, hear);
    while (!was_told)
        runs_sleep_ms(1);
    *value_out = hpt_trial_real_at(trial, 0);
    was_told = 0;
    return HPT_OK;
}

static void who_ends_on_sigterm_keeps_his_process_and_is_late(void **state) {
    (void)state;
    hpt_options  options = short_options();
    isolated_end ends[2];
    options.grace_s = 1; /* he hears it in time */
    options.worker_count = 1;
    options.trial_count_max = 2;
    hpt_result *result = isolated_run(hears_sigterm, NULL, options, ends, 2);
    assert_int_equal(ends[0].state, HPT_TRIAL_TIMEOUT);
    assert_int_equal(hpt_result_stats(result)->restart_count, 0);
    hpt_result_destroy(result);
}

/* Stopping the run. */

static hpt_status hangs_or_cancels(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 0) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_NOW);
    if (hpt_trial_number(trial) == 0) return HPT_EFAILED;
    return loops(trial, user, value_out);
}

static void trials_that_hang_end_with_a_cancel_by_their_run(void **state) {
    (void)state;
    hpt_options options = isolated_options(3, 100);
    options.grace_s = 0.5; /* the first returns in time */
    options.window = 3;    /* and is evaluated */
    hpt_result *result = runs_do(hangs_or_cancels, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                     hpt_result_stats(result)->trial_count - 1);
    hpt_result_destroy(result);
}

static void trials_that_hang_end_with_the_wall_limit(void **state) {
    (void)state;
    hpt_options  options = isolated_options(2, 2);
    isolated_end ends[2];
    options.wall_s_max = 2; /* both are at it by then */
    options.grace_s = 0.02;
    hpt_result *result = isolated_run(loops, NULL, options, ends, 2);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_int_equal(ends[0].state, HPT_TRIAL_CANCELLED);
    runs_assert_says(ends[0].reason, "did not stop with the run within 0.02 s");
    assert_true(hpt_result_stats(result)->wall_s < 20);
    hpt_result_destroy(result);
}

/* The first is fast, and no other can beat it. */
static hpt_status takes_its_time(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) > 0) return loops(trial, user, value_out);
    *value_out = 0.02;
    return HPT_OK;
}

static void a_trial_that_cannot_beat_the_best_is_ended_as_pruned(void **state) {
    (void)state;
    hpt_options  options = isolated_options(1, 2);
    isolated_end ends[2];
    options.cap = HPT_CAP_TIME;
    options.grace_s = 0.02;
    hpt_result *result = isolated_run(takes_its_time, NULL, options, ends, 2);
    assert_int_equal(ends[0].state, HPT_TRIAL_COMPLETE);
    assert_int_equal(ends[1].state, HPT_TRIAL_PRUNED);
    assert_true(ends[1].bound == 0.02);
    hpt_result_destroy(result);
}

static hpt_status reports_too_much(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 0) return takes_its_time(trial, user, value_out);
    hpt_status status = hpt_trial_report(trial, 1, 3);
    return status == HPT_EPRUNED ? status : loops(trial, user, value_out);
}

static void a_report_above_the_best_ends_a_trial_as_pruned(void **state) {
    (void)state;
    hpt_options  options = isolated_options(1, 2);
    isolated_end ends[2];
    options.cap = HPT_CAP_REPORT;
    hpt_result *result = isolated_run(reports_too_much, NULL, options, ends, 2);
    assert_int_equal(ends[1].state, HPT_TRIAL_PRUNED);
    assert_true(ends[1].bound == 3);
    assert_int_equal(hpt_result_stats(result)->restart_count, 0);
    hpt_result_destroy(result);
}

static hpt_status is_swept_away(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 0;
    if (hpt_trial_number(trial) == 1) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    if (hpt_trial_number(trial) <= 1) raise(SIGTERM);
    return HPT_OK;
}

/* Batch systems send it to the program and to its workers. */
static void who_is_killed_with_the_run_is_cancelled_and_has_not_crashed(void **state) {
    (void)state;
    isolated_end ends[2];
    hpt_options  options = isolated_options(1, 2);
    options.trial_count_max = HPT_UNLIMITED;
    hpt_result *result = isolated_run(is_swept_away, NULL, options, ends, 2);
    assert_int_equal(ends[0].state, HPT_TRIAL_CRASHED);
    assert_int_equal(ends[1].state, HPT_TRIAL_CANCELLED);
    runs_assert_says(ends[1].reason, "killed by SIGTERM, which hpt did not send, while the run");
    hpt_result_destroy(result);
}

static hpt_status gives_some_time(hpt_trial *trial, void *user, double *value_out) {
    const double *within_s = user;
    if (hpt_trial_number(trial) == 0) hpt_run_cancel_within(hpt_trial_run(trial), *within_s);
    return loops(trial, user, value_out);
}

static void assert_ends_within(double within_s) {
    hpt_options options = isolated_options(2, 10);
    options.grace_s = 0.01;
    hpt_result *result = runs_do(gives_some_time, &within_s, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED),
                     hpt_result_stats(result)->trial_count);
    hpt_result_destroy(result);
}

static void an_objective_may_give_its_run_some_time_to_stop(void **state) {
    (void)state;
    assert_ends_within(0.03);
}

/* As on a busy machine, where the host looks late. */
static void a_time_that_is_over_before_the_host_looks_is_no_time_without_end(void **state) {
    (void)state;
    assert_ends_within(1e-9);
    assert_ends_within(0);
}

/* Other limits. */

static void cpu_time_is_limited_for_each_trial(void **state) {
    (void)state;
    hpt_options options = isolated_options(1, 0);
    options.pool = fixture_is_emulated() ? "processes:cpu_s=1" : "processes:cpu_s=0.2";
    options.grace_s = some_s();
    isolated_assert_dies(loops, NULL, options, HPT_TRIAL_TIMEOUT,
                         fixture_is_emulated()
                             ? "used more than 1 s of CPU time; it was killed by SIGTERM"
                             : "used more than 0.2 s of CPU time; it was killed by SIGTERM");
}

static hpt_status sleeps_a_little(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    runs_sleep_ms(250);
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static void sleeping_takes_no_cpu_time(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    hpt_options options = isolated_options(2, 2);
    options.pool = "processes:cpu_s=0.2";
    hpt_result *result = runs_do(sleeps_a_little, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2);
    hpt_result_destroy(result);
}

static hpt_status takes_all_memory(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user;
    const size_t block = 1 << 20;
    for (*value_out = 0; *value_out >= 0; ++*value_out) {
        char *memory = malloc(block);
        memset(memory, 1, block); /* nobody checks */
    }
    return HPT_EBUG;
}

static void memory_is_limited(void **state) {
    (void)state;
    if (IS_SANITIZED || fixture_is_emulated()) skip(); /* an emulator takes as much */
    hpt_options options = isolated_options(2, 0);
    options.pool = "processes:memory=128";
    isolated_assert_dies(takes_all_memory, NULL, options, HPT_TRIAL_CRASHED,
                         "probably out of memory: it had ");
}

static void a_limit_below_what_the_program_has_is_refused(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 4);
    options.pool = "processes:memory=1";
    runs_assert_refused(&options, HPT_EINVAL, "memory is 1 MiB, but the program has ");
}

static hpt_status writes_much(hpt_trial *trial, void *user, double *value_out) {
    static char block[64 * 1024];
    FILE       *file = tmpfile();
    (void)trial, (void)user;
    for (int i = 0; file && i < 32; i++)
        fwrite(block, 1, sizeof block, file);
    *value_out = 0;
    return HPT_OK;
}

static void files_are_limited(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 0);
    options.pool = "processes:file=1";
    isolated_assert_dies(writes_much, NULL, options, HPT_TRIAL_CRASHED,
                         "killed by SIGXFSZ (a file was too large), the pool's option \"file\"");
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        const char *pool, *words;
    } rows[] = { { "processes:memory=-1", "memory" },
                 { "processes:cpu_s=-1", "cpu_s" },
                 { "processes:crash_lines=1001", "crash_lines" },
                 { "processes:mem=7", "memory" } };
    hpt_options options = isolated_options(2, 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        options.pool = rows[i].pool;
        runs_assert_refused(&options, HPT_EINVAL, rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(an_endless_loop_ends_by_sigterm),
        isolated_test(who_ignores_sigterm_ends_by_sigkill),
        isolated_test(the_limit_that_is_told_is_that_of_all_calls_together),
        isolated_test(who_cries_where_nobody_listens_is_ended_in_time),
        isolated_test(a_stopped_process_ends_all_the_same),
        isolated_test(who_waits_for_input_for_ever_is_ended),
        isolated_test(who_waits_for_himself_is_ended),
        isolated_test(standard_input_is_empty),
        isolated_test(who_looks_at_should_stop_keeps_his_process),
        isolated_test(who_ends_on_sigterm_keeps_his_process_and_is_late),
        isolated_test(trials_that_hang_end_with_a_cancel_by_their_run),
        isolated_test(trials_that_hang_end_with_the_wall_limit),
        isolated_test(a_trial_that_cannot_beat_the_best_is_ended_as_pruned),
        isolated_test(a_report_above_the_best_ends_a_trial_as_pruned),
        isolated_test(an_objective_may_give_its_run_some_time_to_stop),
        isolated_test(a_time_that_is_over_before_the_host_looks_is_no_time_without_end),
        isolated_test(who_is_killed_with_the_run_is_cancelled_and_has_not_crashed),
        isolated_test(cpu_time_is_limited_for_each_trial),
        isolated_test(sleeping_takes_no_cpu_time),
        isolated_test(memory_is_limited),
        isolated_test(a_limit_below_what_the_program_has_is_refused),
        isolated_test(files_are_limited),
        isolated_test(options_are_checked),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
