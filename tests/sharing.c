/* SPDX-License-Identifier: BSD-3-Clause */
#include "sharing.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

sharing_counts *sharing_seen;
char            sharing_path[SHARING_PATH_BYTES];

void sharing_remove_files(void) {
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    char                     name[SHARING_PATH_BYTES + 16];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", sharing_path, ends[i]);
        unlink(name);
    }
}

int sharing_begin(void **state) {
    (void)state;
    sharing_seen =
        mmap(NULL, sizeof *sharing_seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(sharing_path, sizeof sharing_path, "%s/hpt_shared_%d.db", folder, (int)getpid());
    sharing_remove_files();
    return sharing_seen == MAP_FAILED;
}

int sharing_end(void **state) {
    (void)state;
    sharing_remove_files();
    return munmap(sharing_seen, sizeof *sharing_seen);
}

void sharing_pause_us(unsigned us) {
    struct timespec span = { us / 1000000, (long)(us % 1000000) * 1000 };
    if (us > 0) nanosleep(&span, NULL);
}

sharing_setup sharing_setup_of(uint64_t trials, const char *strategy) {
    sharing_setup it = { .options = hpt_options_default(),
                         .members = SHARING_MEMBERS,
                         .pause_us = 300,
                         .stop = HPT_STOP_TRIALS };
    it.options.trial_count_max = trials;
    it.options.strategy = strategy;
    it.options.worker_count = 2;
    it.options.study = sharing_path;
    it.options.shared = true;
    it.options.commit_interval_ms = 30;
    return it;
}

hpt_space *sharing_make_space(const sharing_setup *it) {
    hpt_space *space = hpt_space_create();
    if (!it->is_finite) hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_int(space, "count", 0, 59);
    if (it->rule) hpt_space_add_constraint(space, it->rule);
    return space;
}

static double value_at(double x, int64_t count) {
    return x * x + (double)count;
}

static void wait_for_all(const sharing_setup *it) {
    for (unsigned i = 0; i < it->members; i++)
        while (!sharing_seen->has_begun[i])
            sharing_pause_us(500);
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    const sharing_setup *it = user;
    double               x = it->is_finite ? 0 : hpt_trial_real(trial, "x");
    int64_t              count = hpt_trial_int(trial, "count");
    sharing_seen->has_begun[it->index] = true;
    if (it->waits && hpt_trial_number(trial) >= 10) wait_for_all(it);
    sharing_pause_us(it->pause_us);
    atomic_fetch_add(&sharing_seen->evaluated[hpt_trial_number(trial)], 1);
    atomic_fetch_add(&sharing_seen->at[count], 1);
    atomic_fetch_add(&sharing_seen->member[it->index], 1);
    *value_out = value_at(x, count);
    return HPT_OK;
}

int sharing_run_member(const sharing_setup *it) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = sharing_make_space(it);
    hpt_status  status =
        hpt_parallel_run(space, objective, (void *)(uintptr_t)it, &it->options, &result, &err);
    if (status != HPT_OK) fprintf(stderr, "member %u: %s\n", it->index, err.text);
    hpt_stop stop = hpt_result_stop(result);
    sharing_seen->best[it->index] = hpt_result_value(result);
    if (status == HPT_OK && stop != it->stop)
        fprintf(stderr, "member %u: %s\n", it->index, hpt_stop_text(stop));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status != HPT_OK || stop != it->stop;
}

pid_t sharing_start(const sharing_setup *it, unsigned index) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    sharing_setup own = *it;
    own.index = index;
    _exit(sharing_run_member(&own));
}

void sharing_assert_ends_well(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void sharing_wait_for(unsigned member, unsigned count) {
    while (sharing_seen->member[member] < count)
        sharing_pause_us(500);
}

void sharing_stop_harmlessly(pid_t victim, unsigned other) {
    for (;;) {
        unsigned before = sharing_seen->member[other];
        kill(victim, SIGSTOP);
        for (int i = 0; i < 100 && sharing_seen->member[other] < before + 20; i++)
            sharing_pause_us(2000);
        if (sharing_seen->member[other] >= before + 20) return;
        kill(victim, SIGCONT);
        sharing_pause_us(3000);
    }
}

void sharing_run_all(const sharing_setup *it) {
    pid_t children[SHARING_MEMBERS];
    for (unsigned i = 0; i < it->members; i++)
        children[i] = sharing_start(it, i);
    for (unsigned i = 0; i < it->members; i++)
        sharing_assert_ends_well(children[i]);
}

void sharing_apart(void (*test)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        test();
        _exit(0);
    }
    sharing_assert_ends_well(child);
}

static void say(void *user, const char *finding) {
    (void)user;
    fprintf(stderr, "%s\n", finding);
}

void sharing_judge_file(uint64_t trials) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    size_t       findings = 0;
    bool         is_there[SHARING_NUMBERS] = { false };
    assert_int_equal(hpt_study_check(sharing_path, HPT_CHECK_LOOK, say, NULL, &findings, &err),
                     HPT_OK);
    assert_int_equal(findings, 0);
    if (hpt_history_load(sharing_path, NULL, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_history_count(history), trials);
    for (uint64_t i = 0; i < trials; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_int_equal(record->number, i);
        assert_int_equal(record->state, HPT_TRIAL_COMPLETE);
        assert_true(record->order < trials);
        assert_false(is_there[record->order]);
        is_there[record->order] = true;
    }
    hpt_history_destroy(history);
}

void sharing_assert_once(uint64_t trials) {
    for (uint64_t i = 0; i < SHARING_NUMBERS; i++)
        assert_int_equal(sharing_seen->evaluated[i], i < trials ? 1 : 0);
    sharing_judge_file(trials);
}
