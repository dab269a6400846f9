/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_REPLAY_H
#define HPI_RUN_REPLAY_H

/* One way through what a study holds, from the first end to the last, as if it happened now: asks,
 * tells, counts, the best, budgets. Nobody watches yet. Before the run begins; the caller holds the
 * turn. */

#include "run/run.h"

/* How the strategy comes to know what it would know. */
typedef enum hpi_way {
    HPI_WAY_WINDOW, /* the window says what was asked for when: told in order of number          */
    HPI_WAY_COUNTS, /* the records say how many candidates had been asked for at each end         */
    HPI_WAY_TAUGHT  /* it is told what it has not asked for                                       */
} hpi_way;

typedef struct hpi_replay {
    hpt_run *run;
    hpi_way  way;
    uint64_t number_next; /* of the file */
    bool     has_reports; /* the pruner hears of those in the file; else it has heard of them */

    /* What came of it. */
    hpt_status status; /* not that of the file: memory */
    hpt_err   *err;
    uint64_t   fed;          /* ends that were told */
    bool       has_differed; /* the strategy would have done something else ... */
    uint64_t   differs_at;   /* ... at this trial                               */
    bool       is_cut;       /* ... and no further trial was looked at          */
    bool       by_others;    /* ... for it is another program's                 */
    bool       is_beyond;    /* there is more than the limits of this run would have let happen */
} hpi_replay;

/* resume.c: the options but for what ends a run before its budget. */
hpt_options hpi_without_limits(const hpt_options *limited);

/* Each trial that has ended, in their order; then the asks that were made since; then each trial
 * that has not ended. False: the way ends here. */
bool hpi_replay_end(void *replay, const hpi_record *record);
void hpi_replay_asks(hpi_replay *it);
bool hpi_replay_open(void *replay, const hpi_record *record);

#endif
