/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no core is busy while there is nothing to do.
 * Method: processor time of the whole process while trials sleep, against the time they sleep. */
#include "trace.h"

#include <time.h>

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static hpt_status sleep_half_a_second(hpt_trial *trial, void *user, double *value_out) {
    struct timespec span = { 0, 500000000 };
    (void)user;
    nanosleep(&span, NULL);
    *value_out = (double)hpt_trial_number(trial);
    return HPT_OK;
}

static hpt_status end_at_once(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = (double)hpt_trial_number(trial);
    return HPT_OK;
}

static double run_seconds(hpt_objective objective, const hpt_options *options) {
    hpt_space  *space = trace_space();
    hpt_result *result = NULL;
    double      before = cpu_seconds();
    assert_int_equal(hpt_parallel_run(space, objective, NULL, options, &result, NULL), HPT_OK);
    double used = cpu_seconds() - before;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return used;
}

/* Far above what starting and ending takes, far below one core spinning for the half second. What
 * the first run of its kind costs an emulator is not counted. */
static void assert_idle(const hpt_options *options) {
    run_seconds(end_at_once, options);
    double used = run_seconds(sleep_half_a_second, options);
    if (used > 0.2) fail_msg("%g s of processor time for trials that sleep", used);
}

static void workers_without_a_trial_sleep(void **state) {
    (void)state;
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.worker_count = 4;
    options.trial_count_max = 1;
    assert_idle(&options);
}

static void workers_whose_window_is_full_sleep(void **state) {
    (void)state;
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.worker_count = 4;
    options.window = 1;
    options.trial_count_max = 2;
    assert_idle(&options);
}

static hpt_status wait_for_the_first(void *state, uint64_t number, hpt_coord *point_out,
                                     hpt_err *err) {
    const size_t *told = state;
    (void)err;
    (void)point_out, (void)err;
    for (hpt_param j = 0; j < 6; j++)
        point_out[j] = (hpt_coord){ .integer = 0 }; /* 0 is in every range but the logarithmic */
    point_out[3].real = 1;
    return number > 0 && *told == 0 ? HPT_EAGAIN : HPT_OK;
}

static void count_told(void *state, const hpt_outcome *outcome) {
    (void)outcome;
    ++*(size_t *)state;
}

static void workers_that_wait_for_the_strategy_sleep(void **state) {
    (void)state;
    static const hpt_strategy_class hesitant = { .struct_size = sizeof(hpt_strategy_class),
                                                 .name = "hesitant",
                                                 .summary = "asks for one result before the rest",
                                                 .state_size = sizeof(size_t),
                                                 .batch_max = 1,
                                                 .ask = wait_for_the_first,
                                                 .tell = count_told };
    hpt_options                     options = hpt_options_default();
    options.strategy_class = &hesitant;
    options.strategy = NULL;
    options.worker_count = 4;
    options.trial_count_max = 3;
    assert_idle(&options);
}

static void observers_of_nothing_sleep(void **state) {
    (void)state;
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.worker_count = 2;
    options.trial_count_max = 2;
    options.observe = "log:path=/dev/null";
    assert_idle(&options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_without_a_trial_sleep),
        cmocka_unit_test(workers_whose_window_is_full_sleep),
        cmocka_unit_test(workers_that_wait_for_the_strategy_sleep),
        cmocka_unit_test(observers_of_nothing_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
