/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_EVERY_H
#define HPI_STRATEGY_EVERY_H

/* Every valid point of a finite space, once, in a random order that is computed, not stored: each
 * as likely as any other to come next. `next` is for one thread, `point` for any. */

#include "strategy/valid.h"

typedef struct hpi_every {
    const hpt_space *space;
    bool             has_rules;
    uint64_t        *sizes;   /* how many values each parameter has */
    hpi_product      product; /* of them; shuffled                  */
    hpi_valid        valid;   /* with rules                         */
    uint64_t         next;    /* without                            */
} hpi_every;

/* Whether there are finitely many points: no range without step. */
bool hpi_every_is_finite(const hpt_space *space);

/* The space is finite, and borrowed; `every` stays where it is. Fails when there is no valid point,
 * and when memory is out. With rules it may list the points: some 0.1 s. */
hpt_status hpi_every_init(hpi_every *every, const hpt_space *space, uint64_t seed, hpt_err *err);
void       hpi_every_fini(hpi_every *every);

/* How many points there are; with rules perhaps fewer. UINT64_MAX: that many or more. */
uint64_t hpi_every_size(const hpi_every *every);

/* Without rules: point `number` < size. */
void hpi_every_point(const hpi_every *every, uint64_t number, hpt_coord *point_out);

/* The next one. HPT_EDONE: that were all. */
hpt_status hpi_every_next(hpi_every *every, hpt_coord *point_out);

#endif
