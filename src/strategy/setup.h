/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SETUP_H
#define HPI_STRATEGY_SETUP_H

/* What several strategies check in their setup. Any thread. */

#include "hpt/extend.h"

/* For a strategy that makes its points itself: nothing is wrong with points of the user's. */
hpt_status hpi_setup_without_points(const hpt_strategy_setup *setup, const char *name,
                                    hpt_err *err);

#endif
