/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with constraints every strategy proposes valid points only, and those that know an end
 *         propose all of them, each once.
 * Method: a measured table of a GPU kernel lists its valid configurations: the same must come out
 * of the constraints. Spaces of 10^12 points with a few thousand valid ones; tiny shares. */
#include "strategies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS = 7, ROWS = 4362, VALUES_MAX = 16, CELLS = 16 * 5 * 4 * 4 * 2 * 2 * 2 };

typedef struct table {
    hpt_space *space;
    uint64_t   sizes[DIMS];
    bool       is_listed[CELLS];
} table;

static uint64_t cell_of(const table *t, const hpt_coord *point) {
    uint64_t cell = 0;
    for (int j = 0; j < DIMS; j++)
        cell = cell * t->sizes[j] + (uint64_t)point[j].integer;
    return cell;
}

static void read_params(table *t, FILE *file) {
    for (int j = 0; j < DIMS; j++) {
        char      name[64];
        hpt_value values[VALUES_MAX];
        long      count, value;
        assert_int_equal(fscanf(file, "%63s %ld", name, &count), 2);
        assert_true(count <= VALUES_MAX);
        for (long i = 0; i < count; i++) {
            assert_int_equal(fscanf(file, "%ld", &value), 1);
            values[i] = hpt_int(value);
        }
        t->sizes[j] = (uint64_t)count;
        hpt_space_add_ordinal(t->space, name, values, (size_t)count);
    }
}

static table *load_table(void) {
    table *t = calloc(1, sizeof *t);
    FILE  *file = fopen(FIXTURE_FOLDER "/data/convolution-A4000.tab", "r");
    int    dims, rows;
    assert_non_null(t);
    assert_non_null(file);
    t->space = hpt_space_create();
    assert_int_equal(fscanf(file, "%d %d", &dims, &rows), 2);
    assert_true(dims == DIMS && rows == ROWS);
    read_params(t, file);
    for (int i = 0; i < ROWS; i++) {
        hpt_coord point[DIMS] = { { .integer = 0 } };
        long      index;
        for (int j = 0; j < DIMS; j++) {
            assert_int_equal(fscanf(file, "%ld", &index), 1);
            point[j].integer = index;
        }
        assert_int_equal(fscanf(file, "%*s"), 0);
        t->is_listed[cell_of(t, point)] = true;
    }
    fclose(file);
    hpt_space_add_constraint(t->space, "use_padding == 0 or block_size_x % 32 != 0");
    hpt_space_add_constraint(t->space, "block_size_x * block_size_y <= 1024");
    hpt_space_add_constraint(t->space, "use_padding == 0 or use_shmem != 0");
    hpt_space_add_constraint(t->space, "use_shmem == 0 or (block_size_x*tile_size_x + 14) *"
                                       " (block_size_y*tile_size_y + 14) < 12*1024");
    return t;
}

static void free_table(table *t) {
    hpt_space_destroy(t->space);
    free(t);
}

static hpt_status next_point(const hpi_strategy *s, uint64_t number, hpt_coord *point_out) {
    if (!hpi_strategy_is_pure(s)) return s->class->ask(s->state, number, point_out, NULL);
    strategy_point(s, number, point_out);
    return HPT_OK;
}

/* ---- the table ---- */

static void lists_the_table(const char *text) {
    table       *t = load_table();
    hpi_strategy s = strategy_opened(t->space, text, 3);
    hpt_coord    point[DIMS];
    for (uint64_t i = 0; i < ROWS; i++) {
        assert_int_equal(next_point(&s, i, point), HPT_OK);
        uint64_t cell = cell_of(t, point);
        assert_true(t->is_listed[cell]); /* and not yet seen */
        t->is_listed[cell] = false;
    }
    assert_int_equal(next_point(&s, ROWS, point), HPT_EDONE);
    assert_int_equal(next_point(&s, ROWS + 1, point), HPT_EDONE);
    hpi_strategy_close(&s);
    free_table(t);
}

static void a_grid_lists_the_valid_points_of_a_real_table(void **state) {
    (void)state;
    lists_the_table("grid");
}

static void a_shuffled_grid_lists_them_too(void **state) {
    (void)state;
    lists_the_table("grid:shuffle=yes");
}

static void random_lists_them_too(void **state) {
    (void)state;
    lists_the_table("random");
}

static void stays_in_the_table(const char *text) {
    table       *t = load_table();
    hpi_strategy s = strategy_opened(t->space, text, 3);
    hpt_coord    point[DIMS];
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(next_point(&s, i, point), HPT_OK);
        assert_true(t->is_listed[cell_of(t, point)]);
    }
    hpi_strategy_close(&s);
    free_table(t);
}

static void random_stays_in_the_table(void **state) {
    (void)state;
    stays_in_the_table("random:repeats=yes");
}

static void qmc_stays_in_the_table(void **state) {
    (void)state;
    stays_in_the_table("qmc");
    stays_in_the_table("qmc:sequence=halton");
}

/* Each valid point is as likely as any other: chi squared of 4361 degrees of freedom is below 4700
 * but for one seed in 10 000. */
static void random_is_uniform_among_the_valid_points(void **state) {
    SKIP_WHERE_SCALED_DOWN();
    static unsigned hits[CELLS];
    table          *t = load_table();
    hpi_strategy    s = strategy_opened(t->space, "random:repeats=yes", 5);
    hpt_coord       point[DIMS];
    double          expected = 20, squares = 0;
    (void)state;
    for (uint64_t i = 0; i < 20 * ROWS; i++) {
        strategy_point(&s, i, point);
        hits[cell_of(t, point)]++;
    }
    for (size_t i = 0; i < CELLS; i++)
        if (t->is_listed[i]) squares += (hits[i] - expected) * (hits[i] - expected) / expected;
    assert_true(squares > 4020 && squares < 4700);
    hpi_strategy_close(&s);
    free_table(t);
}

