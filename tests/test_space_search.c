/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the search finds exactly the valid points, whatever the rules are.
 * Method: random rules over a small space, with conditions; every point tried one by one is the
 *         truth. And spaces that no trial of all points would get through. */
#include "failing.h"
#include "fixture.h"

#include "space/search.h"
#include "space/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS = 5 };

static void add_params(hpt_space *space) {
    const hpt_value mixed[] = { hpt_int(4), hpt_text("a"), hpt_real(0.5), hpt_null() };
    hpt_space_add_int(space, "i", -3, 4);
    hpt_space_set_step(space, hpt_space_add_real(space, "r", -1, 1), hpt_real(0.5));
    hpt_space_add_choice(space, "t", (const char *[]){ "a", "b", "c" }, 3);
    hpt_space_add_categorical(space, "m", mixed, 4);
    hpt_space_set_default(space, hpt_space_add_int(space, "j", 1, 6), hpt_int(3));
}

/* ---- random expressions ---- */

typedef struct maker {
    char     text[2000];
    size_t   bytes;
    uint64_t number, words;
} maker;

static uint64_t below(maker *m, uint64_t limit) {
    uint64_t word;
    hpt_random(7, m->number, m->words++, &word, 1);
    return word % limit;
}

static void put(maker *m, const char *text) {
    size_t bytes = strlen(text);
    assert_true(m->bytes + bytes < sizeof m->text);
    memcpy(m->text + m->bytes, text, bytes + 1);
    m->bytes += bytes;
}

static void put_number(maker *m, int depth) {
    static const char *const leaves[] = { "i", "r", "j", "m", "0", "1", "-2", "0.5", "3" };
    static const char *const infixes[] = { " + ", " - ", " * ", " / ", " // ", " % ", " ** " };
    static const char *const calls[] = { "abs(", "floor(", "ceil(", "-(" };
    if (depth == 0 || below(m, 3) == 0) {
        put(m, leaves[below(m, 9)]);
    } else if (below(m, 4) == 0) {
        put(m, calls[below(m, 4)]);
        put_number(m, depth - 1);
        put(m, ")");
    } else if (below(m, 6) == 0) {
        put(m, below(m, 2) ? "min(" : "max(");
        put_number(m, depth - 1);
        put(m, ", ");
        put_number(m, depth - 1);
        put(m, ")");
    } else {
        put(m, "(");
        put_number(m, depth - 1);
        put(m, infixes[below(m, 7)]);
        put_number(m, depth - 1);
        put(m, ")");
    }
}

static void put_truth(maker *m, int depth) {
    static const char *const compare[] = { " < ", " <= ", " > ", " >= ", " == ", " != " };
    static const char *const others[] = { "t == 'a'",      "t != 'b'",       "t < 'c'",
                                          "m in [4, 'a']", "m == 'a'",       "m == null",
                                          "t in ['c']",    "1 < j <= i < 4", "m < 3" };
    if (depth > 0 && below(m, 2)) {
        put(m, below(m, 3) ? "(" : "not (");
        put_truth(m, depth - 1);
        put(m, below(m, 2) ? " and " : " or ");
        put_truth(m, depth - 1);
        put(m, ")");
    } else if (below(m, 3) == 0) {
        put(m, others[below(m, 9)]);
    } else {
        put(m, "(");
        put_number(m, 2);
        put(m, compare[below(m, 6)]);
        put_number(m, 2);
        put(m, ")");
    }
}

static const char *truth(maker *m) {
    m->bytes = 0;
    put_truth(m, 2);
    return m->text;
}

static hpt_space *random_space(uint64_t number) {
    maker      m = { .number = number };
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    add_params(space);
    for (uint64_t count = 1 + below(&m, 3); count > 0; count--)
        hpt_space_add_constraint(space, truth(&m));
    if (below(&m, 2)) hpt_space_set_condition(space, 4, "t != 'a' and i > -2");
    if (below(&m, 2)) hpt_space_set_condition(space, 1, below(&m, 2) ? "j > 2" : "m == 'a'");
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s: %s", m.text, err.text);
    return space;
}

/* ---- the truth ---- */

/* All points, each as one number. */
static bool point_at(const hpt_space *space, uint64_t number, hpt_coord *point_out) {
    for (hpt_param j = DIMS; j-- > 0;) {
        uint64_t choices = hpt_space_choices(space, j);
        point_out[j] = hpt_space_choice(space, j, number % choices);
        number /= choices;
    }
    hpt_coord settled[DIMS];
    memcpy(settled, point_out, sizeof settled);
    hpi_space_settle(space, settled, 1);
    for (hpt_param j = 0; j < DIMS; j++)
        if (!hpi_coord_equal(space, j, settled[j], point_out[j])) return false;
    return number == 0 && hpt_space_permits(space, point_out);
}

static uint64_t number_of(const hpt_space *space, const hpt_coord *point) {
    uint64_t number = 0;
    for (hpt_param j = 0; j < DIMS; j++) {
        uint64_t index = 0, choices = hpt_space_choices(space, j);
        while (!hpi_coord_equal(space, j, hpt_space_choice(space, j, index), point[j]))
            index++;
        number = number * choices + index;
    }
    return number;
}

enum { ALL = 8 * 5 * 3 * 4 * 6 };

static void check_search(const hpt_space *space, hpi_search *search) {
    bool      seen[ALL] = { false };
    hpt_coord point[DIMS];
    uint64_t  budget = 1000000, count = 0, expected = 0;
    while (hpi_search_next(search, &budget, point) == HPI_FOUND) {
        uint64_t  number = number_of(space, point);
        hpt_coord same[DIMS];
        assert_true(point_at(space, number, same));
        assert_false(seen[number]);
        seen[number] = true;
        count++;
    }
    assert_true(budget > 0);
    for (uint64_t i = 0; i < ALL; i++)
        expected += point_at(space, i, point);
    if (count == expected) return;
    char *json = NULL;
    hpt_space_print(space, &json, NULL);
    fail_msg("%u points instead of %u of %s", (unsigned)count, (unsigned)expected, json);
}

