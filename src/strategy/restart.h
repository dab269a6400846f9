/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_RESTART_H
#define HPI_STRATEGY_RESTART_H

/* When a CMA-ES has nothing left to find where it is, and how it begins anew. Criteria as in
 * Hansen's tutorial, appendix B.3, with the limits of pycma 4. IPOP: Auger and Hansen, CEC 2005.
 * BIPOP: Hansen, GECCO workshop on BBOB, 2009. One thread at a time. */

#include "strategy/cma.h"

typedef enum hpi_restarts { HPI_RESTARTS_BIPOP, HPI_RESTARTS_IPOP, HPI_RESTARTS_NONE } hpi_restarts;

typedef struct hpi_restart {
    hpi_restarts kind;
    size_t       lambda_first, lambda_max;
    double       sigma_first;

    /* Of all runs. */
    uint64_t run;          /* number of the one under way                           */
    size_t   large_lambda; /* of the last run with a larger population              */
    uint64_t spent[2];     /* evaluations of small and of large runs                */
    bool     is_large;     /* the run under way                                     */
    double   spread;       /* largest difference of losses that was seen            */

    /* Of the run under way. */
    size_t  lambda;
    double  sigma;
    size_t  generation, generation_max;
    double *bests; /* of the latest generations, a ring                            */
    size_t  best_room, best_count;
} hpi_restart;

/* `d` counts all dimensions. Fails only with HPT_ENOMEM. The first run is ready to go. */
hpt_status hpi_restart_init(hpi_restart *restart, hpi_restarts kind, size_t d, size_t lambda,
                            double sigma, hpt_err *err);
void       hpi_restart_fini(hpi_restart *restart);

/* A generation was learnt: its first and last loss. True: it is time to begin anew. */
bool hpi_restart_is_due(hpi_restart *restart, const hpi_cma *cma, double best, double worst);

/* Choose lambda and sigma of the next run; `units` are two random numbers in [0, 1). */
void hpi_restart_next(hpi_restart *restart, size_t d, const double units[2]);

#endif
