/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_VERDICT_H
#define HPT_BENCH_VERDICT_H

/* Targets, one line each: what was promised, what was measured, against what, and whether that is
 * enough. They are printed together at the end. Main thread. */

#include "bench.h"

#if defined(__GNUC__)
#define BENCH_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define BENCH_PRINTF(text, first)
#endif

enum { BENCH_LINES_MAX = 128, BENCH_TEXT_BYTES = 96 };

typedef enum bench_verdict { BENCH_PASS, BENCH_FALLS_SHORT, BENCH_NOT_MEASURED } bench_verdict;

typedef struct bench_line {
    char          target[BENCH_TEXT_BYTES];
    double        limit;    /* NaN: a figure beside which nothing was promised                 */
    bool          is_least; /* the limit is what it must reach, not what it may not exceed     */
    double        figure, low, high;
    char          against[BENCH_TEXT_BYTES];
    char          why_not[BENCH_TEXT_BYTES];
    bench_verdict verdict;
} bench_line;

/* A new line, not measured yet. */
bench_line *bench_target(double limit, const char *format, ...) BENCH_PRINTF(2, 3);

/* Judged as printed: to three digits, so that nobody sees 1.030 fall short of 1.03. */
void bench_judge(bench_line *line, bench_ratio ratio);
void bench_judge_number(bench_line *line, double figure);

/* Print all lines. How many fall short. */
int bench_verdicts_print(void);

#endif
