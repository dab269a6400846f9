/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/note.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* A record: this header, then the name with its NUL (attributes), then the value's bytes (texts
 * with their NUL). Headers are copied out, so nothing needs to be aligned. */
typedef struct header {
    uint16_t bytes;      /* of the whole record */
    uint8_t  name_bytes; /* with the NUL; 0 = the reason, or the values */
    uint8_t  type;       /* hpt_type of the value, or one of the types below */
} header;

/* The values are the first record, with the doubles behind so many bytes: they are aligned. */
enum { TYPE_VALUES = 32, TYPE_CONSTRAINT = 33, VALUES_AT = sizeof(double) };

/* What a record is. */
typedef enum what { VALUES, REASON, ATTR, CONSTRAINT } what;

_Static_assert(sizeof(header) <= VALUES_AT, "the values begin behind the header");
_Static_assert(VALUES_AT + HPI_NOTE_VALUES_MAX * sizeof(double) == HPI_NOTE_VALUES_BYTES,
               "room for the values is kept");

enum { VALUE_BYTES_MAX = 8192 };

static header header_at(const unsigned char *bytes) {
    header head;
    memcpy(&head, bytes, sizeof head);
    return head;
}

static what what_of(header head) {
    if (head.type == TYPE_VALUES) return VALUES;
    if (head.type == TYPE_CONSTRAINT) return CONSTRAINT;
    return head.name_bytes == 0 ? REASON : ATTR;
}

/* Where the record of that kind and name ("": of the reason) is; `used` when there is none. */
static uint32_t find(const unsigned char *bytes, uint32_t used, what kind, const char *name) {
    uint32_t at = 0;
    for (; at < used; at += header_at(bytes + at).bytes) {
        header      head = header_at(bytes + at);
        const char *own = head.name_bytes ? (const char *)bytes + at + sizeof head : "";
        if (what_of(head) == kind && strcmp(own, name) == 0) break;
    }
    return at;
}

static void cut(hpi_notes *notes, unsigned char *record) {
    uint32_t bytes = header_at(record).bytes;
    uint32_t after = (uint32_t)(notes->bytes + notes->used - (record + bytes));
    memmove(record, record + bytes, after);
    notes->used -= bytes;
}

static size_t values_bytes(const hpi_notes *notes) {
    bool has_values = notes->used > 0 && header_at(notes->bytes).type == TYPE_VALUES;
    return has_values ? header_at(notes->bytes).bytes : 0;
}

/* Up to where a record may go. Attributes leave room for a reason: why a trial failed is told
 * however much it said before. */
static size_t limit_of(const hpi_notes *notes, const char *name) {
    return notes->room + values_bytes(notes) - (*name ? sizeof(header) + HPI_REASON_BYTES : 0);
}

/* Replace or add a record; on failure nothing has changed. */
static bool put(hpi_notes *notes, const char *name, int type, const void *value,
                size_t value_bytes) {
    size_t   name_bytes = *name ? strlen(name) + 1 : 0;
    size_t   bytes = sizeof(header) + name_bytes + value_bytes;
    header   head = { .bytes = (uint16_t)bytes,
                      .name_bytes = (uint8_t)name_bytes,
                      .type = (uint8_t)type };
    uint32_t old = find(notes->bytes, notes->used, what_of(head), name);
    size_t   freed = old < notes->used ? header_at(notes->bytes + old).bytes : 0;
    if (value_bytes > VALUE_BYTES_MAX || notes->used - freed + bytes > limit_of(notes, name))
        return false;
    if (freed > 0) cut(notes, notes->bytes + old);
    unsigned char *record = notes->bytes + notes->used;
    memcpy(record, &head, sizeof head);
    if (name_bytes) memcpy(record + sizeof head, name, name_bytes);
    memcpy(record + sizeof head + name_bytes, value, value_bytes);
    notes->used += (uint32_t)bytes;
    return true;
}

bool hpi_notes_set_reason(hpi_notes *notes, const char *reason) {
    HPI_ASSERT(strlen(reason) < HPI_REASON_BYTES);
    return put(notes, "", HPT_TYPE_TEXT, reason, strlen(reason) + 1);
}

bool hpi_notes_set_constraint(hpi_notes *notes, const char *name, double value) {
    HPI_ASSERT(*name && strlen(name) <= HPI_ATTR_NAME_BYTES);
    return put(notes, name, TYPE_CONSTRAINT, &value, sizeof value);
}

bool hpi_notes_set_attr(hpi_notes *notes, const char *name, hpt_value value) {
    HPI_ASSERT(*name && strlen(name) <= HPI_ATTR_NAME_BYTES);
    switch (value.type) {
    case HPT_TYPE_NULL:
        return put(notes, name, value.type, "", 0);
    case HPT_TYPE_BOOL:
        return put(notes, name, value.type, &value.as.boolean, sizeof(bool));
    case HPT_TYPE_INT:
        return put(notes, name, value.type, &value.as.integer, sizeof(int64_t));
    case HPT_TYPE_REAL:
        return put(notes, name, value.type, &value.as.real, sizeof(double));
    case HPT_TYPE_TEXT:
        return put(notes, name, value.type, value.as.text, strlen(value.as.text) + 1);
    }
    return false;
}

void hpi_notes_set_values(hpi_notes *notes, const double *values, uint32_t count) {
    uint32_t bytes = VALUES_AT + count * (uint32_t)sizeof(double);
    HPI_ASSERT(count <= HPI_NOTE_VALUES_MAX);
    if (values_bytes(notes) > 0) cut(notes, notes->bytes);
    memmove(notes->bytes + bytes, notes->bytes, notes->used);
    memset(notes->bytes, 0, VALUES_AT);
    memcpy(notes->bytes, &(header){ .bytes = (uint16_t)bytes, .type = TYPE_VALUES },
           sizeof(header));
    memcpy(notes->bytes + VALUES_AT, values, count * sizeof *values);
    notes->used += bytes;
}

