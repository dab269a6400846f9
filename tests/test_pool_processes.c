/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   worker processes are given what docs/processes.md says.
 * Method: objectives that look round. */
#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/process.h"

static void assert_all_complete(hpt_objective objective, void *user, hpt_options options) {
    isolated_end ends[4];
    options.trial_count_max = 4;
    hpt_result *result = isolated_run(objective, user, options, ends, 4);
    for (int i = 0; i < 4; i++)
        if (ends[i].state != HPT_TRIAL_COMPLETE)
            fail_msg("%s: %s", hpt_trial_state_text(ends[i].state), ends[i].reason);
    hpt_result_destroy(result);
}

/* Signals. */

static void mind(int signal) {
    (void)signal;
    _exit(42);
}

/* By the host: some also by who has started it, as nohup does. */
static bool is_ignored[NSIG];

static hpt_status looks_at_signals(hpt_trial *trial, void *user, double *value_out) {
    sigset_t         blocked;
    struct sigaction now;
    (void)user;
    *value_out = 0;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 1; i < NSIG; i++) {
        if (sigaction(i, NULL, &now) != 0) continue;
        if (sigismember(&blocked, i) == 1) return hpt_trial_fail(trial, "signal %d is blocked", i);
        bool is_right = now.sa_handler == (is_ignored[i] ? SIG_IGN : SIG_DFL);
        if (!is_right) return hpt_trial_fail(trial, "signal %d is not as it should be", i);
    }
    return HPT_OK;
}

static void signals_are_as_in_a_new_program(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    static const int changed[] = { SIGTERM, SIGUSR1, SIGSEGV };
    sigset_t         usr2, before;
    struct sigaction now, was[3], was_pipe, ignore = { .sa_handler = SIG_IGN };
    struct sigaction own = { .sa_handler = mind };
    for (int i = 0; i < 3; i++)
        sigaction(changed[i], &own, &was[i]);
    sigaction(SIGPIPE, &ignore, &was_pipe);
    for (int i = 1; i < NSIG; i++)
        is_ignored[i] = sigaction(i, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    sigprocmask(SIG_BLOCK, &usr2, &before);
    assert_all_complete(looks_at_signals, NULL, isolated_options(2, 0));
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGPIPE, &was_pipe, NULL);
    for (int i = 0; i < 3; i++)
        sigaction(changed[i], &was[i], NULL);
}

static hpt_status faults(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user, (void)value_out;
    raise(SIGSEGV);
    return HPT_OK;
}

static void handlers_of_faults_stay_if_the_options_say_so(void **state) {
    (void)state;
    struct sigaction own = { .sa_handler = mind }, before;
    hpt_options      options = isolated_options(2, 0);
    SKIP_WHERE_EMULATED();
    sigaction(SIGSEGV, &own, &before);
    isolated_assert_dies(faults, NULL, options, HPT_TRIAL_CRASHED, "killed by SIGSEGV");
    options.pool = "processes:handlers=yes";
    isolated_assert_dies(faults, NULL, options, HPT_TRIAL_CRASHED, "exit code 42");
    sigaction(SIGSEGV, &before, NULL);
}

/* Limits. */

static hpt_status looks_at_core(hpt_trial *trial, void *user, double *value_out) {
    struct rlimit limit;
    rlim_t        expected = *(rlim_t *)user;
    *value_out = 0;
    getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_cur == expected ? HPT_OK : hpt_trial_fail(trial, "it is not");
}

static void core_files_are_off_unless_the_options_say_so(void **state) {
    (void)state;
    struct rlimit before, some;
    rlim_t        none = 0;
    hpt_options   options = isolated_options(2, 0);
    getrlimit(RLIMIT_CORE, &before);
    some = before;
    some.rlim_cur = before.rlim_max;
    setrlimit(RLIMIT_CORE, &some);
    assert_all_complete(looks_at_core, &none, options);
    options.pool = "processes:core=yes";
    assert_all_complete(looks_at_core, &some.rlim_cur, options);
    setrlimit(RLIMIT_CORE, &before);
}

/* Some hundred bytes at least for each. */
static uint64_t descend(uint64_t depth) {
    volatile char frame[1024];
    memset((void *)(uintptr_t)frame, 1, sizeof frame);
    return depth == 0 ? 0 : descend(depth - 1) + (uint64_t)frame[depth % sizeof frame];
}

static hpt_status goes_deep(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user;
    *value_out = (double)descend(24 * 1024);
    return HPT_OK;
}

static void the_stack_is_as_large_as_the_options_say(void **state) {
    (void)state;
    hpt_options options = isolated_options(1, 0);
    SKIP_WHERE_EMULATED();
    options.pool = "processes:stack=4";
    isolated_assert_dies(goes_deep, NULL, options, HPT_TRIAL_CRASHED, "killed by SIGSEGV");
    options.pool = "processes:stack=64";
    assert_all_complete(goes_deep, NULL, options);
}

/* The rest. */

static hpt_status looks_at_itself(hpt_trial *trial, void *user, double *value_out) {
    char text[64] = "";
    int  host = *(int *)user, file = open("/proc/self/oom_score_adj", O_RDONLY);
    *value_out = 0;
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) return HPT_EIO;
    close(file);
    if (strtol(text, NULL, 10) < 500) return hpt_trial_fail(trial, "oom_score_adj is %s", text);
    if (getpid() == host || getppid() == host) return hpt_trial_fail(trial, "it is the host's");
    if (getpgrp() != getpid()) return hpt_trial_fail(trial, "its group is another's");
    return HPT_OK;
}

