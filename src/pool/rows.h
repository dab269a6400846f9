/* One row per plug-in: POOL(x) is file x.c and symbol hpi_pool_x. No include guard. */
