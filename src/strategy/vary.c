/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/vary.h"

#include <math.h>
#include <string.h>

#include "strategy/approx.h"

static const double step_scale = 0.5; /* F of differential evolution */

/* x^p for x > 0, the same bits on every machine. */
static double power(double x, double p) {
    return x > 0 ? hpi_exp(p * hpi_log(x)) : 0;
}

/* Simulated binary crossover: Deb, Agrawal, Complex Systems 9, 1995, equations 11 to 13, with the
 * spread cut off at the nearer bound as in Deb's program. One of both children, by chance. */
static double cross(double a, double b, double eta, hpi_stream *from) {
    double low = fmin(a, b), high = fmax(a, b), unit = hpi_stream_unit(from);
    bool   is_low = hpi_stream_unit(from) < 0.5;
    if (high - low < 1e-14) return a;
    double room = is_low ? low : 1 - high;
    double alpha = 2 - power(1 + 2 * room / (high - low), -(eta + 1));
    double spread = unit * alpha <= 1 ? unit * alpha : 1 / (2 - unit * alpha);
    spread = power(spread, 1 / (eta + 1)) * (high - low);
    double x = (low + high + (is_low ? -spread : spread)) / 2;
    return fmin(1, fmax(0, x));
}

/* Polynomial mutation: Deb, Goyal, Computer Science and Informatics 26(4), 1996, with both tails
 * cut off at the bounds as in Deb's program. */
static double mutate(double x, double eta, hpi_stream *from) {
    double unit = hpi_stream_unit(from), room = unit < 0.5 ? x : 1 - x;
    double tail = power(1 - room, eta + 1);
    double part = unit < 0.5 ? 2 * unit : 2 * (1 - unit);
    double step = 1 - power(part + (1 - part) * tail, 1 / (eta + 1));
    return fmin(1, fmax(0, unit < 0.5 ? x - step : x + step));
}

/* The same for a number that stands for its cell: a mutation that stays there would be none, so it
 * goes to the next one. */
static double mutate_cell(const hpi_searched *searched, size_t index, double x, double eta,
                          hpi_stream *from) {
    double low, high, mutated = mutate(x, eta, from);
    hpi_searched_cell(searched, index, x, &low, &high);
    if (mutated <= low || mutated >= high) return mutated;
    bool   is_down = low > 0 && (high >= 1 || mutated < x);
    double width = (high - low) * 1e-6;
    return is_down ? low - width : high + width;
}

static void mutate_gene(const hpi_vary *vary, const hpi_searched *searched, size_t gene,
                        hpi_stream *from, hpi_genes child) {
    size_t d = searched->number_count;
    if (gene >= d) {
        uint32_t *choice = &child.choices[gene - d];
        uint32_t  count = searched->categories[gene - d].choice_count;
        uint32_t  other = (uint32_t)hpi_stream_below(from, count - 1);
        *choice = other + (other >= *choice);
    } else if (searched->numbers[gene].has_cells) {
        child.x[gene] = mutate_cell(searched, gene, child.x[gene], vary->mutation_eta, from);
    } else {
        child.x[gene] = mutate(child.x[gene], vary->mutation_eta, from);
    }
}

/* DE/rand/1: Storn, Price, Journal of Global Optimization 11, 1997, equation 4. Beyond a bound
 * half-way between the first parent and it. */
static double step(const hpi_genes *parents, size_t j) {
    double self = parents[0].x[j];
    double x = parents[1].x[j] + step_scale * (parents[2].x[j] - parents[3].x[j]);
    return x < 0 ? self / 2 : x > 1 ? (self + 1) / 2 : x;
}

/* The same for what has no order: another's choice when the two others differ. */
static uint32_t step_choice(const hpi_genes *parents, size_t k, hpi_stream *from) {
    bool differ = parents[2].choices[k] != parents[3].choices[k];
    bool is_step = hpi_stream_unit(from) < step_scale;
    return parents[differ && is_step ? 2 : 1].choices[k];
}

/* Half of the genes are crossed. */
static void cross_genes(const hpi_vary *vary, const hpi_searched *searched,
                        const hpi_genes *parents, hpi_stream *from, hpi_genes child) {
    size_t d = searched->number_count, n = d + searched->category_count;
    int    way = vary->crossover;
    if (way == HPI_CROSSOVER_MIX)
        way = hpi_stream_unit(from) < 0.5 ? HPI_CROSSOVER_UNIFORM : HPI_CROSSOVER_DIFFERENCE;
    bool is_step = way == HPI_CROSSOVER_DIFFERENCE, is_sbx = way == HPI_CROSSOVER_SBX;
    for (size_t i = 0; i < n; i++) {
        if (hpi_stream_unit(from) < 0.5) continue;
        if (i >= d)
            child.choices[i - d] =
                is_step ? step_choice(parents, i - d, from) : parents[1].choices[i - d];
        else if (is_sbx)
            child.x[i] = cross(parents[0].x[i], parents[1].x[i], vary->crossover_eta, from);
        else
            child.x[i] = is_step ? step(parents, i) : parents[1].x[i];
    }
}

static bool are_equal(const hpi_searched *searched, const hpi_genes *a, const hpi_genes *b) {
    for (size_t j = 0; j < searched->number_count; j++)
        if (a->x[j] != b->x[j]) return false;
    for (size_t k = 0; k < searched->category_count; k++)
        if (a->choices[k] != b->choices[k]) return false;
    return true;
}

void hpi_vary_offspring(const hpi_vary *vary, const hpi_searched *searched,
                        const hpi_genes parents[HPI_VARY_PARENTS], hpi_stream *from,
                        hpi_genes child_out) {
    size_t d = searched->number_count, n = d + searched->category_count;
    if (n == 0) return;
    memcpy(child_out.x, parents[0].x, d * sizeof *child_out.x);
    memcpy(child_out.choices, parents[0].choices,
           searched->category_count * sizeof *child_out.choices);
    if (hpi_stream_unit(from) < vary->crossover_rate)
        cross_genes(vary, searched, parents, from, child_out);
    for (size_t gene = 0; gene < n; gene++)
        if (hpi_stream_unit(from) * (double)n < vary->mutations)
            mutate_gene(vary, searched, gene, from, child_out);
    if (are_equal(searched, &child_out, &parents[0]))
        mutate_gene(vary, searched, hpi_stream_below(from, n), from, child_out);
}