static void each_is_a_group_of_its_own_and_the_first_to_go_when_memory_runs_out(void **state) {
    (void)state;
    int host = (int)getpid();
    assert_all_complete(looks_at_itself, &host, isolated_options(2, 0));
}

/* Descriptors of hpt's: none of them is the process's. The host has 0, 1, 2 and those of the test.
 */
static hpt_status counts_files(hpt_trial *trial, void *user, double *value_out) {
    size_t here = runs_files(), host = *(size_t *)user;
    *value_out = 0;
    return here <= host ? HPT_OK : hpt_trial_fail(trial, "%zu files, the host had %zu", here, host);
}

static void a_process_has_no_descriptor_of_hpts(void **state) {
    (void)state;
    size_t files = runs_files();
    assert_all_complete(counts_files, &files, isolated_options(3, 0));
}

static hpt_status looks_at_cpus(hpt_trial *trial, void *user, double *value_out) {
    hpi_cpu_mask mask;
    (void)user;
    *value_out = 0;
    if (!hpi_cpus_mask(&mask)) return HPT_EBUG;
    uint32_t count = hpi_mask_count(&mask);
    return count == 1 ? HPT_OK : hpt_trial_fail(trial, "%u CPUs", (unsigned)count);
}

static void processes_are_bound_as_their_workers(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 0);
    options.placement = "core";
    assert_all_complete(looks_at_cpus, NULL, options);
}

static hpt_status crashes_loudly(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) != 2) return HPT_OK;
    fprintf(stderr, "that was all\n");
    abort();
}

static void a_study_file_keeps_how_trials_crashed(void **state) {
    (void)state;
    char         folder[64], path[96];
    hpt_history *history = NULL;
    hpt_options  options = isolated_options(2, 5);
    assert_true(fixture_folder(folder, "crash"));
    snprintf(path, sizeof path, "%s/study.journal", folder);
    options.study = path;
    hpt_result_destroy(runs_do(crashes_loudly, NULL, &options));
    assert_int_equal(hpt_history_load(path, NULL, &history, NULL), HPT_OK);
    assert_int_equal(hpt_history_count(history), 5);
    bool was_seen = false;
    for (size_t i = 0; i < 5; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        if (record->state != HPT_TRIAL_CRASHED) continue;
        runs_assert_says(record->reason, "killed by SIGABRT");
        for (uint32_t j = 0; j < record->attr_count; j++)
            if (strcmp(record->attrs[j].name, "crash_output") == 0)
                was_seen = strcmp(record->attrs[j].value.as.text, "that was all") == 0;
    }
    assert_true(was_seen);
    hpt_history_destroy(history);
    unlink(path);
    rmdir(folder);
}

static hpt_status reports_much(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 0;
    for (int64_t step = 0; step < 2000; step++)
        if (hpt_trial_report(trial, step, (double)step) != HPT_OK) return HPT_EBUG;
    return HPT_OK;
}

static hpt_status count_reports(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    size_t *seen = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        assert_true(events[i].step == (int64_t)(*seen % 2000));
        ++*seen;
    }
    return HPT_OK;
}

static void every_report_reaches_observers_in_order(void **state) {
    (void)state;
    size_t       seen = 0;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = isolated_options(1, 3);
    observer.events = count_reports;
    observer.user = &seen;
    observer.kinds = HPT_EVENT_TRIAL_REPORTED;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(reports_much, NULL, &options));
    assert_int_equal(seen, 6000);
}

/* The end that somebody has asked for. */

static hpt_status looks_how_long(hpt_trial *trial, void *user, double *value_out) {
    const int *begun = user;
    *value_out = INFINITY;
    if (write(begun[1], "b", 1) != 1) return hpt_trial_fail(trial, "nobody hears that it began");
    for (int i = 0; i < 5000 && !isfinite(*value_out); i++) {
        *value_out = hpt_trial_left_s(trial);
        usleep(1000);
    }
    return HPT_OK;
}

static void a_process_knows_the_end_that_somebody_has_asked_for(void **state) {
    (void)state;
    char        byte;
    int         begun[2];
    hpt_run    *run = NULL;
    hpt_result *result = NULL;
    hpt_options options = isolated_options(1, 1);
    hpt_space  *space = runs_space();
    assert_int_equal(pipe(begun), 0);
    assert_int_equal(hpt_run_start(space, looks_how_long, begun, &options, &run, NULL), HPT_OK);
    assert_int_equal(read(begun[0], &byte, 1), 1);
    hpt_run_cancel_within(run, 300);
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_OK);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
    assert_true(hpt_result_value(result) > 0 && hpt_result_value(result) <= 300);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
    close(begun[0]);
    close(begun[1]);
}

static void a_process_has_a_number_of_its_own(void **state) {
    (void)state;
    uint64_t here = hpi_process();
    assert_true(here != 0 && here == hpi_process());
    assert_true(here == (uint64_t)getpid());
    assert_in_range(hpi_process_threads(), 1, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(signals_are_as_in_a_new_program),
        isolated_test(handlers_of_faults_stay_if_the_options_say_so),
        isolated_test(core_files_are_off_unless_the_options_say_so),
        isolated_test(the_stack_is_as_large_as_the_options_say),
        isolated_test(each_is_a_group_of_its_own_and_the_first_to_go_when_memory_runs_out),
        isolated_test(a_process_has_no_descriptor_of_hpts),
        isolated_test(processes_are_bound_as_their_workers),
        isolated_test(a_study_file_keeps_how_trials_crashed),
        isolated_test(every_report_reaches_observers_in_order),
        isolated_test(a_process_knows_the_end_that_somebody_has_asked_for),
        isolated_test(a_process_has_a_number_of_its_own),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
