/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_MEASURED_H
#define HPT_BENCH_QUALITY_MEASURED_H

/* A search space that was measured point by point (tables/README.md), as an objective. */

#include <stdbool.h>

#include <hpt/hpt.h>

enum { MEASURED_PARAMS_MAX = 32 };

typedef struct measured {
    char       name[64]; /* of the file, without folder and ending                             */
    hpt_space *space;    /* of family.json beside the table or among our own; else its own lists */
    bool       is_declared; /* it is from JSON; else a check in C asks the table                  */
    uint32_t   dims;
    uint32_t   sizes[MEASURED_PARAMS_MAX]; /* values of each parameter                            */
    size_t     cells;                      /* the product of them                                 */
    double    *values;         /* one per cell; NaN = not in the table, INFINITY = failed         */
    double     optimum, worst; /* of the finite ones                                              */

    /* What a search did; measured_restart() sets it back. */
    uint32_t *seen_by; /* one per cell: the last search that was there */
    uint32_t  search;
    uint64_t  evaluations, failures, repeats, absent;
} measured;

/* Ends the program when the file is no table. */
measured *measured_open(const char *path);
void      measured_close(measured *it);

void measured_restart(measured *it);

/* An hpt_objective; `user` is the table. What failed there fails, what is not there counts as
 * absent and fails too. */
hpt_status measured_evaluate(hpt_trial *trial, void *user, double *value_out);

#endif
