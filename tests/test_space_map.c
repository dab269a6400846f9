/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   fractions reach every value of a parameter alike, and nothing outside of it.
 * Method: a collection of ordinary and extreme parameters; properties over many random fractions:
 *         contained, monotone, inverse of to_unit, evenly spread; exact numbers at the limits. */
#include "fixture.h"

#include "base/rng.h"
#include "space/space.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hpt_space *space;

/* One parameter of every sort, and the ends of every number format. */
static int build(void **state) {
    static const double reals[][2] = { { 0, 1 },
                                       { -5, 5 },
                                       { 0.1, 0.1 },
                                       { -1e308, 1e308 },
                                       { -DBL_MAX, DBL_MAX },
                                       { 1, 1 + DBL_EPSILON },
                                       { -1e-320, 1e-320 },
                                       { 1e300, 1.5e300 },
                                       { -0.0, 0.0 } };
    static const double logs[][2] = { { 1e-4, 1e-1 },
                                      { 1e-300, 1e300 },
                                      { DBL_TRUE_MIN, DBL_MAX },
                                      { 3, 3 },
                                      { 1, 1 + DBL_EPSILON } };
    static const double steps[][3] = {
        { 0, 1, 0.1 },     { 0, 0.5, 0.05 },  { -1, 1, 0.3 },           { 0.1, 0.7, 0.2 },
        { 1e-3, 1, 1e-3 }, { 0, 1, 1.0 / 3 }, { -1e308, 1e308, 1e306 }, { -1e308, 1e308, 4.1e292 },
        { 0, 1e15, 0.3 },  { 0, 1, 0x1p-51 }, { 0, 5e-322, 5e-323 }
    };
    static const int64_t ints[][3] = { { 0, 1, 0 },
                                       { 1, 8, 0 },
                                       { INT64_MIN, INT64_MAX, 0 },
                                       { 7, 7, 0 },
                                       { INT64_MAX - 2, INT64_MAX, 0 },
                                       { -10, 10, 3 },
                                       { 0, INT64_MAX, 0 },
                                       { INT64_MIN, INT64_MAX, INT64_MAX },
                                       { INT64_MIN, INT64_MAX, 3 } };
    static const int64_t log_ints[][2] = {
        { 1, 8 }, { 1, INT64_MAX }, { 16, 1024 }, { 5, 5 }, { INT64_MAX - 5, INT64_MAX }
    };
    char     name[16];
    unsigned count = 0;
    (void)state;
    space = hpt_space_create();
#define NAME() (sprintf(name, "p%u", count++), name)
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        hpt_space_add_real(space, NAME(), reals[i][0], reals[i][1]);
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
        hpt_space_set_log(space, hpt_space_add_real(space, NAME(), logs[i][0], logs[i][1]));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        hpt_space_set_step(space, hpt_space_add_real(space, NAME(), steps[i][0], steps[i][1]),
                           hpt_real(steps[i][2]));
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        hpt_param handle = hpt_space_add_int(space, NAME(), ints[i][0], ints[i][1]);
        if (ints[i][2]) hpt_space_set_step(space, handle, hpt_int(ints[i][2]));
    }
    for (size_t i = 0; i < sizeof log_ints / sizeof *log_ints; i++)
        hpt_space_set_log(space, hpt_space_add_int(space, NAME(), log_ints[i][0], log_ints[i][1]));
    hpt_space_add_categorical(space, NAME(), (hpt_value[]){ hpt_int(1), hpt_null(), hpt_text("x") },
                              3);
    hpt_space_add_ordinal(space, NAME(), (hpt_value[]){ hpt_int(1) }, 1);
    hpt_space_add_constant(space, NAME(), hpt_bool(true));
#undef NAME
    hpt_err err = { 0 };
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s", err.text);
    return 0;
}

static int destroy(void **state) {
    (void)state;
    hpt_space_destroy(space);
    return 0;
}

