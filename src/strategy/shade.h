/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SHADE_H
#define HPI_STRATEGY_SHADE_H

/* How a differential evolution learns its own two parameters from what succeeded: the memory of
 * SHADE (Tanabe and Fukunaga, CEC 2013) with the weighted Lehmer means of L-SHADE (CEC 2014,
 * algorithm 1). One thread at a time. */

#include "hpt/base.h"

#include <stdbool.h>
#include <stddef.h>

enum { HPI_SHADE_CELLS_MAX = 100 };

/* An offspring that was better than its parent, and by how much. */
typedef struct hpi_success {
    double scale, rate, gain;
} hpi_success;

typedef struct hpi_shade {
    size_t cell_count, next;           /* cells are overwritten in turn                      */
    double scale[HPI_SHADE_CELLS_MAX]; /* M_F                                                */
    double rate[HPI_SHADE_CELLS_MAX];  /* M_CR; below 0: the terminal value, always rate 0    */
} hpi_shade;

void hpi_shade_init(hpi_shade *shade, size_t cell_count);

/* F and CR of a new offspring, from cell `cell`: a Cauchy and a normal number around what is
 * remembered. `units` are random numbers in (0, 1): one for the rate, then for as many tries at a
 * positive scale as there are. */
void hpi_shade_draw(const hpi_shade *shade, size_t cell, const double *units, size_t unit_count,
                    double *scale_out, double *rate_out);

/* A generation is over. Nothing is learnt without a success. */
void hpi_shade_learn(hpi_shade *shade, const hpi_success *successes, size_t count);

#endif
