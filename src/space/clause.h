/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_CLAUSE_H
#define HPI_SPACE_CLAUSE_H

/* Inside this folder: an expression of hpt as a condition or a forbidden clause of ConfigSpace. */

#include "base/json.h"
#include "space/expr.h"

/* As the condition of a child, or, with child NULL, as the clause that forbids the points at which
 * the expression does not hold. HPT_EINVAL: ConfigSpace has no words for it. */
hpt_status hpi_clause_write(hpi_writer *writer, const hpt_space *space, const hpi_expr *expr,
                            const char *child, hpt_err *err);

#endif
