/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/local_options.h"

extern const hpt_strategy_class hpi_strategy_local;

const hpt_strategy_class hpi_strategy_local = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "local",
    .summary = "local search without derivatives (NLopt), from many starts",
    .state_size = sizeof(hpi_local_options),
    .options = hpi_local_rows,
    .absent = "built without NLopt (HPT_NLOPT=OFF, or nlopt.h was not found)",
};
