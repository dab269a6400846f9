/* SPDX-License-Identifier: BSD-3-Clause */
#include "volume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1000 };

static int by_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_third(const void *a, const void *b) {
    return by_first((const double *)a + 2, (const double *)b + 2);
}

/* The area of the first two values: from left to right, each step down counts. */
static double area(const double (*points)[3], int count, const double *reference) {
    double sorted[POINTS_MAX][3], sum = 0, height = reference[1];
    memcpy(sorted, points, (size_t)count * sizeof *points);
    qsort(sorted, (size_t)count, sizeof *sorted, by_first);
    for (int i = 0; i < count; i++) {
        if (sorted[i][0] >= reference[0] || sorted[i][1] >= height) continue;
        sum += (reference[0] - sorted[i][0]) * (height - sorted[i][1]);
        height = sorted[i][1];
    }
    return sum;
}

double quality_volume(const double (*points)[3], int count, int goals, const double *reference) {
    double sorted[POINTS_MAX][3], sum = 0;
    if (goals == 2) return area(points, count, reference);
    memcpy(sorted, points, (size_t)count * sizeof *points);
    qsort(sorted, (size_t)count, sizeof *sorted, by_third);
    for (int i = 0; i < count && sorted[i][2] < reference[2]; i++) {
        double next = i + 1 < count ? fmin(sorted[i + 1][2], reference[2]) : reference[2];
        if (next > sorted[i][2])
            sum += (next - sorted[i][2]) * area((const double(*)[3])sorted, i + 1, reference);
    }
    return sum;
}
