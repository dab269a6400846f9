/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing records; record_form.h says what they look like. The room is measured before, so that
 * nothing is checked while writing. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/record_form.h"

void hpi_bytes_fini(hpi_bytes *bytes) {
    hpi_free(bytes->at);
    *bytes = (hpi_bytes){ 0 };
}

static unsigned char *put_varint(unsigned char *at, uint64_t number) {
    for (; number >= 128; number >>= 7)
        *at++ = (unsigned char)(number | 128);
    *at++ = (unsigned char)number;
    return at;
}

/* Small of either sign becomes small. */
static uint64_t fold(uint64_t number) {
    return number << 1 ^ (0 - (number >> 63));
}

static unsigned char *put_word(unsigned char *at, uint64_t word) {
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(word >> 8 * i);
    return at + 8;
}

static uint64_t bits_of(const void *number) {
    uint64_t word;
    memcpy(&word, number, sizeof word);
    return word;
}

static unsigned char *put_real(unsigned char *at, double real) {
    return put_word(at, bits_of(&real));
}

static unsigned char *put_bytes(unsigned char *at, const void *bytes, size_t count) {
    if (count > 0) memcpy(at, bytes, count);
    return at + count;
}

/* Without its NUL: the length stands before it. */
static unsigned char *put_text(unsigned char *at, const char *text) {
    size_t bytes = strlen(text);
    return put_bytes(put_varint(at, bytes), text, bytes);
}

static unsigned char *put_attr(unsigned char *at, const hpt_attr *attr) {
    at = put_text(at, attr->name);
    *at++ = (unsigned char)attr->value.type;
    switch (attr->value.type) {
    case HPT_TYPE_NULL:
        break;
    case HPT_TYPE_BOOL:
        *at++ = attr->value.as.boolean;
        break;
    case HPT_TYPE_INT:
        return put_varint(at, fold((uint64_t)attr->value.as.integer));
    case HPT_TYPE_REAL:
        return put_real(at, attr->value.as.real);
    case HPT_TYPE_TEXT:
        return put_text(at, attr->value.as.text);
    }
    return at;
}

static unsigned char *put_point(unsigned char *at, const hpi_record *record, uint32_t dims) {
    if (record->given) {
        memset(at, 0, (dims + 7) / 8);
        for (uint32_t i = 0; i < dims; i++)
            at[i / 8] |= (unsigned char)(record->given[i] << i % 8);
        at += (dims + 7) / 8;
    }
    for (uint32_t i = 0; i < dims; i++)
        at = put_word(at, bits_of(&record->point[i]));
    return at;
}

static unsigned char *put_notes(unsigned char *at, const hpi_record *record) {
    at = put_text(at, record->reason);
    at = put_varint(at, record->attr_count);
    at = put_varint(at, record->constraint_count);
    for (uint32_t i = 0; i < record->attr_count; i++)
        at = put_attr(at, &record->attrs[i]);
    for (uint32_t i = 0; i < record->constraint_count; i++)
        at = put_attr(at, &record->constraints[i]);
    return at;
}

static unsigned flags_of(const hpi_record *record) {
    bool has_notes = *record->reason || record->attr_count > 0 || record->constraint_count > 0;
    return (record->has_report ? HPI_RECORD_HAS_REPORT : 0U) |
           (record->given ? HPI_RECORD_HAS_GIVEN : 0U) |
           (record->order != HPI_UNKNOWN ? HPI_RECORD_HAS_ORDER : 0U) |
           (record->asked != HPI_UNKNOWN ? HPI_RECORD_HAS_ASKED : 0U) |
           (record->start_wall_ns != HPI_NO_TIME ? HPI_RECORD_HAS_START : 0U) |
           (record->end_wall_ns != HPI_NO_TIME ? HPI_RECORD_HAS_END : 0U) |
           (record->duration_ns >= 0 ? HPI_RECORD_HAS_DURATION : 0U) |
           (has_notes ? HPI_RECORD_HAS_NOTES : 0U);
}

