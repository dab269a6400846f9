/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   tpe proposes today what it proposed yesterday; a change of behaviour is deliberate.
 * Method: the best loss of short searches, pinned to the last bit, and that a run with a window has
 *         the same trials on one worker and on four. */
#include "golden.h"

/* clang-format off */
static const golden rows[] = {
    { "tpe",                 5, loss_sphere,    100, 0x1.1674cb1fbbp-5 },
    { "tpe",                 5, loss_sphere,    400, 0x1.82d5189486p-7 },
    { "tpe",                10, loss_ellipsoid, 200, 0x1.192d94eb89065p+13 },
    { "tpe:multivariate=no", 5, loss_ellipsoid, 100, 0x1.cbdef30c79527p+13 },
    { "tpe",                 0, loss_mixed,      60, 0x1.27c85ff4499p+0 },
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
