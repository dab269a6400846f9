/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/uuid.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/system.h"

/* The system's randomness; without it, the clocks, the process and an address: enough to tell runs
 * apart, which is all an id is for. */
static void fill(uint8_t bytes[16]) {
    if (hpi_random_bytes(bytes, 16)) return;
    uint64_t words[4];
    hpi_rng_block((uint64_t)hpi_wall_ns(), (uint64_t)hpi_now_ns(), (uint64_t)getpid(),
                  (uint64_t)(uintptr_t)bytes, words);
    memcpy(bytes, words, 16);
}

void hpi_uuid(char text_out[37]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t           bytes[16];
    fill(bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* version 4     */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* the RFC's variant */
    char *out = text_out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}
