/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per pool: row x is file x.c and symbol hpi_pool_x. No include guard. */
POOL(inline)
POOL(threads)
POOL(processes)
POOL(sim)
