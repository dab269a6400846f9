/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_QUALITY_PLAN_H
#define HPT_BENCH_QUALITY_PLAN_H

/* What a program of this folder is to run: its arguments. */

#include "search.h"

#include <stdbool.h>
#include <stdio.h>

enum {
    QUALITY_STRATEGIES_MAX = 32,
    QUALITY_SEEDS_MAX = 1024,
    QUALITY_LIST_MAX = 64,
    QUALITY_NUMBER_MAX = 1000000
};

typedef struct quality_list {
    int count;
    int at[QUALITY_LIST_MAX];
} quality_list;

/* A strategy and how many of its trials are in flight. */
typedef struct quality_contestant {
    const char *strategy;
    int         pending;
} quality_contestant;

typedef struct quality_plan {
    quality_contestant contestants[QUALITY_STRATEGIES_MAX]; /* the first is random, one by one */
    int                contestant_count;
    quality_list       dims, budgets, instances, functions, pending;
    const char        *files[QUALITY_LIST_MAX], *pruners[QUALITY_LIST_MAX];
    int                file_count, pruner_count;
    const char *const *defaults; /* strategies if none is named, to NULL; NULL: those that search
                                    best */
    int   seeds, first_seed;
    bool  wants_table; /* also a row per function */
    FILE *csv;         /* where BENCH_CSV says; NULL = nowhere */
} quality_plan;

/* Fills in what the arguments say; false: they are wrong. Lists are 1,3,5-8. */
bool quality_plan_parse(quality_plan *plan, int count, char **arguments);

/* Whether `strategy` is `name`, options aside. */
bool quality_is_strategy(const char *strategy, const char *name);

/* "tpe, 8 pending", in a column. */
void quality_print_name(const quality_contestant *who);

/* The contestant's search, but for the space, the objective and the seed. */
quality_search quality_search_of(const quality_contestant *who, const quality_list *budgets);

#endif
