/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_VOLUME_H
#define HPT_BENCH_QUALITY_VOLUME_H

/* The volume between points, each to be minimised in each of their 2 or 3 values, and a reference
 * that all count up to. Not the library's, which it is to be compared with. */
double quality_volume(const double (*points)[3], int count, int goals, const double *reference);

#endif
