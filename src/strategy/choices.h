/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_CHOICES_H
#define HPI_STRATEGY_CHOICES_H

/* The categorical distribution of CatCMA (Hamano et al., GECCO 2024): independent probabilities for
 * each category, which follow the natural gradient with the adaptive step of ASNG (Akimoto et al.,
 * ICML 2019) and never fall below a margin. One thread at a time. */

#include "strategy/candidate.h"
#include "strategy/searched.h"

typedef struct hpi_choices {
    const hpi_searched *searched;
    double             *shares;   /* probabilities, category after category        */
    double             *gradient; /* as many                                       */
    double             *path;     /* s of ASNG, and after it the gradient scaled   */
    double              gamma, delta;
} hpi_choices;

/* Fails only with HPT_ENOMEM. */
hpt_status hpi_choices_init(hpi_choices *choices, const hpi_searched *searched, hpt_err *err);
void       hpi_choices_fini(hpi_choices *choices);

/* All choices equally likely again; with `favours_default` the default of a category, if it has
 * one, gets half. */
void hpi_choices_start(hpi_choices *choices, bool favours_default);

/* One choice for each category, a function of (seed, number): words from 4 * block on. */
void hpi_choices_draw(const hpi_choices *choices, uint64_t seed, uint64_t number, uint64_t block,
                      uint32_t *choices_out);

/* Learn from the best of a generation, with weights that add up to 1. */
void hpi_choices_learn(hpi_choices *choices, const hpi_candidate *const *ranked,
                       const double *weights, size_t count);

#endif
