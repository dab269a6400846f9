/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/sobol.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "strategy/sobol_data.h"

/* A place in the packed table. */
typedef struct reader {
    unsigned degree;
    size_t   bit;  /* of the entry that comes next */
    size_t   left; /* entries of this degree       */
} reader;

static uint64_t read_bits(reader *from, unsigned count) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < count; i++, from->bit++)
        bits |= (hpi_sobol_stream[from->bit / 64] >> (from->bit % 64) & 1) << i;
    return bits;
}

/* Direction integers are v_k = m_k 2^(64-k), k = 1 ... 64. Those after the first s follow from the
 * polynomial: v_k = a_1 v_(k-1) + ... + a_(s-1) v_(k-s+1) + v_(k-s) + v_(k-s) / 2^s, + being XOR
 * (Bratley, Fox, ACM TOMS 14 (1988), Algorithm 659). Column `dimension` of `rows`. */
static void read_entry(reader *from, uint64_t *rows, size_t width) {
    while (from->left == 0)
        from->left = hpi_sobol_entry_count[++from->degree];
    from->left--;
    unsigned degree = from->degree;
    uint64_t polynomial = read_bits(from, degree - 1);
    for (unsigned k = 1; k <= degree; k++)
        rows[(k - 1) * width] = (read_bits(from, k - 1) << 1 | 1) << (HPI_SOBOL_BITS - k);
    for (unsigned k = degree; k < HPI_SOBOL_BITS; k++) {
        uint64_t v = rows[(k - degree) * width];
        v ^= v >> degree;
        for (unsigned i = 1; i < degree; i++)
            if (polynomial >> (degree - 1 - i) & 1) v ^= rows[(k - i) * width];
        rows[k * width] = v;
    }
}

hpt_status hpi_sobol_init(hpi_sobol *sobol, size_t dimension_count, hpt_err *err) {
    HPI_ASSERT(dimension_count <= HPI_SOBOL_DIMENSIONS_MAX);
    size_t    width = dimension_count;
    uint64_t *rows = hpi_alloc((HPI_SOBOL_BITS + 1) * (width ? width : 1), sizeof *rows);
    if (!rows) return hpi_fail(err, HPT_ENOMEM, "out of memory for Sobol's direction numbers");
    /* Dimension 0 is van der Corput's sequence: every m is 1. */
    for (size_t k = 0; width > 0 && k < HPI_SOBOL_BITS; k++)
        rows[k * width] = UINT64_C(1) << (HPI_SOBOL_BITS - 1 - k);
    reader from = { 0 };
    for (size_t d = 1; d < width; d++)
        read_entry(&from, rows + d, width);
    *sobol = (hpi_sobol){ .dimension_count = width, .rows = rows };
    return HPT_OK;
}

void hpi_sobol_fini(hpi_sobol *sobol) {
    hpi_free(sobol->rows);
    *sobol = (hpi_sobol){ 0 };
}

/* Words 0 to 63: the columns of a random lower triangular matrix over GF(2) with ones on the
 * diagonal, bit 63 being the first. Word 64: the digital shift. */
static void draw_matrix(uint64_t seed, size_t dimension, uint64_t words_out[HPI_SOBOL_BITS + 4]) {
    for (size_t i = 0; i < HPI_SOBOL_BITS + 4; i += 4)
        hpi_rng_block(seed, dimension, HPI_STREAM_SCRAMBLE, i / 4, words_out + i);
    for (unsigned i = 0; i < HPI_SOBOL_BITS; i++) {
        uint64_t one = UINT64_C(1) << (HPI_SOBOL_BITS - 1 - i);
        words_out[i] = (words_out[i] & (one - 1)) | one;
    }
}

static uint64_t multiply(const uint64_t *columns, uint64_t v) {
    uint64_t product = 0;
    for (; v; v <<= 1, columns++)
        if (v >> (HPI_SOBOL_BITS - 1)) product ^= *columns;
    return product;
}

/* Linear matrix scrambling with a digital shift: Matousek, "On the L2-discrepancy for anchored
 * boxes", J. Complexity 14 (1998). Preferred to Owen's nested scrambling by hashing, which would
 * cost some 10 ns per coordinate and be only as good as its hash: this one is folded into the
 * direction integers once, costs the points nothing, keeps the net exactly (a triangular matrix and
 * a shift map elementary intervals onto elementary intervals), makes every point uniform, and gives
 * integrals the same variance (Owen, "Variance with alternative scramblings of digital nets", ACM
 * TOMACS 13 (2003)). */
void hpi_sobol_scramble(hpi_sobol *sobol, uint64_t seed) {
    uint64_t words[HPI_SOBOL_BITS + 4];
    size_t   width = sobol->dimension_count;
    for (size_t d = 0; d < width; d++) {
        draw_matrix(seed, d, words);
        for (size_t k = 0; k < HPI_SOBOL_BITS; k++)
            sobol->rows[k * width + d] = multiply(words, sobol->rows[k * width + d]);
        sobol->rows[HPI_SOBOL_BITS * width + d] = words[HPI_SOBOL_BITS];
    }
}

/* The order of Antonov and Saleev (1979): index ^ index / 2 instead of index. Each block of 2^m
 * points is the same set either way; this way it is the published sequence. */
void hpi_sobol_point(const hpi_sobol *sobol, uint64_t index, hpt_coord *fractions_out) {
    size_t          width = sobol->dimension_count;
    const uint64_t *row = sobol->rows + HPI_SOBOL_BITS * width;
    for (size_t d = 0; d < width; d++)
        fractions_out[d].integer = (int64_t)row[d];
    row = sobol->rows;
    for (uint64_t gray = index ^ index >> 1; gray; gray >>= 1, row += width)
        if (gray & 1)
            for (size_t d = 0; d < width; d++)
                fractions_out[d].integer ^= (int64_t)row[d];
}
