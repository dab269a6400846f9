/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   tpe proposes today what it proposed yesterday; a change of behaviour is deliberate.
 * Method: the best loss of short searches, pinned to the last bit, and that a run with a window has
 *         the same trials on one worker and on four. */
#include "golden.h"

/* clang-format off */
static const golden rows[] = {
    { "tpe",                 5, loss_sphere,    100, 0x1.a6a9372965cp-4 },
    { "tpe",                 5, loss_sphere,    400, 0x1.f844d66e4p-11 },
    { "tpe",                10, loss_ellipsoid, 200, 0x1.f6bf43f33d24fp+15 },
    { "tpe:multivariate=no", 5, loss_ellipsoid, 100, 0x1.543724219560cp+13 },
    { "tpe",                 0, loss_mixed,      60, 0x1.000189317a1p+0 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    (void)state;
    golden_check(rows, sizeof rows / sizeof rows[0]);
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    (void)state;
    golden_check_window("tpe");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_a_short_search_is_as_it_was),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
    };
    return cmocka_run_group_tests_name("strategy_tpe_golden", tests, NULL, NULL);
}
