/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/front.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"

/* Memory. */

/* On failure some parts have grown, and nothing has changed for who looks at `room`. */
static bool grow(hpi_front *front, uint32_t room) {
    void *order = hpi_resize(front->order, room, sizeof *front->order);
    if (order) front->order = order;
    void *trials = hpi_resize(front->trials, room, sizeof *front->trials);
    if (trials) front->trials = trials;
    void *losses = hpi_resize(front->losses, (size_t)room * front->goal_count, sizeof(double));
    if (losses) front->losses = losses;
    void *points = hpi_resize(front->points, (size_t)room * front->dims, sizeof(hpt_coord));
    if (points) front->points = points;
    if (!order || !trials || !losses || !points) return false;
    for (uint32_t row = front->room; row < room; row++)
        front->order[row] = row;
    front->room = room;
    return true;
}

hpi_front *hpi_front_create(uint32_t goal_count, uint32_t dims) {
    hpi_front *front = hpi_alloc(1, sizeof *front);
    if (!front) return NULL;
    atomic_init(&front->holders, 1);
    front->goal_count = goal_count;
    front->dims = dims;
    if (grow(front, HPI_FRONT_FIRST)) return front;
    hpi_front_release(front);
    return NULL;
}

hpi_front *hpi_front_hold(hpi_front *front) {
    /* Relaxed: whoever takes one has one already. */
    if (front) atomic_fetch_add_explicit(&front->holders, 1, memory_order_relaxed);
    return front;
}

void hpi_front_release(hpi_front *front) {
    /* Both: what the other holders read happens before the last one frees. */
    if (!front || atomic_fetch_sub_explicit(&front->holders, 1, memory_order_acq_rel) != 1) return;
    hpi_free(front->order);
    hpi_free(front->trials);
    hpi_free(front->losses);
    hpi_free(front->points);
    hpi_free(front);
}

void hpi_front_clear(hpi_front *front) {
    front->count = 0;
    front->left_out = 0;
}

/* Order. */

/* As strcmp() does with texts. */
static int compare(const double *a, const double *b, uint32_t goal_count) {
    for (uint32_t i = 0; i < goal_count; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool is_at_most(const double *a, const double *b, uint32_t goal_count) {
    for (uint32_t i = 0; i < goal_count; i++)
        if (a[i] > b[i]) return false;
    return true;
}

/* How many members come before these losses. */
static uint32_t place_of(const hpi_front *front, const double *losses) {
    uint32_t low = 0, high = front->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(hpi_front_losses(front, middle), losses, front->goal_count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Only one that comes before it can be better. With two goals the last of those is the best of them
 * in the second. */
static bool is_dominated(const hpi_front *front, const double *losses, uint32_t place) {
    uint32_t least = front->goal_count == 2 && place > 0 ? place - 1 : 0;
    for (uint32_t i = place; i-- > least;)
        if (is_at_most(hpi_front_losses(front, i), losses, front->goal_count)) return true;
    return false;
}

/* Only one that comes behind it can be worse; with two goals these stand together. */
static void evict(hpi_front *front, const double *losses, uint32_t place) {
    uint32_t kept = place, *order = front->order;
    bool     may_follow = true;
    for (uint32_t i = place; i < front->count; i++) {
        may_follow = may_follow && (front->goal_count > 2 || kept == place);
        if (!may_follow && kept == i) return; /* none goes */
        if (may_follow && is_at_most(losses, hpi_front_losses(front, i), front->goal_count))
            continue;
        uint32_t row = order[kept]; /* of one that goes, or its own */
        order[kept++] = order[i];
        order[i] = row;
    }
    front->count = kept;
}

/* Room for one more at a place. The first member must be the best in the first goal whatever it
 * costs: when there is no room it takes the place of the one that was. */
static bool make_room(hpi_front *front, uint32_t place) {
    if (front->count < front->room) return true;
    uint32_t wish = 2 * front->room;
    if (wish <= HPI_FRONT_MAX && grow(front, wish)) return true;
    front->left_out++;
    if (place > 0) return false;
    uint32_t row = front->order[0];
    front->count--;
    memmove(front->order, front->order + 1, front->count * sizeof row);
    front->order[front->count] = row;
    return true;
}

static void put(hpi_front *front, uint32_t place, uint64_t trial, const double *losses,
                const hpt_coord *point) {
    uint32_t row = front->order[front->count];
    memmove(front->order + place + 1, front->order + place, (front->count - place) * sizeof row);
    front->order[place] = row;
    front->count++;
    front->trials[row] = trial;
    memcpy(front->losses + (size_t)row * front->goal_count, losses,
           front->goal_count * sizeof *losses);
    memcpy(front->points + (size_t)row * front->dims, point, front->dims * sizeof *point);
}

bool hpi_front_add(hpi_front *front, uint64_t trial, const double *losses, const hpt_coord *point) {
    uint32_t place = place_of(front, losses);
    bool     is_there = place < front->count &&
                    compare(hpi_front_losses(front, place), losses, front->goal_count) == 0;
    if (is_there && hpi_front_trial(front, place) <= trial) return false;
    if (!is_there && is_dominated(front, losses, place)) return false;
    evict(front, losses, place); /* also one with the same losses */
    if (!make_room(front, place)) return false;
    put(front, place, trial, losses, point);
    return true;
}
