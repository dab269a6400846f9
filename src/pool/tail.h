/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_TAIL_H
#define HPI_POOL_TAIL_H

/* The last that somebody has written, as a text. One thread. */

#include <stddef.h>
#include <stdint.h>

enum { HPI_TAIL_BYTES = 4096 };

typedef struct hpi_tail {
    size_t used;
    char   bytes[HPI_TAIL_BYTES];
} hpi_tail;

void hpi_tail_add(hpi_tail *tail, const char *bytes, size_t count);

/* Its last `lines` lines, or what is left of them, in at most room - 1 bytes of UTF-8: what is none
 * and control characters but tabs and line ends become '?'. Returns the length; 0: there is
 * nothing. */
size_t hpi_tail_text(const hpi_tail *tail, uint32_t lines, char *text_out, size_t room);

#endif
