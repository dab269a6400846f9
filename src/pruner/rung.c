/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/rung.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "pruner/ahead.h"

enum { ROOM_FIRST = 16 };

void hpi_rung_fini(hpi_rung *rung) {
    hpi_free(rung->numbers);
    hpi_free(rung->losses);
    hpi_free(rung->gone_on);
    *rung = (hpi_rung){ 0 };
}

static size_t kept_of(const hpi_rung_kind *kind) {
    return kind->goal_count > 1 ? HPI_RUNG_KEPT_GOALS : HPI_RUNG_KEPT;
}

/* Some may still be asked for by trials that do not know the newest ones. */
static size_t needed_of(const hpi_rung_kind *kind) {
    return kept_of(kind) + kind->window;
}

static bool grow(hpi_rung *rung, const hpi_rung_kind *kind) {
    size_t    room = rung->room ? 2 * rung->room : ROOM_FIRST;
    uint64_t *numbers = hpi_resize(rung->numbers, room, sizeof *numbers);
    if (!numbers) return false;
    rung->numbers = numbers;
    double *losses = hpi_resize(rung->losses, room, kind->goal_count * sizeof *losses);
    if (!losses) return false;
    rung->losses = losses;
    bool *gone_on = hpi_resize(rung->gone_on, room, sizeof *gone_on);
    if (!gone_on) return false;
    rung->gone_on = gone_on;
    rung->room = room;
    return true;
}

/* In a block, so that each is moved once for each that is forgotten. */
static void forget(hpi_rung *rung, const hpi_rung_kind *kind) {
    size_t keep = needed_of(kind), from = rung->count - keep;
    memmove(rung->numbers, rung->numbers + from, keep * sizeof *rung->numbers);
    memmove(rung->losses, rung->losses + from * kind->goal_count,
            keep * kind->goal_count * sizeof *rung->losses);
    memmove(rung->gone_on, rung->gone_on + from, keep * sizeof *rung->gone_on);
    rung->count = keep;
}

bool hpi_rung_add(hpi_rung *rung, const hpi_rung_kind *kind, uint64_t number, const double *losses,
                  bool gone_on) {
    if (rung->count == rung->room) {
        if (rung->count >= 2 * needed_of(kind))
            forget(rung, kind);
        else if (!grow(rung, kind))
            return false;
    }
    rung->numbers[rung->count] = number;
    memcpy(rung->losses + rung->count * kind->goal_count, losses,
           kind->goal_count * sizeof *losses);
    rung->gone_on[rung->count] = gone_on;
    rung->count++;
    return true;
}

hpi_rung_view hpi_rung_see(const hpi_rung *rung, const hpi_rung_kind *kind, uint64_t known_below) {
    size_t end = rung->count, kept = kept_of(kind);
    while (end > 0 && rung->numbers[end - 1] >= known_below)
        end--;
    size_t from = end > kept ? end - kept : 0;
    return (hpi_rung_view){ .losses = end > from ? rung->losses + from * kind->goal_count : NULL,
                            .gone_on = end > from ? rung->gone_on + from : NULL,
                            .count = end - from,
                            .goal_count = kind->goal_count };
}

static size_t count_below(const hpi_rung_view *view, double loss) {
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        count += view->losses[i] < loss;
    return count;
}

static size_t count_equal(const hpi_rung_view *view, double loss) {
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        count += view->losses[i] == loss;
    return count;
}

size_t hpi_rung_ahead(const hpi_rung_view *view, const double *losses) {
    if (view->goal_count > 1) return hpi_ahead(view->losses, view->count, view->goal_count, losses);
    return count_below(view, losses[0]);
}

size_t hpi_rung_gone_on(const hpi_rung_view *view) {
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        count += view->gone_on[i];
    return count;
}

/* The greatest below a loss, and the least above it. */
static double before(const hpi_rung_view *view, double loss) {
    double most = -INFINITY;
    for (size_t i = 0; i < view->count; i++)
        if (view->losses[i] < loss && view->losses[i] > most) most = view->losses[i];
    return most;
}

static double behind(const hpi_rung_view *view, double loss) {
    double least = INFINITY;
    for (size_t i = 0; i < view->count; i++)
        if (view->losses[i] > loss && view->losses[i] < least) least = view->losses[i];
    return least;
}

/* Nearly always the loss lies on one side of both neighbours of the percentile, and to count is
 * enough. Else each of them is beside the loss, or equal to it. */
bool hpi_rung_is_above(const hpi_rung_view *view, double loss, double percentile) {
    double index = (double)(view->count - 1) * percentile / 100;
    size_t low = (size_t)index, high = low + 1 < view->count ? low + 1 : low;
    double share = index - (double)low;
    size_t below = count_below(view, loss), up_to = below + count_equal(view, loss);
    if (below > high) return true;
    if (up_to <= low) return false;
    double a = low < below ? before(view, loss) : loss;
    double b = high < below ? before(view, loss) : high < up_to ? loss : behind(view, loss);
    double limit = share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
    return loss > (share > 0 ? limit : a); /* false when it is NaN, between infinite neighbours */
}
