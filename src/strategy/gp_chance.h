/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_CHANCE_H
#define HPI_STRATEGY_GP_CHANCE_H

/* How likely it is where that a trial does not fail: a Gaussian process of marks, one for trials
 * that failed and one for the others, and on which side of their mean it lies (Rasmussen, Williams,
 * "Gaussian Processes for Machine Learning", 2006, section 6.5: least-squares classification). So
 * where nothing is known one is as likely as the other. Improvement is worth what it is times a
 * power of that chance (the chance itself: Gelbart, Snoek, Adams, "Bayesian Optimization with
 * Unknown Constraints", UAI 2014). One thread at a time. */

#include "strategy/gp_surrogate.h"

typedef struct hpi_gp_chance {
    hpi_gp_trials    marks; /* as trials with losses: 1 for one that failed, else 0 */
    hpi_gp_surrogate surrogate;
    size_t           failed_count, room;
    size_t          *chosen;
} hpi_gp_chance;

/* Fails only for want of memory; fini is called all the same. */
bool hpi_gp_chance_init(hpi_gp_chance *it, size_t width, size_t number_count);
void hpi_gp_chance_fini(hpi_gp_chance *it);

/* Room for one more trial beside `flights` ones, of which a model has `most`. False: out of memory.
 */
bool hpi_gp_chance_reserve(hpi_gp_chance *it, size_t flights, size_t most);

/* One that ended, after reserve. */
void hpi_gp_chance_tell(hpi_gp_chance *it, const double *x, bool has_failed);

/* Whether there is anything to model, of at most so many trials; if so it is. */
bool hpi_gp_chance_learn(hpi_gp_chance *it, size_t most);

/* What the logarithm of an improvement changes by, where the model believes that: a multiple of log
 * P(it does not fail). slope_out, unless it is NULL: by minus mean / deviation. */
double hpi_gp_chance_log(const hpi_gp_chance *it, hpi_gp_belief belief, double *slope_out);

/* The same where x is, with what to add to the slopes by each number. `room`: 2 (width + 1). */
double hpi_gp_chance_slope(const hpi_gp_chance *it, const double *x, double *room,
                           double *slopes_out);

#endif
