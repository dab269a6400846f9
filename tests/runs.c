/* SPDX-License-Identifier: BSD-3-Clause */
#include "runs.h"

#include <dirent.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_MS = 30000 };

hpt_space *runs_space(void) {
    hpt_space *space = hpt_space_create();
    assert_int_equal(hpt_space_add_real(space, "x", 0, 1), 0);
    return space;
}

hpt_options runs_options(uint32_t workers, uint64_t trials) {
    hpt_options options = hpt_options_default();
    options.strategy = "random"; /* what is tested is the run: candidates cost nothing */
    options.worker_count = workers;
    options.trial_count_max = trials;
    options.seed = 7;
    return options;
}

void runs_ask_to_stop_after(hpt_options *options, double seconds) {
    options->trial_s_max = seconds;
    options->grace_s = 3600;
}

uint64_t runs_sum(const hpt_stats *stats) {
    uint64_t sum = 0;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        sum += stats->state_count[i];
    return sum;
}

void runs_assert_counts(const hpt_result *result) {
    const hpt_stats *stats = hpt_result_stats(result);
    assert_int_equal(runs_sum(stats), stats->trial_count);
    assert_int_equal(stats->state_count[HPT_TRIAL_RUNNING], 0);
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        assert_int_equal(hpt_result_count(result, (hpt_trial_state)i), stats->state_count[i]);
    assert_int_not_equal(stats->stop, HPT_STOP_NONE);
    assert_int_equal(stats->has_best, stats->state_count[HPT_TRIAL_COMPLETE] > 0);
}

hpt_result *runs_do(hpt_objective objective, void *user, const hpt_options *options) {
    hpt_space  *space = runs_space();
    hpt_result *result = NULL;
    hpt_err     err;
    memset(&err, 0, sizeof err);
    hpt_status status = hpt_parallel_run(space, objective, user, options, &result, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) fail_msg("%d: %s", (int)status, err.text);
    assert_non_null(result);
    runs_assert_counts(result);
    return result;
}

const char *const runs_pools[RUNS_POOLS] = { "inline", "threads" };

hpt_result *runs_traced(trace *into, hpt_objective objective, void *user, hpt_options options) {
    hpt_observer observer;
    trace_attach(into, &observer, &options);
    return runs_do(objective, user, &options);
}

trace_trial runs_once(hpt_objective objective, void *user, hpt_options options) {
    trace it = { 0 };
    options.trial_count_max = 1;
    hpt_result_destroy(runs_traced(&it, objective, user, options));
    assert_int_equal(it.count, 1);
    trace_trial only = it.trials[0];
    trace_free(&it);
    return only;
}

void runs_assert_says(const char *text, const char *words) {
    if (!strstr(text, words)) fail_msg("\"%s\" does not say \"%s\"", text, words);
}

void runs_assert_warned(const hpt_result *result, const char *words) {
    const char *warning;
    for (size_t i = 0; (warning = hpt_result_warning(result, i)); i++)
        if (strstr(warning, words)) return;
    fail_msg("no warning says \"%s\"", words);
}

void runs_assert_refused(const hpt_options *options, hpt_status status, const char *words) {
    atomic_ulong calls = 0;
    hpt_space   *space = runs_space();
    hpt_result  *untouched = (hpt_result *)(void *)&calls, *result = untouched;
    hpt_err      err;
    memset(&err, 0, sizeof err);
    hpt_status is = hpt_parallel_run(space, runs_count, &calls, options, &result, &err);
    if (is != status) fail_msg("status is %d, not %d: %s", (int)is, (int)status, err.text);
    assert_int_equal(err.code, status);
    runs_assert_says(err.text, words);
    assert_ptr_equal(result, untouched);
    assert_int_equal(atomic_load(&calls), 0);
    assert_int_equal(hpt_parallel_run(space, runs_count, &calls, options, &result, NULL), status);
    hpt_space_destroy(space);
}

