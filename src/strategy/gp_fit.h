/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_FIT_H
#define HPI_STRATEGY_GP_FIT_H

/* Length scales, signal and noise of a Gaussian process as its observations say: the maximum a
 * posteriori (Rasmussen, Williams, 2006, equations 5.8 and 5.9), with the priors of Optuna 5. One
 * thread at a time. */

#include "strategy/gp_model.h"

typedef struct hpi_gp_fit {
    size_t  group_count; /* length scales; several dimensions may share one        */
    size_t *groups;      /* of each dimension                                      */
    bool    has_trend;
    double  noise_least;
    double *low, *high;   /* of log(1 / length scale^2) of each group, log(signal), log(noise) */
    double *start, *best; /* as many                                               */
    double *room;         /* hpi_climb_room()                                       */
    double *memory;       /* three rows of observations                             */
    size_t  memory_count;
} hpi_gp_fit;

bool hpi_gp_fit_init(hpi_gp_fit *fit, size_t dim_count, size_t number_count);
void hpi_gp_fit_fini(hpi_gp_fit *fit);
bool hpi_gp_fit_reserve(hpi_gp_fit *fit, size_t observations);

/* Fit, starting from where theta is, and if `is_fresh` from the beginning too, with at most
 * call_max factorisations from each. Afterwards the model is factorised and solved. Returns the
 * logarithm of the posterior, a constant left out. */
double hpi_gp_fit_theta(hpi_gp_fit *fit, hpi_gp_model *model, bool is_fresh, size_t call_max);

#endif
