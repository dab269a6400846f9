/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   many coordinates at once are, to the last bit, those that come one by one.
 * Method: ranges of every size against hpt_space_at_fraction(), at all kinds of fractions. */
#include "fixture.h"

#include <float.h>
#include <string.h>

#include "hpt/extend.h"
#include "space/linear.h"

enum { WIDTH = 7 };

static hpt_space *wide_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "a", -5, 5);
    hpt_space_add_real(space, "b", 0.1, 0.3);
    hpt_space_add_real(space, "c", -1e300, 1e-300);
    hpt_space_add_real(space, "d", 0, DBL_TRUE_MIN);
    hpt_space_add_real(space, "e", 1, 1 + DBL_EPSILON);
    hpt_space_add_real(space, "f", -0.7, 1e17);
    hpt_space_add_real(space, "g", DBL_MAX / 2, DBL_MAX);
    return space;
}

static void check_all(const hpi_linear *linear, const hpt_space *space, uint64_t fraction) {
    uint64_t  fractions[WIDTH];
    hpt_coord coords[WIDTH];
    for (size_t j = 0; j < WIDTH; j++)
        fractions[j] = fraction;
    hpi_linear_at(linear, 0, WIDTH, fractions, coords);
    for (hpt_param j = 0; j < WIDTH; j++) {
        double one = hpt_space_at_fraction(space, j, fraction).real;
        if (memcmp(&one, &coords[j].real, sizeof one) != 0)
            fail_msg("parameter %u at %llx: %a, not %a", j, (unsigned long long)fraction,
                     coords[j].real, one);
    }
}

static void coordinates_at_once_are_those_of_each(void **state) {
    hpt_space *space = wide_space();
    hpi_linear linear;
    (void)state;
    assert_int_equal(hpi_linear_init(&linear, space, NULL), HPT_OK);
    assert_int_equal(linear.count, WIDTH);
    for (uint64_t near = 0; near < 3000; near++) {
        uint64_t word;
        hpt_random(1, near, 2, &word, 1);
        check_all(&linear, space, near);
        check_all(&linear, space, UINT64_MAX - near);
        check_all(&linear, space, (UINT64_C(1) << 53) + near - 1500);
        check_all(&linear, space, (UINT64_C(1) << 63) + near - 1500);
        check_all(&linear, space, word);
        check_all(&linear, space, word >> (near % 64));
    }
    hpi_linear_fini(&linear);
    hpt_space_destroy(space);
}

static void other_spaces_are_not_of_that_kind(void **state) {
    hpt_space *space = wide_space();
    hpi_linear linear;
    (void)state;
    hpt_space_set_log(space, hpt_space_add_real(space, "log", 1, 2));
    assert_int_equal(hpi_linear_init(&linear, space, NULL), HPT_OK);
    assert_int_equal(linear.count, 0);
    hpi_linear_fini(&linear);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_at_once_are_those_of_each),
        cmocka_unit_test(other_spaces_are_not_of_that_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
