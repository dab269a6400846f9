/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/local_start.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Squares of values, and of values over squares of small steps, must not overflow. */
static const double value_max = 1e100;

enum { ROOM_AT_FIRST = 32 };

/* Whether different numbers may mean one point. */
static bool is_coarse(const hpi_searched *searched) {
    bool has_cells = searched->repair.search != NULL;
    for (size_t j = 0; j < searched->number_count; j++)
        has_cells |= searched->numbers[j].has_cells;
    return has_cells;
}

static bool make_room(hpi_start *start) {
    if (start->count < start->room) return true;
    size_t  room = start->room ? 2 * start->room : ROOM_AT_FIRST;
    double *x = hpi_resize(start->x, room, (start->width + 1) * sizeof *x);
    if (!x) return false;
    start->x = x;
    double *values = hpi_resize(start->values, room, sizeof *values);
    if (!values) return false;
    start->values = values;
    start->room = room;
    return true;
}

bool hpi_start_init(hpi_start *start, const hpi_searched *searched) {
    size_t d = searched->number_count;
    *start = (hpi_start){ .width = is_coarse(searched) ? 2 * d : d };
    start->origin = hpi_alloc(3 * d + 1, sizeof *start->origin);
    start->scratch = start->origin ? start->origin + d : NULL;
    start->ahead = start->origin ? start->scratch + d : NULL;
    start->choices = hpi_alloc(searched->category_count + 1, sizeof *start->choices);
    hpi_start_clear(start);
    if (start->origin && start->choices && make_room(start)) return true;
    hpi_start_fini(start);
    return false;
}

void hpi_start_clear(hpi_start *start) {
    start->count = start->best_index = 0;
    start->waiting = start->cancelled = 0;
    start->best = INFINITY;
    start->worst = -INFINITY;
}

void hpi_start_fini(hpi_start *start) {
    hpi_free(start->origin);
    hpi_free(start->choices);
    hpi_free(start->x);
    hpi_free(start->values);
    *start = (hpi_start){ 0 };
}

/* ---- One replay ---- */

typedef struct replay {
    hpi_start          *start;
    const hpi_searched *searched;
    hpt_coord          *point; /* the one to evaluate                                     */
    size_t              index; /* values it was given                                     */
    double              guess; /* for those in flight                                     */
    bool                is_full, is_out_of_memory;
} replay;

/* The value of the same point, from before. */
static bool find_value(const hpi_start *start, const double *snapped, double *value_out) {
    size_t d = start->width / 2;
    for (size_t i = 0; i < start->count; i++)
        if (memcmp(start->x + i * start->width + d, snapped, d * sizeof *snapped) == 0) {
            *value_out = start->values[i];
            return true;
        }
    return false;
}

/* A place without a value. True: it means a point that has one. */
static bool is_known(replay *of, const double *x) {
    hpi_start          *start = of->start;
    const hpi_searched *searched = of->searched;
    size_t              d = searched->number_count;
    if (start->count >= start->count_max) {
        of->is_full = true;
        return false;
    }
    if (!make_room(start)) {
        of->is_out_of_memory = true;
        return false;
    }
    double *kept = start->x + start->count * start->width;
    memcpy(kept, x, d * sizeof *kept);
    hpi_searched_point(searched, x, start->choices, of->point);
    hpi_repair_point(&searched->repair, of->point);
    if (start->width == d) return false;
    hpi_searched_numbers(searched, of->point, kept + d);
    return find_value(start, kept + d, &start->values[start->count]);
}

/* A method that asks for another point than last time, after the same values, is at its end: no
 * such method is known. */
static bool value_at(void *context, const double *x, double *value_out) {
    replay    *of = context;
    hpi_start *start = of->start;
    size_t     bytes = of->searched->number_count * sizeof *x;
    if (of->index < start->count) {
        of->is_full = memcmp(start->x + of->index * start->width, x, bytes) != 0;
        if (of->is_full) return false;
    } else {
        if (!is_known(of, x)) return false;
        start->count++;
    }
    *value_out = start->values[of->index++];
    if (isnan(*value_out)) *value_out = of->guess;
    return true;
}

