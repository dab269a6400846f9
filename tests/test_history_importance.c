/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the importance of parameters is that of functions whose importances are known.
 * Method: functions of random points: sums of which each part's variance is known, parameters that
 *         play no part, conditional ones; and what must not matter: the order of parameters, the
 *         scale of values, the direction when the values turn with it. */
#include "tables.h"

#include "failing.h"

enum { DIMS_MAX = 8 };

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

typedef double function(const tables_table *it, size_t trial);

static tables_table table_of(const char *json, size_t count, function *value) {
    tables_table it = tables_make(space_of(json), 1, count);
    for (size_t i = 0; i < count; i++)
        it.values[i] = value(&it, i);
    return it;
}

static hpt_importance ped_anova(void) {
    return hpt_importance_default();
}

static hpt_importance fanova(void) {
    hpt_importance how = hpt_importance_default();
    how.method = HPT_IMPORTANCE_FANOVA;
    return how;
}

/* Asserts that they are shares: at least 0, of a sum of 1. */
static void measure(tables_table *it, hpt_importance how, double *shares) {
    hpt_err    err = { 0 };
    double     sum = 0;
    hpt_status status = hpi_report_importance(tables_of(it), &how, shares, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    for (size_t j = 0; j < hpt_space_count(it->space); j++) {
        assert_true(shares[j] >= 0);
        sum += shares[j];
    }
    assert_true(fabs(sum - 1) < 1e-9);
}

static void near(double found, double wanted, double by) {
    if (!(fabs(found - wanted) <= by)) fail_msg("%g is not %g within %g", found, wanted, by);
}

#define THREE_REALS                                                                                \
    "{\"a\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"                                        \
    "\"b\": {\"kind\": \"real\", \"min\": -10, \"max\": 10},"                                      \
    "\"c\": {\"kind\": \"real\", \"min\": 5, \"max\": 6}}"

/* Of a uniform variable times its weight over a width of 1 the variance is weight^2 / 12. */
static double sum_of_two(const tables_table *it, size_t i) {
    return 2 * tables_real(it, i, 0) + 0.05 * tables_real(it, i, 1);
}

static void fanova_finds_the_shares_of_a_sum(void **state) {
    (void)state;
    double       shares[DIMS_MAX];
    tables_table it = table_of(THREE_REALS, 1000, sum_of_two);
    measure(&it, fanova(), shares);
    near(shares[0], 0.8, 0.03);
    near(shares[1], 0.2, 0.03);
    near(shares[2], 0, 0.003);
    tables_free(&it);
}

static void ped_anova_ranks_the_parts_of_a_sum(void **state) {
    (void)state;
    double       shares[DIMS_MAX];
    tables_table it = table_of(THREE_REALS, 2000, sum_of_two);
    measure(&it, ped_anova(), shares);
    assert_true(shares[0] > 2 * shares[1] && shares[1] > 2 * shares[2]);
    near(shares[2], 0, 0.05);
    tables_free(&it);
}

#define ALL_KINDS                                                                                  \
    "{\"rate\": {\"kind\": \"real\", \"min\": 1e-6, \"max\": 1, \"log\": true},"                   \
    "\"layers\": {\"kind\": \"int\", \"min\": 0, \"max\": 3},"                                     \
    "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\", 3, null]},"                  \
    "\"size\": {\"kind\": \"ordinal\", \"values\": [1, 2, 4, 8]},"                                 \
    "\"wide\": {\"kind\": \"int\", \"min\": 1, \"max\": 1000000, \"log\": true},"                  \
    "\"fixed\": {\"kind\": \"constant\", \"value\": 7},"                                           \
    "\"drop\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.25}}"

/* Variances: 36 / 12, 5 / 4, 5 / 4: shares 0.5454..., 0.2272..., 0.2272... */
static double odd_sum(const tables_table *it, size_t i) {
    return log10(tables_real(it, i, 0)) + tables_real(it, i, 1) +
           (double)it->rows[i].point[2].integer;
}

static void fanova_measures_each_kind_as_it_is_searched(void **state) {
    (void)state;
    double       shares[DIMS_MAX];
    tables_table it = table_of(ALL_KINDS, 1500, odd_sum);
    measure(&it, fanova(), shares);
    near(shares[0], 6.0 / 11, 0.04);
    near(shares[1], 2.5 / 11, 0.04);
    near(shares[2], 2.5 / 11, 0.04);
    for (size_t j = 3; j < 7; j++)
        near(shares[j], 0, 0.01);
    assert_true(shares[5] == 0);
    tables_free(&it);
}

static void ped_anova_measures_each_kind(void **state) {
    (void)state;
    double       shares[DIMS_MAX];
    tables_table it = table_of(ALL_KINDS, 3000, odd_sum);
    measure(&it, ped_anova(), shares);
    assert_true(shares[0] > 0.3 && shares[1] > 0.1 && shares[2] > 0.05);
    assert_true(shares[5] == 0);
    near(shares[3] + shares[4] + shares[6], 0, 0.06);
    tables_free(&it);
}

#define TURNED                                                                                     \
    "{\"c\": {\"kind\": \"real\", \"min\": 5, \"max\": 6},"                                        \
    "\"a\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"                                         \
    "\"b\": {\"kind\": \"real\", \"min\": -10, \"max\": 10}}"

static double product(const tables_table *it, size_t i) {
    return tables_real(it, i, 0) * tables_real(it, i, 1) * (tables_real(it, i, 2) - 4);
}

/* The same trials, with the parameters in another order. */
static tables_table turn(const tables_table *from) {
    tables_table it = tables_make(space_of(TURNED), 1, from->table.count);
    for (size_t i = 0; i < from->table.count; i++) {
        for (size_t j = 0; j < 3; j++) {
            it.points[3 * i + (j + 1) % 3] = from->points[3 * i + j];
            it.params[3 * i + (j + 1) % 3] = from->params[3 * i + j];
        }
        it.values[i] = from->values[i];
    }
    return it;
}

static void the_order_of_parameters_does_not_matter(void **state) {
    (void)state;
    double         shares[DIMS_MAX], turned[DIMS_MAX];
    hpt_importance ways[] = { ped_anova(), fanova() };
    tables_table   it = table_of(THREE_REALS, 300, product), other = turn(&it);
    for (size_t i = 0; i < 2; i++) {
        measure(&it, ways[i], shares);
        measure(&other, ways[i], turned);
        for (size_t j = 0; j < 3; j++)
            near(turned[(j + 1) % 3], shares[j], 1e-12);
    }
    tables_free(&it);
    tables_free(&other);
}

static void the_same_seed_gives_the_same_forest(void **state) {
    (void)state;
    double         first[DIMS_MAX], again[DIMS_MAX], other[DIMS_MAX];
    hpt_importance how = fanova();
    tables_table   it = table_of(THREE_REALS, 100, product);
    measure(&it, how, first);
    measure(&it, how, again);
    assert_memory_equal(first, again, 3 * sizeof *first);
    how.seed = 1;
    measure(&it, how, other);
    assert_true(memcmp(first, other, 3 * sizeof *first) != 0);
    tables_free(&it);
}

/* Large numbers, and maximising what was minimised with the sign turned. */
static void the_scale_of_values_does_not_matter(void **state) {
    (void)state;
    double         shares[DIMS_MAX], scaled[DIMS_MAX];
    hpt_importance ways[] = { ped_anova(), fanova() };
    tables_table   it = table_of(THREE_REALS, 300, product);
    for (size_t way = 0; way < 2; way++) {
        it.goals[0].direction = HPT_MINIMISE;
        measure(&it, ways[way], shares);
        for (size_t i = 0; i < 300; i++)
            it.values[i] *= -1e306;
        it.goals[0].direction = HPT_MAXIMISE;
        measure(&it, ways[way], scaled);
        for (size_t j = 0; j < 3; j++)
            near(scaled[j], shares[j], 1e-5);
        for (size_t i = 0; i < 300; i++)
            it.values[i] /= -1e306;
    }
    tables_free(&it);
}

#define CONDITIONAL                                                                                \
    "{\"kind\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]},"                          \
    "\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"condition\": \"kind == 'a'\"},"         \
    "\"y\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"condition\": \"kind == 'b'\"},"         \
    "\"z\": {\"kind\": \"real\", \"min\": 0, \"max\": 1}}"

/* x is all that matters, and only where it is active. */
static double branch(const tables_table *it, size_t i) {
    return hpi_row_has(&it->rows[i], 1) ? tables_real(it, i, 1) : 0.5;
}

static void conditional_parameters_are_judged_where_they_are_active(void **state) {
    (void)state;
    double         shares[DIMS_MAX];
    hpt_importance ways[] = { ped_anova(), fanova() };
    tables_table   it = table_of(CONDITIONAL, 1000, branch);
    for (size_t i = 0; i < 2; i++) {
        measure(&it, ways[i], shares);
        assert_true(shares[1] > 0.5);
        near(shares[2], 0, 0.01);
        near(shares[3], 0, 0.2);
    }
    tables_free(&it);
}

/* Whether x is there is by chance. Where it is, it has all its variance, and so has z, which does
 * nothing elsewhere: its mean over both has half of the slope, and a quarter of the variance. */
static void what_an_inactive_parameter_takes_of_the_space_is_measured(void **state) {
    (void)state;
    enum { COUNT = 1500 };
    double       shares[DIMS_MAX];
    tables_table it = tables_make(space_of("{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                                           "\"z\": {\"kind\": \"real\", \"min\": 0, \"max\": 1}}"),
                                  1, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        it.rows[i].given = it.given + 2 * i;
        it.given[2 * i] = tables_word(99, i) % 2;
        it.values[i] = it.given[2 * i] ? tables_real(&it, i, 0) + tables_real(&it, i, 1) : 0;
    }
    measure(&it, fanova(), shares);
    near(shares[1] / shares[0], 0.5, 0.05);
    tables_free(&it);
}

static double flat(const tables_table *it, size_t i) {
    (void)it;
    (void)i;
    return 3;
}

static void when_nothing_matters_all_shares_are_0(void **state) {
    (void)state;
    double         shares[DIMS_MAX];
    hpt_err        err = { 0 };
    hpt_importance ways[] = { ped_anova(), fanova() };
    tables_table   it = table_of(THREE_REALS, 50, flat);
    for (size_t i = 0; i < 2; i++) {
        memset(shares, 0xFF, sizeof shares);
        assert_int_equal(hpi_report_importance(tables_of(&it), &ways[i], shares, &err), HPT_OK);
        assert_true(shares[0] == 0 && shares[1] == 0 && shares[2] == 0);
    }
    tables_free(&it);
}

static void trials_without_a_finite_value_play_no_part(void **state) {
    (void)state;
    double         shares[DIMS_MAX], fewer[DIMS_MAX];
    hpt_importance ways[] = { ped_anova(), fanova() };
    tables_table   it = table_of(THREE_REALS, 300, sum_of_two);
    for (size_t way = 0; way < 2; way++) {
        it.table.count = 297;
        measure(&it, ways[way], shares);
        it.table.count = 300;
        it.values[297] = INFINITY;
        it.values[298] = NAN;
        it.rows[299].record.state = HPT_TRIAL_PRUNED;
        measure(&it, ways[way], fewer);
        assert_memory_equal(shares, fewer, 3 * sizeof *shares);
    }
    tables_free(&it);
}

static void what_cannot_be_measured_is_refused(void **state) {
    (void)state;
    double         shares[DIMS_MAX] = { 77 };
    hpt_err        err = { 0 };
    tables_table   it = table_of(THREE_REALS, 10, sum_of_two);
    hpt_importance hows[8];
    for (size_t i = 0; i < 8; i++)
        hows[i] = hpt_importance_default();
    hows[0].goal = 1;
    hows[1].target_quantile = 0;
    hows[2].target_quantile = NAN;
    hows[3].region_quantile = 1.5;
    hows[4].region_quantile = 0.1;
    hows[5].tree_count = 0;
    hows[6].depth_max = 5000;
    hows[7].method = (hpt_importance_method)2;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(hpi_report_importance(tables_of(&it), &hows[i], shares, &err), HPT_EINVAL);
    it.table.count = 1;
    hpt_importance how = ped_anova();
    assert_int_equal(hpi_report_importance(&it.table, &how, shares, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "two COMPLETE"));
    assert_true(shares[0] == 77);
    tables_free(&it);
}

/* 10 000 values, of which two matter. */
static void a_long_list_is_measured_too(void **state) {
    (void)state;
    enum { VALUES = 10000 };
    hpt_value *values = calloc(VALUES, sizeof *values);
    double     shares[DIMS_MAX];
    for (int i = 0; i < VALUES; i++)
        values[i] = hpt_int(i);
    hpt_space *space = hpt_space_create();
    hpt_space_add_categorical(space, "list", values, VALUES);
    hpt_space_add_real(space, "x", 0, 1);
    tables_table it = tables_make(space, 1, 200);
    for (size_t i = 0; i < 200; i++)
        it.values[i] = tables_real(&it, i, 1);
    measure(&it, fanova(), shares);
    assert_true(shares[1] > 0.9);
    measure(&it, ped_anova(), shares);
    assert_true(shares[1] > 0.5);
    tables_free(&it);
    free(values);
}

static bool try_importance(void *user) {
    const hpt_importance *how = user;
    double                shares[DIMS_MAX] = { 77 };
    hpt_err               err = { 0 };
    hpt_space            *space = NULL;
    if (hpt_space_parse(CONDITIONAL, sizeof CONDITIONAL - 1, &space, &err) != HPT_OK) return false;
    tables_table it = tables_make(space, 1, 12);
    for (size_t i = 0; i < 12; i++)
        it.values[i] = branch(&it, i);
    hpt_status status = hpi_report_importance(tables_of(&it), how, shares, &err);
    if (status != HPT_OK) assert_true(status == HPT_ENOMEM && shares[0] == 77);
    tables_free(&it);
    return status == HPT_OK;
}

static void importance_without_memory_says_so(void **state) {
    (void)state;
    hpt_importance ways[] = { ped_anova(), fanova() };
    ways[1].tree_count = 2;
    for (size_t i = 0; i < 2; i++)
        failing_tolerated(try_importance, &ways[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fanova_finds_the_shares_of_a_sum),
        cmocka_unit_test(ped_anova_ranks_the_parts_of_a_sum),
        cmocka_unit_test(fanova_measures_each_kind_as_it_is_searched),
        cmocka_unit_test(ped_anova_measures_each_kind),
        cmocka_unit_test(the_order_of_parameters_does_not_matter),
        cmocka_unit_test(the_same_seed_gives_the_same_forest),
        cmocka_unit_test(the_scale_of_values_does_not_matter),
        cmocka_unit_test(conditional_parameters_are_judged_where_they_are_active),
        cmocka_unit_test(what_an_inactive_parameter_takes_of_the_space_is_measured),
        cmocka_unit_test(when_nothing_matters_all_shares_are_0),
        cmocka_unit_test(trials_without_a_finite_value_play_no_part),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(a_long_list_is_measured_too),
        cmocka_unit_test(importance_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
