/* SPDX-License-Identifier: BSD-3-Clause */

/* The samples of a node are the same range of every feature's order. A split moves those that go to
 * the left to the front of the range, in all orders, and keeps them in order otherwise; so nothing
 * is sorted but once for all trees. */

#include "report/forest.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

typedef struct range {
    uint32_t begin, end;
} range;

typedef struct sums {
    int64_t target, weight;
} sums;

typedef struct cut {
    double   gain;
    uint32_t feature, level, next_level;
} cut;

hpt_status hpi_forest_init(hpi_forest *forest, hpt_err *err) {
    size_t samples = forest->sample_count;
    forest->nodes = hpi_alloc_room(2 * samples, sizeof *forest->nodes);
    forest->weights = hpi_alloc_room(samples, sizeof *forest->weights);
    forest->orders = forest->feature_count <= SIZE_MAX / sizeof *forest->orders / samples
                         ? hpi_alloc_room(samples * forest->feature_count, sizeof *forest->orders)
                         : NULL;
    forest->scratch = hpi_alloc_room(samples, sizeof *forest->scratch);
    forest->is_left = hpi_alloc_room(samples, sizeof *forest->is_left);
    if (forest->nodes && forest->weights && forest->orders && forest->scratch && forest->is_left)
        return HPT_OK;
    hpi_forest_fini(forest);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a forest over %zu trials", samples);
}

void hpi_forest_fini(hpi_forest *forest) {
    hpi_free(forest->nodes);
    hpi_free(forest->weights);
    hpi_free(forest->orders);
    hpi_free(forest->scratch);
    hpi_free(forest->is_left);
}

static uint32_t *order_of(const hpi_forest *forest, uint32_t feature) {
    return forest->orders + (size_t)feature * forest->sample_count;
}

/* ---- the bootstrap sample ---- */

/* As many draws as there are samples, each by the upper half of the product with a random word. */
static void draw(hpi_forest *forest) {
    uint64_t words[4], count = forest->sample_count;
    memset(forest->weights, 0, count * sizeof *forest->weights);
    for (uint64_t i = 0; i < count; i++) {
        if (i % 4 == 0) hpi_rng_block(forest->seed, forest->tree, HPI_STREAM_FOREST, i / 4, words);
        forest->weights[(words[i % 4] >> 32) * count >> 32]++;
    }
}

/* Returns how many different samples were drawn. */
static uint32_t fill_orders(hpi_forest *forest) {
    uint32_t drawn = 0;
    for (uint32_t feature = 0; feature < forest->feature_count; feature++) {
        uint32_t *order = order_of(forest, feature);
        drawn = 0;
        for (uint32_t i = 0; i < forest->sample_count; i++) {
            uint32_t sample = forest->features[feature].sorted[i];
            if (forest->weights[sample] > 0) order[drawn++] = sample;
        }
    }
    return drawn;
}

/* ---- looking for the best split ---- */

static sums sum_of(const hpi_forest *forest, range of, bool *is_pure_out) {
    const uint32_t *order = order_of(forest, 0);
    int32_t         first = forest->targets[order[of.begin]];
    sums            sum = { 0 };
    *is_pure_out = true;
    for (uint32_t i = of.begin; i < of.end; i++) {
        uint32_t sample = order[i];
        sum.target += (int64_t)forest->targets[sample] * forest->weights[sample];
        sum.weight += forest->weights[sample];
        *is_pure_out = *is_pure_out && forest->targets[sample] == first;
    }
    return sum;
}

/* What the variance falls by, but for constants. The same for the same two sides, left or right. */
static double gain_of(sums all, sums left) {
    double left_sum = (double)left.target, right_sum = (double)(all.target - left.target);
    return left_sum * left_sum / (double)left.weight +
           right_sum * right_sum / (double)(all.weight - left.weight);
}

/* Who comes first when two features split equally well: as likely the one as the other. */
static uint64_t priority(const hpi_forest *forest, uint32_t feature) {
    uint64_t words[4];
    hpi_rng_block(forest->seed, forest->tree << 32 | forest->node_count, HPI_STREAM_FOREST ^ 1,
                  forest->features[feature].key, words);
    return words[0];
}

