/* SPDX-License-Identifier: BSD-3-Clause */

/* The writing half of journal_file.h. */

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
#include "base/system.h"
#include "store/journal_file.h"

enum { PAGE_BYTES = 64 << 10, COPY_BYTES = 64 << 10 };

static const char torn_suffix[] = ".torn";

static hpt_status status_of(int error) {
    return error == ENOMEM ? HPT_ENOMEM : HPT_EIO;
}

static hpt_status fail_io(const hpi_journal_file *file, const char *what, int error, hpt_err *err) {
    return hpi_fail(err, status_of(error), "\"%s\" cannot be %s: %s", file->shown, what,
                    strerror(error));
}

/* 0, or the error; *done is how many bytes are out. A write may be short: of a full disk, or
 * interrupted. */
static int write_all(int fd, const char *text, size_t bytes, size_t *done) {
    for (*done = 0; *done < bytes;) {
        ssize_t put = write(fd, text + *done, bytes - *done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return ENOSPC;
        *done += (size_t)put;
    }
    return 0;
}

static int sync_data(int fd) {
    while (hpi_sync_data(fd) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

static int cut_to(int fd, uint64_t size) {
    while (ftruncate(fd, (off_t)size) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

/* A file is durable only once its name is. */
static int sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char       *folder = slash ? hpi_copy_bytes(path, (size_t)(slash - path) + 1) : NULL;
    int         fd = open(folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int         error = fd < 0 ? errno : 0;
    if (slash && !folder) error = ENOMEM;
    if (fd >= 0 && error == 0 && hpi_sync(fd) != 0 && errno != EINVAL) error = errno;
    if (fd >= 0) close(fd);
    hpi_free(folder);
    return error;
}

/* ---- after a sync that failed ---- */

static int copy_piece(int from, int to, char *room, uint64_t at, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        ssize_t got = pread(from, room, bytes - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : EIO;
        for (size_t out = 0; out < (size_t)got;) {
            ssize_t put = pwrite(to, room + out, (size_t)got - out, (off_t)(at + done + out));
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return put < 0 ? errno : EIO;
            out += (size_t)put;
        }
        done += (size_t)got;
    }
    return 0;
}

/* After a sync that failed the kernel holds the pages for clean although the disk never got them,
 * and the next sync succeeds without writing them. So what no sync has covered yet, from the
 * beginning of its first page on, is written again, the same bytes over themselves; then a sync
 * means something again. The file is open for appending, where a position counts nothing: this
 * takes a descriptor of its own. */
static int write_again(hpi_journal_file *file, uint64_t end) {
    uint64_t at = file->safe_to / PAGE_BYTES * PAGE_BYTES;
    char    *room = hpi_alloc_room(COPY_BYTES, 1);
    if (!room) return ENOMEM;
    int fd = hpi_fds_open(file->path, O_WRONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;
    for (; error == 0 && at < end; at += COPY_BYTES) {
        size_t bytes = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
        error = copy_piece(file->fd, fd, room, at, bytes);
    }
    if (fd >= 0) hpi_fds_close(fd);
    hpi_free(room);
    return error;
}

static int make_durable(hpi_journal_file *file, uint64_t start, uint64_t end) {
    int error = 0;
    if (file->is_suspect) error = write_again(file, start);
    if (error == 0) error = sync_data(file->fd);
    if (error != 0) {
        file->is_suspect = true;
        return error;
    }
    file->is_suspect = false;
    file->safe_to = end;
    if (file->is_unnamed) error = sync_folder(file->path);
    file->is_unnamed = file->is_unnamed && error != 0;
    return error;
}

/* ---- appending and cutting ---- */

/* There are never two commits that no sync has covered: after a loss of power a reader takes a hole
 * for the torn end of the file only if nothing but the rest of one commit follows it. */
hpt_status hpi_journal_file_append(hpi_journal_file *file, uint64_t at, const char *text,
                                   size_t bytes, bool is_durable, hpt_err *err) {
    size_t done = 0;
    int    error = file->safe_to < at ? make_durable(file, at, at) : 0;
    bool   is_written = error == 0 && (error = write_all(file->fd, text, bytes, &done)) == 0;
    if (is_written && is_durable) error = make_durable(file, at, at + bytes);
    if (error == 0) return HPT_OK;
    hpi_journal_file_forget_from(file, at);
    if (done > 0 && cut_to(file->fd, at) != 0) {
        file->failed_at = at;
        file->failed_to = at + done;
    }
    if (file->safe_to > at) file->safe_to = at;
    return fail_io(file, is_written ? "made durable" : "written", error, err);
}

hpt_status hpi_journal_file_mend(hpi_journal_file *file, hpt_err *err) {
    uint64_t size;
    if (file->failed_to == 0) return HPT_OK;
    hpt_status status = hpi_journal_file_size(file, &size, err);
    if (status != HPT_OK) return status;
    int error = size == file->failed_to ? cut_to(file->fd, file->failed_at) : 0;
    if (error != 0) return fail_io(file, "cut to its last whole line", error, err);
    hpi_journal_file_forget_from(file, file->failed_at);
    file->failed_at = file->failed_to = 0;
    return HPT_OK;
}

static int copy_tail(hpi_journal_file *file, int to, uint64_t at, uint64_t end) {
    int   error = 0;
    char *room = hpi_alloc_room(COPY_BYTES, 1);
    if (!room) return ENOMEM;
    while (error == 0 && at < end) {
        size_t  done, wanted = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
        ssize_t got = pread(file->fd, room, wanted, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) error = got < 0 ? errno : EIO;
        if (got > 0) error = write_all(to, room, (size_t)got, &done);
        if (got > 0) at += (uint64_t)got;
    }
    hpi_free(room);
    return error;
}

/* What is cut off is safe elsewhere before it goes. */
static hpt_status keep_torn(hpi_journal_file *file, uint64_t at, uint64_t end, hpt_err *err) {
    size_t bytes = strlen(file->path) + sizeof torn_suffix;
    char  *path = hpi_alloc(bytes, 1);
    if (!path) return hpi_fail(err, HPT_ENOMEM, "out of memory for a path");
    snprintf(path, bytes, "%s%s", file->path, torn_suffix);
    int fd = hpi_fds_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = fd < 0 ? errno : 0;
    if (error == 0) error = copy_tail(file, fd, at, end);
    if (error == 0) error = sync_data(fd);
    if (fd >= 0) hpi_fds_close(fd);
    hpi_free(path);
    if (error == 0) return HPT_OK;
    return hpi_fail(err, status_of(error), "the torn end of \"%s\" cannot be kept in \"%s%s\": %s",
                    file->shown, file->shown, torn_suffix, strerror(error));
}

hpt_status hpi_journal_file_cut(hpi_journal_file *file, uint64_t at, hpt_err *err) {
    uint64_t   size;
    hpt_status status = hpi_journal_file_size(file, &size, err);
    if (status == HPT_OK) status = keep_torn(file, at, size, err);
    if (status != HPT_OK) return status;
    int error = cut_to(file->fd, at);
    if (error != 0) return fail_io(file, "cut to its last whole line", error, err);
    if (file->safe_to > at) file->safe_to = at;
    hpi_journal_file_forget_from(file, at);
    /* Or a loss of power could leave what is cut off among what is written in its place. */
    error = sync_data(file->fd);
    return error == 0 ? HPT_OK : fail_io(file, "made durable", error, err);
}
