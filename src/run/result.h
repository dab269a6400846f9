/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RESULT_H
#define HPI_RUN_RESULT_H

/* What is left of a run when it is over. Copies everything, so it may outlive the run. */

#include "run/run.h"

/* The run is over: nobody holds the turn. */
hpt_status hpi_result_create(const hpt_run *run, hpt_result **result_out, hpt_err *err);

#endif
