/* SPDX-License-Identifier: BSD-3-Clause */

/* `where` is compiled over a copy of the space to which what a trial has beside its parameters
 * (value, number, ...) is added, so that it has the syntax and arithmetic that constraints have. */

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "report/report.h"
#include "space/expr.h"
#include "space/space.h"

/* VALUE + i: in goal i. */
enum { COLUMN_NUMBER, COLUMN_DURATION, COLUMN_VALUE, COLUMN_COUNT_MAX = COLUMN_VALUE + 8 };

typedef struct where {
    hpt_space *space;
    hpi_expr   expr;
    size_t     dims;                      /* parameters of trials, which come first */
    int        columns[COLUMN_COUNT_MAX]; /* what each further one is */
    size_t     column_count;
} where;

typedef struct place {
    const where   *where;
    const hpi_row *row;
} place;

static const hpi_datum absent = { .sort = HPI_SORT_ABSENT };

static hpi_datum datum_of(double real) {
    return isnan(real) ? absent : hpi_datum_of(hpt_real(real));
}

static hpi_datum column_of(const hpt_record *record, int column) {
    uint32_t goal = (uint32_t)(column - COLUMN_VALUE);
    if (column == COLUMN_NUMBER)
        return record->number <= INT64_MAX ? hpi_datum_of(hpt_int((int64_t)record->number))
                                           : datum_of((double)record->number);
    if (column == COLUMN_DURATION)
        return record->duration_ns < 0 ? absent : datum_of((double)record->duration_ns / 1e9);
    return goal < record->value_count ? datum_of(record->values[goal]) : absent;
}

static hpi_datum load(const void *context, hpt_param param) {
    const place *at = context;
    if (param >= at->where->dims)
        return column_of(&at->row->record, at->where->columns[param - at->where->dims]);
    return hpi_row_has(at->row, param) ? hpi_datum_of(at->row->record.params[param]) : absent;
}

/* A parameter of the same name is what is meant. */
static void add_column(where *it, const char *name, int column) {
    if (hpt_space_find(it->space, name) != HPT_PARAM_NONE) return;
    it->columns[it->column_count++] = column;
    hpt_space_add_real(it->space, name, -DBL_MAX, DBL_MAX);
}

static void add_columns(where *it, uint32_t goal_count) {
    add_column(it, "number", COLUMN_NUMBER);
    add_column(it, "duration", COLUMN_DURATION);
    add_column(it, "value", COLUMN_VALUE);
    for (uint32_t goal = 1; goal < goal_count; goal++) {
        char name[24];
        snprintf(name, sizeof name, "value_%u", (unsigned)goal);
        add_column(it, name, COLUMN_VALUE + (int)goal);
    }
}

static hpt_status make_space(where *it, const hpi_table *table, hpt_err *err) {
    it->dims = hpt_space_count(table->space);
    if (it->dims > 0) {
        hpt_status status = hpi_space_copy(table->space, &it->space, err);
        if (status != HPT_OK) return status;
    } else {
        it->space = hpt_space_create();
    }
    add_columns(it, table->goal_count);
    return hpt_space_check(it->space, err);
}

static hpt_status where_init(where *it, const hpi_table *table, const char *text, hpt_err *err) {
    *it = (where){ 0 };
    if (!text) return HPT_OK;
    hpt_status status = make_space(it, table, err);
    if (status == HPT_OK) status = hpi_expr_compile(&it->expr, it->space, text, err);
    if (status != HPT_OK) hpt_space_destroy(it->space);
    return status;
}

static void where_fini(where *it) {
    hpi_expr_fini(&it->expr);
    hpt_space_destroy(it->space);
}

static bool holds(const where *it, const hpi_row *row) {
    place at = { it, row };
    return !it->space || hpi_datum_is_true(hpi_expr_eval(&it->expr, load, &at));
}

static bool passes(const hpt_filter *filter, const hpt_record *record) {
    if (filter->states != 0 && !(filter->states & (1u << record->state))) return false;
    return record->number >= filter->first && (filter->last == 0 || record->number <= filter->last);
}

hpt_status hpi_report_filter(const hpi_table *table, const hpt_filter *filter, size_t *indices_out,
                             size_t *count_out, hpt_err *err) {
    where      it;
    size_t     count = 0;
    hpt_status status = where_init(&it, table, filter->where, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < table->count; i++)
        if (passes(filter, &table->rows[i].record) && holds(&it, &table->rows[i]))
            indices_out[count++] = i;
    *count_out = count;
    where_fini(&it);
    return HPT_OK;
}