/* ---- few valid points among many ---- */

static hpt_space *digits(int count, const char *constraint) {
    char       name[16];
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_int(space, name, 0, 9);
    }
    hpt_space_add_constraint(space, constraint);
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static const char *sum_is_five = "x0+x1+x2+x3+x4+x5+x6+x7+x8+x9+x10+x11 == 5";

static uint64_t count_all(const hpt_space *space, const char *text, uint64_t most) {
    hpi_strategy s = strategy_opened(space, text, 3);
    hpt_coord    point[32];
    uint64_t     count = 0;
    while (count < most && next_point(&s, count, point) == HPT_OK) {
        assert_true(hpt_space_permits(space, point));
        count++;
    }
    hpi_strategy_close(&s);
    return count;
}

static void few_points_among_a_trillion_are_listed_to_the_end(void **state) {
    SKIP_WHERE_SCALED_DOWN();
    hpt_space *space = digits(12, sum_is_five);
    (void)state;
    assert_int_equal(count_all(space, "grid", 10000), 4368);
    assert_int_equal(count_all(space, "grid:shuffle=yes", 10000), 4368);
    assert_int_equal(count_all(space, "random", 10000), 4368);
    hpt_space_destroy(space);
}

static void a_tiny_share_is_searched_not_drawn_for_ever(void **state) {
    hpt_space *space = digits(12, sum_is_five);
    (void)state;
    assert_int_equal(count_all(space, "random", 300), 300);
    assert_int_equal(count_all(space, "qmc", 100), 100);
    hpt_space_destroy(space);
}

static void many_points_of_far_more_are_each_proposed_once(void **state) {
    hpt_space *space = digits(16, "x0+x1+x2+x3+x4+x5+x6+x7+x8+x9+x10+x11+x12+x13+x14+x15 == 12");
    size_t     count = fixture_scaled(2000);
    (void)state; /* 17 million of 10^16 */
    assert_int_equal(count_all(space, "random", count), count);
    hpt_space_destroy(space);
}

static void a_loose_constraint_costs_a_large_space_nothing(void **state) {
    hpt_space *space = digits(12, "x0 != x11");
    (void)state;
    assert_int_equal(count_all(space, "random", 2000), 2000);
    hpt_space_destroy(space);
}

static void refuses(hpt_space *space, const char *text, const char *sentence) {
    strategy_refused(space, text, HPT_EINVAL, sentence);
}

static void no_valid_point_is_an_error_that_names_the_constraints(void **state) {
    hpt_space *space = digits(3, "x0 + x1 < x2 and x1 > x2");
    (void)state;
    const char *sentence = "the space has no valid point: \"x0 + x1 < x2 and x1 > x2\"";
    refuses(space, "random", sentence);
    refuses(space, "random", sentence);
    refuses(space, "qmc", sentence);
    refuses(space, "grid:shuffle=yes", sentence);
    refuses(space, "grid", sentence);
    hpt_space_destroy(space);
}

/* ---- conditions ---- */

static void a_grid_that_misses_every_valid_point_is_refused(void **state) {
    static const char sentence[] =
        "no combination of these values satisfies the constraints; more may";
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_add_real(space, "x", 0, 1);
    hpt_space_add_int(space, "n", 0, 5);
    hpt_space_add_constraint(space, "0.2 < x < 0.3 and n > 1");
    refuses(space, "grid:points=3", sentence);
    refuses(space, "grid:points=3,shuffle=yes", sentence);
    assert_int_equal(count_all(space, "grid:points=5", 100), 3);
    hpt_space_destroy(space);
}

static void a_grid_lists_inactive_parameters_once(void **state) {
    hpt_space *space = hpt_space_create();
    (void)state;
    hpt_space_add_choice(space, "solver", (const char *[]){ "sgd", "adam" }, 2);
    hpt_param momentum = hpt_space_add_int(space, "momentum", 0, 9);
    hpt_param nesterov = hpt_space_add_int(space, "nesterov", 0, 1);
    hpt_space_set_default(space, momentum, hpt_int(5));
    hpt_space_set_condition(space, nesterov, "momentum > 4");
    hpt_space_set_condition(space, momentum, "solver == 'sgd'");
    assert_int_equal(count_all(space, "grid", 100), 1 + 5 + 5 * 2);
    assert_int_equal(count_all(space, "random", 100), 16);
    assert_int_equal(count_all(space, "grid:shuffle=yes", 100), 16);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grid_lists_the_valid_points_of_a_real_table),
        cmocka_unit_test(a_shuffled_grid_lists_them_too),
        cmocka_unit_test(random_lists_them_too),
        cmocka_unit_test(random_stays_in_the_table),
        cmocka_unit_test(qmc_stays_in_the_table),
        cmocka_unit_test(random_is_uniform_among_the_valid_points),
        cmocka_unit_test(few_points_among_a_trillion_are_listed_to_the_end),
        cmocka_unit_test(a_tiny_share_is_searched_not_drawn_for_ever),
        cmocka_unit_test(many_points_of_far_more_are_each_proposed_once),
        cmocka_unit_test(a_loose_constraint_costs_a_large_space_nothing),
        cmocka_unit_test(no_valid_point_is_an_error_that_names_the_constraints),
        cmocka_unit_test(a_grid_that_misses_every_valid_point_is_refused),
        cmocka_unit_test(a_grid_lists_inactive_parameters_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
