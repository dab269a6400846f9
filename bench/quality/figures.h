/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_FIGURES_H
#define HPT_BENCH_QUALITY_FIGURES_H

/* The statistics of the tables. */

/* Linear between the two nearest, as statisticians' type 7. Leaves `values` as they are. */
double quality_quantile(const double *values, int count, double share);

/* The probability that values as large as those of `a`, compared with those of `b`, come about when
 * both are of one distribution: the one-sided test of Mann and Whitney (1947), in the normal
 * approximation with ties and continuity corrected. Small: `a` is worse. At most 100 of each. */
double quality_worse_p(const double *a, int count_a, const double *b, int count_b);

#endif
