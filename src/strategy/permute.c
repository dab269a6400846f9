/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/permute.h"

#include <math.h>

#include "base/err.h"
#include "base/rng.h"

enum {
    DIGIT_ROUNDS = 3,
    RANKED_MAX = 16, /* here sorting 16 hashes costs as much as the network */
};

void hpi_permute_init(hpi_permute *permute, uint64_t seed) {
    for (uint64_t i = 0; i < HPI_PERMUTE_ROUNDS; i += 4)
        hpi_rng_block(seed, 0, HPI_STREAM_PERMUTE, i / 4, permute->keys + i);
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; constants: Stafford's variant 13):
 * a bijection of 64 bits in which every bit depends on every other. */
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The least root with root * root >= size. The double is within 1 of it. */
static uint64_t root_above(uint64_t size) {
    uint64_t root = (uint64_t)sqrt((double)size);
    while (root > 1 && (size - 1) / (root - 1) < root - 1)
        root--;
    while (root < (size - 1) / root + 1)
        root++;
    return root;
}

hpi_permute_span hpi_permute_span_of(uint64_t size) {
    HPI_ASSERT(size >= 1);
    uint64_t columns = root_above(size);
    return (hpi_permute_span){ .size = size, .rows = (size - 1) / columns + 1, .columns = columns };
}

/* A number below limit <= 2^32. */
static uint64_t below(uint64_t limit, uint64_t key, uint64_t x) {
    return ((mix(key + x) >> 32) * limit) >> 32;
}

static uint64_t add_modulo(uint64_t a, uint64_t b, uint64_t modulus) {
    uint64_t sum = a + b;
    return sum >= modulus ? sum - modulus : sum;
}

/* A Feistel network on rows x columns, with additions modulo both instead of XOR: FE2 and the cycle
 * walking below are Black, Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002. */
static uint64_t feistel(const hpi_permute *permute, const hpi_permute_span *span, uint64_t tweak,
                        uint64_t number) {
    uint64_t row = number / span->columns;
    uint64_t column = number % span->columns;
    for (int i = 0; i < HPI_PERMUTE_ROUNDS; i += 2) {
        row = add_modulo(row, below(span->rows, permute->keys[i] ^ tweak, column), span->rows);
        column = add_modulo(column, below(span->columns, permute->keys[i + 1] ^ tweak, row),
                            span->columns);
    }
    return row * span->columns + column;
}

/* A Feistel network of a few cells reaches some permutations far too often: 3 x 3 cells, for one,
 * only even ones. So a few items are sorted by their hashes: `number` goes to its rank. */
static uint64_t rank_of(uint64_t key, uint64_t size, uint64_t number) {
    uint64_t own = mix(key + number), rank = 0;
    for (uint64_t other = 0; other < size; other++)
        rank += mix(key + other) < own; /* never equal: mix is a bijection */
    return rank;
}

/* The table has fewer than `columns` cells too many, so the walk hardly ever takes a second step;
 * it ends because a bijection that leaves the span comes back into it. */
uint64_t hpi_permute_number(const hpi_permute *permute, const hpi_permute_span *span,
                            uint64_t tweak, uint64_t number) {
    HPI_ASSERT(number < span->size);
    if (span->size <= RANKED_MAX) return rank_of(permute->keys[0] ^ tweak, span->size, number);
    do
        number = feistel(permute, span, tweak, number);
    while (number >= span->size);
    return number;
}

static uint64_t digit_hash(const hpi_permute *permute, size_t place, uint64_t digit) {
    return mix(mix(permute->keys[0] + place) + digit);
}

/* One digit after the other is permuted in a way that depends on all others. While a digit moves
 * the others stand still, so each step is a bijection, whatever the hash; three times around, every
 * digit depends on every digit. No product of spans is ever computed. */
void hpi_permute_digits(const hpi_permute *permute, const hpi_permute_span *spans, size_t count,
                        hpt_coord *digits) {
    uint64_t all = 0;
    for (size_t j = 0; j < count; j++)
        all += digit_hash(permute, j, (uint64_t)digits[j].integer);
    for (uint64_t round = 0; round < DIGIT_ROUNDS; round++)
        for (size_t j = 0; j < count; j++) {
            uint64_t digit = (uint64_t)digits[j].integer;
            uint64_t others = all - digit_hash(permute, j, digit);
            uint64_t tweak = mix(others + mix(round * count + j + 1));
            digit = hpi_permute_number(permute, &spans[j], tweak, digit);
            digits[j].integer = (int64_t)digit;
            all = others + digit_hash(permute, j, digit);
        }
}