static void consider(const hpi_forest *forest, const cut *it, cut *best) {
    if (best->feature != HPI_NO_FEATURE) {
        if (it->gain < best->gain) return;
        if (it->gain == best->gain &&
            (it->feature == best->feature ||
             priority(forest, it->feature) >= priority(forest, best->feature)))
            return;
    }
    *best = *it;
}

/* From one run of equal levels to the next. */
static void search_feature(const hpi_forest *forest, uint32_t feature, range of, sums all,
                           cut *best) {
    const hpi_feature *it = &forest->features[feature];
    const uint32_t    *order = order_of(forest, feature);
    sums               left = { 0 };
    if (it->ranks[order[of.begin]] == it->ranks[order[of.end - 1]]) return;
    for (uint32_t i = of.begin; i < of.end; i++) {
        uint32_t sample = order[i], level = it->ranks[sample];
        left.target += (int64_t)forest->targets[sample] * forest->weights[sample];
        left.weight += forest->weights[sample];
        bool is_last = i + 1 == of.end;
        if (is_last && !it->is_list) return;
        uint32_t next_level = is_last ? level : it->ranks[order[i + 1]];
        if (!is_last && next_level == level) continue;
        cut found = { gain_of(all, left), feature, level, next_level };
        consider(forest, &found, best);
        if (it->is_list) left = (sums){ 0 };
    }
}

/* ---- growing ---- */

static uint32_t part(const hpi_forest *forest, uint32_t feature, range of) {
    uint32_t *order = order_of(forest, feature), left = of.begin, right = 0;
    for (uint32_t i = of.begin; i < of.end; i++) {
        if (forest->is_left[order[i]])
            order[left++] = order[i];
        else
            forest->scratch[right++] = order[i];
    }
    memcpy(order + left, forest->scratch, right * sizeof *order);
    return left;
}

/* Returns where the right side begins. */
static uint32_t part_all(hpi_forest *forest, const cut *by, range of) {
    const hpi_feature *feature = &forest->features[by->feature];
    const uint32_t    *order = order_of(forest, by->feature);
    uint32_t           middle = of.begin;
    for (uint32_t i = of.begin; i < of.end; i++) {
        uint32_t level = feature->ranks[order[i]];
        forest->is_left[order[i]] = feature->is_list ? level == by->level : level <= by->level;
    }
    for (uint32_t j = 0; j < forest->feature_count; j++)
        middle = part(forest, j, of);
    return middle;
}

/* Half-way, but not into what a level that is no value takes. */
static double cut_between(const hpi_feature *feature, const cut *by) {
    if (feature->is_list) return 0;
    double low = feature->levels[by->level], high = feature->levels[by->next_level];
    return low < feature->absent ? feature->absent : low + (high - low) / 2;
}

/* Recursion is bounded by depth_max. */
static void grow(hpi_forest *forest, uint32_t node, range of, uint32_t depth) {
    bool is_pure;
    sums all = sum_of(forest, of, &is_pure);
    cut  best = { .feature = HPI_NO_FEATURE };
    forest->nodes[node] =
        (hpi_node){ .feature = HPI_NO_FEATURE, .value = (double)all.target / (double)all.weight };
    if (is_pure || depth == forest->depth_max) return;
    for (uint32_t feature = 0; feature < forest->feature_count; feature++)
        search_feature(forest, feature, of, all, &best);
    if (best.feature == HPI_NO_FEATURE) return;
    uint32_t middle = part_all(forest, &best, of), left = forest->node_count;
    forest->node_count += 2;
    forest->nodes[node].feature = best.feature;
    forest->nodes[node].left = left;
    forest->nodes[node].level = best.level;
    forest->nodes[node].cut = cut_between(&forest->features[best.feature], &best);
    grow(forest, left, (range){ of.begin, middle }, depth + 1);
    grow(forest, left + 1, (range){ middle, of.end }, depth + 1);
}

void hpi_forest_grow(hpi_forest *forest, uint64_t tree) {
    forest->tree = tree;
    draw(forest);
    uint32_t drawn = fill_orders(forest);
    forest->node_count = 1;
    grow(forest, 0, (range){ 0, drawn }, 0);
}
