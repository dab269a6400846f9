/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_ERR_H
#define HPI_BASE_ERR_H

/* Failing is one line: `return hpi_fail(err, HPT_EINVAL, "worker_count %u is above 4096", n);` */

#include <assert.h>
#include <stdarg.h>

#include "hpt/base.h"

/* What only a bug can break. On unless NDEBUG; release builds of the library define it. */
#define HPI_ASSERT(condition) assert(condition)

/* Fill in `err` (which may be NULL) and return `status`. */
hpt_status hpi_fail(hpt_err *err, hpt_status status, const char *format, ...) HPT_PRINTF(3, 4);

/* The same with a place in a text, 1-based. */
hpt_status hpi_fail_at(hpt_err *err, hpt_status status, uint32_t line, uint32_t col,
                       const char *format, ...) HPT_PRINTF(5, 6);

/* vsnprintf that cuts at a whole UTF-8 character. Returns the length written. */
size_t hpi_format(char *out, size_t bytes, const char *format, va_list arguments) HPT_PRINTF(3, 0);

/* A copy that fits: at most bytes - 1 bytes, cut at a whole UTF-8 character, always terminated. */
void hpi_cut(char *out, size_t bytes, const char *text);

/* What the system says of a number of errno. Here and nowhere else: with _GNU_SOURCE strerror_r()
 * is another function. */
void hpi_error_words(char *out, size_t bytes, int error);

#endif