static void every_valid_point_is_found_once(void **state) {
    (void)state;
    uint64_t with_points = 0, rounds = fixture_scaled(400);
    for (uint64_t i = 0; i < rounds; i++) {
        hpt_space  *space = random_space(i);
        hpi_search *search = NULL;
        hpt_coord   point[DIMS];
        assert_int_equal(hpi_search_create(space, NULL, &search, NULL), HPT_OK);
        hpi_search_in_order(search);
        check_search(space, search);
        hpi_search_at_random(search, 1, i, 0);
        check_search(space, search);
        if (hpi_space_find_valid(space, point, NULL) == HPT_OK) {
            with_points++;
            hpi_search_near(search, point);
            check_search(space, search);
        }
        hpi_search_destroy(search);
        hpt_space_destroy(space);
    }
    assert_true(with_points > rounds / 4); /* else it shows nothing */
}

/* ---- spaces too large to try all points ---- */

static void add_digits(hpt_space *space, int count) {
    char name[16];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_int(space, name, 0, 9);
    }
}

static const char *sum_is_five = "x0+x1+x2+x3+x4+x5+x6+x7+x8+x9+x10+x11 == 5";

static void a_few_points_among_a_trillion_are_listed(void **state) {
    hpi_search *search = NULL;
    hpt_coord   point[12];
    uint64_t    budget = 100000, count = 0;
    hpi_found   found;
    (void)state;
    hpt_space *space = hpt_space_create();
    add_digits(space, 12);
    hpt_space_add_constraint(space, sum_is_five);
    assert_int_equal(hpi_search_create(space, NULL, &search, NULL), HPT_OK);
    hpi_search_in_order(search);
    while ((found = hpi_search_next(search, &budget, point)) == HPI_FOUND)
        count++;
    assert_int_equal(found, HPI_FOUND_NONE);
    assert_int_equal(count, 4368); /* 16 choose 5 */
    hpi_search_destroy(search);
    hpt_space_destroy(space);
}

static void a_space_without_valid_point_names_its_constraints(void **state) {
    hpt_err   err = { 0 };
    hpt_coord point[12];
    (void)state;
    hpt_space *space = hpt_space_create();
    add_digits(space, 12);
    hpt_space_add_constraint(space, sum_is_five);
    hpt_space_add_constraint(space, "x0 * x1 > 7");
    assert_int_equal(hpi_space_find_valid(space, point, &err), HPT_EINVAL);
    assert_string_equal(err.text,
                        "the space has no valid point: "
                        "\"x0+x1+x2+x3+x4+x5+x6+x7+x8+x9+x10+x11 == 5\", \"x0 * x1 > 7\"");
    hpt_space_destroy(space);
}

static void a_narrow_strip_of_a_real_space_is_found(void **state) {
    hpt_coord point[3];
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "a", -1e6, 1e6);
    hpt_space_add_real(space, "b", -1e6, 1e6);
    hpt_space_set_log(space, hpt_space_add_real(space, "c", 1e-300, 1e300));
    hpt_space_add_constraint(space, "0 < a - b < 1e-3 and 7 < c < 7.001");
    assert_int_equal(hpi_space_find_valid(space, point, NULL), HPT_OK);
    assert_true(hpt_space_permits(space, point));
    hpt_space_destroy(space);
}

static void huge_ranges_are_halved_not_counted(void **state) {
    hpt_coord point[2];
    (void)state;
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "a", INT64_MIN, INT64_MAX);
    hpt_space_add_int(space, "b", INT64_MIN, INT64_MAX);
    hpt_space_add_constraint(space, "a == 123456789012345678 and b == -a");
    assert_int_equal(hpi_space_find_valid(space, point, NULL), HPT_OK);
    assert_true(point[0].integer == INT64_C(123456789012345678));
    assert_true(point[1].integer == INT64_C(-123456789012345678));
    hpt_space_destroy(space);
}

/* 40 constraints and 100 conditions that all read the same 200 parameters, the constraints also by
 * way of the conditions: each part is kept once, or a file could ask for gigabytes. */
static void a_parameter_is_kept_once_for_each_rule(void **state) {
    char        text[4000] = "0", name[16];
    hpt_param   handle[300];
    hpi_search *search = NULL;
    (void)state;
    failing_install();
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "p%d", i);
        handle[i] = hpt_space_add_int(space, name, 0, 1);
        if (i < 200) snprintf(text + strlen(text), sizeof text - strlen(text), " + %s", name);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), " >= 0");
    for (int i = 200; i < 300; i++)
        hpt_space_set_condition(space, handle[i], text);
    for (int i = 200; i < 300; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " and p%d >= 0", i);
    for (int i = 0; i < 40; i++)
        assert_int_equal(hpt_space_add_constraint(space, text), HPT_OK);
    size_t before = failing_live_bytes();
    assert_int_equal(hpi_search_create(space, NULL, &search, NULL), HPT_OK);
    assert_in_range(failing_live_bytes() - before, 1, 500000);
    hpi_search_destroy(search);
    hpt_space_destroy(space);
    failing_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_valid_point_is_found_once),
        cmocka_unit_test(a_few_points_among_a_trillion_are_listed),
        cmocka_unit_test(a_space_without_valid_point_names_its_constraints),
        cmocka_unit_test(a_narrow_strip_of_a_real_space_is_found),
        cmocka_unit_test(huge_ranges_are_halved_not_counted),
        cmocka_unit_test(a_parameter_is_kept_once_for_each_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
