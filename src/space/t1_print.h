/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_T1_PRINT_H
#define HPI_SPACE_T1_PRINT_H

/* Inside this folder: the writing half of format_t1.c. */

#include "space/format.h"

hpt_status hpi_t1_print(const hpt_space *space, const hpi_json_node *around, hpi_writer *writer,
                        hpt_err *err);

/* format_t1.c: the kind that a list of values has without being told. */
hpt_kind hpi_t1_kind(const hpt_value *values, size_t count);

#endif
