/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/tree.h"

#include "base/err.h"
#include "base/mem.h"

/* Running the program on branches instead of values. */
hpt_status hpi_tree_init(hpi_tree *tree, const hpi_expr *expr, hpt_err *err) {
    uint32_t stack[HPI_EXPR_STACK_MAX], *top = stack; /* the next free one */
    *tree = (hpi_tree){ .expr = expr, .count = expr->step_count };
    tree->branches = hpi_alloc(expr->step_count, sizeof *tree->branches);
    tree->steps = hpi_alloc_room(HPI_TREE_STEPS_MAX, sizeof *tree->steps);
    if (!tree->branches || !tree->steps)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for an expression");
    for (uint32_t i = 0; i < expr->step_count; i++) {
        const hpi_step *step = &expr->steps[i];
        hpi_branch     *branch = &tree->branches[i];
        branch->step = step;
        uint32_t operands = hpi_op_operands(step->op);
        if (operands == 0) {
            *top++ = i;
        } else if (operands == 1) {
            branch->left = top[-1];
            top[-1] = i;
        } else {
            branch->left = top[-2];
            branch->right = top[-1];
            top[-2] = i; /* a chain's operand stays above it */
            top -= !step->keeps;
        }
    }
    tree->root = stack[0];
    return HPT_OK;
}

void hpi_tree_fini(hpi_tree *tree) {
    hpi_free(tree->branches);
    hpi_free(tree->steps);
    *tree = (hpi_tree){ 0 };
}

/* Write the part's steps behind `count` others; returns the new count, or one above the limit. Deep
 * recursion is bounded by the 4 095 bytes of an expression. */
static uint32_t emit(hpi_tree *tree, uint32_t part, uint32_t count) {
    const hpi_branch *branch = &tree->branches[part];
    uint32_t          operands = hpi_op_operands(branch->step->op);
    if (operands > 0) count = emit(tree, branch->left, count);
    if (operands > 1 && count <= HPI_TREE_STEPS_MAX) count = emit(tree, branch->right, count);
    if (count >= HPI_TREE_STEPS_MAX) return HPI_TREE_STEPS_MAX + 1;
    tree->steps[count] = *branch->step;
    tree->steps[count].keeps = false;
    return count + 1;
}

bool hpi_tree_program(hpi_tree *tree, uint32_t part, hpi_expr *program_out,
                      hpt_param params_out[2]) {
    uint32_t count = emit(tree, part, 0);
    *program_out = *tree->expr;
    program_out->steps = tree->steps;
    program_out->step_count = count;
    params_out[0] = params_out[1] = HPT_PARAM_NONE;
    if (count > HPI_TREE_STEPS_MAX) return false;
    for (uint32_t i = 0; i < count; i++) {
        const hpi_step *step = &tree->steps[i];
        if (step->op != HPI_OP_PARAM || step->index == params_out[0]) continue;
        params_out[params_out[0] == HPT_PARAM_NONE ? 0 : 1] = step->index;
    }
    return true;
}
