/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_WARP_H
#define HPI_STRATEGY_GP_WARP_H

/* Losses as a Gaussian process likes them: mean 0, variance 1, and no few large ones that dwarf all
 * others. Pure functions: any thread. */

#include "strategy/gp_trials.h"

/* y = log(1 + (loss - least) / c), standardised, where c is `bend` times the median of loss -
 * least; INFINITY: y is linear in the loss. Failed trials get the worst y. `room`: count. Returns
 * the sum of log(dy / dloss) over the complete ones, to compare likelihoods by. */
double hpi_gp_warp(const hpi_gp_trials *trials, const size_t *chosen, size_t count, double bend,
                   double *y_out, double *room);

/* The value of this rank, from 0, when sorted; they change their order. */
double hpi_gp_select(double *values, size_t count, size_t rank);

#endif
