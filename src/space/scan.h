/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_SCAN_H
#define HPI_SPACE_SCAN_H

/* Inside this folder: the words of an expression. */

#include "space/expr.h"

typedef enum hpi_token_kind {
    HPI_TOKEN_END,
    HPI_TOKEN_NAME,   /* a name, also in backquotes                    */
    HPI_TOKEN_WORD,   /* an operator, a bracket, and, or, not, in ...  */
    HPI_TOKEN_NUMBER, /* without a sign                                */
    HPI_TOKEN_TEXT,   /* in single or double quotes                    */
    HPI_TOKEN_WRONG,  /* no token: `problem` says why                  */
} hpi_token_kind;

typedef struct hpi_token {
    hpi_token_kind kind;
    const char    *at;    /* where it stands                      */
    const char    *inner; /* NAME, TEXT: without quotes           */
    size_t         bytes, inner_bytes;
    const char    *problem;
} hpi_token;

/* The token at `text`, which may begin with blanks. */
hpi_token hpi_scan(const char *text);
bool      hpi_token_is(const hpi_token *token, const char *word);

/* A text without its backslashes: a backslash takes the next character as it is. Returns the bytes
 * written, with the NUL. */
size_t hpi_scan_unescape(const hpi_token *token, char *out);

#endif
