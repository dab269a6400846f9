/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading records; record_form.h says what they look like. Nothing in them is believed before it is
 * checked, although the checksum fits: a wrong one may be somebody's making. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/record_form.h"

/* For get_start(): it may have any number of parameters. A space has fewer. */
#define ANY_DIMS UINT32_MAX

/* A reader that has met something wrong is at its end: all that follows reads as 0, and
 * the place is told once, at last. */

typedef struct reader {
    const unsigned char *at, *end;
    const char          *wrong; /* NULL, or what */
    char                *texts; /* where the next text goes */
} reader;

static void refuse(reader *r, const char *what) {
    if (!r->wrong) r->wrong = what;
    r->at = r->end;
}

static size_t left(const reader *r) {
    return (size_t)(r->end - r->at);
}

static bool needs(reader *r, size_t bytes) {
    if (bytes <= left(r)) return true;
    refuse(r, "it is cut short");
    return false;
}

static unsigned get_byte(reader *r) {
    return needs(r, 1) ? *r->at++ : 0;
}

static uint64_t get_varint(reader *r) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned byte = get_byte(r);
        if (shift == 63 && byte > 1) break;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return number;
    }
    refuse(r, "a number is too long");
    return 0;
}

static uint64_t unfold(uint64_t folded) {
    return folded >> 1 ^ (0 - (folded & 1));
}

static uint64_t get_word(reader *r) {
    uint64_t word = 0;
    if (!needs(r, 8)) return 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)r->at[i] << 8 * i;
    r->at += 8;
    return word;
}

static double get_real(reader *r) {
    double   real;
    uint64_t word = get_word(r);
    memcpy(&real, &word, sizeof real);
    return real;
}

/* Each text has its length before it, a byte at least: so all of them with a NUL behind each fit
 * into as many bytes as the record has. */
static const char *get_text(reader *r) {
    uint64_t bytes = get_varint(r);
    if (bytes > left(r)) refuse(r, "a text is cut short");
    if (r->wrong) return "";
    if (memchr(r->at, '\0', bytes)) refuse(r, "a text has a NUL in it");
    if (r->wrong) return "";
    char *text = r->texts;
    memcpy(text, r->at, bytes);
    text[bytes] = '\0';
    r->texts += bytes + 1;
    r->at += bytes;
    return text;
}

static hpt_value get_value(reader *r) {
    switch (get_byte(r)) {
    case HPT_TYPE_NULL:
        return hpt_null();
    case HPT_TYPE_BOOL:
        return hpt_bool(get_byte(r) != 0);
    case HPT_TYPE_INT:
        return hpt_int((int64_t)unfold(get_varint(r)));
    case HPT_TYPE_REAL:
        return hpt_real(get_real(r));
    case HPT_TYPE_TEXT:
        return hpt_text(get_text(r));
    default:
        refuse(r, "an attribute is of no known type");
        return hpt_null();
    }
}

static void get_times(reader *r, unsigned flags, hpi_record *record) {
    uint64_t start = 0, duration = 0;
    if (flags & HPI_RECORD_HAS_START) start = get_word(r);
    if (flags & HPI_RECORD_HAS_DURATION) duration = get_varint(r);
    if (duration > INT64_MAX) refuse(r, "it took longer than time is");
    if (flags & HPI_RECORD_HAS_START) record->start_wall_ns = (int64_t)start;
    if (flags & HPI_RECORD_HAS_DURATION) record->duration_ns = (int64_t)duration;
    if (flags & HPI_RECORD_HAS_END)
        record->end_wall_ns = (int64_t)(start + duration + unfold(get_varint(r)));
}

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a trial's record");
}

