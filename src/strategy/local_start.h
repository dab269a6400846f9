/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_LOCAL_START_H
#define HPI_STRATEGY_LOCAL_START_H

/* One local search: where it began, and the values it has got so far, in the order in which its
 * method asks for them. One thread at a time. */

#include "strategy/local_replay.h"
#include "strategy/searched.h"

typedef struct hpi_start {
    uint64_t         id;
    hpi_local_method method;
    double           step, tolerance;
    size_t           count_max;
    double          *origin; /* d numbers                                                       */
    double          *scratch, *ahead; /* likewise                                                */
    uint32_t        *choices; /* of the categories, the same for all its trials                  */
    double          *x;       /* of each value: d numbers, and if the space has cells or
                                 constraints d more, those of the point that was evaluated       */
    double *values;           /* finite                                                          */
    size_t  width, count, room;
    size_t  waiting, cancelled; /* how many are in flight; are to be asked for again */
    double  best, worst;
    size_t  best_index; /* while best < INFINITY                                        */
} hpi_start;

/* False: out of memory, and nothing to fini. */
bool hpi_start_init(hpi_start *start, const hpi_searched *searched);
void hpi_start_fini(hpi_start *start);

/* Forget all values; to be set by the caller: what stands above `width`, origin and choices. */
void hpi_start_clear(hpi_start *start);

typedef enum hpi_next { HPI_NEXT_ASKS, HPI_NEXT_WAITS, HPI_NEXT_ENDS, HPI_NEXT_NO_MEMORY } hpi_next;

/* The point whose value it needs next, and the number of that value; it is then in flight. With
 * others in flight: if it is the same whatever comes of them, else HPI_NEXT_WAITS. Cost: what the
 * method computes for all the values there are; with others in flight twice that. */
hpi_next hpi_start_next(hpi_start *start, const hpi_searched *searched, hpt_coord *point_out,
                        size_t *index_out);

/* The value of a trial in flight: INFINITY if it has none. */
void hpi_start_tell(hpi_start *start, size_t index, double loss);

/* It was cancelled: it is the next one again. */
void hpi_start_cancel(hpi_start *start, size_t index);

#endif
