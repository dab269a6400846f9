/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_IRACE_H
#define HPI_SPACE_IRACE_H

/* Inside this folder: the parts of format_irace.c. */

#include "space/rexpr.h"

/* A stretch of a line; it ends with the line or before. */
typedef struct hpi_irace_stretch {
    const char *at;
    size_t      bytes;
} hpi_irace_stretch;

/* A line "name "switch" type (domain) | condition". */
typedef struct hpi_irace_param {
    char             *name;
    const char       *line;
    uint32_t          line_number;
    char              type; /* i, r, c, o */
    bool              is_log, is_conditional;
    hpi_irace_stretch domain, condition; /* condition: no bytes for none                          */

    /* Ranges. An end that reads other parameters is an expression of hpt's, else NULL. */
    bool      is_resolved;
    hpt_value ends[2]; /* the least and the greatest of all points                   */
    char     *rules[2];
    char *presence; /* an expression that has a value where all that they read is active; NULL  */
} hpi_irace_param;

/* A stretch that is an expression, and its line. */
typedef struct hpi_irace_text {
    const char       *line;
    uint32_t          line_number;
    hpi_irace_stretch text;
} hpi_irace_text;

typedef struct hpi_irace {
    hpt_space       *space;
    hpt_space       *names;  /* all names, in order, as a space for its look-up by hash */
    hpt_space       *ranges; /* the ranges whose ends are known                         */
    hpi_irace_param *params;
    uint32_t         count, room;
    uint32_t         digits; /* 0: not given */
    hpt_err         *err;
} hpi_irace;

/* A sentence with a place in a line. */
hpt_status hpi_irace_refuse(const hpi_irace *file, hpt_status status, const char *line,
                            uint32_t line_number, const char *at, const char *format, ...)
    HPT_PRINTF(6, 7);

/* irace_domain.c: work out the ends of all ranges, and the rules of those that read others. A range
 * that reads conditional ones becomes conditional. */
hpt_status hpi_irace_resolve(hpi_irace *file);

/* irace_space.c: add one to the space; when all are there, their conditions and the rules of their
 * domains; and what is forbidden. */
hpt_status hpi_irace_add(const hpi_irace *file, const hpi_irace_param *p);
hpt_status hpi_irace_add_rules(const hpi_irace *file, const bool *is_conditional);
hpt_status hpi_irace_forbid(const hpi_irace *file, const hpi_irace_text *forbidden,
                            const bool *is_conditional);

/* A text of R as one of hpt's, in r->out. HPT_EABSENT: see rexpr.h. */
hpt_status hpi_irace_translate(const hpi_irace *file, const hpt_space *space,
                               const bool *is_conditional, const hpi_irace_text *text,
                               const char *what, hpi_rexpr *r);

#endif
