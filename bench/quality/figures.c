/* SPDX-License-Identifier: BSD-3-Clause */
#include "figures.h"

#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 2 * QUALITY_SEEDS_MAX }; /* two contestants' */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quality_quantile(const double *values, int count, double share) {
    double sorted[COUNT_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *values);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    double at = share * (count - 1);
    int    i = (int)at;
    if (i + 1 >= count || sorted[i] == sorted[i + 1]) return sorted[i]; /* infinities, too */
    return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

/* The sum of t^3 - t over the groups of t equal values. */
static double tie_sum(const double *a, int count_a, const double *b, int count_b) {
    double all[COUNT_MAX], sum = 0;
    int    count = count_a + count_b;
    memcpy(all, a, (size_t)count_a * sizeof *a);
    memcpy(all + count_a, b, (size_t)count_b * sizeof *b);
    qsort(all, (size_t)count, sizeof *all, ascending);
    for (int i = 0, end; i < count; i = end) {
        for (end = i; end < count && all[end] == all[i];)
            end++;
        double equal = end - i;
        sum += equal * equal * equal - equal;
    }
    return sum;
}

double quality_worse_p(const double *a, int count_a, const double *b, int count_b) {
    double larger = 0, n = count_a + count_b, product = (double)count_a * count_b;
    for (int i = 0; i < count_a; i++)
        for (int j = 0; j < count_b; j++)
            larger += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    double variance = product / 12 * (n + 1 - tie_sum(a, count_a, b, count_b) / (n * (n - 1)));
    if (variance <= 0) return 1; /* all of them equal */
    double z = (larger - product / 2 - 0.5) / sqrt(variance);
    return 0.5 * erfc(z / sqrt(2));
}
