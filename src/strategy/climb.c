/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/climb.h"

#include <math.h>
#include <string.h>

enum { HISTORY = 8, HALVINGS = 12 };

/* Where the room goes. */
typedef struct state {
    double *gradient, *direction, *next, *next_gradient;
    double *steps, *changes; /* HISTORY of each           */
    double  curvature[HISTORY];
    size_t  count, newest; /* in the history              */
    size_t  calls;
} state;

size_t hpi_climb_room(size_t dim_count) {
    return (4 + 2 * HISTORY) * dim_count;
}

static state open_state(const hpi_climb *climb) {
    size_t d = climb->dim_count;
    return (state){ .gradient = climb->room,
                    .direction = climb->room + d,
                    .next = climb->room + 2 * d,
                    .next_gradient = climb->room + 3 * d,
                    .steps = climb->room + 4 * d,
                    .changes = climb->room + (4 + HISTORY) * d };
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(double *to, double factor, const double *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] += factor * from[i];
}

/* A bound holds a dimension whose gradient points out of the box. */
static bool is_held(const hpi_climb *climb, const state *it, const double *x, size_t j) {
    return (x[j] <= climb->low[j] && it->gradient[j] > 0) ||
           (x[j] >= climb->high[j] && it->gradient[j] < 0);
}

/* direction = -H gradient; in the held dimensions 0. */
static void find_direction(const hpi_climb *climb, state *it, const double *x) {
    size_t  d = climb->dim_count;
    double *to = it->direction, factors[HISTORY];
    for (size_t j = 0; j < d; j++)
        to[j] = is_held(climb, it, x, j) ? 0 : -it->gradient[j];
    for (size_t age = 0; age < it->count; age++) {
        size_t k = (it->newest + HISTORY - age) % HISTORY;
        factors[k] = dot(it->steps + k * d, to, d) / it->curvature[k];
        add(to, -factors[k], it->changes + k * d, d);
    }
    if (it->count > 0) {
        const double *change = it->changes + it->newest * d;
        double        scale = it->curvature[it->newest] / dot(change, change, d);
        for (size_t j = 0; j < d; j++)
            to[j] *= scale;
    }
    for (size_t age = it->count; age-- > 0;) {
        size_t k = (it->newest + HISTORY - age) % HISTORY;
        double back = dot(it->changes + k * d, to, d) / it->curvature[k];
        add(to, factors[k] - back, it->steps + k * d, d);
    }
    for (size_t j = 0; j < d; j++)
        if (is_held(climb, it, x, j)) to[j] = 0;
}

/* Down hill, and no dimension further than step_max; the slope along it, 0 if there is none. */
static double tame_direction(const hpi_climb *climb, state *it, const double *x) {
    size_t d = climb->dim_count;
    double slope = dot(it->direction, it->gradient, d), longest = 0;
    if (!(slope < 0)) { /* steepest descent, and forget */
        it->count = 0;
        find_direction(climb, it, x);
        slope = dot(it->direction, it->gradient, d);
        if (!(slope < 0)) return 0;
    }
    for (size_t j = 0; j < d; j++)
        longest = fmax(longest, fabs(it->direction[j]));
    double most = climb->step_max > 0 ? climb->step_max : longest;
    if (it->count == 0) most = fmin(most, 0.1 * (climb->step_max > 0 ? climb->step_max : 1));
    double scale = longest > most ? most / longest : 1;
    for (size_t j = 0; j < d; j++)
        it->direction[j] *= scale;
    return slope * scale;
}

static void remember(const hpi_climb *climb, state *it, const double *x) {
    size_t  d = climb->dim_count, k = (it->newest + 1) % HISTORY;
    double *step = it->steps + k * d, *change = it->changes + k * d;
    for (size_t j = 0; j < d; j++) {
        step[j] = it->next[j] - x[j];
        change[j] = it->next_gradient[j] - it->gradient[j];
    }
    double curvature = dot(step, change, d);
    if (!(curvature > 1e-10 * dot(change, change, d))) return;
    it->curvature[k] = curvature;
    it->newest = k;
    if (it->count < HISTORY) it->count++;
}

/* The value at the next point, or INFINITY: none is lower. */
static double search_line(const hpi_climb *climb, state *it, const double *x, double value,
                          double slope) {
    double length = 1;
    for (int turn = 0; turn < HALVINGS && it->calls < climb->call_max; turn++) {
        for (size_t j = 0; j < climb->dim_count; j++)
            it->next[j] =
                fmin(fmax(x[j] + length * it->direction[j], climb->low[j]), climb->high[j]);
        double found = climb->function(climb->user, it->next, it->next_gradient);
        it->calls++;
        if (found <= value + 1e-4 * length * slope) return found;
        double bend = found - value - length * slope; /* the parabola through what is known */
        double best = isfinite(bend) && bend > 0 ? -slope * length * length / (2 * bend) : 0;
        length = fmin(fmax(best, 0.1 * length), 0.5 * length);
    }
    return (double)INFINITY;
}

double hpi_climb_down(const hpi_climb *climb, double *x) {
    state  it = open_state(climb);
    size_t bytes = climb->dim_count * sizeof *x;
    double value = climb->function(climb->user, x, it.gradient);
    it.calls = 1;
    if (!isfinite(value)) return value;
    while (it.calls < climb->call_max) {
        find_direction(climb, &it, x);
        double slope = tame_direction(climb, &it, x);
        if (-slope <= climb->tolerance) break;
        double found = search_line(climb, &it, x, value, slope);
        if (!isfinite(found)) {
            if (it.count == 0) break;
            it.count = 0;
            continue;
        }
        remember(climb, &it, x);
        memcpy(x, it.next, bytes);
        memcpy(it.gradient, it.next_gradient, bytes);
        bool is_done = value - found <= climb->tolerance;
        value = found;
        if (is_done) break;
    }
    return value;
}
