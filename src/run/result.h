/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RESULT_H
#define HPI_RUN_RESULT_H

/* What is left of a run when it is over. Copies everything, so it may outlive the run. In two
 * steps: the memory before the run starts, so that no run ends in "out of memory" and loses what it
 * found. */

#include "run/run.h"

hpt_status hpi_result_reserve(const hpt_run *run, hpt_result **result_out, hpt_err *err);

/* The run is over: nobody holds the turn. */
void hpi_result_fill(hpt_result *result, const hpt_run *run);

#endif
