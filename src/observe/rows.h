/* One row per plug-in: OBSERVER(x) is file x.c and symbol hpi_observe_x. No include guard. */
