/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with a window a run is the same, bit for bit, on any pool and at any number of workers.
 * Method: objectives that take a random time, traces compared trial by trial; the reference is a
 * plain loop over hpt_study_ask() and hpt_study_tell(), and the inline pool. */
#include "trace.h"

#include <math.h>
#include <string.h>

static hpt_options window_options(const char *strategy, uint32_t window, uint64_t trials) {
    hpt_options options = hpt_options_default();
    options.strategy = strategy;
    options.window = window;
    options.trial_count_max = trials;
    options.seed = 42;
    return options;
}

/* Every pool, worker count and coordinator against the inline pool. */
static void assert_same_everywhere(hpt_options options, hpt_objective objective) {
    hpt_space *space = trace_space();
    trace      reference = { 0 };
    options.pool = "inline";
    trace_run(&reference, space, objective, NULL, &options);
    trace_assert_same_on_threads(&reference, space, objective, options);
    trace_free(&reference);
    hpt_space_destroy(space);
}

static void a_window_gives_random_the_same_trace_at_any_number_of_workers(void **state) {
    (void)state;
    assert_same_everywhere(window_options("random", 16, fixture_scaled(400)), trace_slow_sphere);
}

static void a_window_gives_grid_the_same_trace_at_any_number_of_workers(void **state) {
    (void)state;
    assert_same_everywhere(window_options("grid:points=4", 16, fixture_scaled(400)),
                           trace_slow_sphere);
}

static void a_window_gives_qmc_the_same_trace_at_any_number_of_workers(void **state) {
    (void)state;
    assert_same_everywhere(window_options("qmc", 7, fixture_scaled(400)), trace_slow_sphere);
}

static void a_window_gives_a_list_the_same_trace_at_any_number_of_workers(void **state) {
    (void)state;
    hpt_value points[60 * 6];
    for (int i = 0; i < 60; i++) {
        hpt_value row[6] = { hpt_real(i * 0.05), hpt_real(-i * 0.05), hpt_int(i % 10),
                             hpt_real(1),        hpt_text("fast"),    hpt_int(7) };
        memcpy(&points[i * 6], row, sizeof row);
    }
    hpt_options options = window_options("list:shuffle=yes", 8, 0);
    options.points = points;
    options.point_count = 60;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void a_window_gives_a_learner_the_same_trace_at_any_number_of_workers(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 8, fixture_scaled(400));
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void a_window_of_one_is_strictly_sequential(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 1, fixture_scaled(200));
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void a_window_larger_than_the_budget_works(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 1000, 50);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void a_target_stops_at_the_same_trial_at_any_number_of_workers(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 12, 100000);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    options.target = 3;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void no_improvement_stops_at_the_same_trial_at_any_number_of_workers(void **state) {
    (void)state;
    hpt_options options = window_options("random", 12, 100000);
    options.stale_count_max = 60;
    assert_same_everywhere(options, trace_slow_sphere);
}

static void short_trials_in_blocks_keep_the_trace(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 256, fixture_scaled(20000));
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_same_everywhere(options, trace_sphere);
}

static hpt_status chatty(hpt_trial *trial, void *user, double *value_out) {
    char text[3000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    hpt_trial_set_attr(trial, "story", hpt_text(text)); /* fills the block's room for notes */
    return trace_sphere(trial, user, value_out);
}

static void blocks_that_are_handed_in_early_keep_the_trace(void **state) {
    (void)state;
    hpt_options options = window_options(NULL, 256, fixture_scaled(5000));
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    assert_same_everywhere(options, chatty);
}

/* The reference of the reference: no pool at all. */
static void a_plain_ask_and_tell_loop_gives_the_trace_of_a_run(void **state) {
    (void)state;
    enum { WINDOW = 5, TRIALS = 120 };
    hpt_space  *space = trace_space();
    hpt_options options = window_options(NULL, WINDOW, TRIALS);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    trace run = { 0 };
    trace_run(&run, space, trace_sphere, NULL, &options);

    hpt_study *study = NULL;
    assert_int_equal(hpt_study_create(space, &options, &study, NULL), HPT_OK);
    hpt_trial *in_flight[WINDOW];
    size_t     count = 0;
    for (size_t told = 0; told < TRIALS; told++) {
        while (count < WINDOW && hpt_study_ask(study, &in_flight[count], NULL) == HPT_OK)
            count++;
        double value;
        assert_int_equal(hpt_trial_number(in_flight[0]), told);
        assert_memory_equal(&run.trials[told].point[0].real,
                            &(double){ hpt_trial_real(in_flight[0], "x") }, sizeof(double));
        trace_sphere(in_flight[0], NULL, &value);
        assert_int_equal(hpt_study_tell(study, in_flight[0], value, NULL), HPT_OK);
        memmove(&in_flight[0], &in_flight[1], --count * sizeof *in_flight);
    }
    hpt_study_destroy(study);
    trace_free(&run);
    hpt_space_destroy(space);
}

static void ends_come_in_the_order_of_numbers(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = window_options("random", 24, fixture_scaled(500));
    trace       it = { 0 };
    options.worker_count = 4;
    trace_run(&it, space, trace_slow_sphere, NULL, &options);
    for (size_t i = 0; i < it.count; i++)
        assert_int_equal(it.trials[i].number, i);
    trace_free(&it);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_gives_random_the_same_trace_at_any_number_of_workers),
        cmocka_unit_test(a_window_gives_grid_the_same_trace_at_any_number_of_workers),
        cmocka_unit_test(a_window_gives_qmc_the_same_trace_at_any_number_of_workers),
        cmocka_unit_test(a_window_gives_a_list_the_same_trace_at_any_number_of_workers),
        cmocka_unit_test(a_window_gives_a_learner_the_same_trace_at_any_number_of_workers),
        cmocka_unit_test(a_window_of_one_is_strictly_sequential),
        cmocka_unit_test(a_window_larger_than_the_budget_works),
        cmocka_unit_test(a_target_stops_at_the_same_trial_at_any_number_of_workers),
        cmocka_unit_test(no_improvement_stops_at_the_same_trial_at_any_number_of_workers),
        cmocka_unit_test(short_trials_in_blocks_keep_the_trace),
        cmocka_unit_test(blocks_that_are_handed_in_early_keep_the_trace),
        cmocka_unit_test(a_plain_ask_and_tell_loop_gives_the_trace_of_a_run),
        cmocka_unit_test(ends_come_in_the_order_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
