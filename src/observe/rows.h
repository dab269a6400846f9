/* One row per observer: OBSERVER(x) is file x.c and symbol hpi_observer_x. No include guard. */
OBSERVER(progress)
OBSERVER(log)
OBSERVER(jsonl)
OBSERVER(csv)
OBSERVER(prometheus)
