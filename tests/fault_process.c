/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a process of the pool "processes" may die in any way: its trial ends as what it was, with
 *         the reason, the others are not touched, and nothing is left.
 * Method: each way, in one of four trials. */
#include "isolated.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

static void assert_crashes(hpt_objective objective, const char *words) {
    isolated_assert_dies(objective, NULL, isolated_options(2, 0), HPT_TRIAL_CRASHED, words);
}

/* Faults of the processor, made and not raised. */

/* Not NULL, which a sanitizer would see before. */
static hpt_status writes_nowhere(hpt_trial *trial, void *user, double *value_out) {
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)64;
    (void)trial, (void)user, (void)value_out;
    *nowhere = 1;
    return HPT_OK;
}

static void a_segmentation_fault_is_a_crash(void **state) {
    (void)state;
    assert_crashes(writes_nowhere, "killed by SIGSEGV (segmentation fault)");
}

static hpt_status reads_past_the_end(hpt_trial *trial, void *user, double *value_out) {
    char path[] = "/tmp/hptXXXXXX";
    int  file = mkstemp(path);
    (void)trial, (void)user;
    if (file < 0 || unlink(path) != 0) return HPT_EIO;
    volatile char *mapped = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    *value_out = *mapped;
    return HPT_OK;
}

static void a_bus_error_is_a_crash(void **state) {
    (void)state;
    assert_crashes(reads_past_the_end, "killed by SIGBUS (bus error)");
}

static hpt_status raises(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)value_out;
    raise(*(int *)user);
    return HPT_OK;
}

static void every_other_signal_is_a_crash_with_its_name(void **state) {
    (void)state;
    const struct {
        int         signal;
        const char *words;
    } rows[] = { { SIGFPE, "killed by SIGFPE" },   { SIGILL, "killed by SIGILL" },
                 { SIGTERM, "killed by SIGTERM" }, { SIGUSR1, "killed by SIGUSR1" },
                 { SIGPIPE, "killed by SIGPIPE" }, { SIGALRM, "killed by SIGALRM" },
                 { SIGPROF, "killed by SIGPROF" }, { SIGVTALRM, "killed by SIGVTALRM" },
                 { SIGIO, "killed by SIGIO" },     { SIGRTMIN + 3, "killed by SIGRTMIN+3" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int signal = rows[i].signal;
        isolated_assert_dies(raises, &signal, isolated_options(1, 0), HPT_TRIAL_CRASHED,
                             rows[i].words);
    }
}

/* A debugger's child, of which the fork server would become the debugger. */
static hpt_status aborts_traced(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) return HPT_EFAILED;
    abort();
}

static void who_asks_to_be_traced_dies_as_if_he_were_not(void **state) {
    (void)state;
    SKIP_WHERE_SCALED_DOWN(); /* an emulator may not do that */
    assert_crashes(aborts_traced, "killed by SIGABRT (abort() was called)");
}

static hpt_status aborts(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    abort();
}

static void abort_is_a_crash(void **state) {
    (void)state;
    assert_crashes(aborts, "killed by SIGABRT (abort() was called)");
}

static volatile int one = 1;

/* No end in sight of the compiler's. */
static int recurse(int depth) {
    volatile char frame[4096];
    memset((void *)(uintptr_t)frame, 1, sizeof frame);
    return one ? recurse(depth + 1) + frame[depth % 4096] : depth;
}

static hpt_status recurses(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user;
    *value_out = recurse(0);
    return HPT_OK;
}

static void a_stack_that_overflows_is_a_crash(void **state) {
    (void)state;
    assert_crashes(recurses, "killed by SIG");
}

/* exit(). Handlers of the host's must not run: this one would be seen. */

static atomic_ulong *exits;

static void count_exit(void) {
    atomic_fetch_add(exits, 1);
}

static hpt_status exits_with(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)value_out;
    exit(*(int *)user);
}

static hpt_status ends_with(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)value_out;
    _exit(*(int *)user);
}

