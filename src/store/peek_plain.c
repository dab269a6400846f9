/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

enum { SHOWN_BYTES = 96 };

static hpt_status fail(const char *path, int cause, hpt_err *err) {
    char shown[SHOWN_BYTES];
    return hpi_fail(err, HPT_EIO, "\"%s\" cannot be read: %s", hpi_quote(shown, sizeof shown, path),
                    strerror(cause));
}

hpt_status hpi_peek(const char *path, unsigned char *start, size_t room, size_t *count_out,
                    hpt_err *err) {
    size_t count = 0;
    int    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return fail(path, errno, err);
    while (count < room) {
        ssize_t got = read(file, start + count, room - count);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            int cause = errno;
            close(file);
            return fail(path, cause, err);
        }
        if (got == 0) break;
        count += (size_t)got;
    }
    close(file);
    *count_out = count;
    return HPT_OK;
}
