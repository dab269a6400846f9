/* SPDX-License-Identifier: BSD-3-Clause */

/* fANOVA: Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
 * Importance", ICML 2014. A forest is fitted to the trials; of each tree, the share of its variance
 * over the whole space that each parameter has alone is computed exactly; the mean over trees
 * counts. The space is measured as it is searched: logarithmic ranges in the logarithm, each value
 * of a list or of an integer range the same.
 *
 * That a conditional parameter is inactive is one more value of it, so that trees explain what it
 * does by it, and not by chance by others. Whether it is active is what other parameters do: only
 * the variance among its values proper is its own. */

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "report/importance.h"
#include "report/marginal.h"
#include "space/space.h"

/* What the trees see. */
typedef struct sight {
    const hpi_evidence *evidence;
    int32_t            *targets;
    hpi_feature        *features;
    hpt_param          *params; /* of each feature */
    double             *shares;
    double             *units; /* of one feature, by trial */
    const void        **items; /* for sorting those */
    uint32_t            feature_count;
} sight;

/* ---- targets ---- */

/* As integers, so that sums of them are exact. False when all are the same. */
static bool fill_targets(const hpi_evidence *evidence, int32_t *targets) {
    double scale = 0, mean = 0, spread = 0, count = (double)evidence->count;
    for (size_t i = 0; i < evidence->count; i++)
        scale = fmax(scale, fabs(evidence->losses[i]));
    for (size_t i = 0; i < evidence->count && scale > 0; i++)
        mean += evidence->losses[i] / scale / count;
    for (size_t i = 0; i < evidence->count && scale > 0; i++)
        spread = fmax(spread, fabs(evidence->losses[i] / scale - mean));
    if (!(spread > 0)) return false;
    for (size_t i = 0; i < evidence->count; i++) {
        double place = (evidence->losses[i] / scale - mean) / spread;
        targets[i] = (int32_t)lrint(place * HPI_TARGET_MAX);
    }
    return true;
}

/* ---- features ---- */

/* The same for a name on every machine. */
static uint64_t key_of(const char *name) {
    uint64_t key = 0xcbf29ce484222325u;
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 0x100000001b3u;
    return key;
}