static void exit_is_a_crash_with_its_code_and_runs_no_handler_of_the_host(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    int         code = 3;
    hpt_options options = isolated_options(2, 0);
    isolated_assert_dies(exits_with, &code, options, HPT_TRIAL_CRASHED,
                         "exit code 3: the objective called exit()");
    isolated_end end =
        isolated_assert_dies(ends_with, &code, options, HPT_TRIAL_CRASHED, "exit code 3");
    assert_null(strstr(end.reason, "called"));
    assert_int_equal(atomic_load(exits), 0);
}

static void exit_code_0_without_a_result_is_a_crash(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    int         code = 0;
    hpt_options options = isolated_options(2, 0);
    isolated_assert_dies(exits_with, &code, options, HPT_TRIAL_CRASHED,
                         "exit code 0 without a result");
    isolated_assert_dies(ends_with, &code, options, HPT_TRIAL_CRASHED,
                         "exit code 0 without a result");
}

static hpt_status ends_its_thread(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    pthread_exit(NULL);
}

static void *waits(void *user) {
    for (;;)
        pause();
    return user;
}

static hpt_status leaves_a_thread(hpt_trial *trial, void *user, double *value_out) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, waits, NULL) != 0) return HPT_ETHREAD;
    return ends_its_thread(trial, user, value_out);
}

static void the_end_of_its_thread_is_a_crash_whatever_others_there_are(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    assert_crashes(leaves_a_thread, "the objective called pthread_exit()");
}

static void the_end_of_its_thread_is_a_crash(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    assert_crashes(ends_its_thread,
                   "exit code 0 without a result: the objective called pthread_exit()");
}

/* Killed by others. */

static hpt_status kills_itself(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    kill(getpid(), SIGKILL);
    return HPT_OK;
}

static void sigkill_from_outside_says_that_hpt_did_not_send_it(void **state) {
    (void)state;
    assert_crashes(kills_itself, "killed by SIGKILL, which hpt did not send");
}

/* What it said. */

static hpt_status speaks_and_dies(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    for (int line = 0; line < 40; line++)
        fprintf(stderr, "line %d of trial %d\n", line, (int)hpt_trial_number(trial));
    fputs("\033[1mbad\xff\n", stderr);
    abort();
}

/* The test's own standard error goes to a file meanwhile; what is in there then. */
static void with_errors_in(char *text, size_t bytes, void (*act)(void *), void *user) {
    FILE *file = tmpfile();
    int   before = dup(STDERR_FILENO);
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    act(user);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    size_t got = fread(text, 1, bytes - 1, file);
    text[got] = '\0';
    fclose(file);
}

static void let_it_speak(void *user) {
    hpt_options options = isolated_options(1, 0);
    options.pool = "processes:crash_lines=3";
    *(isolated_end *)user =
        isolated_assert_dies(speaks_and_dies, NULL, options, HPT_TRIAL_CRASHED, "SIGABRT");
}

static void its_last_lines_are_kept_and_go_to_the_hosts_standard_error(void **state) {
    (void)state;
    static char  text[64 * 1024];
    isolated_end end;
    with_errors_in(text, sizeof text, let_it_speak, &end);
    assert_string_equal(end.output, "line 38 of trial 1\nline 39 of trial 1\n?[1mbad?");
    runs_assert_says(text, "line 0 of trial 1\nline 1 of trial 1\n");
    runs_assert_says(text, "line 39 of trial 1\n");
}

