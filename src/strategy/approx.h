/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_APPROX_H
#define HPI_STRATEGY_APPROX_H

/* exp, log and the normal distribution of + - * / and sqrt alone: the same bits on every machine
 * with IEEE 754 arithmetic, which the C library's are not. Those that end in _f have neither
 * branches nor calls, so that compilers make vector instructions of a loop around them. Any thread.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

/* exp(x) for x <= 0, relative error below 4e-6; 1.6e-28 below -64: far from
 * the denormal numbers, which are slow. */
static inline float hpi_exp_f(float x) {
    x = x > -64.0F ? x : -64.0F;
    float shifted = x * 1.44269504F + 0x1.8p23F; /* rounds to an integer, in the lowest bits */
    float whole = shifted - 0x1.8p23F;
    float r = (x - whole * 0.693145752F) - whole * 1.42860677e-6F;
    float p =
        1 + r * (1 + r * (0.5F + r * (0.166666667F + r * (0.0416666667F + r * 0.00833333333F))));
    uint32_t bits, power;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &p, sizeof bits);
    bits += power << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* log(x) for normal x > 0, absolute error below 1e-6 + 1e-7 |log(x)|. */
static inline float hpi_log_f(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t  power = (int32_t)(bits - UINT32_C(0x3f3504f3)) >> 23; /* mantissa from sqrt(1/2) on */
    uint32_t mantissa = bits - ((uint32_t)power << 23);
    float    m;
    memcpy(&m, &mantissa, sizeof m);
    float s = (m - 1) / (m + 1), s2 = s * s;
    float p =
        2 * s * (1 + s2 * (0.333333333F + s2 * (0.2F + s2 * (0.142857143F + s2 * 0.111111111F))));
    return (float)power * 0.693147181F + p;
}

/* P(Z > x) of a standard normal Z for x >= 0, relative error below 1e-5 up to x = 12. The ratio of
 * polynomials is that of Hart, "Computer Approximations", 1968, no. 5666, as in West, "Better
 * approximations to cumulative normal functions", Wilmott, 2005; for large x it tends to Mills'
 * ratio by itself. */
static inline float hpi_normal_tail_f(float x) {
    float n = 0.0352624966F;
    n = n * x + 0.700383064F;
    n = n * x + 6.37396220F;
    n = n * x + 33.9128661F;
    n = n * x + 112.079291F;
    n = n * x + 221.213596F;
    n = n * x + 220.206868F;
    float d = 0.0883883476F;
    d = d * x + 1.75566716F;
    d = d * x + 16.0641776F;
    d = d * x + 86.7807322F;
    d = d * x + 296.564249F;
    d = d * x + 637.333633F;
    d = d * x + 793.826513F;
    d = d * x + 440.413736F;
    return hpi_exp_f(-0.5F * x * x) * (n / d);
}

/* The z with P(Z < z) = p, for 0 < p < 1; error below 1e-5 (1 + |z|) for p from 1e-30 to 1 - 1e-6.
 * Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2011, table 5. */
static inline float hpi_normal_quantile_f(float p) {
    float w = -hpi_log_f(4 * p * (1 - p));
    w = w > 0 ? w : 0;
    float c = w - 2.5F, t = sqrtf(w) - 3;
    float n = 2.81022636e-8F;
    n = 3.43273939e-7F + n * c;
    n = -3.5233877e-6F + n * c;
    n = -4.39150654e-6F + n * c;
    n = 2.1858087e-4F + n * c;
    n = -1.25372503e-3F + n * c;
    n = -4.17768164e-3F + n * c;
    n = 0.246640727F + n * c;
    n = 1.50140941F + n * c;
    float f = -2.00214257e-4F;
    f = 1.00950558e-4F + f * t;
    f = 1.34934322e-3F + f * t;
    f = -3.67342844e-3F + f * t;
    f = 5.73950773e-3F + f * t;
    f = -7.6224613e-3F + f * t;
    f = 9.43887047e-3F + f * t;
    f = 1.00167406F + f * t;
    f = 2.83297682F + f * t;
    return (w < 5 ? n : f) * (2 * p - 1) * 1.41421356F;
}

/* exp(x), relative error below 1e-14; x is clamped to +-700. */
double hpi_exp(double x);

/* log(x) for normal x > 0, error below 1e-15 (1 + |log(x)|). */
double hpi_log(double x);

#endif
