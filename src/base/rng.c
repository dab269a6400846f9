/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/rng.h"

#include "hpt/extend.h"

void hpt_random(uint64_t seed, uint64_t number, uint64_t stream, uint64_t *words_out,
                size_t count) {
    uint64_t four[4];
    for (size_t i = 0; words_out && i < count; i++) {
        if (i % 4 == 0) hpi_rng_block(seed, number, stream, i / 4, four);
        words_out[i] = four[i % 4];
    }
}
