/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fds.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    SHOWN_BYTES = 96,
    CHUNK_BYTES = 1 << 20,
    /* Lines are read in an order that is nearly theirs: so much before the wanted one is read too.
     */
    BEHIND_BYTES = 64 << 10,
    LINE_BYTES_MAX = 1 << 30
};

static hpt_status fail_io(const hpi_journal_file *file, const char *what, int error, hpt_err *err) {
    return hpi_fail(err, HPT_EIO, "\"%s\" cannot be %s: %s", file->shown, what, strerror(error));
}

/* ---- opening ---- */

/* The file stays the same one wherever an objective takes the process. A folder that has no name is
 * nothing to keep. */
static char *whole_path(const char *path) {
    char  folder[4096];
    char *whole = NULL;
    if (path[0] == '/' || !getcwd(folder, sizeof folder)) return hpi_copy_text(path);
    size_t bytes = strlen(folder) + strlen(path) + 2;
    whole = hpi_alloc(bytes, 1);
    if (whole) snprintf(whole, bytes, "%s/%s", folder, path);
    return whole;
}

static hpt_status name_it(hpi_journal_file *file, const char *path, hpt_err *err) {
    *file = (hpi_journal_file){ .fd = -1,
                                .path = whole_path(path),
                                .shown = hpi_alloc(SHOWN_BYTES, 1) };
    if (!file->path || !file->shown) {
        hpi_journal_file_close(file);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a journal");
    }
    hpi_quote(file->shown, SHOWN_BYTES, path);
    return HPT_OK;
}

/* Non-blocking: to open a pipe would wait for its other end. Appending, so that not even a process
 * that has lost the lock without knowing overwrites what somebody else wrote. */
static int open_it(hpi_journal_file *file, hpi_open_mode mode) {
    int how = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how |= mode == HPI_OPEN_READ ? O_RDONLY : O_RDWR | O_APPEND;
    int fd;
    do
        fd = hpi_fds_open(file->path, how);
    while (fd < 0 && errno == EINTR);
    if (fd >= 0 || errno != ENOENT || mode != HPI_OPEN_CREATE) return fd;
    do
        fd = hpi_fds_open(file->path, how | O_CREAT);
    while (fd < 0 && errno == EINTR);
    return fd;
}

hpt_status hpi_journal_file_open(const char *path, hpi_open_mode mode, hpi_journal_file *file,
                                 hpt_err *err) {
    struct stat about;
    hpt_status  status = name_it(file, path, err);
    if (status != HPT_OK) return status;
    file->fd = open_it(file, mode);
    if (file->fd < 0)
        status = fail_io(file, "opened", errno, err);
    else if (fstat(file->fd, &about) != 0)
        status = fail_io(file, "read", errno, err);
    else if (!S_ISREG(about.st_mode))
        status = hpi_fail(err, HPT_EPARSE, "\"%s\" is no regular file, so no journal", file->shown);
    if (status != HPT_OK) {
        hpi_journal_file_close(file);
        return status;
    }
    file->safe_to = 0; /* whoever wrote to it last may have died before a sync */
    file->is_unnamed = true;
    return HPT_OK;
}

void hpi_journal_file_close(hpi_journal_file *file) {
    if (file->fd >= 0) hpi_fds_close(file->fd);
    hpi_free(file->path);
    hpi_free(file->shown);
    hpi_free(file->buffer);
    *file = (hpi_journal_file){ .fd = -1 };
}

hpt_status hpi_journal_file_size(const hpi_journal_file *file, uint64_t *size_out, hpt_err *err) {
    struct stat ours, theirs;
    if (fstat(file->fd, &ours) != 0) return fail_io(file, "read", errno, err);
    if (stat(file->path, &theirs) != 0) return fail_io(file, "found any more", errno, err);
    if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
        return hpi_fail(err, HPT_EIO, "\"%s\" is another file by now: somebody replaced it",
                        file->shown);
    *size_out = (uint64_t)ours.st_size;
    return HPT_OK;
}

