/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_HULL_H
#define HPI_SPACE_HULL_H

/* Inside this folder: what an expression may be while parameters are not decided yet, as a hull:
 * never too narrow, possibly too wide. A constraint whose hull has no way to hold rules out every
 * point of a box of the space at once; that is what makes searching for valid points fast. */

#include "space/expr.h"

enum {
    HPI_MAY_NUMBER = 1,
    HPI_MAY_TEXT = 2,
    HPI_MAY_NULL = 4,
    HPI_MAY_ABSENT = 8,
    HPI_MAY_BROKEN = 16,
};

typedef struct hpi_hull {
    double      lo, hi; /* NUMBER: from, to                              */
    const char *text;   /* TEXT: just this one; NULL: one of several     */
    uint8_t     may;
} hpi_hull;

typedef void hpi_hull_load(void *context, hpt_param param, hpi_hull *hull_out);

hpi_hull hpi_hull_eval(const hpi_expr *expr, hpi_hull_load *load, void *context);
hpi_hull hpi_hull_of(hpi_datum datum);
hpi_hull hpi_hull_join(hpi_hull a, hpi_hull b); /* of what is in one of both */

/* Whether it may be true; whether it may be anything else. */
bool hpi_hull_may_be_true(hpi_hull hull);
bool hpi_hull_may_be_untrue(hpi_hull hull);

#endif