/* A parameter and a fraction at a time: the ends, then random ones. */
enum { EXTREME_COUNT = 8 };
#define FOR_ALL(p, i)                                                                              \
    for (hpt_param p = 0; p < hpt_space_count(space); p++)                                         \
        for (size_t i = 0; i < EXTREME_COUNT + fixture_scaled(2000); i++)

static uint64_t fraction_of(size_t i) {
    static const uint64_t extremes[EXTREME_COUNT] = { 0,
                                                      1,
                                                      UINT64_MAX,
                                                      UINT64_MAX - 1,
                                                      UINT64_MAX / 2,
                                                      UINT64_MAX / 2 + 1,
                                                      0x7FF,
                                                      UINT64_MAX - 0x7FF };
    uint64_t              words[4];
    if (i < EXTREME_COUNT) return extremes[i];
    hpi_rng_block(1, i, 0, 0, words);
    return words[0] >> (words[1] % 4 == 0 ? words[2] % 64 : 0); /* some near 0 */
}

static bool is_real(hpt_param p) {
    return hpi_space_kind(space, p) == HPT_KIND_REAL;
}

static bool at_most(hpt_param p, hpt_coord a, hpt_coord b) {
    return is_real(p) ? a.real <= b.real : a.integer <= b.integer;
}

static hpt_param_info info_of(hpt_param p) {
    hpt_param_info info = { .struct_size = sizeof info };
    assert_int_equal(hpt_space_info(space, p, &info, NULL), HPT_OK);
    return info;
}

/* ---- properties of all parameters ---- */

static void every_fraction_gives_a_value_of_the_parameter(void **state) {
    (void)state;
    FOR_ALL(p, i) {
        hpt_coord coord = hpt_space_at_fraction(space, p, fraction_of(i));
        if (!hpi_space_contains(space, p, coord))
            fail_msg("parameter %u, fraction %llu: %.17g, %lld", p,
                     (unsigned long long)fraction_of(i), coord.real, (long long)coord.integer);
        assert_true(hpi_coord_equal(space, p, coord, coord));
    }
}

static void every_unit_gives_a_value_of_the_parameter(void **state) {
    (void)state;
    FOR_ALL(p, i)
    assert_true(
        hpi_space_contains(space, p, hpt_space_from_unit(space, p, hpi_rng_unit(fraction_of(i)))));
}

static void what_lies_outside_the_unit_is_moved_to_its_ends(void **state) {
    static const double units[] = { -1, -INFINITY, NAN, -0.0, 0, 1, 2, INFINITY };
    (void)state;
    for (hpt_param p = 0; p < hpt_space_count(space); p++) {
        for (size_t i = 0; i < 8; i++) {
            hpt_coord end = hpt_space_at_fraction(space, p, i < 5 ? 0 : UINT64_MAX);
            assert_true(hpi_coord_equal(space, p, hpt_space_from_unit(space, p, units[i]), end));
        }
    }
}

static void both_ends_are_reached_exactly(void **state) {
    (void)state;
    for (hpt_param p = 0; p < hpt_space_count(space); p++) {
        hpt_param_info info = info_of(p);
        hpt_value      min = hpt_space_value(space, p, hpt_space_at_fraction(space, p, 0));
        hpt_value      max = hpt_space_value(space, p, hpt_space_at_fraction(space, p, UINT64_MAX));
        bool           is_list = info.value_count > 0;
        assert_true(hpt_value_equal(min, is_list ? info.values[0] : info.min));
        assert_true(hpt_value_equal(max, is_list ? info.values[info.value_count - 1] : info.max));
    }
}

static void greater_fractions_give_no_smaller_values(void **state) {
    (void)state;
    FOR_ALL(p, i) {
        uint64_t a = fraction_of(i), b = fraction_of(i + 1);
        uint64_t low = a < b ? a : b, high = a < b ? b : a;
        assert_true(at_most(p, hpt_space_at_fraction(space, p, low),
                            hpt_space_at_fraction(space, p, high)));
        high = low + (low < UINT64_MAX);
        assert_true(at_most(p, hpt_space_at_fraction(space, p, low),
                            hpt_space_at_fraction(space, p, high)));
    }
}

