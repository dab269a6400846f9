/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <string.h>

#include "base/err.h"

static hpt_status status_of(int code) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return HPT_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HPT_EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR: /* a table without a column that it must have */
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return HPT_EPARSE;
    case SQLITE_MISUSE:
    case SQLITE_INTERNAL:
    case SQLITE_RANGE:
        return HPT_EBUG;
    default:
        return HPT_EIO;
    }
}

/* Of a call of the system that failed, its own reason: to SQLite a full disk, a file that may not
 * be so large and no descriptor left are "disk I/O error" and "unable to open database file". */
static const char *reason_of(const hpi_sqlite *file, int code) {
    bool is_systems = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    int  cause = is_systems && file->db ? sqlite3_system_errno(file->db) : 0;
    if (cause) return strerror(cause);
    return file->db ? sqlite3_errmsg(file->db) : sqlite3_errstr(code);
}

hpt_status hpi_sqlite_fail(const hpi_sqlite *file, int code, const char *what, hpt_err *err) {
    const char *said = reason_of(file, code);
    hpt_status  status = status_of(code);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return hpi_fail(err, status, "out of memory");
    case SQLITE_FULL:
        return hpi_fail(err, status, "\"%s\" cannot be %s: disk full", file->shown, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hpi_fail(err, status, "\"%s\" cannot be %s: another process is writing it",
                        file->shown, what);
    case SQLITE_NOTADB:
        return hpi_fail(err, status, "\"%s\" is not an SQLite database", file->shown);
    case SQLITE_CORRUPT:
        return hpi_fail(err, status, "\"%s\" is damaged: %s", file->shown, said);
    case SQLITE_READONLY:
        return hpi_fail(err, status,
                        "\"%s\" cannot be %s: it, or the folder it is in, may not be "
                        "written",
                        file->shown, what);
    default:
        return hpi_fail(err, status, "\"%s\" cannot be %s: %s", file->shown, what, said);
    }
}
