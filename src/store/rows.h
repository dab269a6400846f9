/* One row per form of a study file: BACKEND(x) is file x.c and symbol hpi_backend_x. No include
 * guard. */
BACKEND(sqlite)
BACKEND(journal)
