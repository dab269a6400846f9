/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   auto proposes today what it proposed yesterday, at any number of workers.
 * Method: golden.h; and descents among lists, the one part that no library has a say in. */
#include "golden.h"

/* Each list has a best value of its own; no two points are alike. */
static double loss_lists(const hpt_coord *point, size_t width) {
    double sum = 0;
    for (size_t j = 0; j < width; j++)
        sum += sqrt((double)(j + 2)) * (double)((point[j].integer + (int64_t)j) % 6);
    return sum;
}

static void descents_go_where_they_went(void **state) {
    (void)state;
    const char *const choices[] = { "p", "q", "r", "s", "t", "u" };
    hpt_space        *space = hpt_space_create();
    for (int j = 0; j < 8; j++)
        hpt_space_add_choice(space, (const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[j],
                             choices, 6);
    double best = search_best(
        (search){ .space = space, .text = "auto", .seed = 7, .count = 90, .loss = loss_lists });
    if (best != 0x1.6a09e667f3bcdp+0) fail_msg("%a", best);
    hpt_space_destroy(space);
}

static void a_window_gives_the_same_run_at_any_number_of_workers(void **state) {
    (void)state;
    golden_check_window("auto");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descents_go_where_they_went),
        cmocka_unit_test(a_window_gives_the_same_run_at_any_number_of_workers),
    };
    return cmocka_run_group_tests_name("strategy_auto_golden", tests, NULL, NULL);
}
