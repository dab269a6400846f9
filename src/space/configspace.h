/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_CONFIGSPACE_H
#define HPI_SPACE_CONFIGSPACE_H

/* Inside this folder: the parts of format_configspace.c. */

#include "space/format.h"

/* configspace_rules.c: the lists of both names, for a space that has its parameters. */
hpt_status hpi_configspace_conditions(const hpi_import *import, const hpi_json_node *list);
hpt_status hpi_configspace_forbiddens(const hpi_import *import, const hpi_json_node *list);

/* configspace_print.c */
hpt_status hpi_configspace_print(const hpt_space *space, const hpi_json_node *around,
                                 hpi_writer *writer, hpt_err *err);

/* format_configspace.c: 3.0 as 3 and 3 as 3.0, as the range has it; anything else as it is. */
hpt_value hpi_configspace_number(hpt_value value, bool is_real);

#endif
