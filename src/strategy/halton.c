/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/halton.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

/* A base's digits are handled in two halves, so that each half is a number below 2^32 and every
 * step fits 64 bits. */
enum { HALVES = 2 };

struct hpi_halton_base {
    uint32_t base;
    uint32_t digit_count; /* of a half: the most with base^digit_count < 2^32; 31 for base 2 */
    size_t   first;       /* in `digits`: HALVES x (digit_count + 1) of them                 */
};

/* Digit i of a half, counted from the lowest of the index. The entry after the last ends it. */
struct hpi_halton_digit {
    uint32_t factor, shift; /* digit -> (factor * digit + shift) modulo base           */
    uint32_t power;         /* base^(digit_count - i): what i digits read so far weigh */
    uint32_t tail;          /* what digits i and up add when all are 0, scrambled      */
};

static bool is_prime(uint32_t number, const hpi_halton_base *smaller) {
    for (; smaller->base * smaller->base <= number; smaller++)
        if (number % smaller->base == 0) return false;
    return true;
}

static uint32_t next_prime(const hpi_halton_base *bases, size_t d) {
    if (d < 2) return d == 0 ? 2 : 3;
    uint32_t number = bases[d - 1].base + 2;
    while (!is_prime(number, bases))
        number += 2;
    return number;
}

static uint32_t digits_of_half(uint64_t base) {
    uint32_t count = 0;
    for (uint64_t power = base; power <= UINT32_MAX; power *= base)
        count++;
    return count;
}

/* Returns how many digits all bases have together. */
static size_t init_bases(hpi_halton_base *bases, size_t dimension_count) {
    size_t next = 0;
    for (size_t d = 0; d < dimension_count; d++) {
        uint32_t base = next_prime(bases, d);
        bases[d] = (hpi_halton_base){ .base = base, .digit_count = digits_of_half(base) };
        bases[d].first = next;
        next += HALVES * (bases[d].digit_count + (size_t)1);
    }
    return next;
}

static void scramble_half(hpi_halton_digit *digits, const hpi_halton_base *base, uint64_t seed,
                          uint64_t half_number) {
    uint64_t words[4];
    for (uint32_t i = 0; i < base->digit_count; i++) {
        hpi_rng_block(seed, half_number, HPI_STREAM_SCRAMBLE, i, words);
        digits[i].factor = (uint32_t)(1 + ((words[0] >> 32) * (base->base - 1) >> 32));
        digits[i].shift = (uint32_t)((words[1] >> 32) * base->base >> 32);
    }
}

static void init_half(hpi_halton_digit *digits, const hpi_halton_base *base, bool scramble,
                      uint64_t seed, uint64_t half_number) {
    uint32_t count = base->digit_count;
    for (uint32_t i = 0; i < count; i++)
        digits[i] = (hpi_halton_digit){ .factor = 1 };
    if (scramble) scramble_half(digits, base, seed, half_number);
    digits[count] = (hpi_halton_digit){ .power = 1 };
    for (uint32_t i = count; i-- > 0;) {
        digits[i].power = digits[i + 1].power * base->base;
        digits[i].tail = digits[i + 1].tail + digits[i].shift * digits[i + 1].power;
    }
}

/* Scrambling. Without it the dimensions of large bases move in step for thousands of points. Owen,
 * "A randomized Halton algorithm in R" (arXiv:1706.02808), gives every digit of every base a random
 * permutation of its own, leading zeros included. Here the permutations are drawn from digit ->
 * factor * digit + shift (Matousek, J. Complexity 14 (1998)): modulo a prime these bring any two
 * digits to any two equally often, as all permutations do, and no variance depends on more; and a
 * permutation of 10^4 digits is two numbers instead of a table. */
hpt_status hpi_halton_init(hpi_halton *halton, size_t dimension_count, bool scramble, uint64_t seed,
                           hpt_err *err) {
    hpi_halton made = { .dimension_count = dimension_count };
    made.bases = hpi_alloc(dimension_count ? dimension_count : 1, sizeof *made.bases);
    if (!made.bases) goto out_of_memory;
    size_t digit_count = init_bases(made.bases, dimension_count);
    made.digits = hpi_alloc(digit_count ? digit_count : 1, sizeof *made.digits);
    if (!made.digits) goto out_of_memory;
    for (size_t d = 0; d < dimension_count; d++)
        for (size_t half = 0; half < HALVES; half++)
            init_half(made.digits + made.bases[d].first + half * (made.bases[d].digit_count + 1),
                      &made.bases[d], scramble, seed, d * HALVES + half);
    *halton = made;
    return HPT_OK;

out_of_memory:
    hpi_free(made.bases);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for Halton's sequence");
}

void hpi_halton_fini(hpi_halton *halton) {
    hpi_free(halton->bases);
    hpi_free(halton->digits);
    *halton = (hpi_halton){ 0 };
}

/* The next digit_count digits of *index, scrambled, in reverse order. */
static uint64_t reverse_half(const hpi_halton_base *base, const hpi_halton_digit *digit,
                             uint64_t *index) {
    const hpi_halton_digit *end = digit + base->digit_count;
    uint64_t                modulus = base->base, reversed = 0;
    for (; digit<end && * index> 0; digit++, *index /= modulus)
        reversed =
            reversed * modulus + (digit->factor * (*index % modulus) + digit->shift) % modulus;
    return reversed * digit->power + digit->tail;
}

/* (whole + fraction / 2^64) / divisor as a fraction of 2^64, rounded up; whole < divisor < 2^32.
 * Up, because a third of 2^64 rounded down would lie below 1/3, in the wrong third of a range. */
static uint64_t divide(uint64_t whole, uint64_t fraction, uint64_t divisor) {
    uint64_t high = whole << 32 | fraction >> 32;
    uint64_t low = high % divisor << 32 | (fraction & UINT32_MAX);
    return (high / divisor << 32) + low / divisor + (low % divisor != 0);
}

void hpi_halton_point(const hpi_halton *halton, uint64_t index, hpt_coord *fractions_out) {
    for (size_t d = 0; d < halton->dimension_count; d++) {
        const hpi_halton_base  *base = &halton->bases[d];
        const hpi_halton_digit *digits = halton->digits + base->first;
        uint64_t                rest = index, divisor = digits->power;
        uint64_t                upper = reverse_half(base, digits, &rest);
        uint64_t                lower = reverse_half(base, digits + base->digit_count + 1, &rest);
        fractions_out[d].integer = (int64_t)divide(upper, divide(lower, 0, divisor), divisor);
    }
}
