/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a run says at its end is true, and it ends when it should although trials are not
 * alike. Method: objectives whose duration or luck changes in mid-run, and counted calls. */
#include "runs.h"

#include <string.h>

#include "base/clock.h"

enum { CHEAP_TRIALS = 100000, SLOW_MS = 5 };

/* So many trials that take no time, so that blocks are large; then each takes 5 ms and has the
 * better value. */
static hpt_status slows_down(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *slow_calls = user;
    *value_out = 1;
    if (hpt_trial_number(trial) < CHEAP_TRIALS) return HPT_OK;
    atomic_fetch_add(slow_calls, 1);
    runs_sleep_ms(SLOW_MS);
    *value_out = -1;
    return HPT_OK;
}

static void the_target_ends_a_run_soon_although_trials_became_slow(void **state) {
    (void)state;
    atomic_ulong slow_calls = 0;
    hpt_options  options = runs_options(2, CHEAP_TRIALS * UINT64_C(1000));
    options.target = 0;
    hpt_result *result = runs_do(slows_down, &slow_calls, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_in_range(atomic_load(&slow_calls), 1, 2 * 80); /* for each worker a part of a block */
    hpt_result_destroy(result);
}

/* Trials that begin after the limit: of one block at most a part. By their number, not by how long
 * that takes: others may want the CPU as well. */
typedef struct lateness {
    int64_t      limit_ns;
    atomic_ulong calls;
} lateness;

static hpt_status slows_down_late(hpt_trial *trial, void *user, double *value_out) {
    lateness *late = user;
    *value_out = 1;
    if (hpi_now_ns() > late->limit_ns) atomic_fetch_add(&late->calls, 1);
    if (hpt_trial_number(trial) >= CHEAP_TRIALS) runs_sleep_ms(SLOW_MS);
    return HPT_OK;
}

static void the_wall_limit_ends_a_run_soon_although_trials_became_slow(void **state) {
    (void)state;
    lateness    late = { .limit_ns = hpi_now_ns() + HPI_NS_PER_S };
    hpt_options options = runs_options(1, CHEAP_TRIALS * UINT64_C(1000));
    options.wall_s_max = 0.5;
    hpt_result *result = runs_do(slows_down_late, &late, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
    assert_in_range(atomic_load(&late.calls), 0, 400); /* 2 s of them */
    hpt_result_destroy(result);
}

/* Of a block that was handed in early each worker gets its share: nobody evaluates the rest alone
 * while the others have nothing to do. */
enum { SLOW_TRIALS = 400, SLOW_WORKERS = 8 };

static hpt_status slows_down_at_the_end(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *calls = user;
    *value_out = 1;
    if (hpt_trial_number(trial) < CHEAP_TRIALS) return HPT_OK;
    atomic_fetch_add(&calls[hpt_trial_worker(trial)], 1);
    runs_sleep_ms(SLOW_MS);
    return HPT_OK;
}

static void what_is_left_of_a_slow_block_is_shared_by_all_workers(void **state) {
    (void)state;
    atomic_ulong calls[SLOW_WORKERS] = { 0 };
    hpt_options  options = runs_options(SLOW_WORKERS, CHEAP_TRIALS + SLOW_TRIALS);
    hpt_result  *result = runs_do(slows_down_at_the_end, calls, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), CHEAP_TRIALS + SLOW_TRIALS);
    for (size_t i = 0; i < SLOW_WORKERS; i++)
        assert_in_range(atomic_load(&calls[i]), 0, 4 * SLOW_TRIALS / SLOW_WORKERS);
    hpt_result_destroy(result);
}

static hpt_status keep_worker_count(void *user, const hpt_event *events, size_t count,
                                    hpt_err *err) {
    (void)err;
    assert_int_equal(count, 1);
    assert_int_equal(events[0].kind, HPT_EVENT_FINISHED);
    *(uint32_t *)user = events[0].stats->worker_count;
    return HPT_OK;
}

static void the_last_event_knows_the_workers_of_a_run_that_ended_while_they_started(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) {
        uint32_t     worker_count = 0;
        hpt_options  options = runs_options(16, 16);
        hpt_observer observer = hpt_observer_default();
        observer.events = keep_worker_count;
        observer.user = &worker_count;
        observer.kinds = HPT_EVENT_FINISHED;
        options.observers = &observer;
        options.observer_count = 1;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(worker_count, 16);
        hpt_result_destroy(result);
    }
}

