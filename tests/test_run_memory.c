/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   without memory a run does not start, and with it, it needs no more on the way: no partial
 *         run, no leak, no allocation per trial.
 * Method: an allocator that fails at each allocation in turn, once and for ever, and counts. */
#include "failing.h"
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How a run is made; the same for all attempts. */
typedef struct setup {
    hpt_options   options;
    hpt_objective objective;
    unsigned long partial_count; /* runs that failed, but had called the objective */
    unsigned long wrong_count;   /* outputs touched, or a wrong number of trials   */
} setup;

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static hpt_status count_with_attr(hpt_trial *trial, void *user, double *value_out) {
    hpt_trial_set_attr(trial, "text", hpt_text("some text"));
    hpt_trial_report(trial, 1, 2);
    return runs_count(trial, user, value_out);
}

/* True: it ran in full. Fewer workers than wanted are allowed, other losses are not. */
static bool try_run(void *user) {
    setup       *it = user;
    atomic_ulong calls = 0;
    hpt_result  *untouched = (hpt_result *)(void *)&calls, *result = untouched;
    hpt_err      err;
    memset(&err, 0, sizeof err);
    hpt_space *space = hpt_space_create();
    if (!space) return false;
    hpt_space_add_real(space, "x", 0, 1);
    hpt_status status = hpt_parallel_run(space, it->objective, &calls, &it->options, &result, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) {
        it->partial_count += atomic_load(&calls) > 0;
        it->wrong_count += result != untouched || status != HPT_ENOMEM || !*err.text;
        return false;
    }
    it->wrong_count += atomic_load(&calls) != it->options.trial_count_max;
    it->wrong_count += hpt_result_count(result, HPT_TRIAL_COMPLETE) != it->options.trial_count_max;
    hpt_result_destroy(result);
    return true;
}

static void assert_survives(setup it) {
    size_t threads = runs_threads();
    size_t count = failing_tolerated(try_run, &it);
    assert_true(count > 10);
    assert_int_equal(it.wrong_count, 0);
    assert_int_equal(it.partial_count, 0);
    runs_assert_threads(threads);
}

static void a_run_without_memory_does_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(3, 50), .objective = runs_count };
    assert_survives(it);
}

static void inline_a_run_without_memory_does_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(1, 50), .objective = runs_count };
    it.options.pool = "inline";
    assert_survives(it);
}

static void virtual_workers_without_memory_do_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(20, 50), .objective = runs_count };
    it.options.pool = "sim:time=exponential,mean=1";
    assert_survives(it);
}

static void a_learner_without_memory_does_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(2, 50), .objective = runs_count };
    it.options.strategy_class = &trace_learner;
    it.options.strategy = NULL;
    it.options.window = 8;
    assert_survives(it);
}

static void a_caller_that_coordinates_without_memory_does_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(3, 50), .objective = runs_count };
    it.options.coordinator = HPT_COORDINATOR_CALLER;
    assert_survives(it);
}

static void bound_workers_without_memory_do_not_start(void **state) {
    (void)state;
    static const char *const placements[] = { "core", "numa" };
    for (size_t i = 0; i < sizeof placements / sizeof *placements; i++) {
        setup it = { .options = runs_options(3, 50), .objective = runs_count };
        it.options.placement = placements[i];
        it.options.threads_per_trial = 2;
        assert_survives(it);
    }
}

static void a_table_without_memory_does_not_start(void **state) {
    (void)state;
    setup it = { .options = runs_options(20, 50), .objective = runs_count };
    FILE *file = fopen("memory.csv", "w");
    assert_non_null(file);
    for (int i = 0; i < 5000; i++)
        fprintf(file, "%d\n", i + 1);
    assert_int_equal(fclose(file), 0);
    it.options.pool = "sim:time=table,table=memory.csv";
    assert_survives(it);
    remove("memory.csv");
}

static void an_observed_run_without_memory_does_not_start(void **state) {
    (void)state;
    hpt_observer observers[2] = { hpt_observer_default(), hpt_observer_default() };
    observers[0].events = observers[1].events = see_nothing;
    observers[1].policy = HPT_POLICY_BLOCK;
    setup it = { .options = runs_options(2, 50), .objective = count_with_attr };
    it.options.observers = observers;
    it.options.observer_count = 2;
    assert_survives(it);
}

static hpt_status two_values(hpt_trial *trial, void *user, double *values_out) {
    values_out[1] = hpt_trial_repeat(trial);
    if (hpt_trial_repeat(trial) == 1) return HPT_OK; /* calls count trials */
    return runs_count(trial, user, values_out);
}

static hpt_status two_calls(hpt_trial *trial, void *user, double *values_out) {
    values_out[0] = 0;
    return two_values(trial, user, values_out);
}

static void a_run_with_all_there_is_without_memory_does_not_start(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MINIMISE, NAN } };
    const hpt_value       x = hpt_real(0.5);
    const double          values[] = { 1, 2 };
    const hpt_observation known = {
        .point = &x, .state = HPT_TRIAL_COMPLETE, .values = values, .value_count = 2
    };
    setup it = { .options = runs_options(2, 50), .objective = two_calls };
    it.options.goals = goals;
    it.options.goal_count = 2;
    it.options.repeat_count = 2;
    it.options.points = &x;
    it.options.point_count = 1;
    it.options.observations = &known;
    it.options.observation_count = 1;
    assert_survives(it);
}

