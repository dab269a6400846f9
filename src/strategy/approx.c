/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/approx.h"

#include <math.h>

/* The highest power first. */
static double polynomial(const double *coefficients, size_t count, double x) {
    double sum = coefficients[0];
    for (size_t i = 1; i < count; i++)
        sum = sum * x + coefficients[i];
    return sum;
}

double hpi_exp(double x) {
    static const double factorials[] = { 1.0 / 6227020800,
                                         1.0 / 479001600,
                                         1.0 / 39916800,
                                         1.0 / 3628800,
                                         1.0 / 362880,
                                         1.0 / 40320,
                                         1.0 / 5040,
                                         1.0 / 720,
                                         1.0 / 120,
                                         1.0 / 24,
                                         1.0 / 6,
                                         0.5,
                                         1.0,
                                         1.0 };
    x = x > -700 ? x < 700 ? x : 700 : -700;
    double whole = floor(x * 1.44269504088896341 + 0.5);
    double r = (x - whole * 0x1.62e42fee00000p-1) - whole * 0x1.a39ef35793c76p-33;
    return ldexp(polynomial(factorials, sizeof factorials / sizeof factorials[0], r), (int)whole);
}

/* log((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + s^5 / 5 + ...), |s| < 0.172 */
double hpi_log(double x) {
    static const double odd[] = { 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                  1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0 };
    int                 power;
    double              m = frexp(x, &power);
    if (m < 0.70710678118654752) {
        m *= 2;
        power--;
    }
    double s = (m - 1) / (m + 1);
    double sum = polynomial(odd, sizeof odd / sizeof odd[0], s * s);
    return power * 0.69314718055994531 + 2 * s * sum;
}

double hpi_power(double base, double exponent) {
    return hpi_exp(exponent * hpi_log(base));
}
