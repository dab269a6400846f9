/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_SPANS_H
#define HPI_STORE_SPANS_H

/* A set of trial numbers as spans of consecutive ones, of which there are few. One thread at a
 * time. */

#include "base/json.h"

typedef struct hpi_span {
    uint64_t first, count;
} hpi_span;

typedef struct hpi_spans {
    hpi_span *at; /* rising, with gaps between them */
    size_t    count, room;
} hpi_spans;

void hpi_spans_fini(hpi_spans *spans);
void hpi_spans_clear(hpi_spans *spans);

/* Numbers that are in it already may be added, and those that are not removed. No number is
 * UINT64_MAX. False: out of memory, and nothing has changed (_all: a part of it has). reserve: so
 * many more adds do not fail. */
bool hpi_spans_add(hpi_spans *spans, uint64_t first, uint64_t count);
bool hpi_spans_add_all(hpi_spans *spans, const hpi_spans *more);
bool hpi_spans_remove(hpi_spans *spans, uint64_t first, uint64_t count);
bool hpi_spans_remove_all(hpi_spans *spans, const hpi_spans *fewer);
bool hpi_spans_reserve(hpi_spans *spans, size_t more);
void hpi_spans_cut(hpi_spans *spans, uint64_t number); /* those from that number on */

bool     hpi_spans_has(const hpi_spans *spans, uint64_t number);
uint64_t hpi_spans_end(const hpi_spans *spans); /* the number behind the last; 0: there is none */
uint64_t hpi_spans_total(const hpi_spans *spans);

/* [[first, count], ...]. read: HPT_EPARSE for what is no such list, HPT_ENOMEM. */
void       hpi_spans_write(hpi_writer *writer, const hpi_spans *spans);
hpt_status hpi_spans_read(const hpi_json_node *list, hpi_spans *spans_out);

#endif
