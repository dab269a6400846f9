/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_RPARSE_H
#define HPI_SPACE_RPARSE_H

/* Inside this folder: what the files of rexpr.h's translator share. */

#include "base/text.h"
#include "space/param.h"
#include "space/rexpr.h"

enum { DEPTH_MAX = 48 };

/* How tightly what was written binds, for hpt. */
enum { OR = 1, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM };

typedef enum sort { NUMBER, TRUTH, TEXT, LIST } sort;

typedef struct operand {
    size_t    start; /* of its text in `out`; it ends where the next one starts    */
    sort      sort;
    int       level;
    bool      is_literal, is_integral, hides_na;
    hpt_value literal;
    hpt_param handle; /* a parameter, and nothing else */
} operand;

typedef struct word {
    const char *at;
    size_t      bytes;
    enum { END, NAME, DIGITS, QUOTED, SYMBOL, WRONG } kind;
} word;

typedef struct translator {
    hpi_rexpr *r;
    hpt_status status;
    word       word;  /* the next one */
    size_t     bytes; /* written      */
    int        depth;
    char       texts[HPI_EXPR_BYTES_MAX + 1]; /* what stands in quotes */
    size_t     text_bytes;
} translator;

/* What a failure returns, and what an operand begins as. */
static const operand nothing = { .level = ATOM, .handle = HPT_PARAM_NONE };

/* rtext.c: failing with a place, the next word, and writing. */
operand hpi_r_fail_at(translator *t, const char *at, hpt_status status, const char *problem);
operand hpi_r_fail(translator *t, const char *problem);
operand hpi_r_unexpected(translator *t, const char *wanted);
operand hpi_r_fail_about(translator *t, const char *at, hpt_param handle, const char *problem);
bool    hpi_r_is_digit(char c);
word    hpi_r_scan(const char *at, const char *end);
void    hpi_r_advance(translator *t);
bool    hpi_r_is_word(const translator *t, const char *text);
bool    hpi_r_takes(translator *t, const char *text);
bool    hpi_r_expect(translator *t, const char *text);
void    hpi_r_splice(translator *t, size_t at, size_t old_bytes, const char *text);
void    hpi_r_write(translator *t, const char *text);
void    hpi_r_write_literal(translator *t, hpt_value value);
void    hpi_r_write_name(translator *t, hpt_param handle);
void    hpi_r_bracket(translator *t, const operand *a, size_t end, int level);

/* rfit.c: constants beside parameters. */
bool hpi_r_is_text_list(const param *p);
bool hpi_r_fit(translator *t, const char *at, const operand *other, hpt_value *value,
               char text[HPI_REAL_BYTES]);
bool hpi_r_has_certain_order(const param *p, hpt_value constant);

/* rnumber.c: operands and arithmetic. */
bool    hpi_r_goes_deeper(translator *t);
bool    hpi_r_is_number(translator *t, const char *at, const operand *a);
bool    hpi_r_read_constant(translator *t, hpt_value *value_out);
operand hpi_r_join_numbers(translator *t, operand a, operand b, const char *sign, int level);
operand hpi_r_parse_sign(translator *t);
operand hpi_r_parse_sum(translator *t);

/* rexpr.c: what is true or false. */
operand hpi_r_parse_in(translator *t, operand a, const char *at);
operand hpi_r_parse_or(translator *t);

#endif
