/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_FILE_H
#define HPI_BASE_FILE_H

/* Reading a whole file. Any thread. */

#include <stdbool.h>
#include <stddef.h>

#include "hpt/base.h"

/* Read at most bytes_max bytes; a longer file is HPT_ELIMIT, one that cannot be read HPT_EIO, each
 * with its path. *text_out is NUL-terminated: hpi_free() it. */
hpt_status hpi_read_file(const char *path, size_t bytes_max, char **text_out, size_t *bytes_out,
                         hpt_err *err);

/* The first bytes - 1 bytes of a file, NUL-terminated; false when it cannot be read. Allocates
 * nothing, so it may be used where the first allocation of a thread would cost too much. */
bool hpi_read_start(const char *path, char *text_out, size_t bytes);

#endif
