/* SPDX-License-Identifier: BSD-3-Clause */

/* The volume that a point dominates alone is the box that it spans, less what the others dominate
 * inside that box: While, Bradstreet, Barone, IEEE TEC 16(1), 2012, equations 1 to 4 (WFG). */
#include "strategy/exclusive.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

hpt_status hpi_exclusive_init(hpi_exclusive *it, size_t goal_count, size_t room, hpt_err *err) {
    *it = (hpi_exclusive){ .goal_count = goal_count, .room = room };
    it->rows = hpi_alloc_room(room * room, goal_count * sizeof *it->rows);
    return it->rows ? HPT_OK : hpi_fail(err, HPT_ENOMEM, "out of memory for %zu points", room);
}

void hpi_exclusive_fini(hpi_exclusive *it) {
    hpi_free(it->rows);
    *it = (hpi_exclusive){ 0 };
}

static double box_of(const double *row, size_t goals) {
    double box = 1;
    for (size_t goal = 0; goal < goals; goal++)
        box *= row[goal];
    return box;
}

static bool is_at_most(const double *a, const double *b, size_t goals) {
    for (size_t goal = 0; goal < goals; goal++)
        if (a[goal] > b[goal]) return false;
    return true;
}

/* Row number `count` stays if none before it dominates it, and then those go that it dominates. */
static size_t keep(double *rows, size_t count, size_t goals) {
    const double *row = rows + count * goals;
    size_t        kept = 0;
    for (size_t i = 0; i < count; i++)
        if (is_at_most(row, rows + i * goals, goals)) return count;
    for (size_t i = 0; i <= count; i++) {
        if (i < count && is_at_most(rows + i * goals, row, goals)) continue;
        if (kept < i) memcpy(rows + kept * goals, rows + i * goals, goals * sizeof *rows);
        kept++;
    }
    return kept;
}

static double volume(hpi_exclusive *it, const double *rows, size_t count, size_t level);

/* What those from row `first` on dominate inside the box of row `which`. */
static double inside(hpi_exclusive *it, const double *rows, size_t count, size_t which,
                     size_t first, size_t level) {
    size_t  goals = it->goal_count, kept = 0;
    double *to = it->rows + level * it->room * goals;
    for (size_t i = first; i < count; i++) {
        if (i == which) continue;
        for (size_t goal = 0; goal < goals; goal++) {
            double a = rows[i * goals + goal], b = rows[which * goals + goal];
            to[kept * goals + goal] = a < b ? a : b;
        }
        kept = keep(to, kept, goals);
    }
    return volume(it, to, kept, level + 1);
}

/* Each level has at least one point less than the one before. */
static double volume(hpi_exclusive *it, const double *rows, size_t count, size_t level) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += box_of(rows + i * it->goal_count, it->goal_count);
        if (i + 1 < count) sum -= inside(it, rows, count, i, i + 1, level);
    }
    return sum;
}

void hpi_exclusive_find(hpi_exclusive *it, const double *gains, size_t count, double *volumes_out) {
    for (size_t i = 0; i < count; i++)
        volumes_out[i] =
            box_of(gains + i * it->goal_count, it->goal_count) - inside(it, gains, count, i, 0, 0);
}
