/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/tail.h"

#include <string.h>

#include "base/text.h"

void hpi_tail_add(hpi_tail *tail, const char *bytes, size_t count) {
    if (count > HPI_TAIL_BYTES) {
        bytes += count - HPI_TAIL_BYTES;
        count = HPI_TAIL_BYTES;
    }
    if (tail->used + count > HPI_TAIL_BYTES) {
        size_t gone = tail->used + count - HPI_TAIL_BYTES;
        memmove(tail->bytes, tail->bytes + gone, tail->used - gone);
        tail->used -= gone;
    }
    memcpy(tail->bytes + tail->used, bytes, count);
    tail->used += count;
}

/* Where the last lines begin, of which the last one may lack its end. */
static size_t start_of(const hpi_tail *tail, size_t end, uint32_t lines, size_t room) {
    size_t at = end;
    for (; at > 0 && end - at < room - 1; at--)
        if (tail->bytes[at - 1] == '\n' && lines-- <= 1) break;
    return at;
}

size_t hpi_tail_text(const hpi_tail *tail, uint32_t lines, char *text_out, size_t room) {
    size_t end = tail->used, length = 0;
    while (end > 0 && strchr("\n\r ", tail->bytes[end - 1]))
        end--;
    size_t at = start_of(tail, end, lines, room);
    /* The beginning may have been cut in the middle of a character. */
    while (at < end && ((unsigned char)tail->bytes[at] & 0xC0) == 0x80)
        at++;
    while (at < end) {
        size_t        bytes = hpi_utf8_bytes(tail->bytes + at, end - at);
        unsigned char first = (unsigned char)tail->bytes[at];
        bool is_control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
        if (bytes == 0 || is_control) {
            text_out[length++] = '?';
            at++;
            continue;
        }
        memcpy(text_out + length, tail->bytes + at, bytes);
        length += bytes;
        at += bytes;
    }
    text_out[length] = '\0';
    return length;
}
