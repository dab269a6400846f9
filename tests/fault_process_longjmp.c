/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an objective in a worker process that is left by longjmp() is CRASHED, with that as the
 *         reason, however deep the program stands that then runs in its process.
 * Method: the process jumps back into this test, which ends it there. */
#include "isolated.h"

#include <stdlib.h>

static jmp_buf way_out;

static hpt_status leave(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) == 1) longjmp(way_out, 1);
    return HPT_OK;
}

static void end_from_below(int depth);

static void (*volatile end)(int code) = exit;
static void (*volatile further_down)(int depth) = end_from_below;

static void end_from_below(int depth) {
    volatile char buffer[1024];
    buffer[0] = buffer[sizeof buffer - 1] = 0;
    if (depth > 0)
        further_down(depth - 1);
    else
        end(5);
    buffer[0] = 1;
}

static void assert_left(int depth) {
    hpt_options options = isolated_options(2, 0);
    if (setjmp(way_out) != 0) end_from_below(depth); /* in its process */
    isolated_assert_dies(leave, NULL, options, HPT_TRIAL_CRASHED,
                         "exit code 5: left the objective by longjmp()");
}

static void an_objective_that_is_left_is_a_crash(void **state) {
    (void)state;
    assert_left(0);
}

static void so_it_is_from_further_down(void **state) {
    (void)state;
    assert_left(1);
    assert_left(5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(an_objective_that_is_left_is_a_crash),
        isolated_test(so_it_is_from_further_down),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
