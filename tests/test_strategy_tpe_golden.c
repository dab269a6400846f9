/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   tpe proposes today what it proposed yesterday; a change of behaviour is deliberate.
 * Method: the best loss of short searches, pinned to the last bit. */
#include "searching.h"

typedef struct golden {
    const char  *text;
    size_t       width;
    search_loss *loss;
    uint64_t     count;
    double       best;
} golden;

/* clang-format off */
static const golden rows[] = {
    { "tpe",                 5, loss_sphere,    100, 0x1.a6a9372965cp-4 },
    { "tpe",                 5, loss_sphere,    400, 0x1.f844d66e4p-11 },
    { "tpe",                10, loss_ellipsoid, 200, 0x1.f6bf43f33d24fp+15 },
    { "tpe:multivariate=no", 5, loss_ellipsoid, 100, 0x1.543724219560cp+13 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    int changed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const golden *row = &rows[i];
        hpt_space    *space = search_cube(row->width);
        double        best = search_best((search){ .space = space,
                                                   .text = row->text,
                                                   .seed = 7,
                                                   .count = row->count,
                                                   .budget = row->count,
                                                   .loss = row->loss });
        if (best != row->best) print_error("row %zu, %s: %a\n", i, row->text, best), changed++;
        hpt_space_destroy(space);
    }
    assert_int_equal(changed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_best_of_a_short_search_is_as_it_was) };
    return cmocka_run_group_tests_name("strategy_tpe_golden", tests, NULL, NULL);
}
