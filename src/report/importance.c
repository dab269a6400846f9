/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/importance.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { TREE_COUNT_MAX = 4096, DEPTH_MAX = 1024 };

void hpt_importance_init(hpt_importance *how, size_t size) {
    const hpt_importance defaults = {
        .struct_size = (uint32_t)size,
        .method = HPT_IMPORTANCE_PED_ANOVA,
        .target_quantile = 0.1,
        .region_quantile = 1,
        .tree_count = 64,
        .depth_max = 64,
    };
    if (!how) return;
    memset(how, 0, size);
    memcpy(how, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

static hpt_status check(const hpi_table *table, const hpt_importance *how, hpt_err *err) {
    if (how->method != HPT_IMPORTANCE_PED_ANOVA && how->method != HPT_IMPORTANCE_FANOVA)
        return hpi_fail(err, HPT_EINVAL, "method %d is neither PED-ANOVA (0) nor fANOVA (1)",
                        (int)how->method);
    if (how->goal >= table->goal_count)
        return hpi_fail(err, HPT_EINVAL, "goal %" PRIu32 " is none: the study has %" PRIu32,
                        how->goal, table->goal_count);
    /* Written so that NaN does not pass. */
    if (!(how->target_quantile > 0 && how->target_quantile < how->region_quantile &&
          how->region_quantile <= 1))
        return hpi_fail(err, HPT_EINVAL,
                        "target_quantile %g and region_quantile %g are not 0 < target < region "
                        "<= 1",
                        how->target_quantile, how->region_quantile);
    if (how->tree_count < 1 || how->tree_count > TREE_COUNT_MAX)
        return hpi_fail(err, HPT_EINVAL, "tree_count %" PRIu32 " is not between 1 and %d",
                        how->tree_count, TREE_COUNT_MAX);
    if (how->depth_max < 1 || how->depth_max > DEPTH_MAX)
        return hpi_fail(err, HPT_EINVAL, "depth_max %" PRIu32 " is not between 1 and %d",
                        how->depth_max, DEPTH_MAX);
    return HPT_OK;
}

static size_t gather(const hpi_table *table, uint32_t goal, const hpi_row **rows, double *losses) {
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const hpt_record *record = &table->rows[i].record;
        if (record->state != HPT_TRIAL_COMPLETE || record->value_count <= goal ||
            !isfinite(record->values[goal]))
            continue;
        rows[count] = &table->rows[i];
        losses[count] = hpi_loss(&table->goals[goal], record->values[goal]);
        count++;
    }
    return count;
}

/* To a sum of 1. Nothing is known of a parameter whose number is none. */
static void normalise(double *importance, size_t dims) {
    double sum = 0;
    for (size_t j = 0; j < dims; j++) {
        if (!(importance[j] > 0) || isinf(importance[j])) importance[j] = 0;
        sum += importance[j];
    }
    for (size_t j = 0; j < dims && sum > 0; j++)
        importance[j] /= sum;
}

static hpt_status measure(const hpi_evidence *evidence, const hpt_importance *how,
                          double *importance, hpt_err *err) {
    if (evidence->count < 2)
        return hpi_fail(err, HPT_EINVAL,
                        "importance needs at least two COMPLETE trials with a finite value, and "
                        "there %s",
                        evidence->count == 1 ? "is one" : "is none");
    hpi_importance_function *function =
        how->method == HPT_IMPORTANCE_FANOVA ? hpi_importance_fanova : hpi_importance_ped_anova;
    hpt_status status = function(evidence, how, importance, err);
    if (status == HPT_OK) normalise(importance, evidence->dims);
    return status;
}

hpt_status hpi_report_importance(const hpi_table *table, const hpt_importance *how,
                                 double *importance_out, hpt_err *err) {
    hpt_status status = check(table, how, err);
    if (status != HPT_OK) return status;
    size_t          dims = hpt_space_count(table->space);
    const hpi_row **rows = hpi_alloc_room(table->count, sizeof *rows);
    double         *losses = hpi_alloc_room(table->count, sizeof *losses);
    double         *importance = hpi_alloc(dims, sizeof *importance);
    if (rows && losses && importance) {
        hpi_evidence evidence = { .space = table->space, .dims = dims };
        evidence.count = gather(table, how->goal, rows, losses);
        evidence.rows = rows;
        evidence.losses = losses;
        status = measure(&evidence, how, importance, err);
        if (status == HPT_OK && dims > 0)
            memcpy(importance_out, importance, dims * sizeof *importance);
    } else {
        status =
            hpi_fail(err, HPT_ENOMEM, "out of memory for the importance of %zu parameters", dims);
    }
    hpi_free(importance);
    hpi_free(losses);
    hpi_free(rows);
    return status;
}
