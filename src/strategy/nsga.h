/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_NSGA_H
#define HPI_STRATEGY_NSGA_H

/* What nsga2 and nsga3 share: a population in fronts that is asked for offspring and told of
 * results, one at a time (steady state: Durillo, Nebro, Luna, Alba, EMO 2009). They differ in who
 * leaves when it is full. One thread at a time. */

#include "strategy/front.h"
#include "strategy/seen.h"
#include "strategy/vary.h"

typedef struct hpi_nsga {
    int64_t      population; /* options */
    hpi_vary     vary;
    bool         repeats;
    uint64_t     seed, budget, begun, told;
    size_t       size; /* of the population */
    hpi_searched searched;
    hpi_seen     seen;
    hpi_fronts   fronts; /* room for one more than `size` */
    hpi_genes   *genes;  /* of each slot, and of an offspring */
    uint64_t    *ages;   /* of each slot: how many were told before */
    double      *crowding;
    double      *numbers; /* memory of all genes */
    uint32_t    *choices;
} hpi_nsga;

/* clang-format off */
#define HPI_NSGA_OPTIONS(state, member)                                                            \
    { "population", HPT_OPTION_INT, offsetof(state, member.population), 0, 4, 4096, NULL,          \
      "individuals; not given: by the budget" },                                                   \
    { "crossover", HPT_OPTION_CHOICE, offsetof(state, member.vary.crossover), 0, 0, 0,             \
      "mix|uniform|difference|sbx",                                                                \
      "uniform: each value from one parent; difference: steps of differential evolution; mix: the " \
      "one or the other; sbx: near the parents' values" },                                         \
    { "crossover_rate", HPT_OPTION_REAL, offsetof(state, member.vary.crossover_rate), 0.9, 0, 1,   \
      NULL, "share of offspring that have two parents" },                                          \
    { "crossover_eta", HPT_OPTION_REAL, offsetof(state, member.vary.crossover_eta), 20, 0, 1000,   \
      NULL, "sbx: distribution index; larger is nearer to the parents" },                          \
    { "mutations", HPT_OPTION_REAL, offsetof(state, member.vary.mutations), 1, 0, 1000, NULL,      \
      "expected in an offspring" },                                                                \
    { "mutation_eta", HPT_OPTION_REAL, offsetof(state, member.vary.mutation_eta), 20, 0, 1000,     \
      NULL, "distribution index of mutations; larger is nearer" },                                 \
    HPI_SEEN_OPTION(state, member.repeats)
/* clang-format on */

/* `least`: individuals, unless the user says how many. */
hpt_status hpi_nsga_init(hpi_nsga *nsga, const hpt_strategy_setup *setup, const char *name,
                         size_t least, hpt_err *err);
void       hpi_nsga_fini(hpi_nsga *nsga);

/* An offspring; before there is a population, a random point. HPT_EDONE when all points are known.
 */
hpt_status hpi_nsga_ask(hpi_nsga *nsga, uint64_t number, hpt_coord *point_out, hpt_err *err);

/* A result becomes a member. True: one too many, so somebody of the last front is to go. */
bool hpi_nsga_tell(hpi_nsga *nsga, const hpt_outcome *outcome);

#endif
