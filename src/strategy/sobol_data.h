/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SOBOL_DATA_H
#define HPI_STRATEGY_SOBOL_DATA_H

/* The table of Joe and Kuo, packed. Constant: any thread.
 *
 * Dimension 0 needs no entry. Each later one belongs to a primitive polynomial over GF(2), in order
 * of degree s: x^s + a_1 x^(s-1) + ... + a_(s-1) x + 1, and has s first direction numbers m_1 ...
 * m_s, m_i odd and below 2^i. Only what is free is stored, as one stream of bits, lowest first:
 * a_(s-1) ... a_1, then the i - 1 upper bits of each m_i, i = 2 ... s. So a degree's entries have
 * (s - 1) + s (s - 1) / 2 bits each, and no bit pattern is invalid but for the polynomial, which
 * test_strategy_qmc.c shows to be primitive. */

#include <stdint.h>

enum { HPI_SOBOL_DEGREE_MAX = 16 };

/* How many entries there are of each degree: all of degree up to 15, 429 of degree 16. */
extern const uint16_t hpi_sobol_entry_count[HPI_SOBOL_DEGREE_MAX + 1];
extern const uint64_t hpi_sobol_stream[];

#endif