static hpi_next replay_with(hpi_start *start, const hpi_searched *searched, double guess,
                            hpt_coord *point_out) {
    replay of = { .start = start, .searched = searched, .point = point_out, .guess = guess };
    hpi_local_call call = { .method = start->method,
                            .d = searched->number_count,
                            .origin = start->origin,
                            .room = start->scratch,
                            .step = start->step,
                            .tolerance = start->tolerance,
                            .count_max = (int)start->count_max + 1,
                            .value = value_at,
                            .context = &of };
    hpi_local_end  end = hpi_local_run(&call);
    if (end == HPI_LOCAL_NO_MEMORY || of.is_out_of_memory) return HPI_NEXT_NO_MEMORY;
    /* A search that asks for nothing would have others begin for ever. */
    bool is_first = start->count == 0 && end == HPI_LOCAL_ENDED;
    if (is_first && is_known(&of, start->origin)) return HPI_NEXT_ENDS;
    return is_first || (end == HPI_LOCAL_STOPPED && !of.is_full) ? HPI_NEXT_ASKS : HPI_NEXT_ENDS;
}

/* One that was cancelled. */
static bool ask_again(hpi_start *start, const hpi_searched *searched, hpt_coord *point_out,
                      size_t *index_out) {
    for (size_t i = 0; start->cancelled > 0 && i < start->count; i++) {
        if (!isinf(start->values[i])) continue;
        hpi_searched_point(searched, start->x + i * start->width, start->choices, point_out);
        hpi_repair_point(&searched->repair, point_out);
        start->values[i] = NAN;
        start->cancelled--;
        start->waiting++;
        *index_out = i;
        return true;
    }
    return false;
}

/* With trials in flight: the next point, if it is the same whether they turn out worse than all
 * others or better. */
static hpi_next look_ahead(hpi_start *start, const hpi_searched *searched, hpt_coord *point_out) {
    size_t   bytes = searched->number_count * sizeof(double), count = start->count;
    bool     has_best = start->best < INFINITY;
    double   apart = has_best ? start->worst - start->best + 1 : 1;
    hpi_next next =
        replay_with(start, searched, has_best ? start->worst + apart : apart, point_out);
    bool is_certain = next == HPI_NEXT_ASKS && start->count == count;
    start->count = count;
    if (next == HPI_NEXT_NO_MEMORY) return next;
    if (!is_certain) return HPI_NEXT_WAITS;
    double *kept = start->x + count * start->width;
    memcpy(start->ahead, kept, bytes);
    next = replay_with(start, searched, has_best ? start->best - apart : -apart, point_out);
    is_certain =
        next == HPI_NEXT_ASKS && start->count == count && memcmp(start->ahead, kept, bytes) == 0;
    start->count = count;
    if (next == HPI_NEXT_NO_MEMORY) return next;
    return is_certain ? HPI_NEXT_ASKS : HPI_NEXT_WAITS;
}

hpi_next hpi_start_next(hpi_start *start, const hpi_searched *searched, hpt_coord *point_out,
                        size_t *index_out) {
    if (ask_again(start, searched, point_out, index_out)) return HPI_NEXT_ASKS;
    hpi_next next = start->waiting > 0 ? look_ahead(start, searched, point_out)
                                       : replay_with(start, searched, 0, point_out);
    if (next != HPI_NEXT_ASKS) return next;
    *index_out = start->count;
    start->values[start->count++] = NAN;
    start->waiting++;
    return HPI_NEXT_ASKS;
}

/* Without a loss: as much worse than the worst as that is than the best. */
void hpi_start_tell(hpi_start *start, size_t index, double loss) {
    double value = fmin(fmax(loss, -value_max), value_max);
    if (loss < INFINITY) {
        if (value < start->best) start->best_index = index;
        start->best = fmin(start->best, value);
        start->worst = fmax(start->worst, value);
    } else if (start->best < INFINITY) {
        value = fmin(value_max, start->worst + (start->worst - start->best) + fabs(start->worst));
    }
    start->values[index] = value;
    start->waiting--;
}

void hpi_start_cancel(hpi_start *start, size_t index) {
    start->values[index] = INFINITY;
    start->waiting--;
    start->cancelled++;
}
