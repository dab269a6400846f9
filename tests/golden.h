/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_GOLDEN_H
#define HPT_TESTS_GOLDEN_H

/* What a strategy that learns proposed when its golden values were pinned. For a strategy x, in
 * test_strategy_x_golden.c:
 *
 *     static const golden rows[] = {
 *         { "x",          5, loss_sphere, 100, 0x1.5126bb033f3a4p-3 },
 *         { "x:option=2", 0, loss_mixed,   60, 0x1.0c643d9f8c52p+0 },  // width 0: search_mixed()
 *     };
 *
 *     static void the_best_of_a_short_search_is_as_it_was(void **state) {
 *         (void)state;
 *         golden_check(rows, sizeof rows / sizeof rows[0]);
 *     }
 *
 *     static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
 *         (void)state;
 *         golden_check_window("x");
 *     }
 *
 * Start with 0 for each best: the failing test prints what it is. A row for each path that an
 * option opens, few trials each; the same with gcc, clang and every level of optimisation. */

#include "searching.h"
#include "trace.h"

#include <hpt/hpt.h>

typedef struct golden {
    const char  *text;
    size_t       width; /* 0: the mixed space */
    search_loss *loss;
    uint64_t     count;
    double       best;
} golden;

/* The best loss of each search is the row's, to the last bit; all that are not are printed. */
static inline void golden_check(const golden *rows, size_t count) {
    int changed = 0;
    for (size_t i = 0; i < count; i++) {
        const golden *row = &rows[i];
        hpt_space    *space = row->width ? search_cube(row->width) : search_mixed();
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

static inline hpt_status golden_bowl(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = loss_sphere(hpt_trial_point(trial), 5);
    return HPT_OK;
}

/* A run with a window has the same trials, told in the same order, on one worker and on four. */
static inline void golden_check_window(const char *text) {
    hpt_space  *space = search_cube(5);
    hpt_options options = hpt_options_default();
    trace       runs[2] = { { 0 }, { 0 } };
    options.strategy = text;
    options.seed = 3;
    options.trial_count_max = 200;
    options.window = 6;
    for (uint32_t k = 0; k < 2; k++) {
        options.worker_count = 1 + 3 * k;
        trace_run(&runs[k], space, golden_bowl, NULL, &options);
    }
    trace_assert_equal(&runs[0], &runs[1]);
    trace_free(&runs[0]);
    trace_free(&runs[1]);
    hpt_space_destroy(space);
}

#endif
