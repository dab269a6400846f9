/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/spans.h"

#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 16 };

void hpi_spans_fini(hpi_spans *spans) {
    hpi_free(spans->at);
    *spans = (hpi_spans){ 0 };
}

void hpi_spans_clear(hpi_spans *spans) {
    spans->count = 0;
}

static uint64_t end_of(const hpi_span *span) {
    return span->first + span->count;
}

/* The first span that ends behind a number. */
static size_t place_of(const hpi_spans *spans, uint64_t number) {
    size_t low = 0, high = spans->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (end_of(&spans->at[middle]) <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool hpi_spans_reserve(hpi_spans *spans, size_t more) {
    size_t room = spans->room ? spans->room : ROOM_FIRST;
    if (more <= spans->room - spans->count) return true;
    while (room - spans->count < more)
        room *= 2;
    hpi_span *at = hpi_resize(spans->at, room, sizeof *at);
    if (!at) return false;
    spans->at = at;
    spans->room = room;
    return true;
}

/* The spans from `from` up to, not including, `to` become `count` new ones, at most one more than
 * there were. */
static void replace(hpi_spans *spans, size_t from, size_t to, const hpi_span *with, size_t count) {
    memmove(spans->at + from + count, spans->at + to, (spans->count - to) * sizeof *spans->at);
    if (count > 0) memcpy(spans->at + from, with, count * sizeof *with);
    spans->count = spans->count - (to - from) + count;
}

bool hpi_spans_add(hpi_spans *spans, uint64_t first, uint64_t count) {
    if (count == 0) return true;
    if (!hpi_spans_reserve(spans, 1)) return false;
    uint64_t end = first + count;
    /* One that ends just where this begins grows. */
    size_t from = place_of(spans, first > 0 ? first - 1 : 0), to = from;
    for (; to < spans->count && spans->at[to].first <= end; to++) {
        if (spans->at[to].first < first) first = spans->at[to].first;
        if (end_of(&spans->at[to]) > end) end = end_of(&spans->at[to]);
    }
    hpi_span whole = { first, end - first };
    replace(spans, from, to, &whole, 1);
    return true;
}

bool hpi_spans_add_all(hpi_spans *spans, const hpi_spans *more) {
    for (size_t i = 0; i < more->count; i++)
        if (!hpi_spans_add(spans, more->at[i].first, more->at[i].count)) return false;
    return true;
}

static bool is_split(const hpi_span *span, uint64_t first, uint64_t end) {
    return span->first < first && end_of(span) > end;
}

bool hpi_spans_remove(hpi_spans *spans, uint64_t first, uint64_t count) {
    uint64_t end = first + count;
    size_t   from = place_of(spans, first), to = from, left = 0;
    hpi_span rest[2];
    if (count == 0 || from == spans->count) return true;
    if (is_split(&spans->at[from], first, end) && !hpi_spans_reserve(spans, 1)) return false;
    for (; to < spans->count && spans->at[to].first < end; to++) {
        const hpi_span *span = &spans->at[to];
        if (span->first < first) rest[left++] = (hpi_span){ span->first, first - span->first };
        if (end_of(span) > end) rest[left++] = (hpi_span){ end, end_of(span) - end };
    }
    replace(spans, from, to, rest, left);
    return true;
}

bool hpi_spans_remove_all(hpi_spans *spans, const hpi_spans *fewer) {
    for (size_t i = 0; i < fewer->count; i++)
        if (!hpi_spans_remove(spans, fewer->at[i].first, fewer->at[i].count)) return false;
    return true;
}

void hpi_spans_cut(hpi_spans *spans, uint64_t number) {
    hpi_spans_remove(spans, number, UINT64_MAX - number); /* none is split */
}

uint64_t hpi_spans_end(const hpi_spans *spans) {
    return spans->count > 0 ? end_of(&spans->at[spans->count - 1]) : 0;
}

bool hpi_spans_has(const hpi_spans *spans, uint64_t number) {
    size_t at = place_of(spans, number);
    return at < spans->count && spans->at[at].first <= number;
}

uint64_t hpi_spans_total(const hpi_spans *spans) {
    uint64_t total = 0;
    for (size_t i = 0; i < spans->count; i++)
        total += spans->at[i].count;
    return total;
}

void hpi_spans_write(hpi_writer *writer, const hpi_spans *spans) {
    hpi_write(writer, "[");
    for (size_t i = 0; i < spans->count; i++) {
        hpi_write(writer, i == 0 ? "[" : ",[");
        hpi_write_uint(writer, spans->at[i].first);
        hpi_write(writer, ",");
        hpi_write_uint(writer, spans->at[i].count);
        hpi_write(writer, "]");
    }
    hpi_write(writer, "]");
}

static bool read_uint(const hpi_json_node *node, uint64_t *out) {
    if (!node || hpi_json_type_of(node) != HPI_JSON_NUMBER) return false;
    hpt_value value = hpi_json_scalar(node);
    if (value.type != HPT_TYPE_INT || value.as.integer < 0) return false;
    *out = (uint64_t)value.as.integer;
    return true;
}

hpt_status hpi_spans_read(const hpi_json_node *list, hpi_spans *spans_out) {
    hpi_spans_clear(spans_out);
    if (!list || hpi_json_type_of(list) != HPI_JSON_ARRAY) return HPT_EPARSE;
    for (const hpi_json_node *pair = hpi_json_first(list); pair; pair = hpi_json_next(pair)) {
        uint64_t first, count;
        if (hpi_json_type_of(pair) != HPI_JSON_ARRAY) return HPT_EPARSE;
        const hpi_json_node *node = hpi_json_first(pair);
        if (!read_uint(node, &first) || !read_uint(hpi_json_next(node), &count)) return HPT_EPARSE;
        if (!hpi_spans_add(spans_out, first, count)) return HPT_ENOMEM;
    }
    return HPT_OK;
}
