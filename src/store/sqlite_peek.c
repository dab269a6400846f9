/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/peek.h"

#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/sqlite.h"

enum { SHOWN_BYTES = 96 };

static hpt_status fail(sqlite3 *db, int code, const char *path, hpt_err *err) {
    char shown[SHOWN_BYTES];
    int  cause = db ? sqlite3_system_errno(db) : 0;
    hpi_quote(shown, sizeof shown, path);
    if ((code & 0xff) == SQLITE_NOMEM) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    return hpi_fail(err, HPT_EIO, "\"%s\" cannot be read: %s", shown,
                    cause ? strerror(cause) : sqlite3_errstr(code));
}

/* To open a database reads nothing but a few bytes, and takes no lock. */
static int read_start(sqlite3 *db, const char *path, unsigned char *start, size_t room,
                      size_t *count_out) {
    sqlite3_file *file = NULL;
    struct stat   found;
    int           code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code == SQLITE_OK && (!file || !file->pMethods)) code = SQLITE_CANTOPEN;
    /* Not xFileSize(): a file of one byte is empty to SQLite. */
    if (code == SQLITE_OK && stat(path, &found) != 0) code = SQLITE_IOERR_FSTAT;
    if (code != SQLITE_OK) return code;
    size_t count = found.st_size < (off_t)room ? (size_t)found.st_size : room;
    if (count) code = file->pMethods->xRead(file, start, (int)count, 0);
    *count_out = count;
    return code;
}

hpt_status hpi_peek(const char *path, unsigned char *start, size_t room, size_t *count_out,
                    hpt_err *err) {
    sqlite3   *db = NULL;
    size_t     count = 0;
    hpt_status status = HPT_OK;
    char      *name = hpi_sqlite_plain_name(path);
    if (!name) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    int code = sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) code = read_start(db, path, start, room, &count);
    if (code == SQLITE_OK)
        *count_out = count;
    else
        status = fail(db, code, path, err);
    sqlite3_close(db);
    hpi_free(name);
    return status;
}