/* What strangers wrote. */

static bool is_text(const unsigned char *bytes, uint32_t count, uint32_t count_max) {
    if (count == 0 || count > count_max || bytes[count - 1] != '\0') return false;
    return strlen((const char *)bytes) == count - 1 && hpi_is_utf8((const char *)bytes, count - 1);
}

static bool is_number(const unsigned char *bytes, uint32_t count, bool may_be_infinite) {
    double number;
    if (count != sizeof number) return false;
    memcpy(&number, bytes, sizeof number);
    return may_be_infinite ? !isnan(number) : isfinite(number);
}

static bool is_value(int type, const unsigned char *bytes, uint32_t count) {
    switch (type) {
    case HPT_TYPE_NULL:
        return count == 0;
    case HPT_TYPE_BOOL:
        return count == 1 && bytes[0] <= 1;
    case HPT_TYPE_INT:
        return count == sizeof(int64_t);
    case HPT_TYPE_REAL:
        return is_number(bytes, count, false);
    case HPT_TYPE_TEXT:
        return is_text(bytes, count, VALUE_BYTES_MAX);
    case TYPE_CONSTRAINT:
        return is_number(bytes, count, true);
    default:
        return false;
    }
}

static bool is_sound(const unsigned char *record, uint32_t left) {
    if (left < sizeof(header)) return false;
    header               head = header_at(record);
    const unsigned char *name = record + sizeof head, *value = name + head.name_bytes;
    if (head.bytes < sizeof head + head.name_bytes || head.bytes > left) return false;
    uint32_t count = head.bytes - (uint32_t)sizeof head - head.name_bytes;
    if (head.name_bytes == 0)
        return head.type == HPT_TYPE_TEXT && is_text(value, count, HPI_REASON_BYTES);
    if (!is_text(name, head.name_bytes, HPI_ATTR_NAME_BYTES + 1)) return false;
    if (hpi_name_problem((const char *)name, HPI_ATTR_NAME_BYTES)) return false;
    return is_value(head.type, value, count);
}

bool hpi_notes_are_sound(const unsigned char *bytes, uint32_t used) {
    uint32_t at = 0;
    while (at < used && is_sound(bytes + at, used - at))
        at += header_at(bytes + at).bytes;
    return at == used;
}

/* Reading. */

const unsigned char *hpi_notes_values(const unsigned char *bytes, uint32_t used,
                                      uint32_t *count_out) {
    if (used == 0 || header_at(bytes).type != TYPE_VALUES) return NULL;
    *count_out = (header_at(bytes).bytes - VALUES_AT) / (uint32_t)sizeof(double);
    return bytes + VALUES_AT;
}

static hpt_value value_of(const unsigned char *record, header head) {
    const unsigned char *bytes = record + sizeof head + head.name_bytes;
    hpt_value            value = hpt_null();
    value.type = head.type == TYPE_CONSTRAINT ? HPT_TYPE_REAL : (hpt_type)head.type;
    switch (value.type) {
    case HPT_TYPE_NULL:
        break;
    case HPT_TYPE_BOOL:
        memcpy(&value.as.boolean, bytes, sizeof(bool));
        break;
    case HPT_TYPE_INT:
        memcpy(&value.as.integer, bytes, sizeof(int64_t));
        break;
    case HPT_TYPE_REAL:
        memcpy(&value.as.real, bytes, sizeof(double));
        break;
    case HPT_TYPE_TEXT:
        value.as.text = (const char *)bytes;
        break;
    }
    return value;
}

const char *hpi_notes_reason(const unsigned char *bytes, uint32_t used) {
    uint32_t at = find(bytes, used, REASON, "");
    return at < used ? (const char *)bytes + at + sizeof(header) : "";
}

static uint32_t list(const unsigned char *bytes, uint32_t used, what kind, hpt_attr *attrs_out,
                     uint32_t room) {
    uint32_t count = 0;
    for (uint32_t at = 0; at < used; at += header_at(bytes + at).bytes) {
        header head = header_at(bytes + at);
        if (what_of(head) != kind) continue;
        if (count < room) {
            attrs_out[count].name = (const char *)bytes + at + sizeof head;
            attrs_out[count].value = value_of(bytes + at, head);
        }
        count++;
    }
    return count;
}

uint32_t hpi_notes_attrs(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                         uint32_t room) {
    return list(bytes, used, ATTR, attrs_out, room);
}

uint32_t hpi_notes_constraints(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                               uint32_t room) {
    return list(bytes, used, CONSTRAINT, attrs_out, room);
}

double hpi_notes_violation(const unsigned char *bytes, uint32_t used, hpt_attr *worst_out) {
    double sum = 0;
    *worst_out = (hpt_attr){ .name = NULL };
    for (uint32_t at = 0; at < used; at += header_at(bytes + at).bytes) {
        header head = header_at(bytes + at);
        if (what_of(head) != CONSTRAINT) continue;
        hpt_value value = value_of(bytes + at, head);
        if (value.as.real <= 0) continue;
        sum += value.as.real;
        if (worst_out->name && value.as.real <= worst_out->value.as.real) continue;
        *worst_out = (hpt_attr){ (const char *)bytes + at + sizeof head, value };
    }
    return sum;
}

hpt_value hpi_notes_attr(const unsigned char *bytes, uint32_t used, const char *name) {
    uint32_t at = *name ? find(bytes, used, ATTR, name) : used;
    return at < used ? value_of(bytes + at, header_at(bytes + at)) : hpt_null();
}
