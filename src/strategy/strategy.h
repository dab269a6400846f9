/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_STRATEGY_H
#define HPI_STRATEGY_STRATEGY_H

/* ... > strategy > queue: finding a strategy by name and opening it. The run holds one; only the
 * holder of the turn calls it (hpt/extend.h says which members workers may call). */

#include "base/option.h"
#include "hpt/extend.h"

typedef struct hpi_strategy {
    const hpt_strategy_class *class;
    void    *state;
    hpi_spec spec;
} hpi_strategy;

/* Open `text` ("name" or "name:key=value,..."). With `own` that class is used and `text` gives
 * options only ("" or "name" or "name:..."). Unknown names answer with the closest match. */
hpt_status hpi_strategy_open(hpi_strategy *strategy, const char *text,
                             const hpt_strategy_class *own, const hpt_strategy_setup *setup,
                             hpt_err *err);
void       hpi_strategy_close(hpi_strategy *strategy);

/* Whether it is the list of the user's points, and has no other candidates. */
bool hpi_strategy_is_list(const hpi_strategy *strategy);

/* Whether its candidates are a function of their number. */
bool hpi_strategy_is_pure(const hpi_strategy *strategy);

/* UINT64_MAX = no end. */
uint64_t hpi_strategy_size(const hpi_strategy *strategy);

#endif
