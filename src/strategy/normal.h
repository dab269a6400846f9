/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_NORMAL_H
#define HPI_STRATEGY_NORMAL_H

/* The standard normal distribution, and Cauchy's, of + - * / and sqrt alone (approx.h). Pure
 * functions: any thread. */

#include <stddef.h>
#include <stdint.h>

/* The z below which a share p of it lies, to 16 digits: algorithm AS 241, PPND16 (Wichura, Applied
 * Statistics 37, 1988). -INFINITY for p <= 0, INFINITY for p >= 1. About 10 ns. */
double hpi_normal_quantile(double p);

/* The share above z, to 15 digits, up to z = 37: near 0 Hart's algorithm 5666 ("Computer
 * Approximations", 1968), as in West, Wilmott, 2005; then Laplace's continued fraction. Up to
 * 0.3 us. */
double hpi_normal_above(double z);

/* The x below which a share p of the standard Cauchy distribution lies: tan(pi (p - 1/2)), 0 < p
 * < 1. */
double hpi_cauchy_quantile(double p);

/* `count` independent normal numbers as a function of (seed, number), made from the words of the
 * trial's stream for points from word 4 * `block` on. */
void hpi_normal_draw(uint64_t seed, uint64_t number, uint64_t block, size_t count, double *z_out);

#endif
