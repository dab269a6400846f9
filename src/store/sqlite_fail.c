/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

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

hpt_status hpi_sqlite_fail(const hpi_sqlite *file, int code, const char *what, hpt_err *err) {
    const char *said = file->db ? sqlite3_errmsg(file->db) : sqlite3_errstr(code);
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
