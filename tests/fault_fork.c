/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an objective in the pool of threads may start programs by fork() and exec(); what is
 *         forked inherits no descriptor of the library's, and is refused whatever would disturb the
 *         run. The run, its observers and its study file are as if nobody had forked.
 * Method: every trial forks; the child looks, and says what it found by its exit code. */
#include "host.h"
#include "runs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOKED_AT = 256, TRIALS = 24 };

static bool was_open[LOOKED_AT]; /* before the run */
static char folder[64], path[96], lines[96];

static void note_open(void) {
    for (int fd = 0; fd < LOOKED_AT; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static int begin(void **state) {
    (void)state;
    if (!fixture_folder(folder, "hpt_fork")) return -1;
    snprintf(path, sizeof path, "%s/study.journal", folder);
    snprintf(lines, sizeof lines, "jsonl:path=%s/lines.jsonl", folder);
    note_open();
    return 0;
}

static int end(void **state) {
    (void)state;
    char name[128];
    unlink(path);
    snprintf(name, sizeof name, "%s/lines.jsonl", folder);
    unlink(name);
    return rmdir(folder);
}

/* What an exec() would pass on. */
static bool inherits_a_descriptor(void) {
    for (int fd = 0; fd < LOOKED_AT; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && !(flags & FD_CLOEXEC) && !was_open[fd]) return true;
    }
    return false;
}

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

/* The number of the first call that was not refused; 0: all were. */
static int tries_everything(hpt_run *run) {
    hpt_observer  observer = hpt_observer_default();
    hpt_receiver *receiver = NULL;
    hpt_result   *result = NULL;
    hpt_stats     stats = { .struct_size = sizeof stats };
    observer.events = see_nothing;
    if (hpt_run_poll(run) != HPT_EFORKED) return 1;
    if (hpt_run_wait(run, 0) != HPT_EFORKED) return 2;
    if (hpt_run_stats(run, &stats, NULL) != HPT_EFORKED) return 3;
    if (hpt_run_attach(run, &observer, NULL, NULL) != HPT_EFORKED) return 4;
    if (hpt_run_detach(run, 1, NULL) != HPT_EFORKED) return 5;
    if (hpt_run_subscribe(run, HPT_EVENT_ALL, 0, &receiver, NULL) != HPT_EFORKED) return 6;
    if (hpt_run_result(run, &result, NULL) == HPT_OK) return 7;
    hpt_run_destroy(run); /* has no answer; returns */
    return inherits_a_descriptor() ? 8 : 0;
}

static hpt_status await(hpt_trial *trial, pid_t child) {
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child) return hpt_trial_fail(trial, "no child");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return hpt_trial_fail(trial, "the child's status is %d", status);
    return HPT_OK;
}

static hpt_status forks(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    hpt_trial_report(trial, 1, *value_out);
    pid_t child = fork();
    if (child == 0) _exit(tries_everything(hpt_trial_run(trial)));
    return await(trial, child);
}

static hpt_status starts_a_program(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(99);
    }
    return await(trial, child);
}

/* As one whose program was not there, and who has forgotten to end. */
static hpt_status comes_back_as_well(hpt_trial *trial, void *user, double *value_out) {
    int status = 0;
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    pid_t child = fork();
    if (child == 0) return hpt_trial_number(trial) % 2 ? HPT_OK : HPT_EFAILED;
    if (child < 0 || waitpid(child, &status, 0) != child) return hpt_trial_fail(trial, "no child");
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? HPT_OK : HPT_EFAILED;
}

/* In the file of the observer's: a child that went on would write what it has in its buffer. */
static uint64_t end_count(void) {
    char     name[128], line[4096];
    uint64_t count = 0;
    snprintf(name, sizeof name, "%s/lines.jsonl", folder);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, "\"type\":\"trial\"") != NULL;
    fclose(file);
    return count;
}

static void say(void *user, const char *finding) {
    (void)user;
    print_error("%s\n", finding);
}

static void assert_nothing_happened(hpt_objective objective) {
    host        before;
    hpt_err     err = { 0 };
    size_t      findings = 0;
    hpt_options options = runs_options(3, TRIALS);
    host_note(&before);
    options.study = path;
    options.observe = lines;
    hpt_result *result = runs_do(objective, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), TRIALS);
    assert_null(hpt_result_warning(result, hpt_result_stats(result)->is_oversubscribed ? 1 : 0));
    hpt_result_destroy(result);
    host_assert_unchanged(&before);
    assert_int_equal(hpt_study_check(path, HPT_CHECK_LOOK, say, NULL, &findings, &err), HPT_OK);
    assert_int_equal(findings, 0);
    hpt_history *history = NULL;
    assert_int_equal(hpt_history_load(path, NULL, &history, &err), HPT_OK);
    assert_int_equal(hpt_history_count(history), TRIALS);
    hpt_history_destroy(history);
    assert_int_equal(end_count(), TRIALS);
}

static void what_an_objective_forks_is_refused_and_inherits_nothing(void **state) {
    (void)state;
    assert_nothing_happened(forks);
}

static void an_objective_may_start_programs(void **state) {
    (void)state;
    assert_nothing_happened(starts_a_program);
}

static void a_fork_that_returns_ends_there(void **state) {
    (void)state;
    assert_nothing_happened(comes_back_as_well);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_an_objective_forks_is_refused_and_inherits_nothing,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_objective_may_start_programs, begin, end),
        cmocka_unit_test_setup_teardown(a_fork_that_returns_ends_there, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
