/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_BENCH_H
#define HPT_BENCH_BENCH_H

/* A harness that knows nothing of hpt. Rows are timed in turn, round after round, so that whatever
 * drifts hits all of them; what counts is the ratio of a row to its base in the same process. */

#include <stddef.h>
#include <stdint.h>

typedef struct bench_row {
    const char *name;    /* station.operation                                       */
    unsigned    threads; /* that work at once                                       */
    uint64_t    ops;     /* per round                                               */
    void (*run)(const struct bench_row *row); /* does `ops` operations               */
    double      cost; /* handed to `run`: what an operation is made of           */
    const char *base; /* name of the row that ratios are to; NULL = none         */
} bench_row;

/* Time every row `rounds` times after one warm-up and print a table: nanoseconds per operation
 * (wall time, so with n threads about 1/n of the work), median, minimum, p99, CPU time, ratio of
 * medians. With the environment's BENCH_CSV also appends to that file. */
int bench_main(const char *title, const bench_row *rows, size_t row_count, unsigned rounds);

/* Work: a chain of `ops` dependent multiply-adds, about 1 ns each; the result must be used. */
double bench_work(double ops, double seed);

/* How many bench_work() operations take a nanosecond on this machine, measured once. */
double bench_ops_per_ns(void);

#endif
