/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt/history.h: what is said of a study in memory. Reading and writing one is store/history*.c. */
#include "hpt/history.h"

#include <string.h>

#include "base/err.h"
#include "report/report.h"
#include "store/history.h"

static hpt_status check(const hpt_history *history, const void *out, const char *name,
                        hpt_err *err) {
    if (!history) return hpi_fail(err, HPT_EINVAL, "history is NULL");
    if (!out) return hpi_fail(err, HPT_EINVAL, "%s is NULL", name);
    return HPT_OK;
}

const hpt_study_info *hpt_history_info(const hpt_history *history) {
    return history ? &history->entry.info : NULL;
}

const hpt_space *hpt_history_space(const hpt_history *history) {
    return history ? history->entry.head.space : NULL;
}

size_t hpt_history_count(const hpt_history *history) {
    return history ? history->rows.count : 0;
}

bool hpt_history_has_param(const hpt_history *history, size_t index, hpt_param param) {
    if (!history || index >= history->rows.count) return false;
    const bool *given = history->rows.rows[index].given;
    return param < hpt_space_count(history->entry.head.space) && (!given || given[param]);
}

const hpt_record *hpt_history_at(const hpt_history *history, size_t index) {
    return index < hpt_history_count(history) ? &history->rows.rows[index].record : NULL;
}

const hpt_report *hpt_history_reports(const hpt_history *history, size_t index, size_t *count_out) {
    const hpi_row *row = index < hpt_history_count(history) ? &history->rows.rows[index] : NULL;
    if (count_out) *count_out = row ? row->report_count : 0;
    return row ? row->reports : NULL;
}

hpt_status hpt_history_filter(const hpt_history *history, const hpt_filter *filter,
                              size_t *indices_out, size_t *count_out, hpt_err *err) {
    hpt_status status = check(history, filter, "filter", err);
    if (status == HPT_OK) status = check(history, indices_out, "indices_out", err);
    if (status == HPT_OK) status = check(history, count_out, "count_out", err);
    if (status != HPT_OK) return status;
    hpi_table table = hpi_history_table(history);
    return hpi_report_filter(&table, filter, indices_out, count_out, err);
}

size_t hpt_history_best(const hpt_history *history) {
    if (!history) return SIZE_MAX;
    hpi_table table = hpi_history_table(history);
    return hpi_report_best(&table);
}

hpt_status hpt_history_best_so_far(const hpt_history *history, uint32_t goal, double *best_out) {
    hpt_status status = check(history, best_out, "best_out", NULL);
    if (status != HPT_OK) return status;
    hpi_table table = hpi_history_table(history);
    if (goal >= table.goal_count) return HPT_EINVAL;
    hpi_report_best_so_far(&table, goal, best_out);
    return HPT_OK;
}

hpt_status hpt_history_front(const hpt_history *history, size_t *indices_out, size_t *count_out,
                             hpt_err *err) {
    hpt_status status = check(history, indices_out, "indices_out", err);
    if (status == HPT_OK) status = check(history, count_out, "count_out", err);
    if (status != HPT_OK) return status;
    hpi_table table = hpi_history_table(history);
    return hpi_report_front(&table, indices_out, count_out, err);
}

hpt_status hpt_history_stats_of(const hpt_history *history, hpt_history_stats *stats_out,
                                hpt_err *err) {
    hpt_status status = check(history, stats_out, "stats_out", err);
    if (status != HPT_OK) return status;
    uint32_t size = stats_out->struct_size;
    if (size < sizeof *stats_out)
        return hpi_fail(err, HPT_EINVAL, "struct_size %u of hpt_history_stats is not %zu",
                        (unsigned)size, sizeof *stats_out);
    hpi_table         table = hpi_history_table(history);
    hpt_history_stats stats = { .struct_size = size };
    status = hpi_report_stats(&table, &stats, err);
    if (status == HPT_OK) *stats_out = stats;
    return status;
}

/* Members that a program compiled before they were added does not have keep their defaults. */
static hpt_status take_how(const hpt_importance *how, hpt_importance *how_out, hpt_err *err) {
    *how_out = hpt_importance_default();
    if (!how) return HPT_OK;
    if (how->struct_size < sizeof how->struct_size)
        return hpi_fail(err, HPT_EINVAL,
                        "hpt_importance has no size: hpt_importance_default() "
                        "makes one");
    memcpy(how_out, how, how->struct_size < sizeof *how ? how->struct_size : sizeof *how);
    return HPT_OK;
}

hpt_status hpt_history_importance(const hpt_history *history, const hpt_importance *how,
                                  double *importance_out, hpt_err *err) {
    hpt_importance whole;
    hpt_status     status = check(history, importance_out, "importance_out", err);
    if (status == HPT_OK) status = take_how(how, &whole, err);
    if (status != HPT_OK) return status;
    hpi_table table = hpi_history_table(history);
    return hpi_report_importance(&table, &whole, importance_out, err);
}
