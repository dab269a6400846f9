/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_MARGIN_H
#define HPI_STRATEGY_MARGIN_H

/* CMA-ES with margin (Hamano, Saito, Nomura, Shirakawa, GECCO 2022): numbers with cells (integers,
 * ordered lists, steps) keep a chance of at least alpha to leave the cell that the mean lies in, so
 * that the search does not freeze at one value. One thread at a time. */

#include "strategy/cma.h"
#include "strategy/searched.h"

/* Correct mean and scale of every number with cells, after each generation. `alpha` below 1/4; the
 * paper's is 1 / (lambda d). */
void hpi_margin_keep(hpi_cma *cma, const hpi_searched *searched, double alpha);

#endif
