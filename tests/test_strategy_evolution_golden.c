/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   cmaes and de propose today what they proposed yesterday; a change is deliberate.
 * Method: the best loss of short searches, pinned to the last bit, and that a run with a window has
 *         the same trials on one worker and on four. */
#include "golden.h"

/* clang-format off */
static const golden rows[] = {
    { "cmaes",                      5, loss_sphere,    100, 0x1.f486db1f9348dp-4 },
    { "cmaes",                      5, loss_sphere,    300, 0x1.0cf29f8510935p-15 },
    { "cmaes",                      8, loss_ellipsoid, 400, 0x1.34c7ca158c6f8p+12 },
    { "cmaes:covariance=separable", 8, loss_ellipsoid, 400, 0x1.109d7bd9d35c4p+11 },
    { "cmaes",                      0, loss_mixed,      60, 0x1.03df9891977b6p+1 },
    { "de",                         5, loss_sphere,    100, 0x1.8a4410b76cf7cp+1 },
    { "de",                         5, loss_sphere,    300, 0x1.b33fa5c59e517p-4 },
    { "de",                         8, loss_ellipsoid, 400, 0x1.5f2b3e42b8424p+9 },
    { "de",                         0, loss_mixed,      60, 0x1.017ca775ebae6p+0 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    (void)state;
    golden_check(rows, sizeof rows / sizeof rows[0]);
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    (void)state;
    golden_check_window("cmaes");
    golden_check_window("de");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_a_short_search_is_as_it_was),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
    };
    return cmocka_run_group_tests_name("strategy_evolution_golden", tests, NULL, NULL);
}
