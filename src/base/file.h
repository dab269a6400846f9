/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_FILE_H
#define HPI_BASE_FILE_H

/* Reading a whole file. Any thread. */

#include "hpt/base.h"

/* Read at most bytes_max bytes; a longer file is HPT_ELIMIT, one that cannot be read HPT_EIO, each
 * with its path. *text_out is NUL-terminated: hpi_free() it. */
hpt_status hpi_read_file(const char *path, size_t bytes_max, char **text_out, size_t *bytes_out,
                         hpt_err *err);

#endif
