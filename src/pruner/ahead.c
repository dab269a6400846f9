/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/ahead.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

enum { MEMBERS = HPI_AHEAD_MAX + 1, NOBODY = UINT16_MAX };

/* The trial itself is the last member. */
typedef struct crowd {
    const double *members[MEMBERS];
    uint16_t      order[MEMBERS]; /* all by their losses, or those of one front by one loss */
    uint16_t      fronts[MEMBERS];
    uint16_t      lasts[MEMBERS];   /* of each front the member that came last ... */
    uint16_t      befores[MEMBERS]; /* ... and before each the one that came before */
    double        distances[MEMBERS];
    size_t        count;
    uint32_t      goal_count;
} crowd;

/* Compares two members by their losses from goal `from` to before `to`, then by when they came. */
static bool is_before(const crowd *all, uint16_t a, uint16_t b, uint32_t from, uint32_t to) {
    const double *left = all->members[a], *right = all->members[b];
    for (uint32_t goal = from; goal < to; goal++)
        if (left[goal] != right[goal]) return left[goal] < right[goal];
    return a < b;
}

/* Each goes where a search finds its place: few comparisons, and a move of some bytes. */
static void sort(crowd *all, size_t count, uint32_t from, uint32_t to) {
    for (size_t i = 1; i < count; i++) {
        uint16_t member = all->order[i];
        size_t   low = 0, high = i;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (is_before(all, all->order[middle], member, from, to))
                low = middle + 1;
            else
                high = middle;
        }
        memmove(all->order + low + 1, all->order + low, (i - low) * sizeof *all->order);
        all->order[low] = member;
    }
}

static bool dominates(const crowd *all, uint16_t a, uint16_t b) {
    const double *left = all->members[a], *right = all->members[b];
    bool          is_better = false;
    for (uint32_t goal = 0; goal < all->goal_count; goal++) {
        if (left[goal] > right[goal]) return false;
        is_better = is_better || left[goal] < right[goal];
    }
    return is_better;
}

/* Whether anybody of a front dominates a member. The last that came to it first: it is the
 * nearest. */
static bool is_behind(const crowd *all, uint16_t front, uint16_t member) {
    uint16_t other = all->lasts[front];
    while (other != NOBODY && !dominates(all, other, member))
        other = all->befores[other];
    return other != NOBODY;
}

/* Sorted by their losses, whoever dominates a member comes before it. If somebody of a front does,
 * somebody of each front before that does too: so a search finds the front (Zhang, Tian, Cheng,
 * Jin, IEEE TEC 19(2), 2015). */
static void find_fronts(crowd *all) {
    uint16_t front_count = 0;
    for (size_t i = 0; i < all->count; i++)
        all->order[i] = (uint16_t)i;
    sort(all, all->count, 0, all->goal_count);
    for (size_t i = 0; i < all->count; i++) {
        uint16_t member = all->order[i], low = 0, high = front_count;
        while (low < high) {
            uint16_t middle = (uint16_t)((low + high) / 2);
            if (is_behind(all, middle, member))
                low = (uint16_t)(middle + 1);
            else
                high = middle;
        }
        if (low == front_count) all->lasts[front_count++] = NOBODY;
        all->befores[member] = all->lasts[low];
        all->lasts[low] = member;
        all->fronts[member] = low;
    }
}

/* As a share of the whole; of an infinite one only what is infinite itself counts. */
static double share_of(double gap, double whole) {
    if (isinf(whole)) return isinf(gap) ? 1 : 0;
    return whole > 0 ? gap / whole : 0;
}

static double gap_of(double low, double high) {
    return low == high ? 0 : high - low; /* two of the same infinity are at the same place */
}

/* Of the members of a front, which stand first in `order`. */
static void add_distances(crowd *all, size_t count, uint32_t goal) {
    sort(all, count, goal, goal + 1);
    double low = all->members[all->order[0]][goal];
    double high = all->members[all->order[count - 1]][goal];
    if (low == high) return; /* nobody stands at an end */
    for (size_t i = 1; i + 1 < count; i++) {
        double gap =
            gap_of(all->members[all->order[i - 1]][goal], all->members[all->order[i + 1]][goal]);
        all->distances[all->order[i]] += share_of(gap, gap_of(low, high));
    }
    all->distances[all->order[0]] = all->distances[all->order[count - 1]] = INFINITY;
}

size_t hpi_ahead(const double *rows, size_t count, uint32_t goal_count, const double *losses) {
    crowd    all;
    size_t   ahead = 0, peers = 0;
    uint16_t own = (uint16_t)count;
    HPI_ASSERT(count <= HPI_AHEAD_MAX);
    all.count = count + 1;
    all.goal_count = goal_count;
    for (size_t i = 0; i < count; i++)
        all.members[i] = rows + i * goal_count;
    all.members[own] = losses;
    find_fronts(&all);
    for (size_t i = 0; i < all.count; i++) {
        ahead += all.fronts[i] < all.fronts[own];
        if (all.fronts[i] == all.fronts[own]) all.order[peers++] = (uint16_t)i;
        all.distances[i] = 0;
    }
    for (uint32_t goal = 0; goal < goal_count; goal++)
        add_distances(&all, peers, goal);
    for (size_t i = 0; i < peers; i++)
        ahead += all.distances[all.order[i]] > all.distances[own];
    return ahead;
}
