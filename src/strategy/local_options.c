/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/local_options.h"

#include <stddef.h>

/* clang-format off */
const hpt_option hpi_local_rows[] = {
    { "algorithm", HPT_OPTION_CHOICE, offsetof(hpi_local_options, algorithm), HPI_LOCAL_BOBYQA, 0, 0,
      "bobyqa|sbplx|neldermead|alternate",
      "bobyqa: quadratic models in a trust region; sbplx: simplices in subspaces; neldermead: a simplex; "
      "alternate: these in turn, start by start" },
    { "evaluations", HPT_OPTION_INT, offsetof(hpi_local_options, evaluations), 0, 4, 100000, NULL,
      "most trials of one start; not given: 100 + 20 d for d numbers" },
    { "step", HPT_OPTION_REAL, offsetof(hpi_local_options, step), 0.15, 1e-6, 0.5, NULL,
      "first step of a start, as a part of each range" },
    { "perturbation", HPT_OPTION_REAL, offsetof(hpi_local_options, perturbation), 0.1, 0, 1, NULL,
      "standard deviation from the best of every second start, as a part of each range" },
    { "tolerance", HPT_OPTION_REAL, offsetof(hpi_local_options, tolerance), 1e-5, 1e-12, 0.1, NULL,
      "a start ends when its steps are smaller parts of each range" },
    { .name = NULL },
};
/* clang-format on */
