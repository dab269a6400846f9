/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/directions.h"

#include <math.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

/* Ways to share `divisions` among the goals: (goals + divisions - 1) over divisions. */
static size_t lattice_count(size_t goal_count, size_t divisions) {
    double count = 1;
    for (size_t i = 1; i <= divisions; i++)
        count = round(count * (double)(goal_count + i - 1) / (double)i);
    return count < 1e9 ? (size_t)count : SIZE_MAX;
}

/* With fewer divisions than goals all points of the lattice lie on its edge. */
static size_t inner_divisions(size_t goal_count, size_t divisions) {
    return divisions < goal_count ? divisions - 1 : SIZE_MAX;
}

size_t hpi_directions_count(size_t goal_count, size_t divisions) {
    size_t inner = inner_divisions(goal_count, divisions);
    size_t count = lattice_count(goal_count, divisions);
    if (inner == SIZE_MAX || count == SIZE_MAX || goal_count == 1) return count;
    return count + lattice_count(goal_count, inner);
}

size_t hpi_directions_fit(size_t goal_count, size_t most) {
    size_t divisions = 1;
    while (goal_count > 1 && divisions < 100 &&
           hpi_directions_count(goal_count, divisions + 1) <= most)
        divisions++;
    return divisions;
}

static void scale_to_one(double *unit, size_t goal_count) {
    double sum = 0;
    for (size_t goal = 0; goal < goal_count; goal++)
        sum += unit[goal] * unit[goal];
    for (size_t goal = 0; goal < goal_count; goal++)
        unit[goal] /= sqrt(sum);
}

/* The next way to share the steps: what the last goal has goes to the one behind the last that has
 * some, with one step of that one's. */
static void next_share(size_t *steps, size_t goal_count) {
    size_t last = goal_count - 1, rest = steps[last], from = last;
    while (from > 0 && steps[from - 1] == 0)
        from--;
    if (from == 0) return; /* that was all */
    steps[last] = 0;
    steps[from - 1]--;
    steps[from] = rest + 1;
}

/* All points whose coordinates are parts of 1 in `divisions` steps, half-way to the middle if they
 * are the inner ones. Returns what follows them; NULL: out of memory. */
static double *add_lattice(double *to, size_t goal_count, size_t divisions, bool is_inner) {
    size_t  count = lattice_count(goal_count, divisions);
    size_t *steps = hpi_alloc(goal_count, sizeof *steps);
    double  middle = 1 / (double)goal_count;
    if (!steps) return NULL;
    steps[0] = divisions;
    for (size_t point = 0; point < count; point++, to += goal_count) {
        for (size_t goal = 0; goal < goal_count; goal++) {
            to[goal] = divisions ? (double)steps[goal] / (double)divisions : middle;
            if (is_inner) to[goal] = (to[goal] + middle) / 2;
        }
        scale_to_one(to, goal_count);
        next_share(steps, goal_count);
    }
    hpi_free(steps);
    return to;
}

hpt_status hpi_directions_init(hpi_directions *directions, size_t goal_count, size_t divisions,
                               hpt_err *err) {
    size_t inner = inner_divisions(goal_count, divisions);
    *directions = (hpi_directions){ .goal_count = goal_count };
    directions->count = hpi_directions_count(goal_count, divisions);
    directions->units = hpi_alloc(directions->count, goal_count * sizeof *directions->units);
    double *to = directions->units;
    if (to) to = add_lattice(to, goal_count, divisions, false);
    if (to && inner != SIZE_MAX && goal_count > 1) to = add_lattice(to, goal_count, inner, true);
    if (to) return HPT_OK;
    hpi_directions_fini(directions);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for reference directions");
}

void hpi_directions_fini(hpi_directions *directions) {
    hpi_free(directions->units);
    *directions = (hpi_directions){ 0 };
}

size_t hpi_directions_nearest(const hpi_directions *directions, const double *losses,
                              double *along_out, double *off_out) {
    size_t goals = directions->goal_count, nearest = 0;
    double along = -1, length = 0;
    for (size_t i = 0; i < directions->count; i++) {
        const double *unit = directions->units + i * goals;
        double        sum = 0;
        for (size_t goal = 0; goal < goals; goal++)
            sum += losses[goal] * unit[goal];
        if (sum > along) along = sum, nearest = i;
    }
    for (size_t goal = 0; goal < goals; goal++)
        length += losses[goal] * losses[goal];
    *along_out = along;
    *off_out = sqrt(fmax(0, length - along * along));
    return nearest;
}
