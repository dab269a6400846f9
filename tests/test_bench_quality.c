/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what the benches of quality measure against is right: optima, fronts, volumes, measured
 *         tables with their constraints, and the statistics.
 * Method: evaluate where the optimum must be; volumes against the library's own; values of
 * statistics that were worked out by hand. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hpt/hpt.h>

#include "quality/figures.h"
#include "quality/functions.h"
#include "quality/measured.h"
#include "quality/problems.h"
#include "quality/volume.h"

static void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%.17g instead of %.17g", value, wanted);
}

/* ---- the 24 functions ---- */

/* Functions 9 and 19 have their optimum where the rotated valley has 1 in each coordinate. */
static void place_of_optimum(const quality_instance *it, double *x) {
    double scale = fmax(1, sqrt(it->dim) / 8);
    for (int i = 0; i < it->dim; i++) {
        x[i] = it->optimum[i];
        if (it->function != 9 && it->function != 19) continue;
        x[i] = 0;
        for (int j = 0; j < it->dim; j++)
            x[i] += it->r[j][i] * 0.5 / scale;
    }
}

static void every_function_is_0_at_its_optimum(void **state) {
    static quality_instance it;
    (void)state;
    for (int function = 1; function <= QUALITY_FUNCTIONS; function++)
        for (int dim = 2; dim <= 10; dim += 4)
            for (uint64_t number = 1; number <= 3; number++) {
                double x[QUALITY_DIM_MAX];
                quality_instance_init(&it, function, dim, number);
                place_of_optimum(&it, x);
                double value = quality_value(&it, x);
                if (value > 1e-6) fail_msg("f%d, d=%d: %g", function, dim, value);
            }
}

/* ---- problems ---- */

static const quality_problem *problem_of(const char *name) {
    for (size_t i = 0; i < quality_problem_count; i++)
        if (strcmp(quality_problems[i].name, name) == 0) return &quality_problems[i];
    fail_msg("no problem %s", name);
    return NULL;
}

static void evaluate_points(problem_run *run, const hpt_space *space, const hpt_value *points,
                            size_t count, hpt_result **result_out) {
    hpt_err     err = { 0 };
    hpt_goal    goals[PROBLEM_GOALS_MAX];
    hpt_options options = hpt_options_default();
    for (uint32_t i = 0; i < run->problem->goal_count; i++)
        goals[i] = (hpt_goal){ i == 0   ? "a"
                               : i == 1 ? "b"
                                        : "c",
                               HPT_MINIMISE, run->problem->references[i] };
    options.strategy = points ? "list" : "random";
    options.points = points;
    options.point_count = points ? count : 0;
    options.trial_count_max = count;
    options.pool = "inline";
    options.worker_count = 1;
    if (run->problem->goal_count > 1) {
        options.goals = goals;
        options.goal_count = run->problem->goal_count;
    }
    if (hpt_parallel_run(space, problem_evaluate, run, &options, result_out, &err) != HPT_OK)
        fail_msg("%s: %s", run->problem->name, err.text);
}

