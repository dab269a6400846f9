/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_HILL_H
#define HPI_STRATEGY_HILL_H

/* Descent among points that can be counted: from a point to a better one that differs from it in
 * one value, until there is none; then again from elsewhere. Points that were evaluated are never
 * proposed. One thread at a time. */

#include "strategy/seen.h"

typedef struct hpi_hill {
    const hpt_space *space; /* borrowed, as is `seen`                                       */
    hpi_seen        *seen;
    uint64_t         seed;
    size_t           width;  /* coordinates of a point                                       */
    hpt_param       *params; /* with two values or more, and finitely many                  */
    size_t           param_count;
    hpt_coord       *current, *best, *drawn; /* points; current while loss < INFINITY        */
    double           loss, best_loss;
    uint64_t         first; /* random trials before the first descent                     */
    uint64_t         asked, told;
    uint64_t         descent; /* how many there were                                        */
    uint64_t         since;   /* trials before this number do not begin one                 */
} hpi_hill;

/* HPT_ENOMEM. `first`: random trials before the first descent. */
hpt_status hpi_hill_init(hpi_hill *hill, const hpt_space *space, hpi_seen *seen, uint64_t seed,
                         uint64_t first, hpt_err *err);
void       hpi_hill_fini(hpi_hill *hill);

/* A point to evaluate: new, and valid, as far as one could be found. Cost: some ten nanoseconds for
 * each value of each parameter, or its logarithm if there are many. */
void hpi_hill_ask(hpi_hill *hill, uint64_t number, hpt_coord *point_out);

/* A trial that ended. `is_own`: hpi_hill_ask() was asked for it. */
void hpi_hill_tell(hpi_hill *hill, const hpt_outcome *outcome, bool is_own);

/* How many points differ from one in one value, at most. */
uint64_t hpi_hill_neighbours(const hpt_space *space);

#endif
