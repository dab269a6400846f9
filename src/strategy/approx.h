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

/* A polynomial by Horner's rule, the highest power first. */
static inline float hpi_polynomial_f(const float *coefficients, size_t count, float x) {
    float sum = coefficients[0];
    for (size_t i = 1; i < count; i++)
        sum = sum * x + coefficients[i];
    return sum;
}

/* Of a table of constants: the loop is unrolled, and its caller's made vector instructions of. */
#define HPI_POLYNOMIAL_F(table, x) hpi_polynomial_f(table, sizeof table / sizeof table[0], x)

/* exp(x) for x <= 0, relative error below 4e-6; 1.6e-28 below -64: far from
 * the denormal numbers, which are slow. */
static inline float hpi_exp_f(float x) {
    static const float factorials[] = { 0.00833333333F, 0.0416666667F, 0.166666667F, 0.5F, 1, 1 };
    x = x > -64.0F ? x : -64.0F;
    float    shifted = x * 1.44269504F + 0x1.8p23F; /* rounds to an integer, in the lowest bits */
    float    whole = shifted - 0x1.8p23F;
    float    r = (x - whole * 0.693145752F) - whole * 1.42860677e-6F;
    float    p = HPI_POLYNOMIAL_F(factorials, r);
    uint32_t bits, power;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &p, sizeof bits);
    bits += power << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* log(x) for normal x > 0, absolute error below 1e-6 + 1e-7 |log(x)|. */
static inline float hpi_log_f(float x) {
    static const float odd[] = { 0.111111111F, 0.142857143F, 0.2F, 0.333333333F, 1 };
    uint32_t           bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t  power = (int32_t)(bits - UINT32_C(0x3f3504f3)) >> 23; /* mantissa from sqrt(1/2) on */
    uint32_t mantissa = bits - ((uint32_t)power << 23);
    float    m;
    memcpy(&m, &mantissa, sizeof m);
    float s = (m - 1) / (m + 1), s2 = s * s;
    return (float)power * 0.693147181F + 2 * s * HPI_POLYNOMIAL_F(odd, s2);
}

/* P(Z > x) of a standard normal Z for x >= 0, relative error below 1e-5 up to x = 12. The ratio of
 * polynomials is that of Hart, "Computer Approximations", 1968, no. 5666, as in West, "Better
 * approximations to cumulative normal functions", Wilmott, 2005; for large x it tends to Mills'
 * ratio by itself. */
static inline float hpi_normal_tail_f(float x) {
    static const float above[] = { 0.0352624966F, 0.700383064F, 6.37396220F, 33.9128661F,
                                   112.079291F,   221.213596F,  220.206868F };
    static const float below[] = { 0.0883883476F, 1.75566716F, 16.0641776F, 86.7807322F,
                                   296.564249F,   637.333633F, 793.826513F, 440.413736F };
    float              ratio = HPI_POLYNOMIAL_F(above, x) / HPI_POLYNOMIAL_F(below, x);
    return hpi_exp_f(-0.5F * x * x) * ratio;
}

/* The z with P(Z < z) = p, for 0 < p < 1; error below 1e-5 (1 + |z|) for p from 1e-30 to 1 - 1e-6.
 * Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2011, table 5. */
static inline float hpi_normal_quantile_f(float p) {
    static const float central[] = { 2.81022636e-8F,  3.43273939e-7F, -3.5233877e-6F,
                                     -4.39150654e-6F, 2.1858087e-4F,  -1.25372503e-3F,
                                     -4.17768164e-3F, 0.246640727F,   1.50140941F };
    static const float tail[] = { -2.00214257e-4F, 1.00950558e-4F, 1.34934322e-3F,
                                  -3.67342844e-3F, 5.73950773e-3F, -7.6224613e-3F,
                                  9.43887047e-3F,  1.00167406F,    2.83297682F };
    float              w = -hpi_log_f(4 * p * (1 - p));
    w = w > 0 ? w : 0;
    float near = HPI_POLYNOMIAL_F(central, w - 2.5F), far = HPI_POLYNOMIAL_F(tail, sqrtf(w) - 3);
    return (w < 5 ? near : far) * (2 * p - 1) * 1.41421356F;
}

/* exp(x), relative error below 1e-14; x is clamped to +-700. */
double hpi_exp(double x);

/* log(x) for normal x > 0, error below 1e-15 (1 + |log(x)|). */
double hpi_log(double x);

/* base to the power of exponent, base > 0, as hpi_exp(exponent hpi_log(base)). */
double hpi_power(double base, double exponent);

#endif
