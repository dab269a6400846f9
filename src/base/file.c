/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/file.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SHOWN_BYTES = 128 };

static hpt_status fail_io(const char *path, int error, hpt_err *err) {
    char shown[PATH_SHOWN_BYTES];
    return hpi_fail(err, HPT_EIO, "cannot read \"%s\": %s", hpi_quote(shown, sizeof shown, path),
                    strerror(error));
}

/* Append what read() gives until the end, growing by doubling: sizes that stat() reports are wrong
 * for pipes and for files under /proc. */
static hpt_status read_all(int fd, const char *path, size_t bytes_max, char **text, size_t *bytes,
                           hpt_err *err) {
    char shown[PATH_SHOWN_BYTES];
    for (size_t room = 0;;) {
        if (*bytes + 1 >= room) {
            room = room ? 2 * room : 4096;
            char *grown = hpi_resize(*text, room, 1);
            if (!grown)
                return hpi_fail(err, HPT_ENOMEM, "out of memory for \"%s\"",
                                hpi_quote(shown, sizeof shown, path));
            *text = grown;
        }
        ssize_t got = read(fd, *text + *bytes, room - *bytes - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_io(path, errno, err);
        *bytes += (size_t)got;
        if (*bytes > bytes_max)
            return hpi_fail(err, HPT_ELIMIT, "\"%s\" is above the limit of %zu bytes",
                            hpi_quote(shown, sizeof shown, path), bytes_max);
        if (got == 0) return HPT_OK;
    }
}

hpt_status hpi_read_file(const char *path, size_t bytes_max, char **text_out, size_t *bytes_out,
                         hpt_err *err) {
    char  *text = NULL;
    size_t bytes = 0;
    int    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_io(path, errno, err);
    hpt_status status = read_all(fd, path, bytes_max, &text, &bytes, err);
    close(fd);
    if (status != HPT_OK) {
        hpi_free(text);
        return status;
    }
    text[bytes] = '\0';
    *text_out = text;
    *bytes_out = bytes;
    return HPT_OK;
}

bool hpi_read_start(const char *path, char *text_out, size_t bytes) {
    size_t  used = 0;
    ssize_t got = 1;
    int     fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    while (got != 0 && used + 1 < bytes) {
        got = read(fd, text_out + used, bytes - used - 1);
        if (got < 0 && errno != EINTR) break;
        if (got > 0) used += (size_t)got;
    }
    close(fd);
    text_out[used] = '\0';
    return got >= 0 || used > 0;
}
