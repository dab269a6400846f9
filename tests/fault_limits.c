/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with few descriptors, or few threads, a run does with what there is or says what is
 *         lacking; nothing is left of one that was refused.
 * Method: the limit is set, a run of every kind is tried, and the host is compared. */
#include "host.h"
#include "runs.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIALS = 20 };

static char folder[64], path[96], journal[96];

static int begin(void **state) {
    (void)state;
    if (!fixture_folder(folder, "hpt_limits")) return -1;
    snprintf(path, sizeof path, "%s/study.db", folder);
    snprintf(journal, sizeof journal, "%s/study.journal", folder);
    return 0;
}

static int end(void **state) {
    (void)state;
    return rmdir(folder);
}

static void remove_files(void) {
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
        snprintf(name, sizeof name, "%s%s", journal, ends[i]);
        unlink(name);
    }
}

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

/* True: it ran, and lost nothing. Else it was refused with a sentence, before anything ran; or
 * stopped because the study could not be written. */
static bool try_run(const char *pool, const char *study) {
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(3, TRIALS);
    atomic_ulong calls = 0;
    hpt_result  *result = NULL;
    hpt_err      err = { 0 };
    hpt_space   *space = runs_space();
    observer.events = see_nothing;
    options.observers = &observer;
    options.observer_count = 1;
    options.pool = pool;
    options.study = study;
    hpt_status status = hpt_parallel_run(space, runs_count, &calls, &options, &result, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) {
        assert_null(result);
        assert_true(*err.text);
        assert_int_equal(atomic_load(&calls), 0);
        return false;
    }
    runs_assert_counts(result);
    hpt_stop stop = hpt_result_stop(result);
    bool     is_whole = hpt_result_count(result, HPT_TRIAL_COMPLETE) == TRIALS;
    if (stop != HPT_STOP_STORE) assert_true(stop == HPT_STOP_TRIALS && is_whole);
    hpt_result_destroy(result);
    return is_whole;
}

/* Descriptors. */

static bool try_with_files(rlim_t count, const char *pool, const char *study) {
    struct rlimit usual, few;
    getrlimit(RLIMIT_NOFILE, &usual);
    few = usual;
    few.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    bool ran = try_run(pool, study);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    remove_files();
    return ran;
}

/* From so few that nothing can be opened to as many as anything needs. */
static void assert_any_number_will_do(const char *pool, const char *study) {
    host before;
    bool ran = try_with_files(64, pool, study);
    assert_true(ran);
    host_note(&before); /* what the C library opens once is not the run's doing */
    for (rlim_t count = 3; count <= 64; count += fixture_apart(count < 24 ? 1 : 8))
        try_with_files(count, pool, study);
    host_assert_unchanged(&before);
}

static void threads_with_any_number_of_descriptors(void **state) {
    (void)state;
    assert_any_number_will_do("threads", NULL);
}

static void studies_with_any_number_of_descriptors(void **state) {
    (void)state;
    assert_any_number_will_do("threads", path);
    assert_any_number_will_do("threads", journal);
}

static void processes_with_any_number_of_descriptors(void **state) {
    (void)state;
    assert_any_number_will_do("processes", NULL);
}

/* Threads. The limit does not bind a superuser, so the child becomes somebody else. */

/* Nobody goes before all have been started that can be. */
static hpt_result *start_and_end(hpt_err *err) {
    runs_gate   gate = { 0, 0 };
    hpt_options options = runs_options(8, 100);
    hpt_run    *run = NULL;
    hpt_result *result = NULL;
    hpt_space  *space = runs_space();
    hpt_status  status = hpt_run_start(space, runs_pass, &gate, &options, &run, err);
    atomic_store(&gate.is_open, 1);
    if (status == HPT_OK && hpt_run_wait(run, -1) == HPT_OK) hpt_run_result(run, &result, NULL);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
    return result;
}

/* So many threads beside those that there are. 0: it is as it should be. */
static int run_as_nobody(rlim_t workers) {
    rlim_t        threads = workers + runs_threads();
    struct rlimit few = { threads, threads };
    hpt_err       err = { 0 };
    char          words[64];
    if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0) return 2;
    if (setrlimit(RLIMIT_NPROC, &few) != 0) return 3;
    hpt_result *result = start_and_end(&err);
    if (workers == 0) return !result && err.code == HPT_ETHREAD && *err.text ? 0 : 4;
    if (!result || hpt_result_count(result, HPT_TRIAL_COMPLETE) != 100) return 5;
    snprintf(words, sizeof words, "only %u of 8 workers could be started", (unsigned)workers);
    bool is_told = strstr(hpt_result_warning(result, 0), words);
    hpt_result_destroy(result);
    return is_told ? 0 : 6;
}

static void a_run_does_with_the_threads_that_a_limit_leaves(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    for (rlim_t workers = 0; workers < 8; workers += 2) {
        int   status = -1;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) _exit(run_as_nobody(workers));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_run_does_with_the_threads_that_a_limit_leaves), /* first: it forks */
        TEST(threads_with_any_number_of_descriptors),
        TEST(studies_with_any_number_of_descriptors),
        TEST(processes_with_any_number_of_descriptors),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
