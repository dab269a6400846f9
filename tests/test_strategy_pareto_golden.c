/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   strategies for several goals propose today what they proposed yesterday; a change of
 *         behaviour is deliberate.
 * Method: the sum of all losses of short searches, pinned to the last bit, and that a run with a
 *         window has the same trials on one worker and on four. */
#include "golden.h"
#include "pareto.h"

typedef struct pareto_golden {
    const char    *text;
    uint32_t       goals;
    pareto_losses *losses;
    uint64_t       count;
    double         sum;
} pareto_golden;

/* Half of the space is valid, more or less. */
static double losses_halved(const hpt_coord *point, size_t width, double *losses_out) {
    losses_zdt1(point, width, losses_out);
    return fmax(0, point[1].real + point[2].real - 1);
}

/* clang-format off */
static const pareto_golden rows[] = {
    { "nsga2",                      2, losses_zdt1,    200, 0x1.12e8f261d267bp+9 },
    { "nsga2",                      2, losses_halved,  200, 0x1.d2f7ab699edc6p+8 },
    { "nsga2",                      8, losses_corners, 200, 0x1.d48a7f2ad61cdp+10 },
    { "nsga2:crossover=sbx",        2, losses_zdt1,    200, 0x1.198c702b2211ap+9 },
    { "nsga2:crossover=uniform",    2, losses_zdt1,    200, 0x1.e466d82f297c4p+8 },
    { "nsga2:crossover=difference", 2, losses_zdt1,    200, 0x1.2b370811973d7p+9 },
    { "nsga3",                      2, losses_zdt1,    200, 0x1.e2238c2f123bp+8 },
    { "nsga3",                      8, losses_corners, 400, 0x1.75bea5a2a5c3ep+11 },
    { "nsga3:divisions=2",          3, losses_corners, 200, 0x1.2608aa8a3e32cp+9 },
    { "tpe",                        2, losses_zdt1,    120, 0x1.6aff977091a54p+8 },
    { "tpe",                        3, losses_corners, 120, 0x1.1f875f6d603p+8 },
    { "tpe",                        8, losses_corners, 120, 0x1.bd9d77738a83p+9 },
    { "tpe",                        2, losses_halved,  120, 0x1.4e6eb2b532e08p+8 },
};
/* clang-format on */

static void the_losses_of_a_short_search_are_as_they_were(void **state) {
    static pareto_found found;
    int                 changed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const pareto_golden *row = &rows[i];
        hpt_space           *space = pareto_cube(8);
        double               sum = 0;
        pareto_run((pareto_search){ .space = space,
                                    .text = row->text,
                                    .seed = 7,
                                    .count = row->count,
                                    .goals = row->goals,
                                    .losses = row->losses },
                   &found);
        for (size_t k = 0; k < found.count; k++)
            for (size_t goal = 0; goal < row->goals; goal++)
                sum += found.losses[k][goal];
        if (sum != row->sum) print_error("row %zu, %s: %a\n", i, row->text, sum), changed++;
        hpt_space_destroy(space);
    }
    assert_int_equal(changed, 0);
}

static const golden single[] = {
    { "nsga2", 5, loss_sphere, 200, 0x1.044c2fb525618p-2 },
    { "nsga2", 0, loss_mixed, 100, 0x1.212d994dca3fbp-11 },
    { "nsga3", 5, loss_sphere, 200, 0x1.044c2fb525618p-2 },
    { "nsga3", 0, loss_mixed, 100, 0x1.212d994dca3fbp-11 },
};

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    (void)state;
    golden_check(single, sizeof single / sizeof single[0]);
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    (void)state;
    golden_check_window("nsga2");
    golden_check_window("nsga3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_losses_of_a_short_search_are_as_they_were),
        cmocka_unit_test(the_best_of_a_short_search_is_as_it_was),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
    };
    return cmocka_run_group_tests_name("strategy_pareto_golden", tests, NULL, NULL);
}