static size_t entries(const char *folder) {
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void *do_nothing(void *user) {
    return user;
}

/* A sanitizer starts a thread of its own when it sees the first one start. */
static void start_sanitizer(void) {
    static bool is_started;
    pthread_t   thread;
    if (!is_started && pthread_create(&thread, NULL, do_nothing, NULL) == 0)
        pthread_join(thread, NULL);
    is_started = true;
}

size_t runs_threads(void) {
    start_sanitizer();
    return entries("/proc/self/task");
}

size_t runs_files(void) {
    return entries("/proc/self/fd");
}

void runs_assert_threads(size_t expected) {
    for (unsigned ms = 0; runs_threads() > expected && ms < PATIENCE_MS; ms++)
        runs_sleep_ms(1);
    /* Fewer when a thread that had ended was listed still while the test counted for the first
     * time, as under an emulator. */
    assert_in_range(runs_threads(), 1, expected);
}

void runs_sleep_ms(unsigned ms) {
    struct timespec span = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    nanosleep(&span, NULL);
}

bool runs_wait_for(atomic_ulong *flag, unsigned long value) {
    for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
        if (atomic_load(flag) >= value) return true;
        runs_sleep_ms(1);
    }
    return false;
}

hpt_status runs_count(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *calls = user;
    if (calls) atomic_fetch_add(calls, 1);
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

hpt_status runs_until_stopped(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *calls = user;
    if (calls) atomic_fetch_add(calls, 1);
    *value_out = -1;
    for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
        if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
        runs_sleep_ms(1);
    }
    return HPT_EBUG;
}

hpt_status runs_pass(hpt_trial *trial, void *user, double *value_out) {
    runs_gate *it = user;
    atomic_fetch_add(&it->inside, 1);
    *value_out = hpt_trial_real_at(trial, 0);
    return runs_wait_for(&it->is_open, 1) ? HPT_OK : HPT_EBUG;
}

/* Runs that go on beside the test. */

hpt_run *runs_start(hpt_objective objective, void *user, const hpt_options *options) {
    hpt_space *space = runs_space();
    hpt_run   *run = NULL;
    hpt_err    err;
    memset(&err, 0, sizeof err);
    hpt_status status = hpt_run_start(space, objective, user, options, &run, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) fail_msg("%d: %s", (int)status, err.text);
    return run;
}

hpt_result *runs_end(hpt_run *run) {
    hpt_result *result = NULL;
    assert_int_equal(hpt_run_wait(run, 60), HPT_OK);
    assert_int_equal(hpt_run_poll(run), HPT_OK);
    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_OK);
    hpt_run_destroy(run);
    runs_assert_counts(result);
    return result;
}

/* Studies. */

hpt_study *runs_study(const hpt_options *options) {
    hpt_space *space = runs_space();
    hpt_study *study = NULL;
    hpt_err    err;
    memset(&err, 0, sizeof err);
    hpt_status status = hpt_study_create(space, options, &study, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) fail_msg("%d: %s", (int)status, err.text);
    return study;
}

hpt_trial *runs_ask(hpt_study *study) {
    hpt_trial *trial = NULL;
    hpt_err    err;
    memset(&err, 0, sizeof err);
    hpt_status status = hpt_study_ask(study, &trial, &err);
    if (status != HPT_OK) fail_msg("%d: %s", (int)status, err.text);
    return trial;
}

void runs_tell(hpt_study *study, hpt_trial *trial, double value) {
    assert_int_equal(hpt_study_tell(study, trial, value, NULL), HPT_OK);
}

void runs_assert_no_trial(hpt_study *study, hpt_status status, const char *words) {
    hpt_trial *untouched = (hpt_trial *)(void *)&status, *trial = untouched;
    hpt_err    err;
    memset(&err, 0, sizeof err);
    hpt_status is = hpt_study_ask(study, &trial, &err);
    if (is != status) fail_msg("status is %d, not %d: %s", (int)is, (int)status, err.text);
    runs_assert_says(err.text, words);
    assert_ptr_equal(trial, untouched);
}

hpt_result *runs_close(hpt_study *study) {
    hpt_result *result = NULL;
    assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
    runs_assert_counts(result);
    hpt_study_destroy(study);
    return result;
}
