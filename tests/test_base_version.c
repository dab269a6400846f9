/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the running library names the version it was compiled as.
 * Method: compare with the numbers of the header. */
#include "fixture.h"

#include <hpt/base.h>
#include <stdio.h>

static void version_is_the_header_s(void **state) {
    char expected[64];
    (void)state;
    snprintf(expected, sizeof expected, "%d.%d.%d", HPT_VERSION_MAJOR, HPT_VERSION_MINOR,
             HPT_VERSION_PATCH);
    assert_string_equal(hpt_version(), expected);
}

int main(void) {
    const struct CMUnitTest cases[] = { cmocka_unit_test(version_is_the_header_s) };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
