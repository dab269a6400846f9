/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_BENCH_H
#define HPT_BENCH_BENCH_H

/* A harness that knows nothing of hpt. The rows of a table are timed in turn, round after round, so
 * that whatever drifts hits all of them; what counts is the ratio of two rows of one table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { BENCH_ROUNDS_MAX = 101 };

/* Does `ops` operations: this is timed. */
typedef void bench_run(void *user, uint64_t ops);

/* Says whether they were done right; not timed. NULL, or what went wrong: no figures then. */
typedef const char *bench_check(const void *user, uint64_t ops);

typedef struct bench_row {
    const char  *name;    /* station.operation                                                */
    unsigned     threads; /* that work at once                                                */
    uint64_t     ops;     /* per round; 0 = as many as last for the table's round_ms          */
    bench_run   *run;
    void        *user;  /* handed to `run` and `check`                                      */
    bench_check *check; /* NULL = nothing to check                                          */
    const char  *note;  /* what a reader should know beside the figures; NULL = nothing     */
} bench_row;

/* What was measured of a row, per operation, in the order of the rounds. */
typedef struct bench_figures {
    const char *complaint; /* not NULL: no figures, and why                              */
    uint64_t    ops;       /* per round                                                  */
    unsigned    rounds;
    double      wall_ns[BENCH_ROUNDS_MAX];
    double      cpu_ns[BENCH_ROUNDS_MAX];   /* of all threads together                   */
    double      waits[BENCH_ROUNDS_MAX];    /* voluntary context switches                */
    double      switches[BENCH_ROUNDS_MAX]; /* all context switches                      */
} bench_figures;

typedef struct bench_table {
    const char      *label; /* what its operations are made of; the CSV's second column    */
    const bench_row *rows;
    size_t           row_count;
    double           round_ms;   /* how long one timing should last                         */
    unsigned         rounds_min; /* an odd number has a median                              */
    unsigned         rounds_max;
    double           seconds_max; /* no further round after it, once there are rounds_min    */
    bench_figures   *figures;     /* one per row; made by bench_measure()                    */
} bench_table;

/* Measure a table. False: out of memory. A row that does not return for a minute ends the process
 * with its name. */
bool bench_measure(bench_table *table);
void bench_table_fini(bench_table *table);

/* The row of that name and number of threads; NULL when it is absent or has no figures. */
const bench_figures *bench_find(const bench_table *table, const char *name, unsigned threads);

/* The value that a share of the others does not exceed: 0.5 is the median, 0 the minimum. */
double bench_quantile(const double *values, unsigned count, double share);
double bench_median_ns(const bench_figures *figures); /* wall time */

/* A ratio of medians, and between which two values half of the rounds' own ratios lie. */
typedef struct bench_ratio {
    double value, low, high;
} bench_ratio;

bench_ratio bench_compare(const bench_figures *figures, const bench_figures *base);

/* Print a table; ratios are to the row `base` with as many threads, NULL = none. With a file also
 * appends the rows as CSV. */
void bench_print(const bench_table *table, const char *base, FILE *csv);
void bench_csv_header(FILE *csv);

/* All of it in one call: measure, print, and append to the file that BENCH_CSV names. */
int bench_main(const char *label, const bench_row *rows, size_t row_count, const char *base);

double bench_now_ns(void); /* monotonic                                       */
double bench_cpu_ns(void); /* used by this process, all threads               */

#endif
