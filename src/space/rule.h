/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_RULE_H
#define HPI_SPACE_RULE_H

/* Inside this folder: the rules of a space. A constraint says which points are valid; a condition
 * says at which points a parameter is active. Changed only while the space is built. */

#include "space/expr.h"

enum {
    HPI_CONSTRAINT_COUNT_MAX = 4096,
    HPI_CONDITION_COUNT_MAX = 4096, /* 512 bytes of bits on the stack of who evaluates */
    HPI_CONDITION_DEPTH_MAX = 32,   /* a parent of a parent of ...: bounds the search's recursion */
    HPI_CHECK_COUNT_MAX = 64,
};

typedef struct condition {
    hpt_param param;
    uint32_t  depth; /* 1: reads no conditional parameter */
    hpi_expr  expr;
} condition;

typedef struct check {
    hpt_check_function *function;
    void               *user;
} check;

typedef struct rules {
    hpi_expr  *constraints;
    condition *conditions; /* each after those of all parameters that it reads */
    check      checks[HPI_CHECK_COUNT_MAX];
    uint32_t   constraint_count, constraint_room, condition_count, condition_room, check_count;
} rules;

void hpi_rules_destroy(rules *of);

/* The same rules in a copy of the space, which has the same parameters. */
hpt_status hpi_rules_copy(hpt_space *copy, const hpt_space *space);

#endif