static void every_optimum_is_reached_where_it_is_said_to_be(void **state) {
    static const struct {
        const char *name, *point;
        double      tolerance;
    } rows[] = {
        { "mixed",
          "{\"x0\": 1.5, \"x1\": -1, \"x2\": 2, \"n\": 13, \"m\": 0, \"size\": 4, \"shape\": "
          "\"flat\"}",
          1e-12 },
        { "lattice", "{\"k0\": 7, \"k1\": -4, \"k2\": 1, \"k3\": -9, \"k4\": 12, \"k5\": 3}",
          1e-12 },
        { "solver",
          "{\"solver\": \"sgd\", \"rate\": 0.0031622776601683794, \"momentum\": 0.9, \"damping\": "
          "0.3}",
          1e-12 },
        { "noisy", "{\"x0\": 1.5, \"x1\": 1, \"x2\": 0.5, \"x3\": 0, \"x4\": -0.5}", 1e-12 },
        { "noisy_scale", "{\"x0\": 1.5, \"x1\": 1, \"x2\": 0.5, \"x3\": 0, \"x4\": -0.5}", 1e-12 },
        { "half_space", "{\"x0\": 1, \"x1\": 1, \"x2\": 1, \"x3\": 1, \"x4\": 1}", 1e-12 },
        { "shell",
          "{\"x0\": -1.788854381, \"x1\": -1.788854381, \"x2\": -1.788854381, \"x3\": "
          "-1.788854381, "
          "\"x4\": -1.788854381}",
          1e-8 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static problem_run run;
        char               json[512];
        hpt_err            err = { 0 };
        hpt_value         *point = NULL;
        hpt_result        *result = NULL;
        size_t             count = 0;
        problem_restart(&run, problem_of(rows[i].name));
        hpt_space *space = run.problem->space();
        snprintf(json, sizeof json, "[%s]", rows[i].point);
        if (hpt_space_parse_points(space, json, strlen(json), &point, &count, &err) != HPT_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        evaluate_points(&run, space, point, count, &result);
        double score = problem_score(&run);
        if (!(fabs(score) <= rows[i].tolerance)) fail_msg("%s: %g", rows[i].name, score);
        hpt_result_destroy(result);
        hpt_free(point);
        hpt_space_destroy(space);
    }
}

/* A point on the front, the k-th of 900. */
static void place_on_front(const char *name, int k, hpt_value *point, size_t dims) {
    double t = k / 899.0;
    for (size_t i = 0; i < dims; i++)
        if (strcmp(name, "two_points") == 0)
            point[i] = hpt_real(0.5 - 2 * t);
        else if (strcmp(name, "bulge") == 0)
            point[i] = hpt_real(i == 0 ? t : 0.3);
        else
            point[i] = hpt_real(i == 0 ? k / 30 / 29.0 : i == 1 ? k % 30 / 29.0 : 0.5);
}

static void the_fronts_dominate_as_much_as_is_said(void **state) {
    static const struct {
        const char *name;
        double      share; /* of the volume that 900 points must reach */
    } rows[] = { { "two_points", 0.999 }, { "bulge", 0.999 }, { "sphere_octant", 0.98 } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static problem_run run;
        static hpt_value   points[900 * 8];
        hpt_result        *result = NULL;
        problem_restart(&run, problem_of(rows[i].name));
        hpt_space *space = run.problem->space();
        size_t     dims = hpt_space_count(space);
        for (int k = 0; k < 900; k++)
            place_on_front(rows[i].name, k, points + (size_t)k * dims, dims);
        evaluate_points(&run, space, points, 900, &result);
        double missing = problem_score(&run) / run.problem->optimum;
        if (!(missing >= -1e-12 && missing <= 1 - rows[i].share))
            fail_msg("%s: %g of the volume is missing", rows[i].name, missing);
        hpt_result_destroy(result);
        hpt_space_destroy(space);
    }
}

static void a_volume_is_the_one_that_the_library_finds(void **state) {
    (void)state;
    for (size_t i = 0; i < quality_problem_count; i++) {
        static problem_run run;
        hpt_result        *result = NULL;
        problem_restart(&run, &quality_problems[i]);
        if (run.problem->goal_count == 1) continue;
        hpt_space *space = run.problem->space();
        evaluate_points(&run, space, NULL, 200, &result);
        double own = run.problem->optimum - problem_score(&run);
        double theirs = hpt_result_hypervolume(result);
        assert_true(own > 0);
        assert_near(own, theirs, 1e-9 * own);
        hpt_result_destroy(result);
        hpt_space_destroy(space);
    }
}

/* ---- tables ---- */

static void check_table(const char *path) {
    measured *table = measured_open(path);
    hpt_coord point[MEASURED_PARAMS_MAX];
    assert_true(table->is_declared);
    for (size_t cell = 0; cell < table->cells; cell++) {
        size_t rest = cell;
        for (uint32_t i = table->dims; i-- > 0; rest /= table->sizes[i])
            point[i].integer = (int64_t)(rest % table->sizes[i]);
        if (hpt_space_permits(table->space, point) != !isnan(table->values[cell]))
            fail_msg("%s: cell %zu", table->name, cell);
    }
    measured_close(table);
}

static void constraints_allow_just_the_rows_of_a_table(void **state) {
    (void)state;
    check_table(BENCH_TEST_DATA "/convolution-A4000.tab");
    check_table(BENCH_QUALITY_DATA "/tables/convolution-W6600.tab");
    check_table(BENCH_QUALITY_DATA "/tables/dedispersion-A100.tab");
    check_table(BENCH_QUALITY_DATA "/tables/dedispersion-W7800.tab");
    check_table(BENCH_QUALITY_DATA "/tables/kt_pnpoly-RTX_3090.tab");
    check_table(BENCH_QUALITY_DATA "/tables/nb201-cifar10-val.tab");
}

/* ---- statistics ---- */

static void quantiles_lie_between_the_two_nearest(void **state) {
    const double values[] = { 4, 1, 3, 2 }, some[] = { 1, INFINITY, INFINITY };
    (void)state;
    assert_near(quality_quantile(values, 4, 0.5), 2.5, 0);
    assert_near(quality_quantile(values, 4, 0.25), 1.75, 0);
    assert_near(quality_quantile(values, 4, 1), 4, 0);
    assert_true(isinf(quality_quantile(some, 3, 0.5)));
}

/* Ten of ten larger: z = (100 - 50 - 0.5) / sqrt(100 * 21 / 12) = 3.74. */
static void larger_values_are_worse_and_equal_ones_are_not(void **state) {
    double low[10], high[10], same[10];
    (void)state;
    for (int i = 0; i < 10; i++) {
        low[i] = i;
        high[i] = 10 + i;
        same[i] = 7;
    }
    assert_near(quality_worse_p(high, 10, low, 10), 0.5 * erfc(49.5 / sqrt(175) / sqrt(2)), 1e-9);
    assert_true(quality_worse_p(low, 10, high, 10) > 0.999);
    assert_true(quality_worse_p(low, 10, low, 10) > 0.4);
    assert_near(quality_worse_p(same, 10, same, 10), 1, 0);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(every_function_is_0_at_its_optimum),
        cmocka_unit_test(every_optimum_is_reached_where_it_is_said_to_be),
        cmocka_unit_test(the_fronts_dominate_as_much_as_is_said),
        cmocka_unit_test(a_volume_is_the_one_that_the_library_finds),
        cmocka_unit_test(constraints_allow_just_the_rows_of_a_table),
        cmocka_unit_test(quantiles_lie_between_the_two_nearest),
        cmocka_unit_test(larger_values_are_worse_and_equal_ones_are_not),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
