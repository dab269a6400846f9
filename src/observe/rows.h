/* One row per observer: OBSERVER(x) is file x.c and symbol hpi_observer_x. No include guard. */
OBSERVER(log)
