/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_REGION_H
#define HPI_STRATEGY_GP_REGION_H

/* A box around the best trial in which a model of the trials next to it is trusted: it grows while
 * that leads to better trials, and shrinks when it does not (Eriksson and others, "Scalable Global
 * Optimization via Local Bayesian Optimization", NeurIPS 2019, section 2). One thread at a time. */

#include "strategy/gp_surrogate.h"

typedef struct hpi_gp_region {
    double side; /* of the box, in parts of the range; 0: not used so far              */
    double best; /* the loss there was at the last ask                                 */
    int    successes, failures;
} hpi_gp_region;

/* How the last ask went. */
void hpi_gp_region_adapt(hpi_gp_region *region, const hpi_gp_trials *trials);

/* The trials next to the best one, at most `most`, in the order they were told. `room`: twice as
 * many as there are trials. Lists: two different choices are 1 apart. */
size_t hpi_gp_region_choose(const hpi_gp_trials *trials, size_t number_count, size_t most,
                            double *room, size_t *chosen_out);

/* The trend's centre is the best trial; it reaches as far as the chosen ones lie. */
void hpi_gp_region_aim(const hpi_gp_trials *trials, const size_t *chosen, size_t count,
                       hpi_gp_model *model);

/* Where the box ends; longer along dimensions with a longer length scale. */
void hpi_gp_region_box(const hpi_gp_region *region, const hpi_gp_model *model, const double *centre,
                       double *low_out, double *high_out);

#endif
