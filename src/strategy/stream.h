/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_STREAM_H
#define HPI_STRATEGY_STREAM_H

/* Random numbers of one trial, one after the other: for strategies that cannot say beforehand how
 * many they need. A function of seed and number, as all is. One thread at a time. */

#include <stddef.h>

#include "base/rng.h"

typedef struct hpi_stream {
    uint64_t seed, number, block, words[4];
    unsigned used;
} hpi_stream;

static inline uint64_t hpi_stream_word(hpi_stream *from) {
    if (from->used % 4 == 0)
        hpi_rng_block(from->seed, from->number, HPI_STREAM_POINT, from->block++, from->words);
    return from->words[from->used++ % 4];
}

/* Above 0 and below 1. */
static inline double hpi_stream_unit(hpi_stream *from) {
    return ((double)(hpi_stream_word(from) >> 12) + 0.5) * 0x1p-52;
}

/* 0 to count - 1. */
static inline size_t hpi_stream_below(hpi_stream *from, size_t count) {
    return (size_t)(hpi_stream_unit(from) * (double)count);
}

#endif
