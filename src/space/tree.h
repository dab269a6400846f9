/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_TREE_H
#define HPI_SPACE_TREE_H

/* Inside this folder: a compiled expression as a tree, for who writes it in another language. */

#include "space/expr.h"

typedef struct hpi_branch {
    const hpi_step *step;
    uint32_t left, right; /* of one operand: left. In a chain, a < b < c, b has two parents */
} hpi_branch;

typedef struct hpi_tree {
    const hpi_expr *expr;
    hpi_branch     *branches;
    hpi_step       *steps; /* room for the program of a part */
    uint32_t        root, count;
} hpi_tree;

/* The most steps of a part that is computed: chains inside chains could ask for 2^depth. */
enum { HPI_TREE_STEPS_MAX = 8192 };

/* HPT_ENOMEM. hpi_tree_fini() it whatever is returned. The expression is borrowed. */
hpt_status hpi_tree_init(hpi_tree *tree, const hpi_expr *expr, hpt_err *err);
void       hpi_tree_fini(hpi_tree *tree);

/* A part as a program of its own, in the tree's room until the next call, and two of the parameters
 * that it reads (HPT_PARAM_NONE: there are fewer). False: it is too long. */
bool hpi_tree_program(hpi_tree *tree, uint32_t part, hpi_expr *program_out,
                      hpt_param params_out[2]);

#endif
