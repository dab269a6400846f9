/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_PRUNE_H
#define HPI_RUN_PRUNE_H

/* Trials that are stopped early because their reports are hopeless.
 *
 *     trial > decide > the pruner           at once, under a lock: a window, one thread, ask/tell
 *     trial > ring > the watch > the pruner ... > word > trial at its next report: all others
 *
 * The pruner hears of a trial's end when the strategy does, and of all its reports before. */

#include "pruner/pruner.h"
#include "run/run.h"

/* Before the strategy is opened. run->prune stays NULL if nobody is to be stopped. */
hpt_status hpi_prune_open(hpt_run *run, hpt_err *err);
void       hpi_prune_close(hpt_run *run);
/* As new: for a new way through what a study holds. */
hpt_status hpi_prune_reopen(hpt_run *run, hpt_err *err);

const char *hpi_prune_name(const hpt_run *run); /* of the pruner there is */

/* What the strategy is told of brackets. */
void hpi_prune_brackets(const hpt_run *run, hpt_strategy_setup *setup);

/* Once it is known how many workers there are. */
hpt_status hpi_prune_reserve(hpt_run *run, hpt_err *err);

/* A trial object, once. */
void hpi_prune_seat(hpt_run *run, hpt_trial *trial);

/* A report that the study file has, one value for each goal; any thread. One of which not all
 * values are known says nothing, as when it was made. */
void hpi_prune_told(void *run, uint64_t number, int64_t step, const double *values);
/* Holding the turn: the end of a trial, with its losses if there are any. */
void hpi_prune_ended(hpt_run *run, hpi_block *block, uint32_t index, const double *losses);

#endif
