/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

struct timespec hpi_changed_at(const struct stat *file) {
    return file->st_mtimespec;
}

/* fsync() leaves it to the drive when to write what it has been given. Some file systems, most of
 * them on a network, know nothing else; a sync that failed is not tried in that weaker way. */
int hpi_sync(int fd) {
    if (fcntl(fd, F_FULLFSYNC) == 0) return 0;
    bool is_unknown = errno == ENOTSUP || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOTTY;
    return is_unknown ? fsync(fd) : -1;
}

int hpi_sync_data(int fd) {
    return hpi_sync(fd);
}

bool hpi_random_bytes(void *out, size_t bytes) {
    return getentropy(out, bytes) == 0;
}
