/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_TEXT_H
#define HPI_BASE_TEXT_H

/* Small things with texts, all independent of the locale. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A double in the fewest digits that read back as the same double: "0.1", "1e-300", "3" for 3.0.
 * Never NaN or infinite. Returns the length; 32 bytes are enough. */
enum { HPI_REAL_BYTES = 32 };
size_t hpi_print_real(char out[HPI_REAL_BYTES], double real);

/* Read a whole text as a finite double or an int64_t in decimal; false when it is anything else
 * ("0x10", "1e999", "12 ", "", "nan"). */
bool hpi_read_real(const char *text, size_t bytes, double *real_out);
bool hpi_read_int(const char *text, size_t bytes, int64_t *integer_out);

/* Whether `bytes` bytes are valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF). */
bool hpi_is_utf8(const char *text, size_t bytes);

/* Whether a parameter's or attribute's name will do: UTF-8, 1 to bytes_max bytes, no controls.
 * Writes what is wrong with it, or NULL, e.g. "is empty". */
const char *hpi_name_problem(const char *name, size_t bytes_max);

/* The candidate closest to a name that is none, for "closest match: ..."; NULL when none is near
 * (edit distance, case ignored, above a third of the longer name). at(context, i) gives candidate
 * i, NULL past the last. */
const char *hpi_closest(const char *name, const char *(*at)(const void *context, size_t index),
                        const void *context);

/* Copy at most out_bytes - 1 bytes of a text for use inside an error sentence: control characters
 * become '?', a long text ends in "...". Returns out. */
char *hpi_quote(char *out, size_t out_bytes, const char *text);

#endif
