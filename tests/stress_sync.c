/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with sync = each no result is told too early, none is forgotten and nobody sleeps for
 *         ever, whoever coordinates, however long a write takes, also if it fails or the run is
 *         cancelled.
 * Method: many short runs with random settings; commits and trials take random times. */
#include "fixture.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "kept.h"
#include "runs.h"

enum { TRIALS = 64 };

static atomic_bool  is_durable[TRIALS];
static atomic_ulong early_count, told_count;
static atomic_uint  commit_us, fails_in;

/* Short ones are as long as a worker looks for work before it sleeps: they are exact. */
static void pause_us(unsigned us) {
    struct timespec span = { 0, us * 1000L };
    int64_t         until_ns = hpi_now_ns() + us * 1000L;
    if (us > 100)
        nanosleep(&span, NULL);
    else
        while (hpi_now_ns() < until_ns)
            hpi_pause();
}

static hpt_status slow_commit(hpi_backend *backend, bool is_hard, hpt_err *err) {
    unsigned most_us = atomic_load(&commit_us);
    uint64_t word;
    hpt_random(78, disk.begins, 0, &word, 1);
    pause_us(most_us > 0 ? (unsigned)(word % most_us) : 0);
    if (atomic_load(&fails_in) > 0 && atomic_fetch_sub(&fails_in, 1) == 1) {
        atomic_store(&fails_in, 1); /* from now on always */
        memory_rollback(backend);
        return hpi_fail(err, HPT_EIO, "the disk is gone");
    }
    hpt_status status = memory_commit(backend, is_hard, err);
    for (size_t i = 0; i < disk.committed.trial_count; i++)
        if (disk.committed.trials[i].is_told)
            atomic_store(&is_durable[disk.committed.trials[i].number], true);
    return status;
}

static hpi_backend_class slow;

static hpt_status find_slow(const hpi_backend_class **class_out) {
    slow = memory_backend;
    slow.commit = slow_commit;
    *class_out = &slow;
    return HPT_OK;
}

static void looking_tell(void *state, const hpt_outcome *outcome) {
    trace_learner.tell(state, outcome);
    atomic_fetch_add(&told_count, 1);
    bool is_result = outcome->state != HPT_TRIAL_CANCELLED;
    if (is_result && !atomic_load(&is_durable[outcome->number])) atomic_fetch_add(&early_count, 1);
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    unsigned most_us = *(unsigned *)user;
    pause_us(most_us > 0 ? (unsigned)(hpt_trial_seed(trial, 0) % most_us) : 0);
    return trace_sphere(trial, NULL, value_out);
}

/* Cancels some runs in the middle. */
static void search(const hpt_space *space, const hpt_options *options, unsigned trial_us,
                   bool is_cancelled) {
    hpt_run *run = NULL;
    hpt_err  err = { 0 };
    if (hpt_run_start(space, objective, &trial_us, options, &run, &err) != HPT_OK)
        fail_msg("%s", err.text);
    if (is_cancelled) {
        pause_us(300);
        hpt_run_cancel(run, HPT_CANCEL_FINISH);
    }
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    hpt_result *result = NULL;
    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_OK);
    runs_assert_counts(result);
    if (options->store_failure == HPT_STORE_GO_ON && !is_cancelled)
        assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(atomic_load(&told_count), hpt_result_stats(result)->trial_count);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
}

static void nothing_is_told_early_or_never(void **state) {
    (void)state;
    static const uint32_t windows[] = { 0, 0, 1, 8 };
    hpt_space            *space = trace_space();
    kept_find = find_slow;
    for (uint64_t i = 0; i < fixture_scaled(150); i++) {
        uint64_t words[8];
        hpt_strategy_class class = trace_learner;
        hpt_options options = hpt_options_default();
        hpt_random(77, i, 0, words, 8);
        kept_begin();
        for (size_t k = 0; k < TRIALS; k++)
            atomic_store(&is_durable[k], false);
        atomic_store(&told_count, 0);
        class.name = "looking";
        class.tell = looking_tell;
        class.batch_max = words[0] % 2;
        options.strategy_class = &class;
        options.worker_count = 1 + (uint32_t)(words[1] % 3);
        options.window = windows[words[2] % 4];
        options.trial_count_max = 1 + words[3] % TRIALS;
        options.coordinator = words[4] % 4 == 0 ? HPT_COORDINATOR_CALLER : HPT_COORDINATOR_WORKERS;
        options.study = kept_path;
        options.sync = HPT_SYNC_EACH;
        options.store_failure = words[5] % 2 ? HPT_STORE_GO_ON : HPT_STORE_STOP;
        bool is_failing = words[6] % 5 == 0;
        atomic_store(&commit_us, (unsigned)(words[7] % 4 * 50));
        atomic_store(&fails_in, is_failing ? 2 + (unsigned)(words[6] >> 8) % 6 : 0);
        search(space, &options, (unsigned)(words[7] >> 8) % 3 * 100, words[5] % 7 == 0);
        if (!is_failing) assert_int_equal(atomic_load(&early_count), 0);
        atomic_store(&early_count, 0);
        kept_end();
    }
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_early_or_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
