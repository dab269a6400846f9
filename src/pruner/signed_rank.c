/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/signed_rank.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"

enum { EXACT_MAX = 50, EXACT_TIES_MAX = 13, SUM_MAX = EXACT_MAX * (EXACT_MAX + 1) };

void hpi_signed_rank_fini(hpi_signed_rank *it) {
    hpi_free((void *)it->sorted);
    *it = (hpi_signed_rank){ 0 };
}

bool hpi_signed_rank_reserve(hpi_signed_rank *it, size_t count) {
    if (count <= it->room) return true;
    size_t         room = 2 * count;
    const double **sorted = hpi_resize((void *)it->sorted, room, 2 * sizeof *sorted);
    if (!sorted) return false;
    it->sorted = sorted;
    it->room = room;
    return true;
}

static int by_size(const void *a, const void *b) {
    double left = fabs(*(const double *)a), right = fabs(*(const double *)b);
    return (left > right) - (left < right);
}

/* Ranks from 1; of equal sizes the mean of theirs, so twice that is whole. */
typedef struct ranked {
    double positive; /* the sum of the ranks of the positive ones, and half of those of zeros */
    double ties;     /* of t^3 - t, for each group of t equal sizes */
    double zeros;    /* half of the ranks of zeros */
    size_t count;
    int    ranks[EXACT_TIES_MAX > EXACT_MAX ? EXACT_TIES_MAX : EXACT_MAX]; /* twice each, if few;
                                                                               but of zeros */
    size_t signed_count;                                                   /* of them */
} ranked;

/* A group of equal sizes, from `first` to before `end` in order. */
static void add_group(ranked *all, const double **sorted, size_t first, size_t end) {
    double size = (double)(end - first), rank = (double)(first + end + 1) / 2;
    all->ties += size * size * size - size;
    for (size_t i = first; i < end; i++) {
        double difference = *sorted[i];
        if (difference > 0) all->positive += rank;
        if (difference == 0) all->zeros += rank / 2;
        if (difference != 0 && all->count <= EXACT_MAX)
            all->ranks[all->signed_count++] = (int)(first + end + 1);
    }
}

static ranked rank(const double **sorted, size_t count) {
    ranked all = { .count = count };
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && fabs(*sorted[end]) == fabs(*sorted[first]); end++) {
        }
        add_group(&all, sorted, first, end);
    }
    all.positive += all.zeros;
    return all;
}

/* Every way to give signs is as likely as any other: the distribution of twice the sum of the
 * positive ranks, one rank after the other. */
static double exact(const ranked *all) {
    static const double half = 0.5;
    double              chances[SUM_MAX + 1] = { 1 };
    int                 most = 0, least = (int)(2 * (all->positive - all->zeros) + half);
    for (size_t i = 0; i < all->signed_count; i++) {
        int step = all->ranks[i];
        most += step;
        for (int sum = most; sum >= 0; sum--)
            chances[sum] = half * (chances[sum] + (sum >= step ? chances[sum - step] : 0));
    }
    double chance = 0;
    for (int sum = most; sum >= least; sum--) /* the small ones first */
        chance += chances[sum];
    return chance;
}

static double approximate(const ranked *all) {
    double count = (double)all->count, mean = count * (count + 1) / 4;
    double variance = (count * (count + 1) * (2 * count + 1) - all->ties / 2) / 24;
    return erfc((all->positive - mean) / sqrt(2 * variance)) / 2;
}

double hpi_signed_rank_greater(hpi_signed_rank *it, const double *differences, size_t count) {
    HPI_ASSERT(count > 0 && count <= it->room);
    for (size_t i = 0; i < count; i++)
        it->sorted[i] = &differences[i];
    hpi_sort((const void **)it->sorted, (const void **)it->sorted + it->room, count, by_size);
    ranked all = rank(it->sorted, count);
    bool   has_ties = all.ties > 0 || all.signed_count < count;
    bool   is_exact = count <= (has_ties ? EXACT_TIES_MAX : EXACT_MAX);
    return is_exact ? exact(&all) : approximate(&all);
}