static void units_are_between_0_and_1_in_the_order_of_the_values(void **state) {
    (void)state;
    FOR_ALL(p, i) {
        hpt_coord a = hpt_space_at_fraction(space, p, fraction_of(i));
        hpt_coord b = hpt_space_at_fraction(space, p, fraction_of(i + 1));
        double    unit_a = hpt_space_to_unit(space, p, a), unit_b = hpt_space_to_unit(space, p, b);
        assert_true(unit_a >= 0 && unit_a <= 1);
        assert_true(at_most(p, a, b) ? unit_a <= unit_b : unit_a >= unit_b);
    }
}

/* Values that are no doubles apart cannot come back from a double: beyond 2^53 choices, nearly. */
static bool is_same_or_near(hpt_param p, hpt_coord a, hpt_coord b, double unit) {
    if (hpi_coord_equal(space, p, a, b)) return true;
    uint64_t choices = hpt_space_choices(space, p);
    if (choices > 0 && choices < (uint64_t)1 << 50 && !info_of(p).is_log) return false;
    return fabs(hpt_space_to_unit(space, p, b) - unit) <= 4 * DBL_EPSILON;
}

static void a_value_comes_back_from_its_unit(void **state) {
    (void)state;
    FOR_ALL(p, i) {
        hpt_coord coord = hpt_space_at_fraction(space, p, fraction_of(i));
        double    unit = hpt_space_to_unit(space, p, coord);
        hpt_coord back = hpt_space_from_unit(space, p, unit);
        if (!is_same_or_near(p, coord, back, unit))
            fail_msg("parameter %u: %.17g at %.17g came back as %.17g (or %lld as %lld)", p,
                     coord.real, unit, back.real, (long long)coord.integer,
                     (long long)back.integer);
    }
}

static void a_value_comes_back_from_what_the_user_sees(void **state) {
    (void)state;
    FOR_ALL(p, i) {
        hpt_coord coord = hpt_space_at_fraction(space, p, fraction_of(i)), back;
        hpt_err   err = { 0 };
        if (hpt_space_coord(space, p, hpt_space_value(space, p, coord), &back, &err) != HPT_OK)
            fail_msg("%s", err.text);
        assert_true(hpi_coord_equal(space, p, coord, back));
    }
}

static void choices_are_contained_different_and_in_order(void **state) {
    (void)state;
    for (hpt_param p = 0; p < hpt_space_count(space); p++) {
        uint64_t count = hpt_space_choices(space, p);
        for (uint64_t i = 0; i < count && i < 2000; i++) {
            hpt_coord coord = hpt_space_choice(space, p, i);
            hpt_coord last = hpt_space_choice(space, p, count - 1 - i);
            assert_true(hpi_space_contains(space, p, coord));
            assert_true(hpi_space_contains(space, p, last));
            if (i > 0) assert_false(at_most(p, coord, hpt_space_choice(space, p, i - 1)));
            if (i > 0) assert_false(at_most(p, hpt_space_choice(space, p, count - i), last));
        }
    }
}

static void the_last_choice_is_max(void **state) {
    (void)state;
    for (hpt_param p = 0; p < hpt_space_count(space); p++) {
        uint64_t  count = hpt_space_choices(space, p);
        hpt_coord max = hpt_space_at_fraction(space, p, UINT64_MAX);
        if (count > 0 && count < UINT64_MAX)
            assert_true(hpi_coord_equal(space, p, hpt_space_choice(space, p, count - 1), max));
        if (count > 0)
            assert_true(hpi_coord_equal(space, p, hpt_space_choice(space, p, UINT64_MAX), max));
    }
}

