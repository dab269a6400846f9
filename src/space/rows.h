/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per format, hpt's own JSON aside: row x is file x.c and symbol hpi_x. No include guard.
 */
FORMAT(format_t1)
FORMAT(format_configspace)
FORMAT(format_irace)
