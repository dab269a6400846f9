/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_SIM_TIME_H
#define HPI_POOL_SIM_TIME_H

/* How long simulated trials take, and which of them and of the workers have bad luck: functions of
 * (seed, number), never of the order of calls. Any thread. */

#include "pool/sim_table.h"

/* In the order of the words of option `time`. */
typedef enum hpi_sim_kind {
    HPI_SIM_MEASURED, /* as long as the objective really runs */
    HPI_SIM_CONSTANT,
    HPI_SIM_UNIFORM,
    HPI_SIM_EXPONENTIAL,
    HPI_SIM_LOGNORMAL,
    HPI_SIM_TABLE
} hpi_sim_kind;

typedef struct hpi_sim_times {
    int32_t kind;              /* hpi_sim_kind                                              */
    double  mean;              /* seconds; 0 = not given                                    */
    double  cv;                /* standard deviation over mean; below 0 = not given         */
    double  tail, tail_factor; /* the share of trials that take so many times longer        */
    double  fail;              /* the share of trials that fail                             */
    double  slow, slow_factor; /* the share of workers that are so many times slower        */
    bool    resample;          /* TABLE: rows at random instead of one after the other      */

    uint64_t      seed;
    hpi_sim_table table; /* TABLE */
} hpi_sim_times;

/* Whether the numbers fit each other. */
hpt_status hpi_sim_times_check(const hpi_sim_times *times, hpt_err *err);

double hpi_sim_seconds(const hpi_sim_times *times, uint64_t trial); /* not for MEASURED */
bool   hpi_sim_fails(const hpi_sim_times *times, uint64_t trial);
double hpi_sim_pace(const hpi_sim_times *times, uint32_t worker); /* 1, or slow_factor */

#endif
