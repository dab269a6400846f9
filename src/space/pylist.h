/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_PYLIST_H
#define HPI_SPACE_PYLIST_H

/* Inside this folder: the lists of Python that auto-tuning files hold as text, "[1, 2, 4, 8]",
 * "range(1, 5)", "[2**i for i in range(6)]", "[1] + list(range(32, 1025, 32))". Nothing of Python
 * is run: elements are computed as the expressions of constraints are. */

#include "space/format.h"

typedef struct hpi_pylist {
    hpt_value *values; /* texts point into `texts` */
    char      *texts;
    size_t     count, room;

    /* The text is one range(), alone or in list(): its values are not made, `values` is NULL. */
    bool    is_range, has_step;
    int64_t first, step;
    size_t  span; /* how many */
} hpi_pylist;

/* Read a text that stands at a node, `what` it belongs to for sentences. A range whose values are
 * wanted one by one (all, at most 65 536) is made by hpi_pylist_expand(). hpi_pylist_fini() it
 * whatever is returned. */
hpt_status hpi_pylist_read(hpi_pylist *list, hpi_import *import, const hpi_json_node *node,
                           const char *what);
hpt_status hpi_pylist_expand(hpi_pylist *list, hpi_import *import, const hpi_json_node *node,
                             const char *what);
void       hpi_pylist_fini(hpi_pylist *list);

#endif
