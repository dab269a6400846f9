/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run over a small space ends when every point was evaluated, with the best of them, and
 * no point is evaluated twice. Method: each strategy that learns on 60 points, 52 of them valid,
 * with a budget far beyond, one worker and four, in and out of order. */
#include "fixture.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "hpt/hpt.h"

enum { A = 5, B = 4, C = 3, VALID = 52 };

static atomic_uint hits[A][B][C];

static hpt_status evaluate(hpt_trial *trial, void *user, double *value_out) {
    int a = (int)hpt_trial_int(trial, "a"), b = (int)hpt_trial_int(trial, "b");
    int c = (int)hpt_trial_int(trial, "c");
    (void)user;
    atomic_fetch_add(&hits[a][b][c], 1);
    if (a == 3 && b == 1) return hpt_trial_fail(trial, "diverged");
    *value_out = abs(a - 4) + 3 * abs(b - 2) + 0.5 * c;
    return HPT_OK;
}

static void check(const char *strategy, uint32_t workers, uint32_t window) {
    hpt_err     err = { 0 };
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_result *result = NULL;
    memset(hits, 0, sizeof hits);
    hpt_space_add_int(space, "a", 0, A - 1);
    hpt_space_add_int(space, "b", 0, B - 1);
    hpt_space_add_int(space, "c", 0, C - 1);
    hpt_space_add_constraint(space, "a + b + c > 2 or a == 2 or b == 2");
    options.strategy = strategy;
    options.worker_count = workers;
    options.window = window;
    options.trial_count_max = 5000;
    if (hpt_parallel_run(space, evaluate, NULL, &options, &result, &err) != HPT_OK)
        fail_msg("%s: %s", strategy, err.text);
    unsigned count = 0;
    for (int i = 0; i < A * B * C; i++) {
        unsigned times = hits[i / (B * C)][i / C % B][i % C];
        if (times > 1) fail_msg("%s: a point was evaluated %u times", strategy, times);
        count += times;
    }
    assert_int_equal(hpt_result_stop(result), HPT_STOP_EXHAUSTED);
    assert_int_equal(count, hpt_result_stats(result)->trial_count);
    assert_int_equal(count, VALID);
    assert_true(hpt_result_value(result) == 0);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void a_small_space_is_searched_to_its_end(void **state) {
    static const char *const strategies[] = { "random", "tpe", "tpe:multivariate=no",
                                              "cmaes",  "de",  "grid" };
    (void)state;
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        check(strategies[i], 1, 0);
        check(strategies[i], 4, 0);
        check(strategies[i], 4, 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_small_space_is_searched_to_its_end) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
