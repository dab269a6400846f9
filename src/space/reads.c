/* SPDX-License-Identifier: BSD-3-Clause */

/* Which parameters an expression reads. */

#include "base/mem.h"
#include "space/expr.h"

#include <string.h>

/* Where a parameter stands, or belongs, in the list of those that are read, which rises. */
static uint32_t place_of(const hpi_expr *expr, hpt_param handle) {
    uint32_t lo = 0, hi = expr->param_count;
    while (lo < hi) {
        uint32_t middle = lo + (hi - lo) / 2;
        if (expr->params[middle] < handle)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

bool hpi_expr_reads(const hpi_expr *expr, hpt_param handle) {
    uint32_t at = place_of(expr, handle);
    return at < expr->param_count && expr->params[at] == handle;
}

bool hpi_expr_note(hpi_expr *expr, hpt_param handle) {
    if (hpi_expr_reads(expr, handle)) return true;
    hpt_param *params = hpi_resize(expr->params, expr->param_count + 1, sizeof *params);
    if (!params) return false;
    expr->params = params;
    uint32_t at = place_of(expr, handle);
    memmove(params + at + 1, params + at, (expr->param_count - at) * sizeof *params);
    params[at] = handle;
    expr->param_count++;
    return true;
}
