/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with a window a run that died at any moment and is started again ends, bit by bit, as one
 *         that was not interrupted, whatever the strategy and the number of workers.
 * Method: one run is kept in a file in memory; what that would hold after each number of ends is
 *         made from it, and a run goes on from there. What it does is the rest of the first. */
#include "fixture.h"

#include <math.h>

#include "kept.h"

enum { DIMS = 6, TRIALS = 40 };

static int begin(void **state) {
    (void)state;
    kept_begin();
    return 0;
}

static int end(void **state) {
    (void)state;
    kept_end();
    return 0;
}

static hpt_options options_of(const char *strategy, uint32_t workers, uint32_t window) {
    hpt_options options = hpt_options_default();
    options.strategy = strategy;
    options.worker_count = workers;
    options.window = window;
    options.trial_count_max = TRIALS;
    options.seed = 11;
    options.study = kept_path;
    options.commit_interval_ms = 1;
    return options;
}

/* Some of every state that an objective can bring about, as a function of the point. */
static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    hpt_status status = trace_sphere(trial, user, value_out);
    double     x = hpt_trial_real_at(trial, 0), y = hpt_trial_real_at(trial, 1);
    if (status != HPT_OK) return status;
    hpt_trial_set_attr(trial, "x", hpt_real(x));
    if (fmod(fabs(x), 1) < 0.1) return hpt_trial_fail(trial, "x is %g", x);
    hpt_trial_report(trial, 3, x);
    if (fmod(fabs(y), 1) < 0.1) return hpt_trial_prune(trial);
    if (fmod(fabs(y), 1) > 0.9) hpt_trial_constraint(trial, "y", 1 + y * y);
    return HPT_OK;
}

/* A run; `told` of its trials an earlier one has told. */
static void go_on(const hpt_space *space, const hpt_options *options, const trace *whole,
                  size_t told) {
    trace rest = { 0 };
    trace_run(&rest, space, objective, NULL, options);
    assert_int_equal(rest.count, whole->count - told);
    for (size_t i = 0; i < rest.count; i++) {
        const trace_trial *a = &whole->trials[told + i], *b = &rest.trials[i];
        assert_int_equal(a->number, b->number);
        assert_int_equal(a->state, b->state);
        assert_memory_equal(a->point, b->point, sizeof a->point);
        assert_true((isnan(a->value) && isnan(b->value)) || a->value == b->value);
        assert_string_equal(a->reason, b->reason);
    }
    assert_int_equal(rest.stop, whole->stop);
    assert_int_equal(rest.best_trial, whole->best_trial);
    assert_true(rest.best_value == whole->best_value);
    trace_free(&rest);
}

/* From after each `step` ends; where repetitions are scaled down from the start, the middle and the
 * end only. */
static void check(const hpt_options *options, uint32_t step) {
    if (fixture_apart(step) >= TRIALS) step = TRIALS / 2;
    hpt_space *space = trace_space();
    trace      whole = { 0 };
    kept_begin();
    trace_run(&whole, space, objective, NULL, options);
    memory_content content = kept_save();
    for (uint64_t told = 0; told <= whole.count; told += step) {
        hpt_options    again = *options;
        memory_content cut = kept_cut(&content, told, DIMS);
        kept_load(&cut);
        again.worker_count = 1 + (uint32_t)(told / step) % 3;
        go_on(space, &again, &whole, told);
        memory_clear(&cut);
    }
    memory_clear(&content);
    trace_free(&whole);
    hpt_space_destroy(space);
}

/* Windows that differ from strategy to strategy: what they do to the order of asks and tells is the
 * same for all. */
static void check_strategy(const char *strategy, uint32_t step) {
    static const uint32_t windows[] = { 16, 1, 4 };
    for (size_t i = step % 3; i < 3; i += 2) {
        hpt_options options = options_of(strategy, 2, windows[i]);
        check(&options, step);
    }
}

#define STRATEGY(name, step)                                                                       \
    static void name##_goes_on_as_if_nothing_had_happened(void **state) {                          \
        (void)state;                                                                               \
        check_strategy(#name, step);                                                               \
    }

STRATEGY(random, 6)
STRATEGY(qmc, 13)
STRATEGY(tpe, 13)
STRATEGY(cmaes, 6)
STRATEGY(de, 7)
STRATEGY(nsga2, 12)
STRATEGY(local, 14)
STRATEGY(auto, 17)
STRATEGY(gp, 17)

static void a_run_can_be_interrupted_again_and_again(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = options_of("cmaes", 2, 8);
    trace       whole = { 0 };
    trace_run(&whole, space, objective, NULL, &options);
    memory_content content = kept_cut(&disk.committed, 5, DIMS);
    for (uint64_t told = 5; told < TRIALS; told += 10) {
        kept_load(&content);
        memory_clear(&content);
        go_on(space, &options, &whole, told);
        content = kept_cut(&disk.committed, told + 10, DIMS);
    }
    memory_clear(&content);
    trace_free(&whole);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(qmc_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(tpe_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(cmaes_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(de_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(nsga2_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(local_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(auto_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(gp_goes_on_as_if_nothing_had_happened, begin, end),
        cmocka_unit_test_setup_teardown(a_run_can_be_interrupted_again_and_again, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
