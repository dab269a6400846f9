/* SPDX-License-Identifier: BSD-3-Clause */
/* One goal is peeled off at a time: points in the order of their gain in it, the largest first, add
 * that gain times what each dominates alone in the other goals (While, Bradstreet and Barone, A
 * fast way of calculating exact hypervolumes, IEEE TEC 16 (2012), 86-95: WFG with slices, sections
 * III and IV). What a point dominates alone is the box it spans less what the points before it
 * dominate inside that box. Three goals are one sweep over a staircase (Beume, Fonseca,
 * Lopez-Ibanez, Paquete and Vahrenhold, On the complexity of computing the hypervolume indicator,
 * IEEE TEC 13 (2009), 1075-1082: HV3D, with an array for its tree). */
#include "run/volume.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"
#include "run/limits.h"

/* What the points of so many goals are kept in. */
typedef struct level {
    double      *rows; /* those inside a box; NULL on the first level */
    const void **sorted, **room;
} level;

typedef struct measure {
    level levels[HPI_GOALS_MAX + 1]; /* by the number of goals */
    double (*stairs)[2];
    uint64_t steps_left;
    bool     is_over; /* no steps are left */
} measure;

static int by_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

static void spend(measure *it, uint64_t steps) {
    if (steps <= it->steps_left) {
        it->steps_left -= steps;
    } else {
        it->steps_left = 0;
        it->is_over = true;
    }
}

static const double *sorted_at(const level *at, uint32_t index) {
    return at->sorted[index];
}

/* Two goals: strips. */
static double area(const level *at, uint32_t count) {
    double sum = 0, height = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double *row = sorted_at(at, i);
        if (row[1] <= height) continue;
        sum += row[0] * (row[1] - height);
        height = row[1];
    }
    return sum;
}

/* Stairs go down: x rises, y falls. Adds a step to `*count` of them, and returns what it adds to
 * the area. */
static double add_step(double (*stairs)[2], uint32_t *count, double x, double y) {
    uint32_t low = 0, high = *count;
    while (low < high) { /* the first that is as far out */
        uint32_t middle = low + (high - low) / 2;
        if (stairs[middle][0] < x)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t next = low, first = low;
    double   below = next < *count ? stairs[next][1] : 0;
    if (below >= y) return 0;
    double sum = 0, right = x;
    for (; first > 0 && stairs[first - 1][1] <= y; first--) { /* these go */
        sum += (right - stairs[first - 1][0]) * (y - below);
        right = stairs[first - 1][0];
        below = stairs[first - 1][1];
    }
    sum += (right - (first > 0 ? stairs[first - 1][0] : 0)) * (y - below);
    memmove(stairs + first + 1, stairs + next, (*count - next) * sizeof *stairs);
    stairs[first][0] = x;
    stairs[first][1] = y;
    *count = *count - next + first + 1;
    return sum;
}

/* Three goals: slabs. */
static double slabs(const measure *it, const level *at, uint32_t count) {
    double   sum = 0, ground = 0;
    uint32_t steps = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double *row = sorted_at(at, i);
        ground += add_step(it->stairs, &steps, row[1], row[2]);
        sum += ground * (row[0] - (i + 1 < count ? *sorted_at(at, i + 1) : 0));
    }
    return sum;
}

static bool is_at_most(const double *a, const double *b, uint32_t goals) {
    for (uint32_t i = 0; i < goals; i++)
        if (a[i] > b[i]) return false;
    return true;
}

/* Row number `count` of the level: kept if none before it dominates it, and then those go that it
 * dominates. Returns how many there are. */
static uint32_t keep(measure *it, double *rows, uint32_t count, uint32_t goals) {
    const double *row = rows + (size_t)count * goals;
    uint32_t      kept = 0;
    spend(it, count + 1);
    for (uint32_t i = 0; i < count; i++)
        if (is_at_most(row, rows + (size_t)i * goals, goals)) return count;
    for (uint32_t i = 0; i <= count; i++) {
        const double *old = rows + (size_t)i * goals;
        if (i < count && is_at_most(old, row, goals)) continue;
        if (kept < i) memcpy(rows + (size_t)kept * goals, old, goals * sizeof *old);
        kept++;
    }
    return kept;
}

static double volume(measure *it, uint32_t goals, uint32_t count);

/* What the first `count` points dominate inside the box of point number `count`, all but the first
 * goal. */
static double inside(measure *it, const level *at, uint32_t goals, uint32_t count) {
    level        *next = &it->levels[goals - 1];
    const double *box = sorted_at(at, count) + 1;
    uint32_t      kept = 0;
    for (uint32_t i = 0; i < count && !it->is_over; i++) {
        const double *row = sorted_at(at, i) + 1;
        double       *into = next->rows + (size_t)kept * (goals - 1);
        for (uint32_t j = 0; j < goals - 1; j++)
            into[j] = row[j] < box[j] ? row[j] : box[j];
        kept = keep(it, next->rows, kept, goals - 1);
    }
    for (uint32_t i = 0; i < kept; i++)
        next->sorted[i] = next->rows + (size_t)i * (goals - 1);
    return volume(it, goals - 1, kept);
}

/* Of the points that the level has in `sorted`. */
static double volume(measure *it, uint32_t goals, uint32_t count) {
    level *at = &it->levels[goals];
    double sum = 0;
    if (it->is_over || count == 0) return 0;
    spend(it, count);
    hpi_sort(at->sorted, at->room, count, by_first);
    if (goals == 1) return *sorted_at(at, 0);
    if (goals == 2) return area(at, count);
    if (goals == 3) return slabs(it, at, count);
    for (uint32_t i = 0; i < count && !it->is_over; i++) {
        const double *row = sorted_at(at, i);
        double        box = 1;
        for (uint32_t j = 1; j < goals; j++)
            box *= row[j];
        sum += row[0] * (box - inside(it, at, goals, i));
    }
    return sum;
}

static bool open_levels(measure *it, uint32_t count, uint32_t goals) {
    it->stairs = hpi_alloc_room(count, sizeof *it->stairs);
    bool has_all = it->stairs != NULL;
    for (uint32_t i = goals < 3 ? goals : 3; has_all && i <= goals; i++) {
        level *at = &it->levels[i];
        at->sorted = hpi_alloc_room(count, sizeof *at->sorted);
        at->room = hpi_alloc_room(count, sizeof *at->room);
        if (i < goals) at->rows = hpi_alloc_room((size_t)count * i, sizeof *at->rows);
        has_all = at->sorted && at->room && (i == goals || at->rows);
    }
    return has_all;
}

static void close_levels(measure *it) {
    for (int i = 0; i <= HPI_GOALS_MAX; i++) {
        hpi_free(it->levels[i].rows);
        hpi_free(it->levels[i].sorted);
        hpi_free(it->levels[i].room);
    }
    hpi_free(it->stairs);
}

double hpi_volume(const double *gains, uint32_t count, uint32_t goal_count, uint64_t steps) {
    measure it = { .steps_left = steps };
    double  sum = NAN;
    if (count == 0) return 0;
    if (open_levels(&it, count, goal_count)) {
        for (uint32_t i = 0; i < count; i++)
            it.levels[goal_count].sorted[i] = gains + (size_t)i * goal_count;
        sum = volume(&it, goal_count, count);
    }
    close_levels(&it);
    return it.is_over ? NAN : sum;
}
