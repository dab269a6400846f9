/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_REPORT_MARGINAL_H
#define HPI_REPORT_MARGINAL_H

/* Inside this folder: how much of the variance of a tree, over the whole space, is that of its mean
 * as a function of one feature alone. Exact: a leaf is a box, and a tree a sum of boxes. One thread
 * at a time. */

#include "report/forest.h"

typedef struct hpi_marginal hpi_marginal;

/* Room for the trees of a forest, which is borrowed. HPT_ENOMEM. */
hpt_status hpi_marginal_create(const hpi_forest *forest, hpi_marginal **marginal_out, hpt_err *err);
void       hpi_marginal_destroy(hpi_marginal *marginal);

/* Add each feature's share of the latest tree's variance to shares. False, and nothing is added,
 * when the tree is the same everywhere. */
bool hpi_marginal_add(hpi_marginal *marginal, double *shares);

#endif
