/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_REXPR_H
#define HPI_SPACE_REXPR_H

/* Inside this folder: R's expressions, as irace's parameter files hold them, in hpt's words. What
 * has another meaning there and here is refused. */

#include "space/expr.h"
#include "space/hull.h"

typedef struct hpi_rexpr {
    const hpt_space *space;          /* whose parameters it may read                        */
    const bool      *is_conditional; /* for each of them; NULL: none is                     */
    const char      *what;           /* "parameter \"x\": condition", for sentences         */
    const char      *line, *text; /* the text, in a line that ends it with NUL or after `bytes` */
    size_t           bytes;
    uint32_t         line_number;
    hpt_err         *err;

    /* What comes out. */
    char out[HPI_EXPR_BYTES_MAX + 1];
    bool is_integral;  /* a number that is always an integer                  */
    char unknown[256]; /* the first name that is none; then HPT_EABSENT       */
} hpi_rexpr;

/* HPT_EABSENT, with a sentence, for an unknown name; else as hpi_expr_compile(). A condition must
 * be a truth value or a number, as everything must. */
hpt_status hpi_rexpr_translate(hpi_rexpr *r);

/* A text that is a number, and as hpt would write it. */
bool hpi_rexpr_is_spelling(const char *text, hpt_value *value_out);

/* What an expression of hpt's may be over the whole space. HPT_EINVAL, HPT_ENOMEM. */
hpt_status hpi_rexpr_bounds(const hpt_space *space, const char *text, hpi_hull *hull_out);

#endif
