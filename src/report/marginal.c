/* SPDX-License-Identifier: BSD-3-Clause */

/* The mean of a tree, with one feature held, is constant between the cuts of that feature: in its
 * cells. A leaf adds its value to the cells that its box spans, times the box's extent in all other
 * features. For a range of cells that is a step up and a step down; steps are summed from left to
 * right at the end. A list's cells are its values; a leaf either has just one of them, or all but
 * some, which is a sum for all (`everywhere`) and something less for those. */

#include "report/marginal.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"

#define NO_LEVEL UINT32_MAX

/* A feature of the box of the node that the walk is at. */
typedef struct side {
    double   low, high;             /* of a range; of a list, high is its extent */
    uint32_t first_cell, last_cell; /* of a range */
    uint32_t only;                  /* of a list: the one value, or NO_LEVEL */
    bool     is_cut;                /* somewhere on the path */
} side;

/* A cut above the node that the walk is at. */
typedef struct turn {
    uint32_t node;
    bool     is_first; /* of its feature */
} turn;

/* The mean with a feature held, less the mean of all: leaves that do not look at the feature cancel
 * out. */
typedef struct mean {
    size_t   first; /* its cells among all */
    uint32_t cell_count;
    double   everywhere;
} mean;

struct hpi_marginal {
    const hpi_forest *forest;
    side             *box;
    mean             *means;
    double      *cells; /* of all features; one more for each, for the step down behind the last */
    double      *cuts;  /* where cell i of a range ends */
    uint32_t    *cut_cells; /* by node: which cell its cut ends */
    const void **items;     /* nodes, for sorting */
    turn        *path;
    uint32_t     path_count;
    double       sum, square_sum; /* of the leaves' values, by volume */
};

static size_t list_cells(const hpi_forest *forest) {
    size_t count = 0;
    for (uint32_t j = 0; j < forest->feature_count; j++)
        if (forest->features[j].is_list) count += forest->features[j].level_count;
    return count;
}

hpt_status hpi_marginal_create(const hpi_forest *forest, hpi_marginal **marginal_out,
                               hpt_err *err) {
    size_t        nodes = 2 * (size_t)forest->sample_count, features = forest->feature_count;
    size_t        cells = nodes + 2 * features + list_cells(forest);
    hpi_marginal *it = hpi_alloc(1, sizeof *it);
    if (it) {
        it->forest = forest;
        it->box = hpi_alloc_room(features, sizeof *it->box);
        it->means = hpi_alloc_room(features, sizeof *it->means);
        it->cells = hpi_alloc_room(cells, sizeof *it->cells);
        it->cuts = hpi_alloc_room(cells, sizeof *it->cuts);
        it->cut_cells = hpi_alloc_room(nodes, sizeof *it->cut_cells);
        it->items = hpi_alloc_room(nodes, 2 * sizeof *it->items);
        it->path = hpi_alloc_room((size_t)forest->depth_max + 1, sizeof *it->path);
    }
    if (it && it->box && it->means && it->cells && it->cuts && it->cut_cells && it->items &&
        it->path) {
        *marginal_out = it;
        return HPT_OK;
    }
    hpi_marginal_destroy(it);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for trees over %zu trials",
                    (size_t)forest->sample_count);
}

void hpi_marginal_destroy(hpi_marginal *marginal) {
    if (!marginal) return;
    hpi_free(marginal->box);
    hpi_free(marginal->means);
    hpi_free(marginal->cells);
    hpi_free(marginal->cuts);
    hpi_free(marginal->cut_cells);
    hpi_free(marginal->items);
    hpi_free(marginal->path);
    hpi_free(marginal);
}

/* ---- the cells ---- */

static int compare_nodes(const void *a, const void *b) {
    const hpi_node *left = a, *right = b;
    if (left->feature != right->feature) return left->feature < right->feature ? -1 : 1;
    return (left->cut > right->cut) - (left->cut < right->cut);
}

static size_t sort_cuts(hpi_marginal *it) {
    const hpi_forest *forest = it->forest;
    size_t            count = 0;
    for (uint32_t i = 0; i < forest->node_count; i++) {
        const hpi_node *node = &forest->nodes[i];
        if (node->feature != HPI_NO_FEATURE && !forest->features[node->feature].is_list)
            it->items[count++] = node;
    }
    hpi_sort(it->items, it->items + count, count, compare_nodes);
    return count;
}

/* From item `at` on, those of a feature; returns the first that is of another. */
static size_t lay_range(hpi_marginal *it, uint32_t feature, size_t at, size_t item_count) {
    mean  *of = &it->means[feature];
    double last = -1; /* no cut */
    for (; at < item_count; at++) {
        const hpi_node *node = it->items[at];
        if (node->feature != feature) break;
        if (node->cut != last) it->cuts[of->first + of->cell_count++] = last = node->cut;
        it->cut_cells[node - it->forest->nodes] = of->cell_count - 1;
    }
    it->cuts[of->first + of->cell_count++] = 1;
    return at;
}

static void lay_cells(hpi_marginal *it) {
    const hpi_forest *forest = it->forest;
    size_t            item_count = sort_cuts(it), at = 0, first = 0;
    for (uint32_t j = 0; j < forest->feature_count; j++) {
        const hpi_feature *feature = &forest->features[j];
        it->means[j] = (mean){ .first = first };
        if (feature->is_list)
            it->means[j].cell_count = feature->level_count;
        else
            at = lay_range(it, j, at, item_count);
        it->box[j] =
            (side){ .high = 1, .last_cell = it->means[j].cell_count - 1, .only = NO_LEVEL };
        first += it->means[j].cell_count + 1;
    }
    memset(it->cells, 0, first * sizeof *it->cells);
    it->sum = it->square_sum = 0;
    it->path_count = 0;
}

