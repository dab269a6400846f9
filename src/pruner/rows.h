/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per plug-in: PRUNER(x) is file x.c and symbol hpi_pruner_x. No include guard. */
PRUNER(none)
PRUNER(median)
PRUNER(percentile)
PRUNER(threshold)
PRUNER(patient)
PRUNER(asha)
PRUNER(hyperband)
PRUNER(wilcoxon)