static int compare_units(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double absent_part(const hpi_evidence *evidence, hpt_param param) {
    double absent = 0;
    for (size_t i = 0; i < evidence->count; i++)
        absent += !hpi_row_has(evidence->rows[i], param);
    return absent / (double)evidence->count;
}

/* Which value of a list, or where in [0, 1]. */
static double unit_of(const hpi_evidence *evidence, const hpi_feature *feature, hpt_param param,
                      const hpi_row *row) {
    if (!hpi_row_has(row, param)) return feature->is_list ? feature->level_count - 1 : 0;
    if (feature->is_list) return (double)row->point[param].integer;
    double unit = hpt_space_to_unit(evidence->space, param, row->point[param]);
    return feature->absent + (1 - feature->absent) * unit;
}

static void rank_trials(sight *of, hpi_feature *feature) {
    size_t count = of->evidence->count;
    hpi_sort(of->items, of->items + count, count, compare_units);
    uint32_t level_count = 0;
    for (size_t i = 0; i < count; i++) {
        const double *unit = of->items[i];
        uint32_t      trial = (uint32_t)(unit - of->units);
        if (level_count == 0 || *unit != feature->levels[level_count - 1])
            feature->levels[level_count++] = *unit;
        feature->ranks[trial] = feature->is_list ? (uint32_t)*unit : level_count - 1;
        feature->sorted[i] = trial;
    }
    if (!feature->is_list) feature->level_count = level_count;
}

static bool add_feature(sight *of, hpt_param param) {
    const hpi_evidence *evidence = of->evidence;
    const hpt_space    *space = evidence->space;
    hpt_kind            kind = hpi_space_kind(space, param);
    hpi_feature        *feature = &of->features[of->feature_count];
    *feature = (hpi_feature){
        .key = key_of(hpi_space_name(space, param)),
        .is_list = kind == HPT_KIND_CATEGORICAL || kind == HPT_KIND_ORDINAL,
        .absent = absent_part(evidence, param),
        .levels = hpi_alloc_room(evidence->count, sizeof *feature->levels),
        .ranks = hpi_alloc_room(evidence->count, sizeof *feature->ranks),
        .sorted = hpi_alloc_room(evidence->count, sizeof *feature->sorted),
    };
    of->params[of->feature_count++] = param;
    if (!feature->levels || !feature->ranks || !feature->sorted) return false;
    if (feature->is_list)
        feature->level_count = (uint32_t)hpt_space_choices(space, param) + (feature->absent > 0);
    for (size_t i = 0; i < evidence->count; i++) {
        of->units[i] = unit_of(evidence, feature, param, evidence->rows[i]);
        of->items[i] = &of->units[i];
    }
    rank_trials(of, feature);
    return true;
}

static void sight_fini(sight *it) {
    for (uint32_t i = 0; i < it->feature_count; i++) {
        hpi_free(it->features[i].levels);
        hpi_free(it->features[i].ranks);
        hpi_free(it->features[i].sorted);
    }
    hpi_free(it->targets);
    hpi_free(it->features);
    hpi_free(it->params);
    hpi_free(it->shares);
    hpi_free(it->units);
    hpi_free(it->items);
}

/* What cannot vary is left out. */
static bool sight_init(sight *it, const hpi_evidence *evidence) {
    size_t count = evidence->count, dims = evidence->dims;
    *it = (sight){ .evidence = evidence,
                   .targets = hpi_alloc_room(count, sizeof *it->targets),
                   .features = hpi_alloc_room(dims, sizeof *it->features),
                   .params = hpi_alloc_room(dims, sizeof *it->params),
                   .shares = hpi_alloc(dims, sizeof *it->shares),
                   .units = hpi_alloc_room(count, sizeof *it->units),
                   .items = hpi_alloc_room(count, 2 * sizeof *it->items) };
    if (!it->targets || !it->features || !it->params || !it->shares || !it->units || !it->items)
        return false;
    for (hpt_param j = 0; j < dims; j++)
        if (hpt_space_choices(evidence->space, j) != 1 && !add_feature(it, j)) return false;
    return true;
}

/* ---- the forest ---- */

static hpt_status add_trees(sight *of, const hpt_importance *how, hpt_err *err) {
    hpi_forest    forest = { .features = of->features,
                             .targets = of->targets,
                             .feature_count = of->feature_count,
                             .sample_count = (uint32_t)of->evidence->count,
                             .depth_max = how->depth_max,
                             .seed = how->seed };
    hpi_marginal *marginal = NULL;
    double        tree_count = 0;
    hpt_status    status = hpi_forest_init(&forest, err);
    if (status != HPT_OK) return status;
    status = hpi_marginal_create(&forest, &marginal, err);
    for (uint32_t tree = 0; status == HPT_OK && tree < how->tree_count; tree++) {
        hpi_forest_grow(&forest, tree);
        tree_count += hpi_marginal_add(marginal, of->shares);
    }
    for (uint32_t i = 0; i < of->feature_count && tree_count > 0; i++)
        of->shares[i] /= tree_count;
    hpi_marginal_destroy(marginal);
    hpi_forest_fini(&forest);
    return status;
}

hpt_status hpi_importance_fanova(const hpi_evidence *evidence, const hpt_importance *how,
                                 double *importance_out, hpt_err *err) {
    sight      of;
    hpt_status status = HPT_OK;
    if (evidence->count > INT32_MAX)
        return hpi_fail(err, HPT_ELIMIT, "%zu trials are more than the 2147483647 of a forest",
                        evidence->count);
    if (!sight_init(&of, evidence))
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for a forest over %zu trials",
                          evidence->count);
    else if (of.feature_count > 0 && fill_targets(evidence, of.targets))
        status = add_trees(&of, how, err);
    for (uint32_t i = 0; i < of.feature_count && status == HPT_OK; i++)
        importance_out[of.params[i]] = of.shares[i];
    sight_fini(&of);
    return status;
}
