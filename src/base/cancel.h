/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CANCEL_H
#define HPI_BASE_CANCEL_H

/* The switches that stop a run. Raising is one atomic operation, so that a signal handler may do
 * it; nobody has to be woken, because whoever sleeps waits for a trial that looks at the switch. */

#include "hpt/run.h"

/* A run has a switch of its own and perhaps one of the user's. */
typedef struct hpi_cancels {
    hpt_cancel        own;
    const hpt_cancel *users; /* or NULL */
} hpi_cancels;

/* The higher level of the two. Any thread; relaxed loads: the switch carries no data. */
hpt_cancel_level hpi_cancels_level(const hpi_cancels *cancels);

/* The level the user asked for by his own switch, without ours. */
hpt_cancel_level hpi_cancel_level(const hpt_cancel *cancel);

#endif
