/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/rparse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- constants beside parameters ---- */

bool hpi_r_is_text_list(const param *p) {
    return p->values[0].type == HPT_TYPE_TEXT;
}

/* A number in the only spelling that prints again the same. */
bool hpi_rexpr_is_spelling(const char *text, hpt_value *value_out) {
    char real[HPI_REAL_BYTES];
    *value_out = hpt_int(0);
    if (hpi_read_int(text, strlen(text), &value_out->as.integer))
        return hpi_r_is_digit(text[0]) ? text[0] != '0' || !text[1]
                                       : text[0] == '-' && text[1] >= '1' && text[1] <= '9';
    *value_out = hpt_real(0);
    if (!hpi_read_real(text, strlen(text), &value_out->as.real)) return false;
    hpi_print_real(real, value_out->as.real);
    return strcmp(real, text) == 0;
}

/* The constant as the values of the list are; false: it can be none of them. */
static bool fit_list(translator *t, const char *at, const param *p, hpt_value *value,
                     char text[HPI_REAL_BYTES]) {
    bool is_text = hpi_r_is_text_list(p);
    if (value->type == HPT_TYPE_TEXT)
        return is_text || hpi_rexpr_is_spelling(value->as.text, value);
    if (value->type == HPT_TYPE_BOOL) {
        *value = hpt_text(value->as.boolean ? "TRUE" : "FALSE");
        return is_text;
    }
    if (!is_text) return true;
    double real = value->type == HPT_TYPE_INT ? (double)value->as.integer : value->as.real;
    if (real != 0 && !(fabs(real) >= 1e-4 && fabs(real) < 1e5))
        hpi_r_fail_at(t, at, HPT_EINVAL,
                      "R may spell this number in another way: write it in quotes");
    hpi_print_real(text, real);
    *value = hpt_text(text);
    return true;
}

/* Beside a number: TRUE is 1, and "5" the number of which it is R's spelling. */
static bool fit_number(hpt_value *value) {
    if (value->type == HPT_TYPE_BOOL) *value = hpt_int(value->as.boolean);
    return value->type != HPT_TYPE_TEXT || hpi_rexpr_is_spelling(value->as.text, value);
}

bool hpi_r_fit(translator *t, const char *at, const operand *other, hpt_value *value,
               char text[HPI_REAL_BYTES]) {
    return other->sort == LIST ? fit_list(t, at, &t->r->space->params[other->handle], value, text)
                               : fit_number(value);
}

/* All of the list's values, and the constant, are digits of one length: every order is the same. */
bool hpi_r_has_certain_order(const param *p, hpt_value constant) {
    char   text[32];
    size_t length = 0;
    for (uint32_t i = 0; i <= p->value_count; i++) {
        hpt_value value = i < p->value_count ? p->values[i] : constant;
        if (value.type != HPT_TYPE_INT || value.as.integer < 0) return false;
        size_t bytes = (size_t)snprintf(text, sizeof text, "%lld", (long long)value.as.integer);
        if (i > 0 && bytes != length) return false;
        length = bytes;
    }
    return true;
}
