/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_API_REPLAY_H
#define HPI_API_REPLAY_H

/* What the environment asks of a run: replay_asked.c. */

#include "hpt/run.h"

/* Whether these options name the study that HPT_REPLAY does. */
bool hpi_replay_is_asked(const hpt_options *options);

/* Then: run its trial again, tell the command that asked, and never HPT_OK. */
hpt_status hpi_replay_asked(const hpt_space *space, hpt_objective objective, void *user,
                            const hpt_options *options, hpt_err *err);

#endif
