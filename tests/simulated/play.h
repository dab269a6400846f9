/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_PLAY_H
#define HPT_SIMULATED_PLAY_H

#include "ledger.h"

/* Run a scenario on a machine of its own, and hold it against all rules. The ledger is the
 * caller's. */
void play(const scenario *scene, ledger *book);

#endif
