/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_SIM_H
#define HPT_BENCH_SIM_H

/* What the two halves of bench_sim share: strategies that propose the same points, asked for in
 * different ways, whose hooks do as little as hooks can. */

#include <hpt/extend.h>
#include <hpt/hpt.h>

#include <stdio.h>

typedef enum sim_strategy { SIM_PURE, SIM_ANY, SIM_STRICT, SIM_STRATEGY_COUNT } sim_strategy;

extern const hpt_strategy_class sim_strategies[SIM_STRATEGY_COUNT];

/* Real threads against the simulation, where there are cores to run them. */
void sim_against_threads(FILE *csv);

#endif
