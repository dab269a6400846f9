/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_VARY_H
#define HPI_STRATEGY_VARY_H

/* What evolution makes of some parents: crossover, then mutation. Immutable: any thread. */

#include "strategy/searched.h"
#include "strategy/stream.h"

enum { HPI_VARY_PARENTS = 4 };

typedef enum hpi_crossover {
    HPI_CROSSOVER_MIX, /* uniform or difference, by chance           */
    HPI_CROSSOVER_UNIFORM,
    HPI_CROSSOVER_DIFFERENCE,
    HPI_CROSSOVER_SBX,
} hpi_crossover;

typedef struct hpi_vary {
    int32_t crossover;                   /* hpi_crossover                                */
    double  crossover_rate;              /* of offspring; others come from one parent    */
    double  crossover_eta, mutation_eta; /* distribution indices: larger is nearer       */
    double  mutations;                   /* expected in an offspring                     */
} hpi_vary;

/* An individual: numbers from 0 to 1, and choices without order. */
typedef struct hpi_genes {
    double   *x;
    uint32_t *choices;
} hpi_genes;

/* An offspring that differs from its first parent: the first two are crossed, and the last two only
 * give the difference. */
void hpi_vary_offspring(const hpi_vary *vary, const hpi_searched *searched,
                        const hpi_genes parents[HPI_VARY_PARENTS], hpi_stream *from,
                        hpi_genes child_out);

#endif
