/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fds.h"
#include "base/mem.h"
#include "base/owned.h"
#include "base/system.h"
#include "base/text.h"

static hpt_status fail(const hpi_lines *lines, int number, const char *doing, hpt_err *err) {
    char reason[80], path[128];
    if (strerror_r(number, reason, sizeof reason) != 0) reason[0] = '\0';
    return hpi_fail(err, HPT_EIO, "cannot %s %s: %s", doing,
                    hpi_quote(path, sizeof path, lines->path), reason);
}

/* Opening. */

/* Without O_NONBLOCK a pipe that nobody reads would hold the caller for ever; with it writes would
 * fail when the reader is slow. So it is taken off again. */
static int open_for_append(const char *path) {
    int fd = hpi_fds_open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return fd;
    int now = fcntl(fd, F_GETFL);
    if (now >= 0) fcntl(fd, F_SETFL, now & ~O_NONBLOCK);
    return fd;
}

static size_t read_at(const hpi_lines *lines, off_t offset, char *out, size_t bytes) {
    int     fd = open(lines->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t got = -1;
    if (fd < 0) return 0;
    do
        got = pread(fd, out, bytes, offset);
    while (got < 0 && errno == EINTR);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* Who opens a file that was cut off in mid-line must not glue a record to what is left. */
static bool ends_in_mid_line(const hpi_lines *lines, off_t size) {
    char last = '\n';
    return size > 0 && read_at(lines, size - 1, &last, 1) == 1 && last != '\n';
}

hpt_status hpi_lines_open(hpi_lines *lines, const char *path, bool append, double fsync_s,
                          hpt_err *err) {
    struct stat about;
    char        shown[128];
    if (hpi_owned_has(path))
        return hpi_fail(err, HPT_EINVAL, "cannot write to %s: it is a study file that is in use",
                        hpi_quote(shown, sizeof shown, path));
    lines->path = hpi_copy_text(path);
    if (!lines->path) return hpi_fail(err, HPT_ENOMEM, "out of memory for %s", path);
    lines->fsync_s = fsync_s;
    lines->fd = open_for_append(path);
    if (lines->fd < 0 || fstat(lines->fd, &about) != 0) {
        hpt_status status = fail(lines, errno, "open", err);
        if (lines->fd >= 0) hpi_fds_close(lines->fd);
        hpi_free(lines->path);
        return status;
    }
    lines->is_regular = S_ISREG(about.st_mode);
    lines->empties = lines->is_regular && !append;
    lines->is_torn = lines->is_regular && append && ends_in_mid_line(lines, about.st_size);
    lines->synced_ns = hpi_now_ns();
    return HPT_OK;
}

bool hpi_lines_is_empty(const hpi_lines *lines) {
    struct stat about;
    return lines->empties || fstat(lines->fd, &about) != 0 || about.st_size == 0;
}

bool hpi_lines_begins_with(const hpi_lines *lines, const char *text) {
    size_t bytes = strlen(text), got = 0;
    char   chunk[4096];
    while (got < bytes) {
        size_t want = bytes - got < sizeof chunk ? bytes - got : sizeof chunk;
        size_t here = read_at(lines, (off_t)got, chunk, want);
        if (here == 0 || memcmp(chunk, text + got, here) != 0) return false;
        got += here;
    }
    return true;
}

/* Records. */

hpi_writer *hpi_lines_begin(hpi_lines *lines) {
    return &lines->text;
}

/* A record that memory was too short for is lost; those before it are not. */
hpt_status hpi_lines_end(hpi_lines *lines, hpt_err *err) {
    if (lines->text.failed) {
        lines->text.failed = false;
        lines->text.bytes = lines->count ? lines->ends[lines->count - 1] : 0;
        lines->lost++;
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a line of %s", lines->path);
    }
    lines->ends[lines->count++] = lines->text.bytes;
    if (lines->count < HPI_LINES_BATCH && lines->text.bytes < HPI_LINES_BYTES) return HPT_OK;
    return hpi_lines_flush(lines, err);
}

/* Writing. */

/* Everything, or as much as goes; then errno says why not more. */
static size_t write_all(int fd, const char *text, size_t bytes) {
    size_t done = 0;
    while (done < bytes) {
        ssize_t got = write(fd, text + done, bytes - done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (got == 0) errno = EIO;
            break;
        }
        done += (size_t)got;
    }
    return done;
}

/* The last `bytes` written are the beginning of a record without its end. Cut them off if they are
 * still the end of the file: another program may append to it too. */
static void mend(hpi_lines *lines, size_t bytes) {
    struct stat about;
    if (bytes == 0) return;
    off_t here = lines->is_regular ? lseek(lines->fd, 0, SEEK_CUR) : -1;
    lines->is_torn = true;
    if (here < (off_t)bytes || fstat(lines->fd, &about) != 0) return;
    if (about.st_size != here) return;
    if (ftruncate(lines->fd, here - (off_t)bytes) == 0) lines->is_torn = false;
}

/* Empty the file if asked to; the newline that ends a torn record; the head. False: errno says why
 * not. */
static bool write_head(hpi_lines *lines) {
    if (lines->empties && ftruncate(lines->fd, 0) != 0) return false;
    lines->empties = false;
    if (lines->is_torn) {
        if (write_all(lines->fd, "\n", 1) != 1) return false;
        lines->is_torn = false;
    }
    if (lines->head.bytes == 0) return true;
    size_t done = write_all(lines->fd, lines->head.text, lines->head.bytes);
    int    number = errno;
    if (done == lines->head.bytes) {
        hpi_writer_fini(&lines->head);
        return true;
    }
    mend(lines, done);
    errno = number;
    return false;
}

/* Returns how many records went in whole. */
static uint32_t write_records(hpi_lines *lines) {
    size_t   done = write_all(lines->fd, lines->text.text, lines->text.bytes);
    int      number = errno;
    uint32_t whole = 0;
    while (whole < lines->count && lines->ends[whole] <= done)
        whole++;
    mend(lines, done - (whole ? lines->ends[whole - 1] : 0));
    errno = number;
    return whole;
}

hpt_status hpi_lines_sync(hpi_lines *lines, hpt_err *err) {
    if (lines->fsync_s < 0 || !lines->is_dirty) return HPT_OK;
    int64_t now_ns = hpi_now_ns();
    if (now_ns - lines->synced_ns < hpi_seconds_to_ns(lines->fsync_s)) return HPT_OK;
    lines->synced_ns = now_ns;
    /* EINVAL: a pipe or a terminal, which has nothing to sync. */
    if (hpi_sync(lines->fd) != 0 && errno != EINVAL) return fail(lines, errno, "sync", err);
    lines->is_dirty = false;
    return HPT_OK;
}

hpt_status hpi_lines_flush(hpi_lines *lines, hpt_err *err) {
    hpt_status status = HPT_OK;
    uint32_t   whole = 0;
    lines->is_begun = true;
    if (lines->count == 0 && lines->head.bytes == 0 && !lines->empties)
        return hpi_lines_sync(lines, err);
    if (write_head(lines)) whole = write_records(lines);
    if (whole < lines->count || lines->head.bytes > 0 || lines->empties)
        status = fail(lines, errno, "write to", err);
    lines->is_dirty = true;
    lines->lost += lines->count - whole;
    lines->count = 0;
    lines->text.bytes = 0;
    return status == HPT_OK ? hpi_lines_sync(lines, err) : status;
}

hpt_status hpi_lines_close(hpi_lines *lines, hpt_err *err) {
    bool       has_any = lines->is_begun || lines->count > 0;
    hpt_status status = has_any ? hpi_lines_flush(lines, err) : HPT_OK;
    if (lines->fsync_s > 0) lines->synced_ns = INT64_MIN / 2; /* due now */
    hpt_status synced = hpi_lines_sync(lines, status == HPT_OK ? err : NULL);
    if (hpi_fds_close(lines->fd) != 0 && errno != EINTR && status == HPT_OK && synced == HPT_OK)
        status = fail(lines, errno, "close", err);
    if (lines->lost > 0)
        status = hpi_fail(err, HPT_EIO, "%s: %llu lines could not be written", lines->path,
                          (unsigned long long)lines->lost);
    hpi_writer_fini(&lines->head);
    hpi_writer_fini(&lines->text);
    hpi_free(lines->path);
    return status != HPT_OK ? status : synced;
}