static hpt_status get_point(reader *r, unsigned flags, uint32_t dims, hpi_record_room *room,
                            hpi_record *record, hpt_err *err) {
    size_t bitmap = flags & HPI_RECORD_HAS_GIVEN ? (dims + 7) / 8 : 0;
    if (!needs(r, bitmap + (size_t)dims * 8)) return HPT_OK;
    if (dims > room->point_room) {
        hpt_coord *point = hpi_resize(room->point, dims, sizeof *point);
        if (point) room->point = point;
        bool *given = hpi_resize(room->given, dims, sizeof *given);
        if (given) room->given = given;
        if (!point || !given) return no_memory(err);
        room->point_room = dims;
    }
    const unsigned char *bits = r->at;
    r->at += bitmap;
    for (uint32_t i = 0; i < dims; i++) {
        uint64_t word = get_word(r);
        memcpy(&room->point[i], &word, sizeof word);
    }
    for (uint32_t i = 0; bitmap > 0 && i < dims; i++)
        room->given[i] = bits[i / 8] >> i % 8 & 1;
    record->point = room->point;
    record->given = bitmap > 0 ? room->given : NULL;
    return HPT_OK;
}

static hpt_status get_values(reader *r, hpi_record_room *room, hpi_record *record, hpt_err *err) {
    if (record->value_count == 0) return HPT_OK;
    if (!room->values &&
        !(room->values = hpi_alloc_room(HPI_RECORD_VALUES_MAX, sizeof *room->values)))
        return no_memory(err);
    for (uint32_t i = 0; i < record->value_count; i++)
        room->values[i] = get_real(r);
    record->values = room->values;
    return HPT_OK;
}

static hpt_status reserve_notes(size_t texts, size_t attrs, hpi_record_room *room, hpt_err *err) {
    if (texts > room->text_room) {
        char *memory = hpi_resize(room->texts, texts, 1);
        if (!memory) return no_memory(err);
        room->texts = memory;
        room->text_room = texts;
    }
    if (attrs > room->attr_room) {
        hpt_attr *memory = hpi_resize(room->attrs, attrs, sizeof *memory);
        if (!memory) return no_memory(err);
        room->attrs = memory;
        room->attr_room = attrs;
    }
    return HPT_OK;
}

static hpt_status get_notes(reader *r, hpi_record_room *room, hpi_record *record, hpt_err *err) {
    hpt_status status = reserve_notes(left(r), 0, room, err);
    if (status != HPT_OK) return status;
    r->texts = room->texts;
    record->reason = get_text(r);
    uint64_t attrs = get_varint(r), constraints = get_varint(r);
    /* Each of them is two bytes at least: so nothing is reserved for a count that is a lie. */
    if (attrs > left(r) / 2 || constraints > left(r) / 2 - attrs)
        refuse(r, "there are fewer attributes than it says");
    if (r->wrong) return HPT_OK;
    status = reserve_notes(0, (size_t)(attrs + constraints), room, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < attrs + constraints; i++) {
        room->attrs[i].name = get_text(r);
        room->attrs[i].value = get_value(r);
        if (i >= attrs && room->attrs[i].value.type != HPT_TYPE_REAL)
            refuse(r, "a constraint is no real number");
    }
    record->attr_count = (uint32_t)attrs;
    record->constraint_count = (uint32_t)constraints;
    if (attrs + constraints == 0) return HPT_OK;
    record->attrs = room->attrs;
    record->constraints = room->attrs + attrs;
    return HPT_OK;
}

/* The three bytes at the start and what identifies the trial. */
static unsigned get_start(reader *r, uint32_t dims, hpi_record *record) {
    get_byte(r); /* the version */
    unsigned flags = get_byte(r), what = get_byte(r);
    *record = (hpi_record){ .state = (hpt_trial_state)(what & 7),
                            .value_count = what >> 3,
                            .order = HPI_UNKNOWN,
                            .asked = HPI_UNKNOWN,
                            .start_wall_ns = HPI_NO_TIME,
                            .end_wall_ns = HPI_NO_TIME,
                            .duration_ns = -1,
                            .reason = "" };
    if (record->value_count > HPI_RECORD_VALUES_MAX) {
        record->value_count = 0; /* there is no room for them */
        refuse(r, "it has more than 8 values");
    }
    uint64_t has = get_varint(r);
    if (has != dims && dims != ANY_DIMS) refuse(r, "it has another number of parameters");
    record->number = get_varint(r);
    if (flags & HPI_RECORD_HAS_ORDER) record->order = record->number + unfold(get_varint(r));
    if (flags & HPI_RECORD_HAS_ASKED) record->asked = record->number + unfold(get_varint(r));
    uint64_t worker = get_varint(r);
    if (worker > UINT32_MAX) refuse(r, "there is no such worker");
    record->worker = (uint32_t)worker - 1U;
    return flags;
}

