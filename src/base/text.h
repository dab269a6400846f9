/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_TEXT_H
#define HPI_BASE_TEXT_H

/* Small things with texts, all independent of the locale. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hpt/base.h"

/* A double in the fewest digits that read back as the same double: "0.1", "1e-300", "3" for 3.0.
 * Never NaN or infinite. Returns the length; 32 bytes are enough. */
enum { HPI_REAL_BYTES = 32 };
size_t hpi_print_real(char out[HPI_REAL_BYTES], double real);

/* The last so many digits of a number from 0 on, with zeros before it. Returns their end. */
char *hpi_put_digits(char *at, int64_t number, int digits);

/* Read a whole text as a finite double or an int64_t in decimal; false when it is anything else
 * ("0x10", "1e999", "12 ", "", "nan"). The double is the nearest one; 767 digits decide that, so a
 * longer text than this is taken for nonsense. */
enum { HPI_NUMBER_BYTES_MAX = 1024 };
bool hpi_read_real(const char *text, size_t bytes, double *real_out);
bool hpi_read_int(const char *text, size_t bytes, int64_t *integer_out);

/* Whether `bytes` bytes are valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF). */
bool hpi_is_utf8(const char *text, size_t bytes);

/* Make it so: what is not becomes '?'. */
void hpi_make_utf8(char *text);

/* How many bytes the character at `text` has: 1 to 4, or 0 when it is not valid UTF-8. */
size_t hpi_utf8_bytes(const char *text, size_t bytes);

/* Whether a parameter's or attribute's name will do: UTF-8, 1 to bytes_max bytes, no controls.
 * Returns what is wrong with it, e.g. "is empty", or NULL. */
const char *hpi_name_problem(const char *name, size_t bytes_max);

/* Candidates for a name: number `index`, NULL past the last. */
typedef const char *hpi_names(const void *context, size_t index);

/* The candidate closest to a name that is none; NULL when none is near (edit distance, where a swap
 * counts one and case nothing, above a third of the longer name). Names above 64 bytes are never
 * near: so long ones are not mistyped, and comparing them would cost too much. */
const char *hpi_closest(const char *name, hpi_names *at, const void *context);

/* End the sentence of an error (which may be NULL) about a name that is none:
 * `; closest match: "x"`, or, when none is near or the name is NULL, `; there are: a, b, c`. It is
 * cut by "..." so that some words still fit around the sentence. Without a name a candidate need
 * not outlive the next call of at(). */
void hpi_suggest(hpt_err *err, const char *name, hpi_names *at, const void *context);

/* Copy at most out_bytes - 1 bytes of a text for use inside an error sentence: control characters
 * and what is not UTF-8 become '?', a long text ends in "...". out_bytes is at least 8. Returns
 * out. */
char *hpi_quote(char *out, size_t out_bytes, const char *text);

/* A value for use inside an error sentence: 3, 0.5, NaN, -inf, true, null, "fast".
 * Returns out. */
enum { HPI_SHOWN_BYTES = 48 };
char *hpi_show_value(char out[HPI_SHOWN_BYTES], hpt_value value);

#endif
