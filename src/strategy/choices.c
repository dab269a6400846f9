/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/choices.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "strategy/approx.h"

/* CatCMA, table 1. The path grows while gradients agree; alpha is how far it may. */
static const double alpha = 1.5, delta_min = 0.1, delta_max = 10;

hpt_status hpi_choices_init(hpi_choices *choices, const hpi_searched *searched, hpt_err *err) {
    size_t count = searched->choice_count;
    *choices = (hpi_choices){ .searched = searched };
    choices->shares = hpi_alloc(4 * count + 1, sizeof *choices->shares);
    if (!choices->shares) return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu choices", count);
    choices->gradient = choices->shares + count;
    choices->path = choices->gradient + count;
    return HPT_OK;
}

void hpi_choices_fini(hpi_choices *choices) {
    hpi_free(choices->shares);
    *choices = (hpi_choices){ 0 };
}

void hpi_choices_start(hpi_choices *choices, bool favours_default) {
    const hpi_searched *searched = choices->searched;
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        uint32_t            count = category->choice_count;
        bool                favours = favours_default && category->start < count;
        double              rest = favours ? 0.5 / (count - 1) : 1.0 / count;
        for (uint32_t i = 0; i < count; i++)
            choices->shares[category->first + i] = favours && i == category->start ? 0.5 : rest;
    }
    memset(choices->path, 0, 2 * searched->choice_count * sizeof(double));
    choices->gamma = 0;
    choices->delta = 1;
}

static uint32_t pick(const double *shares, uint32_t count, double unit) {
    uint32_t last = count - 1;
    for (uint32_t i = 0; i < last; i++)
        if ((unit -= shares[i]) < 0) return i;
    return last;
}

void hpi_choices_draw(const hpi_choices *choices, uint64_t seed, uint64_t number, uint64_t block,
                      uint32_t *choices_out) {
    const hpi_searched *searched = choices->searched;
    uint64_t            words[4];
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        if (k % 4 == 0) hpi_rng_block(seed, number, HPI_STREAM_POINT, block + k / 4, words);
        choices_out[k] = pick(choices->shares + category->first, category->choice_count,
                              hpi_rng_unit(words[k % 4]));
    }
}

/* The natural gradient of one category, and in `scaled_out` times the root of the Fisher matrix. */
static void gradient_of(hpi_choices *choices, size_t k, const hpi_candidate *const *ranked,
                        const double *weights, size_t count, double *scaled_out) {
    const hpi_category *category = &choices->searched->categories[k];
    double             *gradient = choices->gradient + category->first;
    const double       *shares = choices->shares + category->first;
    uint32_t            last = category->choice_count - 1;
    for (uint32_t i = 0; i <= last; i++)
        gradient[i] = -shares[i];
    for (size_t r = 0; r < count; r++)
        gradient[ranked[r]->choices[k]] += weights[r];
    double root = sqrt(shares[last]), common = -gradient[last] / (shares[last] + root);
    for (uint32_t i = 0; i < last; i++)
        scaled_out[i] = gradient[i] / sqrt(shares[i]) + sqrt(shares[i]) * common;
    scaled_out[last] = 0;
}

/* Back to probabilities: at least the margin each, together 1. */
static void keep_margin(double *shares, uint32_t count, double least) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += shares[i] = fmax(shares[i], least);
    double above = sum - least * count;
    for (uint32_t i = 0; i < count; i++)
        shares[i] =
            above > 0 ? least + (shares[i] - least) * (1 - least * count) / above : 1.0 / count;
}

static void step(hpi_choices *choices, double rate) {
    const hpi_searched *searched = choices->searched;
    /* CatCMA, equation 14: with this margin all categories together keep their best choices in 73 %
     * of the trials. */
    double others = 1 - hpi_power(0.73, 1.0 / (double)searched->category_count);
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        double             *shares = choices->shares + category->first;
        for (uint32_t i = 0; i < category->choice_count; i++)
            shares[i] += rate * choices->gradient[category->first + i];
        keep_margin(shares, category->choice_count, others / (category->choice_count - 1));
    }
}

void hpi_choices_learn(hpi_choices *choices, const hpi_candidate *const *ranked,
                       const double *weights, size_t count) {
    const hpi_searched *searched = choices->searched;
    size_t              choice_count = searched->choice_count;
    double             *scaled = choices->path + choice_count, norm2 = 0, path2 = 0;
    if (count == 0 || choice_count == 0) return;
    for (size_t k = 0; k < searched->category_count; k++)
        gradient_of(choices, k, ranked, weights, count, scaled + searched->categories[k].first);
    for (size_t i = 0; i < choice_count; i++)
        norm2 += scaled[i] * scaled[i];
    double norm = sqrt(norm2) + 1e-8,
           free_count = (double)(choice_count - searched->category_count);
    double delta = 1 / choices->delta, beta = fmin(1, delta / sqrt(free_count));
    step(choices, delta / norm);
    for (size_t i = 0; i < choice_count; i++) {
        choices->path[i] =
            (1 - beta) * choices->path[i] + sqrt(beta * (2 - beta)) * scaled[i] / norm;
        path2 += choices->path[i] * choices->path[i];
    }
    choices->gamma = (1 - beta) * (1 - beta) * choices->gamma + beta * (2 - beta);
    choices->delta *= hpi_exp(beta * (choices->gamma - path2 / alpha));
    choices->delta = fmin(delta_max, fmax(delta_min, choices->delta));
}
