/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial has all of its time, however long it takes to make the process that evaluates it.
 * Method: the linker puts our fork() before the system's, which takes longer than the limit: half
 * of it before there is a process, half of it in the process. */
#include "isolated.h"

#include <stdlib.h>
#include <unistd.h>

enum { LIMIT_S = 2, HALF_MS = 1300 };

pid_t __real_fork(void);
pid_t __wrap_fork(void);

/* The fork server has a copy, in which its forks are counted. */
static int fork_count, slow_from;

pid_t __wrap_fork(void) {
    bool is_slow = ++fork_count >= slow_from;
    if (is_slow) runs_sleep_ms(HALF_MS);
    pid_t pid = __real_fork();
    if (is_slow && pid == 0) runs_sleep_ms(HALF_MS);
    return pid;
}

/* The server's own fork and that of the first process are fast. */
static void make_replacements_slow(void) {
    fork_count = 0;
    slow_from = 3;
}

static hpt_options limited(uint64_t trials) {
    hpt_options options = isolated_options(1, trials);
    options.trial_s_max = LIMIT_S;
    return options;
}

/* What is left of the time, if it does not die. */
static hpt_status die_first(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    if (hpt_trial_number(trial) == 0) abort();
    *value_out = hpt_trial_left_s(trial);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

static void the_limit_begins_with_the_trial(void **state) {
    (void)state;
    isolated_end ends[2];
    make_replacements_slow();
    hpt_result_destroy(isolated_run(die_first, NULL, limited(2), ends, 2));
    assert_int_equal(ends[0].state, HPT_TRIAL_CRASHED);
    assert_int_equal(ends[1].state, HPT_TRIAL_COMPLETE);
    assert_true(ends[1].value > 0 && ends[1].value <= LIMIT_S);
}

static hpt_status die_twice(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    if (hpt_trial_attempt(trial) < 1) abort();
    *value_out = hpt_trial_left_s(trial);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

static void each_attempt_has_the_whole_time(void **state) {
    (void)state;
    isolated_end end;
    hpt_options  options = limited(1);
    options.on_crashed.retry_count = 1;
    make_replacements_slow();
    hpt_result_destroy(isolated_run(die_twice, NULL, options, &end, 1));
    assert_int_equal(end.state, HPT_TRIAL_COMPLETE);
    assert_true(end.value > 0 && end.value <= LIMIT_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(the_limit_begins_with_the_trial),
        isolated_test(each_attempt_has_the_whole_time),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
