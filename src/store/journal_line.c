/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_line.h"

#include <string.h>

#include "store/record.h"

static const char start[] = "{\"op_code\":", member[] = ",\"worker_id\":\"hpt\",\"hpt\":\"";
static const char to_study[] = "\",\"study_id\":",
                  to_record[] = ",\"system_attrs\":{\"hpt:record\":\"";

/* Where things are in a line of ours: every operation of ours has one digit. */
enum {
    REST_DIGITS = 16,
    BYTES_DIGITS = 8,
    CRC_DIGITS = 8,
    CODE_AT = sizeof start - 1,
    MEMBER_AT = CODE_AT + 1,
    REST_AT = MEMBER_AT + sizeof member - 1,
    BYTES_AT = REST_AT + REST_DIGITS,
    CRC_AT = BYTES_AT + BYTES_DIGITS,
    HEAD_AT = CRC_AT + CRC_DIGITS
};

/* ---- ours ---- */

static bool read_hex(const char *at, int digits, uint64_t *number_out) {
    uint64_t number = 0;
    for (int i = 0; i < digits; i++) {
        char c = at[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && !(c >= 'a' && c <= 'f')) return false;
        number = number << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *number_out = number;
    return true;
}

static void write_hex(char *at, int digits, uint64_t number) {
    for (int i = digits; i-- > 0; number >>= 4)
        at[i] = "0123456789abcdef"[number & 15];
}

bool hpi_journal_frame(hpi_slice line, uint64_t *rest_out) {
    uint64_t bytes;
    return line.bytes > HEAD_AT && memcmp(line.at, start, CODE_AT) == 0 &&
           memcmp(line.at + MEMBER_AT, member, sizeof member - 1) == 0 &&
           read_hex(line.at + REST_AT, REST_DIGITS, rest_out) &&
           read_hex(line.at + BYTES_AT, BYTES_DIGITS, &bytes) && bytes == line.bytes &&
           line.at[line.bytes - 1] == '\n';
}

static uint32_t sum_of(hpi_slice line) {
    uint32_t sum = hpi_crc32c(0, line.at, CRC_AT);
    return hpi_crc32c(sum, line.at + HEAD_AT, line.bytes - HEAD_AT);
}

bool hpi_journal_verify(hpi_slice line, uint64_t *rest_out) {
    uint64_t rest, crc;
    if (!hpi_journal_frame(line, &rest) || !read_hex(line.at + CRC_AT, CRC_DIGITS, &crc) ||
        crc != sum_of(line))
        return false;
    *rest_out = rest;
    return true;
}

static const char *find(hpi_slice line, const char *text) {
    size_t bytes = strlen(text);
    for (size_t i = 0; i + bytes <= line.bytes; i++) {
        const char *at = memchr(line.at + i, text[0], line.bytes - bytes - i + 1);
        if (!at) return NULL;
        if (memcmp(at, text, bytes) == 0) return at;
        i = (size_t)(at - line.at);
    }
    return NULL;
}

/* Either of two pieces: no single flipped byte hides a line of ours. */
bool hpi_journal_is_ours(hpi_slice line) {
    hpi_slice front = { line.at, line.bytes < 128 ? line.bytes : 128 };
    return find(front, "\"worker_id\":\"hpt\"") || find(front, "\"hpt\":\"");
}

hpi_slice hpi_journal_head(hpi_slice line) {
    const char *at = line.at + HEAD_AT, *end = line.at + line.bytes;
    if (line.bytes < HEAD_AT + 64 || memcmp(at, to_study, sizeof to_study - 1) != 0)
        return (hpi_slice){ 0 };
    for (at += sizeof to_study - 1; at < end && *at >= '0' && *at <= '9';)
        at++;
    if ((size_t)(end - at) < sizeof to_record || memcmp(at, to_record, sizeof to_record - 1) != 0)
        return (hpi_slice){ 0 };
    at += sizeof to_record - 1;
    return (hpi_slice){ line.at + HEAD_AT, (size_t)(at - line.at) - HEAD_AT };
}

bool hpi_journal_peek(hpi_slice line, hpi_slice head, hpi_slice *record_out) {
    uint64_t rest;
    if (head.bytes == 0 || line.bytes < HEAD_AT + head.bytes || !hpi_journal_frame(line, &rest) ||
        line.at[CODE_AT] != '0' + HPI_OP_CREATE_TRIAL ||
        memcmp(line.at + HEAD_AT, head.at, head.bytes) != 0)
        return false;
    const char *text = line.at + HEAD_AT + head.bytes;
    const char *quote = memchr(text, '"', (size_t)(line.at + line.bytes - text));
    if (!quote) return false;
    *record_out = (hpi_slice){ text, (size_t)(quote - text) };
    return true;
}

void hpi_journal_begin_line(hpi_writer *writer, int code) {
    char digit[2] = { (char)('0' + code), '\0' }, zeros[HEAD_AT - REST_AT];
    memset(zeros, '0', sizeof zeros);
    hpi_write_bytes(writer, start, CODE_AT);
    hpi_write_bytes(writer, digit, 1);
    hpi_write_bytes(writer, member, sizeof member - 1);
    hpi_write_bytes(writer, zeros, sizeof zeros);
    hpi_write_bytes(writer, "\"", 1);
}

void hpi_journal_seal(char *text, size_t bytes) {
    while (bytes > 0) {
        char     *feed = memchr(text, '\n', bytes);
        hpi_slice line = { text, (size_t)(feed - text) + 1 };
        bytes -= line.bytes;
        write_hex(text + REST_AT, REST_DIGITS, bytes);
        write_hex(text + BYTES_AT, BYTES_DIGITS, line.bytes);
        write_hex(text + CRC_AT, CRC_DIGITS, sum_of(line));
        text = feed + 1;
    }
}

/* ---- anybody's ---- */

static void take_member(hpi_journal_op *op, hpi_slice key, hpi_slice value) {
#define SLOT(name)                                                                                 \
    if (hpi_py_is(key, #name)) {                                                                   \
        op->name = value;                                                                          \
        return;                                                                                    \
    }
    HPI_OP_SLOTS(SLOT)
#undef SLOT
}

const char *hpi_journal_read(hpi_slice line, hpi_journal_op *op_out) {
    hpi_slice      all, key, value;
    hpi_journal_op op = { .is_ours = hpi_journal_is_ours(line) };
    if (op.is_ours && !hpi_journal_verify(line, &op.rest))
        return "is damaged: its checksum is wrong";
    if (!hpi_py_check(line.at, line.bytes, &all) || hpi_py_type(all) != HPI_JSON_OBJECT)
        return "is no JSON object";
    while (hpi_py_member(&all, &key, &value))
        take_member(&op, key, value);
    if (!hpi_py_int(op.op_code, &op.code)) return "has no op_code";
    *op_out = op;
    return NULL;
}
