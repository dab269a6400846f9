/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find on 24 functions of our own (quality/functions.h), as a ratio to random. How
 * to read it: bench/README.md. */
#include "quality/functions.h"
#include "quality/ratio.h"

#include <stdio.h>
#include <stdlib.h>

static void *open(int number, int dim, int instance) {
    quality_instance *it = malloc(sizeof *it);
    if (!it || dim < 2 || dim > QUALITY_DIM_MAX) {
        fprintf(stderr, "bench_quality: there is nothing in %d dimensions\n", dim);
        exit(1);
    }
    quality_instance_init(it, number, dim, (uint64_t)instance);
    return it;
}

static double value(void *problem, const double *x) {
    return quality_value(problem, x);
}

int main(int count, char **arguments) {
    static const quality_suite suite = { .name = "own",
                                         .about =
                                             "24 functions after RR-6829, instances of our own",
                                         .function = quality_function_name,
                                         .open = open,
                                         .value = value,
                                         .close = free };
    return quality_ratio_main(&suite, count, arguments);
}