static void what_is_no_handle_gives_nothing(void **state) {
    hpt_param none = (hpt_param)hpt_space_count(space);
    (void)state;
    assert_int_equal(hpt_space_choices(space, none), 0);
    assert_int_equal(hpt_space_value(space, none, (hpt_coord){ 0 }).type, HPT_TYPE_NULL);
    assert_true(hpt_space_at_fraction(space, HPT_PARAM_NONE, 5).integer == 0);
    assert_true(hpt_space_to_unit(space, none, (hpt_coord){ 0 }) == 0);
    assert_false(hpi_space_contains(space, none, (hpt_coord){ 0 }));
    assert_false(hpi_coord_equal(space, none, (hpt_coord){ 0 }, (hpt_coord){ 0 }));
}

/* ---- particular parameters ---- */

/* A space of one parameter, made by the caller. */
static hpt_space *one(void) {
    return hpt_space_create();
}

static void steps_of_a_decimal_are_decimals(void **state) {
    static const struct {
        double      min, max, step;
        const char *values;
    } rows[] = { { 0, 0.5, 0.05, "0 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5" },
                 { 0.1, 0.7, 0.1, "0.1 0.2 0.3 0.4 0.5 0.6 0.7" },
                 { -0.3, 0.3, 0.1, "-0.3 -0.2 -0.1 0 0.1 0.2 0.3" },
                 { 1e-3, 4e-3, 1e-3, "0.001 0.002 0.003 0.004" },
                 { 0, 1, 0.3, "0 0.3 0.6 0.9" },
                 { 0, 1, 0.25, "0 0.25 0.5 0.75 1" } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpt_space *s = one();
        char       text[256] = "";
        hpt_space_set_step(s, hpt_space_add_real(s, "x", rows[i].min, rows[i].max),
                           hpt_real(rows[i].step));
        for (uint64_t k = 0; k < hpt_space_choices(s, 0); k++)
            sprintf(text + strlen(text), k ? " %.17g" : "%.17g", hpt_space_choice(s, 0, k).real);
        char  *at = text;
        double value, expected;
        int    used;
        for (const char *want = rows[i].values; sscanf(want, "%lf%n", &expected, &used) == 1;
             want += used) {
            char *end = at;
            value = strtod(at, &end);
            assert_true(end != at && value == expected);
            at = end;
        }
        assert_string_equal(at, "");
        hpt_space_destroy(s);
    }
}

/* Any min and step, and a max near a step, up to 2^50 steps away. */
static void max_is_the_last_step_that_is_not_above_it(void **state) {
    (void)state;
    for (size_t i = 0; i < fixture_scaled(20000); i++) {
        uint64_t words[4];
        hpi_rng_block(2, i, 0, 0, words);
        double     min = ldexp(hpi_rng_unit(words[0]) - 0.5, (int)(words[3] % 8));
        double     step = ldexp(hpi_rng_unit(words[1]) + 0.5, -(int)(words[3] >> 8 & 7));
        double     max = fma((double)((words[2] >> (words[3] >> 16) % 51) >> 14), step, min);
        hpt_space *s = one();
        max += (double)((int)(words[3] >> 32 & 3) - 1) * (fabs(max) * DBL_EPSILON);
        hpt_space_add_real(s, "x", min, max);
        if (hpt_space_set_step(s, 0, hpt_real(step)) == HPT_OK) {
            hpt_param_info info = { .struct_size = sizeof info };
            uint64_t       last = hpt_space_choices(s, 0) - 1;
            double         found, above = fma((double)(last + 1), step, min);
            assert_int_equal(hpt_space_info(s, 0, &info, NULL), HPT_OK);
            found = info.max.as.real;
            assert_true(found <= max);
            assert_true(fabs(found - fma((double)last, step, min)) <= 1e-9 * step);
            assert_true(above - max > 1e-9 * step);
        }
        hpt_space_destroy(s);
    }
}

