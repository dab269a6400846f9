/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   gp proposes today what it proposed yesterday; a change of behaviour is deliberate.
 * Method: the best loss of short searches, pinned to the last bit. */
#include "golden.h"

/* clang-format off */
static const golden rows[] = {
    { "gp", 5, loss_sphere,     40, 0x1.e94e350549f5fp-33 },
    { "gp", 3, loss_rosenbrock, 60, 0x1.27e546dd2165fp-3 },
    { "gp", 0, loss_mixed,      40, 0x1.fe819b8b9879fp-28 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    (void)state;
    golden_check(rows, sizeof rows / sizeof rows[0]);
}

static void with_trials_in_flight_it_is_as_it_was_too(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    search it = { .space = space, .text = "gp", .seed = 7, .count = 50, .loss = loss_ellipsoid };
    it.flight = 8;
    double best = search_best(it);
    if (best != 0x1.83f73c05ed3a7p+3) fail_msg("%a", best);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_a_short_search_is_as_it_was),
        cmocka_unit_test(with_trials_in_flight_it_is_as_it_was_too),
    };
    return cmocka_run_group_tests_name("strategy_gp_golden", tests, NULL, NULL);
}
