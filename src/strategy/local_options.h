/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_LOCAL_OPTIONS_H
#define HPI_STRATEGY_LOCAL_OPTIONS_H

/* The options of the strategy local, which are told of also where NLopt is left out. They are at
 * the beginning of its state. */

#include "hpt/extend.h"
#include "strategy/local_replay.h"

enum { HPI_LOCAL_ALTERNATE = HPI_LOCAL_METHOD_COUNT };

typedef struct hpi_local_options {
    int32_t algorithm; /* hpi_local_method, or HPI_LOCAL_ALTERNATE */
    int64_t evaluations;
    double  step, perturbation, tolerance;
} hpi_local_options;

extern const hpt_option hpi_local_rows[];

#endif
