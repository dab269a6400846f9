/* SPDX-License-Identifier: BSD-3-Clause */
/* The 24 formulas; names and numbers as in RR-6829. */
#include "functions.h"

#include <math.h>

static const double two_pi = 6.28318530717958648;

/* ---- what the formulas are made of (RR-6829, section 0.2) ---- */

#define EACH(i) for (int i = 0; i < it->dim; i++)

static double power_of_axis(const quality_instance *it, double base, int i) {
    return pow(base, (double)i / (it->dim - 1));
}

/* T_osz: small oscillations. */
static double oscillate_one(double x) {
    if (x == 0) return 0;
    double log_x = log(fabs(x)), c1 = x > 0 ? 10 : 5.5, c2 = x > 0 ? 7.9 : 3.1;
    return copysign(exp(log_x + 0.049 * (sin(c1 * log_x) + sin(c2 * log_x))), x);
}

static void oscillate(const quality_instance *it, double *z) {
    EACH(i) z[i] = oscillate_one(z[i]);
}

/* T_asy: breaks the symmetry. */
static void skew(const quality_instance *it, double beta, double *z) {
    EACH(i) if (z[i] > 0) z[i] = pow(z[i], 1 + beta * i / (it->dim - 1) * sqrt(z[i]));
}

/* Lambda^alpha: makes the problem ill-conditioned. */
static void stretch(const quality_instance *it, double alpha, double *z) {
    EACH(i) z[i] *= power_of_axis(it, sqrt(alpha), i);
}

static void turn(const quality_instance *it, const double m[QUALITY_DIM_MAX][QUALITY_DIM_MAX],
                 double *z) {
    double out[QUALITY_DIM_MAX];
    EACH(i) {
        out[i] = 0;
        EACH(j) out[i] += m[i][j] * z[j];
    }
    EACH(i) z[i] = out[i];
}

#define TURN(it, matrix, z) turn(it, (const double(*)[QUALITY_DIM_MAX])(it)->matrix, z)

static void centre(const quality_instance *it, const double *x, double *z) {
    EACH(i) z[i] = x[i] - it->optimum[i];
}

static double penalty(const quality_instance *it, const double *x) {
    double sum = 0;
    EACH(i) if (fabs(x[i]) > 5) sum += (fabs(x[i]) - 5) * (fabs(x[i]) - 5);
    return sum;
}

static double square(const quality_instance *it, const double *z) {
    double sum = 0;
    EACH(i) sum += z[i] * z[i];
    return sum;
}

static double sum_of_powers(const quality_instance *it, double condition, const double *z) {
    double sum = 0;
    EACH(i) sum += power_of_axis(it, condition, i) * z[i] * z[i];
    return sum;
}

static double ripples(const quality_instance *it, const double *z) {
    double sum = 0;
    EACH(i) sum += 1 - cos(two_pi * z[i]);
    return 10 * sum;
}

static double rosenbrock_term(const double *z, int i) {
    double curve = z[i] * z[i] - z[i + 1], rest = z[i] - 1;
    return 100 * curve * curve + rest * rest;
}

/* ---- separable ---- */

static double sphere(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    return square(it, z);
}

static double ellipsoid_separable(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    oscillate(it, z);
    return sum_of_powers(it, 1e6, z);
}

static double rastrigin_separable(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    oscillate(it, z);
    skew(it, 0.2, z);
    stretch(it, 10, z);
    return ripples(it, z) + square(it, z);
}

static double bueche_rastrigin(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    oscillate(it, z);
    EACH(i) z[i] *= (z[i] > 0 && i % 2 == 0 ? 10 : 1) * power_of_axis(it, sqrt(10), i);
    return ripples(it, z) + square(it, z) + 100 * penalty(it, x);
}

static double linear_slope(const quality_instance *it, const double *x, double *z) {
    double sum = 0;
    EACH(i) {
        double slope = copysign(power_of_axis(it, 10, i), it->optimum[i]);
        z[i] = it->optimum[i] * x[i] < 25 ? x[i] : it->optimum[i];
        sum += 5 * fabs(slope) - slope * z[i];
    }
    return sum;
}

/* ---- low or moderate conditioning ---- */

static double attractive_sector(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    stretch(it, 10, z);
    TURN(it, q, z);
    EACH(i) if (z[i] * it->optimum[i] > 0) z[i] *= 100;
    return pow(oscillate_one(square(it, z)), 0.9);
}