static hpt_status get_all(reader *r, uint32_t dims, hpi_record_room *room, hpi_record *record,
                          hpt_err *err) {
    unsigned flags = get_start(r, dims, record);
    get_times(r, flags, record);
    if (flags & HPI_RECORD_HAS_REPORT) {
        record->has_report = true;
        record->last_step = (int64_t)unfold(get_varint(r));
        record->last_value = get_real(r);
    }
    hpt_status status = get_point(r, flags, dims, room, record, err);
    if (status == HPT_OK) status = get_values(r, room, record, err);
    if (status == HPT_OK && flags & HPI_RECORD_HAS_NOTES) status = get_notes(r, room, record, err);
    if (r->at != r->end) refuse(r, "something follows it");
    return status;
}

static hpt_status check(const unsigned char *bytes, size_t count, hpt_err *err) {
    if (count < HPI_RECORD_BYTES_MIN)
        return hpi_fail(err, HPT_EPARSE, "a record of %zu bytes is too short to be one", count);
    uint32_t crc = 0;
    for (int i = 0; i < HPI_RECORD_CRC_BYTES; i++)
        crc |= (uint32_t)bytes[count - HPI_RECORD_CRC_BYTES + (size_t)i] << 8 * i;
    if (crc != hpi_crc32c(0, bytes, count - HPI_RECORD_CRC_BYTES))
        return hpi_fail(err, HPT_EPARSE, "its checksum is wrong: it is damaged");
    if (*bytes != HPI_RECORD_VERSION)
        return hpi_fail(err, HPT_EPARSE, "it is of version %u, this is hpt %s and reads %d", *bytes,
                        hpt_version(), HPI_RECORD_VERSION);
    return HPT_OK;
}

hpt_status hpi_record_decode(const void *bytes, size_t count, uint32_t dims, hpi_record_room *room,
                             hpi_record *record_out, hpt_err *err) {
    hpi_record record;
    hpt_status status = check(bytes, count, err);
    if (status != HPT_OK) return status;
    reader r = { .at = bytes, .end = (const unsigned char *)bytes + count - HPI_RECORD_CRC_BYTES };
    status = get_all(&r, dims, room, &record, err);
    if (status != HPT_OK) return status;
    if (r.wrong) return hpi_fail(err, HPT_EPARSE, "it is no record: %s", r.wrong);
    *record_out = record;
    return HPT_OK;
}

hpt_status hpi_record_peek(const void *bytes, size_t count, hpi_record *record_out, hpt_err *err) {
    hpi_record record;
    hpt_status status = check(bytes, count, err);
    if (status != HPT_OK) return status;
    reader r = { .at = bytes, .end = (const unsigned char *)bytes + count - HPI_RECORD_CRC_BYTES };
    unsigned flags = get_start(&r, ANY_DIMS, &record);
    if (r.wrong) return hpi_fail(err, HPT_EPARSE, "it is no record: %s", r.wrong);
    record.has_report = flags & HPI_RECORD_HAS_REPORT;
    *record_out = record;
    return HPT_OK;
}

void hpi_record_room_fini(hpi_record_room *room) {
    hpi_free(room->point);
    hpi_free(room->given);
    hpi_free(room->values);
    hpi_free(room->attrs);
    hpi_free(room->texts);
    *room = (hpi_record_room){ 0 };
}
