/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/repair.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"

/* Boxes that one repair may look at: some ten microseconds. */
enum { REPAIR_BUDGET = 256 };

hpt_status hpi_repair_init(hpi_repair *repair, const hpt_space *space, hpt_err *err) {
    *repair = (hpi_repair){ .space = space, .count = hpt_space_count(space) };
    if (!hpi_space_has_constraints(space)) return HPT_OK;
    repair->witness = hpi_alloc(2 * repair->count, sizeof *repair->witness);
    if (!repair->witness) return hpi_fail(err, HPT_ENOMEM, "out of memory for a valid point");
    hpt_status status = hpi_space_find_valid(space, repair->witness, err);
    if (status == HPT_OK) status = hpi_search_create(space, NULL, &repair->search, err);
    if (status != HPT_OK) hpi_repair_fini(repair);
    return status;
}

void hpi_repair_fini(hpi_repair *repair) {
    hpi_search_destroy(repair->search);
    hpi_free(repair->witness);
    *repair = (hpi_repair){ 0 };
}

void hpi_repair_point(const hpi_repair *repair, hpt_coord *point) {
    size_t     bytes = repair->count * sizeof *point;
    hpt_coord *wish = repair->witness + repair->count;
    uint64_t   budget = REPAIR_BUDGET;
    if (!repair->search || hpt_space_permits(repair->space, point)) return;
    memcpy(wish, point, bytes);
    hpi_search_near(repair->search, wish);
    if (hpi_search_next(repair->search, &budget, point) != HPI_FOUND)
        memcpy(point, repair->witness, bytes);
}
