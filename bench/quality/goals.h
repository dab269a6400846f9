/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_GOALS_H
#define HPT_BENCH_QUALITY_GOALS_H

/* What figures stand beside: targets, and what peers reached on the same functions
 * (quality/peers.csv: 10 seeds, Optuna's GP 2, instance 1 of the COCO suite). */

#include "plan.h"

/* The ratio to random that a strategy is to reach in `dim` dimensions; 0 = none is set. */
double quality_target(const char *strategy, int dim, int budget);

/* A peer's median over seeds of f - f_opt; NaN where it was not measured. Peers count from 0. */
double      quality_peer_median(int peer, int function, int dim, int budget);
const char *quality_peer_name(int peer); /* NULL: there are no more */

#endif
