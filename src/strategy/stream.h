/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_STREAM_H
#define HPI_STRATEGY_STREAM_H

/* Random numbers of one trial, one after the other: for strategies that cannot say beforehand how
 * many they need. A function of seed and number, as all is. One thread at a time. */

#include <stddef.h>

#include "base/rng.h"

typedef struct hpi_stream {
    uint64_t seed, number;
    uint64_t purpose; /* HPI_STREAM_... */
    uint64_t block, words[4];
    unsigned used;
} hpi_stream;

static inline uint64_t hpi_stream_word(hpi_stream *from) {
    if (from->used % 4 == 0)
        hpi_rng_block(from->seed, from->number, from->purpose, from->block++, from->words);
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

/* ... of a count of any size; the first ones are likelier by one in 2^64 / count. */
static inline uint64_t hpi_stream_modulo(hpi_stream *from, uint64_t count) {
    return hpi_stream_word(from) % count;
}

#endif
