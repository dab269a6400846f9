/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   cmaes and de propose today what they proposed yesterday; a change of behaviour is
 * deliberate. Method: the best loss of short searches, pinned to the last bit, and that a run with
 * a window has the same trials on one worker and on four. */
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
    const char  *text;
    size_t       width; /* 0: the mixed space */
    search_loss *loss;
    uint64_t     count;
    double       best;
} golden;

/* clang-format off */
static const golden rows[] = {
    { "cmaes",                      5, loss_sphere,    100, 0x1.f486db1f93477p-4 },
    { "cmaes",                      5, loss_sphere,    300, 0x1.0cf29f851051p-15 },
    { "cmaes",                      8, loss_ellipsoid, 400, 0x1.34c7ca158c6fcp+12 },
    { "cmaes:covariance=separable", 8, loss_ellipsoid, 400, 0x1.109d7bd9d35d1p+11 },
    { "cmaes",                      0, loss_mixed,      60, 0x1.03df9891977b6p+1 },
    { "de",                         5, loss_sphere,    100, 0x1.8a4410b76cf8bp+1 },
    { "de",                         5, loss_sphere,    300, 0x1.b33fa5c59e4eap-4 },
    { "de",                         8, loss_ellipsoid, 400, 0x1.5f2b3e42b8331p+9 },
    { "de",                         0, loss_mixed,      60, 0x1.017ca775ebae6p+0 },
};
/* clang-format on */

static void the_best_of_a_short_search_is_as_it_was(void **state) {
    int changed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const golden *row = &rows[i];
        hpt_space    *space = row->width ? search_cube(row->width) : mixed_space();
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

static hpt_status bowl(hpt_trial *trial, void *user, double *value_out) {
    double sum = 0;
    (void)user;
    for (hpt_param j = 0; j < 5; j++) {
        double x = hpt_trial_real_at(trial, j) - 1.25;
        sum += x * x;
    }
    *value_out = sum;
    return HPT_OK;
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    const char *const names[] = { "cmaes", "de" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        double     bests[2];
        hpt_space *space = search_cube(5);
        for (uint32_t k = 0; k < 2; k++) {
            hpt_err     err = { 0 };
            hpt_result *result = NULL;
            hpt_options options = hpt_options_default();
            options.strategy = names[i];
            options.seed = 3;
            options.trial_count_max = 400;
            options.window = 6;
            options.worker_count = k ? 4 : 1;
            if (hpt_parallel_run(space, bowl, NULL, &options, &result, &err) != HPT_OK)
                fail_msg("%s", err.text);
            bests[k] = hpt_result_value(result);
            hpt_result_destroy(result);
        }
        assert_true(bests[0] == bests[1]);
        hpt_space_destroy(space);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_a_short_search_is_as_it_was),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
    };
    return cmocka_run_group_tests_name("strategy_evolution_golden", tests, NULL, NULL);
}