static void a_value_computed_with_rounding_is_on_its_step(void **state) {
    hpt_space *s = one();
    hpt_coord  coord;
    double     sum = 0;
    (void)state;
    hpt_space_set_step(s, hpt_space_add_real(s, "x", 0, 1), hpt_real(0.1));
    for (int i = 0; i < 10; i++) {
        sum += 0.1;
        assert_int_equal(hpt_space_coord(s, 0, hpt_real(sum), &coord, NULL), HPT_OK);
        assert_true(coord.real == (i + 1) / 10.0);
    }
    assert_int_equal(hpt_space_coord(s, 0, hpt_real(0.15), &coord, NULL), HPT_EINVAL);
    assert_int_equal(hpt_space_coord(s, 0, hpt_real(0.1 + 1e-9), &coord, NULL), HPT_EINVAL);
    assert_false(hpi_space_contains(s, 0, (hpt_coord){ .real = 0.15 }));
    hpt_space_destroy(s);
}

static void all_integers_are_reached_by_a_fraction_of_their_own(void **state) {
    hpt_space *s = one();
    (void)state;
    hpt_space_add_int(s, "n", INT64_MIN, INT64_MAX);
    for (size_t i = 0; i < 1000; i++) {
        uint64_t  fraction = fraction_of(i);
        hpt_coord coord = hpt_space_at_fraction(s, 0, fraction);
        assert_true((uint64_t)coord.integer - (uint64_t)INT64_MIN == fraction);
    }
    assert_true(hpt_space_choices(s, 0) == UINT64_MAX);
    assert_true(hpt_space_size(s) == 0x1p64);
    hpt_space_destroy(s);
}

/* The i-th of n cells ends where mulhi() steps: compared with division, which is exact. */
static void every_cell_of_an_integer_range_has_the_same_size(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 300; n++) {
        hpt_space *s = one();
        hpt_space_add_int(s, "n", 0, (int64_t)n - 1);
        for (uint64_t k = 1; k < n; k++) {
            /* The least fraction f with f * n >= k * 2^64, without a 128-bit product. */
            uint64_t whole = UINT64_MAX / n, rest = UINT64_MAX % n + 1;
            uint64_t first = k * whole + (k * rest + n - 1) / n;
            assert_int_equal(hpt_space_at_fraction(s, 0, first).integer, k);
            assert_int_equal(hpt_space_at_fraction(s, 0, first - 1).integer, k - 1);
        }
        hpt_space_destroy(s);
    }
}

static void a_unit_of_one_half_is_exactly_the_middle(void **state) {
    hpt_space *s = one();
    (void)state;
    hpt_space_add_real(s, "a", 0, 1);
    hpt_space_add_real(s, "b", -5, 5);
    hpt_space_add_real(s, "c", -DBL_MAX, DBL_MAX);
    assert_true(hpt_space_from_unit(s, 0, 0.5).real == 0.5);
    assert_true(hpt_space_at_fraction(s, 0, (uint64_t)1 << 63).real == 0.5);
    assert_true(hpt_space_from_unit(s, 1, 0.5).real == 0);
    assert_true(hpt_space_from_unit(s, 2, 0.5).real == 0);
    assert_true(hpt_space_from_unit(s, 0, 1e-300).real == 1e-300);
    hpt_space_destroy(s);
}

static void a_logarithmic_range_spreads_over_its_decades(void **state) {
    hpt_space *s = one();
    (void)state;
    hpt_space_set_log(s, hpt_space_add_real(s, "x", 1e-300, 1e300));
    for (int decade = -299; decade <= 299; decade++) {
        double unit = (decade + 300) / 600.0;
        double real = hpt_space_from_unit(s, 0, unit).real;
        assert_true(fabs(log10(real) - decade) < 1e-10);
        assert_true(fabs(hpt_space_to_unit(s, 0, (hpt_coord){ .real = real }) - unit) < 1e-14);
    }
    hpt_space_destroy(s);
}

/* P(k) = log((k + 0.5) / (k - 0.5)) / log((max + 0.5) / (min - 0.5)), counted over even fractions.
 */
