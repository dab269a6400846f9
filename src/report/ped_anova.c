/* SPDX-License-Identifier: BSD-3-Clause */

/* PED-ANOVA: Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter
 * Importance in Arbitrary Subspaces", IJCAI 2023. Of each parameter, the density among the better
 * trials (target) and among all of a region are estimated on a grid; their Pearson divergence says
 * how much the parameter has to do with being among the better ones.
 *
 * A parameter that not all trials have is judged by those that have it, weighted by how much more
 * of the better trials these are than of all: conditional PED-ANOVA, theorem 4.2 of
 * arXiv:2601.20800.
 *
 * The constants (a grid of at most 50, Scott's bandwidth, a prior as heavy as one trial) are those
 * of Optuna's evaluator, so that both say the same of a study. */

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "report/importance.h"
#include "space/space.h"

enum { GRID_MAX = 50, LEAST_TRIALS = 2 };

#define LEAST_DENSITY 1e-12        /* so that nothing is divided by 0 */
#define LEAST_SIGMA   (0.5 / 1.64) /* nine tenths of a kernel lie in its own cell */
#define SQRT_HALF     0.70710678118654752440

typedef struct axis {
    hpt_param param;
    size_t    cells; /* 0: it cannot vary */
    bool      is_list, is_log;
    double    low, high; /* of a range, its logarithms if is_log */
} axis;

/* ---- who is among the better ones ---- */

