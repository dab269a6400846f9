/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RESULT_H
#define HPI_RUN_RESULT_H

/* What is left of a run when it is over. Copies everything, so it may outlive the run. In two
 * steps: the memory before the run starts, so that no run ends in "out of memory" and loses what it
 * found. */

#include "run/run.h"

enum { HPI_STOP_BYTES = 320, HPI_WARNING_BYTES = 640 };

struct hpt_result {
    hpt_space     *space;
    hpt_coord     *point;
    unsigned char *notes;
    uint32_t       notes_bytes;
    hpi_front     *front; /* shared with the run; NULL: there is one goal */
    uint32_t       goal_count;
    double         signs[HPI_GOALS_MAX];
    double         references[HPI_GOALS_MAX]; /* as losses */
    double        *busy;                      /* per worker */
    hpt_stats      stats;
    uint64_t       seed;
    char           id[37];
    char           stop_text[HPI_STOP_BYTES];
    char (*warnings)[HPI_WARNING_BYTES];
    size_t warning_count;
};

hpt_status hpi_result_reserve(const hpt_run *run, hpt_result **result_out, hpt_err *err);

/* The run is over: nobody holds the turn. */
void hpi_result_fill(hpt_result *result, const hpt_run *run);

#endif
