/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_RATIO_H
#define HPT_BENCH_QUALITY_RATIO_H

/* Strategies x 24 functions x instances x seeds x budgets, as a ratio to `random`: the program that
 * `bench_quality` and `bench_coco` both are, over functions of their own. */

#include <stdbool.h>

enum { QUALITY_SUITE_FUNCTIONS = 24 };

/* Functions on [-5, 5]^dim whose minimum is 0. */
typedef struct quality_suite {
    const char *name;
    const char *about;                   /* one sentence for the top of the output            */
    const char *(*function)(int number); /* the name of function 1 to 24                      */
    void *(*open)(int number, int dim, int instance); /* ends the program if there is none      */
    double (*value)(void *problem, const double *x);
    void (*close)(void *problem);
    bool has_peers; /* its instance 1 is what the peers' figures are of                          */
} quality_suite;

/* The whole of main(). */
int quality_ratio_main(const quality_suite *suite, int count, char **arguments);

#endif
