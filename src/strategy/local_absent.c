/* SPDX-License-Identifier: BSD-3-Clause */
#include "hpt/extend.h"

extern const hpt_strategy_class hpi_strategy_local;

const hpt_strategy_class hpi_strategy_local = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "local",
    .summary = "local search without derivatives (NLopt), from many starts",
    .absent = "built without NLopt (HPT_NLOPT=OFF, or nlopt.h was not found)",
};