static double step_ellipsoid(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    stretch(it, 10, z);
    double first = fabs(z[0]) / 1e4;
    EACH(i) z[i] = fabs(z[i]) > 0.5 ? floor(0.5 + z[i]) : floor(0.5 + 10 * z[i]) / 10;
    TURN(it, q, z);
    return 0.1 * fmax(first, sum_of_powers(it, 100, z)) + penalty(it, x);
}

static double rosenbrock(const quality_instance *it, const double *x, double *z) {
    double sum = 0, scale = fmax(1, sqrt(it->dim) / 8);
    centre(it, x, z);
    EACH(i) z[i] = scale * z[i] + 1;
    for (int i = 0; i + 1 < it->dim; i++)
        sum += rosenbrock_term(z, i);
    return sum;
}

static void place_valley(const quality_instance *it, const double *x, double *z) {
    double scale = fmax(1, sqrt(it->dim) / 8);
    EACH(i) z[i] = x[i];
    TURN(it, r, z);
    EACH(i) z[i] = scale * z[i] + 0.5;
}

static double rosenbrock_rotated(const quality_instance *it, const double *x, double *z) {
    double sum = 0;
    place_valley(it, x, z);
    for (int i = 0; i + 1 < it->dim; i++)
        sum += rosenbrock_term(z, i);
    return sum;
}

/* ---- ill-conditioned, one peak ---- */

static double ellipsoid(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    oscillate(it, z);
    return sum_of_powers(it, 1e6, z);
}

static double discus(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    oscillate(it, z);
    return square(it, z) + (1e6 - 1) * z[0] * z[0];
}

static double bent_cigar(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    skew(it, 0.5, z);
    TURN(it, r, z);
    return 1e6 * square(it, z) - (1e6 - 1) * z[0] * z[0];
}

static double sharp_ridge(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    stretch(it, 10, z);
    TURN(it, q, z);
    return z[0] * z[0] + 100 * sqrt(fmax(0, square(it, z) - z[0] * z[0]));
}

static double different_powers(const quality_instance *it, const double *x, double *z) {
    double sum = 0;
    centre(it, x, z);
    TURN(it, r, z);
    EACH(i) sum += pow(fabs(z[i]), 2 + 4.0 * i / (it->dim - 1));
    return sqrt(sum);
}

/* ---- many peaks, with a structure ---- */

static double rastrigin(const quality_instance *it, const double *x, double *z) {
    centre(it, x, z);
    TURN(it, r, z);
    oscillate(it, z);
    skew(it, 0.2, z);
    TURN(it, q, z);
    stretch(it, 10, z);
    TURN(it, r, z);
    return ripples(it, z) + square(it, z);
}

static double weierstrass(const quality_instance *it, const double *x, double *z) {
    double sum = 0, least = 0;
    centre(it, x, z);
    TURN(it, r, z);
    oscillate(it, z);
    TURN(it, q, z);
    stretch(it, 0.01, z);
    TURN(it, r, z);
    for (int k = 0; k < 12; k++) {
        double half = pow(0.5, k), three = pow(3, k);
        EACH(i) sum += half * cos(two_pi * three * (z[i] + 0.5));
        least += half * cos(two_pi * three * 0.5);
    }
    return 10 * pow(sum / it->dim - least, 3) + 10.0 / it->dim * penalty(it, x);
}

static double schaffers(const quality_instance *it, const double *x, double *z, double condition) {
    double sum = 0;
    centre(it, x, z);
    TURN(it, r, z);
    skew(it, 0.5, z);
    TURN(it, q, z);
    stretch(it, condition, z);
    for (int i = 0; i + 1 < it->dim; i++) {
        double s = sqrt(z[i] * z[i] + z[i + 1] * z[i + 1]), wave = sin(50 * pow(s, 0.2));
        sum += sqrt(s) * (1 + wave * wave);
    }
    sum /= it->dim - 1;
    return sum * sum + 10 * penalty(it, x);
}

static double schaffers_mild(const quality_instance *it, const double *x, double *z) {
    return schaffers(it, x, z, 10);
}

static double schaffers_harsh(const quality_instance *it, const double *x, double *z) {
    return schaffers(it, x, z, 1000);
}

