/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_SYSTEM_H
#define HPI_BASE_SYSTEM_H

/* What nearly all systems do in the way of POSIX, and macOS in its own: system_posix.c,
 * system_darwin.c. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

/* When the file's content changed last. */
struct timespec hpi_changed_at(const struct stat *file);

/* What was written is safe from a loss of power. The first need not keep the file's times; the
 * second is for folders too. 0, or -1 and errno, EINTR among them. */
int hpi_sync_data(int fd);
int hpi_sync(int fd);

/* At most 256 bytes of the system's randomness. False: there is none. */
bool hpi_random_bytes(void *out, size_t bytes);

#endif