static void a_logarithmic_integer_has_the_share_of_its_cell(void **state) {
    enum { MAX = 8, COUNT = 100000 };
    size_t     counts[MAX + 1] = { 0 };
    hpt_space *s = one();
    (void)state;
    hpt_space_set_log(s, hpt_space_add_int(s, "n", 1, MAX));
    for (uint64_t i = 0; i < COUNT; i++)
        counts[hpt_space_at_fraction(s, 0, i * (UINT64_MAX / COUNT)).integer]++;
    for (int k = 1; k <= MAX; k++) {
        double share = log((k + 0.5) / (k - 0.5)) / log((MAX + 0.5) / 0.5);
        assert_true(fabs((double)counts[k] - share * COUNT) <= 2);
    }
    assert_int_equal(counts[0], 0);
    hpt_space_destroy(s);
}

static void sizes_multiply(void **state) {
    hpt_space *s = one();
    (void)state;
    hpt_space_add_int(s, "n", 1, 10);
    hpt_space_add_constant(s, "k", hpt_int(1));
    hpt_space_set_step(s, hpt_space_add_real(s, "x", 0, 1), hpt_real(0.25));
    hpt_space_add_choice(s, "c", (const char *[]){ "a", "b", "c" }, 3);
    hpt_space_add_real(s, "one", 0.5, 0.5);
    assert_true(hpt_space_size(s) == 150);
    assert_int_equal(hpt_space_choices(s, 2), 5);
    assert_int_equal(hpt_space_choices(s, 4), 1);
    hpt_space_add_real(s, "y", 0, 1);
    assert_true(hpt_space_size(s) == INFINITY);
    assert_int_equal(hpt_space_choices(s, 5), 0);
    hpt_space_destroy(s);
}

static void what_is_outside_is_not_contained(void **state) {
    hpt_space *s = one();
    (void)state;
    hpt_space_add_real(s, "x", 0, 1);
    hpt_space_set_step(s, hpt_space_add_int(s, "n", -3, 9), hpt_int(3));
    hpt_space_add_choice(s, "c", (const char *[]){ "a", "b" }, 2);
    hpt_space_add_constant(s, "k", hpt_int(1));
    static const double reals[] = { -1e-300, 1 + DBL_EPSILON, INFINITY, -INFINITY, NAN };
    for (size_t i = 0; i < 5; i++)
        assert_false(hpi_space_contains(s, 0, (hpt_coord){ .real = reals[i] }));
    static const int64_t integers[] = { -6, -4, -2, 1, 8, 12, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < 8; i++)
        assert_false(hpi_space_contains(s, 1, (hpt_coord){ .integer = integers[i] }));
    assert_true(hpi_space_contains(s, 1, (hpt_coord){ .integer = 9 }));
    static const int64_t indices[] = { -1, 2, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        hpt_coord coord = { .integer = indices[i] };
        assert_false(hpi_space_contains(s, 2, coord) || hpi_space_contains(s, 3, coord));
        assert_int_equal(hpt_space_value(s, 2, coord).type, HPT_TYPE_NULL);
    }
    hpt_space_destroy(s);
}

