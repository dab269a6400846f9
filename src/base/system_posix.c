/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* getentropy: of POSIX since 2024 only */
#include "base/system.h"

#include <unistd.h>

struct timespec hpi_changed_at(const struct stat *file) {
    return file->st_mtim;
}

int hpi_sync_data(int fd) {
    return fdatasync(fd);
}

int hpi_sync(int fd) {
    return fsync(fd);
}

bool hpi_random_bytes(void *out, size_t bytes) {
    return getentropy(out, bytes) == 0;
}
