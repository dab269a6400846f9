/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_COPY_H
#define HPI_SPACE_COPY_H

/* Inside this folder: a parameter gets its own copy of a list. */

#include "space/param.h"

/* False when memory is out; hpi_param_fini() frees what there is. */
bool hpi_param_set_values(param *p, const hpt_value *values, uint32_t count);

#endif
