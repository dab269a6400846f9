/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_REPORT_FOREST_H
#define HPI_REPORT_FOREST_H

/* Inside this folder: a random forest of regression trees (Breiman, Machine Learning 45, 2001), one
 * tree at a time. Each tree sees a bootstrap sample and splits as long as targets differ, by
 * whatever reduces the variance most: all features are looked at, as is usual for regression.
 *
 * A tree is a function of (seed, its number, the samples, the keys of the features): the order of
 * the features plays no part. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hpt/base.h"

enum { HPI_TARGET_MAX = 1 << 30 };

/* A sample need not have it: that is one more level, of a list the last, else the first, at 0. It
 * takes as much of the space, from 0 on, as it takes of the samples; what there is lies above. */
typedef struct hpi_feature {
    uint64_t  key;         /* breaks ties */
    bool      is_list;     /* values without order: split into one of them and the others */
    double    absent;      /* the part of the samples that do not have it */
    uint32_t  level_count; /* different values */
    double   *levels;      /* where they lie, rising in [0, 1]; not of lists */
    uint32_t *ranks;       /* which level each sample has */
    uint32_t *sorted;      /* samples, by their level */
} hpi_feature;

/* A leaf has no feature. */
#define HPI_NO_FEATURE UINT32_MAX

typedef struct hpi_node {
    uint32_t feature;
    uint32_t left;  /* its child; the right one is next to it */
    uint32_t level; /* to the left goes what has at most this level, or just this one of a list */
    double   cut;   /* between it and the next level; nothing for lists */
    double   value; /* of a leaf */
} hpi_node;

typedef struct hpi_forest {
    const hpi_feature *features;
    const int32_t     *targets; /* at most HPI_TARGET_MAX: sums are exact, so ties are too */
    uint32_t           feature_count, sample_count, depth_max;
    uint64_t           seed;
    hpi_node          *nodes; /* the latest tree; the root is the first */
    uint32_t           node_count;
    uint64_t           tree;
    uint32_t          *weights; /* how often each sample was drawn */
    uint32_t          *orders;  /* for each feature: those drawn, by their level, node by node */
    uint32_t          *scratch;
    bool              *is_left;
} hpi_forest;

/* The first five members are set, and borrowed. HPT_ENOMEM. */
hpt_status hpi_forest_init(hpi_forest *forest, hpt_err *err);
void       hpi_forest_grow(hpi_forest *forest, uint64_t tree);
void       hpi_forest_fini(hpi_forest *forest);

#endif