static hpt_status answers_loudly(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    static char page[4096];
    memset(page, 'x', sizeof page);
    for (int i = 0; i < 64; i++) /* four times what a pipe holds */
        fwrite(page, 1, sizeof page, stderr);
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static void let_all_speak(void *user) {
    (void)user;
    hpt_options options = isolated_options(2, 4);
    hpt_result *result = runs_do(answers_loudly, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
    hpt_result_destroy(result);
}

static void a_trial_that_says_more_than_a_pipe_holds_goes_on(void **state) {
    (void)state;
    static char text[2 * 1024 * 1024];
    with_errors_in(text, sizeof text, let_all_speak, NULL);
    assert_int_equal(strlen(text), 4 * 64 * 4096);
}

static hpt_status prints(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    printf("trial %d;", (int)hpt_trial_number(trial));
    if (hpt_trial_number(trial) == 2) exit(0);
    return HPT_OK;
}

/* Standard output is a file meanwhile, so it is buffered. */
static void what_is_printed_comes_out_once(void **state) {
    (void)state;
    static char text[4096];
    FILE       *file = tmpfile();
    hpt_options options = isolated_options(1, 4);
    assert_non_null(file);
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    printf("the host;");
    hpt_result *result = runs_do(prints, NULL, &options);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, "the host;trial 0;trial 1;trial 2;trial 3;");
    hpt_result_destroy(result);
}

static hpt_status says_bytes(hpt_trial *trial, void *user, double *value_out) {
    (void)user, (void)value_out;
    return hpt_trial_fail(trial, "no licence: %s", "\xE4\xFF.");
}

static void a_reason_that_is_not_utf8_is_no_crash(void **state) {
    (void)state;
    isolated_assert_dies(says_bytes, NULL, isolated_options(2, 0), HPT_TRIAL_FAILED,
                         "no licence: ??.");
}

/* And many. */

static hpt_status dies_often(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) % 3 == 1) abort();
    return hpt_trial_number(trial) % 3 == 2 ? HPT_EFAILED : HPT_OK;
}

static void every_crash_is_counted_and_its_process_replaced(void **state) {
    (void)state;
    uint64_t    trials = 3 * fixture_scaled(20);
    hpt_options options = isolated_options(3, trials);
    hpt_result *result = runs_do(dies_often, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), trials / 3);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), trials / 3);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials / 3);
    /* One is made when the next trial comes. */
    assert_true(hpt_result_stats(result)->restart_count <= trials / 3);
    assert_true(hpt_result_stats(result)->restart_count + 3 >= trials / 3);
    hpt_result_destroy(result);
}

/* More in a row than processes may end without a trial, which is another matter. */
static void crashes_in_a_row_are_no_lack_of_workers(void **state) {
    (void)state;
    hpt_options options = isolated_options(1, 20);
    hpt_result *result = runs_do(aborts, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CRASHED), 20);
    assert_int_not_equal(hpt_result_stop(result), HPT_STOP_WORKERS);
    hpt_result_destroy(result);
}

static hpt_status dies_at_first(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_attempt(trial) == 0) abort();
    return HPT_OK;
}

static void a_crash_is_tried_again_if_the_options_say_so(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 6);
    options.on_crashed.retry_count = 1;
    hpt_result *result = runs_do(dies_at_first, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 6);
    assert_int_equal(hpt_result_stats(result)->retry_count, 6);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(a_segmentation_fault_is_a_crash),
        isolated_test(a_bus_error_is_a_crash),
        isolated_test(every_other_signal_is_a_crash_with_its_name),
        isolated_test(abort_is_a_crash),
        isolated_test(who_asks_to_be_traced_dies_as_if_he_were_not),
        isolated_test(a_reason_that_is_not_utf8_is_no_crash),
        isolated_test(a_stack_that_overflows_is_a_crash),
        isolated_test(exit_is_a_crash_with_its_code_and_runs_no_handler_of_the_host),
        isolated_test(exit_code_0_without_a_result_is_a_crash),
        isolated_test(the_end_of_its_thread_is_a_crash),
        isolated_test(the_end_of_its_thread_is_a_crash_whatever_others_there_are),
        isolated_test(sigkill_from_outside_says_that_hpt_did_not_send_it),
        isolated_test(its_last_lines_are_kept_and_go_to_the_hosts_standard_error),
        isolated_test(a_trial_that_says_more_than_a_pipe_holds_goes_on),
        isolated_test(what_is_printed_comes_out_once),
        isolated_test(every_crash_is_counted_and_its_process_replaced),
        isolated_test(crashes_in_a_row_are_no_lack_of_workers),
        isolated_test(a_crash_is_tried_again_if_the_options_say_so),
    };
    isolated_begin();
    exits = fixture_shared(sizeof *exits);
    atexit(count_exit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
