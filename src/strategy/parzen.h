/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_PARZEN_H
#define HPI_STRATEGY_PARZEN_H

/* A Parzen estimator: a density over the unit cube as a mixture of one kernel for each observation
 * and a prior. Each kernel is a product of one-dimensional ones: truncated normal for reals, the
 * same integrated over a value's cell where values can be counted, and for lists without order the
 * observed value with a little of all others.
 *
 * Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011, section 4.2; the
 * product kernel: Falkner et al., "BOHB", ICML 2018, section 3.2; the bandwidths and weights:
 * Watanabe, "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components", 2023,
 * sections 3.2, 3.3.
 *
 * Kernels are added and removed one by one, and all that belongs to one alone is kept: a query
 * costs four floating-point operations per kernel and real parameter. Beyond `kernel_max`
 * observations a sample of them stands for all (parzen_thin.c). One thread at a time. */

#include "hpt/extend.h"

typedef enum hpi_parzen_kind {
    HPI_PARZEN_REAL,  /* anything in the range                          */
    HPI_PARZEN_CELLS, /* values in order, each a cell of the unit range */
    HPI_PARZEN_LIST   /* values without order: x is an index            */
} hpi_parzen_kind;

typedef struct hpi_parzen_axis {
    hpi_parzen_kind kind;
    hpt_param       param;
    double          choices, log_choices; /* of a list, and of even cells */
    bool            is_even;              /* cells: all as wide as each other */
} hpi_parzen_axis;

/* What all estimators of a search have in common; borrowed. */
typedef struct hpi_parzen_rule {
    const hpi_parzen_axis *axes;
    size_t                 axis_count;
    double                 prior_weight;
    bool                   magic_clip; /* bandwidths of at least range / min(100, kernels + 1)   */
    bool                   endpoints;  /* the outermost kernels reach to the ends of the range   */
    double                 focus;      /* draws are so much nearer to the kernels' middles       */
    uint32_t               kernel_max; /* at least HPI_PARZEN_RECENT + 2                         */
    uint64_t               seed;
} hpi_parzen_rule;

/* The newest so many observations count in full; the older, the less (Watanabe 2023, section 3.2.2:
 * "old decay"). */
enum { HPI_PARZEN_RECENT = 25 };

/* Less than the logarithm of any density. */
#define HPI_PARZEN_NEVER (-1e30F)

/* Arrays of one entry per slot, or per axis and slot (at axis * room + slot). A slot that is free
 * has weight 0 and harmless contents. */
typedef struct hpi_parzen {
    const hpi_parzen_rule *rule;
    uint32_t               room;      /* slots; a multiple of 8                        */
    uint32_t               used;      /* slots that are or were in use                 */
    uint32_t               count;     /* kernels                                       */
    uint64_t               total;     /* observations they stand for                   */
    double                 threshold; /* see parzen_thin.c; 0 = they are all           */
    bool                   is_stale;  /* all bandwidths must be worked out anew        */
    double                 weight_sum;
    uint32_t              *free; /* room - used + ... slots to use again          */
    uint32_t               free_count;
    uint64_t              *number;   /* of the trial; UINT64_MAX = free               */
    double                *rank;     /* among all observations, by number, from 1     */
    double                *priority; /* for the sample                                */
    float                 *weight;
    float                 *log_scale; /* base, as the sums need it                     */
    int64_t               *base;      /* sum of log_norm, in 2^-32: exact to update    */
    float                 *mean;      /* per axis from here on                         */
    float                 *cell;      /* width of the value's cell                     */
    float                 *sharp;     /* 1 / (sqrt(2) sigma)                           */
    float                 *log_norm;  /* -log(sigma) - log(part within [0, 1])         */
    float                 *below;     /* part of the untruncated kernel below 0        */
    float                 *within;    /* and within [0, 1]                             */
    uint32_t              *order;     /* slots by mean, then slot                      */
} hpi_parzen;

/* `x`: count points per axis, at axis * count + point. */
typedef struct hpi_parzen_points {
    size_t count;
    float *x;
} hpi_parzen_points;

void hpi_parzen_init(hpi_parzen *parzen, const hpi_parzen_rule *rule);
void hpi_parzen_fini(hpi_parzen *parzen);

/* Make room for `count` kernels in all (or kernel_max, if that is less). False: out of memory. */
bool hpi_parzen_reserve(hpi_parzen *parzen, size_t count);

/* Add the observation of a trial that is not there yet; there must be room. x: for each axis its
 * place in the unit range, or index of a list; then for each axis the width of its cell, 0 for
 * none. */
void hpi_parzen_add(hpi_parzen *parzen, uint64_t number, const float *x);

/* Remove a trial's observation, also if the sample has lost it already. */
void hpi_parzen_remove(hpi_parzen *parzen, uint64_t number);

/* Bring weights and bandwidths up to date, before the functions below. */
void hpi_parzen_prepare(hpi_parzen *parzen);

/* A component of the mixture for a uniform u in [0, 1): a slot, or `used` for the prior. */
uint32_t hpi_parzen_pick(const hpi_parzen *parzen, double u);

/* Coordinates along one axis, each from its component: x holds uniform numbers in (0, 1), and the
 * coordinates afterwards. `room`: 2 * count. */
void hpi_parzen_draw(const hpi_parzen *parzen, size_t axis, const uint32_t *slots, size_t count,
                     float *x, float *room);

/* Logarithm of the density at a point, all with the same constant left out. `room`: at least
 * hpi_parzen_score_room() floats. */
size_t hpi_parzen_score_room(const hpi_parzen *parzen);
float  hpi_parzen_score(const hpi_parzen *parzen, const hpi_parzen_points *points, size_t point,
                        float *room);

/* A lower bound of that: what the prior alone gives. */
float hpi_parzen_score_least(const hpi_parzen *parzen, const hpi_parzen_points *points,
                             size_t point);

/* The density of all points along one axis alone. */
void hpi_parzen_score_axis(const hpi_parzen *parzen, size_t axis, const hpi_parzen_points *points,
                           float *room, float *scores_out);

/* What a list's kernel gives to every value, its own having 1 more: a share of the prior's weight.
 */
static inline double hpi_parzen_smoothing(const hpi_parzen *parzen) {
    return parzen->rule->prior_weight / ((double)parzen->total + 1);
}

/* parzen_thin.c: drop one kernel, when there are more than the rule allows. */
void hpi_parzen_thin(hpi_parzen *parzen);
/* parzen.c: for it. */
void hpi_parzen_drop(hpi_parzen *parzen, uint32_t slot);

#endif
