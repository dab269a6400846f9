/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_LOCAL_REPLAY_H
#define HPI_STRATEGY_LOCAL_REPLAY_H

/* One call of NLopt in the unit cube: the one door to that library. It calls back for values, so a
 * strategy that is asked for points runs it from its beginning each time, with the values it has.
 * Uses no clock and no random numbers: the same values give the same points. One thread. */

#include <stdbool.h>
#include <stddef.h>

typedef enum hpi_local_method {
    HPI_LOCAL_BOBYQA,     /* Powell, Cambridge NA2009/06: at least 2 numbers                 */
    HPI_LOCAL_SBPLX,      /* Rowan's subplex (PhD thesis, Austin 1990), as NLopt's author did it */
    HPI_LOCAL_NELDERMEAD, /* Nelder, Mead, Computer Journal 7, 1965, with bounds (Box 1965)     */
    HPI_LOCAL_METHOD_COUNT
} hpi_local_method;

/* The value at `x`. False: stop, and do not ask again. */
typedef bool (*hpi_local_value)(void *context, const double *x, double *value_out);

typedef struct hpi_local_call {
    hpi_local_method method;
    size_t           d;         /* numbers                                                      */
    const double    *origin;    /* where to begin; within 0 and 1                               */
    double          *room;      /* for d numbers                                                */
    double           step;      /* the first one, in each number                                */
    double           tolerance; /* ends when steps are smaller                                  */
    int              count_max; /* ends after so many values                                    */
    hpi_local_value  value;
    void            *context;
} hpi_local_call;

typedef enum hpi_local_end {
    HPI_LOCAL_STOPPED, /* by `value`                                            */
    HPI_LOCAL_ENDED,   /* converged, at count_max, or at its wits' end          */
    HPI_LOCAL_NO_MEMORY
} hpi_local_end;

hpi_local_end hpi_local_run(const hpi_local_call *call);

#endif
