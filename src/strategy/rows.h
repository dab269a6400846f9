/* One row per plug-in: STRATEGY(x) is file x.c and symbol hpi_strategy_x. No include guard. */
STRATEGY(random)
STRATEGY(grid)
STRATEGY(list)
STRATEGY(qmc)
STRATEGY(tpe)
STRATEGY(cmaes)
STRATEGY(de)
STRATEGY(local)
