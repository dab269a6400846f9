/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_RNG_H
#define HPI_BASE_RNG_H

/* Random numbers as a function of (seed, number, stream), never of the order of calls: that is what
 * makes a run the same at any number of workers. Philox4x64-10 (Salmon et al., SC 2011). */

#include <stdint.h>

#include <Random123/philox.h>

/* hpt's own streams lie above 2^32, a plug-in's below (extend.h). */
enum { HPI_STREAM_BASE_SHIFT = 32 };
#define HPI_STREAM(n)       ((uint64_t)(n) << HPI_STREAM_BASE_SHIFT)
#define HPI_STREAM_POINT    HPI_STREAM(1)  /* the coordinates of a trial's point         */
#define HPI_STREAM_TRIAL    HPI_STREAM(2)  /* hpt_trial_seed(), plus the objective's own  */
#define HPI_STREAM_PERMUTE  HPI_STREAM(3)  /* round keys of a permutation                */
#define HPI_STREAM_SCRAMBLE HPI_STREAM(4)  /* scrambling of quasi-random sequences       */
#define HPI_STREAM_SIMULATE HPI_STREAM(5)  /* durations and faults of a simulated pool    */
#define HPI_STREAM_MODEL    HPI_STREAM(6)  /* draws from the model of a strategy that learns */
#define HPI_STREAM_THIN     HPI_STREAM(7)  /* which observations stand for all           */
#define HPI_STREAM_SEARCH   HPI_STREAM(8)  /* valid points of a constrained space         */
#define HPI_STREAM_REJECT   HPI_STREAM(9)  /* further draws for a trial's point           */
#define HPI_STREAM_NEW      HPI_STREAM(10) /* a new point instead of one that is known */
#define HPI_STREAM_HILL     HPI_STREAM(13) /* where a descent goes on                        */
#define HPI_STREAM_FOREST   HPI_STREAM(14) /* which trials and splits make a tree            */
#define HPI_STREAM_MEMBER   HPI_STREAM(15) /* the seed of each process that shares a study       */

/* Words 4 * block to 4 * block + 3 of a stream. */
static inline void hpi_rng_block(uint64_t seed, uint64_t number, uint64_t stream, uint64_t block,
                                 uint64_t words_out[4]) {
    philox4x64_ctr_t counter = { { number, block, 0, 0 } };
    philox4x64_key_t key = { { seed, stream } };
    philox4x64_ctr_t words = philox4x64_R(10, counter, key);
    words_out[0] = words.v[0]; /* one by one: a loop became a copy through vector registers that */
    words_out[1] = words.v[1]; /* had to wait for the four stores before it                       */
    words_out[2] = words.v[2];
    words_out[3] = words.v[3];
}

/* 53 random bits as a double in [0, 1). */
static inline double hpi_rng_unit(uint64_t word) {
    return (double)(word >> 11) * 0x1p-53;
}

#endif