/* Trial 0 completes, but long after the run has given up hope. */
static hpt_status first_completes_last(hpt_trial *trial, void *user, double *value_out) {
    atomic_ulong *failed = user;
    *value_out = 1;
    if (hpt_trial_number(trial) > 0) {
        atomic_fetch_add(failed, 1);
        return hpt_trial_fail(trial, "out of luck");
    }
    runs_wait_for(failed, 10);
    hpt_stats stats = { .struct_size = sizeof stats };
    while (stats.stop == HPT_STOP_NONE) {
        runs_sleep_ms(1);
        if (hpt_run_stats(hpt_trial_run(trial), &stats, NULL) != HPT_OK) return HPT_EBUG;
    }
    return HPT_OK;
}

static void a_run_that_gave_up_does_not_say_that_all_failed_when_one_did_not(void **state) {
    (void)state;
    atomic_ulong failed = 0;
    hpt_options  options = runs_options(2, 100000);
    options.fruitless_count_max = 10;
    hpt_result *result = runs_do(first_completes_last, &failed, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_ALL_FAILED);
    assert_true(hpt_result_has_best(result));
    runs_assert_says(hpt_result_stop_text(result), "out of luck");
    runs_assert_says(hpt_result_stop_text(result), "too late");
    hpt_result_destroy(result);
}

/* A strategy that asks for patience with a sentence, and fails later without one. */
static hpt_status hesitate(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    bool *has_waited = state;
    point_out[0].real = 0.5;
    if (number < 2) return HPT_OK;
    if (*has_waited) return HPT_EIO;
    *has_waited = true;
    return hpt_error(err, HPT_EAGAIN, "come back later");
}

static const hpt_strategy_class hesitant = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "hesitant",
    .state_size = sizeof(bool),
    .batch_max = 1,
    .ask = hesitate,
};

static void a_strategy_that_fails_is_not_quoted_with_what_it_said_before(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 100);
    options.strategy_class = &hesitant;
    options.strategy = NULL;
    options.window = 2; /* so that it is known what is in flight when it is asked */
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_STRATEGY);
    assert_null(strstr(hpt_result_stop_text(result), "come back"));
    runs_assert_says(hpt_result_stop_text(result), "no reason");
    hpt_result_destroy(result);
}

/* A strategy that keeps what it was told at its start, as the header allows. */
typedef struct keeper {
    const hpt_strategy_setup *setup;
} keeper;

static hpt_status keep_setup(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)err;
    ((keeper *)state)->setup = setup;
    return HPT_OK;
}

static hpt_status ask_by_setup(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    const hpt_strategy_setup *setup = ((keeper *)state)->setup;
    if (setup->struct_size != sizeof *setup || setup->seed != 7 || setup->trial_count_max != 100)
        return hpt_error(err, HPT_EBUG, "the setup is gone at %d", (int)number);
    point_out[0] = hpt_space_from_unit(setup->space, 0, 0.5);
    return HPT_OK;
}

static const hpt_strategy_class setup_keeper = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "keeper",
    .state_size = sizeof(keeper),
    .init = keep_setup,
    .ask = ask_by_setup,
};

static void a_strategy_may_keep_its_setup_to_the_end(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 100);
    options.strategy_class = &setup_keeper;
    options.strategy = NULL;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    runs_assert_says(hpt_result_stop_text(result), "budget");
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_target_ends_a_run_soon_although_trials_became_slow),
        cmocka_unit_test(the_wall_limit_ends_a_run_soon_although_trials_became_slow),
        cmocka_unit_test(what_is_left_of_a_slow_block_is_shared_by_all_workers),
        cmocka_unit_test(the_last_event_knows_the_workers_of_a_run_that_ended_while_they_started),
        cmocka_unit_test(a_run_that_gave_up_does_not_say_that_all_failed_when_one_did_not),
        cmocka_unit_test(a_strategy_that_fails_is_not_quoted_with_what_it_said_before),
        cmocka_unit_test(a_strategy_may_keep_its_setup_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
