/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_PEEK_H
#define HPI_STORE_PEEK_H

#include "hpt/base.h"

/* backend.c > how a regular file begins: at most `room` bytes of it, and how many there are.
 *
 * Nothing else in hpt may open a file that could be a database: a process loses all its locks on a
 * file (POSIX's rule) when it closes any descriptor of it, and with them an open run its hold of
 * the database that a second thread only looks at. SQLite knows what it has open, so where it is
 * built in, this goes through it. HPT_EIO, HPT_ENOMEM. Any thread. */
hpt_status hpi_peek(const char *path, unsigned char *start, size_t room, size_t *count_out,
                    hpt_err *err);

#endif
