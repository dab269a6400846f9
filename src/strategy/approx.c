/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/approx.h"

#include <math.h>

double hpi_exp(double x) {
    static const double factorials[] = { 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800,
                                         1.0 / 3628800,    1.0 / 362880,    1.0 / 40320,
                                         1.0 / 5040,       1.0 / 720,       1.0 / 120,
                                         1.0 / 24,         1.0 / 6,         0.5,
                                         1.0,              1.0 };
    x = x > -700 ? x < 700 ? x : 700 : -700;
    double whole = floor(x * 1.44269504088896341 + 0.5);
    double r = (x - whole * 0x1.62e42fee00000p-1) - whole * 0x1.a39ef35793c76p-33;
    double p = 0;
    for (size_t i = 0; i < sizeof factorials / sizeof factorials[0]; i++)
        p = p * r + factorials[i];
    return ldexp(p, (int)whole);
}

/* log((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + s^5 / 5 + ...), |s| < 0.172 */
double hpi_log(double x) {
    int    power;
    double m = frexp(x, &power), sum = 0;
    if (m < 0.70710678118654752) {
        m *= 2;
        power--;
    }
    double s = (m - 1) / (m + 1);
    for (int k = 23; k >= 1; k -= 2)
        sum = sum * s * s + 1.0 / k;
    return power * 0.69314718055994531 + 2 * s * sum;
}

double hpi_normal_tail(double x) {
    static const double above[] = { 3.52624965998911e-2, 0.700383064443688, 6.37396220353165,
                                    33.912866078383,     112.079291497871,  221.213596169931,
                                    220.206867912376 };
    static const double under[] = { 8.83883476483184e-2, 1.75566716318264, 16.064177579207,
                                    86.7807322029461,    296.564248779674, 637.333633378831,
                                    793.826512519948,    440.413735824752 };
    double              right = fabs(x), n = 0, d = 0;
    for (size_t i = 0; i < sizeof above / sizeof above[0]; i++)
        n = n * right + above[i];
    for (size_t i = 0; i < sizeof under / sizeof under[0]; i++)
        d = d * right + under[i];
    double tail = hpi_exp(-0.5 * right * right) * (n / d);
    return x >= 0 ? tail : 1 - tail;
}

static double central(double q) {
    double r = 0.180625 - q * q;
    return q *
           (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
           (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
}

static double outer(double tail) {
    double r = sqrt(-hpi_log(tail));
    if (r <= 5) {
        r -= 1.6;
        return (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
               ((0.12021132975 * r + 0.73700164250) * r + 1);
    }
    r -= 5;
    return (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
           ((0.012258202635 * r + 0.24197894225) * r + 1);
}

double hpi_normal_quantile(double p) {
    p = p > 1e-300 ? p < 1 - 1e-16 ? p : 1 - 1e-16 : 1e-300;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return central(q);
    return q < 0 ? -outer(p) : outer(1 - p);
}
