/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_AUTO_PART_H
#define HPI_STRATEGY_AUTO_PART_H

/* One of the strategies that auto is made of, with numbers of its own for the trials that it is
 * asked for, and a score of what they were worth. One thread at a time. */

#include "strategy/strategy.h"

typedef struct hpi_part {
    hpi_strategy strategy;    /* open while strategy.class is not NULL      */
    hpt_space   *space;       /* its own, or NULL: the run's                */
    bool         is_dead;     /* it could not be opened, or has ended       */
    bool         is_taught;   /* told of what others were asked for, too    */
    uint64_t     asked, told; /* trials of its own                        */
    double       score;       /* 0 to 1: how often its trials were the best so far, lately */
    double       credit;      /* of its turns                               */
} hpi_part;

/* Open it unless it is dead or open. A part that this build lacks, or that cannot be had with such
 * a space, is dead; the one failure that is returned is HPT_ENOMEM, and it is dead too. `start`, if
 * not NULL: a point that becomes its defaults. */
hpt_status hpi_part_open(hpi_part *part, const char *text, const hpt_strategy_setup *setup,
                         const hpt_coord *start);
void       hpi_part_close(hpi_part *part);

/* False: it has no candidate, and is dead from now on if it never will. *number_out is what it
 * knows the trial as. */
bool hpi_part_ask(hpi_part *part, uint64_t *number_out, hpt_coord *point_out);

/* `number` is what hpi_part_ask() said, or HPT_NUMBER_NONE. */
void hpi_part_tell(hpi_part *part, const hpt_outcome *outcome, uint64_t number);

#endif
