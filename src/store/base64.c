/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hpi_base64_write(const unsigned char *bytes, size_t count, char *out) {
    for (; count >= 3; bytes += 3, count -= 3, out += 4) {
        uint32_t three = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        out[0] = digits[three >> 18];
        out[1] = digits[three >> 12 & 63];
        out[2] = digits[three >> 6 & 63];
        out[3] = digits[three & 63];
    }
    if (count == 0) return;
    uint32_t rest = (uint32_t)bytes[0] << 16 | (count == 2 ? (uint32_t)bytes[1] << 8 : 0);
    out[0] = digits[rest >> 18];
    out[1] = digits[rest >> 12 & 63];
    out[2] = digits[rest >> 6 & 63];
    if (count == 1) out[2] = '=';
    out[3] = '=';
}

/* The value of each character plus one; 0 for what is none. */
#define RUN4(c, first)                                                                             \
    [(c)] = (first) + 1, [(c) + 1] = (first) + 2, [(c) + 2] = (first) + 3, [(c) + 3] = (first) + 4
#define RUN12(c, first) RUN4(c, first), RUN4((c) + 4, (first) + 4), RUN4((c) + 8, (first) + 8)
static const unsigned char values[256] = {
    RUN12('A', 0),  RUN12('M', 12), [89] = 25,  [90] = 26,     RUN12('a', 26),
    RUN12('m', 38), [121] = 51,     [122] = 52, RUN4('0', 52), RUN4('4', 56),
    ['8'] = 61,     ['9'] = 62,     ['+'] = 63, ['/'] = 64,
};

static uint32_t value_of(char c, uint32_t *bad) {
    uint32_t value = values[(unsigned char)c];
    *bad |= value == 0;
    return value - 1;
}

bool hpi_base64_read(const char *text, size_t chars, unsigned char *out, size_t *count_out) {
    if (chars % 4 != 0) return false;
    size_t   padding = chars == 0 ? 0 : (size_t)(text[chars - 1] == '=') + (text[chars - 2] == '=');
    size_t   whole = padding > 0 ? chars - 4 : chars;
    uint32_t bad = 0;
    if (padding == 2 && text[chars - 1] != '=') return false;
    for (size_t i = 0; i < whole; i += 4, out += 3) {
        uint32_t four = value_of(text[i], &bad) << 18 | value_of(text[i + 1], &bad) << 12 |
                        value_of(text[i + 2], &bad) << 6 | value_of(text[i + 3], &bad);
        out[0] = (unsigned char)(four >> 16);
        out[1] = (unsigned char)(four >> 8);
        out[2] = (unsigned char)four;
    }
    if (padding > 0) {
        uint32_t last = value_of(text[whole], &bad) << 18 | value_of(text[whole + 1], &bad) << 12;
        if (padding == 1) last |= value_of(text[whole + 2], &bad) << 6;
        bad |= (padding == 1 ? last & 0xFF : last & 0xFFFF) != 0;
        out[0] = (unsigned char)(last >> 16);
        if (padding == 1) out[1] = (unsigned char)(last >> 8);
    }
    *count_out = HPI_BASE64_BYTES(chars) - padding;
    return !bad;
}
