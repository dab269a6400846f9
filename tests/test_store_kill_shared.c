/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   members of a shared study that are killed at any moment cost nobody anything: in the end
 *         every trial has ended once, and the file is sound.
 * Method: processes that join one study; all but one in turn get SIGKILL after a random time, and
 *         others join in their place, until the budget is done. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hpt/hpt.h>

#include "kill.h"

enum { MEMBERS = 3, TRIALS = 160, KILLS_AT_ONCE = 9 };

static uint64_t seed;

static uint64_t draw(uint64_t below) { /* SplitMix64: when to kill, nothing that a run sees */
    uint64_t word = seed += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return (word ^ (word >> 31)) % below;
}

static void pause_us(uint64_t us) {
    struct timespec span = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };
    nanosleep(&span, NULL);
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    pause_us(800);
    if (hpt_trial_number(trial) % 13 == 5) return hpt_trial_fail(trial, "on purpose");
    *value_out = hpt_trial_real(trial, "x") * hpt_trial_real(trial, "x");
    hpt_trial_report(trial, 1, *value_out);
    return HPT_OK;
}

static int join(const char *path, const char *strategy, hpt_sync sync) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_space_add_real(space, "x", -1, 1);
    hpt_space_add_real(space, "y", -1, 1);
    options.strategy = strategy;
    options.study = path;
    options.shared = true;
    options.sync = sync;
    options.commit_interval_ms = 5;
    options.trial_count_max = TRIALS;
    options.worker_count = 2;
    hpt_status status = hpt_parallel_run(space, objective, NULL, &options, &result, &err);
    if (status != HPT_OK) fprintf(stderr, "%s: %s\n", path, err.text);
    bool is_done = status == HPT_OK && hpt_result_stop(result) == HPT_STOP_TRIALS;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return !is_done;
}

static pid_t start(const char *path, const char *strategy, hpt_sync sync) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(join(path, strategy, sync));
    return child;
}

/* Whether it had ended by itself. */
static bool end_of(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static void say(void *user, const char *finding) {
    (void)user;
    fprintf(stderr, "%s\n", finding);
}

static void judge(const char *path) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    size_t       findings = 0;
    bool         is_there[TRIALS] = { false };
    assert_int_equal(hpt_study_check(path, HPT_CHECK_LOOK, say, NULL, &findings, &err), HPT_OK);
    assert_int_equal(findings, 0);
    if (hpt_history_load(path, NULL, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_history_count(history), TRIALS);
    for (uint64_t i = 0; i < TRIALS; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_int_equal(record->number, i);
        assert_int_equal(record->state, i % 13 == 5 ? HPT_TRIAL_FAILED : HPT_TRIAL_COMPLETE);
        assert_true(record->order < TRIALS);
        assert_false(is_there[record->order]);
        is_there[record->order] = true;
    }
    hpt_history_destroy(history);
}

/* How many were killed. */
static size_t kill_some(const char *path, const char *strategy, hpt_sync sync) {
    pid_t  children[MEMBERS];
    size_t kills = 0;
    for (size_t i = 0; i < MEMBERS; i++)
        children[i] = start(path, strategy, sync);
    for (size_t i = 0; i < KILLS_AT_ONCE; i++) {
        size_t which = draw(MEMBERS);
        pause_us(draw(12000));
        kill(children[which], SIGKILL);
        kills += !end_of(children[which]);
        children[which] = start(path, strategy, sync);
    }
    for (size_t i = 0; i < MEMBERS; i++)
        assert_true(end_of(children[i]));
    return kills;
}

static void every_trial_ends_once_whoever_is_killed(void **state) {
    (void)state;
    static const char *const strategies[] = { "random", "tpe:startup=10", "cmaes" };
    static const char *const folders[] = { "/tmp", "/dev/shm" };
    const char              *given = getenv("HPT_TEST_SEED");
    char                     path[KILL_PATH_BYTES];
    size_t                   all = 0;
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("HPT_TEST_SEED %llu\n", (unsigned long long)seed);
    for (size_t round = 0; round < fixture_scaled(6); round++) {
        const char *folder = folders[round % 2];
        if (access(folder, W_OK) != 0) continue;
        kill_path(path, folder, "shared", ".db");
        all +=
            kill_some(path, strategies[round % 3], round / 3 % 2 ? HPT_SYNC_EACH : HPT_SYNC_GROUP);
        judge(path);
        kill_remove(path);
    }
    print_message("%zu kills\n", all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trial_ends_once_whoever_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