static void every_strategy_without_memory_does_not_start(void **state) {
    (void)state;
    static const char *const strategies[] = { "random:repeats=yes", "grid:points=50",
                                              "grid:points=50,shuffle=yes", "qmc",
                                              "qmc:sequence=halton" };
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        setup it = { .options = runs_options(2, 50), .objective = runs_count };
        it.options.strategy = strategies[i];
        assert_survives(it);
    }
}

static bool try_start(void *user) {
    setup       *it = user;
    atomic_ulong calls = 0;
    hpt_run     *untouched = (hpt_run *)(void *)&calls, *run = untouched;
    hpt_result  *result = NULL;
    hpt_space   *space = hpt_space_create();
    if (!space) return false;
    hpt_space_add_real(space, "x", 0, 1);
    hpt_status status = hpt_run_start(space, runs_count, &calls, &it->options, &run, NULL);
    hpt_space_destroy(space);
    if (status != HPT_OK) {
        it->wrong_count += run != untouched || atomic_load(&calls) > 0;
        return false;
    }
    hpt_run_wait(run, -1);
    status = hpt_run_result(run, &result, NULL); /* may be asked for again when there is memory */
    it->wrong_count += status != HPT_OK && (status != HPT_ENOMEM || result);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    return status == HPT_OK;
}

static void a_result_that_finds_no_memory_harms_nothing(void **state) {
    (void)state;
    setup it = { .options = runs_options(2, 50) };
    failing_tolerated(try_start, &it);
    assert_int_equal(it.wrong_count, 0);
}

/* Allocations of a whole run, and the most bytes in use meanwhile. */

typedef struct peak {
    atomic_ulong calls;
    size_t       bytes;
} peak;

static hpt_status watch_memory(hpt_trial *trial, void *user, double *value_out) {
    peak *it = user;
    if (hpt_trial_number(trial) % 100 == 0 && failing_live_bytes() > it->bytes)
        it->bytes = failing_live_bytes(); /* by one worker */
    return count_with_attr(trial, &it->calls, value_out);
}

static size_t allocations_of(hpt_options options, uint64_t trials, size_t *bytes_out) {
    peak   it = { 0 };
    size_t before = failing_allocations();
    options.trial_count_max = trials;
    hpt_result_destroy(runs_do(watch_memory, &it, &options));
    assert_int_equal(atomic_load(&it.calls), trials);
    *bytes_out = it.bytes;
    return failing_allocations() - before;
}

static void assert_needs_no_more_for_more(hpt_options options) {
    size_t few_bytes, many_bytes;
    failing_install();
    size_t few = allocations_of(options, 10000, &few_bytes); /* blocks are as large as they get */
    size_t many = allocations_of(options, 100000, &many_bytes);
    failing_remove();
    assert_int_equal(few, many);
    assert_int_equal(few_bytes, many_bytes);
}

static void a_trial_allocates_nothing(void **state) {
    (void)state;
    static const char *const strategies[] = { "random", "grid:points=1000000", "qmc" };
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        hpt_options options = runs_options(1, 0);
        options.strategy = strategies[i];
        assert_needs_no_more_for_more(options);
        options.pool = "inline";
        assert_needs_no_more_for_more(options);
        options.window = 32;
        assert_needs_no_more_for_more(options);
    }
}

static void a_simulated_trial_allocates_nothing(void **state) {
    (void)state;
    static const uint32_t windows[] = { 0, 300 };
    for (size_t i = 0; i < 2; i++) {
        size_t      unused;
        hpt_options options = runs_options(20, 0);
        options.pool = "sim:time=exponential,mean=1";
        options.window = windows[i];
        failing_install();
        size_t few = allocations_of(options, 1000, &unused);
        size_t many = allocations_of(options, 100000, &unused);
        failing_remove();
        assert_int_equal(few, many);
    }
}

static void a_trial_of_a_strategy_that_learns_allocates_nothing(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 0);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_needs_no_more_for_more(options);
}

/* Observers may need some while they fall behind, so only what remains is compared. */
static void an_observed_trial_keeps_nothing(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(1, 0);
    size_t       unused;
    observer.events = see_nothing;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    failing_install();
    size_t few = allocations_of(options, 1000, &unused);
    size_t many = allocations_of(options, 50000, &unused);
    failing_remove();
    assert_true(many < few + 100);
}

static void many_workers_allocate_once_each(void **state) {
    (void)state;
    size_t      unused;
    hpt_options options = runs_options(8, 0);
    failing_install();
    size_t few = allocations_of(options, 1000, &unused);
    size_t many = allocations_of(options, 100000, &unused);
    failing_remove();
    assert_int_equal(few, many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_memory_does_not_start),
        cmocka_unit_test(inline_a_run_without_memory_does_not_start),
        cmocka_unit_test(virtual_workers_without_memory_do_not_start),
        cmocka_unit_test(a_learner_without_memory_does_not_start),
        cmocka_unit_test(a_caller_that_coordinates_without_memory_does_not_start),
        cmocka_unit_test(bound_workers_without_memory_do_not_start),
        cmocka_unit_test(a_table_without_memory_does_not_start),
        cmocka_unit_test(an_observed_run_without_memory_does_not_start),
        cmocka_unit_test(a_run_with_all_there_is_without_memory_does_not_start),
        cmocka_unit_test(every_strategy_without_memory_does_not_start),
        cmocka_unit_test(a_result_that_finds_no_memory_harms_nothing),
        cmocka_unit_test(a_trial_allocates_nothing),
        cmocka_unit_test(a_simulated_trial_allocates_nothing),
        cmocka_unit_test(a_trial_of_a_strategy_that_learns_allocates_nothing),
        cmocka_unit_test(an_observed_trial_keeps_nothing),
        cmocka_unit_test(many_workers_allocate_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
