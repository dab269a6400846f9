/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_TABLES_H
#define HPT_TESTS_TABLES_H

/* Tables of trials made by hand, for what is computed from them. */

#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hpt/hpt.h>

#include "report/report.h"
#include "space/space.h"

typedef struct tables_table {
    hpi_table  table;
    hpt_space *space;
    hpt_goal   goals[8];
    hpi_row   *rows;
    hpt_coord *points;
    hpt_value *params;
    double    *values;
    bool      *given;
} tables_table;

/* A random word: number `index` of a stream. */
static inline uint64_t tables_word(uint64_t stream, uint64_t index) {
    uint64_t word;
    hpt_random(stream, index, 0, &word, 1);
    return word;
}

static inline double tables_unit(uint64_t stream, uint64_t index) {
    return (double)(tables_word(stream, index) >> 11) * 0x1p-53;
}

/* `count` COMPLETE trials with values 0; the space is taken over, and may be NULL. Points lie at
 * random. */
static inline tables_table tables_make(hpt_space *space, uint32_t goal_count, size_t count) {
    size_t       dims = hpt_space_count(space);
    tables_table it = { .space = space };
    it.rows = calloc(count + 1, sizeof *it.rows);
    it.points = calloc(count * dims + 1, sizeof *it.points);
    it.params = calloc(count * dims + 1, sizeof *it.params);
    it.values = calloc(count * goal_count + 1, sizeof *it.values);
    it.given = calloc(count * dims + 1, sizeof *it.given);
    for (uint32_t i = 0; i < 8; i++)
        it.goals[i] = (hpt_goal){ "value", HPT_MINIMISE, NAN };
    for (size_t i = 0; i < count; i++) {
        hpi_row *row = &it.rows[i];
        row->record = (hpt_record){ .number = i,
                                    .state = HPT_TRIAL_COMPLETE,
                                    .worker = UINT32_MAX,
                                    .start_ns = HPT_TIME_NONE,
                                    .end_ns = HPT_TIME_NONE,
                                    .duration_ns = -1,
                                    .order = i,
                                    .params = it.params + i * dims,
                                    .values = it.values + i * goal_count,
                                    .value_count = goal_count,
                                    .reason = "" };
        row->point = it.points + i * dims;
        for (hpt_param j = 0; j < dims; j++) {
            hpt_coord coord = hpt_space_at_fraction(space, j, tables_word(i + 1, j));
            it.points[i * dims + j] = coord;
        }
        for (hpt_param j = 0; j < dims; j++) {
            it.given[i * dims + j] = hpt_space_is_active(space, j, row->point);
            it.params[i * dims + j] = hpi_space_value_at(space, j, row->point);
        }
        if (dims > 0 && hpi_space_has_conditions(space)) row->given = it.given + i * dims;
    }
    it.table = (hpi_table){ .space = space, .goal_count = goal_count, .rows = it.rows };
    it.table.count = count;
    return it;
}

/* Where the table is, from now on. */
static inline const hpi_table *tables_of(tables_table *it) {
    it->table.goals = it->goals;
    return &it->table;
}

static inline void tables_free(tables_table *it) {
    hpt_space_destroy(it->space);
    free(it->rows);
    free(it->points);
    free(it->params);
    free(it->values);
    free(it->given);
}

static inline double tables_real(const tables_table *it, size_t trial, hpt_param param) {
    hpt_value value = it->rows[trial].record.params[param];
    return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
}

#endif