static double griewank_rosenbrock(const quality_instance *it, const double *x, double *z) {
    double sum = 0;
    place_valley(it, x, z);
    for (int i = 0; i + 1 < it->dim; i++) {
        double s = rosenbrock_term(z, i);
        sum += s / 4000 - cos(s) + 1;
    }
    return 10 * sum / (it->dim - 1);
}

/* ---- many peaks, with little structure ---- */

static double schwefel(const quality_instance *it, const double *x, double *z) {
    double sum = 0, turned[QUALITY_DIM_MAX], best = 4.2096874633;
    EACH(i) turned[i] = copysign(2, it->optimum[i]) * x[i];
    EACH(i) z[i] = turned[i] + (i ? 0.25 * (turned[i - 1] - best) : 0) - best;
    stretch(it, 10, z);
    EACH(i) z[i] = 100 * (z[i] + best);
    EACH(i) sum += z[i] * sin(sqrt(fabs(z[i])));
    EACH(i) z[i] /= 100;
    return fmax(0, 4.189828872724339 - sum / (100.0 * it->dim)) + 100 * penalty(it, z);
}

static double gallagher(const quality_instance *it, const double *x, double *z) {
    const quality_peaks *peaks = &it->peaks;
    double               highest = 0;
    EACH(i) z[i] = x[i];
    TURN(it, r, z);
    for (int k = 0; k < peaks->count; k++) {
        double sum = 0;
        EACH(i) sum += peaks->scale[k][i] * (z[i] - peaks->at[k][i]) * (z[i] - peaks->at[k][i]);
        highest = fmax(highest, peaks->weight[k] * exp(-sum / (2.0 * it->dim)));
    }
    double depth = oscillate_one(10 - highest);
    return depth * depth + penalty(it, x);
}

static double katsuura(const quality_instance *it, const double *x, double *z) {
    double product = 1, d = it->dim;
    centre(it, x, z);
    TURN(it, r, z);
    stretch(it, 100, z);
    TURN(it, q, z);
    EACH(i) {
        double sum = 0;
        for (int j = 1; j <= 32; j++) {
            double scaled = ldexp(z[i], j);
            sum += ldexp(fabs(scaled - round(scaled)), -j);
        }
        product *= pow(1 + (i + 1) * sum, 10 / pow(d, 1.2));
    }
    return 10 / (d * d) * (product - 1) + penalty(it, x);
}

static double lunacek(const quality_instance *it, const double *x, double *z) {
    double mu = 2.5, s = 1 - 1 / (2 * sqrt(it->dim + 20) - 8.2), other = -sqrt((mu * mu - 1) / s);
    double near = 0, far = 0;
    EACH(i) {
        double turned = copysign(2, it->optimum[i]) * x[i];
        near += (turned - mu) * (turned - mu);
        far += (turned - other) * (turned - other);
        z[i] = turned - mu;
    }
    TURN(it, r, z);
    stretch(it, 100, z);
    TURN(it, q, z);
    return fmin(near, it->dim + s * far) + ripples(it, z) + 1e4 * penalty(it, x);
}

static const struct {
    const char *name;
    double (*value)(const quality_instance *it, const double *x, double *z);
} functions[QUALITY_FUNCTIONS] = {
    { "sphere", sphere },
    { "ellipsoid separable", ellipsoid_separable },
    { "rastrigin separable", rastrigin_separable },
    { "bueche-rastrigin", bueche_rastrigin },
    { "linear slope", linear_slope },
    { "attractive sector", attractive_sector },
    { "step ellipsoid", step_ellipsoid },
    { "rosenbrock", rosenbrock },
    { "rosenbrock rotated", rosenbrock_rotated },
    { "ellipsoid", ellipsoid },
    { "discus", discus },
    { "bent cigar", bent_cigar },
    { "sharp ridge", sharp_ridge },
    { "different powers", different_powers },
    { "rastrigin", rastrigin },
    { "weierstrass", weierstrass },
    { "schaffers", schaffers_mild },
    { "schaffers harsh", schaffers_harsh },
    { "griewank-rosenbrock", griewank_rosenbrock },
    { "schwefel", schwefel },
    { "gallagher 101", gallagher },
    { "gallagher 21", gallagher },
    { "katsuura", katsuura },
    { "lunacek", lunacek },
};

const char *quality_function_name(int function) {
    return functions[function - 1].name;
}

double quality_value(const quality_instance *it, const double *x) {
    double z[QUALITY_DIM_MAX];
    return fmax(0, functions[it->function - 1].value(it, x, z));
}