/* ---- the walk ---- */

/* How much of a list's extent one of its values takes. */
static double weight_of(const hpi_feature *feature, uint32_t level) {
    if (feature->absent <= 0) return 1.0 / feature->level_count;
    if (level == feature->level_count - 1) return feature->absent;
    return (1 - feature->absent) / (feature->level_count - 1);
}

static double extent_of(const hpi_marginal *it, uint32_t feature) {
    return it->box[feature].high - it->box[feature].low;
}

static uint32_t feature_of(const hpi_marginal *it, uint32_t place) {
    return it->forest->nodes[it->path[place].node].feature;
}

static void add_to_list(hpi_marginal *it, uint32_t feature, double amount) {
    double *cells = it->cells + it->means[feature].first;
    if (it->box[feature].only != NO_LEVEL) {
        cells[it->box[feature].only] += amount;
        return;
    }
    it->means[feature].everywhere += amount;
    for (uint32_t i = 0; i < it->path_count; i++) {
        const hpi_node *node = &it->forest->nodes[it->path[i].node];
        if (node->feature == feature) cells[node->level] -= amount;
    }
}

static void add_to_range(hpi_marginal *it, uint32_t feature, double amount) {
    double *cells = it->cells + it->means[feature].first;
    cells[it->box[feature].first_cell] += amount;
    cells[it->box[feature].last_cell + 1] -= amount;
}

static void add_leaf(hpi_marginal *it, double value) {
    double volume = 1;
    for (uint32_t i = 0; i < it->path_count; i++)
        if (it->path[i].is_first) volume *= extent_of(it, feature_of(it, i));
    it->sum += value * volume;
    it->square_sum += value * value * volume;
    for (uint32_t i = 0; i < it->path_count; i++) {
        uint32_t feature = feature_of(it, i);
        double   extent = extent_of(it, feature);
        if (!it->path[i].is_first || extent <= 0) continue;
        it->means[feature].everywhere -= value * volume;
        if (it->forest->features[feature].is_list)
            add_to_list(it, feature, value * (volume / extent));
        else
            add_to_range(it, feature, value * (volume / extent));
    }
}

static void enter(hpi_marginal *it, uint32_t node_index, bool is_left) {
    const hpi_node *node = &it->forest->nodes[node_index];
    side           *of = &it->box[node->feature];
    of->is_cut = true;
    if (it->forest->features[node->feature].is_list) {
        double weight = weight_of(&it->forest->features[node->feature], node->level);
        of->high = is_left ? weight : of->high - weight;
        if (is_left) of->only = node->level;
    } else if (is_left) {
        of->high = node->cut;
        of->last_cell = it->cut_cells[node_index];
    } else {
        of->low = node->cut;
        of->first_cell = it->cut_cells[node_index] + 1;
    }
}

/* Recursion is bounded by the forest's depth_max. */
static void walk(hpi_marginal *it, uint32_t node_index) {
    const hpi_node *node = &it->forest->nodes[node_index];
    if (node->feature == HPI_NO_FEATURE) {
        add_leaf(it, node->value);
        return;
    }
    side before = it->box[node->feature];
    it->path[it->path_count++] = (turn){ node_index, !before.is_cut };
    for (uint32_t i = 0; i < 2; i++) {
        enter(it, node_index, i == 0);
        walk(it, node->left + i);
        it->box[node->feature] = before;
    }
    it->path_count--;
}

/* ---- the shares ---- */

/* The extent of a cell, less what is no value. */
static double cell_extent(const hpi_feature *feature, uint32_t cell, double low, double high) {
    if (!feature->is_list) return high - fmax(low, feature->absent);
    bool is_absent = feature->absent > 0 && cell == feature->level_count - 1;
    return is_absent ? 0 : weight_of(feature, cell);
}

/* Of the mean, where the feature has a value. */
static double variance_of(const hpi_marginal *it, uint32_t feature) {
    const hpi_feature *is = &it->forest->features[feature];
    const mean        *of = &it->means[feature];
    double             step = 0, low = 0, all = 0, sum = 0, square_sum = 0;
    for (uint32_t i = 0; i < of->cell_count; i++) {
        double cell = it->cells[of->first + i], high = is->is_list ? 0 : it->cuts[of->first + i];
        double extent = cell_extent(is, i, low, high);
        step = is->is_list ? cell : step + cell;
        low = high;
        if (extent <= 0) continue;
        all += extent;
        sum += extent * (step + of->everywhere);
        square_sum += extent * (step + of->everywhere) * (step + of->everywhere);
    }
    return all > 0 ? fmax(square_sum - sum * sum / all, 0) : 0;
}

bool hpi_marginal_add(hpi_marginal *marginal, double *shares) {
    const hpi_forest *forest = marginal->forest;
    lay_cells(marginal);
    walk(marginal, 0);
    double variance = marginal->square_sum - marginal->sum * marginal->sum;
    if (forest->node_count < 2 || !(variance > 0)) return false;
    for (uint32_t j = 0; j < forest->feature_count; j++)
        shares[j] += variance_of(marginal, j) / variance;
    return true;
}
