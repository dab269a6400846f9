/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/crc32c.h"

#include <nmmintrin.h>
#include <string.h>

__attribute__((target("sse4.2"))) static uint32_t add(uint32_t crc, const unsigned char *at,
                                                      size_t count) {
    uint64_t sum = ~crc, word;
    for (; count >= sizeof word; at += sizeof word, count -= sizeof word) {
        memcpy(&word, at, sizeof word);
        sum = _mm_crc32_u64(sum, word);
    }
    for (; count > 0; at++, count--)
        sum = _mm_crc32_u8((uint32_t)sum, *at);
    return ~(uint32_t)sum;
}

bool hpi_crc32c_quick(uint32_t *crc, const void *bytes, size_t count) {
    if (!__builtin_cpu_supports("sse4.2")) return false;
    *crc = add(*crc, bytes, count);
    return true;
}
