/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_ACQUIRE_H
#define HPI_STRATEGY_GP_ACQUIRE_H

/* Where a Gaussian process expects most improvement: the logarithm of expected improvement (Jones,
 * Schonlau, Welch, Journal of Global Optimization 13, 1998, equation 15; the logarithm: Ament and
 * others, NeurIPS 2023, equation 9), at many random points, then from the best of them uphill. One
 * thread at a time. */

#include "strategy/gp_chance.h"
#include "strategy/searched.h"

/* log(phi(z) + z Phi(z)), to 1e-10 for z down to -1e100; and its slope, if wanted. */
double hpi_gp_log_improvement(double z, double *slope_out);

/* log Phi(z), likewise; the slope is phi(z) / Phi(z). */
double hpi_gp_log_below(double z, double *slope_out);

typedef bool hpi_gp_known(void *user, const double *x);

enum { HPI_GP_STARTS_MAX = 8 };

typedef struct hpi_gp_acquire {
    const hpi_searched  *searched;
    hpi_gp_model        *model;
    const hpi_gp_chance *chance;   /* not to fail; NULL: nothing fails                       */
    hpi_gp_known        *is_known; /* points not to be proposed                             */
    void                *user;
    double               best; /* to be improved on                                     */
    uint64_t             seed, number;
    const double        *centre;     /* where to look closely                                 */
    double              *low, *high; /* where to look, numbers                              */
    double              *starts;     /* STARTS_MAX points, best first                         */
    double               scores[HPI_GP_STARTS_MAX];
    size_t               start_count;
    bool                 has_rules; /* of the space: not every point is one               */
    hpt_coord           *point;
    uint32_t            *choices;
    size_t               repairs; /* that are left                                       */
    double              *copies, *lanes, *trial, *slopes, *more_slopes, *parts, *room;
    uint64_t             block; /* of random words that were used                           */
} hpi_gp_acquire;

bool hpi_gp_acquire_init(hpi_gp_acquire *it, const hpi_searched *searched);
void hpi_gp_acquire_fini(hpi_gp_acquire *it);

/* From coordinates to a point of the space, and back. */
void hpi_gp_write_point(const hpi_searched *searched, const double *x, uint32_t *choices_room,
                        hpt_coord *point_out);
void hpi_gp_read_point(const hpi_searched *searched, const hpt_coord *point, uint32_t *choices_room,
                       double *x_out);

/* The point that is best. `work`: multiplications that it may take, about. False: nothing but known
 * points was found. */
bool hpi_gp_acquire_best(hpi_gp_acquire *it, double work, double *x_out);

#endif
