/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/normal.h"

#include <math.h>

#include "base/rng.h"
#include "strategy/approx.h"

/* A quotient of two polynomials of degree 7, constant terms first. */
typedef struct quotient {
    double above[8], below[8];
} quotient;

/* clang-format off */
static const quotient central = { /* |p - 1/2| <= 0.425 */
    { 3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
      1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
      3.3430575583588128105e+4, 2.5090809287301226727e+3 },
    { 1.0,                      4.2313330701600911252e+1, 6.8718700749205790830e+2,
      5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4,
      2.8729085735721942674e+4, 5.2264952788528545610e+3 },
};
static const quotient outer = { /* down to p = exp(-25) */
    { 1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
      3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4 },
    { 1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,
      6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
      5.47593808499534494600e-4, 1.05075007164441684324e-9 },
};
static const quotient hart = { /* exp(z^2 / 2) times the share above z */
    { 220.206867912376,          221.213596169931,          112.079291497871,
      33.912866078383,           6.37396220353165,          0.700383064443688,
      0.0352624965998911,        0 },
    { 440.413735824752,          793.826512519948,          637.333633378831,
      296.564248779674,          86.7807322029461,          16.064177579207,
      1.75566716318264,          0.0883883476483184 },
};
static const quotient far = {
    { 6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7 },
    { 1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1,
      1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
      1.42151175831644588870e-7, 2.04426310338993978564e-15 },
};
/* clang-format on */

static double polynomial(const double c[8], double x) {
    double sum = c[7];
    for (int i = 6; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

static double ratio(const quotient *of, double x) {
    return polynomial(of->above, x) / polynomial(of->below, x);
}

double hpi_normal_quantile(double p) {
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return q * ratio(&central, 0.180625 - q * q);
    double tail = q < 0 ? p : 1 - p;
    if (!(tail > 0)) return q < 0 ? -INFINITY : INFINITY;
    double r = sqrt(-hpi_log(tail));
    double z = r <= 5 ? ratio(&outer, r - 1.6) : ratio(&far, r - 5);
    return q < 0 ? -z : z;
}

/* The quotient is good to 1e-15 up to 2.5; from there on so is Laplace's continued fraction. */
static double tail_of(double z) {
    double e = hpi_exp(-0.5 * z * z), fraction = z;
    if (z < 2.5) return e * ratio(&hart, z);
    for (int i = 80; i > 0; i--)
        fraction = z + i / fraction;
    return e / fraction / 2.5066282746310005;
}

double hpi_normal_above(double z) {
    return z < 0 ? 1 - tail_of(-z) : tail_of(z);
}

/* Taylor's series, |x| <= pi / 4. */
static double tangent(double x) {
    double x2 = x * x, sine = 0, cosine = 0;
    for (int i = 16; i > 0; i -= 2) {
        sine = (1 + sine) * -x2 / (i * (i + 1));
        cosine = (1 + cosine) * -x2 / (i * (i - 1));
    }
    return x * (1 + sine) / (1 + cosine);
}

double hpi_cauchy_quantile(double p) {
    static const double pi = 3.14159265358979323846;
    if (p < 0.25) return -1 / tangent(pi * p);
    if (p > 0.75) return 1 / tangent(pi * (1 - p));
    return tangent(pi * (p - 0.5));
}

void hpi_normal_draw(uint64_t seed, uint64_t number, uint64_t block, size_t count, double *z_out) {
    for (size_t j = 0; j < count; j += 4, block++) {
        uint64_t words[4];
        hpi_rng_block(seed, number, HPI_STREAM_POINT, block, words);
        /* The middle of one of 2^52 cells: never 0 or 1, and as far from both. */
        for (size_t i = 0; i < 4 && j + i < count; i++)
            z_out[j + i] = hpi_normal_quantile(((double)(words[i] >> 12) + 0.5) * 0x1p-52);
    }
}
