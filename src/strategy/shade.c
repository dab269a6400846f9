/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/shade.h"

#include <math.h>

#include "base/err.h"
#include "strategy/normal.h"

static const double spread = 0.1, terminal = -1;

void hpi_shade_init(hpi_shade *shade, size_t cell_count) {
    HPI_ASSERT(cell_count >= 1 && cell_count <= HPI_SHADE_CELLS_MAX);
    *shade = (hpi_shade){ .cell_count = cell_count };
    for (size_t i = 0; i < cell_count; i++)
        shade->scale[i] = shade->rate[i] = 0.5;
}

void hpi_shade_draw(const hpi_shade *shade, size_t cell, const double *units, size_t unit_count,
                    double *scale_out, double *rate_out) {
    double rate = shade->rate[cell] + spread * hpi_normal_quantile(units[0]);
    double scale = 0;
    for (size_t i = 1; i < unit_count && !(scale > 0); i++)
        scale = shade->scale[cell] + spread * hpi_cauchy_quantile(units[i]);
    if (!(scale > 0)) scale = shade->scale[cell];
    *scale_out = fmin(1, scale);
    *rate_out = shade->rate[cell] < 0 ? 0 : fmin(1, fmax(0, rate));
}

void hpi_shade_learn(hpi_shade *shade, const hpi_success *successes, size_t count) {
    double scale = 0, scale2 = 0, rate = 0, rate2 = 0;
    for (size_t i = 0; i < count; i++) {
        const hpi_success *it = &successes[i];
        scale += it->gain * it->scale;
        scale2 += it->gain * it->scale * it->scale;
        rate += it->gain * it->rate;
        rate2 += it->gain * it->rate * it->rate;
    }
    if (!(scale2 > 0) || !isfinite(scale)) return; /* scale2: gains may be denormal */
    size_t cell = shade->next;
    shade->scale[cell] = scale2 / scale;
    shade->rate[cell] = shade->rate[cell] < 0 || !(rate > 0) ? terminal : rate2 / rate;
    shade->next = (cell + 1) % shade->cell_count;
}
