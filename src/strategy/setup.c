/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/setup.h"

#include "base/err.h"

hpt_status hpi_setup_without_points(const hpt_strategy_setup *setup, const char *name,
                                    hpt_err *err) {
    size_t count = setup->point_count;
    if (count == 0) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "%s: %zu %s given; only strategy \"list\" takes points", name,
                    count, count == 1 ? "point was" : "points were");
}
