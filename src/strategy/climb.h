/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_CLIMB_H
#define HPI_STRATEGY_CLIMB_H

/* The nearest minimum of a smooth function within a box, by a limited-memory quasi-Newton method:
 * the two-loop recursion of Nocedal (Mathematics of Computation 35, 1980) in the dimensions that
 * are not held by a bound, and a line search that is projected onto the box (Bertsekas, SIAM
 * Journal on Control and Optimization 20(2), 1982). One thread at a time. */

#include <stdbool.h>
#include <stddef.h>

/* The value at x, and its gradient. INFINITY or NaN: not here. */
typedef double hpi_climb_function(void *user, const double *x, double *gradient_out);

typedef struct hpi_climb {
    size_t              dim_count;
    const double       *low, *high;
    hpi_climb_function *function;
    void               *user;
    size_t              call_max;  /* of the function                                       */
    double              tolerance; /* stop when no gain within this is to be expected       */
    double              step_max;  /* of one iteration, in each dimension; 0 = any          */
    double             *room;      /* hpi_climb_room(dim_count)                             */
} hpi_climb;

size_t hpi_climb_room(size_t dim_count);

/* Go down from x, which lies in the box, in place. Returns the value there. */
double hpi_climb_down(const hpi_climb *climb, double *x);

#endif
