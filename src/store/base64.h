/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_BASE64_H
#define HPI_STORE_BASE64_H

/* Bytes as text (RFC 4648, section 4, with padding). Any thread. */

#include <stdbool.h>
#include <stddef.h>

/* How many characters `count` bytes become, and how many bytes so many characters are at most. */
#define HPI_BASE64_CHARS(count) (((count) + 2) / 3 * 4)
#define HPI_BASE64_BYTES(chars) ((chars) / 4 * 3)

/* HPI_BASE64_CHARS(count) characters; no NUL behind them. */
void hpi_base64_write(const unsigned char *bytes, size_t count, char *out);

/* At most HPI_BASE64_BYTES(chars) bytes. False for what hpi_base64_write() would not have written,
 * so that every text stands for bytes of its own. */
bool hpi_base64_read(const char *text, size_t chars, unsigned char *out, size_t *count_out);

#endif
