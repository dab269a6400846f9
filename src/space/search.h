/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_SEARCH_H
#define HPI_SPACE_SEARCH_H

/* Valid points of a space with rules, found without trying all: a box of the space is halved, one
 * parameter after the other, and dropped as soon as interval arithmetic shows that no point of it
 * is valid (branch and prune). One thread at a time for each search. */

#include "hpt/space.h"

/* What the values of each parameter are, when not all that it has: value number `index` below
 * sizes[param], rising for ranges. Lists always take all. */
typedef struct hpi_axes {
    const uint64_t *sizes;
    hpt_coord (*at)(const void *context, hpt_param param, uint64_t index);
    const void *context;
} hpi_axes;

typedef enum hpi_found {
    HPI_FOUND,
    HPI_FOUND_NONE,  /* there is no further one: proved          */
    HPI_FOUND_TIRED, /* the budget is spent; the next call goes on */
} hpi_found;

typedef struct hpi_search hpi_search;

/* `axes` may be NULL: all values; is borrowed otherwise. */
hpt_status hpi_search_create(const hpt_space *space, const hpi_axes *axes, hpi_search **search_out,
                             hpt_err *err);
void       hpi_search_destroy(hpi_search *search);

/* Start again: in order of the values, the last parameter fastest (not for real ranges without
 * step); in an order that is a function of seed and number; or with what is nearest to a point
 * first. */
void hpi_search_in_order(hpi_search *search);
void hpi_search_at_random(hpi_search *search, uint64_t seed, uint64_t number, uint32_t attempt);
void hpi_search_near(hpi_search *search, const hpt_coord *point);

/* The next valid point in that order, each once. Halves at most *budget boxes, and counts down. */
hpi_found hpi_search_next(hpi_search *search, uint64_t *budget, hpt_coord *point_out);

/* Some valid point. HPT_EINVAL: it is proved that there is none, and the sentence names the
 * constraints; HPT_ELIMIT: none was found with reasonable effort. */
hpt_status hpi_space_find_valid(const hpt_space *space, hpt_coord *point_out, hpt_err *err);

#endif
