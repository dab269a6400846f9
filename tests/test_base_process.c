/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   of a list of processes only whole numbers are taken: the beginning of one is the number
 * of somebody else, who would be killed. Method: a list, cut everywhere. */
#include "fixture.h"

#include "base/process.h"

#include <string.h>

static void a_number_that_was_cut_is_not_taken(void **state) {
    (void)state;
    static const char all[] = "1 23456 789 ";
    static const int  pids[] = { 1, 23456, 789 };
    for (size_t bytes = 0; bytes < sizeof all; bytes++) {
        char        text[sizeof all];
        const char *rest = text;
        int         pid, count = 0, spaces = 0;
        memcpy(text, all, bytes);
        text[bytes] = '\0';
        for (size_t i = 0; i < bytes; i++)
            spaces += text[i] == ' ';
        while (hpi_process_next(&rest, &pid))
            assert_int_equal(pid, pids[count++]);
        assert_int_equal(count, spaces);
    }
}

static void what_is_no_list_has_none(void **state) {
    (void)state;
    static const char *const texts[] = { "", " ", "x 1 ", "\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *rest = texts[i];
        int         pid = -1;
        assert_false(hpi_process_next(&rest, &pid));
        assert_int_equal(pid, -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_was_cut_is_not_taken),
        cmocka_unit_test(what_is_no_list_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
