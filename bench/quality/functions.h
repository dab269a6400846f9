/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_FUNCTIONS_H
#define HPT_BENCH_QUALITY_FUNCTIONS_H

/* 24 test functions on [-5, 5]^d with minimum 0, one of each kind of difficulty, after
 * Hansen, Finck, Ros, Auger: "Real-Parameter Black-Box Optimization Benchmarking 2009: Noiseless
 * Functions Definitions", INRIA RR-6829. Shifts and rotations are our own, made of hpt_random()
 * from (instance, function): instances are not those of the COCO suite, difficulties are. */

#include <stdint.h>

enum { QUALITY_FUNCTIONS = 24, QUALITY_DIM_MAX = 40, QUALITY_PEAKS_MAX = 101 };

typedef struct quality_peaks { /* Gallagher's: f21, f22 */
    int    count;
    double weight[QUALITY_PEAKS_MAX];
    double at[QUALITY_PEAKS_MAX][QUALITY_DIM_MAX];    /* rotated */
    double scale[QUALITY_PEAKS_MAX][QUALITY_DIM_MAX]; /* diagonal of C */
} quality_peaks;

typedef struct quality_instance {
    int           function; /* 1 to 24 */
    int           dim;
    double        optimum[QUALITY_DIM_MAX];
    double        r[QUALITY_DIM_MAX][QUALITY_DIM_MAX]; /* rotations */
    double        q[QUALITY_DIM_MAX][QUALITY_DIM_MAX];
    quality_peaks peaks;
} quality_instance;

/* "sphere", ... of function 1 to 24. */
const char *quality_function_name(int function);

/* dim: 2 to QUALITY_DIM_MAX. */
void quality_instance_init(quality_instance *it, int function, int dim, uint64_t number);

/* f(x) - f(optimum), at least 0. */
double quality_value(const quality_instance *it, const double *x);

#endif
