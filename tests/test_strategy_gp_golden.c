/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   gp proposes today what it proposed yesterday; a change of behaviour is deliberate.
 * Method: the best loss of short searches, pinned to the last bit. */
#include "searching.h"

static double loss_mixed(const hpt_coord *point, size_t width) {
    double x = point[0].real - 1.25, n = (double)point[1].integer - 7;
    (void)width;
    return x * x + n * n + (point[2].integer != 2) + (double)(3 - point[3].integer);
}

static hpt_space *mixed_space(void) {
    const char *const choices[] = { "a", "b", "c", "d" };
    hpt_value         sizes[4];
    hpt_space        *space = hpt_space_create();
    for (int64_t i = 0; i < 4; i++)
        sizes[i] = hpt_int(10 * i);
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_int(space, "n", -20, 20);
    hpt_space_add_choice(space, "kind", choices, 4);
    hpt_space_add_ordinal(space, "size", sizes, 4);
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    return space;
}

typedef struct golden {
    size_t       width; /* 0: the mixed space */
    search_loss *loss;
    uint64_t     count;
    unsigned     flight;
    double       best;
} golden;

/* clang-format off */
static const golden rows[] = {
    { 5, loss_sphere,     40, 1, 0 },
    { 3, loss_rosenbrock, 60, 1, 0 },
    { 4, loss_ellipsoid,  50, 8, 0 },
    { 0, loss_mixed,      40, 1, 0 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    int changed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const golden *row = &rows[i];
        hpt_space    *space = row->width ? search_cube(row->width) : mixed_space();
        double        best = search_best((search){ .space = space,
                                                   .text = "gp",
                                                   .seed = 7,
                                                   .count = row->count,
                                                   .flight = row->flight,
                                                   .loss = row->loss });
        if (best != row->best) print_error("row %zu: %a\n", i, best), changed++;
        hpt_space_destroy(space);
    }
    assert_int_equal(changed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_best_of_a_short_search_is_as_it_was) };
    return cmocka_run_group_tests_name("strategy_gp_golden", tests, NULL, NULL);
}
