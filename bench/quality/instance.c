/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the optimum lies, how the axes are turned, which peaks there are. */
#include "functions.h"

#include <math.h>

#include <hpt/extend.h>

static const double two_pi = 6.28318530717958648;

enum { STREAM_OPTIMUM = 1, STREAM_R, STREAM_Q, STREAM_PEAKS, STREAM_ORDER };

/* `count` uniform numbers in (0, 1) that belong to this instance. */
static void uniforms(const quality_instance *it, uint64_t number, uint64_t stream, double *out,
                     size_t count) {
    uint64_t word;
    for (size_t i = 0; i < count; i++) {
        hpt_random(number, (uint64_t)it->function * 1000000 + i, stream, &word, 1);
        out[i] = ((double)(word >> 12) + 0.5) * 0x1p-52;
    }
}

/* A uniformly distributed rotation: Gram-Schmidt on normal numbers. */
static void rotation(const quality_instance *it, uint64_t number, uint64_t stream,
                     double out[QUALITY_DIM_MAX][QUALITY_DIM_MAX]) {
    static double u[2 * QUALITY_DIM_MAX * QUALITY_DIM_MAX];
    int           dim = it->dim;
    uniforms(it, number, stream, u, (size_t)(2 * dim * dim));
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
            const double *pair = u + 2 * (i * dim + j);
            out[i][j] = sqrt(-2 * log(pair[0])) * cos(two_pi * pair[1]);
        }
        for (int k = 0; k < i; k++) {
            double dot = 0;
            for (int j = 0; j < dim; j++)
                dot += out[i][j] * out[k][j];
            for (int j = 0; j < dim; j++)
                out[i][j] -= dot * out[k][j];
        }
        double square = 0;
        for (int j = 0; j < dim; j++)
            square += out[i][j] * out[i][j];
        for (int j = 0; j < dim; j++)
            out[i][j] /= sqrt(square);
    }
}

static void turn(const double m[QUALITY_DIM_MAX][QUALITY_DIM_MAX], int dim, const double *x,
                 double *out) {
    for (int i = 0; i < dim; i++) {
        out[i] = 0;
        for (int j = 0; j < dim; j++)
            out[i] += m[i][j] * x[j];
    }
}

/* C of peak i: a condition, its powers dealt out to the axes in random order. */
static void peak_scale(quality_instance *it, uint64_t number, int i, double condition) {
    double key[QUALITY_DIM_MAX];
    int    dim = it->dim;
    uniforms(it, number, STREAM_ORDER + (uint64_t)i, key, (size_t)dim);
    for (int j = 0; j < dim; j++) {
        int rank = 0;
        for (int k = 0; k < dim; k++)
            rank += key[k] < key[j];
        it->peaks.scale[i][j] = pow(condition, 0.5 * rank / (dim - 1)) / pow(condition, 0.25);
    }
}

static void make_peaks(quality_instance *it, uint64_t number) {
    bool   is_few = it->function == 22;
    int    count = is_few ? 21 : 101, dim = it->dim;
    double reach = is_few ? 9.8 : 10, first = is_few ? 1e6 : 1e3;
    double u[QUALITY_DIM_MAX], conditions[QUALITY_PEAKS_MAX], y[QUALITY_DIM_MAX];
    it->peaks.count = count;
    uniforms(it, number, STREAM_PEAKS, conditions, (size_t)count);
    for (int i = 0; i < count; i++) {
        int rank = 0;
        for (int k = 1; k < count; k++)
            rank += conditions[k] < conditions[i];
        uniforms(it, number, STREAM_ORDER + 1000 + (uint64_t)i, u, (size_t)dim);
        for (int j = 0; j < dim; j++)
            y[j] = (i ? 1 : 0.8) * reach * (u[j] - 0.5);
        if (i == 0)
            for (int j = 0; j < dim; j++)
                it->optimum[j] = y[j];
        turn((const double(*)[QUALITY_DIM_MAX])it->r, dim, y, it->peaks.at[i]);
        it->peaks.weight[i] = i == 0 ? 10 : 1.1 + 8.0 * (i - 1) / (count - 2);
        peak_scale(it, number, i, i == 0 ? first : pow(1000, 2.0 * rank / (count - 2)));
    }
}

/* What a function asks of its optimum. */
static double optimum_at(int function, int j, double u) {
    double sign = u < 0.5 ? -1 : 1;
    switch (function) {
    case 4:
        return j % 2 == 0 ? 8 * fabs(u - 0.5) : 8 * (u - 0.5);
    case 5:
        return 5 * sign;
    case 8:
        return 6 * (u - 0.5);
    case 20:
        return sign * 4.2096874633 / 2;
    case 24:
        return sign * 1.25;
    default:
        return 8 * (u - 0.5);
    }
}

void quality_instance_init(quality_instance *it, int function, int dim, uint64_t number) {
    double u[QUALITY_DIM_MAX];
    it->function = function;
    it->dim = dim;
    rotation(it, number, STREAM_R, it->r);
    rotation(it, number, STREAM_Q, it->q);
    uniforms(it, number, STREAM_OPTIMUM, u, (size_t)dim);
    for (int j = 0; j < dim; j++)
        it->optimum[j] = optimum_at(function, j, u[j]);
    if (function == 21 || function == 22) make_peaks(it, number);
}
