/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_AXIS_H
#define HPI_STRATEGY_AXIS_H

/* One axis of a grid: which values of a parameter, and in which order. Immutable after init: any
 * thread. */

#include "hpt/extend.h"

typedef enum hpi_axis_kind {
    HPI_AXIS_CHOICES,     /* every value the parameter has               */
    HPI_AXIS_REAL,        /* points spread over a real range             */
    HPI_AXIS_REAL_LOG,    /* the same, in the logarithm                  */
    HPI_AXIS_INTEGER,     /* different integers spread over a range      */
    HPI_AXIS_INTEGER_LOG, /* the same, in the logarithm                  */
} hpi_axis_kind;

typedef struct hpi_axis {
    hpi_axis_kind kind;
    uint64_t      size; /* how many values, at least 1 */
    union {
        struct {
            double min, max;
        } real;
        struct {
            int64_t  min;
            uint64_t span;        /* max - min                                                */
            uint64_t consecutive; /* LOG: values in a row at the start, where the logarithm is
                                    denser than the integers                                */
        } integer;
    } of;
} hpi_axis;

/* points: how many values of a range without step; 0 = the user did not say. Fails when that is
 * needed, or cannot be had; never with HPT_ENOMEM. */
hpt_status hpi_axis_init(hpi_axis *axis, const hpt_space *space, hpt_param param, uint64_t points,
                         hpt_err *err);

/* Value number `index` < axis->size; they rise with the index. */
hpt_coord hpi_axis_value(const hpi_axis *axis, const hpt_space *space, hpt_param param,
                         uint64_t index);

#endif
