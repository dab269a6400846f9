/* SPDX-License-Identifier: BSD-3-Clause */
#include "trial/note.h"

#include <string.h>

#include "base/err.h"

/* A record: this header, then the name with its NUL (attributes), then the value's bytes (texts
 * with their NUL). Headers are copied out, so nothing needs to be aligned. */
typedef struct header {
    uint16_t bytes;      /* of the whole record */
    uint8_t  name_bytes; /* with the NUL; 0 = the reason */
    uint8_t  type;       /* hpt_type of the value        */
} header;

enum { VALUE_BYTES_MAX = 8192 };

static header header_at(const unsigned char *bytes) {
    header head;
    memcpy(&head, bytes, sizeof head);
    return head;
}

/* The record of that name ("" = the reason), or NULL. */
static unsigned char *find(const hpi_notes *notes, const char *name) {
    uint32_t at = 0;
    while (at < notes->used) {
        unsigned char *record = notes->bytes + at;
        header         head = header_at(record);
        const char    *own = head.name_bytes ? (const char *)record + sizeof head : "";
        if (strcmp(own, name) == 0) return record;
        at += head.bytes;
    }
    return NULL;
}

static void cut(hpi_notes *notes, unsigned char *record) {
    uint32_t bytes = header_at(record).bytes;
    uint32_t after = (uint32_t)(notes->bytes + notes->used - (record + bytes));
    memmove(record, record + bytes, after);
    notes->used -= bytes;
}

/* Replace or add a record; on failure nothing has changed. Attributes leave room for a reason: why
 * a trial failed is told however much it said before. */
static bool put(hpi_notes *notes, const char *name, hpt_type type, const void *value,
                size_t value_bytes) {
    size_t         room = notes->room - (*name ? sizeof(header) + HPI_REASON_BYTES : 0);
    size_t         name_bytes = *name ? strlen(name) + 1 : 0;
    size_t         bytes = sizeof(header) + name_bytes + value_bytes;
    unsigned char *old = find(notes, name);
    size_t         freed = old ? header_at(old).bytes : 0;
    if (value_bytes > VALUE_BYTES_MAX || notes->used - freed + bytes > room) return false;
    if (old) cut(notes, old);
    header         head = { .bytes = (uint16_t)bytes,
                            .name_bytes = (uint8_t)name_bytes,
                            .type = (uint8_t)type };
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

static hpt_value value_of(const unsigned char *record, header head) {
    const unsigned char *bytes = record + sizeof head + head.name_bytes;
    hpt_value            value = hpt_null();
    value.type = (hpt_type)head.type;
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
    for (uint32_t at = 0; at < used; at += header_at(bytes + at).bytes)
        if (header_at(bytes + at).name_bytes == 0) return (const char *)bytes + at + sizeof(header);
    return "";
}

uint32_t hpi_notes_attrs(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                         uint32_t room) {
    uint32_t count = 0;
    for (uint32_t at = 0; at < used; at += header_at(bytes + at).bytes) {
        header head = header_at(bytes + at);
        if (head.name_bytes == 0) continue;
        if (count < room) {
            attrs_out[count].name = (const char *)bytes + at + sizeof head;
            attrs_out[count].value = value_of(bytes + at, head);
        }
        count++;
    }
    return count;
}

hpt_value hpi_notes_attr(const unsigned char *bytes, uint32_t used, const char *name) {
    for (uint32_t at = 0; at < used; at += header_at(bytes + at).bytes) {
        header head = header_at(bytes + at);
        if (head.name_bytes > 0 && strcmp((const char *)bytes + at + sizeof head, name) == 0)
            return value_of(bytes + at, head);
    }
    return hpt_null();
}
