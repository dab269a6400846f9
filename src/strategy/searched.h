/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SEARCHED_H
#define HPI_STRATEGY_SEARCHED_H

/* A space as strategies with a model see it: `number_count` numbers from 0 to 1, in the order and
 * at the scale of the parameters' ranges (logarithmic if they are), and `category_count` choices
 * without order. Parameters with one value are neither. Immutable after init: any thread, but for
 * `repair`. */

#include "hpt/extend.h"
#include "strategy/repair.h"

typedef struct hpi_number {
    hpt_param param;
    bool      has_cells; /* several numbers stand for one value */
    double    start;     /* of the default; else the middle      */
} hpi_number;

typedef struct hpi_category {
    hpt_param param;
    uint32_t  choice_count; /* at least 2                               */
    uint32_t  start;        /* the default; choice_count if there is none */
    size_t    first;        /* choices of the categories before          */
} hpi_category;

typedef struct hpi_searched {
    const hpt_space *space;
    size_t           param_count, number_count, category_count;
    size_t           choice_count; /* of all categories together */
    bool             has_default;  /* of some parameter           */
    hpi_number      *numbers;
    hpi_category    *categories;
    hpi_repair       repair;
} hpi_searched;

/* HPT_ENOMEM, or the space has no valid point. The space is borrowed. */
hpt_status hpi_searched_init(hpi_searched *searched, const hpt_space *space, hpt_err *err);
void       hpi_searched_fini(hpi_searched *searched);

/* To a point of the space. Numbers beyond 0 and 1 count as 0 and 1. */
void hpi_searched_point(const hpi_searched *searched, const double *numbers,
                        const uint32_t *choices, hpt_coord *point_out);

/* And back: for parameters with cells the middle of the cell. */
void hpi_searched_numbers(const hpi_searched *searched, const hpt_coord *point,
                          double *numbers_out);
void hpi_searched_choices(const hpi_searched *searched, const hpt_coord *point,
                          uint32_t *choices_out);

/* The ends of the cell that a number with cells lies in. */
void hpi_searched_cell(const hpi_searched *searched, size_t index, double number, double *low_out,
                       double *high_out);

#endif
