/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_JSON_SCAN_H
#define HPI_BASE_JSON_SCAN_H

/* The check of a JSON text against RFC 8259, for json.c alone. */

#include "hpt/base.h"

enum {
    HPI_JSON_BYTES_MAX = 64 << 20,
    HPI_JSON_DEPTH_MAX = 32,
    HPI_JSON_VALUE_COUNT_MAX = 4 << 20 /* a value costs about 100 bytes while it is read */
};

/* Where keys and values start, in the order of the text: of an object's member first the key, then
 * the value. */
typedef struct hpi_json_scan {
    const char *text;
    size_t      bytes, at;
    uint32_t   *places;
    size_t      place_count, place_room, value_count;
    hpt_err    *err;
} hpi_json_scan;

/* Check a text. Whatever is returned, hpi_free() the places. */
hpt_status hpi_json_scan_text(hpi_json_scan *scan, const char *text, size_t bytes, hpt_err *err);

/* The line and column of a byte, both from 1; columns count characters. */
void hpi_json_line_col(const char *text, size_t at, uint32_t *line_out, uint32_t *col_out);

/* How many bytes the number at `text` has; the text must end in something else. */
size_t hpi_json_number_bytes(const char *text);

#endif