/* ---- reading ---- */

void hpi_journal_file_forget_from(hpi_journal_file *file, uint64_t at) {
    if (at <= file->buffer_at)
        file->buffer_used = 0;
    else if (at < file->buffer_at + file->buffer_used)
        file->buffer_used = (size_t)(at - file->buffer_at);
}

static hpt_status make_room(hpi_journal_file *file, size_t room, hpt_err *err) {
    if (room <= file->buffer_room) return HPT_OK;
    char *grown = hpi_resize(file->buffer, room, 1);
    if (!grown) return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu bytes of a journal", room);
    file->buffer = grown;
    file->buffer_room = room;
    return HPT_OK;
}

/* Fill the buffer behind what it has, up to so many bytes or `end`. */
static hpt_status fill(hpi_journal_file *file, size_t wanted, uint64_t end, hpt_err *err) {
    hpt_status status = make_room(file, wanted, err);
    if (status != HPT_OK) return status;
    if (file->buffer_at + wanted > end) wanted = (size_t)(end - file->buffer_at);
    while (file->buffer_used < wanted) {
        ssize_t got = pread(file->fd, file->buffer + file->buffer_used, wanted - file->buffer_used,
                            (off_t)(file->buffer_at + file->buffer_used));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_io(file, "read", errno, err);
        if (got == 0)
            return hpi_fail(err, HPT_EIO, "\"%s\" became shorter while it was read", file->shown);
        file->buffer_used += (size_t)got;
    }
    return HPT_OK;
}

/* Make the buffer begin at `at` or before it, keeping what it has behind that. */
static void aim(hpi_journal_file *file, uint64_t at) {
    uint64_t past = file->buffer_at + file->buffer_used;
    if (at < file->buffer_at || at >= past) {
        file->buffer_at = at < file->buffer_at && at > BEHIND_BYTES ? at - BEHIND_BYTES : at;
        if (at < BEHIND_BYTES) file->buffer_at = 0;
        file->buffer_used = 0;
        return;
    }
    if (at < file->buffer_at + file->buffer_used / 2) return;
    uint64_t keep = at - file->buffer_at > BEHIND_BYTES ? at - BEHIND_BYTES : file->buffer_at;
    memmove(file->buffer, file->buffer + (keep - file->buffer_at), (size_t)(past - keep));
    file->buffer_used = (size_t)(past - keep);
    file->buffer_at = keep;
}

hpt_status hpi_journal_file_line(hpi_journal_file *file, uint64_t at, uint64_t end,
                                 hpi_slice *line_out, hpt_err *err) {
    uint64_t past = file->buffer_at + file->buffer_used;
    size_t   searched = 0;
    bool     is_inside = at >= file->buffer_at && at < past;
    for (;;) {
        if (is_inside) {
            size_t      inside = (size_t)(at - file->buffer_at) + searched;
            size_t      left = file->buffer_used - inside;
            const char *start = file->buffer + inside - searched;
            if (past > end) left = (size_t)(end - (at + searched)), past = end;
            const char *feed = memchr(start + searched, '\n', left);
            if (feed || past == end) {
                size_t bytes = feed ? (size_t)(feed - start) + 1 : searched + left;
                *line_out = (hpi_slice){ start, bytes };
                return HPT_OK;
            }
            searched += left;
        }
        if (searched >= LINE_BYTES_MAX)
            return hpi_fail(err, HPT_ELIMIT, "\"%s\" has a line above %d bytes at byte %" PRIu64,
                            file->shown, LINE_BYTES_MAX, at);
        aim(file, at);
        size_t     before = (size_t)(at - file->buffer_at);
        size_t     wanted = before + (searched < CHUNK_BYTES ? CHUNK_BYTES : 2 * searched);
        hpt_status status = fill(file, wanted, end, err);
        if (status != HPT_OK) {
            file->buffer_used = 0;
            return status;
        }
        past = file->buffer_at + file->buffer_used;
        is_inside = true;
    }
}
