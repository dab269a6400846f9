/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_DRAW_H
#define HPI_STRATEGY_DRAW_H

/* A random point as a function of (seed, number, turn): what "random" draws, and others start with.
 * Pure: any thread. */

#include "hpt/extend.h"

/* Drawn so often until a point is valid, before something else is tried. */
enum { HPI_DRAWS_MAX = 256 };

/* Draw number `turn` of a trial. Parameter j takes word j of the trial's stream, also if it needs
 * none: a point changes only where the space does. */
void hpi_draw(const hpt_space *space, uint64_t seed, uint64_t number, uint64_t turn,
              hpt_coord *point_out);

/* The first draw that is valid. False: none was. */
bool hpi_draw_valid(const hpt_space *space, uint64_t seed, uint64_t number, hpt_coord *point_out);

#endif
