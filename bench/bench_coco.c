/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find on the suite `bbob` of COCO, as a ratio to random: built where CMake finds
 * the COCO C library (bench/README.md). Dimensions are 2, 3, 5, 10, 20 and 40. */
#include "quality/ratio.h"

#include <stdio.h>
#include <stdlib.h>

#include <coco.h>

/* Exported by the library, though coco.h leaves it out: f_opt. */
double coco_problem_get_best_value(const coco_problem_t *problem);

static const char *const names[QUALITY_SUITE_FUNCTIONS] = {
    "sphere",
    "ellipsoid separable",
    "rastrigin separable",
    "bueche-rastrigin",
    "linear slope",
    "attractive sector",
    "step ellipsoid",
    "rosenbrock",
    "rosenbrock rotated",
    "ellipsoid",
    "discus",
    "bent cigar",
    "sharp ridge",
    "different powers",
    "rastrigin",
    "weierstrass",
    "schaffers",
    "schaffers harsh",
    "griewank-rosenbrock",
    "schwefel",
    "gallagher 101",
    "gallagher 21",
    "katsuura",
    "lunacek",
};

static const char *name_of(int number) {
    return names[number - 1];
}

typedef struct cell {
    coco_suite_t   *suite;
    coco_problem_t *problem;
    double          least;
} cell;

static void *open(int number, int dim, int instance) {
    char  instances[32], options[32];
    cell *it = calloc(1, sizeof *it);
    snprintf(instances, sizeof instances, "instances: %d", instance);
    snprintf(options, sizeof options, "dimensions: %d", dim);
    coco_set_log_level("warning");
    if (it) it->suite = coco_suite("bbob", instances, options);
    if (it && it->suite)
        it->problem = coco_suite_get_problem_by_function_dimension_instance(
            it->suite, (size_t)number, (size_t)dim, (size_t)instance);
    if (!it || !it->problem) {
        fprintf(stderr, "bench_coco: no f%d, d=%d, instance %d\n", number, dim, instance);
        exit(1);
    }
    it->least = coco_problem_get_best_value(it->problem);
    return it;
}

static double value(void *problem, const double *x) {
    cell  *it = problem;
    double y;
    coco_evaluate_function(it->problem, x, &y);
    return y - it->least;
}

static void close(void *problem) {
    cell *it = problem;
    coco_problem_free(it->problem);
    coco_suite_free(it->suite);
    free(it);
}

int main(int count, char **arguments) {
    static const quality_suite suite = { .name = "bbob",
                                         .about = "COCO, suite bbob",
                                         .function = name_of,
                                         .open = open,
                                         .value = value,
                                         .close = close,
                                         .has_peers = true };
    return quality_ratio_main(&suite, count, arguments);
}