static int compare_losses(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The loss up to which a trial belongs to the best `quantile`. `sorted` are all losses. */
static double cutoff_of(const void *const *sorted, size_t count, double quantile) {
    size_t rank = (size_t)ceil(quantile * (double)count);
    rank = rank < 1 ? 1 : rank > count ? count : rank;
    return *(const double *)sorted[rank - 1];
}

typedef struct split {
    double target_cutoff, region_cutoff;
    double target_count, region_count;
} split;

static bool find_split(const hpi_evidence *evidence, const hpt_importance *how, split *split_out) {
    size_t       count = evidence->count;
    const void **sorted = hpi_alloc_room(count, 2 * sizeof *sorted);
    split        it = { 0 };
    if (!sorted) return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &evidence->losses[i];
    hpi_sort(sorted, sorted + count, count, compare_losses);
    it.target_cutoff = cutoff_of(sorted, count, how->target_quantile);
    it.region_cutoff = cutoff_of(sorted, count, how->region_quantile);
    hpi_free(sorted);
    for (size_t i = 0; i < count; i++) {
        it.target_count += evidence->losses[i] <= it.target_cutoff;
        it.region_count += evidence->losses[i] <= it.region_cutoff;
    }
    *split_out = it;
    return true;
}

/* ---- the grid ---- */

static double as_real(hpt_value value) {
    return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
}

/* An integer's logarithm has as many cells as it has binary digits, and one. */
static size_t cells_of_range(const hpt_param_info *info, double choices) {
    double cells = GRID_MAX;
    if (info->kind == HPT_KIND_INT && info->is_log)
        cells = ceil(log(as_real(info->max) - as_real(info->min) + 1) / log(2)) + 1;
    else if (choices > 0)
        cells = choices;
    return cells < GRID_MAX ? (size_t)cells : GRID_MAX;
}

static axis axis_of(const hpt_space *space, hpt_param param) {
    hpt_param_info info = { .struct_size = sizeof info };
    axis           it = { .param = param };
    uint64_t       choices = hpt_space_choices(space, param);
    if (choices == 1 || hpt_space_info(space, param, &info, NULL) != HPT_OK) return it;
    it.is_list = info.kind == HPT_KIND_CATEGORICAL || info.kind == HPT_KIND_ORDINAL;
    it.is_log = info.is_log;
    if (it.is_list) {
        it.cells = info.value_count;
        return it;
    }
    it.low = it.is_log ? log(as_real(info.min)) : as_real(info.min);
    it.high = it.is_log ? log(as_real(info.max)) : as_real(info.max);
    it.cells = cells_of_range(&info, (double)choices);
    return it;
}

/* The nearest point of the grid; of two the lower. Halves, so that no difference overflows. */
static size_t cell_of(const axis *it, const hpi_row *row) {
    if (it->is_list) return (size_t)row->point[it->param].integer;
    double value = as_real(row->record.params[it->param]), last = (double)(it->cells - 1);
    if (it->is_log) value = log(value);
    double place = (value / 2 - it->low / 2) / ((it->high / 2 - it->low / 2) / last);
    double cell = ceil(place - 0.5);
    return (size_t)(cell > last ? last : cell > 0 ? cell : 0);
}

/* ---- densities ---- */

/* Of the standard normal distribution between a and b; from the side where no digits are lost. */
static double normal_mass(double a, double b) {
    if (a > 0) return 0.5 * (erfc(a * SQRT_HALF) - erfc(b * SQRT_HALF));
    return 0.5 * (erfc(-b * SQRT_HALF) - erfc(-a * SQRT_HALF));
}

/* Scott's rule for a histogram: by the deviation or the quartiles, whichever is less. */
static double bandwidth(const double *counts, size_t cells, double total) {
    double mean = 0, square = 0, seen = 0, first = NAN, third = NAN, last = 0;
    for (size_t i = 0; i < cells; i++)
        mean += counts[i] / total * (double)i;
    for (size_t i = 0; i < cells; i++) {
        if (counts[i] == 0) continue;
        seen += counts[i];
        square += counts[i] * ((double)i - mean) * ((double)i - mean);
        if (isnan(first) && seen >= floor(total / 4)) first = (double)i;
        if (isnan(third) && seen > floor(total * 3 / 4)) third = (double)i;
        last = (double)i;
    }
    double sigma = sqrt(square / (total > 2 ? total - 1 : 1));
    double quartiles = ((isnan(third) ? last : third) - first) / 1.34;
    sigma = 1.059 * (quartiles < sigma ? quartiles : sigma) * pow(total, -0.2);
    return sigma > LEAST_SIGMA ? sigma : LEAST_SIGMA;
}

static void add_kernel(double *density, size_t cells, double centre, double sigma, double weight) {
    double last = (double)(cells - 1);
    double all = normal_mass((-0.5 - centre) / sigma, (last + 0.5 - centre) / sigma);
    for (size_t i = 0; i < cells; i++) {
        double from = ((double)i - 0.5 - centre) / sigma, to = ((double)i + 0.5 - centre) / sigma;
        density[i] += weight * normal_mass(from, to) / all;
    }
}

/* `total` is the sum of the counts, above 0; the prior has the weight of one more. */
static void estimate_range(const double *counts, size_t cells, double total, double *density) {
    double sigma = bandwidth(counts, cells, total);
    for (size_t i = 0; i < cells; i++)
        if (counts[i] > 0) add_kernel(density, cells, (double)i, sigma, counts[i] / (total + 1));
    add_kernel(density, cells, (double)(cells - 1) / 2, (double)cells, 1 / (total + 1));
}

/* A kernel for each value that was seen: 1 for itself, and a prior of 1 shared among kernels. */
static void estimate_list(const double *counts, size_t cells, double total, double *density) {
    double kernels = 1;
    for (size_t i = 0; i < cells; i++)
        kernels += counts[i] > 0;
    double sum = 1 + (double)cells / kernels; /* of one kernel */
    for (size_t i = 0; i < cells; i++)
        density[i] = (total / kernels / sum + counts[i] / sum + 1 / (double)cells) / (total + 1);
}

static void estimate(const axis *it, const double *counts, double total, double *density) {
    memset(density, 0, it->cells * sizeof *density);
    if (it->is_list)
        estimate_list(counts, it->cells, total, density);
    else
        estimate_range(counts, it->cells, total, density);
    for (size_t i = 0; i < it->cells; i++)
        density[i] += LEAST_DENSITY;
}

static double divergence(const double *target, const double *region, size_t cells) {
    double sum = 0;
    for (size_t i = 0; i < cells; i++) {
        double excess = target[i] / region[i] - 1;
        sum += region[i] * excess * excess;
    }
    return sum;
}

/* ---- one parameter ---- */

/* `room` holds four times the cells. */
static double judge(const hpi_evidence *evidence, const split *by, const axis *it, double *room) {
    double *target = room, *region = room + it->cells;
    double *target_density = room + 2 * it->cells, *region_density = room + 3 * it->cells;
    double  target_count = 0, region_count = 0;
    memset(room, 0, 2 * it->cells * sizeof *room);
    for (size_t i = 0; i < evidence->count; i++) {
        const hpi_row *row = evidence->rows[i];
        if (evidence->losses[i] > by->region_cutoff || !hpi_row_has(row, it->param)) continue;
        size_t cell = cell_of(it, row);
        region[cell]++;
        region_count++;
        if (evidence->losses[i] > by->target_cutoff) continue;
        target[cell]++;
        target_count++;
    }
    if (region_count < LEAST_TRIALS || target_count == 0) return 0;
    estimate(it, target, target_count, target_density);
    estimate(it, region, region_count, region_density);
    double among_target = target_count / by->target_count;
    double among_region = region_count / by->region_count;
    return among_target * among_target / among_region *
           divergence(target_density, region_density, it->cells);
}

hpt_status hpi_importance_ped_anova(const hpi_evidence *evidence, const hpt_importance *how,
                                    double *importance_out, hpt_err *err) {
    split by;
    if (!find_split(evidence, how, &by))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the importance of parameters");
    for (hpt_param j = 0; j < evidence->dims; j++) {
        axis it = axis_of(evidence->space, j);
        if (it.cells < 2) continue;
        double *room = hpi_alloc_room(it.cells, 4 * sizeof *room);
        if (!room)
            return hpi_fail(err, HPT_ENOMEM, "out of memory for a list of %zu values", it.cells);
        importance_out[j] = judge(evidence, &by, &it, room);
        hpi_free(room);
    }
    return HPT_OK;
}
