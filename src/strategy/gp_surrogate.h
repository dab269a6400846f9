/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_SURROGATE_H
#define HPI_STRATEGY_GP_SURROGATE_H

/* A Gaussian process of some of the trials, kept up to date: what has not changed since the last
 * time is not computed again. One thread at a time. */

#include "strategy/gp_fit.h"
#include "strategy/gp_trials.h"

typedef struct hpi_gp_surrogate {
    hpi_gp_model model;
    hpi_gp_fit   fit;
    size_t      *chosen; /* trials in the model, in its order                          */
    size_t       chosen_count, room;
    double       bend; /* of the losses: gp_warp.h                                     */
    double       best; /* the least that the model believes of a point with a result   */
    double      *memory;
    uint64_t     trial_fitted, trial_refreshed; /* trials there were when theta was fitted,
                                                   and when from the beginning too     */
} hpi_gp_surrogate;

/* `is_local`: losses as they are, and a quadratic trend. Else: bent, and none. */
bool hpi_gp_surrogate_init(hpi_gp_surrogate *it, size_t dim_count, size_t number_count,
                           bool is_local);
void hpi_gp_surrogate_fini(hpi_gp_surrogate *it);
bool hpi_gp_surrogate_reserve(hpi_gp_surrogate *it, size_t trials, size_t flights);

/* The model of these trials. Theta is fitted again as soon as, per trial, that takes no more than
 * some million multiplications. */
void hpi_gp_surrogate_learn(hpi_gp_surrogate *it, const hpi_gp_trials *trials, const size_t *chosen,
                            size_t count);

/* Believe that the newest trials in flight, at most `most`, end as predicted (kriging believer:
 * Ginsbourger, Le Riche, Carraro, 2010); and that so did the newest odd ones, while there is room.
 */
void hpi_gp_surrogate_believe(hpi_gp_surrogate *it, const hpi_gp_trials *trials, size_t most);

#endif