/* The end is nearly always start + duration: then it is one byte. The sums may wrap, and do so both
 * ways. */
static unsigned char *put_times(unsigned char *at, const hpi_record *record, unsigned flags) {
    uint64_t expected = 0;
    if (flags & HPI_RECORD_HAS_START) {
        at = put_word(at, (uint64_t)record->start_wall_ns);
        expected += (uint64_t)record->start_wall_ns;
    }
    if (flags & HPI_RECORD_HAS_DURATION) {
        at = put_varint(at, (uint64_t)record->duration_ns);
        expected += (uint64_t)record->duration_ns;
    }
    if (flags & HPI_RECORD_HAS_END)
        at = put_varint(at, fold((uint64_t)record->end_wall_ns - expected));
    return at;
}

static size_t measure_attrs(const hpt_attr *attrs, uint32_t count) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += strlen(attrs[i].name) + 1 + 2 * (size_t)HPI_RECORD_VARINT_BYTES;
        if (attrs[i].value.type == HPT_TYPE_TEXT) bytes += strlen(attrs[i].value.as.text);
    }
    return bytes;
}

static size_t measure(const hpi_record *record, uint32_t dims) {
    return HPI_RECORD_FIXED_BYTES + (size_t)dims * 8 + (dims + 7) / 8 + strlen(record->reason) +
           measure_attrs(record->attrs, record->attr_count) +
           measure_attrs(record->constraints, record->constraint_count);
}

static hpt_status reserve(hpi_bytes *bytes, size_t room, hpt_err *err) {
    if (room <= bytes->room) return HPT_OK;
    if (room < 2 * bytes->room) room = 2 * bytes->room;
    unsigned char *at = hpi_resize(bytes->at, room, 1);
    if (!at) return hpi_fail(err, HPT_ENOMEM, "out of memory for a trial's record");
    bytes->at = at;
    bytes->room = room;
    return HPT_OK;
}

static unsigned char *put_start(unsigned char *at, const hpi_record *record, uint32_t dims,
                                unsigned flags) {
    *at++ = HPI_RECORD_VERSION;
    *at++ = (unsigned char)flags;
    *at++ = (unsigned char)((unsigned)record->state | record->value_count << 3);
    at = put_varint(at, dims);
    at = put_varint(at, record->number);
    if (flags & HPI_RECORD_HAS_ORDER) at = put_varint(at, fold(record->order - record->number));
    if (flags & HPI_RECORD_HAS_ASKED) at = put_varint(at, fold(record->asked - record->number));
    return put_varint(at, record->worker + 1U); /* nobody: 0 */
}

hpt_status hpi_record_encode(const hpi_record *record, uint32_t dims, hpi_bytes *into,
                             hpt_err *err) {
    HPI_ASSERT(record->value_count <= HPI_RECORD_VALUES_MAX);
    HPI_ASSERT(record->reason);
    hpt_status status = reserve(into, measure(record, dims), err);
    if (status != HPT_OK) return status;
    unsigned       flags = flags_of(record);
    unsigned char *at = put_times(put_start(into->at, record, dims, flags), record, flags);
    if (flags & HPI_RECORD_HAS_REPORT) {
        at = put_varint(at, fold((uint64_t)record->last_step));
        at = put_real(at, record->last_value);
    }
    at = put_point(at, record, dims);
    for (uint32_t i = 0; i < record->value_count; i++)
        at = put_real(at, record->values[i]);
    if (flags & HPI_RECORD_HAS_NOTES) at = put_notes(at, record);
    size_t   bytes = (size_t)(at - into->at);
    uint32_t crc = hpi_crc32c(0, into->at, bytes);
    for (int i = 0; i < HPI_RECORD_CRC_BYTES; i++)
        at[i] = (unsigned char)(crc >> 8 * i);
    into->used = bytes + HPI_RECORD_CRC_BYTES;
    HPI_ASSERT(into->used <= into->room);
    return HPT_OK;
}