static void a_value_that_does_not_fit_says_why(void **state) {
    static const struct {
        hpt_param   param;
        hpt_value   value;
        const char *sentence;
    } rows[] = {
        { 0, { HPT_TYPE_REAL, { .real = -0.5 } }, "parameter \"x\": -0.5 is below min 0" },
        { 0, { HPT_TYPE_INT, { .integer = 2 } }, "parameter \"x\": 2 is above max 1" },
        { 0,
          { HPT_TYPE_REAL, { .real = NAN } },
          "parameter \"x\": the real number NaN is not a finite number" },
        { 0, { HPT_TYPE_TEXT, { .text = "0" } }, "parameter \"x\": \"0\" is not a finite number" },
        { 1,
          { HPT_TYPE_REAL, { .real = 3 } },
          "parameter \"n\": the real number 3 is not an integer" },
        { 1, { HPT_TYPE_INT, { .integer = -4 } }, "parameter \"n\": -4 is below min -3" },
        { 1, { HPT_TYPE_INT, { .integer = 10 } }, "parameter \"n\": 10 is above max 9" },
        { 1,
          { HPT_TYPE_INT, { .integer = 1 } },
          "parameter \"n\": 1 is not min plus a multiple of step 3" },
        { 1, { HPT_TYPE_BOOL, { .boolean = true } }, "parameter \"n\": true is not an integer" },
        { 2,
          { HPT_TYPE_TEXT, { .text = "fats" } },
          "parameter \"c\": \"fats\" is not in its list of values; closest match: \"fast\"" },
        { 2,
          { HPT_TYPE_TEXT, { .text = "?" } },
          "parameter \"c\": \"?\" is not in its list of values; there are: \"fast\", \"\", 16" },
        { 2,
          { HPT_TYPE_REAL, { .real = 16 } },
          "parameter \"c\": the real number 16 is not in its list of values; there are: \"fast\", "
          "\"\", 16" },
        { 2,
          { HPT_TYPE_TEXT, { .text = NULL } },
          "parameter \"c\": \"\" is not in its list of values; there are: \"fast\", \"\", 16" },
        { 3, { HPT_TYPE_INT, { .integer = 2 } }, "parameter \"k\": 2 is not the constant 1" },
        { 4, { HPT_TYPE_INT, { .integer = 2 } }, "handle 4 is no parameter: there are 4" },
    };
    hpt_space *s = one();
    (void)state;
    hpt_space_add_real(s, "x", 0, 1);
    hpt_space_set_step(s, hpt_space_add_int(s, "n", -3, 9), hpt_int(3));
    hpt_space_add_categorical(s, "c", (hpt_value[]){ hpt_text("fast"), hpt_text(""), hpt_int(16) },
                              3);
    hpt_space_add_constant(s, "k", hpt_int(1));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hpt_coord coord = { .integer = 77 };
        hpt_err   err = { 0 };
        assert_int_equal(hpt_space_coord(s, rows[i].param, rows[i].value, &coord, &err),
                         HPT_EINVAL);
        assert_string_equal(err.text, rows[i].sentence);
        assert_int_equal(coord.integer, 77);
    }
    hpt_space_destroy(s);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(every_fraction_gives_a_value_of_the_parameter),
        cmocka_unit_test(every_unit_gives_a_value_of_the_parameter),
        cmocka_unit_test(what_lies_outside_the_unit_is_moved_to_its_ends),
        cmocka_unit_test(both_ends_are_reached_exactly),
        cmocka_unit_test(greater_fractions_give_no_smaller_values),
        cmocka_unit_test(units_are_between_0_and_1_in_the_order_of_the_values),
        cmocka_unit_test(a_value_comes_back_from_its_unit),
        cmocka_unit_test(a_value_comes_back_from_what_the_user_sees),
        cmocka_unit_test(choices_are_contained_different_and_in_order),
        cmocka_unit_test(the_last_choice_is_max),
        cmocka_unit_test(what_is_no_handle_gives_nothing),
        cmocka_unit_test(steps_of_a_decimal_are_decimals),
        cmocka_unit_test(max_is_the_last_step_that_is_not_above_it),
        cmocka_unit_test(a_value_computed_with_rounding_is_on_its_step),
        cmocka_unit_test(all_integers_are_reached_by_a_fraction_of_their_own),
        cmocka_unit_test(every_cell_of_an_integer_range_has_the_same_size),
        cmocka_unit_test(a_unit_of_one_half_is_exactly_the_middle),
        cmocka_unit_test(a_logarithmic_range_spreads_over_its_decades),
        cmocka_unit_test(a_logarithmic_integer_has_the_share_of_its_cell),
        cmocka_unit_test(sizes_multiply),
        cmocka_unit_test(what_is_outside_is_not_contained),
        cmocka_unit_test(a_value_that_does_not_fit_says_why),
    };
    return cmocka_run_group_tests(cases, build, destroy);
}
